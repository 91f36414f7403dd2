//! Reports: timings, the critical path, how they read.

use std::time::Duration;

use flow_workflow::{ActionError, Context, Data, Executor, NodeStatus, Report, Retry, RunOptions, Workflow};

use crate::actions;

/// Takes so many milliseconds.
fn takes(milliseconds: u64) -> impl Fn(&Context) -> Result<(), ActionError> + Send + Sync {
    actions::takes(Duration::from_millis(milliseconds))
}

fn timed(workflow: &Workflow, threads: usize) -> Report {
    Executor::new(threads)
        .run_with(workflow, &Data::new(), RunOptions::new().timings(true))
        .expect("nothing fails")
}

#[test]
fn timings_respect_dependencies() {
    let workflow = Workflow::builder("w")
        .node("a", takes(2))
        .node("b", takes(3))
        .after(["a"])
        .node("c", takes(1))
        .after(["a"])
        .node("d", takes(1))
        .after(["b", "c"])
        .build()
        .expect("no problem");
    for threads in [1, 2] {
        let report = timed(&workflow, threads);
        let timings: Vec<_> = report.timings().expect("they were wanted").collect();
        assert_eq!(timings.iter().map(|timing| timing.node.name()).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
        for timing in &timings {
            assert_eq!((timing.attempts, timing.end - timing.start), (1, timing.busy));
            assert!(timing.end <= report.elapsed() && timing.worker < threads);
            for dependency in timing.node.dependencies() {
                let before =
                    timings.iter().find(|other| other.node.name() == dependency.name()).expect("it ran");
                assert!(before.end <= timing.start);
            }
        }
        let busy =
            |name: &str| timings.iter().find(|timing| timing.node.name() == name).expect("it ran").busy;
        let path = report.critical_path().expect("timings");
        let names: Vec<_> = path.nodes.iter().map(|node| node.name()).collect();
        let middle = if busy("b") >= busy("c") { "b" } else { "c" };
        assert_eq!(names, ["a", middle, "d"]);
        assert_eq!(path.busy, busy("a") + busy(middle) + busy("d"));
        assert!(path.busy <= report.elapsed());
    }
}

#[test]
fn delays_are_not_busy() {
    let workflow = Workflow::builder("w")
        .node("a", |context: &Context| if context.attempt() < 3 { Err("again".into()) } else { Ok(()) })
        .retry(Retry::fixed(2, Duration::from_millis(2)))
        .build()
        .expect("no problem");
    let report = timed(&workflow, 1);
    let timing = report.timings().expect("they were wanted").next().expect("it ran");
    assert_eq!(timing.attempts, 3);
    assert!(timing.end - timing.start >= timing.busy + Duration::from_millis(4));
}

#[test]
fn nothing_is_timed_unless_asked_for() {
    let workflow = Workflow::builder("w").node("a", takes(0)).build().expect("no problem");
    let report = Executor::new(1).run(&workflow, &Data::new()).expect("nothing fails");
    assert!(report.timings().is_none() && report.critical_path().is_none());
    assert!(report.elapsed() > Duration::ZERO);
}

#[test]
fn an_empty_run_has_an_empty_path() {
    let workflow = Workflow::builder("w").build().expect("no problem");
    let report = timed(&workflow, 1);
    let path = report.critical_path().expect("timings");
    assert!(path.nodes.is_empty() && path.busy.is_zero());
}

#[test]
fn what_never_ran_is_not_timed() {
    let workflow = Workflow::builder("w")
        .node("a", |_: &Context| Err("as planned".into()))
        .node("b", takes(0))
        .after(["a"])
        .build()
        .expect("no problem");
    let error = Executor::new(1)
        .run_with(&workflow, &Data::new(), RunOptions::new().timings(true))
        .expect_err("a fails");
    let names: Vec<_> = error.report().timings().expect("wanted").map(|timing| timing.node.name()).collect();
    assert_eq!(names, ["a"]);
    let path = error.report().critical_path().expect("wanted");
    assert_eq!(path.nodes.iter().map(|node| node.name()).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn reports_read_well() {
    let workflow =
        Workflow::builder("order").node("a", takes(0)).node("b", takes(0)).build().expect("no problem");
    let report = Executor::new(1).run(&workflow, &Data::new()).expect("nothing fails");
    assert!(report.to_string().starts_with("workflow 'order': 2 completed in "), "{report}");
    assert_eq!(
        report.statuses().collect::<Vec<_>>(),
        [("a", NodeStatus::Completed), ("b", NodeStatus::Completed)]
    );
    assert_eq!(report.status("c"), None);
    assert_eq!(format!("{:>10}|{:<9}|", NodeStatus::Failed, NodeStatus::Skipped), "    failed|skipped  |");
}
