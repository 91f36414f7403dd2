//! The buffer pool: what hands out buffers, and its limits.

mod builder;
mod global;
mod stats;

use std::fmt;

pub use builder::BufferPoolBuilder;
pub use global::{GlobalPoolError, get_buffer, global_pool, put_buffer, with_buffer};
pub use stats::{BufferClassStats, BufferPoolStats};

use crate::{
    AllocError, Buffer, OwnedBuffer, PooledBuffer,
    error::or_raise,
    raw::{Buffers, Lent},
};

/// A thread-safe pool of buffers in classes of powers of two, from 64 bytes to 4 MiB unless a
/// [builder](Self::builder) says otherwise.
///
/// A buffer is a `Vec<u8>` without contents and with at least the capacity that was asked for. It goes back when its
/// handle is dropped, and is kept for the next request of its class, as long as the
/// [budget](BufferPoolBuilder::max_retained_bytes) allows.
///
/// The pool is a handle: a clone is the same pool. All that it keeps is freed when the last clone and the last
/// [`OwnedBuffer`] are gone.
///
/// # When not to use it
///
/// - When a buffer can be reused where it is: a `Vec` that is cleared in a loop costs nothing at all.
/// - When buffers live long: a pool is for those that come and go.
/// - When each is of another size, large, and used once: what the pool keeps for the next request is memory that
///   the rest of the program does not have.
/// - When buffers grow by themselves much beyond what was asked for: that goes through the global allocator, and they come back
///   to other classes than they were taken from.
///
/// `docs/buffer-pool.md` has numbers.
///
/// # Cost
///
/// Each thread keeps two magazines, stacks of up to 64 buffers, of each class. As long as these suffice, getting a
/// buffer and dropping it are a thread-local lookup and a few plain loads and stores each: no lock, no atomic
/// read-modify-write, no call of the global allocator. Otherwise a whole magazine goes to, or comes from, a queue that
/// all threads share, for one compare-and-swap or two. Where there is nothing, the global allocator is asked.
///
/// The first use on a thread makes the thread's caches, 128 bytes a class, or takes over those of a thread that is
/// gone.
///
/// # Thread safety
///
/// `Send + Sync`. A buffer may be dropped on any thread, and stays with that one until it is used or goes to the
/// queue. When a thread exits, what it kept goes to the queue. Pools also work in destructors of thread-locals, with a
/// lock then.
///
/// # Examples
///
/// ```
/// use flow_memory::BufferPool;
///
/// let pool = BufferPool::new();
/// let mut buffer = pool.get(1000);
/// assert_eq!((buffer.len(), buffer.capacity()), (0, 1024));
/// buffer.extend_from_slice(b"some bytes");
/// let address = buffer.as_ptr();
/// drop(buffer);
///
/// let again = pool.get(600);
/// assert_eq!((again.as_ptr(), again.len()), (address, 0));
/// ```
#[derive(Clone)]
pub struct BufferPool {
    pub(crate) buffers: Buffers,
}

impl BufferPool {
    /// A pool with the defaults of [`builder`](Self::builder). Allocates its tables, about 7 KiB, and no buffer.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// assert_eq!((pool.smallest_class(), pool.largest_class()), (64, 4 << 20));
    /// assert_eq!(pool.max_retained_bytes(), 128 << 20);
    /// ```
    #[must_use]
    #[doc(alias = "NewBufferPool")]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Configures a pool: the sizes of its classes, and what it may keep.
    pub fn builder() -> BufferPoolBuilder {
        BufferPoolBuilder::new()
    }

