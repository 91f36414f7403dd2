//! rayon: a pool of threads that steal from each other, and a scope that ends when all that was spawned in it has.

use rayon::{Scope, ThreadPool, ThreadPoolBuilder};

use crate::{
    engines::{Again, Countdown, Engine, Work, countdown::Node},
    graphs::Graph,
};

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started")
}

/// A task for each node, which spawns those that became ready.
#[derive(Debug)]
pub struct RayonScope(ThreadPool);

impl Engine for RayonScope {
    type Built = Countdown;

    fn new(threads: usize) -> Self {
        Self(pool(threads))
    }

    fn build<B: Work>(&self, graph: &Graph, body: impl Fn(u32) -> B) -> Countdown {
        Countdown::new(graph, body)
    }

    fn run(&self, built: &mut Countdown) {
        let Countdown { nodes, sources, .. } = &*built;
        self.0.in_place_scope(|scope| sources.iter().for_each(|&source| spawn(scope, nodes, source)));
    }
}

impl Again for RayonScope {}

fn spawn<'scope>(scope: &Scope<'scope>, nodes: &'scope [Node], node: u32) {
    scope.spawn(move |scope| {
        let node = &nodes[node as usize];
        (node.body)();
        for &successor in &node.successors {
            if nodes[successor as usize].arrive() {
                spawn(scope, nodes, successor);
            }
        }
    });
}

/// The same, but a task goes on with the first node that became ready, and spawns only the others.
#[derive(Debug)]
pub struct RayonInline(ThreadPool);

impl Engine for RayonInline {
    type Built = Countdown;

    fn new(threads: usize) -> Self {
        Self(pool(threads))
    }

    fn build<B: Work>(&self, graph: &Graph, body: impl Fn(u32) -> B) -> Countdown {
        Countdown::new(graph, body)
    }

    fn run(&self, built: &mut Countdown) {
        let Countdown { nodes, sources, .. } = &*built;
        self.0.in_place_scope(|scope| {
            for &source in sources {
                scope.spawn(move |scope| go_on(scope, nodes, source));
            }
        });
    }
}

impl Again for RayonInline {}

fn go_on<'scope>(scope: &Scope<'scope>, nodes: &'scope [Node], first: u32) {
    let mut next = Some(first);
    while let Some(node) = next.take() {
        let node = &nodes[node as usize];
        (node.body)();
        for &successor in &node.successors {
            if nodes[successor as usize].arrive() {
                if next.is_none() {
                    next = Some(successor);
                } else {
                    scope.spawn(move |scope| go_on(scope, nodes, successor));
                }
            }
        }
    }
}
