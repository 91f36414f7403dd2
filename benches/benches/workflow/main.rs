//! Engines that run graphs side by side. A node does nothing, so what is measured is the engine.
//!
//! The names of the implementations:
//!
//! | name | what it is | runs again |
//! |---|---|---|
//! | `flow_executor` | `flow_workflow::Executor`, of whose threads the calling one is the first | yes |
//! | `rayon_scope` | by hand: a node counts down, and spawns those that became ready into a scope of rayon | yes |
//! | `rayon_inline` | the same, but a task goes on with the first that became ready, and spawns the others | yes |
//! | `tokio_tasks` | by hand, as `rayon_scope`, with a task of tokio for each node | yes |
//! | `dagx` | dagx's `DagRunner`, on tokio | no |
//! | `dagrs` | dagrs's `Graph`, on tokio | after a reset |
//!
//! An iteration is one build, or one run, of the whole graph; divan says too how many nodes that is a second. A case is
//! named for the [shape](flow_benches::graphs::Shape) of the graph and for its nodes (`10k`). A wavefront is a square,
//! so it has 961 nodes for `1k`, and 99,856 for `100k`.
//!
//! `t=2` is the number of threads that the engine has. They are there before anything is measured. The thread that
//! measures waits for them, asleep, so that a small graph is about waking up too; with ours it is one of them.

mod build;
mod first_run;
mod measure;
mod warm_run;

fn main() {
    divan::main();
}
