//! [`Registry`]: what all nodes of a pool share.

use std::sync::Arc;

use flow_arena::{StringPool, Symbol};
use flow_concurrent::ReadMap;

use crate::Action;

/// Names, and what is registered under some of them: shared by all nodes of a pool.
pub(crate) struct Registry {
    pub(crate) names: Arc<StringPool>,
    pub(crate) actions: ReadMap<Symbol, Arc<dyn Action>>,
}

impl Registry {
    /// The action that is registered under that name.
    pub(crate) fn action(&self, name: Symbol) -> Option<Arc<dyn Action>> {
        self.actions.get(&name)
    }

    pub(crate) fn resolve(&self, name: Symbol) -> &str {
        self.names.resolve(name).unwrap_or_default()
    }
}
