//! When each node of a run ran.

use std::time::{Duration, Instant};

use crate::{
    NodeRef,
    sync::{AtomicU32, AtomicU64, Ordering},
};

/// When a node ran, from the start of its first attempt to the end of its last.
///
/// ```
/// use std::time::Duration;
///
/// use flow_workflow::{Context, Data, Executor, NodeTiming, RunOptions, Workflow};
///
/// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
/// let options = RunOptions::new().timings(true);
/// let report = Executor::new(1).run_with(&workflow, &Data::new(), options)?;
/// let idle = |timing: NodeTiming<'_>| timing.end - timing.start - timing.busy; // Between attempts.
/// assert_eq!(report.timings().into_iter().flatten().map(idle).sum::<Duration>(), Duration::ZERO);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NodeTiming<'r> {
    /// The node.
    pub node: NodeRef<'r>,
    /// When the first attempt started, since the start of the run.
    pub start: Duration,
    /// How long all attempts took together, without the delays between them.
    pub busy: Duration,
    /// When the last attempt ended, since the start of the run.
    pub end: Duration,
    /// How many attempts there were.
    pub attempts: u32,
    /// Which thread ran the last: see [`Context::worker`](crate::Context::worker).
    pub worker: usize,
}

/// The timings of all nodes, by id.
#[derive(Debug)]
pub(crate) struct Timings {
    begin: Instant,
    /// Written by the thread that runs the node, and read when the run is over: nothing depends on the orderings.
    slots: Box<[Slot]>,
}

/// Nanoseconds since the beginning, and for how long.
#[derive(Debug, Default)]
struct Slot {
    start: AtomicU64,
    end: AtomicU64,
    busy: AtomicU64,
    attempts: AtomicU32,
    worker: AtomicU32,
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Timings {
    pub(crate) fn new(begin: Instant, nodes: usize) -> Self {
        Self { begin, slots: (0..nodes).map(|_| Slot::default()).collect() }
    }

    /// Adds an attempt.
    pub(crate) fn add(&self, node: u32, start: Instant, end: Instant, worker: usize) {
        let slot = &self.slots[node as usize];
        let before = slot.attempts.load(Ordering::Relaxed);
        if before == 0 {
            slot.start.store(nanoseconds(start - self.begin), Ordering::Relaxed);
        }
        let busy = slot.busy.load(Ordering::Relaxed).saturating_add(nanoseconds(end - start));
        slot.busy.store(busy, Ordering::Relaxed);
        slot.end.store(nanoseconds(end - self.begin), Ordering::Relaxed);
        slot.worker.store(u32::try_from(worker).unwrap_or(u32::MAX), Ordering::Relaxed);
        slot.attempts.store(before.saturating_add(1), Ordering::Relaxed);
    }

    pub(super) fn of<'r>(&self, node: NodeRef<'r>) -> Option<NodeTiming<'r>> {
        let slot = &self.slots[node.id() as usize];
        let attempts = slot.attempts.load(Ordering::Relaxed);
        let duration = |value: &AtomicU64| Duration::from_nanos(value.load(Ordering::Relaxed));
        (attempts > 0).then(|| NodeTiming {
            node,
            start: duration(&slot.start),
            busy: duration(&slot.busy),
            end: duration(&slot.end),
            attempts,
            worker: slot.worker.load(Ordering::Relaxed) as usize,
        })
    }
}
