//! The graphs that engines are compared on: five shapes, the same run after run.
//!
//! A graph owns one invariant: nodes are numbered so that each comes after its dependencies, so it has no cycle.

use std::ops::Range;

use crate::{Random, SEED};

/// What a graph looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Each node depends on the one before it: nothing can run at the same time.
    Chain,
    /// A root, and all others depend on it alone.
    FanOut,
    /// A binary tree, whose nodes depend on their parents.
    Tree,
    /// Each node depends on four earlier ones, any of them as likely; the first few on all that there are.
    Random,
    /// A square grid, whose nodes depend on their left and upper neighbours. It has the largest square number of nodes
    /// that is not above what was asked for.
    Wavefront,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Chain, Self::FanOut, Self::Tree, Self::Random, Self::Wavefront];

    /// The graph of this shape with so many nodes.
    ///
    /// # Panics
    ///
    /// If there are more nodes, or more edges, than a `u32` can count.
    #[must_use]
    pub fn graph(self, nodes: usize) -> Graph {
        let mut graph = Graph { dependencies: Adjacency::with_capacity(nodes) };
        match self {
            Self::Chain => (0..nodes).for_each(|node| graph.push(node.checked_sub(1))),
            Self::FanOut => (0..nodes).for_each(|node| graph.push((node != 0).then_some(0))),
            Self::Tree => (0..nodes).for_each(|node| graph.push(node.checked_sub(1).map(|above| above / 2))),
            Self::Random => {
                let mut random = Random::new(SEED);
                (0..nodes).for_each(|node| graph.push(earlier(node, &mut random)));
            }
            Self::Wavefront => {
                let side = nodes.isqrt();
                for node in 0..side * side {
                    let left = (node % side != 0).then(|| node - 1);
                    graph.push(left.into_iter().chain(node.checked_sub(side)));
                }
            }
        }
        graph
    }
}

/// Up to four different nodes before `node`.
fn earlier(node: usize, random: &mut Random) -> Vec<usize> {
    const DEPENDENCIES: usize = 4;
    if node <= DEPENDENCIES {
        return (0..node).collect();
    }
    let mut chosen = Vec::with_capacity(DEPENDENCIES);
    while chosen.len() < DEPENDENCIES {
        let candidate = random.below(node);
        if !chosen.contains(&candidate) {
            chosen.push(candidate);
        }
    }
    chosen
}

/// Nodes and what they depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    dependencies: Adjacency,
}

impl Graph {
    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dependencies.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many edges there are.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.dependencies.targets.len()
    }

    /// The numbers of the nodes, in an order in which they may run.
    #[must_use]
    pub fn nodes(&self) -> Range<u32> {
        0..number(self.len())
    }

    /// What `node` depends on: nodes with smaller numbers, each once.
    ///
    /// # Panics
    ///
    /// If there is no such node.
    #[must_use]
    pub fn dependencies(&self, node: u32) -> &[u32] {
        self.dependencies.of(node)
    }

    /// What depends on each node, in ascending order.
    #[must_use]
    pub fn successors(&self) -> Adjacency {
        // For each node how many it has, then where its list ends, and in the end, as it fills up from there, where it
        // begins.
        let mut offsets = vec![0; self.len() + 1];
        for &dependency in &self.dependencies.targets {
            offsets[dependency as usize] += 1;
        }
        let mut end = 0;
        for offset in &mut offsets {
            end += *offset;
            *offset = end;
        }
        let mut targets = vec![0; self.edges()];
        for node in self.nodes().rev() {
            for &dependency in self.dependencies(node) {
                let offset = &mut offsets[dependency as usize];
                *offset -= 1;
                targets[*offset as usize] = node;
            }
        }
        Adjacency { offsets, targets }
    }

    /// Adds a node.
    fn push(&mut self, dependencies: impl IntoIterator<Item = usize>) {
        let node = self.len();
        let Adjacency { offsets, targets } = &mut self.dependencies;
        targets.extend(dependencies.into_iter().map(|dependency| {
            debug_assert!(dependency < node, "{node} comes before {dependency}, which it depends on");
            number(dependency)
        }));
        offsets.push(number(targets.len()));
    }
}

