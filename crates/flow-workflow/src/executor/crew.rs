//! The helpers of an executor: which runs they may take part in, when they sleep, and what wakes them.
//!
//! A helper that finds nothing to do says that it sleeps, looks once more, and sleeps, all under one lock. Whoever makes a
//! node ready that others may take does that first, then looks whether a helper sleeps, without the lock. Both are `SeqCst`,
//! so that the node is seen by the helper, or the helper by the other, who then needs the lock to wake it.
//!
//! If a node waits for its next attempt, one of the helpers that sleep knows until when, or one is awake and will look. So
//! a thread that leaves a node for later wakes a helper, and a helper that stops sleeping to take part in a run wakes
//! another.
//!
//! Invariant: `sleepers` is `Lot::sleeping`, which counts those that nobody has woken yet.

use std::{
    fmt,
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_utils::CachePadded;

use super::{ExecutorStats, Run};
use crate::sync::{AtomicU64, AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, lock, wait};

/// What all helpers of an executor share.
pub(crate) struct Crew {
    sleepers: CachePadded<AtomicUsize>,
    lot: Mutex<Lot>,
    condvar: Condvar,
    counters: CachePadded<Counters>,
}

/// Where helpers wait.
struct Lot {
    /// The runs that have had something to take.
    runs: Vec<Arc<Run>>,
    /// Where the next helper begins to look, so that all runs get some.
    next: usize,
    sleeping: usize,
    /// How many of those that sleep have been told to wake up and did not yet.
    woken: usize,
    dismissed: bool,
}

/// Counted now and then, for statistics alone: nothing depends on the orderings.
struct Counters {
    runs: AtomicU64,
    nodes: AtomicU64,
    steals: AtomicU64,
    wakes: AtomicU64,
}

impl Default for Crew {
    fn default() -> Self {
        let count = || AtomicU64::new(0);
        Self {
            sleepers: CachePadded::new(AtomicUsize::new(0)),
            lot: Mutex::new(Lot { runs: Vec::new(), next: 0, sleeping: 0, woken: 0, dismissed: false }),
            condvar: Condvar::new(),
            counters: CachePadded::new(Counters {
                runs: count(),
                nodes: count(),
                steals: count(),
                wakes: count(),
            }),
        }
    }
}

impl Crew {
    /// Lets helpers take part in `run` from now on, until [`withdraw`](Self::withdraw).
    pub(super) fn announce(&self, run: &Arc<Run>) {
        lock(&self.lot).runs.push(Arc::clone(run));
    }

    /// No helper begins to take part in `run` any more.
    pub(super) fn withdraw(&self, run: &Arc<Run>) {
        self.counters.runs.fetch_add(1, Ordering::Relaxed);
        if !run.is_announced() {
            return;
        }
        let gone = {
            let mut lot = lock(&self.lot);
            let index = lot.runs.iter().position(|other| Arc::ptr_eq(other, run));
            index.map(|index| lot.runs.swap_remove(index))
        };
        drop(gone);
    }

    /// Wakes a helper for `run`, if one sleeps that may take part. To be called after something was made ready.
    #[inline]
    pub(super) fn wake_for(&self, run: &Run) {
        if self.has_sleepers() && run.has_room() {
            self.wake();
        }
    }

    /// Whether a helper sleeps that nobody has woken yet.
    #[inline]
    pub(super) fn has_sleepers(&self) -> bool {
        self.sleepers() > 0
    }

    /// How many helpers sleep that nobody has woken yet.
    #[inline]
    pub(super) fn sleepers(&self) -> usize {
        self.sleepers.load(Ordering::SeqCst)
    }

    /// Wakes a helper, if one sleeps.
    #[cold]
    #[inline(never)]
    pub(super) fn wake(&self) {
        let lot = lock(&self.lot);
        if lot.sleeping > 0 {
            self.wake_one(lot);
        }
    }

    /// Has another helper look until when it may sleep, if that matters: the one that leaves for a run now may be the only
    /// one that knew.
    fn hand_on(&self, lot: MutexGuard<'_, Lot>) {
        if lot.sleeping > 0 && lot.next_due().is_some() {
            self.wake_one(lot);
        }
    }

    /// Wakes one of the helpers that sleep.
    fn wake_one(&self, mut lot: MutexGuard<'_, Lot>) {
        lot.woken += 1;
        self.set_sleeping(&mut lot, |sleeping| sleeping - 1);
        drop(lot);
        self.counters.wakes.fetch_add(1, Ordering::Relaxed);
        self.condvar.notify_one();
    }

    fn set_sleeping(&self, lot: &mut Lot, change: impl FnOnce(usize) -> usize) {
        lot.sleeping = change(lot.sleeping);
        self.sleepers.store(lot.sleeping, Ordering::SeqCst);
    }

    /// Waits for a run that has something to take, and enters it. `None` when the executor is dropped.
    pub(super) fn join(&self) -> Option<Arc<Run>> {
        let mut lot = lock(&self.lot);
        loop {
            if lot.dismissed {
                return None;
            }
            self.set_sleeping(&mut lot, |sleeping| sleeping + 1);
            match lot.find() {
                ControlFlow::Break(run) => {
                    self.set_sleeping(&mut lot, |sleeping| sleeping - 1);
                    self.hand_on(lot);
                    return Some(run);
                }
                ControlFlow::Continue(until) => lot = self.sleep(lot, until),
            }
        }
    }

    /// Sleeps until somebody wakes this helper, or it is `until`.
    fn sleep<'a>(&self, mut lot: MutexGuard<'a, Lot>, until: Option<Instant>) -> MutexGuard<'a, Lot> {
        loop {
            if lot.woken > 0 {
                lot.woken -= 1;
                return lot;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if lot.dismissed || left == Some(Duration::ZERO) {
                self.set_sleeping(&mut lot, |sleeping| sleeping - 1);
                return lot;
            }
            lot = wait(&self.condvar, lot, left);
        }
    }

    /// Ends all helpers, when they have nothing to do.
    pub(super) fn dismiss(&self) {
        lock(&self.lot).dismissed = true;
        self.condvar.notify_all();
    }

    /// Takes note of what a thread did.
    pub(super) fn count(&self, nodes: usize, steals: u64) {
        self.counters.nodes.fetch_add(nodes as u64, Ordering::Relaxed);
        if steals > 0 {
            self.counters.steals.fetch_add(steals, Ordering::Relaxed);
        }
    }

    pub(super) fn stats(&self, threads: usize) -> ExecutorStats {
        let Counters { runs, nodes, steals, wakes } = &*self.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ExecutorStats {
            threads,
            runs: read(runs),
            nodes: read(nodes),
            steals: read(steals),
            wakes: read(wakes),
        }
    }
}

impl Lot {
    /// Enters a run that has something to take. If none has, says when one will have, if that is known.
    fn find(&mut self) -> ControlFlow<Arc<Run>, Option<Instant>> {
        for step in 0..self.runs.len() {
            let index = (self.next + step) % self.runs.len();
            let run = &self.runs[index];
            if run.has_room() && run.has_work() {
                run.enter();
                self.next = index + 1;
                return ControlFlow::Break(Arc::clone(run));
            }
        }
        ControlFlow::Continue(self.next_due())
    }

    /// When the next node is due that a helper may take. In a run without room, a helper that leaves it looks for itself.
    fn next_due(&self) -> Option<Instant> {
        let runs = self.runs.iter().filter(|run| run.has_room());
        runs.filter_map(|run| run.next_due()).min()
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crew").finish_non_exhaustive()
    }
}
