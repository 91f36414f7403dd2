//! `flow_workflow`: a workflow, and an executor, of whose threads the calling one is the first.

use std::sync::OnceLock;

use flow_workflow::{Context, Data, Executor, Workflow};

use crate::{
    engines::{Again, Engine, Work},
    graphs::Graph,
};

/// `Executor`.
#[derive(Debug)]
pub struct Flow(Executor);

impl Engine for Flow {
    type Built = Workflow;

    fn new(threads: usize) -> Self {
        Self(Executor::new(threads))
    }

    fn build<B: Work>(&self, graph: &Graph, body: impl Fn(u32) -> B) -> Workflow {
        let names = names(graph.len());
        let mut builder = Workflow::builder("graph");
        for (node, name) in graph.nodes().zip(names) {
            let work = body(node);
            let action = move |_: &Context| {
                work();
                Ok(())
            };
            let dependencies = graph.dependencies(node).iter().map(|&other| names[other as usize].as_str());
            builder = builder.node(name, action).after(dependencies);
        }
        builder.build().expect("each name is there once, and no graph has a cycle")
    }

    fn run(&self, built: &mut Workflow) {
        self.0.run(built, &Data::new()).expect("no node fails");
    }
}

impl Again for Flow {}

/// Names for so many nodes at least. Whoever describes a workflow has them: they are made once, and not timed.
fn names(nodes: usize) -> &'static [String] {
    const MOST: usize = 1_000_000;
    static FEW: OnceLock<Vec<String>> = OnceLock::new();
    static MANY: OnceLock<Vec<String>> = OnceLock::new();
    let (names, count) = if nodes <= 1000 { (&FEW, 1000) } else { (&MANY, MOST) };
    assert!(nodes <= count, "no graph here has more nodes");
    names.get_or_init(|| (0..count).map(|node| node.to_string()).collect())
}
