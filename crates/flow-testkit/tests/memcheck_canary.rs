//! Planted bugs that valgrind's memcheck must report; `cargo xtask memcheck` fails if it does not.
//!
//! Ignored: no other run may come across them.

use std::hint::black_box;

#[test]
#[ignore = "branches on uninitialized memory on purpose"]
fn memcheck_canary_uninitialized() {
    let memory = Box::<[u8]>::new_uninit_slice(16);
    let first = memory.as_ptr().cast::<u8>();
    // SAFETY: none; this is the planted bug: nobody has written to the memory.
    if unsafe { black_box(first).read_volatile() } == 7 {
        black_box("seven");
    }
}

#[test]
#[ignore = "leaks memory on purpose"]
fn memcheck_canary_leak() {
    // The only pointer to the memory is gone at once.
    black_box(Box::leak(Box::new([1_u8; 4096]))).fill(2);
}
