//! loom models of whole runs: a caller with a helper, or with somebody who cancels, and workflows of a few nodes.
//!
//! What nodes do is written and read with `Relaxed`, for which loom gives any value that is not ruled out by what happened
//! before: a node that could run without seeing what its dependencies did would see it in some execution.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use loom::{
    sync::atomic::{
        AtomicUsize,
        Ordering::{Relaxed, SeqCst},
    },
    thread,
};

use super::{Participant, Run, RunOptions, bell::Bell, crew::Crew, delayed::Attempts, participant, run_on};
use crate::{
    ActionError, CancelToken, Context, Data, NodeStatus, Retry, RunError, Workflow,
    cancel::OnCancel,
    sync::{AtomicBool, Condvar, Mutex, lock, wait},
};

/// How often each node of a model ran.
#[derive(Debug)]
struct Counts(Vec<AtomicUsize>);

impl Counts {
    fn new(nodes: usize) -> Arc<Self> {
        Arc::new(Self((0..nodes).map(|_| AtomicUsize::new(0)).collect()))
    }
}

/// The name of a node.
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A workflow whose nodes count, and check that each ran once, after its dependencies. `fails` names a node that fails.
fn counting(counts: &Arc<Counts>, dependencies: &[&[usize]], fails: Option<usize>) -> Workflow {
    let mut builder = Workflow::builder("model");
    for (node, &list) in dependencies.iter().enumerate() {
        let (counts, before) = (Arc::clone(counts), list.to_vec());
        let action = move |context: &Context| -> Result<(), ActionError> {
            assert!(
                before.iter().all(|&other| counts.0[other].load(Relaxed) == 1),
                "a dependency is not seen"
            );
            assert_eq!(counts.0[node].fetch_add(1, Relaxed), 0, "it ran before");
            context.set_output(node);
            if fails == Some(node) { Err("as planned".into()) } else { Ok(()) }
        };
        builder = builder.node(NAMES[node], action).after(list.iter().map(|&other| NAMES[other]));
    }
    builder.build().expect("a good workflow")
}

/// Runs `model` with a crew of `helpers`.
fn with_helpers(helpers: usize, model: impl Fn(&Crew) + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    // Three threads have too many ways for more.
    let bound = if helpers > 1 { 2 } else { usize::MAX };
    builder.preemption_bound = builder.preemption_bound.map(|preemptions| preemptions.min(bound));
    builder.check(move || {
        let crew = Arc::new(Crew::default());
        let help = |index: usize| {
            let crew = Arc::clone(&crew);
            thread::spawn(move || participant::help(&crew, index))
        };
        let helpers: Vec<_> = (1..=helpers).map(help).collect();
        model(&crew);
        crew.dismiss();
        helpers.into_iter().for_each(|helper| helper.join().expect("a helper does not panic"));
    });
}

/// Runs `model` with a crew of one helper.
fn with_helper(model: impl Fn(&Crew) + Send + Sync + 'static) {
    with_helpers(1, model);
}

#[test]
fn loom_a_diamond_runs_in_order() {
    with_helper(|crew| {
        let counts = Counts::new(4);
        let workflow = counting(&counts, &[&[], &[0], &[0], &[1, 2]], None);
        let report = run_on(crew, 2, &workflow, &Data::new(), &RunOptions::new()).expect("nothing fails");
        assert_eq!(report.counts().completed, 4);
        // The caller sees all that a helper did, and has the outputs for itself.
        for (node, count) in counts.0.iter().enumerate() {
            assert_eq!(
                (count.load(Relaxed), report.output(NAMES[node]).map(|output| *output)),
                (1, Ok(node))
            );
        }
    });
}

#[test]
fn loom_a_helper_that_stays_sees_what_it_takes() {
    with_helper(|crew| {
        let counts = Counts::new(5);
        let workflow = counting(&counts, &[&[], &[0], &[0], &[1], &[1]], None);
        let report = run_on(crew, 2, &workflow, &Data::new(), &RunOptions::new()).expect("nothing fails");
        assert_eq!(report.counts().completed, 5);
    });
}

