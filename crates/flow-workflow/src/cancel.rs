//! [`CancelToken`]: stops runs from outside.

use std::{
    fmt,
    sync::{Arc, Weak},
};

use crate::sync::{AtomicBool, Mutex, Ordering, lock};

/// Stops runs from outside: from another thread, on Ctrl-C, or from an action.
///
/// ```
/// use flow_workflow::{CancelToken, Context, Data, Executor, NodeStatus, RunError, RunOptions, Workflow};
///
/// let token = CancelToken::new();
/// let stop = token.clone();
/// let workflow = Workflow::builder("order")
///     .node("validate", move |_: &Context| {
///         stop.cancel();
///         Ok(())
///     })
///     .node("charge", |_: &Context| Ok(()))
///     .after(["validate"])
///     .build()?;
/// let options = RunOptions::new().cancel(token);
/// let error = Executor::new(1).run_with(&workflow, &Data::new(), options).unwrap_err();
/// assert!(matches!(error, RunError::Cancelled(_)));
/// assert_eq!(error.report().status("validate"), Some(NodeStatus::Completed));
/// assert_eq!(error.report().status("charge"), Some(NodeStatus::Cancelled));
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
///
/// A handle: a clone is the same token. A token may stop any number of runs, and stops at once those that begin after it was
/// cancelled. Nodes that run are not interrupted: they find out by [`Context::check`](crate::Context::check) and its like.
#[derive(Clone, Default)]
pub struct CancelToken {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    is_cancelled: AtomicBool,
    runs: Mutex<Runs>,
}

#[derive(Default)]
struct Runs {
    next: u64,
    list: Vec<(u64, Weak<dyn OnCancel>)>,
}

/// What a token tells that it was cancelled.
pub(crate) trait OnCancel: Send + Sync {
    /// Called once, or not at all.
    fn cancel(self: Arc<Self>);
}

impl CancelToken {
    /// A token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops all runs that have the token, now and from now on. A second call does nothing.
    ///
    /// Takes a lock for a moment; never waits for an action. Not for use inside a POSIX signal handler, where nothing may
    /// take a lock: let a thread wait for the signal.
    ///
    /// ```
    /// use std::{thread, time::Duration};
    ///
    /// use flow_workflow::{CancelToken, Context, Data, Executor, RunError, RunOptions, Workflow};
    ///
    /// let workflow = Workflow::builder("service")
    ///     .node("serve", |context: &Context| context.sleep(Duration::from_secs(3600)))
    ///     .build()?;
    /// let token = CancelToken::new();
    /// let options = RunOptions::new().cancel(token.clone());
    /// thread::spawn(move || token.cancel()); // A thread that waits for a signal, say.
    /// let error = Executor::new(1).run_with(&workflow, &Data::new(), options).unwrap_err();
    /// assert!(matches!(error, RunError::Cancelled(_)));
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn cancel(&self) {
        let runs = {
            let mut runs = lock(&self.inner.runs);
            // Relaxed: read under the same lock, or by those who only look on.
            if self.inner.is_cancelled.swap(true, Ordering::Relaxed) {
                return;
            }
            std::mem::take(&mut runs.list)
        };
        for run in runs.iter().filter_map(|(_, run)| run.upgrade()) {
            run.cancel();
        }
    }

    /// Whether it was cancelled.
    ///
    /// ```
    /// let token = flow_workflow::CancelToken::new();
    /// let other = token.clone(); // The same token.
    /// assert!(!other.is_cancelled());
    /// token.cancel();
    /// assert!(other.is_cancelled());
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.inner.is_cancelled.load(Ordering::Relaxed)
    }

    /// Has `run` told of a cancellation, which may have happened already. It is forgotten when the result is dropped.
    pub(crate) fn watch<R: OnCancel + 'static>(&self, run: &Arc<R>) -> Watch {
        let mut runs = lock(&self.inner.runs);
        if self.is_cancelled() {
            drop(runs);
            Arc::clone(run).cancel();
            return Watch { token: self.clone(), id: None };
        }
        let id = runs.next;
        runs.next += 1;
        let weak = Arc::downgrade(run);
        runs.list.push((id, weak));
        drop(runs);
        Watch { token: self.clone(), id: Some(id) }
    }
}

/// A run that a token knows of.
pub(crate) struct Watch {
    token: CancelToken,
    id: Option<u64>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let mut runs = lock(&self.token.inner.runs);
            if let Some(index) = runs.list.iter().position(|&(other, _)| other == id) {
                let gone = runs.list.swap_remove(index);
                drop(runs);
                drop(gone);
            }
        }
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("is_cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}
