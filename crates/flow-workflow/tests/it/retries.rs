//! Attempts: how many, when, and who runs meanwhile.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use flow_testkit::within;
use flow_workflow::{
    ActionError, Context, Data, Executor, NodeStatus, Retry, RunError, RunOptions, Workflow,
    middleware::retrying,
};

/// Far above what anything here needs.
const LIMIT: Duration = Duration::from_secs(120);

/// Fails until it is called the `succeeds`th time.
fn flaky(succeeds: u32) -> (Arc<AtomicU32>, impl Fn(&Context) -> Result<(), ActionError> + Send + Sync) {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let action = move |context: &Context| {
        let call = counted.fetch_add(1, Ordering::SeqCst) + 1;
        assert_eq!(context.attempt(), call);
        if call < succeeds { Err(format!("attempt {call}").into()) } else { Ok(()) }
    };
    (calls, action)
}

#[test]
fn retries_count_what_follows_the_first_attempt() {
    within(LIMIT, || {
        for delay in [Duration::ZERO, Duration::from_millis(1)] {
            for threads in [1, 2] {
                for (succeeds, retries, expected) in
                    [(1, 0, Ok(1)), (3, 2, Ok(3)), (4, 2, Err(3)), (2, 0, Err(1))]
                {
                    let (calls, action) = flaky(succeeds);
                    let workflow = Workflow::builder("w")
                        .node("a", action)
                        .retry(Retry::fixed(retries, delay))
                        .build()
                        .expect("no problem");
                    let result = Executor::new(threads).run(&workflow, &Data::new());
                    let attempts = match &result {
                        Ok(_) => Ok(calls.load(Ordering::SeqCst)),
                        Err(error) => Err(error.report().failures()[0].attempts()),
                    };
                    assert_eq!(attempts, expected, "{retries} retries, {delay:?}");
                    assert_eq!(calls.load(Ordering::SeqCst), expected.unwrap_or_else(|attempts| attempts));
                }
            }
        }
    });
}

#[test]
fn a_panic_is_tried_again() {
    let workflow = Workflow::builder("w")
        .node("a", |context: &Context| {
            assert!(context.attempt() > 2, "not yet");
            Ok(())
        })
        .retry(Retry::fixed(2, Duration::ZERO))
        .build()
        .expect("no problem");
    assert!(Executor::new(1).run(&workflow, &Data::new()).is_ok());
}

#[test]
fn others_run_while_a_node_waits() {
    within(LIMIT, || {
        // On one thread: `a` can only succeed after `b` ran, which comes after the first attempt of `a`.
        let done = Arc::new(AtomicU32::new(0));
        let (of_a, of_b) = (Arc::clone(&done), Arc::clone(&done));
        let workflow = Workflow::builder("w")
            .node(
                "a",
                move |_: &Context| {
                    if of_a.load(Ordering::SeqCst) == 1 { Ok(()) } else { Err("not yet".into()) }
                },
            )
            .retry(Retry::fixed(1_000_000, Duration::from_millis(1)))
            .node("b", move |context: &Context| {
                of_b.store(1, Ordering::SeqCst);
                context.check()
            })
            .build()
            .expect("no problem");
        assert!(Executor::new(1).run(&workflow, &Data::new()).is_ok());
    });
}

#[test]
fn many_nodes_wait_at_once() {
    within(LIMIT, || {
        for threads in [1, 3] {
            let mut builder = Workflow::builder("w");
            for node in 0..300 {
                let (_, action) = flaky(node % 4 + 1);
                builder = builder.node(&node.to_string(), action).retry(
                    Retry::exponential(3).base(Duration::from_micros(100)).cap(Duration::from_millis(1)),
                );
            }
            let workflow = builder.build().expect("no problem");
            let report = Executor::new(threads).run(&workflow, &Data::new()).expect("all succeed in the end");
            assert_eq!(report.counts().completed, 300);
        }
    });
}

