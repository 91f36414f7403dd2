//! From data to a workflow, and from text to data.

use super::*;
use crate::{BuildProblem, Context, Data, Executor};

fn pool() -> NodePool {
    let pool = NodePool::new();
    for action in ["look", "pay", "refund"] {
        pool.register(action, |_: &Context| Ok(()));
    }
    pool
}

fn order() -> WorkflowSpec {
    let mut charge = NodeSpec::new("charge", "pay");
    charge.dependencies = vec!["validate".to_owned()];
    charge.retry = Some(RetrySpec::exponential(3));
    charge.timeout = Some(Duration::from_millis(1500));
    charge.total_timeout = Some(Duration::from_secs(60));
    charge.continue_on_error = true;
    charge.compensation = Some("refund".to_owned());
    let mut spec = WorkflowSpec::new("order");
    // A dependency may come after what waits for it.
    spec.nodes = vec![charge, NodeSpec::new("validate", "look")];
    spec
}

#[test]
fn all_fields_arrive() {
    let workflow = order().build(&pool()).unwrap();
    let node = workflow.node("charge").unwrap();
    assert_eq!(node.dependencies().map(|node| node.name()).collect::<Vec<_>>(), ["validate"]);
    assert_eq!(node.retry().retries(), 3);
    assert_eq!(node.timeout(), Some(Duration::from_millis(1500)));
    assert_eq!(node.total_timeout(), Some(Duration::from_secs(60)));
    assert!(node.continue_on_error() && node.compensation().is_some());
    let plain = workflow.node("validate").unwrap();
    assert_eq!((plain.retry().retries(), plain.timeout(), plain.continue_on_error()), (0, None, false));
    assert!(Executor::new(1).run(&workflow, &Data::new()).is_ok());
}

#[test]
fn all_problems_are_reported_at_once() {
    let mut spec = order();
    spec.nodes[0].dependencies = vec!["valdate".to_owned()];
    spec.nodes[0].compensation = Some("refnd".to_owned());
    spec.nodes[1].action = "loook".to_owned();
    spec.nodes.push(NodeSpec::new("lazy", ""));
    let error = spec.build(&pool()).unwrap_err();
    let count = |wanted: fn(&BuildProblem) -> bool| {
        error.problems().iter().filter(|&problem| wanted(problem)).count()
    };
    assert_eq!(count(|problem| matches!(problem, BuildProblem::UnknownAction { .. })), 1);
    assert_eq!(count(|problem| matches!(problem, BuildProblem::UnknownCompensation { .. })), 1);
    assert_eq!(count(|problem| matches!(problem, BuildProblem::UnknownDependency { .. })), 1);
    assert_eq!(count(|problem| matches!(problem, BuildProblem::MissingAction { node } if node == "lazy")), 1);
    assert_eq!(error.problems().len(), 4, "{error}");
}

#[test]
fn policies_of_retries_are_those_of_code() {
    let delay = |spec: &RetrySpec, failed| spec.to_retry().delay(failed, 0.5);
    let fixed = RetrySpec::Fixed { retries: 1, delay: Duration::from_secs(2) };
    assert_eq!([1, 2].map(|failed| delay(&fixed, failed)), [Some(Duration::from_secs(2)), None]);
    let exponential = RetrySpec::exponential(9);
    for failed in 1..=10 {
        assert_eq!(delay(&exponential, failed), crate::Retry::exponential(9).delay(failed, 0.5));
    }
}

#[cfg(feature = "serde")]
mod files {
    //! As JSON.

    use super::*;

    #[test]
    fn a_spec_reads_back_the_same() {
        let mut spec = order();
        spec.nodes[1].retry = Some(RetrySpec::Fixed { retries: 1, delay: Duration::from_millis(20) });
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<WorkflowSpec>(&text).unwrap(), spec);
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let text = r#"{"name": "order", "nodes": [
            {"name": "a", "action": "look"},
            {"name": "b", "action": "pay", "dependencies": ["a"], "timeout_in_seconds": 1.5,
             "retry": {"exponential": {"retries": 3}}},
            {"name": "c", "action": "pay", "retry": {"fixed": {"retries": 2}}}
        ]}"#;
        let spec: WorkflowSpec = serde_json::from_str(text).unwrap();
        assert_eq!(spec.nodes[0], NodeSpec::new("a", "look"));
        assert_eq!(spec.nodes[1].timeout, Some(Duration::from_millis(1500)));
        assert_eq!(spec.nodes[1].retry, Some(RetrySpec::exponential(3)));
        assert_eq!(spec.nodes[2].retry, Some(RetrySpec::Fixed { retries: 2, delay: Duration::ZERO }));
    }

    #[test]
    fn what_nobody_knows_is_an_error() {
        let error = |text: &str| serde_json::from_str::<NodeSpec>(text).unwrap_err().to_string();
        let unknown = error(r#"{"name": "a", "action": "b", "timeout": 3}"#);
        assert!(
            unknown.contains("unknown field `timeout`") && unknown.contains("timeout_in_seconds"),
            "{unknown}"
        );
        let unknown = error(r#"{"name": "a", "action": "b", "retry": {"fixed": {"retries": 1, "wait": 2}}}"#);
        assert!(unknown.contains("unknown field `wait`"), "{unknown}");
        let negative = error(r#"{"name": "a", "action": "b", "timeout_in_seconds": -1}"#);
        assert!(negative.contains("-1 is not a number of seconds"), "{negative}");
    }
}
