//! A node, configured with names that the pool knows, and back.

use std::hint::black_box;

use flow_arena::Symbol;
use flow_benches::{SEED, identifiers};
use flow_workflow::NodePool;

use crate::{
    OPERATIONS, Operations,
    cases::{forever, on_each},
};

const ACTION: &str = "charge a card";

/// The names of nodes, each with those that it depends on.
fn windows<N>(names: Vec<N>) -> &'static [&'static [N]] {
    let names: &'static [N] = names.leak();
    names.windows(3).collect::<Vec<_>>().leak()
}

fn names() -> Vec<String> {
    identifiers(OPERATIONS + 2, SEED)
}

pub(crate) fn configure_text() -> Operations {
    let pool = forever(NodePool::new());
    on_each(windows(names()), move |names| {
        let mut node = pool.get();
        node.set_name(&names[2]).set_action(ACTION);
        node.add_dependency(&names[0]).add_dependency(&names[1]);
        black_box(&mut node);
    })
}

pub(crate) fn configure_symbols() -> Operations {
    let pool = forever(NodePool::new());
    let symbols: Vec<Symbol> = names().iter().map(|name| pool.symbol(name)).collect();
    let action = pool.symbol(ACTION);
    on_each(windows(symbols), move |names| {
        let mut node = pool.get();
        node.set_name(names[2]).set_action(action);
        node.add_dependency(names[0]).add_dependency(names[1]);
        black_box(&mut node);
    })
}
