//! Errors and panics: what stops, what goes on, what the report says.

use std::{io, sync::Arc};

use flow_workflow::{
    ActionError, ActionErrorKind, CancelToken, Context, Data, Executor, NodeStatus, Report, RunError,
    RunOptions, Workflow, WorkflowBuilder,
};

fn fine(_: &Context) -> Result<(), ActionError> {
    Ok(())
}

fn fails(_: &Context) -> Result<(), ActionError> {
    Err("as planned".into())
}

/// Runs on one thread, in a known order.
fn run(builder: WorkflowBuilder, options: RunOptions) -> Result<Report, RunError> {
    let workflow = builder.build().expect("no problem");
    Executor::new(1).run_with(&workflow, &Data::new(), options)
}

fn statuses(report: &Report) -> String {
    let each = report.statuses().map(|(name, status)| format!("{name} {status}"));
    each.collect::<Vec<_>>().join(", ")
}

/// `a` fails; `b` and then `c` depend on it; `x` and then `y` do not.
fn two_branches() -> WorkflowBuilder {
    Workflow::builder("w")
        .node("a", fails)
        .node("b", fine)
        .after(["a"])
        .node("c", fine)
        .after(["b", "x"])
        .node("x", fine)
        .node("y", fine)
        .after(["x"])
}

#[test]
fn the_first_failure_stops_new_starts() {
    let error = run(two_branches(), RunOptions::new()).expect_err("a fails");
    assert!(matches!(error, RunError::Failed(_)));
    assert_eq!(statuses(error.report()), "a failed, b skipped, c skipped, x pending, y pending");
    assert_eq!(
        error.to_string(),
        "workflow 'w' failed: node 'a' failed: as planned (1 failed, 2 skipped, 2 pending)"
    );
}

#[test]
fn keep_going_runs_what_does_not_depend_on_it() {
    let error = run(two_branches(), RunOptions::new().keep_going(true)).expect_err("a fails");
    assert_eq!(statuses(error.report()), "a failed, b skipped, c skipped, x completed, y completed");
}

#[test]
fn a_tolerated_failure_lets_dependents_run() {
    let builder = Workflow::builder("w").node("a", fails).continue_on_error().node("b", fine).after(["a"]);
    let report = run(builder, RunOptions::new()).expect("it is tolerated");
    assert_eq!(statuses(&report), "a failed, b completed");
    assert_eq!(report.failures().len(), 1);
    assert!(report.failures()[0].is_tolerated());
}

#[test]
fn what_is_skipped_lets_nobody_run() {
    // That `b` may fail does not mean that it may be left out.
    let builder = Workflow::builder("w")
        .node("a", fails)
        .node("b", fine)
        .after(["a"])
        .continue_on_error()
        .node("c", fine)
        .after(["b"]);
    let error = run(builder, RunOptions::new().keep_going(true)).expect_err("a fails");
    assert_eq!(statuses(error.report()), "a failed, b skipped, c skipped");
}

#[test]
fn all_failures_are_in_the_report() {
    let mut builder = Workflow::builder("w");
    for node in 0..10 {
        builder = builder.node(&format!("n{node}"), fails);
    }
    let error = run(builder, RunOptions::new().keep_going(true)).expect_err("all fail");
    let mut names: Vec<_> =
        error.report().failures().iter().map(|failure| failure.node().to_owned()).collect();
    names.sort();
    assert_eq!(names, (0..10).map(|node| format!("n{node}")).collect::<Vec<_>>());
}

#[test]
fn what_runs_when_another_fails_ends_as_it_does() {
    use std::sync::Barrier;

    // Both run at once, and both fail.
    let barrier = Arc::new(Barrier::new(2));
    let mut builder = Workflow::builder("w");
    for name in ["a", "b"] {
        let barrier = Arc::clone(&barrier);
        builder = builder.node(name, move |_: &Context| {
            barrier.wait();
            Err(name.into())
        });
    }
    let workflow = builder.build().expect("no problem");
    let error = Executor::new(2).run(&workflow, &Data::new()).expect_err("both fail");
    assert_eq!(error.report().failures().len(), 2);
    assert_eq!(statuses(error.report()), "a failed, b failed");
}

