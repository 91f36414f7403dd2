//! Why a workflow cannot be built: all problems at once.

use std::fmt;

/// Everything that is wrong with a workflow.
///
/// ```
/// use flow_workflow::{Context, Workflow};
///
/// let none = |_: &Context| Ok(());
/// let error = Workflow::builder("order")
///     .node("validate", none)
///     .node("charge", none)
///     .after(["valdate"])
///     .build()
///     .unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "workflow 'order': node 'charge' depends on unknown node 'valdate' (did you mean 'validate'?)"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BuildError {
    workflow: String,
    /// Invariant: there is one at least.
    problems: Vec<BuildProblem>,
}

impl BuildError {
    pub(super) fn new(workflow: String, problems: Vec<BuildProblem>) -> Self {
        Self { workflow, problems }
    }

    /// The name of the workflow.
    #[must_use]
    pub fn workflow(&self) -> &str {
        &self.workflow
    }

    /// All that is wrong, at least one thing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::Workflow;
    /// let error = Workflow::builder("order").compute("ship", |_| Ok(1)).after(["charge"]).build().unwrap_err();
    /// assert_eq!((error.workflow(), error.problems().len()), ("order", 1));
    /// println!("{}", error.problems()[0]);
    /// ```
    #[must_use]
    pub fn problems(&self) -> &[BuildProblem] {
        &self.problems
    }
}

/// As [`Display`](fmt::Display), which is what `main` and `unwrap` show; `{:#?}` has the structure.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        let Self { workflow, problems } = self;
        f.debug_struct("BuildError").field("workflow", workflow).field("problems", problems).finish()
    }
}

impl std::error::Error for BuildError {}

/// How many problems are written out.
const SHOWN: usize = 20;

/// One line for one problem, or a list of them.
impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workflow, problems } = self;
        if let [problem] = &problems[..] {
            return write!(f, "workflow '{workflow}': {problem}");
        }
        write!(f, "workflow '{workflow}' has {} problems:", problems.len())?;
        list(f, problems, 0)
    }
}

/// Writes out problems, a line for each: the first of them, and how many there are beside, with `more` that were not
/// kept.
pub(crate) fn list(f: &mut fmt::Formatter<'_>, problems: &[impl fmt::Display], more: usize) -> fmt::Result {
    for problem in problems.iter().take(SHOWN) {
        write!(f, "\n  - {problem}")?;
    }
    match problems.len().saturating_sub(SHOWN) + more {
        0 => Ok(()),
        more => write!(f, "\n  and {more} more"),
    }
}

/// One thing that is wrong with a workflow.
///
/// ```
/// use flow_workflow::{Context, BuildProblem, Workflow};
///
/// let none = |_: &Context| Ok(());
/// let error = Workflow::builder("order")
///     .node("ship", none)
///     .node("ship", none)
///     .after(["pack"])
///     .build()
///     .unwrap_err();
/// for problem in error.problems() {
///     match problem {
///         BuildProblem::DuplicateNode { node } => assert_eq!(node, "ship"),
///         BuildProblem::UnknownDependency { dependency, .. } => assert_eq!(dependency, "pack"),
///         other => panic!("{other}"),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildProblem {
    /// A node without a name, or with one of white space alone.
    #[error("the node at position {position} has no name")]
    EmptyName {
        /// Which of the nodes, in the order in which they were added, from 0.
        position: usize,
    },
    /// Two nodes with one name.
    #[error("there are two nodes named '{node}'")]
    DuplicateNode {
        /// The name.
        node: String,
    },
    /// A dependency that is not there.
    #[error("node '{node}' depends on unknown node '{dependency}'{}", did_you_mean(.suggestion.as_deref()))]
    UnknownDependency {
        /// The node.
        node: String,
        /// The name that nothing has.
        dependency: String,
        /// A name that is much like it.
        suggestion: Option<String>,
    },
    /// A node that waits for itself.
    #[error("node '{node}' depends on itself")]
    SelfDependency {
        /// The node.
        node: String,
    },
    /// Nodes that wait for each other.
    #[error("a cycle: {}", cycle(.path))]
    Cycle {
        /// The nodes along it: each is a dependency of the next, and the last of the first.
        path: Vec<String>,
    },
    /// A node without an action.
    #[error("node '{node}' has no action")]
    MissingAction {
        /// The node.
        node: String,
    },
    /// A node whose action nobody registered.
    #[error("node '{node}' has unknown action '{action}'{}", did_you_mean(.suggestion.as_deref()))]
    UnknownAction {
        /// The node.
        node: String,
        /// The name that nothing is registered under.
        action: String,
        /// A name that is much like it.
        suggestion: Option<String>,
    },
    /// A node whose compensation nobody registered.
    #[error("node '{node}' has unknown compensation '{action}'{}", did_you_mean(.suggestion.as_deref()))]
    UnknownCompensation {
        /// The node.
        node: String,
        /// The name that nothing is registered under.
        action: String,
        /// A name that is much like it.
        suggestion: Option<String>,
    },
    /// A setting that belongs to a node, before there was any.
    #[error(
        "`{setting}` was called before the first node: it sets something of the node that was added last"
    )]
    NoNodeYet {
        /// The method.
        setting: &'static str,
    },
    /// More than can be counted.
    #[error("{nodes} nodes with {dependencies} dependencies: there may be at most {limit} of either")]
    TooLarge {
        /// How many nodes there are.
        nodes: usize,
        /// How many dependencies there are, repetitions included.
        dependencies: usize,
        /// The most of either.
        limit: usize,
    },
}

pub(crate) fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" (did you mean '{name}'?)")).unwrap_or_default()
}

/// How many nodes of a cycle are written out, from either end.
const SHOWN_OF_CYCLE: usize = 10;

/// `a -> b -> a`, an arrow from each node to one that waits for it.
pub(crate) fn cycle(path: &[String]) -> String {
    let mut names: Vec<&str> = path.iter().chain(path.first()).map(String::as_str).collect();
    if names.len() > 2 * SHOWN_OF_CYCLE + 1 {
        names.splice(SHOWN_OF_CYCLE..names.len() - SHOWN_OF_CYCLE, ["..."]);
    }
    names.join(" -> ")
}

/// For how many names a suggestion is looked for, since each takes a look at all others.
const SUGGESTIONS: usize = SHOWN;

/// The one of `known` that was probably meant, unless `found` suggestions are enough.
#[expect(single_use_lifetimes, reason = "an anonymous one is unstable there")]
pub(crate) fn suggestion<'a>(
    wanted: &str,
    known: impl Iterator<Item = &'a str>,
    found: usize,
) -> Option<String> {
    if found >= SUGGESTIONS {
        return None;
    }
    let length = wanted.chars().count();
    // As many slips as a third of the letters.
    let most = (length / 3).max(1);
    known
        .filter(|name| name.len().abs_diff(wanted.len()) <= 4 * most)
        .map(|name| (strsim::osa_distance(wanted, name), name))
        .filter(|&(distance, name)| distance <= most && distance < name.chars().count())
        .min()
        .map(|(_, name)| name.to_owned())
}