#[test]
fn a_stopped_run_does_not_wait_for_attempts() {
    within(LIMIT, || {
        let for_ever = Duration::from_secs(100_000);
        for threads in [1, 2] {
            let failed = Arc::new(AtomicU32::new(0));
            let (of_a, of_b) = (Arc::clone(&failed), failed);
            let workflow = Workflow::builder("w")
                .node("a", move |_: &Context| {
                    of_a.store(1, Ordering::SeqCst);
                    Err("try again".into())
                })
                .retry(Retry::fixed(1, for_ever))
                .node("after", |_: &Context| Ok(()))
                .after(["a"])
                .node("b", move |_: &Context| {
                    while of_b.load(Ordering::SeqCst) == 0 {
                        std::thread::yield_now();
                    }
                    Err("for good".into())
                })
                .build()
                .expect("no problem");
            let error = Executor::new(threads).run(&workflow, &Data::new()).expect_err("b fails");
            let report = error.report();
            // The last word of `a` is what its first attempt said.
            assert_eq!(report.counts().failed, 2, "{report}");
            assert_eq!(report.status("after"), Some(NodeStatus::Skipped));
            assert!(matches!(error, RunError::Failed(_)));
        }
    });
}

#[test]
fn an_attempt_that_is_due_does_not_wait_for_all_that_is_ready() {
    within(LIMIT, || {
        const OTHERS: usize = 300;
        let done = Arc::new(AtomicU32::new(0));
        let of_a = Arc::clone(&done);
        let mut builder = Workflow::builder("w")
            .node("a", move |context: &Context| {
                of_a.store(context.attempt(), Ordering::SeqCst);
                if context.attempt() == 1 { Err("once".into()) } else { Ok(()) }
            })
            .retry(Retry::fixed(1, Duration::from_millis(1)));
        for node in 0..OTHERS {
            let done = Arc::clone(&done);
            builder = builder.node(&node.to_string(), move |_: &Context| {
                let start = std::time::Instant::now();
                while start.elapsed() < Duration::from_micros(50) {
                    std::thread::yield_now();
                }
                // Long after it was due.
                assert!(node < OTHERS - 1 || done.load(Ordering::SeqCst) == 2);
                Ok(())
            });
        }
        let workflow = builder.build().expect("no problem");
        assert!(Executor::new(1).run(&workflow, &Data::new()).is_ok());
    });
}

#[test]
fn a_helper_wakes_up_for_an_attempt_that_is_due() {
    within(LIMIT, || {
        // The caller is in `b`, until somebody else has run `a` twice.
        let attempts = Arc::new(AtomicU32::new(0));
        let (of_a, of_b) = (Arc::clone(&attempts), attempts);
        let workflow = Workflow::builder("w")
            .node("b", move |_: &Context| {
                while of_b.load(Ordering::SeqCst) < 2 {
                    std::thread::yield_now();
                }
                Ok(())
            })
            .node(
                "a",
                move |_: &Context| {
                    if of_a.fetch_add(1, Ordering::SeqCst) == 0 { Err("once".into()) } else { Ok(()) }
                },
            )
            .retry(Retry::fixed(1, Duration::from_millis(5)))
            .build()
            .expect("no problem");
        assert!(Executor::new(2).run(&workflow, &Data::new()).is_ok());
    });
}

#[test]
fn an_attempt_that_is_due_does_not_wait_for_another_run() {
    within(LIMIT, || {
        /// Waits until somebody says so.
        fn until(flag: &AtomicU32) {
            while flag.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
        }

        // The helper fails an attempt of the first run and goes on with the second, which ends after the first. So the
        // caller, which sleeps by then, has to find out that there is something to wait for.
        let executor = Arc::new(Executor::new(2));
        let flag = || Arc::new(AtomicU32::new(0));
        let (helper_is_there, second_runs, first_is_over) = (flag(), flag(), flag());
        let both = Arc::new(Barrier::new(2));
        let mut first = Workflow::builder("first");
        for name in ["a", "b"] {
            let (both, second_runs) = (Arc::clone(&both), Arc::clone(&second_runs));
            let helper_is_there = Arc::clone(&helper_is_there);
            first = first
                .node(name, move |context: &Context| {
                    if context.attempt() > 1 {
                        return Ok(());
                    }
                    both.wait();
                    if context.worker() == 0 {
                        return Ok(());
                    }
                    helper_is_there.store(1, Ordering::SeqCst);
                    until(&second_runs);
                    // Most probably the caller sleeps when this is over; if not, there is less to see.
                    context.sleep(Duration::from_millis(50))?;
                    Err("once".into())
                })
                .retry(Retry::fixed(1, Duration::from_millis(20)));
        }
        let first = first.build().expect("no problem");
        let both = Arc::new(Barrier::new(2));
        let mut second = Workflow::builder("second");
        for name in ["a", "b"] {
            let (both, over) = (Arc::clone(&both), Arc::clone(&first_is_over));
            let second_runs = Arc::clone(&second_runs);
            second = second.node(name, move |_: &Context| {
                second_runs.store(1, Ordering::SeqCst);
                both.wait();
                until(&over);
                Ok(())
            });
        }
        let second = second.build().expect("no problem");

        let other = Arc::clone(&executor);
        let runs = std::thread::spawn(move || other.run(&first, &Data::new()).is_ok());
        until(&helper_is_there);
        let other = std::thread::spawn(move || executor.run(&second, &Data::new()).is_ok());
        assert!(runs.join().expect("no panic"));
        first_is_over.store(1, Ordering::SeqCst);
        assert!(other.join().expect("no panic"));
    });
}

