//! What one writes by hand to run a graph on a pool of threads: each node counts the dependencies that it waits for,
//! and knows who waits for it.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::{
    engines::{Body, Work},
    graphs::Graph,
};

/// A graph as nodes that count down.
pub struct Countdown {
    pub(super) nodes: Vec<Node>,
    /// The nodes without dependencies.
    pub(super) sources: Vec<u32>,
    /// How many nodes have no successors.
    pub(super) sinks: usize,
}

pub(super) struct Node {
    pub(super) body: Body,
    /// How many dependencies have not finished yet in this run; all of them before it begins.
    waiting: AtomicUsize,
    dependencies: usize,
    pub(super) successors: Vec<u32>,
}

impl Countdown {
    pub(super) fn new<B: Work>(graph: &Graph, body: impl Fn(u32) -> B) -> Self {
        let mut nodes: Vec<Node> = graph
            .nodes()
            .map(|node| {
                let dependencies = graph.dependencies(node).len();
                Node {
                    body: Box::new(body(node)),
                    waiting: AtomicUsize::new(dependencies),
                    dependencies,
                    successors: Vec::new(),
                }
            })
            .collect();
        for node in graph.nodes() {
            for &dependency in graph.dependencies(node) {
                nodes[dependency as usize].successors.push(node);
            }
        }
        let sources = graph.nodes().filter(|&node| graph.dependencies(node).is_empty()).collect();
        let sinks = nodes.iter().filter(|node| node.successors.is_empty()).count();
        Self { nodes, sources, sinks }
    }
}

impl fmt::Debug for Countdown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Countdown").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

impl Node {
    /// Takes note that a dependency has finished. Whether it was the last, so that the node is to run.
    pub(super) fn arrive(&self) -> bool {
        // Pairs with itself: the last to come sees what all others did.
        let last = self.waiting.fetch_sub(1, Ordering::AcqRel) == 1;
        if last {
            // For the next run, which begins after this one has ended: nobody looks before.
            self.waiting.store(self.dependencies, Ordering::Relaxed);
        }
        last
    }
}
