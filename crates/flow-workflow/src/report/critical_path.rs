//! The longest way through a run.

use std::time::Duration;

use super::Timings;
use crate::{NodeRef, Workflow};

/// Dependent nodes, each of which waited for the one before, that took longest together.
///
/// # Examples
///
/// ```
/// # use flow_workflow::{Context, Data, Executor, RunOptions, Workflow};
/// let none = |_: &Context| Ok(());
/// let workflow = Workflow::builder("w").node("a", none).node("b", none).after(["a"]).build()?;
/// let report = Executor::new(1).run_with(&workflow, &Data::new(), RunOptions::new().timings(true))?;
/// let path: flow_workflow::CriticalPath = report.critical_path().expect("timings are on");
/// assert_eq!(path.nodes.iter().map(|node| node.name()).collect::<Vec<_>>(), ["a", "b"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CriticalPath<'r> {
    /// The nodes, in the order in which they ran.
    pub nodes: Vec<NodeRef<'r>>,
    /// How long they ran together.
    pub busy: Duration,
}

impl<'r> CriticalPath<'r> {
    pub(super) fn new(workflow: &'r Workflow, timings: &Timings) -> Self {
        let mut longest: Vec<Duration> = Vec::with_capacity(workflow.len());
        // Dependencies have smaller ids.
        let ids = 0..crate::graph::number(workflow.len());
        let before = |id: u32, longest: &[Duration]| {
            let dependencies = workflow.compiled().dependencies.get(id).iter().copied();
            dependencies.max_by_key(|&dependency| longest[dependency as usize])
        };
        for id in ids.clone() {
            let own = timings.of(workflow.node_ref(id)).map_or(Duration::ZERO, |timing| timing.busy);
            let start = before(id, &longest).map_or(Duration::ZERO, |last| longest[last as usize]);
            longest.push(start.saturating_add(own));
        }
        let mut path = Vec::new();
        let mut next = ids.max_by_key(|&id| longest[id as usize]);
        let busy = next.map_or(Duration::ZERO, |last| longest[last as usize]);
        while let Some(id) = next {
            let node = workflow.node_ref(id);
            // What was skipped took no time, and comes after what took some.
            if timings.of(node).is_some() {
                path.push(node);
            }
            next = before(id, &longest);
        }
        path.reverse();
        Self { nodes: path, busy }
    }
}
