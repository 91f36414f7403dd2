//! Actions, and an error, that more than one file needs.

use std::{
    error::Error,
    fmt,
    time::{Duration, Instant},
};

use flow_workflow::{ActionError, Context};

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

/// Panics when somebody wants to read it.
#[derive(Debug)]
pub(crate) struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("nobody may read it")
    }
}

impl Error for Unreadable {}
