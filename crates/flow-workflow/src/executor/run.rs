//! One run: its state, and all that its threads share.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use crossbeam_utils::CachePadded;

use super::{
    RunOptions,
    bell::Bell,
    caught::{caught, discard},
    delayed::Delayed,
    spans::RunSpan,
};
use crate::{
    ActionError, ActionErrorKind, Data, NodeStatus, Report, RunError, Workflow,
    cancel::OnCancel,
    context::Outputs,
    graph::number,
    lane::{Lane, unpack},
    machine::{End, Machine, Stop},
    report::{NodeFailure, Timings},
    sync::{AtomicBool, AtomicUsize, Condvar, Mutex, Ordering, lock, wait},
};

/// One run of a workflow. Its threads share it; the last that leaves gives its state back to the workflow.
pub(crate) struct Run {
    workflow: Workflow,
    pub(super) state: State,
    /// What actions use. `None` once the run is over, so that nothing of it outlives the run in a thread that is late
    /// to leave.
    live: Mutex<Option<Arc<Live>>>,
    begin: Instant,
    deadline: Option<Instant>,
    /// Whether each node needs a look before it starts and after it ends.
    pub(super) is_watched: bool,
    /// How many helpers may take part at once.
    most_helpers: usize,
    /// How many do.
    helpers: CachePadded<AtomicUsize>,
    is_announced: AtomicBool,
    pub(super) span: RunSpan,
    /// For the thread that called `run`.
    pub(super) bell: Bell,
    failures: Mutex<Vec<NodeFailure>>,
    pub(super) delayed: Delayed,
    /// For actions that wait until they are cancelled.
    sleep: (Mutex<()>, Condvar),
}

/// What the actions of a run use.
pub(crate) struct Live {
    pub(crate) data: Data,
    pub(crate) outputs: Outputs,
    pub(crate) timings: Option<Timings>,
}

/// What a run needs memory for, in proportion to the workflow.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) machine: Machine,
    /// One for each thread; the first is that of the thread that called `run`.
    pub(super) lanes: Vec<CachePadded<Lane>>,
    /// Ranges for which the lanes had no room.
    overflow: CachePadded<Overflow>,
}

#[derive(Debug)]
struct Overflow {
    /// How many there are; a hint.
    len: AtomicUsize,
    words: Mutex<Vec<u64>>,
}

/// The states of runs that are over, for the next.
#[derive(Debug)]
pub(crate) struct RunStates(Mutex<Vec<State>>);

/// The most that are kept.
const MOST_KEPT: usize = 64;

impl Default for RunStates {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl RunStates {
    fn take(&self) -> Option<State> {
        lock(&self.0).pop()
    }

    fn put(&self, state: State) {
        let mut states = lock(&self.0);
        if states.len() < MOST_KEPT {
            states.push(state);
        }
    }
}

impl State {
    fn new(nodes: usize) -> Self {
        let overflow = Overflow { len: AtomicUsize::new(0), words: Mutex::new(Vec::new()) };
        Self { machine: Machine::new(nodes), lanes: Vec::new(), overflow: CachePadded::new(overflow) }
    }

    /// Whether nothing is ready.
    fn is_empty(&self) -> bool {
        // Relaxed: asked when the run is over.
        !self.lanes.iter().any(|lane| lane.has_work()) && self.overflow.len.load(Ordering::Relaxed) == 0
    }
}

impl Run {
    /// A run on an executor of `threads` threads. Each has a lane, however few of them may take part at once.
    pub(super) fn new(workflow: &Workflow, data: &Data, options: &RunOptions, threads: usize) -> Self {
        let compiled = workflow.compiled();
        let nodes = compiled.graph.len();
        let mut state = compiled.states.take().unwrap_or_else(|| State::new(nodes));
        state.machine.reset(&compiled.graph, !options.keep_going);
        while state.lanes.len() < threads {
            state.lanes.push(CachePadded::new(Lane::new(nodes)));
        }
        let begin = Instant::now();
        let timings = options.timings.then(|| Timings::new(begin, nodes));
        let span = RunSpan::new(workflow);
        let is_watched =
            compiled.any_watched() || options.deadline.is_some() || timings.is_some() || span.has_nodes;
        Self {
            workflow: workflow.clone(),
            state,
            live: Mutex::new(Some(Arc::new(Live {
                data: data.clone(),
                outputs: Outputs::default(),
                timings,
            }))),
            begin,
            deadline: options.deadline,
            is_watched,
            most_helpers: options.max_concurrency.map_or(threads, |most| most.get().min(threads)) - 1,
            helpers: CachePadded::new(AtomicUsize::new(0)),
            is_announced: AtomicBool::new(false),
            span,
            bell: Bell::new(),
            failures: Mutex::new(Vec::new()),
            delayed: Delayed::new(),
            sleep: (Mutex::new(()), Condvar::new()),
        }
    }

