//! [`ExecutorStats`].

use std::fmt;

/// What an [`Executor`](crate::Executor) has done since it was made. Runs that go on count in part.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, Workflow};
///
/// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
/// let executor = Executor::new(1);
/// executor.run(&workflow, &Data::new())?;
/// executor.run(&workflow, &Data::new())?;
/// let stats = executor.stats();
/// assert_eq!((stats.threads, stats.runs, stats.nodes), (1, 2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ExecutorStats {
    /// How many threads take part in a run at most, the calling one included.
    pub threads: usize,
    /// Runs that have ended.
    pub runs: u64,
    /// Nodes that have ended, those that were skipped while the run went on included.
    pub nodes: u64,
    /// How often a thread took nodes from another.
    pub steals: u64,
    /// How often a sleeping helper was woken.
    pub wakes: u64,
}

impl fmt::Display for ExecutorStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { threads, runs, nodes, steals, wakes } = self;
        let plural = if *threads == 1 { "" } else { "s" };
        write!(f, "{threads} thread{plural}: {runs} runs, {nodes} nodes, {steals} steals, {wakes} wakes")
    }
}
