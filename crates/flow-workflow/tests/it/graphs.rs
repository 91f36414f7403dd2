//! Graphs and workflows that other tests use.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use flow_testkit::{Arbitrary, Gen};
use flow_workflow::{Action, Context, Workflow};

/// For each node, the nodes before it that it depends on.
#[derive(Clone, Debug)]
pub(crate) struct Dag(pub(crate) Vec<Vec<usize>>);

impl Dag {
    /// A workflow of it, whose nodes are called by their numbers.
    pub(crate) fn workflow<A: Action + 'static>(&self, action: impl Fn(usize) -> A) -> Workflow {
        let mut builder = Workflow::builder("dag");
        for (node, dependencies) in self.0.iter().enumerate() {
            let names = dependencies.iter().map(usize::to_string);
            builder = builder.node(&node.to_string(), action(node)).after(names);
        }
        builder.build().expect("no problem")
    }

    pub(crate) fn chain(nodes: usize) -> Self {
        Self((0..nodes).map(|node| node.checked_sub(1).into_iter().collect()).collect())
    }

    pub(crate) fn fan_out(nodes: usize) -> Self {
        Self((0..nodes).map(|node| if node == 0 { vec![] } else { vec![0] }).collect())
    }

    /// A chain, each node of which has a leaf beside the next: they pile up while a thread goes along the chain.
    pub(crate) fn comb(teeth: usize) -> Self {
        let spine = |node: usize| node.saturating_sub(2);
        Self((0..2 * teeth).map(|node| if node == 0 { vec![] } else { vec![spine(node)] }).collect())
    }

    /// Each node depends on up to four that came before.
    pub(crate) fn random(nodes: usize) -> Self {
        let mut state = 7_u64;
        let mut below = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).expect("31 bits") % bound
        };
        let list = |node: usize| {
            (0..node.min(4)).map(|_| below(node)).collect::<BTreeSet<_>>().into_iter().collect()
        };
        Self((0..nodes).map(list).collect())
    }
}

impl Arbitrary for Dag {
    fn arbitrary(source: &mut Gen) -> Self {
        let nodes = usize::arbitrary(source) % (source.size() + 1);
        let most = [1, 2, 4, 20][usize::arbitrary(source) % 4];
        let mut list = |node: usize| {
            let count = usize::arbitrary(source) % (most + 1);
            let items = (0..count.min(node)).map(|_| usize::arbitrary(source) % node);
            items.collect::<BTreeSet<_>>().into_iter().collect()
        };
        Self((0..nodes).map(&mut list).collect())
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let nodes = self.0.len();
        let shorter = (nodes > 0).then(|| Self(self.0[..nodes - 1].to_vec()));
        let all = self.clone();
        let fewer = (0..nodes).filter(move |&node| !all.0[node].is_empty());
        let all = self.clone();
        let fewer = fewer.map(move |node| {
            let mut less = all.clone();
            less.0[node].pop();
            less
        });
        Box::new(shorter.into_iter().chain(fewer))
    }
}

/// What nodes did, in which order: a tick for each start and each end.
#[derive(Debug)]
pub(crate) struct Log {
    ticks: AtomicUsize,
    starts: Vec<AtomicUsize>,
    ends: Vec<AtomicUsize>,
    runs: Vec<AtomicUsize>,
    running: AtomicUsize,
    most_running: AtomicUsize,
}

impl Log {
    pub(crate) fn new(nodes: usize) -> Self {
        let zeros = || (0..nodes).map(|_| AtomicUsize::new(0)).collect();
        Self {
            ticks: AtomicUsize::new(1),
            starts: zeros(),
            ends: zeros(),
            runs: zeros(),
            running: AtomicUsize::new(0),
            most_running: AtomicUsize::new(0),
        }
    }

    pub(crate) fn start(&self, node: usize) {
        let now = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_running.fetch_max(now, Ordering::SeqCst);
        self.runs[node].fetch_add(1, Ordering::SeqCst);
        self.starts[node].store(self.ticks.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
    }

    pub(crate) fn end(&self, node: usize) {
        self.ends[node].store(self.ticks.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
        self.running.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn runs(&self, node: usize) -> usize {
        self.runs[node].load(Ordering::SeqCst)
    }

    /// How many nodes ran at once, at most.
    pub(crate) fn most_running(&self) -> usize {
        self.most_running.load(Ordering::SeqCst)
    }

    /// Whether each node that ran did so once, after its dependencies.
    pub(crate) fn check(&self, dag: &Dag) -> Result<(), String> {
        let tick = |list: &[AtomicUsize], node: usize| list[node].load(Ordering::SeqCst);
        for (node, dependencies) in dag.0.iter().enumerate().filter(|&(node, _)| self.runs(node) > 0) {
            if self.runs(node) != 1 {
                return Err(format!("{node} ran {} times", self.runs(node)));
            }
            let start = tick(&self.starts, node);
            for &dependency in dependencies {
                let end = tick(&self.ends, dependency);
                if end == 0 || end > start {
                    return Err(format!("{node} started at {start}, {dependency} ended at {end}"));
                }
            }
        }
        Ok(())
    }
}

/// Does nothing.
pub(crate) fn nothing(_: usize) -> impl Action {
    |_: &Context| Ok(())
}
