//! How pools are measured: warm, all threads at the same time on one pool.
//!
//! An iteration is [`OPERATIONS`] operations, where the group does not say otherwise, so that a median of `8.6 µs` means
//! 8.6 ns an operation. Pools get warm in the first sample, of which a median knows nothing.
//!
//! Each buffer goes through `black_box` by reference, as it would go to a function that the compiler knows nothing of:
//! the memory counts as used, and what is in the buffer as changed.

use divan::{Bencher, counter::ItemsCount};
use flow_benches::together::Together;

use crate::contenders::{Buffer, Contender};

/// Operations in an iteration.
pub(crate) const OPERATIONS: usize = 1000;

/// Measures `work`, which does `operations` operations, on what `prepare` makes for each iteration of each thread. That
/// is dropped after the sample.
pub(crate) fn measure<T>(
    bencher: Bencher<'_, '_>,
    operations: usize,
    prepare: impl Fn() -> T + Sync,
    work: impl Fn(&mut T) + Sync,
) {
    let together = Together::new();
    bencher
        .counter(ItemsCount::new(operations))
        .with_inputs(|| (together.take_turn(), prepare()))
        .bench_refs(|(turn, prepared)| {
            turn.start();
            work(prepared);
        });
}

/// A pool for `live` buffers of `size` bytes on each thread, which has been seen to give out what it is asked for.
pub(crate) fn pool<C: Contender>(size: usize, live: usize) -> C {
    let pool = C::new(size, live);
    for _ in 0..2 {
        let mut buffer = pool.get(size);
        assert!(buffer.is_ready(size), "not an empty buffer of {size} bytes");
        buffer.fill(size, 1);
    }
    pool
}

/// Defines a benchmark for each of the named contenders. `$call` runs it with `$bencher`, for the contender `$type`.
///
/// Contenders that are slow have fewer iterations a sample, so that samples last about as long.
macro_rules! benches {
    (|$bencher:ident, $type:ident| $call:expr; $($name:ident: $contender:ty $(, $option:ident = $value:literal)*;)*) => {
        $(
            #[divan::bench($($option = $value),*)]
            fn $name($bencher: divan::Bencher<'_, '_>) {
                #[allow(unused_imports, reason = "each contender needs some of them")]
                use $crate::contenders::*;
                type $type = $contender;
                $call;
            }
        )*
    };
}

pub(crate) use benches;
