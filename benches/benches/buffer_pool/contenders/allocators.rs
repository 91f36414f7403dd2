//! No pool: a new buffer each time, which is freed.

use std::{
    alloc::{GlobalAlloc, Layout},
    ptr::NonNull,
};

use allocator_api2::{
    alloc::{AllocError, Allocator},
    vec::Vec as VecIn,
};
use mimalloc::MiMalloc;

use crate::contenders::{Contender, vectors};

/// `Vec` from the global allocator.
pub(crate) struct Malloc;

impl Contender for Malloc {
    type Buffer<'a> = Vec<u8>;

    fn new(_size: usize, _live: usize) -> Self {
        Self
    }

    #[inline]
    fn get(&self, size: usize) -> Vec<u8> {
        Vec::with_capacity(size)
    }
}

/// `BytesMut`, from the global allocator too.
pub(crate) struct BytesMut;

impl Contender for BytesMut {
    type Buffer<'a> = bytes::BytesMut;

    fn new(_size: usize, _live: usize) -> Self {
        Self
    }

    #[inline]
    fn get(&self, size: usize) -> bytes::BytesMut {
        bytes::BytesMut::with_capacity(size)
    }
}

/// `Vec` from mimalloc.
pub(crate) struct Mimalloc;

impl Contender for Mimalloc {
    type Buffer<'a> = VecIn<u8, Mi>;

    fn new(_size: usize, _live: usize) -> Self {
        Self
    }

    #[inline]
    fn get(&self, size: usize) -> VecIn<u8, Mi> {
        VecIn::with_capacity_in(size, Mi)
    }
}

/// mimalloc, for one vector at a time.
pub(crate) struct Mi;

// SAFETY: mimalloc is global, so what one `Mi` allocates is there until any frees it.
unsafe impl Allocator for Mi {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            // No vector asks for nothing.
            return Err(AllocError);
        }
        // SAFETY: the size is not 0.
        let start = unsafe { MiMalloc.alloc(layout) };
        let start = NonNull::new(start).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(start, layout.size()))
    }

    #[inline]
    unsafe fn deallocate(&self, start: NonNull<u8>, layout: Layout) {
        // SAFETY: by the caller, it is of `allocate` with this layout, so of mimalloc.
        unsafe { MiMalloc.dealloc(start.as_ptr(), layout) };
    }
}

vectors!(Vec<u8>, bytes::BytesMut, VecIn<u8, Mi>);
