//! Many runs of a workflow that does nothing, to measure the engine: one alone says little.

use std::time::{Duration, Instant};

use flow_workflow::{Data, Executor, RunOptions, Workflow};

/// What the runs took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Engine {
    /// How many there were.
    pub(super) runs: usize,
    pub(super) best: Duration,
    pub(super) median: Duration,
}

/// When there are runs enough.
const ENOUGH_TIME: Duration = Duration::from_millis(500);
const ENOUGH_RUNS: usize = 1000;

/// Runs a workflow that has run before, so that what is kept from run to run is there. None if it was cancelled, or is too
/// late, before the first run was over.
pub(super) fn measure(executor: &Executor, workflow: &Workflow, options: &RunOptions) -> Option<Engine> {
    let begin = Instant::now();
    let mut times = Vec::with_capacity(ENOUGH_RUNS);
    let data = Data::new();
    while times.is_empty() || (begin.elapsed() < ENOUGH_TIME && times.len() < ENOUGH_RUNS) {
        match executor.run_with(workflow, &data, options.clone()) {
            Ok(report) => times.push(report.elapsed()),
            Err(_) => break,
        }
    }
    times.sort_unstable();
    Some(Engine { runs: times.len(), best: *times.first()?, median: times[times.len() / 2] })
}
