//! Executors: how they are made, what they count, how they end.

use std::{collections::BTreeSet, sync::Mutex, thread, time::Duration};

use flow_testkit::within;
use flow_workflow::{Context, Data, Executor, ExecutorError, Workflow};

use crate::graphs::{Dag, nothing};

#[test]
fn zero_threads_are_refused() {
    let error = Executor::builder().threads(0).build().expect_err("nobody would run anything");
    assert!(matches!(error, ExecutorError::NoThreads));
    assert_eq!(
        error.to_string(),
        "an executor needs at least one thread, the one that calls `run`, but 0 were asked for"
    );
}

#[test]
fn a_name_that_no_thread_can_have_is_an_error() {
    for threads in [1, 2] {
        let error =
            Executor::builder().threads(threads).thread_name("a\0b").build().expect_err("no such name");
        assert_eq!(error.to_string(), r#"the thread name "a\0b" contains a NUL byte"#);
    }
}

#[test]
fn a_thread_that_cannot_start_is_an_error() {
    // No system gives that much of a stack.
    let error =
        Executor::builder().threads(3).stack_size(usize::MAX / 4).build().expect_err("no memory for it");
    let ExecutorError::Spawn { index: 1, threads: 3, .. } = error else { panic!("{error}") };
    assert!(error.to_string().starts_with("thread 1 of 3 of an executor could not be started: "), "{error}");
}

#[test]
fn an_executor_of_one_thread_runs_on_the_caller() {
    let executor = Executor::new(1);
    let caller = thread::current().id();
    let workflow = Dag::random(100).workflow(|_| {
        move |context: &Context| {
            assert_eq!((thread::current().id(), context.worker()), (caller, 0));
            Ok(())
        }
    });
    assert!(executor.run(&workflow, &Data::new()).is_ok());
}

#[test]
fn threads_have_names() {
    // Two nodes that wait for each other are on two threads.
    let barrier = std::sync::Arc::new(std::sync::Barrier::new(2));
    let names = std::sync::Arc::new(Mutex::new(BTreeSet::new()));
    let action = |_| {
        let (barrier, names) = (std::sync::Arc::clone(&barrier), std::sync::Arc::clone(&names));
        move |_: &Context| {
            barrier.wait();
            names.lock().expect("nobody panics").insert(thread::current().name().map(str::to_owned));
            Ok(())
        }
    };
    let workflow = Dag(vec![vec![], vec![]]).workflow(action);
    let executor = Executor::builder().threads(2).thread_name("orders").build().expect("two threads");
    assert!(executor.run(&workflow, &Data::new()).is_ok());
    assert!(names.lock().expect("nobody panics").contains(&Some("orders-1".to_owned())));
}

#[test]
fn statistics_count() {
    let executor = Executor::new(2);
    let workflow = Dag::fan_out(100).workflow(nothing);
    for _ in 0..10 {
        executor.run(&workflow, &Data::new()).expect("nothing fails");
    }
    let stats = executor.stats();
    assert_eq!((stats.threads, stats.runs, stats.nodes), (2, 10, 1000));
    assert!(stats.to_string().starts_with("2 threads: 10 runs, 1000 nodes, "), "{stats}");
}

#[test]
fn executors_come_and_go() {
    within(Duration::from_secs(120), || {
        let workflow = Dag::fan_out(50).workflow(nothing);
        for round in 0..100 {
            let executor = Executor::new(round % 4 + 1);
            for _ in 0..round % 3 {
                executor.run(&workflow, &Data::new()).expect("nothing fails");
            }
        }
    });
}

#[test]
fn a_workflow_runs_on_executors_of_all_sizes() {
    let workflow = Dag::random(300).workflow(nothing);
    for threads in [1, 4, 2, 3, 1] {
        let report = Executor::new(threads).run(&workflow, &Data::new()).expect("nothing fails");
        assert_eq!(report.counts().completed, 300);
    }
}

#[test]
fn a_run_outlives_the_handle_of_its_workflow() {
    let workflow = Workflow::builder("w").compute("a", |_| Ok(7_u8)).build().expect("no problem");
    let report = Executor::new(1).run(&workflow, &Data::new()).expect("nothing fails");
    drop(workflow);
    assert_eq!(report.output::<u8>("a").map(|output| *output), Ok(7));
}
