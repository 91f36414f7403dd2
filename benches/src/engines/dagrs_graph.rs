//! dagrs: a run spawns a task for every node at once. What keeps them in order is a channel for each edge, from which a
//! node must receive before it does anything, and into which it must send when it is done.

use std::{fmt, mem, sync::Arc};

use dagrs::{
    Action, Content, DefaultNode, EnvVar, InChannels, Node as _, NodeTable, OutChannels, Output,
    async_trait::async_trait,
};
use tokio::runtime::Runtime;

use crate::{
    engines::{Again, Body, Engine, Work, tokio_tasks::runtime},
    graphs::Graph,
};

/// `dagrs::Graph`, with the nodes that come with it.
#[derive(Debug)]
pub struct Dagrs(Runtime);

/// What has been built.
pub struct Network(dagrs::Graph);

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Network").finish_non_exhaustive()
    }
}

struct Run(Body);

#[async_trait]
impl Action for Run {
    async fn run(&self, inputs: &mut InChannels, outputs: &mut OutChannels, _: Arc<EnvVar>) -> Output {
        inputs.map(|received| drop(received.expect("whoever is to send does"))).await;
        (self.0)();
        outputs.broadcast(Content::new(())).await;
        Output::empty()
    }
}

impl Engine for Dagrs {
    type Built = Network;

    fn new(threads: usize) -> Self {
        Self(runtime(threads))
    }

    fn build<B: Work>(&self, graph: &Graph, body: impl Fn(u32) -> B) -> Network {
        let mut table = NodeTable::new();
        let mut network = dagrs::Graph::new();
        let mut ids = Vec::with_capacity(graph.len());
        for node in graph.nodes() {
            let node = DefaultNode::with_action(node.to_string(), Run(Box::new(body(node))), &mut table);
            ids.push(node.id());
            network.add_node(node).expect("each node is another");
        }
        let successors = graph.successors();
        for node in graph.nodes() {
            let successors = successors.of(node).iter().map(|&successor| ids[successor as usize]);
            network.add_edge(ids[node as usize], successors).expect("both nodes are there");
        }
        network.set_env(EnvVar::new(table));
        Network(network)
    }

    fn run(&self, built: &mut Network) {
        self.start(built, false);
    }
}

impl Again for Dagrs {
    /// A graph must be reset before it runs again, which makes the channels anew.
    fn run_again(&self, built: &mut Network) {
        self.start(built, true);
    }
}

impl Dagrs {
    fn start(&self, built: &mut Network, reset: bool) {
        let mut network = mem::take(&mut built.0);
        // On a worker, as dagx does.
        let run = self.0.spawn(async move {
            if reset {
                network.reset().await.expect("nobody holds a node");
            }
            network.async_start().await.expect("no node fails");
            network
        });
        built.0 = self.0.block_on(run).expect("nothing panics");
    }
}
