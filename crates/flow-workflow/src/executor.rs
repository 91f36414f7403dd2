//! [`Executor`]: threads that run workflows.
//!
//! The machine of `machine.rs` says which nodes are ready; what is here decides who runs them. Every run has a lane of ready
//! nodes for each thread that takes part in it: the one that called [`Executor::run`], which stays until the run is over,
//! and helpers, which come while there is something to take. So a thread only ever runs nodes of the run that it takes
//! part in, a caller never gets stuck in somebody else's node, and a run inside of an action just runs.
//!
//! | file | owns |
//! |---|---|
//! | `run.rs` | all that belongs to one run, and what is kept of it for the next |
//! | `participant.rs` | the loop of a thread that takes part: take, run, hand out |
//! | `attempt.rs` | attempts of nodes with retries or timeouts |
//! | `caught.rs` | code of users outside of attempts: destructors and texts of errors |
//! | `delayed.rs` | nodes that wait for their next attempt |
//! | `crew.rs` | the helpers: when they sleep, and what wakes them |
//! | `bell.rs` | a caller that waits for others |
//! | `spans.rs` | what the feature `tracing` tells of it |
//! | `builder.rs`, `error.rs`, `options.rs`, `stats.rs` | how it is configured, and what it says of itself |

mod attempt;
mod bell;
mod builder;
mod caught;
mod crew;
mod delayed;
mod error;
#[cfg(all(test, flow_loom))]
mod loom_run;
mod options;
mod participant;
mod run;
mod spans;
mod stats;
#[cfg(all(test, not(flow_loom)))]
mod tests;

use std::{fmt, sync::Arc};

pub use builder::ExecutorBuilder;
pub use error::ExecutorError;
pub use options::RunOptions;
pub use stats::ExecutorStats;

pub(crate) use self::run::{Live, Run, RunStates};
use self::{crew::Crew, participant::Participant};
use crate::{
    Data, Report, RunError, Workflow,
    sync::of_process::{JoinHandle, current},
};

/// Threads that run workflows.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, Workflow};
///
/// let executor = Executor::new(4);
/// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
/// let report = executor.run(&workflow, &Data::new())?;
/// assert_eq!(report.counts().completed, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # When not to use it
///
/// - For nodes that wait, for a network or a timer, by the thousand: each takes a thread while it runs. Use an
///   asynchronous runtime, or let one node wait for many things.
/// - For a loop over equal pieces of data: rayon's iterators say that in one line.
/// - To survive the end of the process: runs live in memory.
///
/// # How it works
///
/// A node is ready when the last of its dependencies has ended; there are no levels and no barriers. The thread that ended
/// it goes on with the first node that got ready, and leaves the others where threads that have nothing to do take them,
/// half of what they find. This is work stealing, on ranges of nodes.
///
/// The thread that calls [`run`](Self::run) takes part, so that `threads` counts it, and an executor with one thread
/// has none of its own. Several threads may call it at once; each runs nodes of its own run, with the help of the others. An
/// action may do so too, on the same executor.
///
/// # Cost
///
/// Beside what actions do: two stores a node and an atomic countdown a dependency, or a plain one with a single thread; a lock
/// and a system call where a thread has to be woken. A warm run makes three allocations, whatever the size of the workflow, and one more where
/// helpers are told of it. The repository's `docs/workflow.md` has the numbers.
///
/// # Tracing
///
/// With the feature `tracing`, a run is a span `workflow` at the level `INFO`, with the fields `name` and `nodes`; an attempt
/// of a node is a span `node` in it, at the level `DEBUG`, with `name` and `attempt`. A failed attempt is an event at the level
/// `WARN` in the run's span, with `node`, `attempt` and `error`; so is the end of a run, at the level `INFO`, or `ERROR` if it
/// did not complete, with `elapsed`.
///
/// # Thread safety
///
/// `Send + Sync`. Dropping it waits for its threads, which have nothing to do then, since each run borrows it. One of them may
/// drop it too.
pub struct Executor {
    crew: Arc<Crew>,
    helpers: Vec<JoinHandle<()>>,
}

