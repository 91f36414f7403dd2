//! Code around actions: [`Middleware`], and three that are much wanted.

mod logging;
mod retrying;
mod timing;

use std::{fmt, sync::Arc};

pub use logging::logging;
pub use retrying::retrying;
pub use timing::{Timing, TimingEntry};

use crate::{Action, ActionError, Context};

/// Code that runs around an action: before it, after it, instead of it, or more than once.
///
/// Every `Fn(&Context, Next) -> Result<(), ActionError>` is one, if it may be used by several threads.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, Key, Next, Workflow};
///
/// const STEPS: Key<Vec<String>> = Key::new("steps");
///
/// let workflow = Workflow::builder("order")
///     .node("charge", |_: &Context| Ok(()))
///     .layer_all(|context: &Context, next: Next<'_>| {
///         let result = next.run(context);
///         context.data().update(STEPS, |steps| steps.push(format!("{} ended", context.node())))?;
///         result
///     })
///     .build()?;
/// let data = Data::new();
/// data.set(STEPS, Vec::new());
/// Executor::new(1).run(&workflow, &data)?;
/// assert_eq!(data.get(STEPS)?, ["charge ended"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It runs for each attempt of a node. A timeout of the node counts the time of its middleware too.
pub trait Middleware: Send + Sync {
    /// Runs what is inside, or does not.
    ///
    /// # Errors
    ///
    /// The error fails the attempt, as one of the action would.
    ///
    /// # Panics
    ///
    /// A panic fails the attempt.
    fn run(&self, context: &Context, next: Next<'_>) -> Result<(), ActionError>;
}

impl<F> Middleware for F
where
    F: Fn(&Context, Next<'_>) -> Result<(), ActionError> + Send + Sync,
{
    fn run(&self, context: &Context, next: Next<'_>) -> Result<(), ActionError> {
        self(context, next)
    }
}

/// What a [`Middleware`] is around: the next middleware, or the action itself. May be run any number of times.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    action: &'a dyn Action,
}

impl Next<'_> {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// Whatever the action returned, or a middleware around it.
    pub fn run(self, context: &Context) -> Result<(), ActionError> {
        self.action.run(context)
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").finish_non_exhaustive()
    }
}

/// An action with a middleware around it.
pub(crate) struct Layered {
    middleware: Arc<dyn Middleware>,
    inner: Box<dyn Action>,
}

impl Layered {
    pub(crate) fn around(inner: Box<dyn Action>, middleware: Arc<dyn Middleware>) -> Box<dyn Action> {
        Box::new(Self { middleware, inner })
    }
}

impl Action for Layered {
    fn run(&self, context: &Context) -> Result<(), ActionError> {
        self.middleware.run(context, Next { action: &*self.inner })
    }
}
