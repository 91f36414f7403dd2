//! The arena: its life cycle and statistics. What allocates is in `allocation_methods.rs` and `text_methods.rs`.

mod builder;
mod stats;

use std::{fmt, sync::Arc};

pub use builder::ArenaBuilder;
pub use stats::ArenaStats;

use crate::{
    Lane, SharedArenaError, allocation_methods::allocation_methods, raw::Lanes, text_methods::text_methods,
};

/// The size of a block, unless a builder says otherwise: 64 KiB.
const DEFAULT_BLOCK_SIZE: usize = 64 * 1024;

/// A thread-safe, block-based bump arena.
///
/// Bytes are handed out from large blocks, each thread from blocks of its own, and all of them are given back at
/// once: [`reset`](Self::reset) makes every block reusable and frees none, [`free`](Self::free) frees all.
///
/// # When not to use it
///
/// - When values must be freed one by one, or live for very different times: use `Box`, or a pool.
/// - When one thread allocates and nothing is shared: [bumpalo](https://docs.rs/bumpalo) does that with
///   less machinery.
/// - When values need dropping and there are many: [`alloc_with_drop`](Self::alloc_with_drop) works, but a typed arena
///   spends less on each.
///
/// # Cost
///
/// An allocation in an existing lane costs a thread-local lookup, a comparison and a few additions: no lock, no atomic
/// read-modify-write, no call of the global allocator. Every [`block_size`](ArenaBuilder::block_size) bytes, a thread
/// takes a new block under a mutex that is held for the length of a list operation.
///
/// The first allocation of a thread in an arena may make lanes: 128 bytes each from the global allocator, four or more at
/// a time, which later threads take over. If there is no memory for them, the process aborts, even in a `try_` method.
///
/// For a loop of many small allocations, a [`lane`](Self::lane) saves the lookup.
///
/// # Thread safety
///
/// `Send + Sync`. Every `alloc*` takes `&self` and returns a reference that borrows the arena, so that the borrow
/// checker proves that nothing is in use when it is reset. Allocation also works in destructors of thread-locals.
///
/// # Examples
///
/// ```
/// use flow_arena::{Arena, arena_format};
///
/// let mut arena = Arena::new();
/// let buffer: &mut [u8] = arena.alloc(1024);
/// assert!(buffer.iter().all(|&byte| byte == 0));
/// let name: &mut str = arena_format!(arena, "node-{}", 7);
/// assert_eq!(name, "node-7");
///
/// std::thread::scope(|scope| {
///     for i in 0..2 {
///         scope.spawn({
///             let arena = &arena;
///             move || assert_eq!(*arena.alloc_value(i), i)
///         });
///     }
/// });
///
/// arena.reset(); // Keeps the blocks.
/// arena.free(); // Gives them back.
/// assert_eq!(arena.stats().reserved, 0);
/// ```
pub struct Arena {
    pub(crate) lanes: Lanes,
    resets: u64,
}

impl Arena {
    /// An arena with blocks of 64 KiB and no memory limit. Allocates nothing yet.
    ///
    /// # Examples
    ///
    /// ```
    /// let arena = flow_arena::Arena::new();
    /// assert_eq!(arena.stats().reserved, 0);
    /// ```
    #[doc(alias = "NewArena")]
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// An arena with blocks of `bytes` bytes, as [`ArenaBuilder::block_size`] takes them. Allocates nothing yet.
    ///
    /// # Examples
    ///
    /// ```
    /// let arena = flow_arena::Arena::with_block_size(4096);
    /// arena.alloc(10);
    /// assert_eq!(arena.stats().reserved, 4096);
    /// ```
    #[doc(alias = "NewArenaWithBlockSize")]
    #[must_use]
    pub fn with_block_size(bytes: usize) -> Self {
        Self::builder().block_size(bytes).build()
    }

    /// Configures an arena: the size of its blocks, their growth, and a memory limit.
    ///
    /// # Examples
    ///
    /// ```
    /// let arena = flow_arena::Arena::builder().block_size(4096).memory_limit(1 << 20).build();
    /// assert_eq!(arena.memory_limit(), Some(1 << 20));
    /// ```
    pub fn builder() -> ArenaBuilder {
        ArenaBuilder::new()
    }

