//! What a node does: [`Action`], and how it fails: [`ActionError`].

mod error;

use std::sync::Arc;

pub use error::{ActionError, ActionErrorKind};

use crate::Context;

/// What a node does when it runs.
///
/// Every `Fn(&Context) -> Result<(), ActionError>` is one, if it may be used by several threads. A type of its own is worth
/// it where there is something to configure:
///
/// ```
/// use flow_workflow::{Action, ActionError, Context, Data, Executor, Key, Workflow};
///
/// const LINES: Key<Vec<String>> = Key::new("lines");
///
/// struct Head {
///     lines: usize,
/// }
///
/// impl Action for Head {
///     fn run(&self, context: &Context) -> Result<(), ActionError> {
///         let mut lines = context.get(LINES)?;
///         lines.truncate(self.lines);
///         context.set(LINES, lines);
///         Ok(())
///     }
/// }
///
/// let workflow = Workflow::builder("first lines").node("head", Head { lines: 1 }).build()?;
/// let data = Data::new();
/// data.set(LINES, vec!["a".to_owned(), "b".to_owned()]);
/// Executor::new(1).run(&workflow, &data)?;
/// assert_eq!(data.get(LINES)?, ["a"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Threads
///
/// An action runs on whichever thread takes it: one of the executor's, or the one that called
/// [`Executor::run`](crate::Executor::run). Several runs of a workflow, and several nodes, may run the same action at
/// once. While it runs, that thread does nothing else: an action that waits for something should not wait for another
/// node of its run.
///
/// # Cancellation
///
/// Nobody can interrupt a thread, so an action that takes long has to look itself: with
/// [`Context::check`], [`Context::is_cancelled`] or [`Context::sleep`].
pub trait Action: Send + Sync {
    /// Runs the action once.
    ///
    /// # Errors
    ///
    /// The error fails this attempt. The workflow says whether the node is tried again, and what that means for others.
    ///
    /// # Panics
    ///
    /// A panic fails the attempt like an error does.
    fn run(&self, context: &Context) -> Result<(), ActionError>;

    /// The action as one that may be shared. There is no reason to write this method anew.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Action>
    where
        Self: Sized + 'static,
    {
        Arc::new(self)
    }
}

impl<F> Action for F
where
    F: Fn(&Context) -> Result<(), ActionError> + Send + Sync,
{
    #[inline]
    fn run(&self, context: &Context) -> Result<(), ActionError> {
        self(context)
    }
}

/// One action for several nodes or workflows.
impl Action for Arc<dyn Action> {
    #[inline]
    fn run(&self, context: &Context) -> Result<(), ActionError> {
        (**self).run(context)
    }

    fn into_shared(self) -> Self {
        self
    }
}