#[test]
fn a_stopped_run_has_no_further_attempts() {
    within(LIMIT, || {
        // `a` would be tried again at once, some four billion times.
        let executor = Executor::new(2);
        let attempts = Arc::new(AtomicU32::new(0));
        let (of_a, of_b) = (Arc::clone(&attempts), attempts);
        let workflow = Workflow::builder("w")
            .node("a", move |_: &Context| {
                of_a.fetch_add(1, Ordering::SeqCst);
                Err("again".into())
            })
            .retry(Retry::fixed(u32::MAX, Duration::ZERO))
            .node("b", move |_: &Context| {
                while of_b.load(Ordering::SeqCst) < 3 {
                    std::thread::yield_now();
                }
                Err("for good".into())
            })
            .build()
            .expect("no problem");
        let error = executor.run(&workflow, &Data::new()).expect_err("both fail");
        assert_eq!(error.report().counts().failed, 2);
    });
}

#[test]
fn delays_grow_up_to_a_cap() {
    let ms = Duration::from_millis;
    let retry = Retry::exponential(70).base(ms(3)).cap(ms(20)).jitter(false);
    let delays: Vec<_> = (1..=5).map(|failed| retry.delay(failed, 0.5)).collect();
    assert_eq!(delays, [ms(3), ms(6), ms(12), ms(20), ms(20)].map(Some));
    // However often it is doubled.
    assert_eq!((retry.delay(70, 0.5), retry.delay(71, 0.5)), (Some(ms(20)), None));
    let endless = Retry::exponential(u32::MAX).base(Duration::MAX).cap(Duration::MAX).jitter(false);
    assert_eq!(endless.delay(u32::MAX, 1.0), Some(Duration::MAX));
    assert_eq!(Retry::none().delay(1, 0.0), None);
    assert_eq!(Retry::fixed(2, ms(7)).delay(2, 0.0), Some(ms(7)));
}

#[test]
fn jitter_takes_a_part() {
    let ms = Duration::from_millis;
    let retry = Retry::exponential(3).base(ms(100));
    assert_eq!([0.0, 0.25, 1.0].map(|random| retry.delay(1, random)), [ms(0), ms(25), ms(100)].map(Some));
    // What is no number between 0 and 1 does no harm.
    assert_eq!([-1.0, 7.0].map(|random| retry.delay(1, random)), [ms(0), ms(100)].map(Some));
    assert_eq!(retry.delay(1, f64::NAN), Some(ms(100)));
    let longest = Retry::fixed(1, Duration::MAX).jitter(true);
    assert_eq!(longest.delay(1, 1.0), Some(Duration::MAX));
}

#[test]
fn an_attempt_may_have_a_condition() {
    let (calls, action) = flaky(10);
    let workflow = Workflow::builder("w")
        .node("a", action)
        .retry(Retry::fixed(9, Duration::ZERO).when(|error| error.to_string() != "attempt 3"))
        .build()
        .expect("no problem");
    let error = Executor::new(1).run(&workflow, &Data::new()).expect_err("it gives up");
    assert_eq!((calls.load(Ordering::SeqCst), error.report().failures()[0].attempts()), (3, 3));
}

#[test]
fn a_middleware_tries_again_in_place() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let workflow = Workflow::builder("w")
        .node("a", move |context: &Context| {
            assert_eq!(context.attempt(), 1, "the workflow does not know");
            if counted.fetch_add(1, Ordering::SeqCst) < 2 { Err("again".into()) } else { Ok(()) }
        })
        .layer(retrying(Retry::exponential(5).base(Duration::from_micros(10))))
        .build()
        .expect("no problem");
    assert!(Executor::new(1).run_with(&workflow, &Data::new(), RunOptions::new()).is_ok());
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}
