//! [`WorkflowBuilder`].

use std::{fmt, sync::Arc, time::Duration};

use super::{
    BuildError, BuildProblem, Workflow,
    compile::{Entry, Parts, compile},
    names::Mentioned,
    policy::Policy,
};
use crate::{
    Action, ActionError, Context, Middleware, Node, Retry,
    graph::{Lists, MOST},
};

/// Builds a [`Workflow`], node by node. From [`Workflow::builder`].
///
/// Methods such as [`after`](Self::after) set something of the node that was added last. Dependencies may be named before
/// they are added. Nothing is checked before [`build`](Self::build), which reports all problems at once.
///
/// ```
/// use std::time::Duration;
///
/// use flow_workflow::{Context, Retry, Workflow};
///
/// let step = |_: &Context| Ok(());
/// let workflow = Workflow::builder("order")
///     .node("validate", step)
///     .node("charge", step)
///     .after(["validate"])
///     .retry(Retry::exponential(3))
///     .timeout(Duration::from_secs(5))
///     .node("notify", step)
///     .after(["charge"])
///     .continue_on_error()
///     .build()?;
/// assert_eq!(workflow.len(), 3);
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
///
/// In a loop, pass the builder on:
///
/// ```
/// # use flow_workflow::{Context, Workflow};
/// let mut builder = Workflow::builder("chain").node("step 0", |_: &Context| Ok(()));
/// for step in 1..10 {
///     builder = builder.node(&format!("step {step}"), |_: &Context| Ok(())).after([format!("step {}", step - 1)]);
/// }
/// assert_eq!(builder.build()?.len(), 10);
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
///
/// # Cost
///
/// A node costs its name, interned, and an allocation for its action, unless that captures nothing; a dependency costs one
/// lookup. Building takes time in proportion to nodes and dependencies.
#[must_use = "a builder does nothing until `build` is called"]
pub struct WorkflowBuilder {
    /// In a box, because each call moves the builder.
    draft: Box<Draft>,
}

/// All that was said so far.
struct Draft {
    name: String,
    names: Mentioned,
    entries: Vec<Entry>,
    /// Of each entry, but the last list is open.
    dependencies: Lists,
    /// Around all nodes.
    layers: Vec<Arc<dyn Middleware>>,
    /// Around single ones, which are said by the index of their entry.
    node_layers: Vec<(usize, Arc<dyn Middleware>)>,
    problems: Vec<BuildProblem>,
}

impl WorkflowBuilder {
    pub(super) fn new(name: String) -> Self {
        let draft = Draft {
            name,
            names: Mentioned::new(),
            entries: Vec::new(),
            dependencies: Lists::default(),
            layers: Vec::new(),
            node_layers: Vec::new(),
            problems: Vec::new(),
        };
        Self { draft: Box::new(draft) }
    }

    /// Adds a node.
    ///
    /// ```
    /// use flow_workflow::{ActionError, Context, Workflow};
    ///
    /// fn charge(_: &Context) -> Result<(), ActionError> {
    ///     Ok(())
    /// }
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("charge", charge)
    ///     .node("ship", |_: &Context| Ok(()))
    ///     .build()?;
    /// assert_eq!(workflow.len(), 2);
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    #[doc(alias = "AddNode")]
    pub fn node(self, name: &str, action: impl Action + 'static) -> Self {
        self.entry(name, Some(Box::new(action)), None)
    }

