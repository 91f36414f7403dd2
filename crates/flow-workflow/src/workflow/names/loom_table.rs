//! What stands in for the string pool in models of runs, which have nothing to do with names: a list.
//!
//! The string pool has models of its own, and a seed that is another each time, which a model must not have.

use std::sync::{Arc, OnceLock};

use flow_arena::Symbol;

/// The names, each at the index of its symbol.
#[derive(Debug)]
pub(super) struct Table(Vec<OnceLock<String>>);

pub(super) type Frozen = Table;

pub(super) fn new(_: Arc<flow_arena::Arena>) -> Table {
    Table((0..100).map(|_| OnceLock::new()).collect())
}

impl Table {
    pub(super) fn symbol(&self, name: &str) -> Symbol {
        let index = self.0.iter().position(|slot| slot.get_or_init(|| name.to_owned()) == name);
        Symbol::from_index(index.expect("models have few names")).expect("a small number")
    }

    pub(super) fn get_symbol(&self, name: &str) -> Option<Symbol> {
        let index = self.0.iter().position(|slot| slot.get().is_some_and(|text| text == name));
        Symbol::from_index(index?)
    }

    pub(super) fn resolve(&self, symbol: Symbol) -> Option<&str> {
        self.0.get(symbol.index())?.get().map(String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().filter(|slot| slot.get().is_some()).count()
    }

    pub(super) fn freeze(self) -> Frozen {
        self
    }
}
