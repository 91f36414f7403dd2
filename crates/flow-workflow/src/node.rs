//! [`Node`]: what is known of a node before there is a workflow.

mod name;

use std::{fmt, sync::Arc, time::Duration};

use flow_arena::Symbol;
use flow_memory::Recycle;

pub use name::NodeName;

use crate::{
    Action, Retry,
    node_pool::Registry,
    workflow::{Policy, suggestion},
};

/// How many dependencies a node keeps room for when it goes back.
const MOST_KEPT: usize = 256;

/// A node of a workflow that is yet to be built: from a [`NodePool`](crate::NodePool), for
/// [`WorkflowBuilder::add_node`](crate::WorkflowBuilder::add_node).
///
/// Its names are interned in the pool, and its actions are said by the names under which the pool knows them, so that a
/// node is plain data: what a loader or a generator fills in, hands over, and drops.
///
/// ```
/// use flow_workflow::{Context, NodePool, Retry, Workflow};
///
/// let pool = NodePool::new();
/// pool.register("pay", |_: &Context| Ok(()));
///
/// let mut node = pool.get();
/// node.set_name("charge");
/// node.set_action("pay");
/// node.set_retry(Retry::exponential(3));
/// let workflow = Workflow::builder("order").add_node(&node).build()?;
/// drop(node); // back to the pool, with all fields clean
///
/// assert_eq!(workflow.node("charge").unwrap().retry().retries(), 3);
/// assert_eq!(pool.get().name(), "");
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
///
/// # Cost
///
/// Getters are plain loads; those that return names make two more. A setter of a name that the pool knows costs one lookup without a
/// lock; one that takes a [`Symbol`] costs a store.
pub struct Node {
    registry: Arc<Registry>,
    name: Option<Symbol>,
    action: Option<Symbol>,
    compensation: Option<Symbol>,
    continue_on_error: bool,
    dependencies: Vec<Symbol>,
    /// Whether a retry or a timeout was set. If not, which is usual, these fields are not touched when the node comes back.
    is_timed: bool,
    timeout: Option<Duration>,
    total_timeout: Option<Duration>,
    retry: Retry,
}

impl Node {
    pub(crate) fn new(registry: Arc<Registry>) -> Self {
        Self {
            registry,
            name: None,
            action: None,
            compensation: None,
            continue_on_error: false,
            is_timed: false,
            dependencies: Vec::with_capacity(4),
            timeout: None,
            total_timeout: None,
            retry: Retry::none(),
        }
    }

    fn text(&self, name: Option<Symbol>) -> Option<&str> {
        name.map(|name| self.registry.resolve(name))
    }

