//! What nodes hand to others.

use std::sync::Arc;

use flow_workflow::{Context, Data, Executor, OutputError, Retry, Workflow};

#[test]
fn outputs_reach_dependents_and_the_report() {
    let workflow = Workflow::builder("w")
        .compute("a", |_| Ok(20_u64))
        .compute("b", |_| Ok(22_u64))
        .compute("sum", |context| {
            let outputs = context.outputs::<u64>().collect::<Result<Vec<_>, _>>()?;
            Ok(outputs.iter().map(|output| **output).sum::<u64>())
        })
        .after(["b", "a"])
        .build()
        .expect("no problem");
    for threads in [1, 3] {
        let report = Executor::new(threads).run(&workflow, &Data::new()).expect("nothing fails");
        assert_eq!(report.output::<u64>("sum").map(|sum| *sum), Ok(42));
    }
}

#[test]
fn every_way_to_miss_an_output_has_an_error() {
    let workflow = Workflow::builder("w")
        .compute("far", |_| Ok(1_u8))
        .compute("near", |_| Ok("text".to_owned()))
        .after(["far"])
        .node("silent", |_: &Context| Ok(()))
        .compute("errors", |context| {
            let error = |node: &str| context.output::<u8>(node).expect_err("no such output").to_string();
            Ok(["far", "near", "silent", "nobody"].map(error))
        })
        .after(["near", "silent"])
        .build()
        .expect("no problem");
    let report = Executor::new(1).run(&workflow, &Data::new()).expect("nothing fails");
    let errors = report.output::<[String; 4]>("errors").expect("an output");
    assert_eq!(
        *errors,
        [
            "node 'errors' does not depend on a node 'far', whose output it wants: name it in `after`",
            "the output of node 'near' is not a u8",
            "node 'silent' has no output: its action has to call `set_output`",
            "node 'errors' does not depend on a node 'nobody', whose output it wants: name it in `after`",
        ]
    );
    assert_eq!(
        report.output::<u8>("nobody").err(),
        Some(OutputError::UnknownNode { node: "nobody".to_owned() })
    );
    assert_eq!(report.output::<u8>("silent").err(), Some(OutputError::Missing { node: "silent".to_owned() }));
}

#[test]
fn the_last_attempt_counts() {
    let workflow = Workflow::builder("w")
        .node("a", |context: &Context| {
            context.set_output(context.attempt());
            if context.attempt() < 3 { Err("again".into()) } else { Ok(()) }
        })
        .retry(Retry::fixed(5, std::time::Duration::ZERO))
        .build()
        .expect("no problem");
    let report = Executor::new(1).run(&workflow, &Data::new()).expect("the third succeeds");
    assert_eq!(report.output::<u32>("a").map(|attempt| *attempt), Ok(3));
}

#[test]
fn a_failed_run_has_the_outputs_so_far() {
    let workflow = Workflow::builder("w")
        .compute("a", |_| Ok(Arc::new(7)))
        .node("b", |_: &Context| Err("as planned".into()))
        .after(["a"])
        .build()
        .expect("no problem");
    let error = Executor::new(1).run(&workflow, &Data::new()).expect_err("b fails");
    assert_eq!(error.report().output::<Arc<i32>>("a").map(|output| **output), Ok(7));
}

#[test]
fn runs_do_not_see_the_outputs_of_others() {
    let workflow = Workflow::builder("w")
        .node("sometimes", |context: &Context| {
            if !context.data().is_empty() {
                context.set_output(1);
            }
            Ok(())
        })
        .build()
        .expect("no problem");
    let executor = Executor::new(1);
    let full = Data::new();
    full.set(flow_workflow::Key::new("any"), 1);
    for round in 0..10 {
        let data = if round % 2 == 0 { full.clone() } else { Data::new() };
        let report = executor.run(&workflow, &data).expect("nothing fails");
        assert_eq!(report.output::<i32>("sometimes").is_ok(), round % 2 == 0);
    }
}