    pub(crate) fn workflow(&self) -> &Workflow {
        &self.workflow
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// What actions use, while the run goes on.
    pub(super) fn live(&self) -> Option<Arc<Live>> {
        lock(&self.live).clone()
    }

    /// Whether helpers know of it. Only the thread that called `run` makes it so.
    pub(super) fn is_announced(&self) -> bool {
        // Relaxed: set and read by the same thread.
        self.is_announced.load(Ordering::Relaxed)
    }

    pub(super) fn set_announced(&self) {
        self.is_announced.store(true, Ordering::Relaxed);
    }

    pub(super) fn most_helpers(&self) -> usize {
        self.most_helpers
    }

    /// Whether another helper may take part.
    pub(super) fn has_room(&self) -> bool {
        // Relaxed: decided under the lock of the crew, where alone the number grows.
        self.helpers.load(Ordering::Relaxed) < self.most_helpers
    }

    /// A helper takes part. Called under the lock of the crew.
    pub(super) fn enter(&self) {
        // SeqCst: see `is_over`.
        self.helpers.fetch_add(1, Ordering::SeqCst);
    }

    /// A helper does not take part any more, and has nothing of the run in its hands.
    pub(super) fn exit(&self) {
        self.helpers.fetch_sub(1, Ordering::SeqCst);
        if self.state.machine.stopped().is_some() {
            self.bell.ring();
        }
    }

    /// Whether nothing runs and nothing will, if asked by a thread that has nothing in its hands.
    ///
    /// After a stop it takes no helper that may be between a look at the machine and a node. One that enters later sees
    /// the stop: it enters first, then looks, and here it is the other way round.
    pub(super) fn is_over(&self) -> bool {
        let machine = &self.state.machine;
        machine.is_complete() || machine.stopped().is_some() && self.helpers.load(Ordering::SeqCst) == 0
    }

    /// Whether there is something to take, for a helper or a thread that has nothing left.
    pub(super) fn has_work(&self) -> bool {
        if self.state.machine.stopped().is_some() {
            return false;
        }
        self.state.lanes.iter().any(|lane| lane.has_work())
            || self.state.overflow.len.load(Ordering::SeqCst) > 0
            || self.next_due().is_some_and(|due| due <= Instant::now())
    }

    /// When the next of the nodes that wait for another attempt is due, if it will get it.
    pub(super) fn next_due(&self) -> Option<Instant> {
        if self.state.machine.stopped().is_some() { None } else { self.delayed.next_due() }
    }

    /// Until when the thread that called `run` may sleep, if nobody rings. When the run is stopped, whoever leaves it does.
    pub(super) fn next_look(&self) -> Option<Instant> {
        if self.state.machine.stopped().is_some() {
            return None;
        }
        [self.delayed.next_due(), self.deadline].into_iter().flatten().min()
    }

    /// Takes ranges from a lane that is full.
    #[cold]
    #[inline(never)]
    pub(super) fn spill(&self, lane: &Lane, height: &mut crate::lane::Height) {
        let mut words = lock(&self.state.overflow.words);
        lane.spill(height, &mut words);
        self.state.overflow.len.store(words.len(), Ordering::SeqCst);
    }

    /// A range for which some lane had no room.
    pub(super) fn take_overflow(&self) -> Option<std::ops::Range<u32>> {
        let overflow = &self.state.overflow;
        if overflow.len.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut words = lock(&overflow.words);
        let word = words.pop();
        overflow.len.store(words.len(), Ordering::SeqCst);
        word.map(unpack)
    }

    /// Stops the run if its deadline has passed.
    pub(super) fn check_deadline(&self) {
        if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            self.state.machine.stop(Stop::DeadlineExceeded);
        }
    }

