//! Who depends on whom, in the form in which a run counts it down.
//!
//! Nodes get new numbers, called ids, in the order in which one thread would find them ready. Two things follow:
//!
//! - Dependencies have smaller ids than those that depend on them.
//! - The nodes that have a node as their only dependency have ids side by side, so that a range says them all, and no
//!   counter is needed for them.

mod cycles;
mod lists;

use std::ops::Range;

pub(crate) use lists::Lists;

/// A graph without cycles.
#[derive(Debug)]
pub(crate) struct Graph {
    edges: Box<[Edges]>,
    /// The successors that have other dependencies too, node by node.
    shared: Box<[u32]>,
    /// For each node, how many dependencies it waits for, if it has more than one; otherwise 0.
    counts: Box<[u32]>,
    roots: u32,
}

/// What follows after a node: ids of those that have it as their only dependency, and a part of `Graph::shared`.
#[derive(Clone, Copy, Debug)]
struct Edges {
    sole_start: u32,
    sole_end: u32,
    shared_start: u32,
    shared_end: u32,
}

const _: () = assert!(size_of::<Edges>() == 16);

/// The most nodes, and the most dependencies, that a graph may have.
pub(crate) const MOST: usize = (1 << 28) - 1;

/// A number of nodes or edges, of which there are at most [`MOST`].
#[expect(clippy::cast_possible_truncation, reason = "checked")]
pub(crate) fn number(count: usize) -> u32 {
    assert!(count <= MOST, "{count} nodes or dependencies, which the builder should have refused");
    count as u32
}

/// No node has this id.
const NONE: u32 = u32::MAX;

impl Graph {
    /// Compiles a graph; `dependencies` has a list without repetitions for each node, and `None` means that some of
    /// them go round in a circle. Beside the graph, returns for each id which node it is.
    pub(crate) fn compile(dependencies: &Lists) -> Option<(Self, Vec<u32>)> {
        let count = dependencies.len();
        let successors = dependencies.inverted(count);
        let in_degree = |node: u32| dependencies.get(node).len();
        let mut left: Vec<u32> = (0..number(count)).map(|node| number(in_degree(node))).collect();

        let mut order: Vec<u32> = Vec::with_capacity(count);
        let mut edges = vec![Edges { sole_start: 0, sole_end: 0, shared_start: 0, shared_end: 0 }; count];
        order.extend((0..number(count)).filter(|&node| in_degree(node) == 0));
        let roots = number(order.len());
        // As one thread would run it: what became ready last comes first, in ranges.
        let first = 0..roots;
        let mut ready = vec![first];
        while let Some(range) = ready.last_mut() {
            let Some(id) = range.next() else {
                ready.pop();
                continue;
            };
            let node = order[id as usize];
            let start = number(order.len());
            let after = successors.get(node);
            order.extend(after.iter().copied().filter(|&next| in_degree(next) == 1));
            edges[id as usize].sole_start = start;
            edges[id as usize].sole_end = number(order.len());
            for &next in after.iter().filter(|&&next| in_degree(next) > 1) {
                left[next as usize] -= 1;
                if left[next as usize] == 0 {
                    order.push(next);
                }
            }
            ready.push(start..number(order.len()));
        }
        if order.len() < count {
            return None;
        }

        let mut id_of = vec![NONE; count];
        for (id, &node) in (0..).zip(&order) {
            id_of[node as usize] = id;
        }
        let mut shared = Vec::new();
        for (edges, &node) in edges.iter_mut().zip(&order) {
            edges.shared_start = number(shared.len());
            let several = successors.get(node).iter().filter(|&&next| in_degree(next) > 1);
            shared.extend(several.map(|&next| id_of[next as usize]));
            edges.shared_end = number(shared.len());
        }
        let count_of = |&node: &u32| match in_degree(node) {
            0 | 1 => 0,
            several => number(several),
        };
        let counts = order.iter().map(count_of).collect();
        Some((Self { edges: edges.into(), shared: shared.into(), counts, roots }, order))
    }

    pub(crate) fn len(&self) -> usize {
        self.edges.len()
    }

    /// The ids of the nodes without dependencies.
    pub(crate) fn roots(&self) -> Range<u32> {
        0..self.roots
    }

    /// How many dependencies each node waits for; 0 for those with one or none.
    pub(crate) fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// The nodes that wait for this one alone, and those that wait for others too.
    #[inline]
    pub(crate) fn successors(&self, id: u32) -> (Range<u32>, &[u32]) {
        let Edges { sole_start, sole_end, shared_start, shared_end } = self.edges[id as usize];
        (sole_start..sole_end, &self.shared[shared_start as usize..shared_end as usize])
    }

    /// One cycle for each knot of nodes that wait for each other: the nodes along it, each a dependency of the next, and the
    /// last of the first.
    pub(crate) fn cycles(dependencies: &Lists) -> Vec<Vec<u32>> {
        cycles::find(dependencies)
    }
}

#[cfg(test)]
pub(crate) mod tests;
