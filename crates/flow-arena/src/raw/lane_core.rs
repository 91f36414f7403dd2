//! The core of a lane: the bump pointer into the lane's current block, and the lane's share of the statistics.
//!
//! The bytes allocated are not counted: they are what the cursor has passed, in this block (from `base`) and in those
//! before (`passed`). Whoever adds that up must keep the lane from changing blocks meanwhile, so that lanes do that under
//! the depot's lock only.
//!
//! A core has one owner at a time: the thread whose slot it lies in, or whoever holds the `Lane` that it was checked
//! out for. Only the owner calls its methods, apart from [`LaneCore::counts`], which any thread may call. Every
//! field is an atomic that its owner reads and writes with `Relaxed` loads and stores, which cost what plain ones do:
//! no field publishes memory to another thread. Ownership itself is handed on with a happens-before edge, by the
//! mutex around the thread numbers or around the idle cores, or by whatever moved the `Lane`.
//!
//! Invariant: `base <= cursor <= end` all lie in one block that only this core allocates from, and the bytes from
//! `cursor` to `end` are not in use. All three are multiples of [`MIN_ALIGN`]. A core without a block has all three equal.

use std::{alloc::Layout, ptr::NonNull};

use super::{
    depot::{NO_BLOCK, Span},
    drop_list::{DropList, Mark},
    poison,
};
use crate::sync::{AtomicPtr, AtomicU32, AtomicUsize, Ordering::Relaxed};

/// The cursor is always a multiple of this, so that for nearly every type the next cursor is one addition away from the
/// last. With a cursor of any alignment, a loop that allocates words took 1.4 times as long.
pub(crate) const MIN_ALIGN: usize = 8;

/// See the module's documentation. Two cache lines, because adjacent lines are fetched in pairs.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct LaneCore {
    /// The next free byte.
    cursor: AtomicPtr<u8>,
    /// The end of the current block.
    end: AtomicPtr<u8>,
    /// The start of the current block.
    base: AtomicPtr<u8>,
    /// The chain of blocks that this lane took from the depot, newest first.
    chain: AtomicU32,
    /// What runs when the lane is reset.
    drops: DropList,
    /// Bytes allocated in blocks other than the current one, padding included.
    passed: AtomicUsize,
    allocations: AtomicUsize,
    padding: AtomicUsize,
    wasted: AtomicUsize,
}

/// A lane's share of the statistics. Counts and bytes since the last reset.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LaneCounts {
    pub(crate) allocations: usize,
    pub(crate) requested: usize,
    pub(crate) padding: usize,
    pub(crate) wasted: usize,
}

/// Where a lane stood, for [`LaneCore::rewind`].
#[derive(Debug)]
pub(crate) struct Checkpoint {
    cursor: *mut u8,
    end: *mut u8,
    base: *mut u8,
    chain: u32,
    drops: Mark,
    passed: usize,
    allocations: usize,
    padding: usize,
    wasted: usize,
}

impl LaneCore {
    /// A core without a block.
    pub(crate) fn new() -> Self {
        let nowhere = nowhere();
        Self {
            cursor: AtomicPtr::new(nowhere),
            end: AtomicPtr::new(nowhere),
            base: AtomicPtr::new(nowhere),
            chain: AtomicU32::new(NO_BLOCK),
            drops: DropList::new(),
            passed: AtomicUsize::new(0),
            allocations: AtomicUsize::new(0),
            padding: AtomicUsize::new(0),
            wasted: AtomicUsize::new(0),
        }
    }

    /// Bumps the cursor over `layout`, or returns `None` when the current block has no room for it.
    ///
    /// `layout` must not be of size zero.
    #[inline]
    pub(crate) fn bump(&self, layout: Layout) -> Option<NonNull<u8>> {
        debug_assert!(layout.size() != 0);
        let cursor = self.cursor.load(Relaxed);
        let left = self.end.load(Relaxed).addr() - cursor.addr();
        let (skipped, needed) = fit(cursor, layout);
        if left < needed {
            return None;
        }
        // SAFETY: `cursor + needed <= end`, in the same block, by the comparison above.
        let (start, next) = unsafe { (cursor.add(skipped), cursor.add(needed)) };
        self.cursor.store(next, Relaxed);
        self.count(layout.size(), needed);
        poison::unpoison(start, layout.size());
        // SAFETY: a pointer into a block is not null, and a lane without a block has `left == 0`.
        Some(unsafe { NonNull::new_unchecked(start) })
    }