#[test]
fn a_panic_is_a_failure_of_its_node() {
    let builder = Workflow::builder("w")
        .node("text", |_: &Context| panic!("number {}", 7))
        .node("literal", |_: &Context| panic!("plain"))
        .node("value", |_: &Context| std::panic::panic_any(7));
    let error = run(builder, RunOptions::new().keep_going(true)).expect_err("all panic");
    let mut texts: Vec<_> = error.report().failures().iter().map(ToString::to_string).collect();
    texts.sort();
    assert_eq!(
        texts,
        [
            "node 'literal' failed: panicked: plain",
            "node 'text' failed: panicked: number 7",
            "node 'value' failed: panicked: a value that is not a string",
        ]
    );
    assert!(error.report().failures().iter().all(|each| each.error().kind() == ActionErrorKind::Panicked));
}

#[test]
fn an_executor_is_usable_after_anything() {
    let executor = Executor::new(2);
    for round in 0..50 {
        let mut builder = Workflow::builder("w");
        for node in 0..20 {
            builder = builder.node(&node.to_string(), move |_: &Context| match (node + round) % 5 {
                0 => panic!("as planned"),
                1 => Err("as planned".into()),
                _ => Ok(()),
            });
        }
        let workflow = builder.build().expect("no problem");
        let options = RunOptions::new().keep_going(round % 2 == 0);
        let error = executor.run_with(&workflow, &Data::new(), options).expect_err("some fail");
        let counts = error.report().counts();
        assert_eq!(counts.failed, error.report().failures().len());
        if round % 2 == 0 {
            assert_eq!((counts.failed, counts.completed), (8, 12));
        }
    }
    let workflow = Workflow::builder("w").node("a", fine).build().expect("no problem");
    assert!(executor.run(&workflow, &Data::new()).is_ok());
}

#[test]
fn errors_keep_what_they_were_made_of() {
    let builder = Workflow::builder("w").node("a", |_: &Context| {
        Err(io::Error::new(io::ErrorKind::NotFound, "no such order"))?;
        Ok(())
    });
    let error = run(builder, RunOptions::new()).expect_err("a fails");
    let failure = &error.report().failures()[0];
    let source = failure.error().downcast_ref::<io::Error>().expect("an I/O error");
    assert_eq!((source.kind(), failure.attempts()), (io::ErrorKind::NotFound, 1));
    // The chain of sources leads there too.
    let source = std::error::Error::source(&error).expect("the cause");
    assert!(source.downcast_ref::<io::Error>().is_some());
    assert_eq!(error.into_report().status("a"), Some(NodeStatus::Failed));
}

#[test]
fn sources_are_part_of_the_text() {
    #[derive(Debug)]
    struct Outer(io::Error);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("cannot charge")
        }
    }
    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let error = ActionError::from(Outer(io::Error::other("no route")));
    assert_eq!(error.to_string(), "cannot charge: no route");
    assert_eq!(error.into_boxed().to_string(), "cannot charge");
}

#[test]
fn only_a_failed_run_has_a_failure_as_its_source() {
    // The same failure in both, but the second run ends because it was cancelled.
    for cancels in [false, true] {
        let token = CancelToken::new();
        let options = RunOptions::new().keep_going(true).cancel(token.clone());
        let builder = Workflow::builder("w").node("a", fails).node("b", move |_: &Context| {
            if cancels {
                token.cancel();
            }
            Ok(())
        });
        let error = run(builder.node("c", fine).after(["b"]), options).expect_err("a fails");
        assert_eq!(error.report().failures().len(), 1);
        assert_eq!(std::error::Error::source(&error).is_some(), !cancels, "{error}");
    }
}

#[test]
fn errors_show_themselves_to_people_and_their_structure_on_demand() {
    // What `main` prints of an error that it returns, and `unwrap` of one that it meets.
    let error = run(Workflow::builder("w").node("a", fails), RunOptions::new()).expect_err("a fails");
    assert_eq!(format!("{error:?}"), error.to_string());
    let structure = format!("{error:#?}");
    assert!(
        structure.starts_with("Failed(\n    Report {") && structure.contains("failed: 1,"),
        "{structure}"
    );

    let error = ActionError::from(io::Error::other("no route"));
    assert_eq!(format!("{error:?}"), "no route");
    let structure = format!("{error:#?}");
    assert!(structure.contains("kind: Failed,") && structure.contains("kind: Other,"), "{structure}");
    assert_eq!(format!("{:>10}|", error.kind()), "    failed|");

    let error = Workflow::builder("w").after(["a"]).build().expect_err("no node yet");
    assert_eq!(format!("{error:?}"), error.to_string());
    assert!(format!("{error:#?}").contains("NoNodeYet {"), "{error:#?}");
}
