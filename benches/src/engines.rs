//! The engines of the workflow benchmarks, behind one trait: each runs the nodes of a graph, every node once and after
//! those that it depends on.
//!
//! What is measured is the engine, so a node does nothing; but it is called as an action of a user is, through a
//! pointer. Each engine is used as its documentation says, and where that leaves a choice, in the fastest way.

mod countdown;
mod dagrs_graph;
mod dagx_runner;
mod flow;
mod rayon_pool;
#[cfg(test)]
mod tests;
mod tokio_tasks;

use std::hint::black_box;

use crate::graphs::Graph;

pub use countdown::Countdown;
pub use dagrs_graph::Dagrs;
pub use dagx_runner::Dagx;
pub use flow::Flow;
pub use rayon_pool::{RayonInline, RayonScope};
pub use tokio_tasks::TokioTasks;

/// What a node does, as a user has it.
pub trait Work: Fn() + Send + Sync + 'static {}

impl<F: Fn() + Send + Sync + 'static> Work for F {}

/// What a node does, as an engine keeps it that was written by hand.
pub type Body = Box<dyn Fn() + Send + Sync>;

/// The work of a node that does nothing. It captures nothing, so that a box of it needs no memory, but the compiler cannot
/// know that in the engine that calls it.
#[must_use]
pub fn nothing(_node: u32) -> impl Work {
    || black_box(())
}

/// An engine with its threads, which are there before anything is measured.
pub trait Engine: Sized {
    /// A graph that can be run.
    type Built;

    /// An engine that runs nodes on so many threads. The thread that calls [`run`](Self::run) waits meanwhile, or is one of
    /// them.
    #[must_use]
    fn new(threads: usize) -> Self;

    /// Makes `graph` runnable; a node does what `body` gives for its number.
    #[must_use]
    fn build<B: Work>(&self, graph: &Graph, body: impl Fn(u32) -> B) -> Self::Built;

    /// Runs what has been built and has not run yet, and comes back when all nodes have run.
    fn run(&self, built: &mut Self::Built);
}

/// An engine that can run a graph more than once.
pub trait Again: Engine {
    /// Runs what has run before, with all that must be done so that it can.
    fn run_again(&self, built: &mut Self::Built) {
        self.run(built);
    }
}
