//! How a node pool is configured.

use std::sync::Arc;

use flow_arena::{Arena, StringPool};
use flow_concurrent::ReadMap;
use flow_memory::ObjectPool;

use super::{NodePool, Registry};
use crate::Node;

/// Configures a [`NodePool`].
///
/// ```
/// use std::sync::Arc;
///
/// use flow_arena::{Arena, StringPool};
/// use flow_workflow::NodePool;
///
/// let arena = Arc::new(Arena::new());
/// let names = StringPool::builder().arena(Arc::clone(&arena)).memory_limit(1 << 20).build();
/// let pool = NodePool::builder().arena(arena).names(Arc::new(names)).max_retained(1000).build();
/// # drop(pool.get());
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct NodePoolBuilder {
    arena: Option<Arc<Arena>>,
    names: Option<Arc<StringPool>>,
    max_retained: Option<usize>,
    thread_cache: Option<usize>,
}

impl NodePoolBuilder {
    /// The arena that nodes live in, and names too unless [`names`](Self::names) says otherwise. By default the pool has
    /// one of its own.
    pub fn arena(mut self, arena: Arc<Arena>) -> Self {
        self.arena = Some(arena);
        self
    }

    /// The names: to share them with somebody, or to have a limit.
    pub fn names(mut self, names: Arc<StringPool>) -> Self {
        self.names = Some(names);
        self
    }

    /// The most nodes that the pool keeps, over all threads: 65,536 by default.
    pub fn max_retained(mut self, nodes: usize) -> Self {
        self.max_retained = Some(nodes);
        self
    }

    /// The most nodes that one thread keeps for itself, the rest going to the queue that all threads share: from 2 to 128,
    /// and at most half of [`max_retained`](Self::max_retained). 128 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::NodePool;
    /// let pool = NodePool::builder().thread_cache(8).build();
    /// assert_eq!(pool.get().name(), "");
    /// ```
    pub fn thread_cache(mut self, nodes: usize) -> Self {
        self.thread_cache = Some(nodes);
        self
    }

    /// The pool. Makes no node yet.
    #[must_use]
    pub fn build(self) -> NodePool {
        let arena = self.arena.unwrap_or_else(|| Arc::new(Arena::new()));
        let names = self.names.unwrap_or_else(|| Arc::new(StringPool::new(Arc::clone(&arena))));
        let registry = Arc::new(Registry { names, actions: ReadMap::new() });
        let of_nodes = Arc::clone(&registry);
        let mut nodes = ObjectPool::builder(move || Node::new(Arc::clone(&of_nodes))).arena(arena);
        if let Some(most) = self.max_retained {
            nodes = nodes.max_retained(most);
        }
        if let Some(most) = self.thread_cache {
            nodes = nodes.thread_cache(most);
        }
        NodePool { nodes: nodes.build(), registry }
    }
}