    /// Takes a block that the depot handed out, and allocates `layout` in it. Under the depot's lock.
    ///
    /// Of the old block and the new one, the lane goes on with the one that has more room left, so that a block that
    /// was made for one large request does not cost the lane its half-empty one.
    pub(crate) fn bump_in(&self, span: Span, layout: Layout) -> NonNull<u8> {
        let (skipped, needed) = fit(span.start.as_ptr(), layout);
        debug_assert!(needed <= span.capacity);
        let left_there = span.capacity - needed;
        let left_here = self.end.load(Relaxed).addr() - self.cursor.load(Relaxed).addr();
        // SAFETY: the depot hands out a block with room for `layout` at any alignment: `needed <= capacity`.
        let start = unsafe { span.start.add(skipped) };
        if left_there > left_here {
            self.enter(span);
            // SAFETY: as above.
            self.cursor.store(unsafe { span.start.add(needed) }.as_ptr(), Relaxed);
        } else {
            add(&self.passed, needed);
        }
        self.chain.store(span.block, Relaxed);
        add(&self.wasted, left_there.min(left_here));
        self.count(layout.size(), needed);
        poison::unpoison(start.as_ptr(), layout.size());
        start
    }

    /// Makes a block that the depot handed out the current one, with nothing in it. Under the depot's lock.
    pub(crate) fn enter(&self, span: Span) {
        add(&self.passed, self.passed_here());
        self.chain.store(span.block, Relaxed);
        self.base.store(span.start.as_ptr(), Relaxed);
        self.cursor.store(span.start.as_ptr(), Relaxed);
        // SAFETY: one past the block's last byte.
        self.end.store(unsafe { span.start.add(span.capacity) }.as_ptr(), Relaxed);
    }

    /// The head of the chain of this lane's blocks.
    pub(crate) fn chain(&self) -> u32 {
        self.chain.load(Relaxed)
    }

    /// What runs when this lane is reset.
    pub(crate) fn drops(&self) -> &DropList {
        &self.drops
    }

    /// Resizes an allocation of `old` bytes at `start` to `new` bytes where it stands, if it is the newest of this
    /// lane and the block has room. Returns its start, valid for `new` bytes.
    #[inline]
    pub(crate) fn resize_newest(&self, start: NonNull<u8>, old: usize, new: usize) -> Option<NonNull<u8>> {
        let cursor = self.cursor.load(Relaxed);
        let taken = round_up(old);
        // Both comparisons are needed: an allocation that ends where another lane's block ends could touch ours.
        let ours = start.addr().get() >= self.base.load(Relaxed).addr();
        if !ours || start.addr().get().wrapping_add(taken) != cursor.addr() {
            return None;
        }
        // SAFETY: `start` lies in this block, `taken` bytes before the cursor, by the comparisons above. Derived from
        // the cursor and not from `start`, whose provenance may cover its old bytes only.
        let start = unsafe { cursor.sub(taken) };
        if new > self.end.load(Relaxed).addr() - start.addr() {
            return None;
        }
        let needed = round_up(new);
        // SAFETY: `start + needed <= end`, in the same block: `end` is a multiple of `MIN_ALIGN`, too.
        self.cursor.store(unsafe { start.add(needed) }, Relaxed);
        self.padding
            .store(self.padding.load(Relaxed).wrapping_sub(taken - old).wrapping_add(needed - new), Relaxed);
        if new == 0 {
            self.allocations.store(self.allocations.load(Relaxed).wrapping_sub(1), Relaxed);
        }
        poison::poison(start, taken);
        poison::unpoison(start, new);
        NonNull::new(start)
    }

