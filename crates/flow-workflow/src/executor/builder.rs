//! How an executor is configured.

use std::sync::Arc;

use super::{Executor, ExecutorError, crew::Crew, participant};
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

    /// How large the stacks of the executor's own threads are, in bytes. By default that of the
    /// standard library.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// [`build`](Self::build), for those that have nothing else to do without an executor.
    #[track_caller]
    pub(super) fn build_or_panic(self) -> Executor {
        match self.build() {
            Ok(executor) => executor,
            Err(error) => panic!("{error}"),
        }
    }

    /// Starts the threads: all but one, which is the one that will call `run`.
    ///
    /// # Errors
    ///
    /// The number of threads is 0, their name has a NUL byte, or the system could not start one. Those that were already
    /// started are ended again.
    pub fn build(self) -> Result<Executor, ExecutorError> {
        let Self { threads, thread_name, stack_size } = self;
        let threads = threads.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
        if threads == 0 {
            return Err(ExecutorError::NoThreads);
        }
        if thread_name.contains('\0') {
            return Err(ExecutorError::ThreadName { name: thread_name });
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
