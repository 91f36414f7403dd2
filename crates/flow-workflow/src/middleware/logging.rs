//! A line when a node starts, and one when it ends.

use std::{fmt, time::Instant};

use super::{Middleware, Next};
use crate::Context;

/// Writes a line before and after each attempt, by `write`.
///
/// ```
/// use flow_workflow::{Context, Workflow, middleware::logging};
///
/// let workflow = Workflow::builder("order")
///     .node("charge", |_: &Context| Ok(()))
///     .layer_all(logging(|line| eprintln!("{line}")))
///     .build()?;
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
///
/// The lines are like these:
///
/// ```text
/// order/charge: attempt 1 starts
/// order/charge: attempt 1 failed after 1.2ms: card declined
/// order/charge: attempt 2 starts
/// order/charge: attempt 2 completed after 900µs
/// ```
///
/// For structured output there is the feature `tracing`, which needs no middleware.
#[must_use]
pub fn logging(write: impl Fn(fmt::Arguments<'_>) + Send + Sync) -> impl Middleware {
    move |context: &Context, next: Next<'_>| {
        let (workflow, node, attempt) = (context.workflow().name(), context.node(), context.attempt());
        write(format_args!("{workflow}/{node}: attempt {attempt} starts"));
        let start = Instant::now();
        let result = next.run(context);
        let elapsed = start.elapsed();
        match &result {
            Ok(()) => write(format_args!("{workflow}/{node}: attempt {attempt} completed after {elapsed:?}")),
            Err(error) => {
                write(format_args!("{workflow}/{node}: attempt {attempt} failed after {elapsed:?}: {error}"));
            }
        }
        result
    }
}
