//! Planted bugs that `AddressSanitizer` must report, or `cargo xtask asan` fails: they prove that the checker sees into
//! a block.

use flow_arena::Arena;

#[test]
#[ignore = "a planted bug: run by cargo xtask asan, which requires a report"]
fn asan_canary_use_after_reset() {
    let mut arena = Arena::new();
    let start = arena.alloc(100).as_ptr();
    arena.reset();
    // SAFETY: none. This is the bug.
    std::hint::black_box(unsafe { start.read_volatile() });
}

#[test]
#[ignore = "a planted bug: run by cargo xtask asan, which requires a report"]
fn asan_canary_write_past_the_end() {
    let arena = Arena::new();
    let start = arena.alloc(100).as_mut_ptr();
    // SAFETY: none. This is the bug.
    unsafe { start.add(100).write_volatile(1) };
}