/// So many nodes that wait for each other.
#[derive(Clone, Debug)]
struct Meeting(usize, Arc<(Mutex<usize>, Condvar)>);

impl Meeting {
    fn of(nodes: usize) -> Self {
        Self(nodes, Arc::new((Mutex::new(0), Condvar::new())))
    }

    fn join(&self) -> Result<(), ActionError> {
        let (mutex, condvar) = &*self.1;
        let mut there = lock(mutex);
        *there += 1;
        condvar.notify_all();
        while *there < self.0 {
            there = wait(condvar, there, None);
        }
        Ok(())
    }
}

#[test]
fn loom_a_helper_that_sleeps_is_woken() {
    // The second time that something is pushed, the helper may be anywhere. If nobody woke it, the meeting would not end.
    with_helper(|crew| {
        let meeting = Meeting::of(2);
        let (left, right) = (meeting.clone(), meeting);
        let workflow = Workflow::builder("model")
            .node("a", |_: &Context| Ok(()))
            .node("b", |_: &Context| Ok(()))
            .after(["a"])
            .node("c", |_: &Context| Ok(()))
            .after(["a"])
            .node("d", move |_: &Context| left.join())
            .after(["b"])
            .node("e", move |_: &Context| right.join())
            .after(["b"])
            .build()
            .expect("a good workflow");
        assert!(run_on(crew, 2, &workflow, &Data::new(), &RunOptions::new()).is_ok());
    });
}

#[test]
fn loom_helpers_wake_each_other() {
    // Three nodes in one range, for which one helper is woken: without a second, the meeting would not end.
    with_helpers(2, |crew| {
        let meeting = Meeting::of(3);
        let mut builder = Workflow::builder("model");
        for name in &NAMES[..3] {
            let meeting = meeting.clone();
            builder = builder.node(name, move |_: &Context| meeting.join());
        }
        let workflow = builder.build().expect("a good workflow");
        assert!(run_on(crew, 3, &workflow, &Data::new(), &RunOptions::new()).is_ok());
    });
}

#[test]
fn loom_a_caller_that_waits_is_told_of_a_cancellation() {
    loom::model(|| {
        let workflow = counting(&Counts::new(1), &[&[]], None);
        let run = Arc::new(Run::new(&workflow, &Data::new(), &RunOptions::new(), 1));
        let canceller = {
            let run = Arc::clone(&run);
            thread::spawn(move || run.cancel())
        };
        while !run.is_over() {
            run.bell.wait(|| None, || run.is_over());
        }
        canceller.join().expect("it only cancels");
    });
}

#[test]
fn loom_the_last_of_several_dependencies_starts_a_node() {
    with_helper(|crew| {
        let counts = Counts::new(4);
        let workflow = counting(&counts, &[&[], &[], &[0, 1], &[0, 1]], None);
        let report = run_on(crew, 2, &workflow, &Data::new(), &RunOptions::new()).expect("nothing fails");
        assert_eq!(report.counts().completed, 4);
    });
}

#[test]
fn loom_a_failure_stops_the_run() {
    with_helper(|crew| {
        let counts = Counts::new(4);
        let workflow = counting(&counts, &[&[], &[], &[0], &[1]], Some(0));
        let error = run_on(crew, 2, &workflow, &Data::new(), &RunOptions::new()).expect_err("a fails");
        let report = error.report();
        let status = |node: usize| report.status(NAMES[node]);
        assert_eq!((status(0), status(2)), (Some(NodeStatus::Failed), Some(NodeStatus::Skipped)));
        for node in [1, 3] {
            let ran = counts.0[node].load(Relaxed) == 1;
            let expected = if ran { NodeStatus::Completed } else { NodeStatus::Pending };
            assert_eq!(status(node), Some(expected), "{}", NAMES[node]);
        }
    });
}

