//! What became of a run: [`Report`], [`NodeStatus`], [`RunError`].

#[cfg(feature = "chrome-trace")]
mod chrome_trace;
mod critical_path;
mod error;
mod failure;
mod status;
mod timings;

use std::{fmt, sync::Arc, time::Duration};

pub use critical_path::CriticalPath;
pub use error::RunError;
pub use failure::NodeFailure;
pub use status::{NodeStatus, StatusCounts};
pub use timings::NodeTiming;
pub(crate) use timings::Timings;

use crate::{OutputError, Workflow, context::Outputs};

/// What became of a run: a status for each node, all failures, outputs, and what it took.
///
/// It is complete whatever happened, and final: nothing of the run is going on any more. It is part of a [`RunError`] too.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, NodeStatus, Workflow};
///
/// let workflow = Workflow::builder("order")
///     .node("charge", |_: &Context| Err("card declined".into()))
///     .node("ship", |_: &Context| Ok(()))
///     .after(["charge"])
///     .node("log", |_: &Context| Ok(()))
///     .build()?;
/// let error = Executor::new(1).run(&workflow, &Data::new()).unwrap_err();
/// let report = error.report();
/// assert_eq!(report.status("charge"), Some(NodeStatus::Failed));
/// assert_eq!(report.status("ship"), Some(NodeStatus::Skipped));
/// assert_eq!(report.failures()[0].to_string(), "node 'charge' failed: card declined");
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
pub struct Report {
    pub(crate) workflow: Workflow,
    /// By id.
    pub(crate) statuses: Box<[NodeStatus]>,
    pub(crate) failures: Vec<NodeFailure>,
    pub(crate) outputs: Outputs,
    pub(crate) timings: Option<Timings>,
    pub(crate) elapsed: Duration,
}

impl Report {
    /// The workflow that ran.
    #[must_use]
    pub fn workflow(&self) -> &Workflow {
        &self.workflow
    }

    /// What became of a node; `None` if there is no node of that name.
    #[must_use]
    pub fn status(&self, node: &str) -> Option<NodeStatus> {
        let id = self.workflow.compiled().names.id(node)?;
        Some(self.statuses[id as usize])
    }

    /// What became of each node, in the order in which they were added to the workflow.
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Workflow};
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("charge", |_: &Context| Err("card declined".into()))
    ///     .node("ship", |_: &Context| Ok(()))
    ///     .after(["charge"])
    ///     .build()?;
    /// let error = Executor::new(1).run(&workflow, &Data::new()).unwrap_err();
    /// let lines = error.report().statuses().map(|(node, status)| format!("{node} {status}"));
    /// assert_eq!(lines.collect::<Vec<_>>(), ["charge failed", "ship skipped"]);
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    #[must_use]
    pub fn statuses(&self) -> impl ExactSizeIterator<Item = (&str, NodeStatus)> {
        self.workflow.nodes().map(|node| (node.name(), self.statuses[node.id() as usize]))
    }

    /// How many nodes have each status.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Context, Data, Executor, Workflow};
    /// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
    /// let report = Executor::new(1).run(&workflow, &Data::new())?;
    /// assert_eq!((report.counts().completed, report.counts().failed), (1, 0));
    /// println!("{} took {:?}", report.workflow().name(), report.elapsed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn counts(&self) -> StatusCounts {
        StatusCounts::of(&self.statuses)
    }

    /// All nodes that failed, in the order in which they did, including those whose failure was tolerated.
    #[must_use]
    pub fn failures(&self) -> &[NodeFailure] {
        &self.failures
    }

    /// How long the run took.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The [output](crate::Context::set_output) of a node.
    ///
    /// # Errors
    ///
    /// There is no such node, or it has no output, or one of another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Workflow};
    ///
    /// let workflow = Workflow::builder("sums")
    ///     .node("add", |context: &Context| {
    ///         context.set_output(2 + 2);
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// let report = Executor::new(1).run(&workflow, &Data::new())?;
    /// assert_eq!(*report.output::<i32>("add")?, 4);
    /// assert!(report.output::<String>("add").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn output<T: Send + Sync + 'static>(&self, node: &str) -> Result<Arc<T>, OutputError> {
        let id = self.workflow.compiled().names.id(node);
        let id = id.ok_or_else(|| OutputError::UnknownNode { node: node.to_owned() })?;
        self.outputs.get(id, || node.to_owned())
    }

    /// When each node ran, in the order in which they were added to the workflow, without those that never started.
    /// `None` unless the run had [`RunOptions::timings`](crate::RunOptions::timings).
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, RunOptions, Workflow};
    ///
    /// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
    /// let options = RunOptions::new().timings(true);
    /// let report = Executor::new(1).run_with(&workflow, &Data::new(), options)?;
    /// let timings: Vec<_> = report.timings().expect("the run had timings").collect();
    /// assert_eq!((timings[0].node.name(), timings[0].attempts, timings[0].worker), ("charge", 1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn timings(&self) -> Option<impl Iterator<Item = NodeTiming<'_>>> {
        let timings = self.timings.as_ref()?;
        Some(self.workflow.nodes().filter_map(|node| timings.of(node)))
    }

    /// The dependent nodes that took longest, one after another: however many threads there are, a run cannot be faster.
    /// `None` without [timings](Self::timings).
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, RunOptions, Workflow};
    ///
    /// let nothing = |_: &Context| Ok(());
    /// let workflow = Workflow::builder("build")
    ///     .node("fetch", nothing)
    ///     .node("compile", nothing).after(["fetch"])
    ///     .build()?;
    /// let options = RunOptions::new().timings(true);
    /// let report = Executor::new(1).run_with(&workflow, &Data::new(), options)?;
    /// let path = report.critical_path().expect("the run had timings");
    /// let names: Vec<&str> = path.nodes.iter().map(|node| node.name()).collect();
    /// assert_eq!(names, ["fetch", "compile"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn critical_path(&self) -> Option<CriticalPath<'_>> {
        self.timings.as_ref().map(|timings| CriticalPath::new(&self.workflow, timings))
    }

    /// The workflow in the language of Graphviz, with colors for what became of each node.
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Workflow};
    ///
    /// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
    /// let report = Executor::new(1).run(&workflow, &Data::new())?;
    /// assert!(report.to_dot().starts_with("digraph"));
    /// assert_ne!(report.to_dot(), workflow.to_dot()); // Here it has colors.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_dot(&self) -> String {
        crate::workflow::dot(&self.workflow, Some(&|id| self.statuses[id as usize].color()))
    }

    /// The workflow as a Mermaid flowchart, with colors for what became of each node.
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Workflow};
    ///
    /// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
    /// let report = Executor::new(1).run(&workflow, &Data::new())?;
    /// assert!(report.to_mermaid().starts_with("flowchart"));
    /// assert_ne!(report.to_mermaid(), workflow.to_mermaid()); // Here it has colors.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        crate::workflow::mermaid(&self.workflow, Some(&|id| self.statuses[id as usize].color()))
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("workflow", &self.workflow.name())
            .field("counts", &self.counts())
            .field("failures", &self.failures)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}

/// One line: the workflow, how many nodes ended how, and how long it took.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "workflow '{}': {} in {:?}", self.workflow.name(), self.counts(), self.elapsed)
    }
}
