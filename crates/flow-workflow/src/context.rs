//! [`Context`]: what an action sees of its run.

mod output;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

pub use output::OutputError;
pub(crate) use output::Outputs;

use crate::{
    ActionError, Data, DataError, Key, NodeRef, Workflow,
    executor::{Live, Run},
};

/// What an action sees of its run: data, outputs of other nodes, and whether it should give up.
///
/// ```
/// use std::time::Duration;
///
/// use flow_workflow::{ActionError, Context, Key};
///
/// const URL: Key<String> = Key::new("url");
///
/// fn fetch(context: &Context) -> Result<(), ActionError> {
///     let url = context.get(URL)?;
///     while !is_up(&url) {
///         context.sleep(Duration::from_millis(100))?; // ends early, with an error, when the run is cancelled
///     }
///     context.set_output(format!("content of {url}"));
///     Ok(())
/// }
/// # fn is_up(_: &str) -> bool { true }
/// ```
pub struct Context {
    run: Arc<Run>,
    live: Arc<Live>,
    worker: usize,
    pub(crate) node: u32,
    /// From 1.
    pub(crate) attempt: u32,
    /// When this attempt is too late, by a timeout of the node.
    pub(crate) node_deadline: Option<Instant>,
    /// Whether an action runs: what panics then is not the engine.
    pub(crate) in_action: bool,
}

impl Context {
    pub(crate) fn new(run: Arc<Run>, live: Arc<Live>, worker: usize) -> Self {
        Self { run, live, worker, node: 0, attempt: 1, node_deadline: None, in_action: false }
    }

    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// The name of the node that runs.
    #[must_use]
    pub fn node(&self) -> &str {
        self.node_ref().name()
    }

