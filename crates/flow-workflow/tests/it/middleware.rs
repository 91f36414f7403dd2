//! Code around actions: the order of layers, and what it may do.

use std::sync::{Arc, Mutex};

use flow_workflow::{
    ActionError, Context, Data, Executor, Key, Middleware, Next, Workflow,
    middleware::{Timing, logging},
};

const TRACE: Key<Vec<String>> = Key::new("trace");

/// Notes when it is entered and left.
struct Named(&'static str);

impl Middleware for Named {
    fn run(&self, context: &Context, next: Next<'_>) -> Result<(), ActionError> {
        let note = |text: String| context.data().update(TRACE, |trace| trace.push(text));
        note(format!("{}>", self.0))?;
        let result = next.run(context);
        note(format!("<{}", self.0))?;
        result
    }
}

#[test]
fn the_first_layer_is_the_outermost() {
    let shared: Arc<dyn Middleware> = Arc::new(Named("own 1"));
    let workflow = Workflow::builder("w")
        .layer_all(Named("all 1"))
        .node("a", |context: &Context| {
            context.data().update(TRACE, |trace| trace.push("a".to_owned()))?;
            Ok(())
        })
        .layer(Arc::clone(&shared))
        .layer(Named("own 2"))
        .layer_all(Named("all 2"))
        .build()
        .expect("no problem");
    let data = Data::new();
    data.set(TRACE, Vec::new());
    Executor::new(1).run(&workflow, &data).expect("nothing fails");
    assert_eq!(
        data.get(TRACE).expect("a list").join(" "),
        "all 1> all 2> own 1> own 2> a <own 2 <own 1 <all 2 <all 1"
    );
}

#[test]
fn a_layer_may_replace_the_result() {
    let workflow = Workflow::builder("w")
        .node("fails", |_: &Context| Err("as planned".into()))
        .layer(|context: &Context, next: Next<'_>| {
            next.run(context).ok();
            Ok(())
        })
        .node("works", |_: &Context| panic!("it is not called"))
        .layer(|_: &Context, _: Next<'_>| Err(ActionError::new("closed")))
        .build()
        .expect("no problem");
    let error = Executor::new(1).run(&workflow, &Data::new()).expect_err("one fails");
    assert_eq!(error.report().failures()[0].to_string(), "node 'works' failed: closed");
    assert_eq!(error.report().counts().completed, 1);
}

#[test]
fn lines_are_logged() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&lines);
    let workflow = Workflow::builder("order")
        .node(
            "charge",
            |context: &Context| if context.attempt() == 1 { Err("declined".into()) } else { Ok(()) },
        )
        .retry(flow_workflow::Retry::fixed(1, std::time::Duration::ZERO))
        .layer_all(logging(move |line| written.lock().expect("nobody panics").push(line.to_string())))
        .build()
        .expect("no problem");
    Executor::new(1).run(&workflow, &Data::new()).expect("the second attempt succeeds");
    let lines = lines.lock().expect("nobody panics");
    assert_eq!(lines[0], "order/charge: attempt 1 starts");
    assert!(
        lines[1].starts_with("order/charge: attempt 1 failed after ") && lines[1].ends_with(": declined")
    );
    assert_eq!(lines[2], "order/charge: attempt 2 starts");
    assert!(lines[3].starts_with("order/charge: attempt 2 completed after "));
}

#[test]
fn timings_are_summed_up_over_runs() {
    let timing = Timing::new();
    let workflow = Workflow::builder("order")
        .node("a", |_: &Context| Ok(()))
        .node("b", |_: &Context| Err("as planned".into()))
        .continue_on_error()
        .layer_all(timing.clone())
        .build()
        .expect("no problem");
    let executor = Executor::new(2);
    for _ in 0..10 {
        executor.run(&workflow, &Data::new()).expect("it is tolerated");
    }
    let entry = |node| timing.get("order", node).expect("it ran");
    assert_eq!((entry("a").attempts, entry("a").failed), (10, 0));
    assert_eq!((entry("b").attempts, entry("b").failed), (10, 10));
    assert!(entry("a").longest <= entry("a").total);
    assert!(entry("b").to_string().starts_with("10 attempts, 10 failed, "), "{}", entry("b"));
    assert_eq!((timing.entries().len(), timing.get("order", "c")), (2, None));
}