impl Executor {
    /// An executor of that many threads, the calling one included.
    ///
    /// # Panics
    ///
    /// If `threads` is 0 or a thread cannot be started; [`builder`](Self::builder) reports it instead.
    #[must_use]
    #[track_caller]
    pub fn new(threads: usize) -> Self {
        Self::builder().threads(threads).build_or_panic()
    }

    /// Configures an executor.
    pub fn builder() -> ExecutorBuilder {
        ExecutorBuilder::default()
    }

    /// How many threads take part in a run at most, the calling one included.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.helpers.len() + 1
    }

    /// Runs a workflow and waits for its end. The calling thread takes part.
    ///
    /// # Errors
    ///
    /// A node failed. The error has the report.
    ///
    /// # Panics
    ///
    /// Never because of an action. Aborts if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Workflow};
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("charge", |_: &Context| Err("card declined".into()))
    ///     .build()?;
    /// let error = Executor::new(2).run(&workflow, &Data::new()).unwrap_err();
    /// assert!(error.to_string().starts_with("workflow 'order' failed: node 'charge' failed: card declined"));
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    #[doc(alias = "Execute")]
    pub fn run(&self, workflow: &Workflow, data: &Data) -> Result<Report, RunError> {
        self.run_with(workflow, data, RunOptions::default())
    }

    /// [`run`](Self::run) with options.
    ///
    /// # Errors
    ///
    /// A node failed, the run was cancelled, or its deadline passed. The error has the report.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use flow_workflow::{ActionError, Context, Data, Executor, RunError, RunOptions, Workflow};
    ///
    /// let workflow = Workflow::builder("endless")
    ///     .node("wait", |context: &Context| -> Result<(), ActionError> {
    ///         loop {
    ///             context.sleep(Duration::from_secs(1))?;
    ///         }
    ///     })
    ///     .build()?;
    /// let options = RunOptions::new().time_limit(Duration::from_millis(10));
    /// let error = Executor::new(1).run_with(&workflow, &Data::new(), options).unwrap_err();
    /// assert!(matches!(error, RunError::DeadlineExceeded(_)));
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn run_with(
        &self,
        workflow: &Workflow,
        data: &Data,
        options: RunOptions,
    ) -> Result<Report, RunError> {
        run_on(&self.crew, self.threads(), workflow, data, &options)
    }

    /// What the executor has done.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Context, Data, Executor, Workflow};
    /// let executor = Executor::new(2);
    /// let workflow = Workflow::builder("w").node("a", |_: &Context| Ok(())).build()?;
    /// executor.run(&workflow, &Data::new())?;
    /// assert_eq!(executor.stats().threads, executor.threads());
    /// println!("{}", executor.stats());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn stats(&self) -> ExecutorStats {
        self.crew.stats(self.threads())
    }
}

/// Runs a workflow on the calling thread, with the help of a crew of `threads` less that one.
fn run_on(
    crew: &Crew,
    threads: usize,
    workflow: &Workflow,
    data: &Data,
    options: &RunOptions,
) -> Result<Report, RunError> {
    let run = Arc::new(Run::new(workflow, data, options, threads));
    let watch = options.cancel.as_ref().map(|token| token.watch(&run));
    Participant::new(&run, crew, 0).lead(run.most_helpers() > 0);
    crew.withdraw(&run);
    drop(watch);
    let result = run.conclude();
    run.span.end(&result);
    Run::leave(run);
    result
}

/// As many threads as the system says that the process can use. Panics if a thread cannot be started.
impl Default for Executor {
    #[track_caller]
    fn default() -> Self {
        Self::builder().build_or_panic()
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        self.crew.dismiss();
        for helper in self.helpers.drain(..) {
            // A helper that drops the executor cannot wait for itself; it ends as the others do.
            if helper.thread().id() != current().id() {
                // It does not panic: what users do is caught.
                helper.join().ok();
            }
        }
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").field("threads", &self.threads()).finish_non_exhaustive()
    }
}
