//! A planted data race that ThreadSanitizer must report; `cargo xtask tsan` fails if it does not.
//!
//! Built only for the sanitizer, and ignored: no other run may come across it.

#![cfg(flow_sanitize = "thread")]

use std::{
    cell::UnsafeCell,
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
};

use flow_testkit::on_threads;

/// What is shared without any order.
#[derive(Debug, Default)]
struct Shared {
    value: UnsafeCell<u64>,
    is_there: AtomicBool,
}

// SAFETY: none; this is the planted bug.
unsafe impl Sync for Shared {}

#[test]
#[ignore = "a data race on purpose"]
fn tsan_canary_plain_writes() {
    let shared = Shared::default();
    on_threads(2, |thread| {
        let shared = &shared;
        // SAFETY: none; both threads write at once.
        unsafe { shared.value.get().write_volatile(thread as u64) };
    });
}

#[test]
#[ignore = "a data race on purpose"]
fn tsan_canary_relaxed_publication() {
    let shared = Shared::default();
    on_threads(2, |thread| {
        let shared = &shared;
        if thread == 0 {
            // SAFETY: none; the store below publishes nothing.
            unsafe { shared.value.get().write(7) };
            shared.is_there.store(true, Ordering::Relaxed);
        } else {
            while !shared.is_there.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
            // SAFETY: none.
            black_box(unsafe { shared.value.get().read() });
        }
    });
}
