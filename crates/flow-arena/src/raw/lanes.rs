//! Lanes over one depot: a core for each thread, a pool of cores to check out, and the memory that they draw from.
//!
//! This is the whole of an arena but its face. It owns the two rules that make the lanes sound:
//! - a thread's core is used inside one call only, and no code of a user runs in between. A reference to it that got
//!   away could be used after the thread gave its number back, while another thread has it.
//! - memory goes back (`reset`, `free`) only through `&mut self`, when nothing that was handed out can be in use.

use std::{alloc::Layout, cell::Cell, marker::PhantomData, ptr::NonNull};

use super::{
    block::Block,
    depot::{Depot, Holdings, NO_BLOCK},
    drop_list::Mark,
    lane_cache::LanesId,
    lane_core::{Checkpoint, LaneCore, LaneCounts},
    lane_pool::LanePool,
    source::Source,
    thread_lanes::ThreadLanes,
};
use crate::{AllocError, first_panic::FirstPanic, thread_index};

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Lanes {
    /// Changes when `by_thread` is cleared: what threads remember of its cores is void then.
    id: LanesId,
    by_thread: ThreadLanes,
    pool: LanePool,
    depot: Depot,
}

impl Lanes {
    /// No lane and no block. Sizes in bytes; `limit` is `usize::MAX` for none.
    pub(crate) fn new(block_size: usize, largest_block: usize, limit: usize) -> Self {
        // Sizes that cannot be rounded up are left as they are: making such a block fails, and smaller ones are tried.
        let round = |size| Block::round_size(size).unwrap_or(size);
        let (block_size, largest_block) = (round(block_size), round(largest_block));
        Self {
            id: LanesId::new(),
            by_thread: ThreadLanes::new(),
            pool: LanePool::new(),
            depot: Depot::new(block_size, largest_block.max(block_size), limit),
        }
    }

    /// The memory that the lanes draw from.
    pub(crate) fn depot(&self) -> &Depot {
        &self.depot
    }

    /// Checks out a core for a lane that the caller owns.
    pub(crate) fn check_out(&self) -> CheckedOut<'_> {
        let (core, index) = self.pool.check_out();
        CheckedOut { lanes: self, core, index: Some(index), not_sync: PhantomData }
    }

    /// Runs every destructor that is owed, makes every block free, and keeps all of them.
    pub(crate) fn reset(&mut self) -> FirstPanic {
        let panic = self.run_destructors();
        self.by_thread.iter().for_each(LaneCore::clear);
        self.pool.for_each(LaneCore::clear);
        self.pool.reclaim();
        self.depot.release_all();
        panic
    }

    /// Gives free blocks back to the global allocator until at most `retain` bytes are reserved. After a reset only.
    pub(crate) fn trim(&mut self, retain: usize) {
        self.depot.trim(retain);
    }

    /// Drops every lane. After a reset only.
    pub(crate) fn clear(&mut self) {
        self.id = LanesId::new();
        self.by_thread.clear();
        self.pool.clear();
    }

    fn run_destructors(&mut self) -> FirstPanic {
        let mut panic = FirstPanic::default();
        let mut run = |core: &LaneCore| {
            // SAFETY: `&mut self`: no lane is in use, nothing that was handed out is referred to any more, and no block
            // was given back yet. Values are `Send`, so that any thread may drop them.
            unsafe { core.drops().run_to(Mark::START, &mut panic) };
        };
        self.by_thread.iter().for_each(&mut run);
        self.pool.for_each_exclusive(run);
        panic
    }

    /// The sum of all lanes' counts, how many lanes have a block, and the blocks, free or not.
    pub(crate) fn counts(&self) -> (LaneCounts, usize, Holdings) {
        let mut sum = LaneCounts::default();
        let mut lanes = 0;
        let mut add = |core: &LaneCore| {
            let counts = core.counts();
            sum.allocations += counts.allocations;
            sum.requested += counts.requested;
            sum.padding += counts.padding;
            sum.wasted += counts.wasted;
            lanes += usize::from(core.chain() != NO_BLOCK);
        };
        let ((), holdings) = self.depot.while_no_lane_changes_blocks(|| {
            self.by_thread.iter().for_each(&mut add);
            self.pool.for_each(add);
        });
        (sum, lanes, holdings)
    }

    /// Allocates from a block of the depot, because `core`'s has no room.
    #[cold]
    #[inline(never)]
    fn reserve_in_new_block(&self, core: &LaneCore, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.depot.acquire(layout, core.chain(), |span| core.bump_in(span, layout))
    }

    /// Allocates where the fast path could not: the core is not the one that was used last, or its block has no room.
    #[cold]
    #[inline(never)]
    fn reserve_slow(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.with_core(|core| match core.bump(layout) {
            Some(start) => Ok(start),
            None => self.reserve_in_new_block(core, layout),
        })
    }

    /// This thread's core, if it is the one that the thread used last.
    #[inline]
    fn remembered_core(&self) -> Option<&LaneCore> {
        let core = self.id.remembered()?;
        // SAFETY: what is remembered under our id is this thread's core in `by_thread`, which is still there, or the id
        // would be another, and is still this thread's: see `lane_cache`.
        Some(unsafe { &*core })
    }

    /// Calls `f` with this thread's core, or, where the thread is past having one, with one from the pool. `f` must not
    /// call a user's code.
    fn with_core<R>(&self, f: impl FnOnce(&LaneCore) -> R) -> R {
        if let Some(core) = self.remembered_core() {
            f(core)
        } else if let Some(thread) = thread_index::get_or_assign() {
            let core = self.by_thread.get(thread);
            self.id.remember(core);
            f(core)
        } else {
            f(self.check_out().core)
        }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.run_destructors().resume();
    }
}

