//! A million nodes: built, run and dropped, without overflowing a stack.

use std::thread;

use flow_workflow::{Data, Executor};

use crate::graphs::{Dag, nothing};

const NODES: usize = if cfg!(flow_sanitize) { 100_000 } else { 1_000_000 };

/// On a thread with a small stack, so that recursion would show.
fn build_run_and_drop(dag: impl FnOnce() -> Dag + Send + 'static) {
    let work = move || {
        let workflow = dag().workflow(nothing);
        for threads in [1, 2] {
            let executor =
                Executor::builder().threads(threads).stack_size(128 << 10).build().expect("threads");
            for _ in 0..2 {
                let report = executor.run(&workflow, &Data::new()).expect("nothing fails");
                assert_eq!(report.counts().completed, NODES);
            }
        }
    };
    thread::Builder::new().stack_size(128 << 10).spawn(work).expect("a thread").join().expect("no overflow");
}

#[test]
fn a_chain_of_a_million() {
    build_run_and_drop(|| Dag::chain(NODES));
}

#[test]
fn a_fan_out_of_a_million() {
    build_run_and_drop(|| Dag::fan_out(NODES));
}

#[test]
fn a_comb_of_a_million() {
    build_run_and_drop(|| Dag::comb(NODES / 2));
}

#[test]
fn a_random_graph_of_a_million() {
    build_run_and_drop(|| Dag::random(NODES));
}

#[test]
fn a_million_nodes_without_dependencies() {
    build_run_and_drop(|| Dag(vec![vec![]; NODES]));
}

#[test]
fn a_fan_in_of_a_million() {
    build_run_and_drop(|| {
        let mut dag = Dag(vec![vec![]; NODES - 1]);
        dag.0.push((0..NODES - 1).collect());
        dag
    });
}

#[test]
fn a_long_chain_behind_a_failure_is_skipped() {
    let workflow = Dag::chain(NODES).workflow(|node| {
        move |_: &flow_workflow::Context| if node == 10 { Err("as planned".into()) } else { Ok(()) }
    });
    for keep_going in [false, true] {
        let options = flow_workflow::RunOptions::new().keep_going(keep_going);
        let error = Executor::new(1).run_with(&workflow, &Data::new(), options).expect_err("it fails");
        let counts = error.report().counts();
        assert_eq!((counts.completed, counts.failed, counts.skipped), (10, 1, NODES - 11));
    }
}
