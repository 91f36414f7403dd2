//! [`NodePool`]: nodes to fill in, hand over and drop.

mod builder;
mod global;
mod registry;
mod stats;

use std::{fmt, sync::Arc};

use flow_arena::{InternError, StringPool, Symbol};
use flow_memory::{ObjectPool, OwnedObject, PooledObject};

pub use builder::NodePoolBuilder;
pub use global::{
    GlobalNodePoolError, create_node, create_node_with_dependencies, create_node_with_retries,
    create_node_with_timeout, get_node, global_node_pool, put_node,
};
pub use stats::NodePoolStats;

pub(crate) use self::registry::Registry;
use crate::{Action, Node, NodeName};

/// A node that borrows its pool, and goes back with all fields clean when it is dropped: what [`NodePool::get`] hands out.
///
/// ```
/// use flow_workflow::{NodePool, PooledNode};
///
/// fn step<'p>(pool: &'p NodePool, name: &str) -> PooledNode<'p> {
///     let mut node = pool.get();
///     node.set_name(name).set_action("step");
///     node
/// }
///
/// assert_eq!(step(&NodePool::new(), "charge").action(), Some("step"));
/// ```
pub type PooledNode<'p> = PooledObject<'p, Node>;

/// A node that keeps its pool alive: what [`NodePool::get_owned`] hands out.
///
/// ```
/// use flow_workflow::{NodePool, OwnedNode};
///
/// let pool = NodePool::new();
/// let mut nodes: Vec<OwnedNode> = (0..3).map(|_| pool.get_owned()).collect();
/// std::thread::spawn(move || nodes[0].set_name("charge").name().len()).join().unwrap();
/// assert_eq!(pool.stats().outstanding, 0);
/// ```
pub type OwnedNode = OwnedObject<Node>;

/// A thread-safe pool of [`Node`]s, with the names and actions that they refer to.
///
/// Nodes live side by side in an arena and are handed out and taken back by the magazines of an
/// [`ObjectPool`]; names are interned in a [`StringPool`]; actions are registered by name, in a map that is read without
/// locks. So a node that is filled in and dropped allocates nothing, once its names are known.
///
/// # When not to use it
///
/// - To write a workflow down in code: [`Workflow::builder`](crate::Workflow::builder) is shorter, and takes closures.
/// - For names that never repeat, without end: the pool keeps every name that it ever saw, until it is dropped. Give it
///   a [limit](NodePoolBuilder::names), or make a pool for each batch.
///
/// # Thread safety
///
/// `Send + Sync`, and a handle: a clone is the same pool. [`get`](Self::get) and dropping a node take no lock while the
/// thread's magazines suffice.
///
/// # Examples
///
/// ```
/// use flow_workflow::{Context, Data, Executor, NodePool, Workflow};
///
/// let pool = NodePool::new();
/// pool.register("step", |_: &Context| Ok(()));
///
/// let mut builder = Workflow::builder("from a file");
/// for line in ["a", "b a", "c a b"] {
///     let mut words = line.split(' ');
///     let mut node = pool.get();
///     node.set_name(words.next().unwrap()).set_action("step").set_dependencies(words);
///     builder = builder.add_node(&node);
/// }
/// Executor::new(1).run(&builder.build()?, &Data::new())?;
/// assert_eq!((pool.stats().hits, pool.stats().misses), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct NodePool {
    nodes: ObjectPool<Node>,
    registry: Arc<Registry>,
}

impl NodePool {
    /// A pool with the defaults of [`builder`](Self::builder).
    #[must_use]
    #[doc(alias = "NewNodePool")]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Configures a pool.
    pub fn builder() -> NodePoolBuilder {
        NodePoolBuilder::default()
    }

