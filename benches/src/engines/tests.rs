//! Every engine runs every node once and after its dependencies, as often as it can run at all.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use super::*;
use crate::graphs::Shape;

const NODES: usize = 500;
const RUNS: u32 = 3;

/// What the nodes of a graph saw.
struct Witness {
    graph: Graph,
    /// How often each node has run.
    runs: Vec<AtomicU32>,
    complaints: Mutex<Vec<String>>,
}

impl Witness {
    fn new(shape: Shape) -> Arc<Self> {
        let graph = shape.graph(NODES);
        let runs = graph.nodes().map(|_| AtomicU32::new(0)).collect();
        Arc::new(Self { graph, runs, complaints: Mutex::default() })
    }

    /// The bodies of the nodes. They complain instead of panicking, which some engines would hang on.
    fn bodies(self: &Arc<Self>) -> impl Fn(u32) -> Body + use<> {
        let witness = Arc::clone(self);
        move |node| {
            let witness = Arc::clone(&witness);
            Box::new(move || witness.visit(node))
        }
    }

    fn visit(&self, node: u32) {
        // Relaxed here and below: it is for the engine to see to it that a node sees what its dependencies did.
        let run = self.runs[node as usize].fetch_add(1, Ordering::Relaxed) + 1;
        for &dependency in self.graph.dependencies(node) {
            let ran = self.runs[dependency as usize].load(Ordering::Relaxed);
            if ran != run {
                self.complain(format!("in run {run}, {node} comes when {dependency} has run {ran} times"));
            }
        }
    }

    fn complain(&self, complaint: String) {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).push(complaint);
    }

    /// All complaints after so many runs.
    fn complaints(&self, runs: u32) -> Vec<String> {
        for (node, ran) in self.runs.iter().enumerate() {
            let ran = ran.load(Ordering::Relaxed);
            if ran != runs {
                self.complain(format!("after run {runs}, {node} has run {ran} times"));
            }
        }
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Runs an engine in all ways that it must be able to. The last argument does a run after the first.
fn check<E: Engine>(runs: u32, run_again: impl Fn(&E, &mut E::Built)) -> Result<(), String> {
    for threads in [1, 2, 4] {
        let engine = E::new(threads);
        for shape in Shape::ALL {
            let witness = Witness::new(shape);
            let mut built = engine.build(&witness.graph, witness.bodies());
            for run in 1..=runs {
                if run == 1 {
                    engine.run(&mut built);
                } else {
                    run_again(&engine, &mut built);
                }
                if let [first, ..] = &witness.complaints(run)[..] {
                    return Err(format!("{shape:?} on {threads} threads: {first}"));
                }
            }
        }
    }
    Ok(())
}

fn check_once<E: Engine>() -> Result<(), String> {
    check::<E>(1, |_, _| ())
}

fn check_again<E: Again>() -> Result<(), String> {
    check::<E>(RUNS, E::run_again)
}

macro_rules! engines {
    ($check:ident: $($name:ident: $engine:ty;)*) => {$(
        #[test]
        fn $name() {
            assert_eq!($check::<$engine>(), Ok(()));
        }
    )*};
}

// Those that can run a graph again.
engines! { check_again:
    dagrs: Dagrs;
    flow: Flow;
    rayon_inline: RayonInline;
    rayon_scope: RayonScope;
    tokio_tasks: TokioTasks;
}

engines! { check_once:
    dagx: Dagx;
}

/// An engine on no thread, with the order of its nodes.
struct Ordered<const REVERSE: bool, const TIMES: usize>;

impl<const REVERSE: bool, const TIMES: usize> Engine for Ordered<REVERSE, TIMES> {
    type Built = Vec<Body>;

    fn new(_threads: usize) -> Self {
        Self
    }

    fn build<B: Work>(&self, graph: &Graph, body: impl Fn(u32) -> B) -> Vec<Body> {
        let mut bodies: Vec<Body> = graph.nodes().map(|node| Box::new(body(node)) as Body).collect();
        if REVERSE {
            bodies.reverse();
        }
        bodies
    }

    fn run(&self, built: &mut Vec<Body>) {
        for _ in 0..TIMES {
            built.iter().for_each(|body| body());
        }
    }
}

impl<const REVERSE: bool, const TIMES: usize> Again for Ordered<REVERSE, TIMES> {}

#[test]
fn an_engine_that_is_right_passes() {
    assert_eq!(check_again::<Ordered<false, 1>>(), Ok(()));
}

#[test]
fn an_engine_without_order_is_found_out() {
    let problem = check_again::<Ordered<true, 1>>().expect_err("the last comes first");
    assert!(problem.contains("in run 1, 499 comes when 498 has run 0 times"), "{problem}");
}

#[test]
fn an_engine_that_runs_nodes_twice_or_not_at_all_is_found_out() {
    let problem = check_once::<Ordered<false, 2>>().expect_err("twice");
    assert!(problem.contains("after run 1, 0 has run 2 times"), "{problem}");
    let problem = check_once::<Ordered<false, 0>>().expect_err("not at all");
    assert!(problem.contains("after run 1, 0 has run 0 times"), "{problem}");
}
