//! Graphs of all shapes: what compiling promises, and what it says of cycles.

use std::collections::BTreeSet;

use flow_testkit::{Arbitrary, Gen, TestResult, check, same};

use super::{Graph, Lists, number};

/// Any dependencies, cycles included: for each node a list without repetitions.
#[derive(Clone, Debug)]
pub(crate) struct AnyGraph(pub(crate) Vec<Vec<u32>>);

impl AnyGraph {
    pub(crate) fn lists(&self) -> Lists {
        lists(&self.0)
    }

    /// The same without what could make a cycle: only smaller numbers are dependencies.
    pub(crate) fn without_cycles(mut self) -> Self {
        for (node, dependencies) in (0..).zip(&mut self.0) {
            dependencies.retain(|&dependency| dependency < node);
        }
        self
    }
}

pub(crate) fn lists(dependencies: &[Vec<u32>]) -> Lists {
    let mut lists = Lists::default();
    for list in dependencies {
        list.iter().for_each(|&item| lists.push(item));
        lists.close();
    }
    lists
}

impl Arbitrary for AnyGraph {
    fn arbitrary(source: &mut Gen) -> Self {
        let nodes = usize::arbitrary(source) % (source.size() + 1);
        // Sparse graphs, where chains are long, and dense ones.
        let most = [1, 2, 4, 20][usize::arbitrary(source) % 4];
        let mut list = || {
            let count = usize::arbitrary(source) % (most + 1);
            let items = (0..count).map(|_| number(usize::arbitrary(source) % nodes));
            items.collect::<BTreeSet<_>>().into_iter().collect()
        };
        Self((0..nodes).map(|_| list()).collect())
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        // Without the last node, and without one dependency.
        let nodes = self.0.len();
        let shorter = (nodes > 0).then(|| {
            let mut rest = self.0[..nodes - 1].to_vec();
            rest.iter_mut().for_each(|list| list.retain(|&item| (item as usize) < nodes - 1));
            Self(rest)
        });
        let all = self.clone();
        let edges = (0..nodes)
            .flat_map(move |node| (0..all.0[node].len()).map(move |edge| (node, edge)).collect::<Vec<_>>());
        let all = self.clone();
        let fewer = edges.map(move |(node, edge)| {
            let mut less = all.clone();
            less.0[node].remove(edge);
            less
        });
        Box::new(shorter.into_iter().chain(fewer))
    }
}

/// What can be said of any compiled graph.
fn agrees(graph: &Graph, order: &[u32], dependencies: &[Vec<u32>]) -> Result<(), String> {
    let count = dependencies.len();
    same("nodes", graph.len(), count)?;
    same(
        "order",
        order.iter().copied().collect::<BTreeSet<_>>(),
        (0..number(count)).collect::<BTreeSet<_>>(),
    )?;
    let mut id_of = vec![0; count];
    for (id, &node) in (0..).zip(order) {
        id_of[node as usize] = id;
    }
    let roots = (0..count).filter(|&node| dependencies[node].is_empty()).count();
    same("roots", graph.roots(), 0..number(roots))?;
    let mut successors = vec![BTreeSet::new(); count];
    for (node, list) in dependencies.iter().enumerate() {
        let id = id_of[node];
        for &dependency in list {
            let before = id_of[dependency as usize];
            if before >= id {
                return Err(format!("{node} has the id {id}, its dependency {dependency} {before}"));
            }
            successors[before as usize].insert(id);
        }
        let waits_for = if list.len() > 1 { list.len() } else { 0 };
        same("count", graph.counts()[id as usize] as usize, waits_for)?;
    }
    for id in 0..number(count) {
        let (sole, shared) = graph.successors(id);
        let has_one = |next: u32| dependencies[order[next as usize] as usize].len() == 1;
        if !sole.clone().all(has_one) || shared.iter().any(|&next| has_one(next)) {
            return Err(format!("successors of id {id}: sole {sole:?}, shared {shared:?}"));
        }
        let found: Vec<_> = sole.chain(shared.iter().copied()).collect();
        same("successors, each once", found.len(), successors[id as usize].len())?;
        same("successors", found.into_iter().collect::<BTreeSet<_>>(), successors[id as usize].clone())?;
    }
    Ok(())
}

fn result(outcome: Result<(), String>) -> TestResult {
    outcome.map_or_else(TestResult::error, |()| TestResult::passed())
}

