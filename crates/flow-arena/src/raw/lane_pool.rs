//! The cores of the lanes that are checked out by hand, as opposed to those that belong to threads.
//!
//! Cores that come back are handed out again with what is left of their block, so that short-lived lanes don't take
//! a block each.

use super::lane_core::LaneCore;
use crate::sync::{Arc, Mutex, PoisonError, lock};

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct LanePool {
    cores: Mutex<Cores>,
}

#[derive(Debug, Default)]
struct Cores {
    /// Every core there is. Invariant: none is dropped but through `&mut LanePool`.
    ///
    /// An `Arc` is never cloned here. It stands where a `Box` would, which claims to be the only pointer to its core.
    all: Vec<Arc<LaneCore>>,
    /// The indices of those not checked out. Invariant: has capacity for all of them, so that giving back never
    /// allocates.
    idle: Vec<usize>,
}

impl LanePool {
    pub(crate) fn new() -> Self {
        Self { cores: Mutex::new(Cores::default()) }
    }

    /// Hands out a core and its number. Nobody else gets it until [`Self::give_back`] is called with the number.
    pub(crate) fn check_out(&self) -> (&LaneCore, usize) {
        let mut cores = lock(&self.cores);
        let index = cores.idle.pop().unwrap_or_else(|| {
            let index = cores.all.len();
            cores.all.push(Arc::new(LaneCore::new()));
            let missing = cores.all.len() - cores.idle.len();
            cores.idle.reserve(missing);
            index
        });
        let core = Arc::as_ptr(&cores.all[index]);
        // SAFETY: the core stays where it is and is dropped only through `&mut self`, which cannot be had while the
        // returned reference lives.
        (unsafe { &*core }, index)
    }

    /// Takes a core back, by its number.
    pub(crate) fn give_back(&self, index: usize) {
        lock(&self.cores).idle.push(index);
    }

    /// Calls `f` with each core, checked out or not.
    pub(crate) fn for_each(&self, f: impl FnMut(&LaneCore)) {
        lock(&self.cores).all.iter().map(|core| &**core).for_each(f);
    }

    /// Calls `f` with each core, without the lock: `f` may run a user's code.
    pub(crate) fn for_each_exclusive(&mut self, f: impl FnMut(&LaneCore)) {
        let cores = self.cores.get_mut().unwrap_or_else(PoisonError::into_inner);
        cores.all.iter().map(|core| &**core).for_each(f);
    }

    /// Takes back every core, also those of lanes that were leaked: a lane borrows the arena, so that none is left.
    pub(crate) fn reclaim(&mut self) {
        let mut cores = lock(&self.cores);
        let count = cores.all.len();
        cores.idle.clear();
        cores.idle.extend((0..count).rev());
    }

    /// Drops every core.
    pub(crate) fn clear(&mut self) {
        *lock(&self.cores) = Cores::default();
    }
}
