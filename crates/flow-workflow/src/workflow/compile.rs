//! From what was added to a builder to what runs: checks everything, then puts it into the order of ids.

use std::sync::Arc;

use flow_arena::Symbol;

use super::{
    BuildProblem, Names,
    error::suggestion,
    names::{Mentioned, NO_NODE},
    policy::Policy,
};
use crate::{
    Action, Middleware,
    executor::RunStates,
    graph::{Graph, Lists, MOST},
    middleware::Layered,
};

/// A workflow in the form in which it runs. What is said of nodes is said by id.
pub(crate) struct Compiled {
    pub(crate) name: Box<str>,
    pub(crate) graph: Graph,
    /// In boxes: those that capture nothing are nowhere, and nothing is added to the address of the others.
    pub(crate) actions: Box<[Box<dyn Action>]>,
    pub(crate) dependencies: Lists,
    pub(crate) names: Names,
    /// The ids, in the order in which the nodes were added.
    pub(crate) declared: Box<[u32]>,
    policies: Policies,
    pub(crate) states: RunStates,
}

/// The policies of those nodes that have one.
#[derive(Debug)]
struct Policies {
    all: Box<[Policy]>,
    /// For each id, one more than the index of its policy, or 0. Empty if there are none.
    indices: Box<[u32]>,
    /// Whether any of them has to do with time or attempts.
    any_watched: bool,
}

impl Compiled {
    #[inline]
    pub(crate) fn policy(&self, id: u32) -> Option<&Policy> {
        let index = *self.policies.indices.get(id as usize)?;
        self.policies.all.get((index as usize).checked_sub(1)?)
    }

    /// Whether some node has a policy that a run must look at before it starts the node.
    pub(crate) fn any_watched(&self) -> bool {
        self.policies.any_watched
    }

    pub(crate) fn is_tolerated(&self, id: u32) -> bool {
        self.policy(id).is_some_and(|policy| policy.continue_on_error)
    }
}

/// A node as it was added.
pub(super) struct Entry {
    pub(super) name: Symbol,
    pub(super) action: Option<Box<dyn Action>>,
    /// None is the default.
    pub(super) policy: Option<Box<Policy>>,
}

impl Entry {
    /// Puts `middleware` around the action.
    pub(super) fn wrap(&mut self, middleware: &Arc<dyn Middleware>) {
        let action = self.action.take();
        self.action = action.map(|action| Layered::around(action, Arc::clone(middleware)));
    }
}

/// All that was added.
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) names: Mentioned,
    pub(super) entries: Vec<Entry>,
    /// For each entry, the indices of the symbols of its dependencies.
    pub(super) dependencies: Lists,
}

/// Compiles, if there was nothing to add to `problems`.
pub(super) fn compile(parts: Parts, problems: &mut Vec<BuildProblem>) -> Option<Compiled> {
    let Parts { name, names, entries, dependencies } = parts;
    if entries.len() > MOST || dependencies.items() > MOST {
        problems.push(BuildProblem::TooLarge {
            nodes: entries.len(),
            dependencies: dependencies.items(),
            limit: MOST,
        });
        return None;
    }
    let by_symbol = index_names(&names, &entries, problems);
    let dependencies = resolve(&names, &entries, &dependencies, &by_symbol, problems);
    let missing = entries.iter().filter(|entry| entry.action.is_none());
    problems
        .extend(missing.map(|entry| BuildProblem::MissingAction { node: names.text(entry.name).to_owned() }));

    let Some((graph, order)) = Graph::compile(&dependencies) else {
        let name = |node: u32| names.text(entries[node as usize].name).to_owned();
        let cycles = Graph::cycles(&dependencies).into_iter();
        problems
            .extend(cycles.map(|path| BuildProblem::Cycle { path: path.into_iter().map(name).collect() }));
        return None;
    };
    if !problems.is_empty() {
        return None;
    }

    let mut declared = vec![0; order.len()];
    for (id, &node) in (0..).zip(&order) {
        declared[node as usize] = id;
    }
    let mut by_id = Lists::with_capacity(dependencies.len(), dependencies.items());
    for &node in &order {
        for &dependency in dependencies.get(node) {
            by_id.push(declared[dependency as usize]);
        }
        by_id.close();
    }
    let symbols = order.iter().map(|&node| entries[node as usize].name).collect();
    let mut entries: Vec<_> = entries.into_iter().map(Some).collect();
    let (mut actions, mut policies) = (Vec::with_capacity(order.len()), Collector::default());
    for &node in &order {
        let entry = entries[node as usize].take().expect("an order names each node once");
        actions.push(entry.action.expect("checked above"));
        policies.push(entry.policy);
    }
    Some(Compiled {
        name: name.into(),
        graph,
        actions: actions.into(),
        dependencies: by_id,
        names: Names::new(names, symbols),
        declared: declared.into(),
        policies: policies.finish(),
        states: RunStates::default(),
    })
}

/// For each index of a symbol, the entry of that name.
fn index_names(names: &Mentioned, entries: &[Entry], problems: &mut Vec<BuildProblem>) -> Vec<u32> {
    let mut by_symbol = vec![NO_NODE; names.len()];
    for (index, entry) in (0..).zip(entries) {
        if names.text(entry.name).trim().is_empty() {
            problems.push(BuildProblem::EmptyName { position: index as usize });
            continue;
        }
        let place = &mut by_symbol[entry.name.index()];
        if *place == NO_NODE {
            *place = index;
        } else {
            problems.push(BuildProblem::DuplicateNode { node: names.text(entry.name).to_owned() });
        }
    }
    by_symbol
}

/// The dependencies as indices of entries, each once.
fn resolve(
    names: &Mentioned,
    entries: &[Entry],
    dependencies: &Lists,
    by_symbol: &[u32],
    problems: &mut Vec<BuildProblem>,
) -> Lists {
    let mut resolved = Lists::with_capacity(dependencies.len(), dependencies.items());
    // The last entry that named each one.
    let mut named_by = vec![NO_NODE; entries.len()];
    for (index, entry) in (0..).zip(entries) {
        for &symbol in dependencies.get(index) {
            let dependency = by_symbol[symbol as usize];
            if dependency == NO_NODE {
                let symbol = Symbol::from_index(symbol as usize).expect("an index of a symbol");
                let dependency = names.text(symbol).to_owned();
                let known = entries.iter().map(|entry| names.text(entry.name));
                problems.push(BuildProblem::UnknownDependency {
                    node: names.text(entry.name).to_owned(),
                    suggestion: suggestion(&dependency, known, problems.len()),
                    dependency,
                });
            } else if dependency == index {
                problems.push(BuildProblem::SelfDependency { node: names.text(entry.name).to_owned() });
            } else if named_by[dependency as usize] != index {
                named_by[dependency as usize] = index;
                resolved.push(dependency);
            }
        }
        resolved.close();
    }
    resolved
}

/// Collects the policies by id.
#[derive(Default)]
struct Collector {
    all: Vec<Policy>,
    indices: Vec<u32>,
    any_watched: bool,
}

impl Collector {
    fn push(&mut self, policy: Option<Box<Policy>>) {
        let Some(policy) = policy else { return self.indices.push(0) };
        self.any_watched |= policy.is_watched();
        self.all.push(*policy);
        self.indices.push(crate::graph::number(self.all.len()));
    }

    fn finish(self) -> Policies {
        let Self { all, indices, any_watched } = self;
        let indices = if all.is_empty() { Vec::new() } else { indices };
        Policies { all: all.into(), indices: indices.into(), any_watched }
    }
}
