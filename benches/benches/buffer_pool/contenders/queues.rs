//! Pools that keep what is free in crossbeam-queue's `ArrayQueue`: bare, in opool, and behind thread-local stacks in
//! zeropool.

use std::{
    mem::{MaybeUninit, take},
    ops::{Deref, DerefMut},
    sync::Arc,
};

use opool::{Pool, PoolAllocator, RcGuard, RefGuard};
use zeropool::BufUninit;

use crate::contenders::{Buffer, Contender, room, vectors};

type Queue = crossbeam_queue::ArrayQueue<Vec<u8>>;

/// A queue of free buffers.
pub(crate) struct ArrayQueue(Queue);

impl Contender for ArrayQueue {
    type Buffer<'a> = Queued<&'a Queue>;

    fn new(_size: usize, live: usize) -> Self {
        Self(Queue::new(room(live)))
    }

    #[inline]
    fn get(&self, size: usize) -> Queued<&Queue> {
        Queued { vec: pop(&self.0, size), queue: &self.0 }
    }
}

/// A queue of free buffers, which the buffers keep alive.
pub(crate) struct ArrayQueueOwned(Arc<Queue>);

impl Contender for ArrayQueueOwned {
    type Buffer<'a> = Queued<Arc<Queue>>;

    fn new(_size: usize, live: usize) -> Self {
        Self(Arc::new(Queue::new(room(live))))
    }

    #[inline]
    fn get(&self, size: usize) -> Queued<Arc<Queue>> {
        Queued { vec: pop(&self.0, size), queue: Arc::clone(&self.0) }
    }
}

#[inline]
fn pop(queue: &Queue, size: usize) -> Vec<u8> {
    queue.pop().unwrap_or_else(|| Vec::with_capacity(size))
}

/// A buffer that goes to the queue.
pub(crate) struct Queued<Q: Deref<Target = Queue>> {
    vec: Vec<u8>,
    queue: Q,
}

impl<Q: Deref<Target = Queue>> Deref for Queued<Q> {
    type Target = Vec<u8>;

    #[inline]
    fn deref(&self) -> &Vec<u8> {
        &self.vec
    }
}

impl<Q: Deref<Target = Queue>> DerefMut for Queued<Q> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.vec
    }
}

impl<Q: Deref<Target = Queue>> Drop for Queued<Q> {
    #[inline]
    fn drop(&mut self) {
        let mut vec = take(&mut self.vec);
        vec.clear();
        // Freed if the queue is full.
        drop(self.queue.push(vec));
    }
}

/// Makes buffers of one size for opool.
pub(crate) struct OfSize(usize);

impl PoolAllocator<Vec<u8>> for OfSize {
    #[inline]
    fn reset(&self, vec: &mut Vec<u8>) {
        vec.clear();
    }

    #[inline]
    fn allocate(&self) -> Vec<u8> {
        Vec::with_capacity(self.0)
    }
}

/// opool.
pub(crate) struct Opool(Pool<OfSize, Vec<u8>>);

impl Contender for Opool {
    type Buffer<'a> = RefGuard<'a, OfSize, Vec<u8>>;

    fn new(size: usize, live: usize) -> Self {
        Self(Pool::new(room(live), OfSize(size)))
    }

    #[inline]
    fn get(&self, _size: usize) -> RefGuard<'_, OfSize, Vec<u8>> {
        self.0.get()
    }
}

/// opool, with buffers that keep it alive.
pub(crate) struct OpoolRc(Arc<Pool<OfSize, Vec<u8>>>);

impl Contender for OpoolRc {
    type Buffer<'a> = RcGuard<OfSize, Vec<u8>>;

    fn new(size: usize, live: usize) -> Self {
        Self(Pool::new(room(live), OfSize(size)).to_rc())
    }

    #[inline]
    fn get(&self, _size: usize) -> RcGuard<OfSize, Vec<u8>> {
        Arc::clone(&self.0).get_rc()
    }
}

/// zeropool. Threads keep some buffers for themselves, as many as on a machine with many processors.
pub(crate) struct ZeroPool(zeropool::ZeroPool);

impl Contender for ZeroPool {
    type Buffer<'a> = BufUninit<'a>;

    fn new(_size: usize, live: usize) -> Self {
        Self(zeropool::ZeroPool::new().tls_cache_size(8).max_buffers_per_class(room(live)))
    }

    #[inline]
    fn get(&self, size: usize) -> BufUninit<'_> {
        self.0.alloc_uninit(size)
    }
}

/// Not a vector: a slice of as many bytes as were asked for, which cannot be read before it is written.
impl Buffer for BufUninit<'_> {
    fn is_ready(&self, size: usize) -> bool {
        self.len() == size
    }

    #[inline]
    fn fill(&mut self, size: usize, byte: u8) {
        self.as_uninit_mut()[..size].fill(MaybeUninit::new(byte));
    }
}

vectors!(Queued<&Queue>, Queued<Arc<Queue>>, RefGuard<'_, OfSize, Vec<u8>>, RcGuard<OfSize, Vec<u8>>);
