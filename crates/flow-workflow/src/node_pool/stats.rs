//! What a node pool says about itself.

use std::fmt;

use flow_memory::ObjectPoolStats;

/// What a [`NodePool`](crate::NodePool) holds and has done since it was made. As exact as
/// [`ObjectPoolStats`].
///
/// ```
/// use flow_workflow::{Context, NodePool};
///
/// let pool = NodePool::new();
/// pool.register("pay", |_: &Context| Ok(()));
/// let _node = pool.get();
/// let stats = pool.stats();
/// assert_eq!((stats.misses, stats.outstanding, stats.actions), (1, 1, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NodePoolStats {
    /// Requests that were served with a node that was kept.
    pub hits: u64,
    /// Requests for which a node had to be made.
    pub misses: u64,
    /// Nodes that came back and were kept.
    pub returns: u64,
    /// Nodes that came back and were dropped, because there were too many.
    pub discards: u64,
    /// Nodes that are handed out now.
    pub outstanding: usize,
    /// Nodes that are kept now, by whatever thread.
    pub retained: usize,
    /// The most nodes that the pool keeps.
    pub max_retained: usize,
    /// Names that the pool knows, the common ones of a [`StringPool`](flow_arena::StringPool) included.
    pub names: usize,
    /// Actions that are registered.
    pub actions: usize,
}

impl NodePoolStats {
    pub(super) fn new(nodes: ObjectPoolStats, names: usize, actions: usize) -> Self {
        let ObjectPoolStats { hits, misses, returns, discards, outstanding, retained, max_retained, .. } =
            nodes;
        Self { hits, misses, returns, discards, outstanding, retained, max_retained, names, actions }
    }

    /// The part of the requests that was served with a kept node: from 0 to 1, and 0 if there was no request.
    ///
    /// ```
    /// let pool = flow_workflow::NodePool::new();
    /// drop(pool.get());
    /// drop(pool.get());
    /// assert_eq!(pool.stats().hit_rate(), 0.5);
    /// ```
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 53 bits")]
    pub fn hit_rate(&self) -> f64 {
        self.hits as f64 / (self.hits + self.misses).max(1) as f64
    }
}

impl fmt::Display for NodePoolStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hits, misses, returns, discards, outstanding, retained, max_retained, names, actions } =
            self;
        write!(
            f,
            "{hits} hits, {misses} misses, {returns} returns, {discards} discards; {outstanding} nodes in use, \
             {retained} kept of at most {max_retained}; {names} names, {actions} actions"
        )
    }
}
