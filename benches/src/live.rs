//! The system's allocator, with a count of what is live.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicIsize, Ordering},
};

/// To be the global allocator of a program.
#[derive(Debug)]
pub struct Counting;

static BYTES: AtomicIsize = AtomicIsize::new(0);
static ALLOCATIONS: AtomicIsize = AtomicIsize::new(0);

fn count(bytes: usize, sign: isize) {
    BYTES.fetch_add(sign * bytes.cast_signed(), Ordering::Relaxed);
    ALLOCATIONS.fetch_add(sign, Ordering::Relaxed);
}

// SAFETY: does what `System` does.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(start, layout) }
    }
}

/// What is live now, as it was asked for: bytes and allocations. Nothing, unless [`Counting`] is the global allocator.
#[must_use]
pub fn live() -> (isize, isize) {
    (BYTES.load(Ordering::Relaxed), ALLOCATIONS.load(Ordering::Relaxed))
}
