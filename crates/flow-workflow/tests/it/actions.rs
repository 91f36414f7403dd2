//! Actions, and a run, that more than one file needs.

use std::time::{Duration, Instant};

use flow_workflow::{ActionError, Context, Data, Executor, RunError, RunOptions, Workflow};

/// So long that a test would not end if anybody waited for it.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(100_000);

/// Waits until it is told to give up.
pub(crate) fn waits(context: &Context) -> Result<(), ActionError> {
    context.sleep(FOR_EVER)
}

/// Takes at least that long, whatever anybody says.
pub(crate) fn takes(duration: Duration) -> impl Fn(&Context) -> Result<(), ActionError> + Send + Sync {
    move |_: &Context| {
        let start = Instant::now();
        while start.elapsed() < duration {
            std::thread::yield_now();
        }
        Ok(())
    }
}

/// Runs `workflow`, which never ends in time, with a time limit that grows until `started` says that an action ran before
/// it had passed.
pub(crate) fn run_too_late(workflow: &Workflow, started: impl Fn() -> bool) -> RunError {
    let mut limit = Duration::from_millis(5);
    loop {
        let options = RunOptions::new().time_limit(limit);
        let error = Executor::new(1).run_with(workflow, &Data::new(), options).expect_err("it is late");
        assert!(matches!(error, RunError::DeadlineExceeded(_)), "{error}");
        if started() {
            return error;
        }
        limit *= 2;
    }
}