#[test]
fn loom_a_run_may_be_cancelled_at_any_moment() {
    loom::model(|| {
        let counts = Counts::new(2);
        let workflow = counting(&counts, &[&[], &[0]], None);
        let token = CancelToken::new();
        let canceller = {
            let token = token.clone();
            thread::spawn(move || token.cancel())
        };
        let options = RunOptions::new().cancel(token);
        // Two threads at most, so that the run takes the ways of a shared one, but the other never comes.
        let result = run_on(&Crew::default(), 2, &workflow, &Data::new(), &options);
        canceller.join().expect("it only cancels");
        let report = match result {
            Ok(report) => report,
            Err(RunError::Cancelled(report)) => *report,
            Err(other) => panic!("{other}"),
        };
        for (node, name) in NAMES.iter().enumerate().take(2) {
            let ran = counts.0[node].load(Relaxed) == 1;
            let expected = if ran { NodeStatus::Completed } else { NodeStatus::Cancelled };
            assert_eq!(report.status(name), Some(expected), "{name}");
        }
    });
}

/// A run with a node that is left for later, by a helper that does not come back: it went to another run. The helper does
/// so when the function is called. There is room for another.
fn left_for_later() -> (Arc<Run>, impl FnOnce(&Crew) + Send) {
    let workflow = Workflow::builder("model")
        .node("a", |_: &Context| Ok(()))
        .retry(Retry::fixed(1, Duration::ZERO))
        .build()
        .expect("a good workflow");
    let run = Arc::new(Run::new(&workflow, &Data::new(), &RunOptions::new(), 3));
    run.enter();
    let helpers = Arc::clone(&run);
    let leave = move |crew: &Crew| {
        // It is due now, since no time passes here.
        let now = Instant::now();
        let attempts = Attempts { failed: 1, started: now, error: "as planned".into() };
        helpers.delayed.push(0, now, attempts);
        Participant::new(&helpers, crew, 1).tell_of_delay();
        helpers.exit();
    };
    (run, leave)
}

#[test]
fn loom_a_caller_that_waits_is_told_of_a_delay() {
    loom::model(|| {
        let crew = Arc::new(Crew::default());
        let (run, leave) = left_for_later();
        let helper = {
            let crew = Arc::clone(&crew);
            thread::spawn(move || leave(&crew))
        };
        assert_eq!(Participant::new(&run, &crew, 0).wait::<true>(), Some(0));
        helper.join().expect("it only leaves");
    });
}

#[test]
fn loom_a_helper_that_sleeps_is_told_of_a_delay() {
    loom::model(|| {
        let crew = Arc::new(Crew::default());
        let (run, leave) = left_for_later();
        crew.announce(&run);
        run.set_announced();
        let other = {
            let crew = Arc::clone(&crew);
            thread::spawn(move || crew.join().is_some())
        };
        leave(&crew);
        assert!(other.join().expect("it only joins"));
    });
}

#[test]
fn loom_who_waits_is_woken() {
    loom::model(|| {
        let shared = Arc::new((Bell::new(), AtomicBool::new(false)));
        let ringer = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (bell, is_done) = &*shared;
                is_done.store(true, SeqCst);
                bell.ring();
            })
        };
        let (bell, is_done) = &*shared;
        // Without an end of the wait: a ring that is missed is a deadlock, which loom reports.
        while !is_done.load(SeqCst) {
            bell.wait(|| None, || is_done.load(SeqCst));
        }
        ringer.join().expect("it only rings");
    });
}

#[test]
fn loom_who_waits_knows_until_when() {
    loom::model(|| {
        // Something to do at a time, which is now, since no time passes here.
        let shared = Arc::new((Bell::new(), AtomicBool::new(false)));
        let ringer = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (bell, is_due) = &*shared;
                is_due.store(true, SeqCst);
                bell.ring();
            })
        };
        let (bell, is_due) = &*shared;
        // One that does not hear of it sleeps for ever, which loom reports.
        while !is_due.load(SeqCst) {
            bell.wait(|| is_due.load(SeqCst).then(Instant::now), || false);
        }
        ringer.join().expect("it only rings");
    });
}
