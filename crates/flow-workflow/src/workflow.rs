//! [`Workflow`]: nodes and their dependencies, compiled once and run many times.

mod builder;
mod compile;
mod error;
mod names;
mod policy;
mod render;

use std::{fmt, sync::Arc};

pub use builder::WorkflowBuilder;
pub(crate) use error::suggestion;
pub use error::{BuildError, BuildProblem};
#[cfg(feature = "wfformat")]
pub(crate) use error::{cycle, did_you_mean, list};

pub(crate) use self::{
    compile::Compiled,
    names::Names,
    policy::Policy,
    render::{dot, mermaid},
};
use crate::{Action, Retry};

/// Nodes and their dependencies: what an [`Executor`](crate::Executor) runs.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, Key, NodeStatus, Workflow};
///
/// const PRICE: Key<u32> = Key::new("price");
///
/// let workflow = Workflow::builder("order")
///     .node("price", |context: &Context| {
///         context.set(PRICE, 42);
///         Ok(())
///     })
///     .node("charge", |context: &Context| {
///         println!("charging {}", context.get(PRICE)?);
///         Ok(())
///     })
///     .after(["price"])
///     .build()?;
///
/// let report = Executor::new(2).run(&workflow, &Data::new())?;
/// assert_eq!(report.status("charge"), Some(NodeStatus::Completed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A workflow never changes. It is a handle: a clone is the same workflow. `Send + Sync`; it may run on several
/// executors, and many times at once, since everything that a run changes is the run's own. The memory of a run is kept
/// for the next: as much as ran at once, until the last handle is gone.
#[derive(Clone)]
pub struct Workflow {
    compiled: Arc<Compiled>,
}

impl Workflow {
    /// Begins a workflow of that name, which reports and errors will show.
    pub fn builder(name: impl Into<String>) -> WorkflowBuilder {
        WorkflowBuilder::new(name.into())
    }

    pub(crate) fn new(compiled: Compiled) -> Self {
        Self { compiled: Arc::new(compiled) }
    }

    pub(crate) fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.compiled.name
    }

    /// How many nodes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.compiled.graph.len()
    }

    /// Whether it has no nodes. Such a workflow runs, and does nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Data, Executor, Workflow};
    /// let workflow = Workflow::builder("nothing yet").build()?;
    /// assert!(workflow.is_empty());
    /// Executor::new(1).run(&workflow, &Data::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its nodes, in the order in which they were added.
    ///
    /// ```
    /// # use flow_workflow::{Context, Workflow};
    /// let none = |_: &Context| Ok(());
    /// let workflow = Workflow::builder("w").node("a", none).node("b", none).after(["a"]).build()?;
    /// let roots: Vec<&str> =
    ///     workflow.nodes().filter(|node| node.dependencies().len() == 0).map(|node| node.name()).collect();
    /// assert_eq!(roots, ["a"]);
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    #[must_use]
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeRef<'_>> {
        self.compiled.declared.iter().map(|&id| self.node_ref(id))
    }

    /// The node of that name. Costs one hash and one comparison.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<NodeRef<'_>> {
        self.compiled.names.id(name).map(|id| self.node_ref(id))
    }

    pub(crate) fn node_ref(&self, id: u32) -> NodeRef<'_> {
        NodeRef { workflow: self, id }
    }

    /// The graph in the language of [Graphviz](https://graphviz.org/doc/info/lang.html), with an arrow from each node to
    /// those that wait for it.
    ///
    /// ```
    /// # use flow_workflow::{Context, Workflow};
    /// let none = |_: &Context| Ok(());
    /// let workflow = Workflow::builder("w").node("a", none).node("b", none).after(["a"]).build()?;
    /// assert!(workflow.to_dot().contains(r#""a" -> "b""#));
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    #[must_use]
    pub fn to_dot(&self) -> String {
        dot(self, None)
    }

    /// The graph as a [Mermaid](https://mermaid.js.org/syntax/flowchart.html) flowchart, which many viewers of Markdown
    /// draw.
    ///
    /// ```
    /// # use flow_workflow::{Context, Workflow};
    /// let none = |_: &Context| Ok(());
    /// let workflow = Workflow::builder("w").node("a", none).node("b", none).after(["a"]).build()?;
    /// assert!(workflow.to_mermaid().starts_with("flowchart"));
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        mermaid(self, None)
    }
}