    /// Adds a node whose action returns a value, which becomes its [output](Context::output).
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Workflow};
    ///
    /// let workflow = Workflow::builder("sum")
    ///     .compute("a", |_| Ok(1))
    ///     .compute("b", |_| Ok(2))
    ///     .compute("sum", |context| {
    ///         Ok(context.outputs::<i32>().map(|value| value.map(|value| *value)).sum::<Result<i32, _>>()?)
    ///     })
    ///     .after(["a", "b"])
    ///     .build()?;
    /// let report = Executor::new(1).run(&workflow, &Data::new())?;
    /// assert_eq!(*report.output::<i32>("sum")?, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compute<T: Send + Sync + 'static>(
        self,
        name: &str,
        compute: impl Fn(&Context) -> Result<T, ActionError> + Send + Sync + 'static,
    ) -> Self {
        self.node(name, move |context: &Context| {
            context.set_output(compute(context)?);
            Ok(())
        })
    }

    /// Adds a copy of a node of a [`NodePool`](crate::NodePool), with the action that its pool knows by the name that the
    /// node has, and its compensation likewise. That nothing is registered under a name is one of the problems that
    /// [`build`](Self::build) reports.
    ///
    /// ```
    /// use flow_workflow::{Context, NodePool, BuildProblem, Workflow};
    ///
    /// let pool = NodePool::new();
    /// let mut node = pool.get();
    /// node.set_name("charge").set_action("pay");
    /// let error = Workflow::builder("order").add_node(&node).build().unwrap_err();
    /// assert!(matches!(&error.problems()[0], BuildProblem::UnknownAction { action, .. } if action == "pay"));
    ///
    /// pool.register("pay", |_: &Context| Ok(()));
    /// assert!(Workflow::builder("order").add_node(&node).build().is_ok());
    /// ```
    pub fn add_node(mut self, node: &Node) -> Self {
        let name = node.name();
        let action = node.resolved_action();
        let mut unknown = |action: &str, problem: fn(String, String, Option<String>) -> BuildProblem| {
            let suggestion = node.suggested_action(action, self.draft.problems.len());
            self.draft.problems.push(problem(name.to_owned(), action.to_owned(), suggestion));
        };
        if let (None, Some(action)) = (&action, node.action()) {
            unknown(action, |node, action, suggestion| BuildProblem::UnknownAction {
                node,
                action,
                suggestion,
            });
        }
        // An action that is unknown is not missing too.
        let is_unknown = action.is_none() && node.action().is_some();
        let action: Option<Box<dyn Action>> = match action {
            Some(action) => Some(Box::new(action)),
            None if is_unknown => Some(Box::new(|_: &Context| Ok(()))),
            None => None,
        };
        let mut policy = node.policy();
        policy.compensation = node.resolved_compensation();
        if let (None, Some(action)) = (&policy.compensation, node.compensation()) {
            unknown(action, |node, action, suggestion| BuildProblem::UnknownCompensation {
                node,
                action,
                suggestion,
            });
        }
        let policy = if policy.is_default() { None } else { Some(Box::new(policy)) };
        self.entry(name, action, policy).after(node.dependencies())
    }

    fn entry(mut self, name: &str, action: Option<Box<dyn Action>>, policy: Option<Box<Policy>>) -> Self {
        self.close_last();
        self.draft.entries.push(Entry { name: self.draft.names.symbol(name), action, policy });
        self
    }

    /// Ends the list of dependencies of the last node.
    fn close_last(&mut self) {
        // Too many cannot be counted; compiling says so.
        if !self.draft.entries.is_empty() && self.draft.dependencies.items() <= MOST {
            self.draft.dependencies.close();
        }
    }

    /// The last node starts after these. Names may be repeated, and the method may be called more than once.
    ///
    /// ```
    /// # use flow_workflow::{Context, Workflow};
    /// let none = |_: &Context| Ok(());
    /// let workflow = Workflow::builder("order")
    ///     .node("ship", none).after(["pack", "charge"]) // Nodes that come later may be named too.
    ///     .node("pack", none)
    ///     .node("charge", none)
    ///     .build()?;
    /// assert_eq!(workflow.node("ship").unwrap().dependencies().len(), 2);
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    #[doc(alias = "DependsOn")]
    pub fn after<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        if self.is_begun("after") {
            let symbols = names.into_iter().map(|name| self.draft.names.symbol(name.as_ref()).index());
            self.draft
                .dependencies
                .open_mut()
                .extend(symbols.map(|index| u32::try_from(index).unwrap_or(u32::MAX)));
        }
        self
    }

    /// When the last node is tried again after it failed. Never, by default.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use flow_workflow::{Context, Data, Executor, Retry, Workflow};
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("charge", |context: &Context| if context.attempt() < 3 { Err("busy".into()) } else { Ok(()) })
    ///     .retry(Retry::fixed(5, Duration::ZERO))
    ///     .build()?;
    /// assert!(Executor::new(1).run(&workflow, &Data::new()).is_ok());
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn retry(mut self, retry: Retry) -> Self {
        if let Some(policy) = self.last("retry") {
            policy.retry = retry;
        }
        self
    }

    /// How long one attempt of the last node may take. One that takes longer has failed, whatever it returns; it is not
    /// interrupted, but [`Context::check`] tells it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use flow_workflow::{ActionErrorKind, Context, Data, Executor, Workflow};
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("charge", |context: &Context| context.sleep(Duration::from_secs(3600)))
    ///     .timeout(Duration::from_millis(1))
    ///     .build()?;
    /// let error = Executor::new(1).run(&workflow, &Data::new()).unwrap_err();
    /// assert_eq!(error.report().failures()[0].error().kind(), ActionErrorKind::TimedOut);
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn timeout(mut self, limit: Duration) -> Self {
        if let Some(policy) = self.last("timeout") {
            policy.timeout = Some(limit);
        }
        self
    }

    /// How long all attempts of the last node may take together, with the delays between them. After that, none follows.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use flow_workflow::{Context, Data, Executor, Retry, Workflow};
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("charge", |_: &Context| Err("busy".into()))
    ///     .retry(Retry::fixed(u32::MAX, Duration::ZERO))
    ///     .total_timeout(Duration::from_millis(1))
    ///     .build()?;
    /// assert!(Executor::new(1).run(&workflow, &Data::new()).is_err()); // Does not try for ever.
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        if let Some(policy) = self.last("total_timeout") {
            policy.total_timeout = Some(limit);
        }
        self
    }

    /// Lets those that depend on the last node start although it failed, and the run go on and succeed. The failure is
    /// in the report all the same.
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, NodeStatus, Workflow};
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("suggest", |_: &Context| Err("the model is down".into()))
    ///     .continue_on_error()
    ///     .node("show", |_: &Context| Ok(()))
    ///     .after(["suggest"])
    ///     .build()?;
    /// let report = Executor::new(1).run(&workflow, &Data::new())?;
    /// assert_eq!(report.status("show"), Some(NodeStatus::Completed));
    /// assert!(report.failures()[0].is_tolerated());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn continue_on_error(mut self) -> Self {
        if let Some(policy) = self.last("continue_on_error") {
            policy.continue_on_error = true;
        }
        self
    }

    /// What would undo the last node. It is kept with the node, as [`NodeRef::compensation`](crate::NodeRef::compensation);
    /// nothing runs it by itself.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Context, Workflow};
    /// let workflow = Workflow::builder("order")
    ///     .node("charge", |_: &Context| Ok(()))
    ///     .compensation(|_: &Context| Ok(())) // would give the money back
    ///     .build()?;
    /// assert!(workflow.node("charge").is_some_and(|node| node.compensation().is_some()));
    /// # Ok::<(), flow_workflow::BuildError>(())
    /// ```
    pub fn compensation(mut self, action: impl Action + 'static) -> Self {
        if let Some(policy) = self.last("compensation") {
            policy.compensation = Some(action.into_shared());
        }
        self
    }

    /// Puts `middleware` around the action of the last node, inside of what [`layer_all`](Self::layer_all) puts around
    /// all. The first one is the outermost.
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, Next, Workflow};
    ///
    /// let workflow = Workflow::builder("order")
    ///     .node("suggest", |_: &Context| Err("the model is down".into()))
    ///     .layer(|context: &Context, next: Next<'_>| next.run(context).or(Ok(()))) // Whatever it says.
    ///     .build()?;
    /// assert_eq!(Executor::new(1).run(&workflow, &Data::new())?.counts().failed, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn layer(mut self, middleware: impl Middleware + 'static) -> Self {
        if self.is_begun("layer") {
            self.draft.node_layers.push((self.draft.entries.len() - 1, Arc::new(middleware)));
        }
        self
    }

    /// Puts `middleware` around the actions of all nodes, outside of what single nodes have. The first one is the
    /// outermost.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Context, Data, Executor, Workflow, middleware::Timing};
    /// let timing = Timing::new();
    /// let workflow = Workflow::builder("w")
    ///     .node("a", |_: &Context| Ok(()))
    ///     .node("b", |_: &Context| Ok(()))
    ///     .layer_all(timing.clone())
    ///     .build()?;
    /// Executor::new(1).run(&workflow, &Data::new())?;
    /// assert_eq!(timing.entries().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn layer_all(mut self, middleware: impl Middleware + 'static) -> Self {
        self.draft.layers.push(Arc::new(middleware));
        self
    }

    /// Whether there is a node. Without one, a `setting` is a problem.
    fn is_begun(&mut self, setting: &'static str) -> bool {
        if self.draft.entries.is_empty() {
            self.draft.problems.push(BuildProblem::NoNodeYet { setting });
        }
        !self.draft.entries.is_empty()
    }

    /// The policy of the last node.
    fn last(&mut self, setting: &'static str) -> Option<&mut Policy> {
        self.is_begun(setting);
        self.draft.entries.last_mut().map(|entry| &mut **entry.policy.get_or_insert_default())
    }

    /// Checks and compiles the workflow.
    ///
    /// # Errors
    ///
    /// All that is wrong with it: see [`BuildProblem`].
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Context, BuildProblem, Workflow};
    ///
    /// let none = |_: &Context| Ok(());
    /// let error = Workflow::builder("order")
    ///     .node("pack", none).after(["ship"])
    ///     .node("ship", none).after(["pack"])
    ///     .build()
    ///     .unwrap_err();
    /// assert!(matches!(error.problems(), [BuildProblem::Cycle { path }] if path.len() == 2));
    /// ```
    pub fn build(mut self) -> Result<Workflow, BuildError> {
        self.close_last();
        let Draft { name, names, mut entries, dependencies, layers, node_layers, mut problems } = *self.draft;
        for (index, middleware) in node_layers.into_iter().rev() {
            entries[index].wrap(&middleware);
        }
        for middleware in layers.iter().rev() {
            entries.iter_mut().for_each(|entry| entry.wrap(middleware));
        }
        let parts = Parts { name: name.clone(), names, entries, dependencies };
        match compile(parts, &mut problems) {
            Some(compiled) => Ok(Workflow::new(compiled)),
            None => Err(BuildError::new(name, problems)),
        }
    }
}

impl fmt::Debug for WorkflowBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkflowBuilder")
            .field("name", &self.draft.name)
            .field("nodes", &self.draft.entries.len())
            .finish_non_exhaustive()
    }
}
