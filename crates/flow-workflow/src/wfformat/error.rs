//! Why a file cannot be read: [`WfError`], with all [`WfProblem`]s that it has.

use std::{
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
};

use super::MAX_RUNTIME;
use crate::workflow::{cycle, did_you_mean, list as write_list};

/// Everything that is wrong with a file in WfFormat.
///
/// ```
/// use flow_workflow::wfformat::Instance;
///
/// let error = r#"{"name": "order", "schemaVersion": "1.4", "workflow": {}}"#.parse::<Instance>().unwrap_err();
/// assert!(error.to_string().starts_with("field schemaVersion: '1.4' is not supported, only 1.5 is"));
/// ```
pub struct WfError {
    file: Option<PathBuf>,
    problems: Problems,
}

impl WfError {
    /// Says which file it is about.
    pub(super) fn in_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// The file, if the error came from [`Instance::from_path`](super::Instance::from_path).
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::wfformat::Instance;
    ///
    /// let error = Instance::from_path("no/such.json").unwrap_err();
    /// assert_eq!(error.file(), Some("no/such.json".as_ref()));
    /// ```
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What is wrong: at least one thing, and at most a hundred, in the order in which they were found.
    ///
    /// ```
    /// use flow_workflow::wfformat::Instance;
    ///
    /// let file = r#"{"schemaVersion": "1.5", "workflow": {}}"#; // Neither a name nor a specification.
    /// let error = file.parse::<Instance>().unwrap_err();
    /// assert_eq!(error.problems().len(), 2);
    /// ```
    #[must_use]
    pub fn problems(&self) -> &[WfProblem] {
        &self.problems.list
    }
}

impl From<WfProblem> for WfError {
    fn from(problem: WfProblem) -> Self {
        Self { file: None, problems: Problems { list: vec![problem], more: 0 } }
    }
}

/// One line for one problem, or a list of them, after the name of the file.
impl fmt::Display for WfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        let Problems { list, more } = &self.problems;
        if let ([problem], 0) = (&list[..], *more) {
            return write!(f, "{problem}");
        }
        write!(f, "{} problems:", list.len() + more)?;
        write_list(f, list, *more)
    }
}

/// As [`Display`](fmt::Display), which is what `main` and `unwrap` show; `{:#?}` has the structure.
impl fmt::Debug for WfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        let Self { file, problems: Problems { list, more } } = self;
        f.debug_struct("WfError").field("file", file).field("problems", list).field("more", more).finish()
    }
}

impl Error for WfError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.problems.list.first() {
            Some(WfProblem::Unreadable { source }) => Some(source),
            _ => None,
        }
    }
}

/// How many problems are kept, so that a file full of them does not fill the memory.
const KEPT: usize = 100;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    list: Vec<WfProblem>,
    more: usize,
}

impl Problems {
    /// `problem` is not asked for what nobody would keep, as it may have to search for a suggestion.
    pub(super) fn push(&mut self, problem: impl FnOnce(usize) -> WfProblem) {
        let found = self.list.len();
        if found < KEPT {
            self.list.push(problem(found));
        } else {
            self.more += 1;
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        self.more += other.more;
        for problem in other.list {
            self.push(|_| problem);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// `Err` if there are any.
    pub(super) fn settle(&mut self) -> Result<(), WfError> {
        if self.list.is_empty() {
            return Ok(());
        }
        Err(WfError { file: None, problems: std::mem::take(self) })
    }
}

/// One thing that is wrong with a file in WfFormat.
///
/// A `place` says where: `task 'x', field parents[2]`, or `field workflow.specification.tasks`.
///
/// ```
/// use flow_workflow::wfformat::{Instance, WfProblem};
///
/// let file = r#"{"name": "order", "schemaVersion": "1.5", "workflow": {"specification": {"tasks": [
///     {"name": "charge", "id": "charge_1", "parents": ["charge_1"], "children": ["charge_1"]}
/// ]}}}"#;
/// let error = file.parse::<Instance>().unwrap_err();
/// assert!(matches!(&error.problems()[0], WfProblem::SelfDependency { task } if task == "charge_1"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WfProblem {
    /// The file cannot be opened or read.
    #[error("cannot be read: {source}")]
    Unreadable {
        /// What the system says.
        source: io::Error,
    },
    /// It is not JSON, or not as JSON should be. Nothing after this place was looked at.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Which line, from 1.
        line: usize,
        /// Which byte of the line, from 1; 0 is before the first.
        column: usize,
        /// What was expected there.
        message: String,
    },
    /// Something is of another type than the format wants.
    #[error("{place}: expected {expected}, found {found}")]
    WrongType {
        /// Where.
        place: String,
        /// What the format wants.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A field that the format requires.
    #[error("{place}: required, but missing")]
    Missing {
        /// Where.
        place: String,
    },
    /// A name without letters, or a list without items.
    #[error("{place}: empty, but {expected} is required")]
    Empty {
        /// Where.
        place: String,
        /// What has to be there.
        expected: &'static str,
    },
    /// Another version of the format, which says things in other places.
    #[error(
        "field schemaVersion: '{found}' is not supported, only 1.5 is; wfcommons-migrate-instance.py of the WfFormat \
         project converts older files"
    )]
    Version {
        /// What the file has.
        found: String,
    },
    /// Two tasks with one id.
    #[error("there are two tasks with the id '{task}'")]
    DuplicateTask {
        /// The id.
        task: String,
    },
    /// Two entries in the list of what was executed.
    #[error("workflow.execution.tasks has two entries for task '{task}'")]
    DuplicateExecution {
        /// The id.
        task: String,
    },
    /// A parent or child that is not there.
    #[error("task '{task}' has the {role} '{other}', which does not exist{}", did_you_mean(.suggestion.as_deref()))]
    UnknownRelative {
        /// The id of the task.
        task: String,
        /// `parent` or `child`.
        role: &'static str,
        /// The id that no task has.
        other: String,
        /// An id that is much like it.
        suggestion: Option<String>,
    },
    /// Something was executed that is no task.
    #[error(
        "workflow.execution.tasks has an entry for task '{task}', which does not exist{}",
        did_you_mean(.suggestion.as_deref())
    )]
    UnknownExecution {
        /// The id that no task has.
        task: String,
        /// An id that is much like it.
        suggestion: Option<String>,
    },
    /// A dependency that one of its two tasks does not know of.
    #[error(
        "task '{parent}' and task '{child}' disagree: field {field} of task '{lacking}' does not name the other; \
         add it there, or remove it from the other"
    )]
    OneSided {
        /// The id of the task that comes first.
        parent: String,
        /// The id of the task that waits for it.
        child: String,
        /// The one that does not name the other.
        lacking: String,
        /// `parents` or `children`.
        field: &'static str,
    },
    /// A task that waits for itself.
    #[error("task '{task}' is its own parent")]
    SelfDependency {
        /// The id.
        task: String,
    },
    /// Tasks that wait for each other.
    #[error("a cycle: {}", cycle(.path))]
    Cycle {
        /// The ids along it: each task is a parent of the next, and the last of the first.
        path: Vec<String>,
    },
    /// A time that cannot be.
    #[error("{place}: {value} is not between 0 and {} seconds (ten years)", MAX_RUNTIME.as_secs())]
    OutOfRange {
        /// Where.
        place: String,
        /// What the file has.
        value: f64,
    },
    /// More than can be counted.
    #[error("{tasks} tasks with {dependencies} dependencies: there may be at most {limit} of either")]
    TooLarge {
        /// How many tasks there are.
        tasks: usize,
        /// How many dependencies there are.
        dependencies: usize,
        /// The most of either.
        limit: usize,
    },
}
