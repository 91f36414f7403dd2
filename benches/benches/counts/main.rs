//! How many instructions the hot paths take: each [case](cases) is 1000 operations of one thread, the same run after run.
//!
//! `cargo xtask bench --counts` builds this with `--cfg flow_counts`: then gungraun runs each case under valgrind, and counts
//! what is executed in [`OPERATIONS`] operations, and nothing of what prepares them. Without the cfg, every case is run
//! once, to see that it works, and nothing is counted.

mod cases;

/// Operations of a case; `xtask/src/counts` divides by it.
const OPERATIONS: usize = 1000;

/// What is counted. Whatever it needs is there before.
type Operations = Box<dyn FnMut()>;

/// Defines the cases of each component for gungraun, and its `main`.
#[cfg(flow_counts)]
macro_rules! counts {
    ($($component:ident: $($case:ident)*;)*) => {
        $(
            mod $component {
                use gungraun::{library_benchmark, library_benchmark_group};

                $(
                    // What is handed back is dropped when nothing is counted any more.
                    #[library_benchmark]
                    #[bench::count(args = (), setup = crate::cases::$component::$case)]
                    fn $case(mut operations: crate::Operations) -> crate::Operations {
                        operations();
                        operations
                    }
                )*

                library_benchmark_group!(name = group, benchmarks = [$($case),*]);
                pub(crate) use group::*;
            }
        )*
        use gungraun::main;
        main!(library_benchmark_groups = [$($component),*]);
    };
}

/// Runs each case once, or those with one of the arguments in their name.
#[cfg(not(flow_counts))]
macro_rules! counts {
    ($($component:ident: $($case:ident)*;)*) => {
        fn main() {
            let cases: &[(&str, fn() -> Operations)] = &[$($(
                (concat!(stringify!($component), "::", stringify!($case)), cases::$component::$case),
            )*)*];
            let filters: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
            for &(name, prepare) in cases {
                if filters.is_empty() || filters.iter().any(|filter| name.contains(filter)) {
                    prepare()();
                    println!("{name} works");
                }
            }
            println!("Nothing was counted: that is what `cargo xtask bench --counts` does.");
        }
    };
}

counts! {
    arena: alloc_uninit_64 alloc_uninit_64_lane alloc_value alloc_value_lane alloc_str alloc_str_lane;
    buffer_pool: get_drop_64 get_drop_4096 get_drop_1048576 object;
    concurrent_map: get get_absent set insert remove;
    node_pool: configure_text configure_symbols;
    read_map: get get_reader get_absent set insert_remove;
    string_pool: intern_hit symbol_hit resolve intern_miss;
    workflow: build_random run_chain run_fan_out run_random;
}
