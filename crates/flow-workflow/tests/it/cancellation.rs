//! Cancelling: before, during, after, from inside and outside, with nodes that wait.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use flow_testkit::within;
use flow_workflow::{
    ActionError, CancelToken, Context, Data, Executor, NodeStatus, Retry, RunError, RunOptions, Workflow,
};

use crate::{
    actions::{FOR_EVER, waits},
    graphs::{Dag, nothing},
};

/// Far above what anything here needs.
const LIMIT: Duration = Duration::from_secs(120);

#[test]
fn a_token_that_was_cancelled_before_lets_nothing_start() {
    let token = CancelToken::new();
    token.cancel();
    token.cancel();
    assert!(token.is_cancelled());
    for threads in [1, 2] {
        let workflow = Dag::random(100).workflow(|_| |_: &Context| panic!("it must not start"));
        let options = RunOptions::new().cancel(token.clone());
        let error = Executor::new(threads).run_with(&workflow, &Data::new(), options).expect_err("cancelled");
        assert!(matches!(error, RunError::Cancelled(_)));
        assert_eq!(error.report().counts().cancelled, 100);
        assert_eq!(error.to_string(), "workflow 'dag' was cancelled (100 cancelled)");
    }
}

#[test]
fn nodes_that_wait_are_told() {
    within(LIMIT, || {
        for threads in [1, 2, 4] {
            let token = CancelToken::new();
            let barrier = Arc::new(Barrier::new(2));
            let mut builder = Workflow::builder("w");
            for node in 0..threads {
                let barrier = Arc::clone(&barrier);
                builder = builder.node(&node.to_string(), move |context: &Context| {
                    if node == 0 {
                        barrier.wait();
                    }
                    waits(context)
                });
            }
            let workflow =
                builder.node("after", |_: &Context| Ok(())).after(["0"]).build().expect("no problem");
            let stop = token.clone();
            let canceller = thread::spawn(move || {
                barrier.wait();
                stop.cancel();
            });
            let options = RunOptions::new().cancel(token);
            let error =
                Executor::new(threads).run_with(&workflow, &Data::new(), options).expect_err("cancelled");
            canceller.join().expect("it only cancels");
            assert!(matches!(error, RunError::Cancelled(_)));
            assert_eq!(error.report().counts().cancelled, threads + 1);
            assert!(error.report().failures().is_empty());
        }
    });
}

#[test]
fn cancelling_wins_over_failing() {
    let token = CancelToken::new();
    let stop = token.clone();
    let workflow = Workflow::builder("w")
        .node("a", move |_: &Context| {
            stop.cancel();
            Err("as planned".into())
        })
        .node("b", |_: &Context| Ok(()))
        .after(["a"])
        .node("c", |_: &Context| Ok(()))
        .build()
        .expect("no problem");
    let options = RunOptions::new().cancel(token);
    let error = Executor::new(1).run_with(&workflow, &Data::new(), options).expect_err("cancelled");
    assert!(matches!(error, RunError::Cancelled(_)), "{error}");
    // What failed has failed, and what depends on it is skipped all the same.
    let report = error.report();
    assert_eq!(report.failures().len(), 1);
    assert_eq!(report.status("b"), Some(NodeStatus::Skipped));
    assert_eq!(report.status("c"), Some(NodeStatus::Cancelled));
}

#[test]
fn cancelling_what_is_complete_changes_nothing() {
    let token = CancelToken::new();
    let stop = token.clone();
    let workflow = Workflow::builder("w")
        .node("last", move |_: &Context| {
            stop.cancel();
            Ok(())
        })
        .build()
        .expect("no problem");
    let options = RunOptions::new().cancel(token);
    let report = Executor::new(1).run_with(&workflow, &Data::new(), options).expect("it is complete");
    assert_eq!(report.status("last"), Some(NodeStatus::Completed));
}

#[test]
fn what_gives_up_without_a_reason_has_failed() {
    let workflow = Workflow::builder("w")
        .node("a", |_: &Context| Err(ActionError::cancelled()))
        .retry(Retry::fixed(3, Duration::ZERO))
        .build()
        .expect("no problem");
    let error = Executor::new(1).run(&workflow, &Data::new()).expect_err("a fails");
    assert!(matches!(error, RunError::Failed(_)));
    assert_eq!(error.report().failures()[0].attempts(), 1);
}

