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
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{
    ///     Arc,
    ///     atomic::{AtomicU32, Ordering},
    /// };
    ///
    /// use flow_workflow::{ActionError, Context, Data, Executor, Middleware, Next, Workflow};
    ///
    /// /// Counts failed attempts.
    /// #[derive(Clone, Default)]
    /// struct Failures(Arc<AtomicU32>);
    ///
    /// impl Middleware for Failures {
    ///     fn run(&self, context: &Context, next: Next<'_>) -> Result<(), ActionError> {
    ///         next.run(context).inspect_err(|_| {
    ///             self.0.fetch_add(1, Ordering::Relaxed);
    ///         })
    ///     }
    /// }
    ///
    /// let failures = Failures::default();
    /// let workflow = Workflow::builder("order")
    ///     .node("charge", |_: &Context| Err("card declined".into()))
    ///     .layer(failures.clone())
    ///     .build()?;
    /// assert!(Executor::new(1).run(&workflow, &Data::new()).is_err());
    /// assert_eq!(failures.0.load(Ordering::Relaxed), 1);
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
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

/// One middleware for several nodes or workflows.
impl Middleware for Arc<dyn Middleware> {
    fn run(&self, context: &Context, next: Next<'_>) -> Result<(), ActionError> {
        (**self).run(context, next)
    }
}

/// What a [`Middleware`] is around: the next middleware, or the action itself. May be run any number of times.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, Key, Next, Workflow};
///
/// const DRY_RUN: Key<bool> = Key::new("dry run");
///
/// let workflow = Workflow::builder("order")
///     .node("charge", |_: &Context| Err("no card was to be charged".into()))
///     .layer(|context: &Context, next: Next<'_>| {
///         if context.get(DRY_RUN)? { Ok(()) } else { next.run(context) }
///     })
///     .build()?;
/// let data = Data::new();
/// data.set(DRY_RUN, true);
/// assert!(Executor::new(1).run(&workflow, &data).is_ok());
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Next, Workflow};
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("charge", |_: &Context| Err("card declined".into()))
    ///     .layer(|context: &Context, next: Next<'_>| {
    ///         next.run(context).map_err(|error| format!("in {}: {error}", context.workflow().name()).into())
    ///     })
    ///     .build()?;
    /// let error = Executor::new(1).run(&workflow, &Data::new()).unwrap_err();
    /// assert_eq!(error.report().failures()[0].error().to_string(), "in order: card declined");
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
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
