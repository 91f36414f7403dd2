//! Destructors that panic, and user code at strange places.

use std::{
    panic::panic_any,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use flow_testkit::{Unreadable, within};
use flow_workflow::{ActionError, Context, Data, Executor, Key, Retry, RunError, RunOptions, Workflow};

use crate::{
    actions::{FOR_EVER, run_too_late},
    graphs::Dag,
};

/// Panics when it is dropped, and counts that.
#[derive(Clone)]
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        assert!(std::thread::panicking(), "a destructor panics");
    }
}

impl std::fmt::Debug for Bomb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bomb")
    }
}

impl std::fmt::Display for Bomb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a bomb")
    }
}

impl std::error::Error for Bomb {}

#[test]
fn a_payload_that_panics_when_it_is_dropped() {
    let drops = Arc::new(AtomicUsize::new(0));
    for retries in [0, 1] {
        let drops = Arc::clone(&drops);
        let workflow = Workflow::builder("w")
            .node("a", move |_: &Context| panic_any(Bomb(Arc::clone(&drops))))
            .retry(Retry::fixed(retries, Duration::ZERO))
            .node("b", |_: &Context| Ok(()))
            .build()
            .expect("no problem");
        let options = RunOptions::new().keep_going(true);
        let error = Executor::new(1).run_with(&workflow, &Data::new(), options).expect_err("a panics");
        assert_eq!((error.report().counts().failed, error.report().counts().completed), (1, 1));
    }
    assert_eq!(drops.load(Ordering::Relaxed), 3);
}

#[test]
fn an_error_that_panics_when_it_is_dropped_between_attempts() {
    let drops = Arc::new(AtomicUsize::new(0));
    let of_action = Arc::clone(&drops);
    let workflow = Workflow::builder("w")
        .node("a", move |context: &Context| -> Result<(), ActionError> {
            if context.attempt() < 3 { Err(Bomb(Arc::clone(&of_action)).into()) } else { Ok(()) }
        })
        .retry(Retry::fixed(5, Duration::ZERO))
        .build()
        .expect("no problem");
    assert!(Executor::new(1).run(&workflow, &Data::new()).is_ok());
    assert_eq!(drops.load(Ordering::Relaxed), 2);
}

#[test]
fn an_error_that_panics_when_it_is_dropped_after_a_delay() {
    let drops = Arc::new(AtomicUsize::new(0));
    let of_action = Arc::clone(&drops);
    let workflow = Workflow::builder("w")
        .node("a", move |context: &Context| -> Result<(), ActionError> {
            if context.attempt() < 3 { Err(Bomb(Arc::clone(&of_action)).into()) } else { Ok(()) }
        })
        .retry(Retry::fixed(5, Duration::from_millis(1)))
        .build()
        .expect("no problem");
    assert!(Executor::new(1).run(&workflow, &Data::new()).is_ok());
    assert_eq!(drops.load(Ordering::Relaxed), 2);
}

