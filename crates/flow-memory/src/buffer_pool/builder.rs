//! How a buffer pool is configured.

use super::BufferPool;
use crate::raw::{Buffers, Config};

/// The smallest size of a class: below it, a buffer would be smaller than what an allocator adds to it.
const MIN_CLASS: usize = 8;

/// The largest size of a class: a quarter of the largest allocation, so that doubling it cannot overflow.
const MAX_CLASS: usize = 1 << (usize::BITS - 3);

/// Configures a [`BufferPool`].
///
/// # Examples
///
/// ```
/// use flow_memory::BufferPool;
///
/// // For messages of at most 64 KiB, and never more than 16 MiB in reserve.
/// let pool = BufferPool::builder().smallest_class(256).largest_class(64 << 10).max_retained_bytes(16 << 20).build();
/// assert_eq!((pool.smallest_class(), pool.largest_class()), (256, 65_536));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct BufferPoolBuilder {
    config: Config,
}

impl BufferPoolBuilder {
    pub(super) fn new() -> Self {
        Self {
            config: Config {
                smallest: 64,
                largest: 4 << 20,
                max_retained: 128 << 20,
                thread_cache: 1 << 20,
                zero_on_return: false,
            },
        }
    }

    /// The size of the smallest buffers in bytes, rounded up to a power of two; at least 8. 64 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::builder().smallest_class(1000).build();
    /// assert_eq!(pool.get(1).capacity(), 1024);
    /// ```
    pub fn smallest_class(mut self, bytes: usize) -> Self {
        self.config.smallest = class_size(bytes);
        self
    }

    /// The size of the largest buffers that are kept in bytes, rounded up to a power of two; at least the smallest
    /// class. 4 MiB by default.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::builder().largest_class(4096).build();
    /// drop(pool.get(10_000));
    /// assert_eq!(pool.stats().retained_bytes, 0);
    /// ```
    pub fn largest_class(mut self, bytes: usize) -> Self {
        self.config.largest = class_size(bytes);
        self
    }

    /// The most bytes of capacity that the pool keeps, over all threads and classes: a hard bound, which holds at
    /// every moment. 128 MiB by default; 0 keeps nothing. With `usize::MAX` there is no such bound; the shared queue
    /// still has room for 65,536 buffers of each class and no more.
    ///
    /// What threads keep for themselves counts, and so does room that they have for buffers of a class, up to as much
    /// again. A bound should therefore be a multiple of what is in use at once. Where it is spent, buffers of other
    /// classes give way to those that come back, if they are in the shared queue or with the same thread; without any,
    /// what comes back is freed. Magazines and tables are not counted: 8 bytes a buffer.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::builder().max_retained_bytes(4096).build();
    /// let buffers: Vec<_> = (0..10).map(|_| pool.get(1024)).collect();
    /// drop(buffers);
    /// assert_eq!(pool.stats().retained_bytes, 4096);
    /// ```
    pub fn max_retained_bytes(mut self, bytes: usize) -> Self {
        self.config.max_retained = bytes;
        self
    }

    /// The most bytes that one thread keeps of one class for itself, the rest going to the queue that all threads
    /// share. At least two buffers in any case, at most 128, and at most half of the
    /// [budget](Self::max_retained_bytes). 1 MiB by default.
    ///
    /// More of it means fewer visits to the queue; less means that other threads find what this one does not need.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::builder().thread_cache_bytes(0).build();
    /// let buffers: Vec<_> = (0..100).map(|_| pool.get(64)).collect();
    /// drop(buffers); // All but a few are in the queue now, where another thread finds them.
    /// std::thread::scope(|scope| drop(scope.spawn(|| drop(pool.get(64)))));
    /// assert_eq!(pool.stats().hits, 1);
    /// ```
    pub fn thread_cache_bytes(mut self, bytes: usize) -> Self {
        self.config.thread_cache = bytes;
        self
    }

    /// Whether buffers are overwritten with zeros when they come back, with all of their capacity and in a way that
    /// the compiler keeps, so that what was in them is neither in the pool nor in a freed buffer. `false` by default.
    ///
    /// A vector that grows by itself leaves what was in it to the global allocator, uncleared; the pool does not see
    /// that. Use [`append`](crate::Buffer::append) or [`reserve`](crate::Buffer::reserve), which grow through the
    /// pool.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::builder().zero_on_return(true).build();
    /// let mut secret = pool.get(64);
    /// secret.extend_from_slice(b"a password");
    /// drop(secret);
    /// ```
    pub fn zero_on_return(mut self, zero: bool) -> Self {
        self.config.zero_on_return = zero;
        self
    }

    /// The pool. Allocates its tables, some kilobytes, and no buffer.
    #[must_use]
    pub fn build(self) -> BufferPool {
        let mut config = self.config;
        config.largest = config.largest.max(config.smallest);
        BufferPool { buffers: Buffers::new(config) }
    }
}

impl Default for BufferPoolBuilder {
    /// The configuration of [`BufferPool::new`].
    fn default() -> Self {
        Self::new()
    }
}

/// A power of two that can be the size of a class.
fn class_size(bytes: usize) -> usize {
    bytes.clamp(MIN_CLASS, MAX_CLASS).next_power_of_two()
}
