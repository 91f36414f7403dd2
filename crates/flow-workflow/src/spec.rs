//! [`WorkflowSpec`]: a workflow as plain data, with actions by name.
//!
//! The seam between what describes workflows (files, generators, another process) and what runs them: a description
//! can be stored, sent and compared, which closures cannot.

mod retry;
#[cfg(feature = "serde")]
mod seconds;

use std::time::Duration;

pub use retry::RetrySpec;

use crate::{BuildError, NodePool, PooledNode, Workflow};

/// A workflow as plain data: nodes, their dependencies, and actions by the names under which a [`NodePool`] knows them.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, NodePool, NodeSpec, WorkflowSpec};
///
/// let mut charge = NodeSpec::new("charge", "pay");
/// charge.dependencies.push("validate".to_owned());
/// let mut spec = WorkflowSpec::new("order");
/// spec.nodes = vec![NodeSpec::new("validate", "look"), charge];
///
/// let pool = NodePool::new();
/// pool.register("look", |_: &Context| Ok(()));
/// pool.register("pay", |_: &Context| Ok(()));
/// let report = Executor::new(1).run(&spec.build(&pool)?, &Data::new())?;
/// assert_eq!(report.counts().completed, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With the feature `serde` it can be written and read, in any format that serde has. Fields that are optional have their
/// defaults where a file leaves them out; unknown fields are errors, so that a slip does not go unnoticed.
///
/// # When not to use it
///
/// To write a workflow down in code: [`Workflow::builder`] is shorter, and takes closures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct WorkflowSpec {
    /// The name, for reports and errors.
    pub name: String,
    /// The nodes, in any order: dependencies may come later.
    pub nodes: Vec<NodeSpec>,
}

impl WorkflowSpec {
    /// A workflow without nodes.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), nodes: Vec::new() }
    }

    /// Checks and compiles the workflow, with the actions that `pool` knows now.
    ///
    /// Costs what [`WorkflowBuilder::add_node`](crate::WorkflowBuilder::add_node) does for each node. The names stay in the
    /// pool.
    ///
    /// # Errors
    ///
    /// All that is wrong with it: see [`BuildProblem`](crate::BuildProblem).
    ///
    /// # Panics
    ///
    /// If the pool's arena or its names have a limit and are full, as [`NodePool::get`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{NodePool, NodeSpec, BuildProblem, WorkflowSpec};
    ///
    /// let mut spec = WorkflowSpec::new("order");
    /// spec.nodes.push(NodeSpec::new("charge", "pay"));
    /// let error = spec.build(&NodePool::new()).unwrap_err(); // Nobody registered `pay`.
    /// assert!(matches!(error.problems(), [BuildProblem::UnknownAction { .. }]));
    /// ```
    pub fn build(&self, pool: &NodePool) -> Result<Workflow, BuildError> {
        let nodes = self.nodes.iter().map(|node| node.fill(pool));
        nodes.fold(Workflow::builder(self.name.clone()), |builder, node| builder.add_node(&node)).build()
    }
}

/// A node of a [`WorkflowSpec`].
///
/// ```
/// use std::time::Duration;
///
/// use flow_workflow::{NodeSpec, RetrySpec};
///
/// let mut node = NodeSpec::new("charge", "pay");
/// node.retry = Some(RetrySpec::exponential(3));
/// node.timeout = Some(Duration::from_secs(5));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct NodeSpec {
    /// The name, which no other node of the workflow has.
    pub name: String,
    /// The name of the action.
    pub action: String,
    /// The names of the nodes that it waits for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub dependencies: Vec<String>,
    /// When it is tried again. Never, by default.
    #[cfg_attr(feature = "serde", serde(default))]
    pub retry: Option<RetrySpec>,
    /// How long one attempt may take. In files `timeout_in_seconds`, a number.
    #[cfg_attr(feature = "serde", serde(rename = "timeout_in_seconds", default, with = "seconds::optional"))]
    pub timeout: Option<Duration>,
    /// How long all attempts together may take. In files `total_timeout_in_seconds`, a number.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "total_timeout_in_seconds", default, with = "seconds::optional")
    )]
    pub total_timeout: Option<Duration>,
    /// Whether those that wait for it start although it failed.
    #[cfg_attr(feature = "serde", serde(default))]
    pub continue_on_error: bool,
    /// The name of the action that would undo it. Nothing runs it by itself.
    #[cfg_attr(feature = "serde", serde(default))]
    pub compensation: Option<String>,
}

impl NodeSpec {
    /// A node without dependencies, with defaults for all the rest.
    #[must_use]
    pub fn new(name: impl Into<String>, action: impl Into<String>) -> Self {
        Self { name: name.into(), action: action.into(), ..Self::default() }
    }

    /// A node of the pool that says the same.
    fn fill<'p>(&self, pool: &'p NodePool) -> PooledNode<'p> {
        let mut node = pool.get();
        node.set_name(&self.name);
        // Without a name there is no action, which is a problem that building reports as such.
        if !self.action.is_empty() {
            node.set_action(&self.action);
        }
        node.set_dependencies(&self.dependencies).set_continue_on_error(self.continue_on_error);
        if let Some(retry) = &self.retry {
            node.set_retry(retry.to_retry());
        }
        if let Some(limit) = self.timeout {
            node.set_timeout(limit);
        }
        if let Some(limit) = self.total_timeout {
            node.set_total_timeout(limit);
        }
        if let Some(action) = &self.compensation {
            node.set_compensation(action);
        }
        node
    }
}

#[cfg(test)]
mod tests;
