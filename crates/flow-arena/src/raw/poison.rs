//! Tells `AddressSanitizer` which bytes of a block are free, so that it sees a use of memory after a reset.
//!
//! Without this the checker takes a whole block for one live allocation. In an ordinary build both functions are
//! empty and vanish.

/// Marks `len` bytes from `start` as free: any access to them is reported.
#[cfg(flow_sanitize = "address")]
pub fn poison(start: *const u8, len: usize) {
    // SAFETY: whatever the address, this writes only the checker's shadow bytes; a wrong one makes a false report, not
    // undefined behaviour.
    unsafe { __asan_poison_memory_region(start.cast(), len) }
}

/// Marks `len` bytes from `start` as in use.
#[cfg(flow_sanitize = "address")]
pub fn unpoison(start: *const u8, len: usize) {
    // SAFETY: as in `poison`.
    unsafe { __asan_unpoison_memory_region(start.cast(), len) }
}

#[cfg(flow_sanitize = "address")]
unsafe extern "C" {
    fn __asan_poison_memory_region(start: *const core::ffi::c_void, len: usize);
    fn __asan_unpoison_memory_region(start: *const core::ffi::c_void, len: usize);
}

/// Does nothing outside an `AddressSanitizer` build.
#[cfg(not(flow_sanitize = "address"))]
#[inline]
pub fn poison(_start: *const u8, _len: usize) {}

/// Does nothing outside an `AddressSanitizer` build.
#[cfg(not(flow_sanitize = "address"))]
#[inline]
pub fn unpoison(_start: *const u8, _len: usize) {}
