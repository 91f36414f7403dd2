//! The feature `bytes`: buffers to write to as `BufMut`, and to share as `Bytes`.

use std::borrow::Borrow;

use bytes::{BufMut, Bytes, buf::UninitSlice};

use super::Buffer;
use crate::BufferPool;

/// The most bytes that a buffer can have.
const MAX: usize = isize::MAX as usize;

impl<P: Borrow<BufferPool> + Send + 'static> Buffer<P> {
    /// Makes the contents immutable and shares them: no copy, one small allocation for the count of clones. The buffer
    /// goes back to its pool when the last clone and slice are dropped, on whatever thread that is.
    ///
    /// For buffers whose pool outlives everything: an [`OwnedBuffer`](crate::OwnedBuffer), or one of the
    /// [global pool](crate::global_pool). Of any other, [`into_owned`](crate::PooledBuffer::into_owned) makes one first.
    ///
    /// ```compile_fail,E0597
    /// let pool = flow_memory::BufferPool::new();
    /// let bytes = pool.get(64).freeze();
    /// ```
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let mut buffer = pool.get_owned(64);
    /// buffer.extend_from_slice(b"shared");
    /// let bytes = buffer.freeze();
    /// let part = bytes.slice(2..4);
    /// drop(bytes);
    /// assert_eq!((&part[..], pool.stats().outstanding), (&b"ar"[..], 1));
    /// drop(part);
    /// assert_eq!((pool.stats().outstanding, pool.stats().retained), (0, 1));
    /// ```
    #[must_use = "the buffer goes back to its pool at once if the bytes are not used"]
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

/// Writing through `BufMut` grows the buffer through its pool.
///
/// # Examples
///
/// ```
/// use bytes::BufMut;
///
/// let pool = flow_memory::BufferPool::new();
/// let mut buffer = pool.get(64);
/// buffer.put_u32(7);
/// buffer.put_bytes(1, 100);
/// assert_eq!((&buffer[..5], buffer.capacity()), (&[0, 0, 0, 7, 1][..], 128));
/// ```
// SAFETY: as of `Vec<u8>`, to which all is passed on: `chunk_mut` is its spare capacity, and `advance_mut` checks that it
// stays within.
unsafe impl<P: Borrow<BufferPool>> BufMut for Buffer<P> {
    /// What the buffer can grow by: nearly everything.
    #[inline]
    fn remaining_mut(&self) -> usize {
        MAX - self.lent.buffer().len()
    }

    #[inline]
    unsafe fn advance_mut(&mut self, count: usize) {
        // SAFETY: the caller wrote that many bytes.
        unsafe { self.lent.buffer_mut().advance_mut(count) };
    }

    /// The spare capacity. If there is none, the buffer grows through the pool: see [`reserve`](Buffer::reserve).
    #[inline]
    fn chunk_mut(&mut self) -> &mut UninitSlice {
        if self.lent.buffer().len() == self.lent.buffer().capacity() {
            self.reserve(1);
        }
        self.lent.buffer_mut().spare_capacity_mut().into()
    }

    #[inline]
    fn put_slice(&mut self, bytes: &[u8]) {
        self.append(bytes);
    }

    #[inline]
    fn put_bytes(&mut self, byte: u8, count: usize) {
        self.reserve(count);
        self.lent.buffer_mut().put_bytes(byte, count);
    }

    #[inline]
    fn put<B: bytes::Buf>(&mut self, mut source: B) {
        self.reserve(source.remaining());
        while source.has_remaining() {
            let chunk = source.chunk();
            let count = chunk.len();
            self.append(chunk);
            source.advance(count);
        }
    }
}
