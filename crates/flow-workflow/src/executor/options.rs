//! [`RunOptions`].

use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use crate::CancelToken;

/// How a workflow is run. The default is that of [`Executor::run`](crate::Executor::run).
///
/// ```
/// use std::{num::NonZeroUsize, time::Duration};
///
/// use flow_workflow::{CancelToken, RunOptions};
///
/// let token = CancelToken::new();
/// let options = RunOptions::new()
///     .cancel(token.clone())
///     .time_limit(Duration::from_secs(60))
///     .max_concurrency(NonZeroUsize::new(8).unwrap())
///     .keep_going(true);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing until they are given to `run_with`"]
pub struct RunOptions {
    pub(crate) cancel: Option<CancelToken>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) max_concurrency: Option<NonZeroUsize>,
    pub(crate) keep_going: bool,
    pub(crate) timings: bool,
}

impl RunOptions {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `token` stop the run.
    pub fn cancel(mut self, token: CancelToken) -> Self {
        self.cancel = Some(token);
        self
    }

    /// When the run has to be over. From then on no node starts, and [`Context::check`](crate::Context::check) tells
    /// those that run.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// use flow_workflow::{Context, Data, Executor, RunOptions, Workflow};
    ///
    /// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
    /// let end = Instant::now() + Duration::from_secs(3600);
    /// let options = RunOptions::new().deadline(end);
    /// assert!(Executor::new(1).run_with(&workflow, &Data::new(), options).is_ok());
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// [`deadline`](Self::deadline) from now on. A limit beyond what the clock can count is none.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use flow_workflow::{Context, Data, Executor, RunError, RunOptions, Workflow};
    ///
    /// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
    /// let options = RunOptions::new().time_limit(Duration::ZERO);
    /// let error = Executor::new(1).run_with(&workflow, &Data::new(), options).unwrap_err();
    /// assert!(matches!(error, RunError::DeadlineExceeded(_)));
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.deadline = Instant::now().checked_add(limit);
        self
    }

    /// How many nodes may run at the same time. What the executor's threads allow, by default.
    ///
    /// ```
    /// use std::{num::NonZeroUsize, sync::Mutex};
    ///
    /// use flow_workflow::{ActionError, Context, Data, Executor, RunOptions, Workflow};
    ///
    /// static DEVICE: Mutex<()> = Mutex::new(());
    ///
    /// fn print(_: &Context) -> Result<(), ActionError> {
    ///     DEVICE.try_lock().map(drop).map_err(|_| "somebody else prints".into())
    /// }
    ///
    /// let workflow = Workflow::builder("print").node("a", print).node("b", print).node("c", print).build()?;
    /// let options = RunOptions::new().max_concurrency(NonZeroUsize::MIN);
    /// assert!(Executor::new(4).run_with(&workflow, &Data::new(), options).is_ok());
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn max_concurrency(mut self, nodes: NonZeroUsize) -> Self {
        self.max_concurrency = Some(nodes);
        self
    }

    /// Whether nodes that don't depend on a failed one start nevertheless, like `make -k`. By default the first failure
    /// that nothing tolerates stops new starts. Either way the run has failed.
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, NodeStatus, RunOptions, Workflow};
    ///
    /// let workflow = Workflow::builder("tests")
    ///     .node("unit", |_: &Context| Err("2 of 70 failed".into()))
    ///     .node("format", |_: &Context| Ok(()))
    ///     .build()?;
    /// let options = RunOptions::new().keep_going(true);
    /// let error = Executor::new(1).run_with(&workflow, &Data::new(), options).unwrap_err();
    /// assert_eq!(error.report().status("format"), Some(NodeStatus::Completed));
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn keep_going(mut self, keep_going: bool) -> Self {
        self.keep_going = keep_going;
        self
    }

    /// Whether to note when each node runs, for [`Report::timings`](crate::Report::timings). Looks at the clock twice an attempt, which
    /// costs more than all the rest of an empty node, and takes 32 bytes a node. Off by default.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Context, Data, Executor, RunOptions, Workflow};
    /// let workflow = Workflow::builder("w").node("a", |_: &Context| Ok(())).build()?;
    /// let options = RunOptions::new().timings(true);
    /// let report = Executor::new(1).run_with(&workflow, &Data::new(), options)?;
    /// assert!(report.timings().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timings(mut self, timings: bool) -> Self {
        self.timings = timings;
        self
    }
}