    /// Its name; empty if none was set.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text(self.name).unwrap_or_default()
    }

    /// Sets the name. A new one is interned, which allocates and takes a lock for a moment.
    ///
    /// # Panics
    ///
    /// If it is a new text, and the pool's names have a limit and are full. A
    /// [symbol](crate::NodePool::try_symbol) in its place never panics. So it is with all setters of names.
    #[inline]
    #[track_caller]
    pub fn set_name(&mut self, name: impl NodeName) -> &mut Self {
        self.name = Some(name.symbol(&self.registry.names));
        self
    }

    /// The name under which its action is registered.
    #[must_use]
    pub fn action(&self) -> Option<&str> {
        self.text(self.action)
    }

    /// Sets the action: a name under which one is, or will be, [registered](crate::NodePool::register).
    ///
    /// # Panics
    ///
    /// As [`set_name`](Self::set_name).
    #[inline]
    #[track_caller]
    pub fn set_action(&mut self, action: impl NodeName) -> &mut Self {
        self.action = Some(action.symbol(&self.registry.names));
        self
    }

    /// The names of the nodes that it waits for.
    #[must_use]
    pub fn dependencies(&self) -> impl ExactSizeIterator<Item = &str> {
        self.dependencies.iter().map(|&name| self.registry.resolve(name))
    }

    /// Adds a node to wait for.
    ///
    /// # Panics
    ///
    /// As [`set_name`](Self::set_name).
    #[inline]
    #[track_caller]
    pub fn add_dependency(&mut self, name: impl NodeName) -> &mut Self {
        self.dependencies.push(name.symbol(&self.registry.names));
        self
    }

    /// Sets all nodes to wait for, in place of those that were added.
    ///
    /// # Panics
    ///
    /// As [`set_name`](Self::set_name).
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::NodePool;
    ///
    /// let pool = NodePool::new();
    /// let mut node = pool.get();
    /// node.set_name("ship").set_dependencies(["charge", "pack"]).add_dependency("print label");
    /// assert_eq!(node.dependencies().collect::<Vec<_>>(), ["charge", "pack", "print label"]);
    /// ```
    #[track_caller]
    pub fn set_dependencies<N: NodeName>(&mut self, names: impl IntoIterator<Item = N>) -> &mut Self {
        self.dependencies.clear();
        let names = names.into_iter().map(|name| name.symbol(&self.registry.names));
        self.dependencies.extend(names);
        self
    }

    /// When it is tried again.
    #[must_use]
    pub fn retry(&self) -> &Retry {
        &self.retry
    }

    /// Sets when it is tried again.
    pub fn set_retry(&mut self, retry: Retry) -> &mut Self {
        self.is_timed = true;
        self.retry = retry;
        self
    }

    /// How long one attempt may take.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Sets how long one attempt may take.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use flow_workflow::{NodePool, Retry};
    ///
    /// let pool = NodePool::new();
    /// let mut node = pool.get();
    /// node.set_name("charge")
    ///     .set_retry(Retry::exponential(3))
    ///     .set_timeout(Duration::from_secs(5))
    ///     .set_total_timeout(Duration::from_secs(30));
    /// assert_eq!(node.timeout(), Some(Duration::from_secs(5)));
    /// ```
    pub fn set_timeout(&mut self, limit: Duration) -> &mut Self {
        self.is_timed = true;
        self.timeout = Some(limit);
        self
    }

    /// How long all attempts together may take.
    #[must_use]
    pub fn total_timeout(&self) -> Option<Duration> {
        self.total_timeout
    }

    /// Sets how long all attempts together may take.
    pub fn set_total_timeout(&mut self, limit: Duration) -> &mut Self {
        self.is_timed = true;
        self.total_timeout = Some(limit);
        self
    }

    /// Whether those that wait for it start although it failed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use flow_workflow::NodePool;
    /// let pool = NodePool::new();
    /// let mut node = pool.get();
    /// node.set_action("charge").set_continue_on_error(true).set_total_timeout(Duration::from_secs(5));
    /// assert_eq!((node.action(), node.continue_on_error()), (Some("charge"), true));
    /// assert_eq!(node.total_timeout(), Some(Duration::from_secs(5)));
    /// ```
    #[must_use]
    pub fn continue_on_error(&self) -> bool {
        self.continue_on_error
    }

    /// Sets whether those that wait for it start although it failed.
    pub fn set_continue_on_error(&mut self, continue_on_error: bool) -> &mut Self {
        self.continue_on_error = continue_on_error;
        self
    }

    /// The name of the action that would undo it.
    #[must_use]
    pub fn compensation(&self) -> Option<&str> {
        self.text(self.compensation)
    }

    /// Sets the action that would undo it, by name. A workflow keeps it; nothing runs it by itself.
    ///
    /// # Panics
    ///
    /// As [`set_name`](Self::set_name).
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Context, NodePool, Workflow};
    ///
    /// let pool = NodePool::new();
    /// pool.register("pay", |_: &Context| Ok(()));
    /// pool.register("refund", |_: &Context| Ok(()));
    /// let mut node = pool.get();
    /// node.set_name("charge").set_action("pay").set_compensation("refund");
    /// let workflow = Workflow::builder("order").add_node(&node).build()?;
    /// assert!(workflow.node("charge").unwrap().compensation().is_some());
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    #[track_caller]
    pub fn set_compensation(&mut self, action: impl NodeName) -> &mut Self {
        self.compensation = Some(action.symbol(&self.registry.names));
        self
    }

    pub(crate) fn resolved_action(&self) -> Option<Arc<dyn Action>> {
        self.registry.action(self.action?)
    }

    pub(crate) fn resolved_compensation(&self) -> Option<Arc<dyn Action>> {
        self.registry.action(self.compensation?)
    }

    /// A registered name that is much like `wanted`.
    pub(crate) fn suggested_action(&self, wanted: &str, found: usize) -> Option<String> {
        let known = self.registry.actions.keys();
        suggestion(wanted, known.into_iter().map(|name| self.registry.resolve(name)), found)
    }

    /// All but the compensation, which is a name here.
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            retry: self.retry.clone(),
            timeout: self.timeout,
            total_timeout: self.total_timeout,
            continue_on_error: self.continue_on_error,
            compensation: None,
        }
    }
}

/// All fields as they were when the node was made; the memory of the list of dependencies is kept, if it is not large.
impl Recycle for Node {
    #[inline]
    fn recycle(&mut self) {
        let Self {
            registry: _, name, action, compensation, continue_on_error, is_timed, dependencies, ..
        } = self;
        (*name, *action, *compensation) = (None, None, None);
        *continue_on_error = false;
        dependencies.clear();
        if dependencies.capacity() > MOST_KEPT {
            dependencies.shrink_to(0);
        }
        if std::mem::take(is_timed) {
            (self.timeout, self.total_timeout, self.retry) = (None, None, Retry::none());
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("name", &self.name())
            .field("action", &self.action())
            .field("dependencies", &self.dependencies().collect::<Vec<_>>())
            .field("retry", &self.retry)
            .field("timeout", &self.timeout)
            .field("total_timeout", &self.total_timeout)
            .field("continue_on_error", &self.continue_on_error)
            .field("compensation", &self.compensation())
            .finish()
    }
}