    /// The node that runs, with its dependencies and settings.
    ///
    /// ```
    /// use flow_workflow::{ActionError, Context, Data, Executor, Workflow};
    ///
    /// /// Hands on what its dependencies are called.
    /// fn list(context: &Context) -> Result<(), ActionError> {
    ///     let names = context.node_ref().dependencies().map(|node| node.name().to_owned());
    ///     context.set_output(names.collect::<Vec<String>>());
    ///     Ok(())
    /// }
    ///
    /// let workflow = Workflow::builder("names").node("a", list).node("b", list).after(["a"]).build()?;
    /// let report = Executor::new(1).run(&workflow, &Data::new())?;
    /// assert_eq!(*report.output::<Vec<String>>("b")?, ["a"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn node_ref(&self) -> NodeRef<'_> {
        self.workflow().node_ref(self.node)
    }

    /// The workflow.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Context, Data, Executor, Workflow};
    /// let workflow = Workflow::builder("order")
    ///     .node("first", |context: &Context| {
    ///         println!("{} of {}", context.node(), context.workflow().len());
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// Executor::new(1).run(&workflow, &Data::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn workflow(&self) -> &Workflow {
        self.run.workflow()
    }

    /// Which attempt this is, from 1.
    ///
    /// ```
    /// use flow_workflow::{ActionError, Context};
    ///
    /// fn fetch(context: &Context) -> Result<(), ActionError> {
    ///     let mirrors = ["a.example.org", "b.example.org"];
    ///     let mirror = mirrors[(context.attempt() as usize - 1) % mirrors.len()]; // Another one each time.
    ///     download(mirror)
    /// }
    /// # fn download(_: &str) -> Result<(), ActionError> { Ok(()) }
    /// # let workflow = flow_workflow::Workflow::builder("w").node("n", fetch).build()?;
    /// # flow_workflow::Executor::new(1).run(&workflow, &flow_workflow::Data::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Which of the executor's threads this is: 0 is the one that called `run`, the others are numbered from 1. No two
    /// nodes of a run that run at the same time have the same number.
    ///
    /// ```
    /// use std::sync::Mutex;
    ///
    /// use flow_workflow::{Context, Data, Executor, Workflow};
    ///
    /// // A buffer for each thread: its lock is always free.
    /// let buffers: [Mutex<Vec<u8>>; 2] = Default::default();
    /// let workflow = Workflow::builder("buffers")
    ///     .node("fill", move |context: &Context| {
    ///         let mut buffer = buffers[context.worker()].try_lock().map_err(|_| "in use")?;
    ///         buffer.push(1);
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// Executor::new(2).run(&workflow, &Data::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// The data of the run.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Context, Data, Executor, Key, Workflow};
    /// const USER: Key<String> = Key::new("user");
    ///
    /// let workflow = Workflow::builder("greet")
    ///     .node("greet", |context: &Context| {
    ///         println!("hello, {}", context.data().get(USER)?);
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// let data = Data::new();
    /// data.set(USER, "Ada".to_owned());
    /// Executor::new(1).run(&workflow, &data)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn data(&self) -> &Data {
        &self.live.data
    }

    /// A copy of a value of the run's [data](Data::get).
    ///
    /// # Errors
    ///
    /// There is no value with that name, or it has another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Key, Workflow};
    ///
    /// const AMOUNT: Key<u32> = Key::new("amount");
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("double", |context: &Context| {
    ///         context.set(AMOUNT, 2 * context.get(AMOUNT)?);
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// let data = Data::new();
    /// data.set(AMOUNT, 21);
    /// Executor::new(1).run(&workflow, &data)?;
    /// assert_eq!(data.get(AMOUNT)?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get<T: Clone + Send + Sync + 'static>(&self, key: Key<T>) -> Result<T, DataError> {
        self.live.data.get(key)
    }

    /// Sets a value of the run's [data](Data::set).
    pub fn set<T: Send + Sync + 'static>(&self, key: Key<T>, value: T) {
        self.live.data.set(key, value);
    }

    /// Sets what this node hands to those that depend on it, and to the report. What an earlier attempt set is replaced.
    ///
    /// Allocates the value's place, and, for the first output of a run, a place for an output of each node.
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Workflow};
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("price", |context: &Context| {
    ///         context.set_output(42_u32);
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// let report = Executor::new(1).run(&workflow, &Data::new())?;
    /// assert_eq!(*report.output::<u32>("price")?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_output<T: Send + Sync + 'static>(&self, value: T) {
        self.live.outputs.set(self.workflow().len(), self.node, Arc::new(value));
    }

    /// The output of a node that this one depends on.
    ///
    /// # Errors
    ///
    /// This node does not depend on a node of that name, or that has no output, or one of another type. The nodes that a
    /// dependency depends on are out of reach: name them as dependencies, if their output is wanted.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Workflow};
    ///
    /// let workflow = Workflow::builder("order")
    ///     .compute("price", |_| Ok(42_u32))
    ///     .node("charge", |context: &Context| {
    ///         assert_eq!(*context.output::<u32>("price")?, 42);
    ///         assert!(context.output::<u32>("prize").unwrap_err().to_string().contains("prize"));
    ///         Ok(())
    ///     })
    ///     .after(["price"])
    ///     .build()?;
    /// Executor::new(1).run(&workflow, &Data::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn output<T: Send + Sync + 'static>(&self, node: &str) -> Result<Arc<T>, OutputError> {
        let compiled = self.workflow().compiled();
        let dependencies = compiled.dependencies.get(self.node);
        match compiled.names.id(node).filter(|id| dependencies.contains(id)) {
            Some(id) => self.live.outputs.get(id, || node.to_owned()),
            None => {
                Err(OutputError::NotADependency { node: self.node().to_owned(), dependency: node.to_owned() })
            }
        }
    }

    /// The outputs of all nodes that this one depends on, in the order in which they were named.
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Workflow};
    ///
    /// let workflow = Workflow::builder("words")
    ///     .compute("hello", |_| Ok("hello"))
    ///     .compute("world", |_| Ok("world"))
    ///     .compute("both", |context| {
    ///         let words = context.outputs::<&str>().collect::<Result<Vec<_>, _>>()?;
    ///         Ok(format!("{} {}", words[0], words[1]))
    ///     })
    ///     .after(["hello", "world"])
    ///     .build()?;
    /// let report = Executor::new(2).run(&workflow, &Data::new())?;
    /// assert_eq!(*report.output::<String>("both")?, "hello world");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn outputs<T: Send + Sync + 'static>(
        &self,
    ) -> impl ExactSizeIterator<Item = Result<Arc<T>, OutputError>> {
        let dependencies = self.node_ref().dependencies();
        dependencies.map(|node| self.live.outputs.get(node.id(), || node.name().to_owned()))
    }

    /// Whether the action should give up: the run was cancelled, or its deadline or a timeout of the node has passed.
    ///
    /// Looks at the clock if there is a deadline or a timeout.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{ActionError, Context};
    /// fn count(context: &Context) -> Result<(), ActionError> {
    ///     for part in 0..1_000 {
    ///         if context.is_cancelled() {
    ///             return Err(ActionError::new(format!("stopped after {part} parts")));
    ///         }
    ///         // ...
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.check().is_err()
    }

    /// Like [`is_cancelled`](Self::is_cancelled), as an error to return from the action.
    ///
    /// # Errors
    ///
    /// The action should give up.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{ActionError, Context};
    ///
    /// fn sum(context: &Context) -> Result<(), ActionError> {
    ///     let mut sum = 0_u64;
    ///     for chunk in 0..1000 {
    ///         context.check()?; // Gives up between two chunks, not within.
    ///         sum += (0..1000).map(|n| chunk * n).sum::<u64>();
    ///     }
    ///     context.set_output(sum);
    ///     Ok(())
    /// }
    /// # let workflow = flow_workflow::Workflow::builder("w").node("n", sum).build()?;
    /// # flow_workflow::Executor::new(1).run(&workflow, &flow_workflow::Data::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self) -> Result<(), ActionError> {
        if self.run.is_cancelled() {
            return Err(ActionError::cancelled());
        }
        let Some(deadline) = self.deadline() else { return Ok(()) };
        if Instant::now() < deadline {
            return Ok(());
        }
        Err(if self.node_deadline.is_some_and(|own| own <= deadline) {
            ActionError::timed_out("the node's time is up".to_owned())
        } else {
            ActionError::cancelled()
        })
    }

    /// When the action has to be done: the run's deadline, or that of this attempt, whichever is first.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// use flow_workflow::{ActionError, Context};
    ///
    /// fn fetch(context: &Context) -> Result<(), ActionError> {
    ///     let left = context.deadline().map(|end| end.saturating_duration_since(Instant::now()));
    ///     download(left.unwrap_or(Duration::from_secs(60)))
    /// }
    /// # fn download(_: Duration) -> Result<(), ActionError> { Ok(()) }
    /// # let workflow = flow_workflow::Workflow::builder("w").node("n", fetch).build()?;
    /// # flow_workflow::Executor::new(1).run(&workflow, &flow_workflow::Data::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        [self.node_deadline, self.run.deadline()].into_iter().flatten().min()
    }

    /// Waits for `duration`, or until the action should give up.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use flow_workflow::{Context, Data, Executor, RunError, RunOptions, Workflow};
    ///
    /// let workflow = Workflow::builder("poll")
    ///     .node("poll", |context: &Context| {
    ///         loop {
    ///             context.sleep(Duration::from_secs(3600))?; // Is over at once when the run is.
    ///         }
    ///     })
    ///     .build()?;
    /// let options = RunOptions::new().time_limit(Duration::from_millis(1));
    /// let error = Executor::new(1).run_with(&workflow, &Data::new(), options).unwrap_err();
    /// assert!(matches!(error, RunError::DeadlineExceeded(_)));
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn sleep(&self, duration: Duration) -> Result<(), ActionError> {
        let until = Instant::now().checked_add(duration);
        let wake = [until, self.deadline()].into_iter().flatten().min();
        self.run.wait_until(wake);
        self.check()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("workflow", &self.workflow().name())
            .field("node", &self.node())
            .field("attempt", &self.attempt)
            .field("worker", &self.worker)
            .finish_non_exhaustive()
    }
}
