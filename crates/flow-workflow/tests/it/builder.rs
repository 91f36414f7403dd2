//! What cannot be built, and what is said about it.

use flow_workflow::{BuildError, BuildProblem, Context, NodePool, Workflow, WorkflowBuilder};

fn step(_: &Context) -> Result<(), flow_workflow::ActionError> {
    Ok(())
}

#[track_caller]
fn problems(builder: WorkflowBuilder) -> Vec<String> {
    builder.build().expect_err("it has problems").problems().iter().map(BuildProblem::to_string).collect()
}

#[test]
fn every_problem_is_reported_at_once() {
    let builder = Workflow::builder("order")
        .retry(flow_workflow::Retry::none())
        .node("validate", step)
        .node("", step)
        .node("charge", step)
        .after(["valdate", "charge", "nothing like it"])
        .node("charge", step)
        .node("a", step)
        .after(["b"])
        .node("b", step)
        .after(["c"])
        .node("c", step)
        .after(["a"]);
    assert_eq!(
        problems(builder),
        [
            "`retry` was called before the first node: it sets something of the node that was added last",
            "the node at position 1 has no name",
            "there are two nodes named 'charge'",
            "node 'charge' depends on unknown node 'valdate' (did you mean 'validate'?)",
            "node 'charge' depends on itself",
            "node 'charge' depends on unknown node 'nothing like it'",
            "a cycle: a -> c -> b -> a",
        ]
    );
}

#[test]
fn a_cycle_has_arrows_from_a_dependency_to_what_waits_for_it() {
    let builder = Workflow::builder("w").node("a", step).after(["b"]).node("b", step).after(["c"]);
    let builder = builder.node("c", step).after(["a"]);
    let error = builder.build().expect_err("a cycle");
    assert_eq!(error.to_string(), "workflow 'w': a cycle: a -> c -> b -> a");
    let BuildProblem::Cycle { path } = &error.problems()[0] else { panic!("{error}") };
    assert_eq!(path, &["a", "c", "b"]);
}

#[test]
fn each_knot_is_shown_once() {
    let builder = Workflow::builder("w")
        .node("a", step)
        .after(["b", "c"])
        .node("b", step)
        .after(["a"])
        .node("c", step)
        .after(["a"])
        .node("x", step)
        .after(["y", "a"])
        .node("y", step)
        .after(["x"]);
    assert_eq!(problems(builder), ["a cycle: a -> b -> a", "a cycle: x -> y -> x"]);
}

#[test]
fn a_long_cycle_is_cut() {
    let mut builder = Workflow::builder("w");
    for node in 0..100 {
        builder = builder.node(&format!("n{node}"), step).after([format!("n{}", (node + 1) % 100)]);
    }
    let text = builder.build().expect_err("a cycle").to_string();
    assert!(text.contains(" -> ... -> ") && text.len() < 300, "{text}");
}

#[test]
fn many_problems_are_counted() {
    let mut builder = Workflow::builder("w").node("a", step);
    for index in 0..100 {
        builder = builder.after([format!("missing {index}")]);
    }
    let error: BuildError = builder.build().expect_err("100 problems");
    assert_eq!(error.problems().len(), 100);
    let text = error.to_string();
    assert!(
        text.starts_with("workflow 'w' has 100 problems:\n  - node 'a' depends on")
            && text.ends_with("and 80 more"),
        "{text}"
    );
}

#[test]
fn names_of_white_space_are_no_names() {
    assert_eq!(problems(Workflow::builder("w").node(" \t", step)), ["the node at position 0 has no name"]);
}

#[test]
fn dependencies_may_repeat_and_come_later() {
    let workflow = Workflow::builder("w")
        .node("last", step)
        .after(["first", "second", "first"])
        .after(["second"])
        .node("first", step)
        .node("second", step)
        .build()
        .expect("no problem");
    let last = workflow.node("last").expect("a node");
    assert_eq!(last.dependencies().map(|node| node.name()).collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!(workflow.nodes().map(|node| node.name()).collect::<Vec<_>>(), ["last", "first", "second"]);
    let first = workflow.node("first").expect("a node");
    assert_eq!(first.dependents().map(|node| node.name()).collect::<Vec<_>>(), ["last"]);
    assert!(workflow.node("third").is_none());
}

#[test]
fn a_name_that_was_only_mentioned_is_no_node() {
    let builder = Workflow::builder("w").node("a", step).after(["b"]);
    assert_eq!(problems(builder), ["node 'a' depends on unknown node 'b'"]);
}

#[test]
fn an_empty_workflow_is_fine() {
    let workflow = Workflow::builder("nothing").build().expect("no problem");
    assert!(workflow.is_empty());
    let report =
        flow_workflow::Executor::new(2).run(&workflow, &flow_workflow::Data::new()).expect("it does nothing");
    assert_eq!(report.to_string().split(" in ").next(), Some("workflow 'nothing': no nodes"));
}

#[test]
fn suggestions_are_close() {
    for (wanted, suggestion) in [
        ("valdate", Some("validate")),
        ("Validate", Some("validate")),
        ("vlaidate", Some("validate")),
        ("charge_card", None),
        ("x", None),
        ("grosse", Some("grösse")),
    ] {
        let builder = Workflow::builder("w")
            .node("validate", step)
            .node("grösse", step)
            .node("b", step)
            .after([wanted]);
        let error = builder.build().expect_err("an unknown dependency");
        let BuildProblem::UnknownDependency { suggestion: found, .. } = &error.problems()[0] else {
            panic!("{error}")
        };
        assert_eq!(found.as_deref(), suggestion, "{wanted}");
    }
}

#[test]
fn nodes_of_a_pool_are_checked_too() {
    let pool = NodePool::new();
    pool.register("pay", step);
    let (mut charge, mut tip, nothing) = (pool.get(), pool.get(), pool.get());
    charge.set_name("charge").set_action("pya").set_compensation("refund");
    tip.set_name("tip").add_dependency("chrage");
    assert_eq!(
        problems(Workflow::builder("order").add_node(&charge).add_node(&tip).add_node(&nothing)),
        [
            "node 'charge' has unknown action 'pya' (did you mean 'pay'?)",
            "node 'charge' has unknown compensation 'refund'",
            "the node at position 2 has no name",
            "node 'tip' depends on unknown node 'chrage' (did you mean 'charge'?)",
            "node 'tip' has no action",
            "node '' has no action",
        ]
    );
}

#[test]
fn settings_reach_the_workflow() {
    use std::time::Duration;

    let pool = NodePool::new();
    pool.register("pay", step);
    pool.register("refund", step);
    let mut node = pool.get();
    node.set_name("charge").set_action("pay").set_compensation("refund").set_continue_on_error(true);
    node.set_timeout(Duration::from_secs(1)).set_total_timeout(Duration::from_secs(9));
    node.set_retry(flow_workflow::Retry::exponential(4));
    let from_pool = Workflow::builder("w").add_node(&node).build().expect("no problem");
    let in_code = Workflow::builder("w")
        .node("charge", step)
        .compensation(step)
        .continue_on_error()
        .timeout(Duration::from_secs(1))
        .total_timeout(Duration::from_secs(9))
        .retry(flow_workflow::Retry::exponential(4))
        .build()
        .expect("no problem");
    for workflow in [from_pool, in_code] {
        let node = workflow.node("charge").expect("a node");
        assert_eq!(node.timeout(), Some(Duration::from_secs(1)));
        assert_eq!(node.total_timeout(), Some(Duration::from_secs(9)));
        assert_eq!(node.retry().retries(), 4);
        assert!(node.continue_on_error() && node.compensation().is_some());
    }
}