    /// A clean node.
    ///
    /// # Panics
    ///
    /// If the pool's arena has a limit and is full. Aborts if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_workflow::NodePool::new();
    /// let mut node = pool.get();
    /// node.set_name("charge").set_action("pay");
    /// drop(node); // Back in the pool.
    /// assert_eq!((pool.get().name(), pool.get().action()), ("", None));
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    #[doc(alias("Get", "GetNode"))]
    pub fn get(&self) -> PooledNode<'_> {
        self.nodes.get()
    }

    /// [`get`](Self::get) that reports where that would panic or abort.
    ///
    /// # Errors
    ///
    /// There is no room for a new node.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use flow_arena::Arena;
    /// use flow_workflow::NodePool;
    ///
    /// let arena = Arc::new(Arena::builder().memory_limit(0).build());
    /// assert!(NodePool::builder().arena(arena).build().try_get().is_err());
    /// ```
    #[inline]
    pub fn try_get(&self) -> Result<PooledNode<'_>, flow_memory::AllocError> {
        self.nodes.try_get()
    }

    /// [`get`](Self::get) in the form that keeps the pool alive, for other threads and structures without a lifetime.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::NodePool;
    /// let pool = NodePool::new();
    /// let mut node = pool.get_owned();
    /// node.set_name("charge");
    /// let node = std::thread::spawn(move || node).join().unwrap();
    /// assert_eq!(node.name(), "charge");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn get_owned(&self) -> OwnedNode {
        self.nodes.get_owned()
    }

    /// [`get_owned`](Self::get_owned) that reports where that would panic or abort.
    ///
    /// # Errors
    ///
    /// As [`try_get`](Self::try_get).
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::NodePool;
    /// let pool = NodePool::new();
    /// let mut node = pool.try_get_owned()?;
    /// node.set_name("charge");
    /// # Ok::<(), flow_memory::AllocError>(())
    /// ```
    #[inline]
    pub fn try_get_owned(&self) -> Result<OwnedNode, flow_memory::AllocError> {
        self.nodes.try_get_owned()
    }

    /// Registers an action under a name; returns the one that was there. Nodes that are built from then on have it.
    ///
    /// Copies a part of a map, under a lock: for the start of a program, and for now and then.
    ///
    /// # Panics
    ///
    /// If the pool's names have a limit and are full; with a [symbol](Self::try_symbol) in place of a text, never.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, NodePool, Workflow};
    ///
    /// let pool = NodePool::new();
    /// pool.register("charge a card", |_: &Context| Ok(()));
    /// let mut node = pool.get();
    /// node.set_name("charge").set_action("charge a card");
    /// let workflow = Workflow::builder("order").add_node(&node).build()?;
    /// Executor::new(1).run(&workflow, &Data::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn register(&self, name: impl NodeName, action: impl Action + 'static) -> Option<Arc<dyn Action>> {
        self.registry.actions.insert(name.symbol(&self.registry.names), action.into_shared())
    }

    /// Removes the action of that name. Workflows that have it keep it.
    ///
    /// ```
    /// use flow_workflow::{Context, NodePool};
    ///
    /// let pool = NodePool::new();
    /// pool.register("pay", |_: &Context| Ok(()));
    /// assert!(pool.unregister("pay").is_some());
    /// assert!(pool.action("pay").is_none());
    /// ```
    pub fn unregister(&self, name: impl NodeName) -> Option<Arc<dyn Action>> {
        self.registry.actions.remove(&name.find(&self.registry.names)?)
    }

    /// The action of that name.
    #[must_use]
    pub fn action(&self, name: impl NodeName) -> Option<Arc<dyn Action>> {
        self.registry.action(name.find(&self.registry.names)?)
    }

    /// The symbol of a name, for setters of [`Node`] that are called often with the same.
    ///
    /// # Panics
    ///
    /// If the pool's names have a limit and are full.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_workflow::NodePool::new();
    /// let charge = pool.symbol("charge");
    /// let mut node = pool.get();
    /// node.set_name(charge);
    /// assert_eq!(node.name(), "charge");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn symbol(&self, name: &str) -> Symbol {
        self.registry.names.symbol(name)
    }

    /// [`symbol`](Self::symbol) that reports where that would panic. Whatever takes a name takes the symbol in its place, and
    /// does not panic then.
    ///
    /// # Errors
    ///
    /// The pool's names have a limit and are full, or there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use flow_arena::StringPool;
    /// use flow_workflow::NodePool;
    ///
    /// let names = StringPool::builder().shards(1).memory_limit(4096).build();
    /// let pool = NodePool::builder().names(Arc::new(names)).build();
    /// pool.get().set_name(pool.try_symbol("charge")?);
    /// assert!(pool.try_symbol(&"a long name".repeat(1000)).is_err());
    /// # Ok::<(), flow_arena::InternError>(())
    /// ```
    pub fn try_symbol(&self, name: &str) -> Result<Symbol, InternError> {
        self.registry.names.try_symbol(name)
    }

    /// All names that the pool knows.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::NodePool;
    /// let pool = NodePool::new();
    /// let charge = pool.symbol("charge");
    /// assert_eq!(pool.names().resolve(charge), Some("charge"));
    /// ```
    #[must_use]
    pub fn names(&self) -> &StringPool {
        &self.registry.names
    }

    /// Makes `count` nodes in advance, where all threads find them. Returns how many: fewer if the pool keeps no more.
    ///
    /// ```
    /// let pool = flow_workflow::NodePool::new();
    /// assert_eq!(pool.prefill(100), 100);
    /// drop(pool.get());
    /// assert_eq!(pool.stats().misses, 0);
    /// pool.trim();
    /// assert_eq!(pool.stats().retained, 0);
    /// ```
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn prefill(&self, count: usize) -> usize {
        self.nodes.prefill(count)
    }

    /// Drops the nodes that the pool keeps. Their places in the arena are for new nodes of the pool.
    pub fn trim(&self) {
        self.nodes.trim();
    }

    /// Drops nodes that the pool keeps until it keeps at most `nodes`, as
    /// [`ObjectPool::shrink_to`](flow_memory::ObjectPool::shrink_to) does.
    ///
    /// ```
    /// let pool = flow_workflow::NodePool::new();
    /// pool.prefill(1000);
    /// pool.shrink_to(500);
    /// assert!(pool.stats().retained <= 500);
    /// ```
    pub fn shrink_to(&self, nodes: usize) {
        self.nodes.shrink_to(nodes);
    }

    /// The most nodes that the pool keeps, over all threads.
    ///
    /// ```
    /// let pool = flow_workflow::NodePool::builder().max_retained(100).build();
    /// assert_eq!(pool.max_retained(), 100);
    /// ```
    #[must_use]
    pub fn max_retained(&self) -> usize {
        self.nodes.max_retained()
    }

    /// What the pool holds and has done.
    #[must_use]
    #[doc(alias = "GetStats")]
    pub fn stats(&self) -> NodePoolStats {
        NodePoolStats::new(self.nodes.stats(), self.registry.names.len(), self.registry.actions.len())
    }
}

impl Default for NodePool {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for NodePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodePool").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