/// The name, and how many nodes there are.
impl fmt::Debug for Workflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workflow")
            .field("name", &self.name())
            .field("nodes", &self.len())
            .finish_non_exhaustive()
    }
}

/// A node of a [`Workflow`].
///
/// ```
/// use std::time::Duration;
///
/// use flow_workflow::{Context, Retry, Workflow};
///
/// let nothing = |_: &Context| Ok(());
/// let workflow = Workflow::builder("order")
///     .node("charge", nothing).retry(Retry::fixed(2, Duration::ZERO)).timeout(Duration::from_secs(5))
///     .node("ship", nothing).after(["charge"])
///     .build()?;
/// let charge = workflow.node("charge").expect("it is in the workflow");
/// let waiting: Vec<&str> = charge.dependents().map(|node| node.name()).collect();
/// assert_eq!(waiting, ["ship"]);
/// assert_eq!(charge.dependencies().len(), 0);
/// assert_eq!((charge.retry().retries(), charge.timeout()), (2, Some(Duration::from_secs(5))));
/// assert!(charge.total_timeout().is_none() && !charge.continue_on_error());
/// let _with_its_middleware: &dyn flow_workflow::Action = charge.action();
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
#[derive(Clone, Copy)]
pub struct NodeRef<'w> {
    workflow: &'w Workflow,
    id: u32,
}

impl<'w> NodeRef<'w> {
    pub(crate) fn id(self) -> u32 {
        self.id
    }

    fn policy(self) -> Option<&'w Policy> {
        self.workflow.compiled.policy(self.id)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'w str {
        self.workflow.compiled.names.name(self.id)
    }

    /// The nodes that it waits for, in the order in which they were named, each once.
    #[must_use]
    pub fn dependencies(self) -> impl ExactSizeIterator<Item = Self> {
        let Self { workflow, id } = self;
        workflow.compiled.dependencies.get(id).iter().map(|&id| workflow.node_ref(id))
    }

    /// The nodes that wait for it, in no particular order.
    pub fn dependents(self) -> impl Iterator<Item = Self> {
        let Self { workflow, id } = self;
        let (sole, shared) = workflow.compiled.graph.successors(id);
        sole.chain(shared.iter().copied()).map(|id| workflow.node_ref(id))
    }

    /// Its action, with the middleware around it.
    #[must_use]
    pub fn action(self) -> &'w dyn Action {
        &*self.workflow.compiled.actions[self.id as usize]
    }

    /// When it is tried again.
    #[must_use]
    pub fn retry(self) -> Retry {
        self.policy().map_or_else(Retry::none, |policy| policy.retry.clone())
    }

    /// How long one attempt may take.
    #[must_use]
    pub fn timeout(self) -> Option<std::time::Duration> {
        self.policy()?.timeout
    }

    /// How long all attempts together may take, with the delays between them.
    #[must_use]
    pub fn total_timeout(self) -> Option<std::time::Duration> {
        self.policy()?.total_timeout
    }

    /// Whether those that depend on it start although it failed.
    #[must_use]
    pub fn continue_on_error(self) -> bool {
        self.workflow.compiled.is_tolerated(self.id)
    }

    /// What would undo it. Nothing runs it by itself.
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Key, NodeRef, Workflow};
    ///
    /// const REFUNDED: Key<bool> = Key::new("refunded");
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("charge", |_: &Context| Ok(()))
    ///     .compensation(|context: &Context| Ok(context.set(REFUNDED, true)))
    ///     .node("ship", |context: &Context| {
    ///         // Out of stock: the customer gets the money back.
    ///         let refund = context.workflow().node("charge").and_then(NodeRef::compensation);
    ///         refund.ok_or("nothing undoes a charge")?.run(context)
    ///     })
    ///     .after(["charge"])
    ///     .build()?;
    /// let data = Data::new();
    /// Executor::new(1).run(&workflow, &data)?;
    /// assert!(data.get(REFUNDED)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn compensation(self) -> Option<&'w dyn Action> {
        self.policy()?.compensation.as_deref()
    }
}

/// The name, and the names of the dependencies.
impl fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dependencies: Vec<_> = self.dependencies().map(Self::name).collect();
        f.debug_struct("NodeRef")
            .field("name", &self.name())
            .field("dependencies", &dependencies)
            .finish_non_exhaustive()
    }
}
