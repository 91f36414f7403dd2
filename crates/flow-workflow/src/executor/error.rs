//! Why an executor cannot be made.

use std::io;

/// Why an [`Executor`](crate::Executor) cannot be made.
///
/// ```
/// use flow_workflow::{Executor, ExecutorError};
///
/// assert!(matches!(Executor::builder().threads(0).build(), Err(ExecutorError::NoThreads)));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutorError {
    /// The number of threads is 0.
    #[error("an executor needs at least one thread, the one that calls `run`, but 0 were asked for")]
    NoThreads,
    /// The name for threads has a NUL byte, which no system allows.
    #[error("the thread name {name:?} contains a NUL byte")]
    ThreadName {
        /// The name.
        name: String,
    },
    /// The system could not start a thread.
    #[error("thread {index} of {threads} of an executor could not be started: {source}")]
    Spawn {
        /// Which one, from 1.
        index: usize,
        /// How many the executor was to have.
        threads: usize,
        /// What the system says.
        source: io::Error,
    },
}
