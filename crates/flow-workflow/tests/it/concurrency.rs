//! Several things at once: nodes that must meet, runs inside of actions, limits, callers that share an executor.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Barrier},
    time::Duration,
};

use flow_testkit::{on_threads, within};
use flow_workflow::{Context, Data, Executor, RunOptions, Workflow};

use crate::graphs::{Dag, Log, nothing};

/// Far above what anything here needs.
const LIMIT: Duration = Duration::from_secs(120);

#[test]
fn as_many_nodes_run_at_once_as_there_are_threads() {
    const THREADS: usize = 4;
    within(LIMIT, || {
        let executor = Executor::new(THREADS);
        // Without all of them at once, the barrier would not open.
        let barrier = Arc::new(Barrier::new(THREADS));
        let mut dag = Dag(vec![vec![]]);
        dag.0.extend((0..THREADS).map(|_| vec![0]));
        let workflow = dag.workflow(|node| {
            let barrier = Arc::clone(&barrier);
            move |_: &Context| {
                if node > 0 {
                    barrier.wait();
                }
                Ok(())
            }
        });
        for _ in 0..200 {
            executor.run(&workflow, &Data::new()).expect("nothing fails");
        }
    });
}

#[test]
fn what_gets_ready_late_finds_helpers_that_sleep() {
    within(LIMIT, || {
        let executor = Executor::new(2);
        let barrier = Arc::new(Barrier::new(2));
        // A chain, at the end of which two nodes have to meet: the helper had time to fall asleep, or not.
        for length in [1, 10, 100, 1000, 10_000] {
            let mut dag = Dag::chain(length);
            dag.0.extend([vec![length - 1], vec![length - 1]]);
            let workflow = dag.workflow(|node| {
                let barrier = Arc::clone(&barrier);
                move |_: &Context| {
                    if node >= length {
                        barrier.wait();
                    }
                    Ok(())
                }
            });
            for _ in 0..100 {
                executor.run(&workflow, &Data::new()).expect("nothing fails");
            }
        }
    });
}

#[test]
fn a_run_inside_of_an_action_runs() {
    within(LIMIT, || {
        for threads in [1, 2, 3] {
            let executor = Arc::new(Executor::new(threads));
            let inner = Dag::random(50).workflow(nothing);
            let of_actions = Arc::clone(&executor);
            let outer = Dag::fan_out(20).workflow(move |_| {
                let (executor, inner) = (Arc::clone(&of_actions), inner.clone());
                move |_: &Context| {
                    executor.run(&inner, &Data::new())?;
                    Ok(())
                }
            });
            executor.run(&outer, &Data::new()).expect("nothing fails");
            assert_eq!(executor.stats().runs, 21);
        }
    });
}

#[test]
fn a_workflow_may_run_inside_of_itself() {
    within(LIMIT, || {
        const DEPTH: flow_workflow::Key<u32> = flow_workflow::Key::new("depth");
        const SELF: flow_workflow::Key<Workflow> = flow_workflow::Key::new("self");
        let executor = Arc::new(Executor::new(2));
        let of_action = Arc::clone(&executor);
        let workflow = Workflow::builder("recursive")
            .node("again", move |context: &Context| {
                let depth = context.get(DEPTH)?;
                if depth > 0 {
                    let data = Data::new();
                    data.set(DEPTH, depth - 1);
                    data.set(SELF, context.get(SELF)?);
                    of_action.run(&context.get(SELF)?, &data)?;
                }
                Ok(())
            })
            .build()
            .expect("no problem");
        let data = Data::new();
        data.set(DEPTH, 20);
        data.set(SELF, workflow.clone());
        executor.run(&workflow, &data).expect("nothing fails");
        assert_eq!(executor.stats().runs, 21);
    });
}

#[test]
fn no_more_nodes_run_at_once_than_allowed() {
    within(LIMIT, || {
        let executor = Executor::new(4);
        for most in 1..=5 {
            let log = Arc::new(Log::new(201));
            let dag = Dag::fan_out(201);
            let workflow = dag.workflow(|node| {
                let log = Arc::clone(&log);
                move |_: &Context| {
                    log.start(node);
                    std::thread::yield_now();
                    log.end(node);
                    Ok(())
                }
            });
            let options = RunOptions::new().max_concurrency(NonZeroUsize::new(most).expect("at least 1"));
            executor.run_with(&workflow, &Data::new(), options).expect("nothing fails");
            log.check(&dag).expect("each once, in order");
            assert!(log.most_running() <= most.min(4), "{} at once, {most} allowed", log.most_running());
        }
    });
}

#[test]
fn callers_share_an_executor() {
    within(LIMIT, || {
        let executor = Executor::new(3);
        let small = Dag::random(20).workflow(nothing);
        let large = Dag::random(5000).workflow(nothing);
        on_threads(4, |thread| {
            for round in 0..50 {
                let workflow = if (round + thread) % 10 == 0 { &large } else { &small };
                let report = executor.run(workflow, &Data::new()).expect("nothing fails");
                assert_eq!(report.counts().completed, workflow.len());
            }
        });
        let stats = executor.stats();
        assert_eq!(stats.runs, 200);
        assert_eq!(stats.nodes, 20 * 5000 + 180 * 20);
    });
}

#[test]
fn a_fan_in_is_ready_once() {
    within(LIMIT, || {
        // Many nodes that one waits for, over and over: the last of them starts it, whoever that is.
        let rounds = if cfg!(flow_sanitize) { 300 } else { 3000 };
        let executor = Executor::new(3);
        let mut dag = Dag(vec![vec![]; 16]);
        dag.0.push((0..16).collect());
        let runs = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let workflow = dag.workflow(|node| {
            let runs = Arc::clone(&runs);
            move |_: &Context| {
                if node == 16 {
                    runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
                Ok(())
            }
        });
        for _ in 0..rounds {
            executor.run(&workflow, &Data::new()).expect("nothing fails");
        }
        assert_eq!(runs.load(std::sync::atomic::Ordering::Relaxed), rounds);
    });
}
