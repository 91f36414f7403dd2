//! What a warm run allocates does not depend on how many nodes there are.

use flow_testkit::TestAllocator;
use flow_workflow::{Context, Data, Executor, NodePool, RunOptions, Workflow};

use crate::graphs::{Dag, nothing};

/// How many allocations a warm run makes on the calling thread.
fn of_a_warm_run(executor: &Executor, workflow: &Workflow, options: &RunOptions) -> u64 {
    let data = Data::new();
    let run = || {
        let report = executor.run_with(workflow, &data, options.clone()).expect("nothing fails");
        assert_eq!(report.counts().completed, workflow.len());
    };
    (0..5).for_each(|_| run());
    let counts = (0..5).map(|_| TestAllocator::count(run).1.allocations);
    counts.min().expect("more than one")
}

fn shapes(nodes: usize) -> [Workflow; 4] {
    [Dag::chain(nodes), Dag::fan_out(nodes), Dag::random(nodes), Dag::comb(nodes / 2)]
        .map(|dag| dag.workflow(nothing))
}

/// The run itself, what its threads share, and the statuses of the report.
const FIXED: u64 = 3;

#[test]
fn a_warm_run_allocates_nothing_per_node() {
    let executor = Executor::new(1);
    for nodes in [10, 10_000] {
        for workflow in shapes(nodes) {
            let allocations = of_a_warm_run(&executor, &workflow, &RunOptions::new());
            assert!(allocations <= FIXED, "{allocations} with {nodes} nodes");
        }
    }
}

#[test]
fn a_warm_run_of_two_threads_allocates_nothing_per_node() {
    let executor = Executor::new(2);
    for nodes in [10, 10_000] {
        for workflow in shapes(nodes) {
            // One more, where helpers are told of the run.
            let allocations = of_a_warm_run(&executor, &workflow, &RunOptions::new());
            assert!(allocations <= FIXED + 1, "{allocations} with {nodes} nodes");
        }
    }
}

#[test]
fn timings_take_one_allocation() {
    let executor = Executor::new(1);
    for nodes in [10, 10_000] {
        for workflow in shapes(nodes) {
            let allocations = of_a_warm_run(&executor, &workflow, &RunOptions::new().timings(true));
            assert!(allocations <= FIXED + 1, "{allocations} with {nodes} nodes");
        }
    }
}

#[test]
fn a_node_from_the_pool_allocates_nothing() {
    let pool = NodePool::new();
    let work = || {
        let mut node = pool.get();
        node.set_name("charge").set_action("pay").add_dependency("validate").add_dependency("price");
        node.set_continue_on_error(true);
    };
    (0..3).for_each(|_| work());
    let ((), counts) = TestAllocator::count(|| (0..100).for_each(|_| work()));
    assert_eq!((counts.allocations, counts.deallocations), (0, 0), "{counts:?}");
}

#[test]
fn an_action_that_captures_nothing_is_not_allocated() {
    let build = |captured: bool| {
        let mut builder = Workflow::builder("w");
        for node in 0..100_u32 {
            let name = ["a", "b", "c", "d"][node as usize % 4];
            builder = if captured {
                builder.node(name, move |context: &Context| if node > 100 { context.check() } else { Ok(()) })
            } else {
                builder.node(name, |_: &Context| Ok(()))
            };
        }
        builder
    };
    let count = |captured| TestAllocator::count(|| build(captured)).1.allocations;
    count(true);
    count(false);
    assert_eq!(count(true) - count(false), 100);
}

#[test]
fn memory_is_back_when_all_is_gone() {
    let work = || {
        let executor = Executor::new(2);
        let workflow = Dag::random(1000).workflow(|node| {
            move |context: &Context| {
                context.set_output(node);
                Ok(())
            }
        });
        let data = Data::new();
        let reports: Vec<_> = (0..3).map(|_| executor.run(&workflow, &data)).collect();
        assert!(reports.iter().all(Result::is_ok));
    };
    work();
    // Other tests allocate meanwhile if they run in this process; nextest gives each its own.
    let before = TestAllocator::live_bytes();
    work();
    let after = TestAllocator::live_bytes();
    let alone = std::env::var_os("NEXTEST").is_some();
    assert!(!alone || after <= before + 1024, "{before} bytes before, {after} after");
}
