//! [`NodeStatus`], and how many nodes have which.

use std::fmt;

/// What became of a node.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, NodeStatus, Workflow};
///
/// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
/// let report = Executor::new(1).run(&workflow, &Data::new())?;
/// assert_eq!(report.status("charge"), Some(NodeStatus::Completed));
/// assert_eq!(NodeStatus::Completed.to_string(), "completed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
#[repr(u8)]
pub enum NodeStatus {
    /// It never started, because another node failed first, on which it does not depend.
    #[default]
    Pending = 0,
    /// It runs, or waits for its next attempt. No report has this status.
    Running = 1,
    /// Its action succeeded.
    Completed = 2,
    /// Its last attempt failed.
    Failed = 3,
    /// It never started, because something that it depends on, directly or through others, failed.
    Skipped = 4,
    /// The run was cancelled, or its deadline passed, before the node started or while it ran; in the latter case, the
    /// action gave up because of it.
    Cancelled = 5,
}

impl NodeStatus {
    /// Its name, in lower case.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::NodeStatus;
    /// assert_eq!(NodeStatus::Skipped.name(), "skipped");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    /// A light color, for dark text on it.
    pub(crate) const fn color(self) -> &'static str {
        match self {
            Self::Pending => "#e8e8e8",
            Self::Running => "#a8d1f5",
            Self::Completed => "#a9dfb0",
            Self::Failed => "#f4a3a0",
            Self::Skipped => "#f7dc9c",
            Self::Cancelled => "#cdb9e8",
        }
    }
}

impl fmt::Display for NodeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How many nodes of a run have each [`NodeStatus`].
///
/// ```
/// use flow_workflow::{Context, Data, Executor, Workflow};
///
/// let workflow = Workflow::builder("order")
///     .node("charge", |_: &Context| Ok(()))
///     .node("ship", |_: &Context| Err("out of stock".into()))
///     .after(["charge"])
///     .build()?;
/// let error = Executor::new(1).run(&workflow, &Data::new()).unwrap_err();
/// let counts = error.report().counts();
/// assert_eq!((counts.completed, counts.failed), (1, 1));
/// assert_eq!(counts.to_string(), "1 completed, 1 failed");
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StatusCounts {
    /// [`NodeStatus::Pending`].
    pub pending: usize,
    /// [`NodeStatus::Completed`].
    pub completed: usize,
    /// [`NodeStatus::Failed`].
    pub failed: usize,
    /// [`NodeStatus::Skipped`].
    pub skipped: usize,
    /// [`NodeStatus::Cancelled`].
    pub cancelled: usize,
}

impl StatusCounts {
    pub(super) fn of(statuses: &[NodeStatus]) -> Self {
        let mut counts = [0; NodeStatus::Cancelled as usize + 1];
        for &status in statuses {
            counts[status as usize] += 1;
        }
        let count = |status: NodeStatus| counts[status as usize];
        Self {
            pending: count(NodeStatus::Pending),
            completed: count(NodeStatus::Completed),
            failed: count(NodeStatus::Failed),
            skipped: count(NodeStatus::Skipped),
            cancelled: count(NodeStatus::Cancelled),
        }
    }
}

/// Those that are not zero: `3 completed, 1 failed`.
impl fmt::Display for StatusCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pending, completed, failed, skipped, cancelled } = *self;
        let all = [
            (completed, NodeStatus::Completed),
            (failed, NodeStatus::Failed),
            (skipped, NodeStatus::Skipped),
            (cancelled, NodeStatus::Cancelled),
            (pending, NodeStatus::Pending),
        ];
        let mut separator = "";
        for (count, status) in all.into_iter().filter(|&(count, _)| count > 0) {
            write!(f, "{separator}{count} {status}")?;
            separator = ", ";
        }
        if separator.is_empty() { f.write_str("no nodes") } else { Ok(()) }
    }
}
