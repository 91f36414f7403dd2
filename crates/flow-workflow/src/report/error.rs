//! [`RunError`]: a run that did not do all that it should.

use std::{error::Error, fmt};

use super::{NodeFailure, Report};

/// Why a run did not complete. It has the whole report.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, NodeStatus, RunError, Workflow};
///
/// let workflow = Workflow::builder("order")
///     .node("charge", |_: &Context| Err("the card was declined".into()))
///     .node("ship", |_: &Context| Ok(())).after(["charge"])
///     .build()?;
/// let error = Executor::new(1).run(&workflow, &Data::new()).unwrap_err();
/// assert!(matches!(error, RunError::Failed(_)));
/// assert_eq!(error.report().status("ship"), Some(NodeStatus::Skipped));
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
#[non_exhaustive]
pub enum RunError {
    /// At least one node failed whose failure nothing tolerates.
    Failed(Box<Report>),
    /// The run was cancelled before it was complete. Wins over failures, which are in the report all the same.
    Cancelled(Box<Report>),
    /// The deadline passed before the run was complete. Wins over failures too.
    DeadlineExceeded(Box<Report>),
}

impl RunError {
    /// What became of the run.
    #[must_use]
    pub fn report(&self) -> &Report {
        match self {
            Self::Failed(report) | Self::Cancelled(report) | Self::DeadlineExceeded(report) => report,
        }
    }

    /// What became of the run.
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, RunError, Workflow};
    ///
    /// let workflow = Workflow::builder("order").node("charge", |_: &Context| Err("declined".into())).build()?;
    /// // Whatever became of it:
    /// let report = Executor::new(1).run(&workflow, &Data::new()).unwrap_or_else(RunError::into_report);
    /// assert_eq!(report.counts().failed, 1);
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    #[must_use]
    pub fn into_report(self) -> Report {
        match self {
            Self::Failed(report) | Self::Cancelled(report) | Self::DeadlineExceeded(report) => *report,
        }
    }

    /// The failure that stopped the run.
    fn failure(&self) -> Option<&NodeFailure> {
        self.report().failures.iter().find(|failure| !failure.is_tolerated())
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report();
        let name = report.workflow.name();
        match self {
            Self::Failed(_) => {
                write!(f, "workflow '{name}' failed: ")?;
                if let Some(failure) = self.failure() {
                    write!(f, "{failure} ")?;
                }
            }
            Self::Cancelled(_) => write!(f, "workflow '{name}' was cancelled ")?,
            Self::DeadlineExceeded(_) => write!(f, "workflow '{name}' exceeded its deadline ")?,
        }
        write!(f, "({})", report.counts())
    }
}

/// As [`Display`](fmt::Display), which is what `main` and `unwrap` show; `{:#?}` has the structure.
impl fmt::Debug for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        let name = match self {
            Self::Failed(_) => "Failed",
            Self::Cancelled(_) => "Cancelled",
            Self::DeadlineExceeded(_) => "DeadlineExceeded",
        };
        f.debug_tuple(name).field(self.report()).finish()
    }
}

impl Error for RunError {
    /// What the action returned that stopped the run, if a failure did. Its text is part of this error's.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(_) => self.failure().map(|failure| failure.error.source() as _),
            Self::Cancelled(_) | Self::DeadlineExceeded(_) => None,
        }
    }
}