#[test]
fn graphs_compile() {
    fn property(graph: AnyGraph) -> TestResult {
        let graph = graph.without_cycles();
        let Some((compiled, order)) = Graph::compile(&graph.lists()) else {
            return TestResult::error("it has no cycle");
        };
        result(agrees(&compiled, &order, &graph.0))
    }
    check("workflow", "graphs_compile", property as fn(AnyGraph) -> TestResult);
}

/// Whether all of `dependencies` can be put in an order, by the plainest of algorithms.
fn has_order(dependencies: &[Vec<u32>]) -> bool {
    let mut done = vec![false; dependencies.len()];
    for _ in 0..dependencies.len() {
        for (node, list) in dependencies.iter().enumerate() {
            done[node] = done[node] || list.iter().all(|&other| done[other as usize]);
        }
    }
    done.into_iter().all(|done| done)
}

/// The nodes that each node leads to, in one step or more.
fn reachable(dependencies: &[Vec<u32>], from: u32) -> BTreeSet<u32> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        open.extend(dependencies[node as usize].iter().copied().filter(|&next| seen.insert(next)));
    }
    seen
}

#[test]
fn cycles_are_found() {
    fn property(graph: AnyGraph) -> TestResult {
        let dependencies = &graph.0;
        let is_compiled = Graph::compile(&graph.lists()).is_some();
        let cycles = Graph::cycles(&graph.lists());
        let check = || {
            same("compiles", is_compiled, has_order(dependencies))?;
            same("has no cycles", cycles.is_empty(), is_compiled)?;
            for path in &cycles {
                let next = path.iter().cycle().skip(1);
                for (&node, &next) in path.iter().zip(next) {
                    if !dependencies[next as usize].contains(&node) {
                        return Err(format!("{path:?}: {next} does not depend on {node}"));
                    }
                }
                same("nodes of a path, each once", path.iter().collect::<BTreeSet<_>>().len(), path.len())?;
            }
            // Every node on a cycle belongs to the knot of exactly one of those that are shown.
            for node in 0..number(dependencies.len()) {
                let reached = reachable(dependencies, node);
                if reached.contains(&node) {
                    let knots = cycles.iter().filter(|path| {
                        reached.contains(&path[0]) && reachable(dependencies, path[0]).contains(&node)
                    });
                    same("cycles in the knot of a node", knots.count(), 1)?;
                }
            }
            Ok(())
        };
        result(check())
    }
    check("workflow", "cycles_are_found", property as fn(AnyGraph) -> TestResult);
}

#[test]
fn ids_are_in_the_order_of_one_thread() {
    // 0 <- 1, 2; 1 <- 3; 2 <- 4; 3, 4 <- 5.
    let graph = [vec![], vec![0], vec![0], vec![1], vec![2], vec![3, 4]];
    let (compiled, order) = Graph::compile(&lists(&graph)).expect("no cycle");
    assert_eq!(order, [0, 1, 2, 3, 4, 5]);
    assert_eq!(compiled.successors(0), (1..3, &[][..]));
    assert_eq!(compiled.successors(3), (4..4, &[5][..]));
    // A second chain gets its ids after all of the first.
    let graph = [vec![], vec![], vec![0], vec![1], vec![2], vec![3]];
    let (_, order) = Graph::compile(&lists(&graph)).expect("no cycle");
    assert_eq!(order, [0, 1, 2, 4, 3, 5]);
}

#[test]
fn a_cycle_is_as_short_as_can_be() {
    let graph = [vec![1], vec![2, 3], vec![3], vec![0], vec![4], vec![5, 0]];
    assert_eq!(Graph::cycles(&lists(&graph)), [vec![0, 3, 1], vec![4], vec![5]]);
}

#[test]
fn long_graphs_overflow_no_stack() {
    let count = 300_000;
    let mut chain: Vec<Vec<u32>> =
        (0..count).map(|node: u32| node.checked_sub(1).into_iter().collect()).collect();
    assert!(Graph::compile(&lists(&chain)).is_some());
    chain[0] = vec![count - 1];
    let cycles = Graph::cycles(&lists(&chain));
    assert_eq!(cycles.iter().map(Vec::len).collect::<Vec<_>>(), [count as usize]);
}

#[test]
fn lists_are_inverted() {
    let inverted = lists(&[vec![2, 0], vec![], vec![2]]).inverted(4);
    let all: Vec<_> = (0..4).map(|list| inverted.get(list).to_vec()).collect();
    assert_eq!(all, [vec![0], vec![], vec![0, 2], vec![]]);
    assert_eq!((inverted.len(), inverted.items()), (4, 3));
}
