//! Memory of nodes, which are a header and an array in one.

use std::{
    alloc::{Layout, handle_alloc_error},
    ptr::NonNull,
};

/// Memory for a node. Aborts when there is none.
#[expect(clippy::disallowed_methods, reason = "a node is header and array in one, which no type of std is")]
pub(super) fn allocate(layout: Layout) -> NonNull<u8> {
    debug_assert_ne!(layout.size(), 0);
    // SAFETY: all nodes have a header, so that the size is not zero.
    let memory = unsafe { std::alloc::alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}

/// # Safety
///
/// The memory came from [`allocate`] with this layout, and nobody uses it any more.
#[expect(clippy::disallowed_methods, reason = "see `allocate`")]
pub(super) unsafe fn deallocate(memory: NonNull<u8>, layout: Layout) {
    // SAFETY: the caller's promise.
    unsafe { std::alloc::dealloc(memory.as_ptr(), layout) };
}
