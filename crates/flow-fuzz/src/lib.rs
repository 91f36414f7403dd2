//! Fuzz targets: one function for each component, over bytes that a fuzzer chooses.
//!
//! Each decodes operations from the bytes, does them on the real thing and on a model made of the standard library's
//! types, and compares the two after every operation and as a whole at the end. A difference is a panic. All is
//! deterministic, hashers included, so that a file that found something finds it again.
//!
//! `cargo xtask fuzz` runs them under libFuzzer. `cargo test -p flow-fuzz` repeats what was found once (`regressions/`), and
//! a few hundred inputs from a seed, so that the targets stay right without a fuzzer.

#![forbid(unsafe_code)]

mod arena;
mod concurrent_map;
mod hashers;
mod input;
mod read_map;
mod string_pool;
mod wfformat;

pub use arena::arena;
pub use concurrent_map::concurrent_map;
pub use read_map::read_map;
pub use string_pool::string_pool;
pub use wfformat::wfformat;

#[global_allocator]
static ALLOCATOR: flow_testkit::TestAllocator = flow_testkit::TestAllocator;

/// A target: it panics if something is wrong.
pub type Target = fn(&[u8]);

/// All targets, by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("arena", arena),
    ("concurrent_map", concurrent_map),
    ("read_map", read_map),
    ("string_pool", string_pool),
    ("wfformat", wfformat),
];

/// The `main` of a target's program: libFuzzer's when built for it. Otherwise it runs the target once for each file that it
/// is called with, which repeats a finding where there is no C++ compiler.
#[macro_export]
macro_rules! main {
    ($target:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $target(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            for file in std::env::args_os().skip(1) {
                $target(&std::fs::read(file)?);
            }
            Ok(())
        }
    };
}
