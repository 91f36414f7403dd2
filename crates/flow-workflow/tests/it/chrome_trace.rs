//! Traces for browsers.

use flow_workflow::{Context, Data, Executor, RunOptions};
use serde_json::Value;

use crate::graphs::{Dag, nothing};

#[test]
fn a_trace_is_json_with_a_bar_for_each_node() {
    let workflow = Dag::random(50).workflow(nothing);
    let options = RunOptions::new().timings(true);
    let report = Executor::new(2).run_with(&workflow, &Data::new(), options).expect("nothing fails");
    let mut text = Vec::new();
    report.write_chrome_trace(&mut text).expect("a vector takes all");
    let trace: Value = serde_json::from_slice(&text).expect("it is JSON");
    let events = trace["traceEvents"].as_array().expect("a list");
    let bars: Vec<_> = events.iter().filter(|event| event["ph"] == "X").collect();
    assert_eq!(bars.len(), 50);
    for (bar, timing) in bars.iter().zip(report.timings().expect("they were wanted")) {
        assert_eq!(bar["name"], timing.node.name());
        assert_eq!(bar["args"]["status"], "completed");
        assert_eq!(bar["tid"], timing.worker);
        assert!(bar["dur"].as_f64().is_some_and(|dur| dur >= 0.0));
    }
    let names: Vec<_> = events.iter().filter(|event| event["ph"] == "M").collect();
    assert!(names.iter().any(|event| event["args"]["name"] == "dag"));
}

#[test]
fn names_are_quoted() {
    let workflow = flow_workflow::Workflow::builder("w\"\n").node("a\\\"\u{1}", |_: &Context| Ok(())).build();
    let options = RunOptions::new().timings(true);
    let report = Executor::new(1).run_with(&workflow.expect("no problem"), &Data::new(), options);
    let mut text = Vec::new();
    report.expect("nothing fails").write_chrome_trace(&mut text).expect("a vector takes all");
    let trace: Value = serde_json::from_slice(&text).expect("it is JSON");
    assert_eq!(trace["traceEvents"][2]["name"], "a\\\"\u{1}");
}

#[test]
fn without_timings_a_trace_has_no_bars() {
    let report = Executor::new(1).run(&Dag::chain(3).workflow(nothing), &Data::new()).expect("nothing fails");
    let mut text = Vec::new();
    report.write_chrome_trace(&mut text).expect("a vector takes all");
    let trace: Value = serde_json::from_slice(&text).expect("it is JSON");
    assert_eq!(trace["traceEvents"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_output_that_fails_is_an_error() {
    let report = Executor::new(1).run(&Dag::chain(3).workflow(nothing), &Data::new()).expect("nothing fails");
    let mut room = [0_u8; 10];
    assert!(report.write_chrome_trace(&mut room[..]).is_err());
}
