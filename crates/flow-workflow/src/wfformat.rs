//! Recorded scientific workflows: files in [WfFormat](https://github.com/wfcommons/WfFormat) 1.5, the format of the
//! WfCommons project.
//!
//! [`Instance`] is what such a file says of tasks: which there are, who waits for whom, how long each took, and which
//! command it was. [`Instance::to_spec`] makes a [`WorkflowSpec`] of it. [`generate`] makes instances of any size, two
//! shapes of which are those of real workflows.
//!
//! | file | owns |
//! |---|---|
//! | `read.rs` | from bytes to what the file says, whatever types it has |
//! | `field.rs` | values of the wrong type, which are named instead of failing where they are |
//! | `check.rs` | from what the file says to an instance, or to all that is wrong with it |
//! | `write.rs` | the way back |
//! | `error.rs` | what can be wrong |
//! | `generate.rs` | instances that nobody recorded |

mod check;
mod error;
mod field;
mod generate;
mod read;
mod write;

use std::{fs, io, path::Path, str::FromStr, time::Duration};

pub use error::{WfError, WfProblem};
pub use generate::{GenerateError, Shape, generate};

use crate::{NodeSpec, WorkflowSpec};

/// The longest time that a task may be said to have taken: ten years.
///
/// # Examples
///
/// ```
/// use flow_workflow::wfformat::MAX_RUNTIME;
///
/// assert_eq!(MAX_RUNTIME.as_secs(), 10 * 365 * 24 * 60 * 60);
/// ```
pub const MAX_RUNTIME: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// A workflow as it was recorded once, or generated: what a file in WfFormat says of its tasks.
///
/// ```
/// use flow_workflow::wfformat::Instance;
///
/// let instance: Instance = r#"{
///     "name": "order",
///     "schemaVersion": "1.5",
///     "workflow": {
///         "specification": {
///             "tasks": [
///                 {"name": "validate", "id": "validate_1", "parents": [], "children": ["charge_2"]},
///                 {"name": "charge", "id": "charge_2", "parents": ["validate_1"], "children": []}
///             ]
///         }
///     }
/// }"#
/// .parse()?;
/// assert_eq!(instance.tasks[1].parents, ["validate_1"]);
///
/// let spec = instance.to_spec(|task| task.name.clone());
/// assert_eq!(spec.nodes[1].action, "charge");
/// # Ok::<(), flow_workflow::wfformat::WfError>(())
/// ```
///
/// # What is read
///
/// Version 1.5 of the format, and what its schema requires of tasks has to be there. Files, machines and measurements
/// other than times are not kept, whatever they are. Beyond the schema:
///
/// - Each `id` is there once, all that is mentioned exists, and no task waits for itself, directly or through others.
/// - `parents` and `children` say the same thing twice, and have to agree: a file in which one of them was forgotten
///   would run in the wrong order. What is repeated inside of one list counts once.
/// - Times are numbers from 0 to [`MAX_RUNTIME`].
/// - `null` means that a field is not there.
/// - `workflow.execution` may be missing, as a whole or for some tasks: nobody knows then how long they took, and their
///   [`runtime`](Task::runtime) is zero. An entry for a task that does not exist is an error.
///
/// # Cost
///
/// Reading takes time in proportion to the size of the file, and memory of some three times its size, the file included.
/// A file that is made to do harm can bring that to fifteen times, and not further: what is nested deep takes no stack,
/// and of what is wrong, some is kept and the rest counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instance {
    /// The name of the workflow.
    pub name: String,
    /// What the file says about itself.
    pub description: Option<String>,
    /// How long the whole took when it was recorded. None if nobody knows, which files say as 0.
    pub makespan: Option<Duration>,
    /// The tasks, in the order of the file: parents may come after their children.
    pub tasks: Vec<Task>,
}

/// A task of an [`Instance`].
///
/// ```
/// use std::time::Duration;
///
/// use flow_workflow::wfformat::{Command, Instance, Task};
///
/// let mut task = Task::new("charge_2");
/// task.parents.push("validate_1".to_owned());
/// task.runtime = Duration::from_millis(250);
/// task.command = Some(Command::new("/usr/bin/charge"));
///
/// let mut instance = Instance::new("order");
/// instance.tasks = vec![Task::new("validate_1"), task];
/// assert_eq!(instance.tasks[1].kind(), "charge");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task {
    /// What no other task is called.
    pub id: String,
    /// A name, which others may have too.
    pub name: String,
    /// The ids of the tasks that it waits for.
    pub parents: Vec<String>,
    /// How long it took when it was recorded; zero if nobody knows. Exact to the nanosecond up to some weeks;
    /// beyond that the format's numbers are not.
    pub runtime: Duration,
    /// What it ran.
    pub command: Option<Command>,
}