#[test]
fn a_node_between_attempts_is_cancelled_at_once() {
    within(LIMIT, || {
        for threads in [1, 2] {
            let token = CancelToken::new();
            let failed = Arc::new(AtomicUsize::new(0));
            let of_action = Arc::clone(&failed);
            let workflow = Workflow::builder("w")
                .node("a", move |_: &Context| {
                    of_action.fetch_add(1, Ordering::SeqCst);
                    Err("once".into())
                })
                .retry(Retry::fixed(1, FOR_EVER))
                .build()
                .expect("no problem");
            let stop = token.clone();
            let canceller = thread::spawn(move || {
                while failed.load(Ordering::SeqCst) == 0 {
                    thread::yield_now();
                }
                stop.cancel();
            });
            let options = RunOptions::new().cancel(token);
            let error =
                Executor::new(threads).run_with(&workflow, &Data::new(), options).expect_err("cancelled");
            canceller.join().expect("it only cancels");
            assert_eq!(error.report().status("a"), Some(NodeStatus::Cancelled));
            assert!(error.report().failures().is_empty());
        }
    });
}

#[test]
fn a_node_that_would_be_tried_again_is_cancelled() {
    // The same as while it waits, whatever comes first; without a further attempt, it has failed.
    for (retries, expected) in [(1, NodeStatus::Cancelled), (0, NodeStatus::Failed)] {
        let token = CancelToken::new();
        let stop = token.clone();
        let workflow = Workflow::builder("w")
            .node("a", move |_: &Context| {
                stop.cancel();
                Err("once".into())
            })
            .retry(Retry::fixed(retries, Duration::ZERO))
            .build()
            .expect("no problem");
        let options = RunOptions::new().cancel(token);
        let error = Executor::new(1).run_with(&workflow, &Data::new(), options).expect_err("cancelled");
        assert!(matches!(error, RunError::Cancelled(_)));
        assert_eq!(error.report().status("a"), Some(expected));
    }
}

#[test]
fn a_run_may_be_cancelled_at_every_moment() {
    within(LIMIT, || {
        let executor = Executor::new(2);
        let workflow = Dag::random(200).workflow(nothing);
        for _ in 0..if cfg!(flow_sanitize) { 200 } else { 2000 } {
            let token = CancelToken::new();
            let stop = token.clone();
            let canceller = thread::spawn(move || stop.cancel());
            let result = executor.run_with(&workflow, &Data::new(), RunOptions::new().cancel(token));
            canceller.join().expect("it only cancels");
            let report = match result {
                Ok(report) => {
                    assert_eq!(report.counts().completed, 200);
                    continue;
                }
                Err(RunError::Cancelled(report)) => report,
                Err(other) => panic!("{other}"),
            };
            let counts = report.counts();
            assert_eq!(counts.completed + counts.cancelled, 200);
            for node in report.workflow().nodes() {
                let ran = report.status(node.name()) == Some(NodeStatus::Completed);
                let before = |name: &str| report.status(name) == Some(NodeStatus::Completed);
                assert!(!ran || node.dependencies().all(|dependency| before(dependency.name())));
            }
        }
    });
}

#[test]
fn one_token_stops_many_runs() {
    within(LIMIT, || {
        let token = CancelToken::new();
        let executor = Executor::new(2);
        let workflow = Workflow::builder("w").node("a", waits).build().expect("no problem");
        let outcomes = flow_testkit::on_threads(4, |thread| {
            if thread == 0 {
                token.cancel();
                return true;
            }
            let options = RunOptions::new().cancel(token.clone());
            matches!(executor.run_with(&workflow, &Data::new(), options), Err(RunError::Cancelled(_)))
        });
        assert_eq!(outcomes, [true; 4]);
    });
}

#[test]
fn an_action_sees_that_it_should_give_up() {
    let token = CancelToken::new();
    let stop = token.clone();
    let workflow = Workflow::builder("w")
        .node("a", move |context: &Context| {
            assert!(!context.is_cancelled() && context.check().is_ok());
            stop.cancel();
            assert!(context.is_cancelled());
            context.sleep(FOR_EVER).expect_err("no time is left");
            context.check()
        })
        .build()
        .expect("no problem");
    let options = RunOptions::new().cancel(token);
    let error = Executor::new(1).run_with(&workflow, &Data::new(), options).expect_err("cancelled");
    assert_eq!(error.report().status("a"), Some(NodeStatus::Cancelled));
}
