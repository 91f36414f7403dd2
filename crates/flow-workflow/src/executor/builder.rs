//! How an executor is configured, and why it cannot be made.

use std::{fmt, io, sync::Arc};

use super::{Executor, crew::Crew, participant};
use crate::sync::of_process::{Builder, available_parallelism};

/// Configures an [`Executor`].
///
/// ```
/// let executor = flow_workflow::Executor::builder().threads(2).thread_name("orders").stack_size(4 << 20).build()?;
/// assert_eq!(executor.threads(), 2);
/// # Ok::<(), flow_workflow::ExecutorError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ExecutorBuilder {
    threads: Option<usize>,
    thread_name: String,
    stack_size: Option<usize>,
}

impl Default for ExecutorBuilder {
    fn default() -> Self {
        Self { threads: None, thread_name: "flow".to_owned(), stack_size: None }
    }
}

impl ExecutorBuilder {
    /// How many threads take part in a run at most, the calling one included. By default as many as the system says that
    /// the process can use.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// What the threads are called: `flow`, by default, with a number behind it.
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.thread_name = name.into();
        self
    }

    /// How large the stacks of the executor's own threads are, in bytes. The standard library's default, by default.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Starts the threads: all but one, which is the one that will call `run`.
    ///
    /// # Errors
    ///
    /// The number of threads is 0, or the system could not start one. Those that were started have ended again.
    pub fn build(self) -> Result<Executor, ExecutorError> {
        let Self { threads, thread_name, stack_size } = self;
        let threads = threads.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
        if threads == 0 {
            return Err(ExecutorError::NoThreads);
        }
        let mut executor = Executor { crew: Arc::new(Crew::default()), helpers: Vec::new() };
        for index in 1..threads {
            let mut builder = Builder::new().name(format!("{thread_name}-{index}"));
            if let Some(bytes) = stack_size {
                builder = builder.stack_size(bytes);
            }
            let crew = Arc::clone(&executor.crew);
            let helper = builder.spawn(move || participant::help(&crew, index));
            // If this fails, dropping the executor ends the others.
            executor.helpers.push(helper.map_err(|source| ExecutorError::Spawn {
                index,
                threads,
                source,
            })?);
        }
        Ok(executor)
    }
}

/// Why an executor cannot be made.
///
/// ```
/// use flow_workflow::{Executor, ExecutorError};
///
/// assert!(matches!(Executor::builder().threads(0).build(), Err(ExecutorError::NoThreads)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ExecutorError {
    /// The number of threads is 0.
    NoThreads,
    /// The system could not start a thread.
    Spawn {
        /// Which one, from 1.
        index: usize,
        /// How many the executor was to have.
        threads: usize,
        /// What the system says.
        source: io::Error,
    },
}

impl fmt::Display for ExecutorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoThreads => f.write_str(
                "an executor needs one thread at least, the one that calls `run`; 0 were asked for",
            ),
            Self::Spawn { index, threads, source } => {
                write!(f, "thread {index} of {threads} of an executor could not be started: {source}")
            }
        }
    }
}

impl std::error::Error for ExecutorError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoThreads => None,
            Self::Spawn { source, .. } => Some(source),
        }
    }
}
