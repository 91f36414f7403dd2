//! How pools are measured: warm, all threads at the same time on one pool.
//!
//! An iteration is [`OPERATIONS`] operations, where the group does not say otherwise, so that a median of `8.6 µs` means
//! 8.6 ns an operation. Pools get warm in the first sample, of which a median knows nothing.
//!
//! Each buffer goes through `black_box` by reference, as it would go to a function that the compiler knows nothing of:
//! the memory counts as used, and what is in the buffer as changed.

pub(crate) use flow_benches::measure::{OPERATIONS, measure};

use crate::contenders::{Buffer, Contender};

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

/// Defines a benchmark for each of the named contenders.
macro_rules! benches {
    ($($benches:tt)*) => { flow_benches::contenders! { crate::contenders; $($benches)* } };
}

pub(crate) use benches;