    /// Where the lane stands now.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            cursor: self.cursor.load(Relaxed),
            end: self.end.load(Relaxed),
            base: self.base.load(Relaxed),
            chain: self.chain(),
            drops: self.drops.mark(),
            passed: self.passed.load(Relaxed),
            allocations: self.allocations.load(Relaxed),
            padding: self.padding.load(Relaxed),
            wasted: self.wasted.load(Relaxed),
        }
    }

    /// Goes back to `checkpoint`, a checkpoint of this core since which it was not rewound past or reset. The destructors
    /// have run. Under the depot's lock, if the lane took blocks since.
    pub(crate) fn rewind(&self, checkpoint: &Checkpoint) {
        self.cursor.store(checkpoint.cursor, Relaxed);
        self.end.store(checkpoint.end, Relaxed);
        self.base.store(checkpoint.base, Relaxed);
        self.chain.store(checkpoint.chain, Relaxed);
        self.passed.store(checkpoint.passed, Relaxed);
        self.allocations.store(checkpoint.allocations, Relaxed);
        self.padding.store(checkpoint.padding, Relaxed);
        self.wasted.store(checkpoint.wasted, Relaxed);
        poison::poison(checkpoint.cursor, checkpoint.end.addr() - checkpoint.cursor.addr());
    }

    /// Forgets the blocks, which the depot takes back, and the counts.
    ///
    /// The destructors have run.
    pub(crate) fn clear(&self) {
        debug_assert!(self.drops.mark() == Mark::START);
        let nowhere = nowhere();
        self.cursor.store(nowhere, Relaxed);
        self.end.store(nowhere, Relaxed);
        self.base.store(nowhere, Relaxed);
        self.chain.store(NO_BLOCK, Relaxed);
        self.passed.store(0, Relaxed);
        self.allocations.store(0, Relaxed);
        self.padding.store(0, Relaxed);
        self.wasted.store(0, Relaxed);
    }

    /// The lane's counts. Any thread may call this, under the depot's lock: each number is true at some moment during the
    /// call.
    pub(crate) fn counts(&self) -> LaneCounts {
        // The padding first: it is part of what was passed, and neither may seem larger than it is.
        let padding = self.padding.load(Relaxed);
        let passed = self.passed.load(Relaxed) + self.passed_here();
        LaneCounts {
            allocations: self.allocations.load(Relaxed),
            requested: passed.saturating_sub(padding),
            padding,
            wasted: self.wasted.load(Relaxed),
        }
    }

    /// Bytes allocated in the current block, padding included.
    fn passed_here(&self) -> usize {
        self.cursor.load(Relaxed).addr() - self.base.load(Relaxed).addr()
    }

    #[inline]
    fn count(&self, size: usize, needed: usize) {
        add(&self.allocations, 1);
        // Known to be nothing for most types, and then not compiled.
        if needed != size {
            add(&self.padding, needed - size);
        }
    }
}

impl Checkpoint {
    /// The head of the chain of blocks that the lane had.
    pub(crate) fn chain(&self) -> u32 {
        self.chain
    }

    /// Where the list of destructors stood.
    pub(crate) fn drops(&self) -> Mark {
        self.drops
    }
}

/// Where the pointers of a core without a block point: not null, so that they can always be made into a `NonNull`.
fn nowhere() -> *mut u8 {
    NonNull::<u64>::dangling().as_ptr().cast()
}

/// Adds to a counter that only its owner writes: no read-modify-write.
#[inline]
fn add(counter: &AtomicUsize, n: usize) {
    counter.store(counter.load(Relaxed).wrapping_add(n), Relaxed);
}

/// How many bytes to skip at `cursor`, a multiple of [`MIN_ALIGN`], for the alignment of `layout`, and how many it
/// then takes in all, so that the cursor stays such a multiple.
#[inline]
fn fit(cursor: *const u8, layout: Layout) -> (usize, usize) {
    // No overflow: a layout's size rounded up to its align, and so to a smaller one, is at most `isize::MAX`.
    let size = round_up(layout.size());
    if layout.align() <= MIN_ALIGN {
        return (0, size);
    }
    let skipped = cursor.addr().wrapping_neg() & (layout.align() - 1);
    // No overflow: `skipped < align`, and both are at most half of all addresses.
    (skipped, skipped + size)
}

/// `size` rounded up to a multiple of [`MIN_ALIGN`].
#[inline]
fn round_up(size: usize) -> usize {
    (size + (MIN_ALIGN - 1)) & !(MIN_ALIGN - 1)
}
