//! How an arena is configured.

use super::{Arena, DEFAULT_BLOCK_SIZE};
use crate::raw::Lanes;

/// The smallest block size: below it, a block would be mostly its own overhead.
const MIN_BLOCK_SIZE: usize = 1024;

/// The largest block size: 1 GiB. Larger requests are served, by blocks of their own.
const MAX_BLOCK_SIZE: usize = 1 << 30;

/// Configures an [`Arena`].
///
/// # Examples
///
/// ```
/// use flow_arena::Arena;
///
/// // Small at first, with few and large blocks once it has grown, and never above 16 MiB.
/// let arena = Arena::builder().block_size(4 << 10).largest_block(1 << 20).memory_limit(16 << 20).build();
/// assert_eq!(arena.block_size(), 4096);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ArenaBuilder {
    block_size: usize,
    largest_block: Option<usize>,
    memory_limit: Option<usize>,
}

impl ArenaBuilder {
    /// Blocks of 64 KiB, no growth, no limit.
    pub(super) fn new() -> Self {
        Self { block_size: DEFAULT_BLOCK_SIZE, largest_block: None, memory_limit: None }
    }

    /// The size of a block in bytes, its overhead of 64 bytes included. 64 KiB by default.
    ///
    /// Rounded up to a power of two below 4 KiB and to a multiple of 4 KiB above; at least 1 KiB and at most 1 GiB. A
    /// request of more than a quarter of a block gets a block of its own, unless the current one has room for it.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(flow_arena::Arena::builder().block_size(5000).build().block_size(), 8192);
    /// ```
    pub fn block_size(mut self, bytes: usize) -> Self {
        self.block_size = bytes.clamp(MIN_BLOCK_SIZE, MAX_BLOCK_SIZE);
        self
    }

    /// Lets blocks grow: each new one is twice as large as the one before, up to `bytes`. By default they don't grow.
    ///
    /// Larger blocks mean fewer visits to the mutex, and more memory in the blocks that threads have open. Sizes are
    /// rounded as those of [`block_size`](Self::block_size) are; less than the block size means no growth.
    ///
    /// # Examples
    ///
    /// ```
    /// let arena = flow_arena::Arena::builder().block_size(1024).largest_block(4096).build();
    /// for _ in 0..100 {
    ///     arena.alloc(100);
    /// }
    /// assert_eq!(arena.stats().reserved, 1024 + 2048 + 2 * 4096);
    /// ```
    pub fn largest_block(mut self, bytes: usize) -> Self {
        self.largest_block = Some(bytes.clamp(MIN_BLOCK_SIZE, MAX_BLOCK_SIZE));
        self
    }

    /// The most bytes that the arena may hold in blocks, over all threads. No limit by default.
    ///
    /// The limit is exact: a block is charged before it is made, and a charge that would exceed the limit fails. When
    /// a whole block doesn't fit any more, smaller ones are made as long as they fit. Lanes (128 bytes a thread) are
    /// not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::{AllocError, Arena};
    ///
    /// let arena = Arena::builder().memory_limit(100_000).build();
    /// assert!(arena.try_alloc(90_000).is_ok());
    /// assert!(matches!(arena.try_alloc(90_000), Err(AllocError::LimitReached { limit: 100_000, .. })));
    /// assert!(arena.try_alloc(100).is_ok());
    /// ```
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Makes the arena. Allocates nothing yet.
    ///
    /// # Examples
    ///
    /// ```
    /// let arena = flow_arena::Arena::builder().build();
    /// assert_eq!(arena.stats().blocks, 0);
    /// ```
    #[must_use]
    pub fn build(self) -> Arena {
        let Self { block_size, largest_block, memory_limit } = self;
        let largest = largest_block.unwrap_or(block_size);
        Arena { lanes: Lanes::new(block_size, largest, memory_limit.unwrap_or(usize::MAX)), resets: 0 }
    }
}

impl Default for ArenaBuilder {
    /// The configuration of [`Arena::new`].
    fn default() -> Self {
        Self::new()
    }
}
