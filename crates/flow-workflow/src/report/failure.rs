//! [`NodeFailure`]: a node that failed.

use std::fmt;

use crate::{ActionError, Workflow};

/// A node that failed.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, Workflow};
///
/// let workflow = Workflow::builder("order")
///     .node("parse", |_: &Context| Ok(drop("x".parse::<u32>()?)))
///     .build()?;
/// let error = Executor::new(1).run(&workflow, &Data::new()).unwrap_err();
/// let failure = &error.report().failures()[0];
/// assert_eq!((failure.node(), failure.attempts()), ("parse", 1));
/// assert!(failure.error().downcast_ref::<std::num::ParseIntError>().is_some());
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
pub struct NodeFailure {
    pub(crate) workflow: Workflow,
    pub(crate) node: u32,
    pub(crate) attempts: u32,
    pub(crate) error: ActionError,
}

impl NodeFailure {
    /// The name of the node.
    #[must_use]
    pub fn node(&self) -> &str {
        self.workflow.compiled().names.name(self.node)
    }

    /// How many attempts it had.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What the last attempt failed with.
    #[must_use]
    pub fn error(&self) -> &ActionError {
        &self.error
    }

    /// Whether the run went on as if nothing had happened: see
    /// [`continue_on_error`](crate::WorkflowBuilder::continue_on_error).
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Context, Data, Executor, Workflow};
    /// let workflow = Workflow::builder("w")
    ///     .node("optional", |_: &Context| Err("no luck".into())).continue_on_error()
    ///     .build()?;
    /// let report = Executor::new(1).run(&workflow, &Data::new())?;
    /// assert!(report.failures()[0].is_tolerated());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_tolerated(&self) -> bool {
        self.workflow.compiled().is_tolerated(self.node)
    }
}

impl fmt::Display for NodeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node '{}' failed", self.node())?;
        if self.attempts > 1 {
            write!(f, " after {} attempts", self.attempts)?;
        }
        write!(f, ": {}", self.error)
    }
}

impl fmt::Debug for NodeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeFailure")
            .field("node", &self.node())
            .field("attempts", &self.attempts)
            .field("error", &self.error)
            .field("is_tolerated", &self.is_tolerated())
            .finish()
    }
}
