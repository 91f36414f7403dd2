//! A core for each thread, at the place of the thread's number.
//!
//! Cores are made in buckets of doubling size, which never move, so that a core can be found without a lock while
//! others are made.

use std::sync::Arc;

use super::lane_core::LaneCore;
use crate::sync::of_process::OnceLock;

/// Cores in the first bucket, a power of two.
const FIRST: usize = 4;

/// Buckets for more threads than there can be.
const BUCKETS: usize = 30;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct ThreadLanes {
    /// Bucket `n` has `FIRST << n` cores.
    ///
    /// An `Arc` is never cloned here. It stands where a `Box` would, which claims to be the only pointer to its cores,
    /// while threads remember them.
    buckets: [OnceLock<Arc<[LaneCore]>>; BUCKETS],
}

impl ThreadLanes {
    /// No core yet. Allocates nothing.
    pub(crate) fn new() -> Self {
        Self { buckets: [const { OnceLock::new() }; BUCKETS] }
    }

    /// The core of the thread with this number. Makes the cores of its bucket if need be.
    pub(crate) fn get(&self, thread: usize) -> &LaneCore {
        let shifted = thread + FIRST;
        let bucket = (shifted / FIRST).ilog2();
        let cores = self.buckets[bucket as usize]
            .get_or_init(|| (0..FIRST << bucket).map(|_| LaneCore::new()).collect());
        &cores[shifted - (FIRST << bucket)]
    }

    /// Every core that was made, of a thread or not.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &LaneCore> {
        self.buckets.iter().filter_map(OnceLock::get).flat_map(|cores| cores.iter())
    }

    /// Drops every core.
    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }
}

#[cfg(all(test, not(flow_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_thread_has_its_own_core() {
        let lanes = ThreadLanes::new();
        let mut cores: Vec<_> = (0..1000).map(|thread| &raw const *lanes.get(thread)).collect();
        assert!(cores.iter().zip(0..).all(|(&core, thread)| std::ptr::eq(core, lanes.get(thread))));
        cores.sort_unstable();
        cores.dedup();
        assert_eq!(cores.len(), 1000);
        assert_eq!(lanes.iter().count(), 1020);
    }
}
