//! Planted bugs that `AddressSanitizer` must report, or `cargo xtask asan` fails: they prove that the checker sees a
//! buffer that went back, though its memory is still allocated.

use flow_memory::BufferPool;

#[test]
#[ignore = "a planted bug: run by cargo xtask asan, which requires a report"]
fn asan_canary_use_after_drop() {
    let pool = BufferPool::new();
    let mut buffer = pool.get(100);
    buffer.push(1);
    let start = buffer.as_ptr();
    drop(buffer);
    // SAFETY: none. This is the bug.
    std::hint::black_box(unsafe { start.read_volatile() });
}
