//! Deadlines of runs, timeouts of nodes. Waits end early here, or a test would not end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use flow_testkit::within;
use flow_workflow::{
    ActionErrorKind, Context, Data, Executor, NodeStatus, Retry, RunError, RunOptions, Workflow,
};

use crate::actions::{FOR_EVER, run_too_late, takes, waits};

/// Far above what anything here needs.
const LIMIT: Duration = Duration::from_secs(120);
const SHORT: Duration = Duration::from_millis(5);

#[test]
fn a_deadline_ends_a_run() {
    within(LIMIT, || {
        for threads in [1, 2] {
            let workflow = Workflow::builder("w")
                .node("a", waits)
                .node("b", |_: &Context| Ok(()))
                .after(["a"])
                .build()
                .expect("no problem");
            let options = RunOptions::new().time_limit(SHORT);
            let error =
                Executor::new(threads).run_with(&workflow, &Data::new(), options).expect_err("too late");
            assert!(matches!(error, RunError::DeadlineExceeded(_)), "{error}");
            assert_eq!(error.report().counts().cancelled, 2);
            assert_eq!(error.to_string(), "workflow 'w' exceeded its deadline (2 cancelled)");
        }
    });
}

#[test]
fn a_deadline_that_has_passed_lets_nothing_start() {
    let workflow = Workflow::builder("w").node("a", |_: &Context| panic!("it must not start")).build();
    let options = RunOptions::new().deadline(Instant::now());
    let error = Executor::new(1)
        .run_with(&workflow.expect("no problem"), &Data::new(), options)
        .expect_err("it is late");
    assert!(matches!(error, RunError::DeadlineExceeded(_)));
    assert_eq!(error.report().status("a"), Some(NodeStatus::Cancelled));
}

#[test]
fn a_deadline_stops_new_starts_after_a_node_that_does_not_look() {
    within(LIMIT, || {
        let started = Arc::new(AtomicBool::new(false));
        let of_action = Arc::clone(&started);
        let workflow = Workflow::builder("w")
            .node("a", move |context: &Context| {
                of_action.store(true, Relaxed);
                let end = context.deadline().expect("there is one");
                takes(end.saturating_duration_since(Instant::now()) + SHORT)(context)
            })
            .node("b", |_: &Context| panic!("it must not start"))
            .after(["a"])
            .build()
            .expect("no problem");
        let error = run_too_late(&workflow, || started.load(Relaxed));
        assert_eq!(error.report().status("a"), Some(NodeStatus::Completed));
        assert_eq!(error.report().status("b"), Some(NodeStatus::Cancelled));
    });
}

#[test]
fn a_deadline_far_away_is_none() {
    let workflow = Workflow::builder("w").node("a", |_: &Context| Ok(())).build().expect("no problem");
    let options = RunOptions::new().time_limit(Duration::MAX);
    assert!(Executor::new(1).run_with(&workflow, &Data::new(), options).is_ok());
}

#[test]
fn a_deadline_ends_the_wait_between_attempts_and_attempts_that_follow_at_once() {
    within(LIMIT, || {
        for retry in [Retry::fixed(1, FOR_EVER), Retry::fixed(u32::MAX, Duration::ZERO)] {
            for threads in [1, 2] {
                let workflow = Workflow::builder("w")
                    .node("a", |_: &Context| Err("again".into()))
                    .retry(retry.clone())
                    .build()
                    .expect("no problem");
                let options = RunOptions::new().time_limit(SHORT);
                let error =
                    Executor::new(threads).run_with(&workflow, &Data::new(), options).expect_err("too late");
                assert!(matches!(error, RunError::DeadlineExceeded(_)), "{error}");
                assert_eq!(error.report().status("a"), Some(NodeStatus::Cancelled));
            }
        }
    });
}

#[test]
fn a_node_that_takes_too_long_has_failed() {
    within(LIMIT, || {
        let workflow = Workflow::builder("w")
            .node("polite", waits)
            .timeout(SHORT)
            .node("deaf", takes(4 * SHORT))
            .timeout(SHORT)
            .node("in time", |_: &Context| Ok(()))
            .timeout(LIMIT)
            .build()
            .expect("no problem");
        let options = RunOptions::new().keep_going(true);
        let error = Executor::new(1).run_with(&workflow, &Data::new(), options).expect_err("two are late");
        assert!(matches!(error, RunError::Failed(_)));
        let report = error.report();
        assert_eq!(report.status("in time"), Some(NodeStatus::Completed));
        assert_eq!(report.failures().len(), 2);
        for failure in report.failures() {
            assert_eq!(failure.error().kind(), ActionErrorKind::TimedOut, "{failure}");
            assert!(failure.to_string().contains("timed out: the attempt took "), "{failure}");
        }
    });
}

#[test]
fn each_attempt_has_its_own_timeout() {
    within(LIMIT, || {
        let workflow = Workflow::builder("w")
            .node("a", |context: &Context| if context.attempt() < 3 { waits(context) } else { Ok(()) })
            .timeout(SHORT)
            .retry(Retry::fixed(2, Duration::ZERO))
            .build()
            .expect("no problem");
        // On a machine that is busy, the last attempt may be late too.
        let result = Executor::new(1).run_with(&workflow, &Data::new(), RunOptions::new().timings(true));
        let report = result.unwrap_or_else(RunError::into_report);
        let timings: Vec<_> =
            report.timings().expect("they were wanted").map(|timing| timing.attempts).collect();
        assert_eq!(timings, [3]);
    });
}

#[test]
fn all_attempts_together_have_a_timeout() {
    within(LIMIT, || {
        let workflow = Workflow::builder("w")
            .node("a", |_: &Context| Err("again".into()))
            .total_timeout(Duration::from_secs(50))
            .retry(Retry::fixed(u32::MAX, FOR_EVER))
            .build()
            .expect("no problem");
        // The next attempt would be too late, so there is none.
        let error = Executor::new(1).run(&workflow, &Data::new()).expect_err("a fails");
        assert_eq!(error.report().failures()[0].attempts(), 1);
        assert_eq!(error.report().failures()[0].to_string(), "node 'a' failed: again");
    });
}

#[test]
fn a_node_knows_its_deadline() {
    let workflow = Workflow::builder("w")
        .node("none", |context: &Context| {
            assert!(context.deadline().is_none());
            Ok(())
        })
        .node("own", |context: &Context| {
            let left = context.deadline().expect("a timeout") - Instant::now();
            assert!(left > Duration::ZERO && left <= LIMIT);
            Ok(())
        })
        .timeout(LIMIT)
        .build()
        .expect("no problem");
    assert!(Executor::new(1).run(&workflow, &Data::new()).is_ok());
    // The run's deadline is nearer.
    let workflow = Workflow::builder("w")
        .node("own", |context: &Context| {
            assert!(context.deadline().expect("a deadline") - Instant::now() <= LIMIT);
            Ok(())
        })
        .timeout(FOR_EVER)
        .build()
        .expect("no problem");
    let options = RunOptions::new().time_limit(LIMIT);
    assert!(Executor::new(1).run_with(&workflow, &Data::new(), options).is_ok());
}
