//! tokio by hand: a task for each node, which spawns those that became ready; the last one tells who waits.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    runtime::{Builder, Runtime},
    sync::Notify,
};

use crate::{
    engines::{Again, Countdown, Engine, Work},
    graphs::Graph,
};

/// A runtime with so many workers. It has no drivers for input, output and time, so that workers sleep and wake in the
/// cheapest way.
pub(super) fn runtime(threads: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(threads).build().expect("threads can be started")
}

/// A task for each node.
#[derive(Debug)]
pub struct TokioTasks(Runtime);

/// What the tasks share.
#[derive(Debug)]
pub struct Plan {
    graph: Countdown,
    /// How many nodes without successors have not finished: the others have when all of these have.
    unfinished: AtomicUsize,
    done: Notify,
}

impl Engine for TokioTasks {
    type Built = Arc<Plan>;

    fn new(threads: usize) -> Self {
        Self(runtime(threads))
    }

    fn build<B: Work>(&self, graph: &Graph, body: impl Fn(u32) -> B) -> Arc<Plan> {
        let graph = Countdown::new(graph, body);
        Arc::new(Plan { unfinished: AtomicUsize::new(graph.sinks), graph, done: Notify::new() })
    }

    fn run(&self, built: &mut Arc<Plan>) {
        let plan = Arc::clone(built);
        self.0.block_on(async move {
            for &source in &plan.graph.sources {
                spawn(&plan, source);
            }
            plan.done.notified().await;
        });
    }
}

impl Again for TokioTasks {}

fn spawn(plan: &Arc<Plan>, node: u32) {
    let plan = Arc::clone(plan);
    // Whoever waits for a task would wait for one: nobody does.
    drop(tokio::spawn(async move {
        let nodes = &plan.graph.nodes;
        let node = &nodes[node as usize];
        (node.body)();
        for &successor in &node.successors {
            if nodes[successor as usize].arrive() {
                spawn(&plan, successor);
            }
        }
        // Pairs with itself: the last one has seen all others finish.
        if node.successors.is_empty() && plan.unfinished.fetch_sub(1, Ordering::AcqRel) == 1 {
            plan.unfinished.store(plan.graph.sinks, Ordering::Relaxed);
            plan.done.notify_one();
        }
    }));
}
