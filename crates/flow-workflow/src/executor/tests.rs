//! What takes too long, or comes too seldom, to be seen from outside.

use std::{
    panic::panic_any,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Participant, Run, RunOptions, crew::Crew, delayed::Attempts, participant::help};
use crate::{
    ActionError, Context, Data, Retry, Workflow,
    cancel::OnCancel,
    machine::{End, Stop},
};

fn run_of(workflow: &Workflow, threads: usize) -> Arc<Run> {
    Arc::new(Run::new(workflow, &Data::new(), &RunOptions::new(), threads))
}

fn retried(retry: Retry) -> Workflow {
    let action = |context: &Context| -> Result<(), ActionError> {
        if context.attempt() == u32::MAX { Ok(()) } else { Err("again".into()) }
    };
    Workflow::builder("w").node("a", action).retry(retry).build().expect("no problem")
}

fn attempts(failed: u32) -> Attempts {
    Attempts { failed, started: Instant::now(), error: "before".into() }
}

#[test]
fn attempts_are_counted_up_to_the_largest_number() {
    for failed in [u32::MAX - 2, u32::MAX] {
        let run = run_of(&retried(Retry::fixed(u32::MAX, Duration::ZERO)), 1);
        run.delayed.push(0, Instant::now(), attempts(failed));
        let crew = Crew::default();
        let mut context = Context::new(Arc::clone(&run), run.live().expect("it goes on"), 0);
        let end = Participant::new(&run, &crew, 0).execute_watched(&mut context);
        assert_eq!((end, context.attempt()), (Some(End::Completed), u32::MAX));
    }
}

#[test]
fn nobody_looks_at_the_clock_for_a_run_that_is_stopped() {
    let workflow = retried(Retry::fixed(1, Duration::ZERO));
    let options = RunOptions::new().deadline(Instant::now());
    let run = Run::new(&workflow, &Data::new(), &options, 2);
    run.delayed.push(0, Instant::now(), attempts(1));
    assert!(run.next_due().is_some() && run.next_look().is_some());
    // What is due now would let threads look again and again, until the last node that runs has ended.
    run.state.machine.stop(Stop::DeadlineExceeded);
    assert!(run.next_due().is_none() && run.next_look().is_none());
}

#[test]
fn a_run_that_outlives_its_workflow_takes_panics_of_destructors() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic_any("a destructor panics");
        }
    }
    let bomb = Bomb;
    let action = move |_: &Context| {
        let _bomb: &Bomb = &bomb;
        Ok(())
    };
    let workflow = Workflow::builder("w").node("a", action).build().expect("no problem");
    let run = run_of(&workflow, 1);
    drop(workflow);
    run.cancel();
}

#[test]
fn a_node_that_was_left_for_later_finds_a_helper_while_the_other_is_away() {
    // Both helpers sleep when the node is left, and one of them goes to another run before it is due.
    flow_testkit::within(Duration::from_secs(120), || {
        let crew = Arc::new(Crew::default());
        let helpers: Vec<_> = (1..3)
            .map(|index| {
                let crew = Arc::clone(&crew);
                std::thread::spawn(move || help(&crew, index))
            })
            .collect();
        let sleeping = |count: usize| {
            while crew.sleepers() < count {
                std::thread::yield_now();
            }
        };
        sleeping(2);
        let run = run_of(&retried(Retry::fixed(u32::MAX, Duration::ZERO)), 3);
        crew.announce(&run);
        run.set_announced();
        run.delayed.push(0, Instant::now() + Duration::from_millis(50), attempts(u32::MAX - 1));
        Participant::new(&run, &crew, 0).tell_of_delay();
        sleeping(2);

        let (over, takes) = (Arc::new(std::sync::Barrier::new(2)), Arc::new(std::sync::Barrier::new(2)));
        let (of_action, taken) = (Arc::clone(&over), Arc::clone(&takes));
        let action = move |_: &Context| {
            taken.wait();
            of_action.wait();
            Ok(())
        };
        let other = Workflow::builder("other").node("a", action).build().expect("no problem");
        let other = run_of(&other, 3);
        crew.announce(&other);
        other.set_announced();
        let mut caller = Participant::new(&other, &crew, 0);
        caller.push::<true>(0..1);
        takes.wait();
        // One helper is in the other run. Nobody but the second can run the node, which has ended then.
        while !run.state.machine.is_complete() {
            std::thread::yield_now();
        }
        over.wait();
        while !other.state.machine.is_complete() {
            std::thread::yield_now();
        }
        crew.withdraw(&run);
        crew.withdraw(&other);
        crew.dismiss();
        helpers.into_iter().for_each(|helper| helper.join().expect("a helper does not panic"));
    });
}