// SAFETY: memory comes from a core that this thread has to itself and is not reused before `&mut Lanes`, which
// cannot be had during `'m`.
unsafe impl<'m> Source<'m> for &'m Lanes {
    #[inline]
    fn reserve(self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        if layout.size() == 0 {
            return Ok(layout.dangling_ptr());
        }
        match self.remembered_core().and_then(|core| core.bump(layout)) {
            Some(start) => Ok(start),
            None => self.reserve_slow(layout),
        }
    }

    #[inline]
    fn resize_newest(self, start: NonNull<u8>, old: usize, new: usize) -> Option<NonNull<u8>> {
        self.with_core(|core| core.resize_newest(start, old, new))
    }

    unsafe fn store_for_drop<T: Send + 'static>(self, place: NonNull<u8>, value: T) -> NonNull<T> {
        // SAFETY: `place` is the caller's. This thread has the core to itself. The list runs before the block of
        // `place` is reused, on whichever thread resets: `T` is `Send`, and `'static`, so valid until then.
        self.with_core(|core| unsafe { core.drops().push(place, value) })
    }
}

/// A core that its holder has to itself. Gives it back when dropped, unless it was lent.
#[derive(Debug)]
pub(crate) struct CheckedOut<'m> {
    lanes: &'m Lanes,
    core: &'m LaneCore,
    /// The core's number, by which it goes back.
    index: Option<usize>,
    /// One thread at a time: a `CheckedOut` may be sent, but not shared.
    not_sync: PhantomData<Cell<()>>,
}

impl CheckedOut<'_> {
    /// Calls `f` with the same core under a new lifetime, then drops and takes back all that `f` allocated with it.
    ///
    /// Nothing of the scope's lifetime can leave `f`: it has to work for every lifetime.
    pub(crate) fn scope<R>(&mut self, f: impl for<'s> FnOnce(CheckedOut<'s>) -> R) -> R {
        if self.core.chain() == NO_BLOCK {
            // A lane that works in scopes alone would take a block and give it back each time. Without memory, there
            // will be an error in the scope, if anything is allocated there at all.
            let _: Result<(), AllocError> =
                self.lanes.depot.acquire(Layout::new::<u64>(), NO_BLOCK, |span| self.core.enter(span));
        }
        let scope = Scope { checkpoint: self.core.checkpoint(), of: self };
        let result =
            f(CheckedOut { lanes: scope.of.lanes, core: scope.of.core, index: None, not_sync: PhantomData });
        drop(scope);
        result
    }

    /// Ends a scope.
    fn rewind(&self, checkpoint: &Checkpoint) -> FirstPanic {
        let mut panic = FirstPanic::default();
        // SAFETY: the core is ours, and nothing that was allocated since the checkpoint is referred to any more: its
        // lifetime, the scope's, is over. Its blocks go back below.
        unsafe { self.core.drops().run_to(checkpoint.drops(), &mut panic) };
        let newest = self.core.chain();
        if newest == checkpoint.chain() {
            self.core.rewind(checkpoint);
        } else {
            self.lanes.depot.release(newest, checkpoint.chain(), || self.core.rewind(checkpoint));
        }
        panic
    }
}

/// Rewinds a lane when dropped, also by a panic.
struct Scope<'a, 'm> {
    of: &'a mut CheckedOut<'m>,
    checkpoint: Checkpoint,
}

impl Drop for Scope<'_, '_> {
    fn drop(&mut self) {
        self.of.rewind(&self.checkpoint).resume();
    }
}

// SAFETY: memory comes from a core that the holder of this value has to itself: `CheckedOut` is not `Sync`. It is not
// reused before `&mut Lanes`, which cannot be had during `'m`, or before the end of the scope that `'m` is.
unsafe impl<'m> Source<'m> for &CheckedOut<'m> {
    #[inline]
    fn reserve(self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        if layout.size() == 0 {
            return Ok(layout.dangling_ptr());
        }
        match self.core.bump(layout) {
            Some(start) => Ok(start),
            None => self.lanes.reserve_in_new_block(self.core, layout),
        }
    }

    #[inline]
    fn resize_newest(self, start: NonNull<u8>, old: usize, new: usize) -> Option<NonNull<u8>> {
        self.core.resize_newest(start, old, new)
    }

    unsafe fn store_for_drop<T: Send + 'static>(self, place: NonNull<u8>, value: T) -> NonNull<T> {
        // SAFETY: `place` is the caller's, and the core its holder's. The list runs before the block of `place` is
        // reused, on whichever thread resets or ends the scope: `T` is `Send`, and `'static`, so valid until then.
        unsafe { self.core.drops().push(place, value) }
    }
}

impl Drop for CheckedOut<'_> {
    fn drop(&mut self) {
        if let Some(index) = self.index {
            self.lanes.pool.give_back(index);
        }
    }
}
