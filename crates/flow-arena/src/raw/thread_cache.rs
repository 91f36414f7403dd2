//! What a thread remembers: the core that it used last. And when it must forget.
//!
//! The `thread_local` crate gives every thread a number, finds the thread's core by it in a few dependent loads, and
//! takes the number back in a destructor of a thread-local of its own. The cache in front of it is one comparison; it
//! made an allocation 1.7 times as fast. It holds one core, so that a thread that goes to and fro between arenas gains
//! nothing.
//!
//! A core must not be used after the thread gave its number back: the next thread that gets the number gets the core.
//! [`can_register`] sees to that. Destructors of thread-locals run newest first; a thread calls it before it asks for a
//! number, so that the guard here is older than theirs, or theirs was there first and ours goes first. Either way, no
//! code of a user runs between the end of the number and the end of the guard, which empties the cache. After that,
//! nothing is cached, and nobody asks for a new number, which would panic.

use std::cell::Cell;

use super::lane_core::LaneCore;

/// Names an arena, or rather its set of lanes: never used again once they are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LanesId(u64);

thread_local! {
    /// No destructor: access is one load from the thread's block, at any time in the thread's life.
    static LAST_USED: Cell<(LanesId, *const LaneCore)> = const { Cell::new((LanesId(0), std::ptr::null())) };
    static GUARD: Guard = const { Guard };
}

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        LAST_USED.set((LanesId(0), std::ptr::null()));
    }
}

impl LanesId {
    /// An id that was never used before.
    pub(crate) fn new() -> Self {
        // Not from `crate::sync`: a static lives longer than any loom model, and no model depends on it.
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The core that this thread remembered last, if it was of these lanes.
    #[inline]
    pub(crate) fn cached(self) -> Option<*const LaneCore> {
        let (id, core) = LAST_USED.get();
        (id == self).then_some(core)
    }

    /// Remembers `core`, unless the thread is past that.
    pub(crate) fn cache(self, core: &LaneCore) {
        if can_register() {
            LAST_USED.set((self, core));
        }
    }
}

/// Whether this thread may still take up thread-local state: not once its destructors have come to ours.
pub(crate) fn can_register() -> bool {
    GUARD.try_with(|_| ()).is_ok()
}