    /// Whether actions should give up.
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self.state.machine.stopped(), Some(Stop::Cancelled | Stop::DeadlineExceeded))
    }

    /// Takes note that the last attempt of a node failed, unless it gave up because the run was cancelled.
    pub(super) fn fail(&self, node: u32, attempts: u32, error: ActionError) -> End {
        if error.kind() == ActionErrorKind::Cancelled {
            // The action may have looked at the clock before anybody else did.
            self.check_deadline();
            if self.is_cancelled() {
                return End::Cancelled;
            }
        }
        let failure = NodeFailure { workflow: self.workflow.clone(), node, attempts, error };
        lock(&self.failures).push(failure);
        if self.workflow.compiled().is_tolerated(node) { End::Tolerated } else { End::Failed }
    }

    /// Waits until it is `wake`, or the run is cancelled.
    pub(crate) fn wait_until(&self, wake: Option<Instant>) {
        let (mutex, condvar) = &self.sleep;
        let mut guard = lock(mutex);
        while !self.is_cancelled() {
            let left = wake.map(|wake| wake.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return;
            }
            guard = wait(condvar, guard, left);
        }
    }

    /// Settles what became of the run, when it is over.
    pub(super) fn conclude(&self) -> Result<Report, RunError> {
        let compiled = self.workflow.compiled();
        let machine = &self.state.machine;
        let stopped = machine.stopped();
        if let Some(stop) = stopped {
            self.abandon(stop);
            machine.close(&compiled.graph, |id| compiled.is_tolerated(id));
        }
        let statuses = (0..number(compiled.graph.len())).map(|id| machine.status(id)).collect();
        // Nobody else has it: threads let go of it before they say that they have nothing in their hands.
        let live = lock(&self.live).take().and_then(Arc::into_inner);
        let (outputs, timings) = live.map(|live| (live.outputs, live.timings)).unwrap_or_default();
        let report = Report {
            workflow: self.workflow.clone(),
            statuses,
            failures: std::mem::take(&mut lock(&self.failures)),
            outputs,
            timings,
            elapsed: self.begin.elapsed(),
        };
        let is_fine = |id: u32| match report.statuses[id as usize] {
            NodeStatus::Completed => true,
            NodeStatus::Failed => compiled.is_tolerated(id),
            _ => false,
        };
        if (stopped.is_none() && report.failures.is_empty())
            || (0..number(report.statuses.len())).all(is_fine)
        {
            return Ok(report);
        }
        let report = Box::new(report);
        Err(match stopped {
            Some(Stop::Cancelled) => RunError::Cancelled(report),
            Some(Stop::DeadlineExceeded) => RunError::DeadlineExceeded(report),
            Some(Stop::Failed) | None => RunError::Failed(report),
        })
    }

    /// What becomes of nodes that wait for another attempt, and will not get it.
    fn abandon(&self, stop: Stop) {
        let mut words = lock(&self.state.overflow.words);
        words.clear();
        self.state.overflow.len.store(0, Ordering::Relaxed);
        drop(words);
        let graph = &self.workflow.compiled().graph;
        for (node, attempts) in self.delayed.take_all() {
            let end = match stop {
                Stop::Failed => {
                    self.fail(node, attempts.failed, attempts.error);
                    End::Failed
                }
                Stop::Cancelled | Stop::DeadlineExceeded => {
                    discard(attempts.error);
                    End::Cancelled
                }
            };
            self.state.machine.end::<false>(graph, node, end, |_| {});
        }
    }

    /// Lets go of a run; the last one that does gives its state back.
    pub(super) fn leave(run: Arc<Self>) {
        // It may be the last to have the workflow, and the destructors of its actions are the user's.
        let leave = || {
            if let Some(Self { workflow, state, .. }) = Arc::into_inner(run) {
                debug_assert!(state.is_empty(), "the next run would run what is left");
                workflow.compiled().states.put(state);
            }
        };
        catch_unwind(AssertUnwindSafe(leave)).unwrap_or_else(|payload| drop(caught(payload)));
    }
}

impl OnCancel for Run {
    fn cancel(self: Arc<Self>) {
        self.state.machine.stop(Stop::Cancelled);
        self.bell.ring();
        let (mutex, condvar) = &self.sleep;
        drop(lock(mutex));
        condvar.notify_all();
        Self::leave(self);
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("workflow", &self.workflow).finish_non_exhaustive()
    }
}
