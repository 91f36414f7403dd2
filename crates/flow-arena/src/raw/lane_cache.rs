//! What a thread remembers: the core of the lane that it used last.
//!
//! Finding a thread's core by its number takes a few dependent loads; the cache before it is one comparison
//! (`docs/decisions/0002-threads-have-numbers.md` has numbers). It holds one core, so that a thread that goes to and fro between arenas gains
//! nothing.
//!
//! Invariant: what is remembered is a core at the place of this thread's number, in lanes that still have the id they
//! had. When the thread gives its number back, [`forget`] is called first.

use std::{cell::Cell, ptr};

use super::lane_core::LaneCore;
use crate::sync::of_process::atomic::{AtomicU64, Ordering};

/// Names the lanes of an arena: never used again once they are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LanesId(u64);

thread_local! {
    /// No destructor: access is one load, at any time in the thread's life.
    static LAST_USED: Cell<(LanesId, *const LaneCore)> = const { Cell::new(NOTHING) };
}

/// No lanes have this id.
const NOTHING: (LanesId, *const LaneCore) = (LanesId(0), ptr::null());

impl LanesId {
    /// An id that was never used before.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // Relaxed: the numbers only have to differ.
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The core that this thread remembers, if it is of these lanes.
    #[inline]
    pub(crate) fn remembered(self) -> Option<*const LaneCore> {
        let (id, core) = LAST_USED.get();
        (id == self).then_some(core)
    }

    /// Remembers `core`, which is at the place of this thread's number in these lanes.
    pub(crate) fn remember(self, core: &LaneCore) {
        LAST_USED.set((self, core));
    }
}

/// Remembers nothing any more: the thread gives its number back.
pub(crate) fn forget() {
    LAST_USED.set(NOTHING);
}
