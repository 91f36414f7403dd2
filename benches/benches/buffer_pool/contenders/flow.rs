//! Ours, by each of its ways to get a buffer.

use std::{
    mem::take,
    ops::{Deref, DerefMut},
};

use flow_memory::{BufferPool, OwnedBuffer, PooledBuffer, get_buffer};

use crate::contenders::{Contender, vectors};

/// `BufferPool::get`.
pub(crate) struct FlowBufferPool(BufferPool);

impl Contender for FlowBufferPool {
    type Buffer<'a> = PooledBuffer<'a>;

    fn new(_size: usize, _live: usize) -> Self {
        Self(BufferPool::new())
    }

    #[inline]
    fn get(&self, size: usize) -> PooledBuffer<'_> {
        self.0.get(size)
    }
}

/// `BufferPool::get_owned`.
pub(crate) struct FlowGetOwned(BufferPool);

impl Contender for FlowGetOwned {
    type Buffer<'a> = OwnedBuffer;

    fn new(_size: usize, _live: usize) -> Self {
        Self(BufferPool::new())
    }

    #[inline]
    fn get(&self, size: usize) -> OwnedBuffer {
        self.0.get_owned(size)
    }
}

/// `get_buffer`.
pub(crate) struct FlowGetBuffer;

impl Contender for FlowGetBuffer {
    type Buffer<'a> = PooledBuffer<'static>;

    fn new(_size: usize, _live: usize) -> Self {
        Self
    }

    #[inline]
    fn get(&self, size: usize) -> PooledBuffer<'static> {
        get_buffer(size)
    }
}

/// `BufferPool::take` and `BufferPool::put`.
pub(crate) struct FlowTakePut(BufferPool);

impl Contender for FlowTakePut {
    type Buffer<'a> = Taken<'a>;

    fn new(_size: usize, _live: usize) -> Self {
        Self(BufferPool::new())
    }

    #[inline]
    fn get(&self, size: usize) -> Taken<'_> {
        Taken { vec: self.0.take(size), pool: &self.0 }
    }
}

/// A vector that is put back.
pub(crate) struct Taken<'a> {
    vec: Vec<u8>,
    pool: &'a BufferPool,
}

impl Deref for Taken<'_> {
    type Target = Vec<u8>;

    #[inline]
    fn deref(&self) -> &Vec<u8> {
        &self.vec
    }
}

impl DerefMut for Taken<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.vec
    }
}

impl Drop for Taken<'_> {
    #[inline]
    fn drop(&mut self) {
        self.pool.put(take(&mut self.vec));
    }
}

vectors!(PooledBuffer<'_>, OwnedBuffer, Taken<'_>);
