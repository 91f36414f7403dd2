//! Planted bugs that AddressSanitizer must report; `cargo xtask asan` fails if it does not.
//!
//! Built only for the sanitizer, and ignored: no other run may come across them.

#![cfg(flow_sanitize = "address")]

use std::hint::black_box;

#[test]
#[ignore = "reads freed memory on purpose"]
fn asan_canary_heap_use_after_free() {
    let memory: *mut u8 = Box::into_raw(Box::new(7));
    // SAFETY: `memory` comes from `Box::into_raw` and is given back once.
    drop(unsafe { Box::from_raw(memory) });
    // SAFETY: none; this is the planted bug, and the sanitizer ends the process here.
    black_box(unsafe { black_box(memory).read_volatile() });
}

#[test]
#[ignore = "leaks memory on purpose"]
fn asan_canary_leak() {
    // The only pointer to the memory is gone at once.
    black_box(Box::leak(Box::new([1_u8; 4096]))).fill(2);
}