/// What a [`Task`] ran, without a shell. Some recorders write a whole script into [`program`](Self::program) instead.
///
/// ```
/// use flow_workflow::wfformat::{Command, Task};
///
/// let mut command = Command::new("sort");
/// command.arguments.extend(["-n".to_owned(), "numbers.txt".to_owned()]);
/// let mut task = Task::new("sort_1");
/// task.command = Some(command);
/// assert_eq!(task.kind(), "sort");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Command {
    /// The program: a name, or a path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl Instance {
    /// An instance without tasks.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// It cannot be read, or something is wrong with what it says: see [`WfProblem`]. The error names the file.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::wfformat::{Instance, Shape, generate};
    ///
    /// let path = std::env::temp_dir().join(format!("montage-{}.json", std::process::id()));
    /// let instance = generate(Shape::Montage, 100, 1)?;
    /// instance.write(std::fs::File::create(&path)?)?;
    /// assert_eq!(Instance::from_path(&path)?, instance);
    /// std::fs::remove_file(&path)?;
    ///
    /// let error = Instance::from_path(&path).unwrap_err(); // It is gone.
    /// assert_eq!(error.file(), Some(path.as_path()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, WfError> {
        let path = path.as_ref();
        fs::read(path)
            .map_err(|source| WfError::from(WfProblem::Unreadable { source }))
            .and_then(|bytes| Self::from_slice(&bytes))
            .map_err(|error| error.in_file(path))
    }

    /// Reads all that `reader` has.
    ///
    /// # Errors
    ///
    /// It cannot be read, or something is wrong with what it says: see [`WfProblem`].
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::wfformat::{Instance, WfProblem};
    ///
    /// // From standard input, say.
    /// let error = Instance::read(&b"{"[..]).unwrap_err();
    /// assert!(matches!(error.problems(), [WfProblem::Syntax { line: 1, .. }]));
    /// ```
    pub fn read(mut reader: impl io::Read) -> Result<Self, WfError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|source| WfProblem::Unreadable { source })?;
        Self::from_slice(&bytes)
    }

    /// Reads what somebody else has read. This is the fastest way for a file that is in memory already.
    ///
    /// # Errors
    ///
    /// Something is wrong with what it says: see [`WfProblem`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, WfError> {
        check::check(read::read(bytes)?)
    }

    /// Writes the instance as a file in WfFormat 1.5 that is valid by its schema and reads back the same, if the ids are
    /// those that the schema allows: of letters, digits and `-_.#`.
    ///
    /// The schema requires the time at which a recorded run began, which an instance does not know: the file says 1970.
    ///
    /// # Errors
    ///
    /// `writer` returned an error.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::wfformat::{Instance, Shape, generate};
    ///
    /// let instance = generate(Shape::Montage, 100, 1)?;
    /// let mut file = Vec::new();
    /// instance.write(&mut file)?;
    /// assert_eq!(Instance::from_slice(&file)?, instance);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&self, writer: impl io::Write) -> io::Result<()> {
        write::write(self, writer)
    }

    /// A workflow with a node for each task, called by the task's id. `action` says the name of its action.
    ///
    /// ```
    /// use flow_workflow::{
    ///     Context, Data, Executor, NodePool,
    ///     wfformat::{Shape, generate},
    /// };
    ///
    /// let pool = NodePool::new();
    /// pool.register("nothing", |_: &Context| Ok(()));
    /// let spec = generate(Shape::Tree, 15, 1)?.to_spec(|_| "nothing".to_owned());
    /// let report = Executor::new(2).run(&spec.build(&pool)?, &Data::new())?;
    /// assert_eq!(report.counts().completed, 15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_spec(&self, mut action: impl FnMut(&Task) -> String) -> WorkflowSpec {
        let node = |task: &Task| {
            let mut node = NodeSpec::new(task.id.as_str(), action(task));
            node.dependencies.clone_from(&task.parents);
            node
        };
        let mut spec = WorkflowSpec::new(self.name.as_str());
        spec.nodes = self.tasks.iter().map(node).collect();
        spec
    }
}

/// As [`Instance::from_slice`].
impl FromStr for Instance {
    type Err = WfError;

    fn from_str(text: &str) -> Result<Self, WfError> {
        Self::from_slice(text.as_bytes())
    }
}

impl Task {
    /// A task without parents, which takes no time; its name is its id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self { name: id.clone(), id, ..Self::default() }
    }

    /// Of which kind it is: the file name of its program. If there is none, or a script in its place, it is the task's
    /// name, from the last dot on and without a number at its end.
    ///
    /// ```
    /// use flow_workflow::wfformat::{Command, Task};
    ///
    /// let mut task = Task::new("GENOME.ALIGN.SORT_ID000017");
    /// assert_eq!(task.kind(), "SORT");
    /// task.command = Some(Command::new("/usr/bin/sort"));
    /// assert_eq!(task.kind(), "sort");
    /// ```
    #[must_use]
    pub fn kind(&self) -> &str {
        let program = self.command.as_ref().map(|command| command.program.as_str());
        let program = program.filter(|program| !program.contains(char::is_whitespace));
        let file_name =
            program.and_then(|program| program.rsplit('/').next()).filter(|name| !name.is_empty());
        file_name.unwrap_or_else(|| {
            let last = self.name.rsplit('.').next().unwrap_or_default();
            let kind = last.trim_end_matches(|character: char| character.is_ascii_digit());
            let kind = kind.strip_suffix("_ID").unwrap_or(kind).trim_end_matches(['_', '-', ' ']);
            if kind.is_empty() { &self.name } else { kind }
        })
    }
}

impl Command {
    /// A program without arguments.
    #[must_use]
    pub fn new(program: impl Into<String>) -> Self {
        Self { program: program.into(), arguments: Vec::new() }
    }
}
