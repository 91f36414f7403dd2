//! The node pool of the process, and functions on it.

use std::time::Duration;

use super::{NodePool, NodePoolBuilder, PooledNode};
use crate::{NodeName, Retry, sync::of_process::OnceLock};

static GLOBAL: OnceLock<NodePool> = OnceLock::new();

/// The pool of the process. It is made, with the defaults, when it is first asked for, unless
/// [`NodePoolBuilder::build_global`] made it before. It is never dropped.
///
/// All names that it ever saw stay: for names that are made up as the program runs, use a pool of your own.
///
/// ```
/// use flow_workflow::{Context, global_node_pool};
///
/// global_node_pool().register("pay", |_: &Context| Ok(())); // At the start of a program.
/// assert!(global_node_pool().action("pay").is_some());
/// ```
#[must_use]
pub fn global_node_pool() -> &'static NodePool {
    GLOBAL.get_or_init(NodePool::new)
}

impl NodePoolBuilder {
    /// Makes the [pool of the process](global_node_pool), which must not have been used before: best at the start of `main`.
    ///
    /// # Errors
    ///
    /// [`GlobalNodePoolError`] if the pool is there already. It stays as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use flow_arena::StringPool;
    /// use flow_workflow::{NodePool, global_node_pool};
    ///
    /// let names = StringPool::builder().memory_limit(1 << 20).build();
    /// NodePool::builder().names(Arc::new(names)).build_global()?;
    /// assert_eq!(global_node_pool().names().memory_limit(), Some(1 << 20));
    /// # assert!(NodePool::builder().build_global().is_err());
    /// # Ok::<(), flow_workflow::GlobalNodePoolError>(())
    /// ```
    pub fn build_global(self) -> Result<&'static NodePool, GlobalNodePoolError> {
        GLOBAL.set(self.build()).map_err(|_| GlobalNodePoolError(()))?;
        Ok(global_node_pool())
    }
}

/// The pool of the process is there already: see [`NodePoolBuilder::build_global`].
///
/// ```
/// use flow_workflow::{GlobalNodePoolError, NodePool, get_node};
///
/// drop(get_node()); // Makes the pool, with the defaults.
/// let late: Result<_, GlobalNodePoolError> = NodePool::builder().build_global();
/// assert!(late.unwrap_err().to_string().contains("configure it before its first use"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the global node pool is in use already: configure it before its first use")]
pub struct GlobalNodePoolError(());

/// A clean node of the [global pool](global_node_pool).
///
/// # Panics
///
/// As [`NodePool::get`].
#[inline]
#[track_caller]
#[must_use]
#[doc(alias = "GetNode")]
pub fn get_node() -> PooledNode<'static> {
    global_node_pool().get()
}

/// Gives a node back to its pool: the explicit form of `drop`.
///
/// ```
/// use flow_workflow::{get_node, put_node};
///
/// let mut node = get_node();
/// node.set_name("charge");
/// put_node(node);
/// assert_eq!(get_node().name(), ""); // Whoever gets it next gets a clean one.
/// ```
#[inline]
#[doc(alias = "PutNode")]
pub fn put_node(node: PooledNode<'_>) {
    drop(node);
}

/// A node of the [global pool](global_node_pool) with a name, and an action that is, or will be,
/// [registered](NodePool::register) there.
///
/// # Panics
///
/// As [`NodePool::get`], and [`Node::set_name`](crate::Node::set_name). So do the functions that add to this one.
///
/// # Examples
///
/// ```
/// use flow_workflow::{Context, Workflow, create_node, create_node_with_dependencies, global_node_pool};
///
/// global_node_pool().register("pay", |_: &Context| Ok(()));
/// let workflow = Workflow::builder("order")
///     .add_node(&create_node("charge", "pay"))
///     .add_node(&create_node_with_dependencies("tip", "pay", ["charge"]))
///     .build()?;
/// assert_eq!(workflow.len(), 2);
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
#[inline]
#[must_use]
#[track_caller]
#[doc(alias = "CreateNode")]
pub fn create_node(name: impl NodeName, action: impl NodeName) -> PooledNode<'static> {
    let mut node = get_node();
    node.set_name(name).set_action(action);
    node
}

/// [`create_node`] that waits for others.
///
/// ```
/// use flow_workflow::create_node_with_dependencies;
///
/// let node = create_node_with_dependencies("ship", "print a label", ["charge", "pack"]);
/// assert_eq!(node.dependencies().collect::<Vec<_>>(), ["charge", "pack"]);
/// ```
#[must_use]
#[track_caller]
#[doc(alias = "CreateNodeWithDependencies")]
pub fn create_node_with_dependencies<N: NodeName>(
    name: impl NodeName,
    action: impl NodeName,
    dependencies: impl IntoIterator<Item = N>,
) -> PooledNode<'static> {
    let mut node = create_node(name, action);
    node.set_dependencies(dependencies);
    node
}

/// [`create_node`] that is tried again, at most `retries` times after the first, with the delays of
/// [`Retry::exponential`].
///
/// ```
/// use flow_workflow::create_node_with_retries;
///
/// let node = create_node_with_retries("charge", "charge a card", 3);
/// assert_eq!(node.retry().retries(), 3);
/// ```
#[must_use]
#[track_caller]
#[doc(alias = "CreateNodeWithRetries")]
pub fn create_node_with_retries(
    name: impl NodeName,
    action: impl NodeName,
    retries: u32,
) -> PooledNode<'static> {
    let mut node = create_node(name, action);
    node.set_retry(Retry::exponential(retries));
    node
}

/// [`create_node`] whose attempts may each take so long.
///
/// ```
/// use std::time::Duration;
///
/// use flow_workflow::create_node_with_timeout;
///
/// let node = create_node_with_timeout("charge", "charge a card", Duration::from_secs(5));
/// assert_eq!(node.timeout(), Some(Duration::from_secs(5)));
/// ```
#[must_use]
#[track_caller]
#[doc(alias = "CreateNodeWithTimeout")]
pub fn create_node_with_timeout(
    name: impl NodeName,
    action: impl NodeName,
    limit: Duration,
) -> PooledNode<'static> {
    let mut node = create_node(name, action);
    node.set_timeout(limit);
    node
}
