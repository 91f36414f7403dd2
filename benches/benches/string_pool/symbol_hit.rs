//! Strings that the pool knows, to symbols: 10,000 of them.
//!
//! Unfair: a `Ustr` is a pointer of eight bytes, the others' symbols have four.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::{Access, interners::Symbols};

use crate::measure::{OPERATIONS, Workload, benches, measure_each};

const ITERATIONS: u32 = 60;

fn hit<P: Symbols>(bencher: Bencher<'_, '_>, distinct: usize, access: Access) {
    let workload = Workload::new(distinct, access);
    let pool = P::new();
    for string in &workload.strings {
        pool.symbol(string);
    }
    let questions = workload.questions();
    measure_each(bencher, OPERATIONS, &questions.slices(), |text| {
        black_box(pool.symbol(text));
    });
}

macro_rules! cases {
    ($($module:ident, $name:literal: $distinct:literal, $access:ident;)*) => {$(
        #[divan::bench_group(name = $name, threads = [1, 2], sample_count = 60, sample_size = ITERATIONS)]
        mod $module {
            use super::{Access::$access, benches, hit};

            benches! { |bencher, P| hit::<P>(bencher, $distinct, $access);
                flow_string_pool: flow_arena::StringPool;
                lasso: Lasso;
                lasso_siphash: LassoSipHash;
                mutex_string_interner: MutexStringInterner;
                rwlock_string_interner: RwLockStringInterner;
                symbol_table: symbol_table::SymbolTable;
                ustr: GlobalUstr;
            }
        }
    )*};
}

cases! {
    uniform_10k, "10k_uniform": 10_000, Uniform;
    zipf_10k, "10k_zipf": 10_000, Zipf;
}
