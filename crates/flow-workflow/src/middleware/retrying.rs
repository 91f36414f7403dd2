//! Further attempts, on the same thread.

use super::{Middleware, Next};
use crate::{Context, Retry, retry::random};

/// Tries again what failed, as `retry` says, without the workflow knowing: the node has one attempt, and its timeout counts
/// all of them.
///
/// The thread waits for the delays, which [`WorkflowBuilder::retry`](crate::WorkflowBuilder::retry) does not make it do.
/// This is for a part of what a node does, inside of other middleware, and an example of what middleware can do.
///
/// ```
/// use std::{sync::atomic::{AtomicU32, Ordering}, time::Duration};
///
/// use flow_workflow::{Context, Data, Executor, Retry, Workflow, middleware::retrying};
///
/// let calls = AtomicU32::new(0);
/// let workflow = Workflow::builder("order")
///     .node("charge", move |_: &Context| {
///         if calls.fetch_add(1, Ordering::Relaxed) < 2 { Err("busy".into()) } else { Ok(()) }
///     })
///     .layer(retrying(Retry::fixed(2, Duration::ZERO)))
///     .build()?;
/// assert!(Executor::new(1).run(&workflow, &Data::new()).is_ok());
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
#[must_use]
pub fn retrying(retry: Retry) -> impl Middleware {
    move |context: &Context, next: Next<'_>| {
        let mut failed = 0_u32;
        loop {
            let Err(error) = next.run(context) else { return Ok(()) };
            failed = failed.saturating_add(1);
            let delay = if retry.applies_to(&error) { retry.delay(failed, random()) } else { None };
            let Some(delay) = delay else { return Err(error) };
            if context.sleep(delay).is_err() {
                return Err(error);
            }
        }
    }
}
