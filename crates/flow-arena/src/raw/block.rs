//! A block: one piece of memory from the global allocator, handed to lanes whole.
//!
//! A block is a [`Bump`] with a single chunk, whose whole capacity is carved in one allocation when the block is
//! made. From then on the `Bump` only owns the memory and frees it: the bump pointer is the lane's, because other
//! threads must be able to read it for the statistics and a scope must be able to set it back, and a `Bump` offers
//! neither (see `docs/decisions/0001-cursor-in-the-lane.md`). A `Bump` that is never asked again never grows, and is
//! never reset, so that its rule of keeping only the newest chunk cannot free anything.

use std::{alloc::Layout, ptr::NonNull};

use bumpalo::Bump;

use super::{lane_core::MIN_ALIGN, poison};
use crate::AllocError;

/// Every block starts at a multiple of this.
pub(crate) const BLOCK_ALIGN: usize = 16;

/// The part of a block's size that its `Bump` and the global allocator keep for themselves, in bytes.
///
/// A hint for choosing sizes that fill whole pages, not a promise: [`Block::new`] measures what it got.
const OVERHEAD: usize = 64;

/// Sizes from here on are whole pages, smaller ones powers of two: what a `Bump` rounds to by itself.
const PAGE: usize = 4096;

/// The smallest size: a `Bump` makes no smaller chunk, whatever it is asked for.
const MIN_SIZE: usize = 512;

/// One piece of memory. Frees it when dropped.
#[derive(Debug)]
pub(crate) struct Block {
    /// Owns the memory. Invariant: never allocated from again, never reset.
    owner: Bump<BLOCK_ALIGN>,
    start: NonNull<u8>,
    capacity: usize,
}

// SAFETY: `start` points into the memory that `owner` owns and that moves with it; `Bump` itself is `Send`. A
// `Block` never reads or writes that memory.
unsafe impl Send for Block {}

impl Block {
    /// The usable bytes that a request needs in a block of its own, whatever its alignment.
    pub(crate) fn room_for(layout: Layout) -> Result<usize, AllocError> {
        let slack = layout.align().saturating_sub(BLOCK_ALIGN);
        let size = layout.size().checked_next_multiple_of(MIN_ALIGN);
        size.and_then(|size| size.checked_add(slack)).ok_or(AllocError::TooLarge { requested: layout.size() })
    }

    /// The smallest block size with `room` usable bytes.
    pub(crate) fn size_for(room: usize) -> Result<usize, AllocError> {
        let size = room.checked_add(OVERHEAD).and_then(Self::round_size);
        size.filter(|&size| isize::try_from(size).is_ok()).ok_or(AllocError::TooLarge { requested: room })
    }

    /// The next size, from `size` up, that a block can have.
    pub(crate) fn round_size(size: usize) -> Option<usize> {
        if size < PAGE {
            size.max(MIN_SIZE).checked_next_power_of_two()
        } else {
            size.checked_next_multiple_of(PAGE)
        }
    }

    /// Makes a block of `size` bytes (a result of [`Self::round_size`]), all overhead included.
    pub(crate) fn new(size: usize) -> Result<Self, AllocError> {
        let out_of_memory = AllocError::OutOfMemory { requested: size };
        let owner = Bump::try_with_min_align_and_capacity(size - OVERHEAD).map_err(|_| out_of_memory)?;
        // The whole chunk, which starts as aligned as the `Bump`'s minimum: this cannot fail.
        let capacity = owner.chunk_capacity() & !(BLOCK_ALIGN - 1);
        let layout = Layout::from_size_align(capacity, BLOCK_ALIGN).map_err(|_| out_of_memory)?;
        let start = owner.try_alloc_layout(layout).map_err(|_| out_of_memory)?;
        poison::poison(start.as_ptr(), capacity);
        Ok(Self { owner, start, capacity })
    }

    /// Bytes that the global allocator gave for this block.
    pub(crate) fn allocated(&self) -> usize {
        self.owner.allocated_bytes_including_metadata()
    }

    /// The first usable byte, a multiple of [`BLOCK_ALIGN`].
    pub(crate) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Usable bytes from [`Self::start`] on.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        poison::unpoison(self.start.as_ptr(), self.capacity);
    }
}

#[cfg(test)]
mod tests {
    //! What is charged for a block is what it takes.

    use super::*;

    #[test]
    fn no_block_takes_more_than_its_size() {
        for wanted in (0..10_000).step_by(61) {
            let size = Block::size_for(wanted).expect("small");
            let block = Block::new(size).expect("memory");
            assert!(block.allocated() <= size, "{size}: {}", block.allocated());
            assert!(block.capacity() >= wanted, "{size}: {}", block.capacity());
        }
    }
}