/// A list of nodes for each node, all in one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjacency {
    /// Where the list of each node begins in `targets`; that of the next one begins where it ends.
    offsets: Vec<u32>,
    targets: Vec<u32>,
}

impl Adjacency {
    fn with_capacity(nodes: usize) -> Self {
        let mut offsets = Vec::with_capacity(nodes + 1);
        offsets.push(0);
        Self { offsets, targets: Vec::new() }
    }

    /// How many nodes have a list.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The list of `node`.
    ///
    /// # Panics
    ///
    /// If there is no such node.
    #[must_use]
    pub fn of(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.targets[self.offsets[node] as usize..self.offsets[node + 1] as usize]
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a graph for a benchmark fits into memory")
}

#[cfg(test)]
mod tests {
    //! Shapes are what they say, and the same every time.

    use std::collections::BTreeSet;

    use super::*;

    fn lists(graph: &Graph) -> Vec<&[u32]> {
        graph.nodes().map(|node| graph.dependencies(node)).collect()
    }

    #[test]
    fn small_graphs_are_as_drawn() {
        let none: &[u32] = &[];
        assert_eq!(lists(&Shape::Chain.graph(4)), [none, &[0], &[1], &[2]]);
        assert_eq!(lists(&Shape::FanOut.graph(4)), [none, &[0], &[0], &[0]]);
        assert_eq!(lists(&Shape::Tree.graph(7)), [none, &[0], &[0], &[1], &[1], &[2], &[2]]);
        assert_eq!(lists(&Shape::Random.graph(5)), [none, &[0], &[0, 1], &[0, 1, 2], &[0, 1, 2, 3]]);
        // 0 1
        // 2 3
        assert_eq!(lists(&Shape::Wavefront.graph(8)), [none, &[0], &[0], &[2, 1]]);
    }

    #[test]
    fn every_shape_is_in_order_and_has_one_source() {
        for shape in Shape::ALL {
            for nodes in [0, 1, 2, 5, 1000] {
                let graph = shape.graph(nodes);
                assert_eq!(graph.len(), if shape == Shape::Wavefront { nodes.isqrt().pow(2) } else { nodes });
                assert_eq!(graph.is_empty(), nodes == 0);
                let mut edges = 0;
                for node in graph.nodes() {
                    let dependencies = graph.dependencies(node);
                    edges += dependencies.len();
                    assert_eq!(dependencies.is_empty(), node == 0, "{shape:?} {node}");
                    assert!(dependencies.iter().all(|&dependency| dependency < node), "{shape:?} {node}");
                    let distinct: BTreeSet<_> = dependencies.iter().collect();
                    assert_eq!(distinct.len(), dependencies.len(), "{shape:?} {node}");
                }
                assert_eq!(graph.edges(), edges);
            }
        }
    }

    #[test]
    fn successors_are_the_same_edges() {
        for shape in Shape::ALL {
            for nodes in [0, 1, 500] {
                let graph = shape.graph(nodes);
                let successors = graph.successors();
                assert_eq!(successors.len(), graph.len());
                assert_eq!(successors.is_empty(), graph.is_empty());
                let mut expected = vec![Vec::new(); graph.len()];
                for node in graph.nodes() {
                    for &dependency in graph.dependencies(node) {
                        expected[dependency as usize].push(node);
                    }
                }
                let lists: Vec<_> = graph.nodes().map(|node| successors.of(node).to_vec()).collect();
                assert_eq!(lists, expected, "{shape:?}");
            }
        }
    }

    #[test]
    fn random_is_repeatable_and_spread_out() {
        let graph = Shape::Random.graph(10_000);
        assert_eq!(graph, Shape::Random.graph(10_000));
        assert_eq!(lists(&graph)[..100], lists(&Shape::Random.graph(100)));
        assert!(graph.nodes().skip(4).all(|node| graph.dependencies(node).len() == 4));
        // The mean of what node `n` depends on is near `n / 2`.
        let late = graph.nodes().skip(9000).flat_map(|node| graph.dependencies(node));
        let (count, sum) =
            late.fold((0, 0), |(count, sum), &dependency| (count + 1, sum + u64::from(dependency)));
        assert!((4600..=4900).contains(&(sum / count)), "{}", sum / count);
    }
}
