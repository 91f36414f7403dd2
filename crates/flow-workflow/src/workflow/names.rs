//! The names of a workflow's nodes.

use std::sync::Arc;

use flow_arena::{Arena, Symbol};

use table::{Frozen, Table};

/// All names that were mentioned so far, of nodes and of dependencies.
pub(super) struct Mentioned(Table);

/// The first block of the arena of names; later ones are larger.
const FIRST_BLOCK: usize = 1024;
const LARGEST_BLOCK: usize = 256 << 10;

impl Mentioned {
    pub(super) fn new() -> Self {
        let arena = Arena::builder().block_size(FIRST_BLOCK).largest_block(LARGEST_BLOCK).build();
        Self(table::new(Arc::new(arena)))
    }

    pub(super) fn symbol(&self, name: &str) -> Symbol {
        self.0.symbol(name)
    }

    pub(super) fn text(&self, symbol: Symbol) -> &str {
        self.0.resolve(symbol).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Names to ids and back. All names that were ever mentioned are in the pool, those of nodes have an id.
#[derive(Debug)]
pub(crate) struct Names {
    pool: Frozen,
    symbols: Box<[Symbol]>,
    /// By index of the symbol.
    ids: Box<[u32]>,
}

/// No node has the name.
pub(crate) const NO_NODE: u32 = u32::MAX;

impl Names {
    /// `symbols` has the name of each id.
    pub(super) fn new(mentioned: Mentioned, symbols: Box<[Symbol]>) -> Self {
        let mut ids = vec![NO_NODE; mentioned.len()];
        for (id, symbol) in (0..).zip(&symbols) {
            ids[symbol.index()] = id;
        }
        Self { pool: mentioned.0.freeze(), symbols, ids: ids.into() }
    }

    pub(crate) fn name(&self, id: u32) -> &str {
        self.pool.resolve(self.symbols[id as usize]).expect("the symbol is of this pool")
    }

    pub(crate) fn id(&self, name: &str) -> Option<u32> {
        let symbol = self.pool.get_symbol(name)?;
        Some(self.ids[symbol.index()]).filter(|&id| id != NO_NODE)
    }
}

/// What is underneath: a string pool.
#[cfg(not(flow_loom))]
mod table {
    use std::sync::Arc;

    pub(super) use flow_arena::{FrozenStringPool as Frozen, StringPool as Table};

    pub(super) fn new(arena: Arc<flow_arena::Arena>) -> Table {
        Table::builder().arena(arena).shards(1).without_common_strings().build()
    }
}

#[cfg(flow_loom)]
#[path = "names/loom_table.rs"]
mod table;