    /// A buffer without contents and with a capacity of at least `capacity` bytes: the size of its class, or exactly
    /// `capacity` above the [largest class](Self::largest_class). Such a buffer is not kept when it comes back.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` exceeds `isize::MAX`, and aborts if there is no memory, just as `Vec::with_capacity` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// assert_eq!(pool.get(0).capacity(), 64);
    /// assert_eq!(pool.get(65).capacity(), 128);
    /// assert_eq!(pool.get(5 << 20).capacity(), 5 << 20);
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    #[doc(alias("Get", "GetBuffer"))]
    pub fn get(&self, capacity: usize) -> PooledBuffer<'_> {
        match self.buffers.get(capacity) {
            Some(lent) => Buffer::new(lent, self),
            None => Buffer::new(or_raise(self.buffers.make(capacity, 0)), self),
        }
    }

    /// [`get`](Self::get), but returns an error instead of panicking or aborting.
    ///
    /// # Errors
    ///
    /// [`AllocError::TooLarge`] and [`AllocError::OutOfMemory`].
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// assert_eq!(pool.try_get(100)?.capacity(), 128);
    /// assert!(pool.try_get(usize::MAX).is_err());
    /// # Ok::<(), flow_memory::AllocError>(())
    /// ```
    #[inline]
    pub fn try_get(&self, capacity: usize) -> Result<PooledBuffer<'_>, AllocError> {
        Ok(Buffer::new(self.lend(capacity)?, self))
    }

    /// A buffer whose contents are `len` zeros. Costs what [`get`](Self::get) costs, and the clearing; fresh memory
    /// comes zeroed from the global allocator, which may know how to do that for less.
    ///
    /// # Panics
    ///
    /// As for [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// assert_eq!(pool.get_zeroed(100), [0; 100]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn get_zeroed(&self, len: usize) -> PooledBuffer<'_> {
        or_raise(self.try_get_zeroed(len))
    }

    /// [`get_zeroed`](Self::get_zeroed), but returns an error instead of panicking or aborting.
    ///
    /// # Errors
    ///
    /// [`AllocError::TooLarge`] and [`AllocError::OutOfMemory`].
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// assert_eq!(pool.try_get_zeroed(4)?[..], [0; 4]);
    /// assert!(pool.try_get_zeroed(usize::MAX).is_err());
    /// # Ok::<(), flow_memory::AllocError>(())
    /// ```
    pub fn try_get_zeroed(&self, len: usize) -> Result<PooledBuffer<'_>, AllocError> {
        let lent = match self.buffers.get(len) {
            Some(mut lent) => {
                lent.buffer_mut().resize(len, 0);
                lent
            }
            None => self.buffers.make(len, len)?,
        };
        Ok(Buffer::new(lent, self))
    }

    /// [`get`](Self::get) in the form that keeps the pool alive: for tasks, threads, and structures without a lifetime.
    ///
    /// # Panics
    ///
    /// As for [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let mut buffer = pool.get_owned(64);
    /// let sum = std::thread::spawn(move || {
    ///     buffer.extend([1, 2, 3]);
    ///     buffer.iter().sum::<u8>()
    /// });
    /// assert_eq!(sum.join().unwrap(), 6);
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn get_owned(&self, capacity: usize) -> OwnedBuffer {
        or_raise(self.try_get_owned(capacity))
    }

    /// [`get_owned`](Self::get_owned), but returns an error instead of panicking or aborting.
    ///
    /// # Errors
    ///
    /// [`AllocError::TooLarge`] and [`AllocError::OutOfMemory`].
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let buffer = pool.try_get_owned(100)?;
    /// std::thread::spawn(move || drop(buffer));
    /// # Ok::<(), flow_memory::AllocError>(())
    /// ```
    #[inline]
    pub fn try_get_owned(&self, capacity: usize) -> Result<OwnedBuffer, AllocError> {
        Ok(Buffer::new(self.lend(capacity)?, self.clone()))
    }

    /// A buffer as a plain vector, which the pool forgets. [`put`](Self::put) gives it back.
    ///
    /// # Panics
    ///
    /// As for [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let vector: Vec<u8> = pool.take(100);
    /// assert_eq!(vector.capacity(), 128);
    /// pool.put(vector);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn take(&self, capacity: usize) -> Vec<u8> {
        let (buffer, promised) = or_raise(self.lend(capacity)).into_parts();
        self.buffers.stop_counting(promised);
        buffer
    }

    /// Gives a vector to the pool, wherever it is from. It is kept for the largest class that is not larger than its
    /// capacity, and what it has beyond that is given back to the global allocator. It is freed if it is smaller than
    /// the smallest class, or at least twice as large as the largest, or if the budget is spent.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// pool.put(Vec::with_capacity(1500));
    /// assert_eq!(pool.stats().retained_bytes, 1024);
    /// assert_eq!(pool.get(1025).capacity(), 2048);
    /// assert_eq!(pool.get(1024).capacity(), 1024);
    /// ```
    #[doc(alias("Put", "PutBuffer"))]
    pub fn put(&self, buffer: Vec<u8>) {
        self.buffers.adopt(buffer);
    }

    /// Calls `f` with a buffer that goes back afterwards, also if `f` returns an error or panics.
    ///
    /// # Panics
    ///
    /// As for [`get`](Self::get), and if `f` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let digits = pool.with_buffer(64, |buffer| {
    ///     buffer.extend_from_slice(b"12345");
    ///     buffer.len()
    /// });
    /// assert_eq!((digits, pool.stats().outstanding), (5, 0));
    /// ```
    #[doc(alias = "WithBuffer")]
    #[track_caller]
    pub fn with_buffer<R>(&self, capacity: usize, f: impl FnOnce(&mut PooledBuffer<'_>) -> R) -> R {
        f(&mut self.get(capacity))
    }

    #[inline]
    pub(crate) fn lend(&self, capacity: usize) -> Result<Lent, AllocError> {
        match self.buffers.get(capacity) {
            Some(lent) => Ok(lent),
            None => self.buffers.make(capacity, 0),
        }
    }

    /// Frees all that the pool keeps, as [`shrink_to(0)`](Self::shrink_to) does. Returns how many bytes were freed.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// drop(pool.get(1 << 20));
    /// assert_eq!(pool.trim(), 1 << 20);
    /// assert_eq!(pool.stats().retained_bytes, 0);
    /// ```
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn trim(&self) -> usize {
        self.shrink_to(0)
    }

    /// Frees buffers that the pool keeps, the largest first, until it keeps at most `bytes`. Returns how many bytes
    /// were freed.
    ///
    /// First those in the shared queue are freed, then those that this thread keeps. What other threads keep cannot be
    /// freed by this one: if all that was not enough, each of the others frees all that it keeps of a class when it
    /// next puts a buffer of that class back, or exits.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// drop((pool.get(1 << 20), pool.get(1024)));
    /// assert_eq!(pool.shrink_to(100_000), 1 << 20);
    /// assert_eq!(pool.stats().retained_bytes, 1024);
    /// ```
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn shrink_to(&self, bytes: usize) -> usize {
        self.buffers.shrink_to(bytes)
    }

    /// Makes `count` buffers for requests of `capacity` bytes in advance, where all threads find them. Returns how
    /// many were made: fewer if the budget or the memory runs out, none if `capacity` exceeds the largest class.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// assert_eq!(pool.prefill(1000, 10), 10);
    /// assert_eq!(pool.stats().retained_bytes, 10 * 1024);
    /// drop(pool.get(1000));
    /// assert_eq!(pool.stats().misses, 0);
    /// ```
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn prefill(&self, capacity: usize, count: usize) -> usize {
        self.buffers.prefill(capacity, count)
    }

    /// The most bytes of capacity that the pool keeps, over all threads and classes.
    #[must_use]
    pub fn max_retained_bytes(&self) -> usize {
        self.buffers.limit()
    }

    /// The size of the buffers of the smallest class, in bytes.
    #[must_use]
    pub fn smallest_class(&self) -> usize {
        self.buffers.smallest_class()
    }

    /// The size of the buffers of the largest class, in bytes. Larger ones are made and freed each time.
    #[must_use]
    pub fn largest_class(&self) -> usize {
        self.buffers.largest_class()
    }

    /// What the pool holds and has done. Takes a lock that only new threads and exiting ones want, and looks at each
    /// thread's counters: may be called at any time, from any thread. Allocates a small vector.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let first = pool.get(100);
    /// drop(pool.get(100));
    /// drop(pool.get(100));
    /// let stats = pool.stats();
    /// assert_eq!((stats.hits, stats.misses, stats.returns), (1, 2, 2));
    /// assert_eq!((stats.retained_bytes, stats.outstanding_bytes), (128, 128));
    /// ```
    #[must_use]
    #[doc(alias = "GetStats")]
    pub fn stats(&self) -> BufferPoolStats {
        BufferPoolStats::new(&self.buffers)
    }

    /// [`stats`](Self::stats) for each class, from the smallest to the largest.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::builder().smallest_class(1024).largest_class(4096).build();
    /// drop(pool.get(2000));
    /// let classes = pool.class_stats();
    /// assert_eq!(classes.iter().map(|class| class.size).collect::<Vec<_>>(), [1024, 2048, 4096]);
    /// assert_eq!(classes[1].retained, 1);
    /// ```
    #[must_use]
    pub fn class_stats(&self) -> Vec<BufferClassStats> {
        self.buffers.counts().iter().map(BufferClassStats::new).collect()
    }
}

impl Default for BufferPool {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for BufferPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferPool").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
