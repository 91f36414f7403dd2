//! dagx: typed tasks, whose inputs are the outputs of up to 8 others. A run takes the tasks out of the graph, so that
//! it can run once only, and goes through it in layers: none begins before all of the last have finished.

use std::{fmt, sync::Arc};

use dagx::{DagRunner, Task, TaskHandle, task};
use tokio::runtime::Runtime;

use crate::{
    engines::{Body, Engine, Work, tokio_tasks::runtime},
    graphs::Graph,
};

/// `DagRunner`, with a type of tasks for each number of dependencies.
#[derive(Debug)]
pub struct Dagx(Runtime);

/// What has been built.
pub struct Dag(Arc<DagRunner>);

impl fmt::Debug for Dag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Dag").finish_non_exhaustive()
    }
}

impl Engine for Dagx {
    type Built = Dag;

    fn new(threads: usize) -> Self {
        Self(runtime(threads))
    }

    fn build<B: Work>(&self, graph: &Graph, body: impl Fn(u32) -> B) -> Dag {
        let dag = DagRunner::new();
        let mut handles: Vec<TaskHandle<Done>> = Vec::with_capacity(graph.len());
        for node in graph.nodes() {
            let body: Body = Box::new(body(node));
            let of = |dependency: u32| &handles[dependency as usize];
            let handle = match *graph.dependencies(node) {
                [] => dag.add_task(After0(body)).into(),
                [a] => dag.add_task(After1(body)).depends_on(of(a)),
                [a, b] => dag.add_task(After2(body)).depends_on((of(a), of(b))),
                [a, b, c] => dag.add_task(After3(body)).depends_on((of(a), of(b), of(c))),
                [a, b, c, d] => dag.add_task(After4(body)).depends_on((of(a), of(b), of(c), of(d))),
                _ => panic!("no graph here has more than 4 dependencies, and none of dagx's more than 8"),
            };
            handles.push(handle);
        }
        Dag(Arc::new(dag))
    }

    fn run(&self, built: &mut Dag) {
        let dag = Arc::clone(&built.0);
        // On a worker, which starts the others faster than a thread that is none.
        let run = self.0.spawn(async move { dag.run(|task| drop(tokio::spawn(task))).await });
        self.0.block_on(run).expect("nothing panics").expect("no task fails");
    }
}

/// The output of a task.
#[derive(Clone)]
struct Done;

struct After0(Body);
struct After1(Body);
struct After2(Body);
struct After3(Body);
struct After4(Body);

#[task]
impl After0 {
    fn run(&self) -> Done {
        (self.0)();
        Done
    }
}

#[task]
impl After1 {
    fn run(&self, _a: &Done) -> Done {
        (self.0)();
        Done
    }
}

#[task]
impl After2 {
    fn run(&self, _a: &Done, _b: &Done) -> Done {
        (self.0)();
        Done
    }
}

#[task]
impl After3 {
    fn run(&self, _a: &Done, _b: &Done, _c: &Done) -> Done {
        (self.0)();
        Done
    }
}

#[task]
impl After4 {
    fn run(&self, _a: &Done, _b: &Done, _c: &Done, _d: &Done) -> Done {
        (self.0)();
        Done
    }
}