#[test]
fn an_error_that_panics_when_it_is_dropped_in_place_of_another() {
    // Too late, and a condition that panics: in both, another error takes its place.
    for is_late in [true, false] {
        let drops = Arc::new(AtomicUsize::new(0));
        let of_action = Arc::clone(&drops);
        let mut builder =
            Workflow::builder("w").node("a", move |context: &Context| -> Result<(), ActionError> {
                if is_late {
                    context.sleep(Duration::from_secs(1)).ok();
                }
                Err(Bomb(Arc::clone(&of_action)).into())
            });
        builder = if is_late {
            builder.timeout(Duration::from_millis(1))
        } else {
            builder.retry(Retry::fixed(1, Duration::ZERO).when(|_| panic!("who knows")))
        };
        let workflow = builder.build().expect("no problem");
        let error = Executor::new(1).run(&workflow, &Data::new()).expect_err("a fails");
        let text = error.report().failures()[0].to_string();
        assert!(text.contains(if is_late { "timed out" } else { "who knows" }), "{text}");
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn an_error_that_waits_and_panics_when_its_cancelled_run_drops_it() {
    within(Duration::from_secs(120), || {
        let (starts, drops) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let of_action = (Arc::clone(&starts), Arc::clone(&drops));
        let workflow = Workflow::builder("w")
            .node("a", move |_: &Context| -> Result<(), ActionError> {
                of_action.0.fetch_add(1, Ordering::Relaxed);
                Err(Bomb(Arc::clone(&of_action.1)).into())
            })
            .retry(Retry::fixed(1, FOR_EVER))
            .build()
            .expect("no problem");
        run_too_late(&workflow, || starts.load(Ordering::Relaxed) > 0);
        assert_eq!((starts.load(Ordering::Relaxed), drops.load(Ordering::Relaxed)), (1, 1));
    });
}

#[test]
fn an_error_that_cannot_be_read_is_a_failure_like_others() {
    let workflow = Workflow::builder("w")
        .node("a", |context: &Context| -> Result<(), ActionError> {
            context.sleep(Duration::from_secs(1)).ok();
            Err(Unreadable.into())
        })
        .timeout(Duration::from_millis(1))
        .build()
        .expect("no problem");
    let error = Executor::new(1).run(&workflow, &Data::new()).expect_err("a fails");
    let text = error.report().failures()[0].to_string();
    assert!(text.contains("timed out") && text.contains("panicked: nobody may read it"), "{text}");
}

#[test]
fn a_condition_of_a_retry_that_panics_fails_the_node() {
    let workflow = Workflow::builder("w")
        .node("a", |_: &Context| Err("once".into()))
        .retry(Retry::fixed(5, Duration::ZERO).when(|_| panic!("who knows")))
        .build()
        .expect("no problem");
    let error = Executor::new(1).run(&workflow, &Data::new()).expect_err("a fails");
    assert_eq!(error.report().failures()[0].to_string(), "node 'a' failed: panicked: who knows");
}

#[test]
fn what_nodes_leave_is_dropped_with_the_run_and_not_later() {
    within(Duration::from_secs(120), || {
        struct Counted(Arc<AtomicUsize>);
        impl Drop for Counted {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        const VALUE: Key<Counted> = Key::new("value");

        let drops = Arc::new(AtomicUsize::new(0));
        let executor = Executor::new(3);
        let of_action = Arc::clone(&drops);
        let mut builder = Workflow::builder("w").node("a", move |context: &Context| {
            context.set(VALUE, Counted(Arc::clone(&of_action)));
            context.set_output(Counted(Arc::clone(&of_action)));
            Ok(())
        });
        for node in 0..30 {
            builder = builder.node(&node.to_string(), |_: &Context| Ok(())).after(["a"]);
        }
        let workflow = builder.build().expect("no problem");
        // Helpers may still be about to leave when a run has ended; they must not have anything of it.
        for round in 1..=500 {
            let data = Data::new();
            let report = executor.run(&workflow, &data).expect("nothing fails");
            drop((data, report));
            assert_eq!(drops.load(Ordering::Relaxed), 2 * round);
        }
    });
}

#[test]
fn an_action_may_drop_the_last_handle_of_its_workflow() {
    const OWN: Key<Workflow> = Key::new("own");
    let executor = Executor::new(2);
    let workflow = Workflow::builder("w")
        .node("a", |context: &Context| {
            drop(context.data().remove(OWN)?);
            Ok(())
        })
        .node("b", |context: &Context| {
            assert_eq!(context.workflow().name(), "w");
            Ok(())
        })
        .after(["a"])
        .build()
        .expect("no problem");
    let data = Data::new();
    data.set(OWN, workflow.clone());
    let report = executor.run(&workflow, &data);
    drop(workflow);
    assert!(report.is_ok());
}

#[test]
fn an_executor_may_be_dropped_by_its_own_thread() {
    within(Duration::from_secs(120), || {
        // A helper that is late to leave a run is the last to have the workflow, and so the executor.
        for _ in 0..500 {
            let executor = Arc::new(Executor::new(3));
            let of_action = Arc::clone(&executor);
            let workflow = Dag::fan_out(20).workflow(move |_| {
                let executor = Arc::clone(&of_action);
                move |_: &Context| {
                    assert_eq!(executor.threads(), 3);
                    Ok(())
                }
            });
            executor.run(&workflow, &Data::new()).expect("nothing fails");
            drop(executor);
            drop(workflow);
        }
    });
}

#[test]
fn a_destructor_of_an_action_that_panics_costs_no_thread() {
    within(Duration::from_secs(120), || {
        let executor = Executor::new(2);
        let drops = Arc::new(AtomicUsize::new(0));
        for _ in 0..300 {
            let bomb = Bomb(Arc::clone(&drops));
            let mut builder = Workflow::builder("w").node("a", move |_: &Context| {
                assert!(!bomb.0.load(Ordering::Relaxed).eq(&usize::MAX));
                Ok(())
            });
            for node in 0..20 {
                builder = builder.node(&node.to_string(), |_: &Context| Ok(())).after(["a"]);
            }
            let workflow = builder.build().expect("no problem");
            executor.run(&workflow, &Data::new()).expect("nothing fails");
            // Either this thread drops the action, or a helper that is late.
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(workflow))).ok();
        }
        // The helper is still there: two nodes that wait for each other.
        let barrier = Arc::new(std::sync::Barrier::new(2));
        let meet = Dag(vec![vec![], vec![]]).workflow(|_| {
            let barrier = Arc::clone(&barrier);
            move |_: &Context| {
                barrier.wait();
                Ok(())
            }
        });
        executor.run(&meet, &Data::new()).expect("nothing fails");
    });
}

#[test]
fn a_run_in_a_destructor_of_a_thread_local() {
    use std::cell::RefCell;

    thread_local! {
        static LAST: RefCell<Option<Runs>> = const { RefCell::new(None) };
    }
    struct Runs(Arc<Executor>, Workflow, Arc<AtomicUsize>);
    impl Drop for Runs {
        fn drop(&mut self) {
            if self.0.run(&self.1, &Data::new()).is_ok() {
                self.2.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    within(Duration::from_secs(120), || {
        let executor = Arc::new(Executor::new(2));
        let workflow = Dag::random(100).workflow(crate::graphs::nothing);
        let done = Arc::new(AtomicUsize::new(0));
        let runs = Runs(Arc::clone(&executor), workflow, Arc::clone(&done));
        std::thread::spawn(move || LAST.with(|last| *last.borrow_mut() = Some(runs)))
            .join()
            .expect("the thread ends");
        assert_eq!(done.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_failed_run_leaves_nothing_where_there_was_no_room() {
    // So many leaves are ready when the chain ends that a lane has no room for them.
    const TEETH: usize = 500;
    let fail = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let runs = Arc::new(AtomicUsize::new(0));
    let workflow = Dag::comb(TEETH).workflow(|node| {
        let (fail, runs) = (Arc::clone(&fail), Arc::clone(&runs));
        move |_: &Context| {
            runs.fetch_add(1, Ordering::Relaxed);
            if node == 2 * TEETH - 2 && fail.load(Ordering::Relaxed) {
                Err("as planned".into())
            } else {
                Ok(())
            }
        }
    });
    for threads in [1, 3] {
        let executor = Executor::new(threads);
        for round in 0..20 {
            fail.store(round % 2 == 0, Ordering::Relaxed);
            runs.store(0, Ordering::Relaxed);
            let result = executor.run(&workflow, &Data::new());
            assert_eq!(result.is_err(), round % 2 == 0);
            let report = result.unwrap_or_else(RunError::into_report);
            let counts = report.counts();
            assert_eq!(counts.completed + counts.failed, runs.load(Ordering::Relaxed));
            assert_eq!(counts.completed + counts.failed + counts.pending, 2 * TEETH);
            assert!(round % 2 == 0 || counts.pending == 0);
        }
    }
}

#[test]
fn a_failed_run_frees_what_it_did_not_run() {
    // The states of stopped runs are used again: nothing of the stopped one may be left in them.
    let executor = Executor::new(2);
    let fail = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let of_action = Arc::clone(&fail);
    let mut builder = Workflow::builder("w").node("first", |_: &Context| Ok(()));
    for node in 0..500 {
        let fail = Arc::clone(&of_action);
        builder = builder
            .node(&node.to_string(), move |_: &Context| {
                if node % 7 == 3 && fail.load(Ordering::Relaxed) { Err("as planned".into()) } else { Ok(()) }
            })
            .after(["first"]);
    }
    let workflow = builder.build().expect("no problem");
    for round in 0..100 {
        fail.store(round % 2 == 0, Ordering::Relaxed);
        match executor.run(&workflow, &Data::new()) {
            Ok(report) => assert_eq!((round % 2, report.counts().completed), (1, 501)),
            Err(RunError::Failed(report)) => {
                assert_eq!(round % 2, 0);
                assert!(report.counts().failed >= 1 && report.counts().skipped == 0);
            }
            Err(other) => panic!("{other}"),
        }
    }
}
