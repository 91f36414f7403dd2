//! The pools of buffers that are compared, behind one trait, and what makes a pool for many sizes of pools for one.

mod allocators;
mod flow;
mod objects;
mod queues;
mod slab;

use std::ops::RangeInclusive;

use flow_benches::together::THREADS;

pub(crate) use allocators::{BytesMut, Malloc, Mimalloc};
pub(crate) use flow::{FlowBufferPool, FlowGetBuffer, FlowGetOwned, FlowTakePut};
pub(crate) use objects::{LockfreeObjectPool, LockfreeObjectPoolOwned, ObjectPool, ObjectPoolOwned};
pub(crate) use queues::{ArrayQueue, ArrayQueueOwned, Opool, OpoolRc, ZeroPool};
pub(crate) use slab::{ShardedSlab, ShardedSlabOwned, Slot};

/// A pool that threads share.
///
/// All do the same: `get` gives an empty buffer with room for as many bytes as were asked for, and when it is dropped, it
/// goes back. Where there is a choice of methods for that, the fastest is taken.
pub(crate) trait Contender: Send + Sync {
    /// What `get` gives.
    type Buffer<'a>: Buffer
    where
        Self: 'a;

    /// A pool for buffers of `size` bytes, of which each thread has at most `live` at a time. Pools with a limit hold on
    /// to that many.
    fn new(size: usize, live: usize) -> Self;

    /// A buffer with room for `size` bytes. Pools for one size don't look at it.
    fn get(&self, size: usize) -> Self::Buffer<'_>;
}

/// Gives itself back when it is dropped.
pub(crate) trait Buffer {
    /// Whether it is empty and has room for `size` bytes.
    fn is_ready(&self, size: usize) -> bool;

    /// Makes it `size` bytes long, with `byte` everywhere.
    fn fill(&mut self, size: usize, byte: u8);
}

/// [`Buffer`] for what has the methods of `Vec<u8>`.
macro_rules! vectors {
    ($($buffer:ty),* $(,)?) => {$(
        impl $crate::contenders::Buffer for $buffer {
            fn is_ready(&self, size: usize) -> bool {
                self.is_empty() && self.capacity() >= size
            }

            #[inline]
            fn fill(&mut self, size: usize, byte: u8) {
                self.resize(size, byte);
            }
        }
    )*};
}

use vectors;

/// How many buffers pools with a limit have room for, when each thread has `live` at a time. Small queues, whose ends
/// share a cache line, would be slower.
fn room(live: usize) -> usize {
    (THREADS * live).max(64)
}

/// A pool for many sizes, made of one for each power of two.
pub(crate) struct PerPower<C>(Vec<C>);

impl<C> PerPower<C> {
    /// The sizes that there are pools for, as powers.
    const POWERS: RangeInclusive<u32> = 6..=20;
}

impl<C: Contender> Contender for PerPower<C> {
    type Buffer<'a>
        = C::Buffer<'a>
    where
        C: 'a;

    fn new(_size: usize, live: usize) -> Self {
        Self(Self::POWERS.map(|power| C::new(1 << power, live)).collect())
    }

    #[inline]
    fn get(&self, size: usize) -> C::Buffer<'_> {
        let power = size.next_power_of_two().trailing_zeros().max(*Self::POWERS.start());
        self.0[(power - Self::POWERS.start()) as usize].get(1 << power)
    }
}