    /// An exclusive lane, for many allocations from one thread.
    ///
    /// It allocates as the arena does, without looking up the thread's lane each time, and it can take back what was
    /// allocated in a [`scope`](Lane::scope). What it allocates borrows the arena and stays after the lane is gone.
    ///
    /// Takes a mutex, for the length of a list operation, here and when the lane is dropped. Allocates 256 bytes from
    /// the global allocator when more lanes are checked out than ever before, and aborts if there is no memory for
    /// them; otherwise a lane goes on with the block that an earlier one left.
    ///
    /// # Examples
    ///
    /// ```
    /// let arena = flow_arena::Arena::new();
    /// let lane = arena.lane();
    /// let squares: Vec<&u64> = (0..100).map(|n| &*lane.alloc_value(n * n)).collect();
    /// drop(lane);
    /// assert_eq!(*squares[9], 81);
    /// ```
    #[must_use]
    pub fn lane(&self) -> Lane<'_> {
        Lane::new(self.lanes.check_out())
    }

    /// Makes every block reusable and frees none.
    ///
    /// Values from [`alloc_with_drop`](Self::alloc_with_drop) are dropped first: of each thread and each lane the newest
    /// first.
    ///
    /// When the same work is repeated with a reset after each round, the global allocator is not called from the second
    /// round on. (Threads that work at the same time may get each other's blocks. Where blocks differ, because they grow or
    /// because an alignment above 16 depends on the address, a round may need one more.)
    ///
    /// O(lanes + blocks), whatever was allocated.
    ///
    /// # Panics
    ///
    /// If a destructor panics, with its panic. All other destructors have run then, and the reset is complete.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut arena = flow_arena::Arena::new();
    /// for _ in 0..100 {
    ///     arena.alloc(40_000);
    ///     arena.alloc(40_000);
    ///     arena.reset();
    /// }
    /// assert!(arena.stats().reserved < 100_000);
    /// ```
    #[doc(alias = "Reset")]
    pub fn reset(&mut self) {
        let panic = self.lanes.reset();
        self.resets += 1;
        panic.resume();
    }

    /// Resets the arena and gives blocks back to the global allocator until it holds at most `retain_bytes`.
    ///
    /// Blocks that were made for one large request each go first, and of them the largest.
    ///
    /// O(blocks log blocks).
    ///
    /// # Panics
    ///
    /// As for [`reset`](Self::reset).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut arena = flow_arena::Arena::new();
    /// arena.alloc(100);
    /// arena.alloc(1 << 20);
    /// arena.reset_and_trim(65_536);
    /// assert_eq!(arena.stats().reserved, 65_536);
    /// ```
    pub fn reset_and_trim(&mut self, retain_bytes: usize) {
        let panic = self.lanes.reset();
        self.lanes.trim(retain_bytes);
        self.resets += 1;
        panic.resume();
    }

    /// Gives all memory back to the global allocator: every block and every lane. The arena stays usable.
    /// O(lanes + blocks).
    ///
    /// # Panics
    ///
    /// As for [`reset`](Self::reset).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut arena = flow_arena::Arena::new();
    /// arena.alloc_str("example");
    /// arena.free();
    /// assert_eq!(arena.stats().reserved, 0);
    /// assert_eq!(arena.alloc_str("again"), "again");
    /// ```
    #[doc(alias = "Free")]
    pub fn free(&mut self) {
        let panic = self.lanes.reset();
        self.lanes.trim(0);
        self.lanes.clear();
        self.resets += 1;
        panic.resume();
    }

    /// Resets an arena behind an [`Arc`], if nobody else holds it.
    ///
    /// # Errors
    ///
    /// [`SharedArenaError`] if there is another `Arc` or `Weak` to the arena. Nothing is changed then.
    ///
    /// # Panics
    ///
    /// As for [`reset`](Self::reset).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use flow_arena::Arena;
    ///
    /// let mut arena = Arc::new(Arena::new());
    /// let other = Arc::clone(&arena);
    /// assert!(Arena::try_reset(&mut arena).is_err());
    /// drop(other);
    /// assert!(Arena::try_reset(&mut arena).is_ok());
    /// ```
    pub fn try_reset(arena: &mut Arc<Self>) -> Result<(), SharedArenaError> {
        Arc::get_mut(arena).ok_or(SharedArenaError)?.reset();
        Ok(())
    }

    /// The arena's statistics, which any thread may read while others allocate.
    ///
    /// Each number is true at some moment during the call; together they are exact when no thread allocates. O(lanes +
    /// blocks). Holds the mutex of the blocks for that long; allocations that need no new block don't notice.
    ///
    /// # Examples
    ///
    /// ```
    /// let arena = flow_arena::Arena::new();
    /// arena.alloc_str("example");
    /// let stats = arena.stats();
    /// assert_eq!((stats.allocations, stats.requested, stats.blocks), (1, 7, 1));
    /// ```
    #[doc(alias = "Stats")]
    #[must_use]
    pub fn stats(&self) -> ArenaStats {
        let (counts, lanes, holdings) = self.lanes.counts();
        ArenaStats {
            allocations: counts.allocations,
            requested: counts.requested,
            padding: counts.padding,
            wasted: counts.wasted,
            reserved: holdings.reserved,
            peak_reserved: holdings.peak,
            blocks: holdings.blocks,
            oversized_blocks: holdings.dedicated,
            lanes,
            resets: self.resets,
            limit: self.memory_limit(),
        }
    }

    /// The limit that [`ArenaBuilder::memory_limit`] set, in bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::Arena;
    ///
    /// assert_eq!(Arena::new().memory_limit(), None);
    /// assert_eq!(Arena::builder().memory_limit(1 << 20).build().memory_limit(), Some(1 << 20));
    /// ```
    #[must_use]
    pub fn memory_limit(&self) -> Option<usize> {
        self.lanes.depot().budget().finite_limit()
    }

    /// The size of the first block that the arena makes, in bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(flow_arena::Arena::new().block_size(), 65_536);
    /// ```
    #[must_use]
    pub fn block_size(&self) -> usize {
        self.lanes.depot().block_size()
    }
}

impl Arena {
    allocation_methods!(source, "let arena = flow_arena::Arena::new();", "arena", 'm, 'm);
    text_methods!(source, "let arena = flow_arena::Arena::new();", "arena", 'm, 'm);

    fn source(&self) -> &Lanes {
        &self.lanes
    }
}

impl Default for Arena {
    /// [`Arena::new`].
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
