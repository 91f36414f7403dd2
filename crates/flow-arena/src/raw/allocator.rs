//! `allocator_api2`'s `Allocator` for a lane.

use std::{alloc::Layout, ptr, ptr::NonNull};

use allocator_api2::alloc::{AllocError, Allocator};

use super::source::Source;
use crate::Lane;

/// Puts collections into the arena. Freeing and shrinking take effect for the lane's newest allocation, and growing
/// happens where it stands; for others, freeing does nothing until the arena is reset.
///
/// # Examples
///
/// ```
/// let arena = flow_arena::Arena::new();
/// let lane = arena.lane();
/// let mut list = allocator_api2::vec::Vec::new_in(&lane);
/// list.extend(0..100);
/// assert_eq!(list[99], 99);
/// ```
// SAFETY: blocks come from the lane's source and stay valid until the arena is reset or the scope ends, neither of
// which can happen while the allocator, a `&Lane`, is borrowed; a copy of a `&Lane` is the same lane.
unsafe impl Allocator for &Lane<'_> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let start = (&self.core).reserve(layout).map_err(|_| AllocError)?;
        Ok(NonNull::slice_from_raw_parts(start, layout.size()))
    }

    #[inline]
    unsafe fn deallocate(&self, start: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            (&self.core).resize_newest(start, layout.size(), 0);
        }
    }

    #[inline]
    unsafe fn grow(&self, start: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        debug_assert!(old.size() <= new.size());
        if let Some(resized) = resize(self, start, old, new) {
            return Ok(resized);
        }
        let moved = self.allocate(new)?;
        // SAFETY: the caller's block of `old.size()` bytes and the new one, of at least as many, don't overlap.
        unsafe { ptr::copy_nonoverlapping(start.as_ptr(), moved.cast::<u8>().as_ptr(), old.size()) };
        Ok(moved)
    }

    #[inline]
    unsafe fn grow_zeroed(
        &self,
        start: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: by the caller.
        let grown = unsafe { self.grow(start, old, new) }?;
        // SAFETY: the bytes from `old.size()` to `new.size()` are the new part of the block.
        unsafe { grown.cast::<u8>().as_ptr().add(old.size()).write_bytes(0, new.size() - old.size()) };
        Ok(grown)
    }

    #[inline]
    unsafe fn shrink(
        &self,
        start: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        debug_assert!(new.size() <= old.size());
        if let Some(resized) = resize(self, start, old, new) {
            return Ok(resized);
        }
        if start.addr().get().is_multiple_of(new.align()) {
            // The rest of the old block is lost until the reset.
            return Ok(NonNull::slice_from_raw_parts(start, new.size()));
        }
        let moved = self.allocate(new)?;
        // SAFETY: the caller's block is of at least `new.size()` bytes, as is the new one, and they don't overlap.
        unsafe { ptr::copy_nonoverlapping(start.as_ptr(), moved.cast::<u8>().as_ptr(), new.size()) };
        Ok(moved)
    }
}

/// Resizes a block where it stands, if it is the newest of the lane, and as aligned as is asked.
#[inline]
fn resize(lane: &Lane<'_>, start: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<[u8]>> {
    if old.size() == 0 || new.size() == 0 || !start.addr().get().is_multiple_of(new.align()) {
        return None;
    }
    let start = (&lane.core).resize_newest(start, old.size(), new.size())?;
    Some(NonNull::slice_from_raw_parts(start, new.size()))
}
