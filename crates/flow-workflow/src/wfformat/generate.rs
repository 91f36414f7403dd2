//! [`generate`]: instances that nobody recorded, of any size, in shapes that say something about an engine.
//!
//! Everything that is random comes from one seed, so that the same arguments give the same instance, on every machine.

mod epigenomics;
mod montage;
mod plain;
mod random;

use std::{fmt, str::FromStr, time::Duration};

use self::random::Random;
use super::{Command, Instance, Task};

/// Who waits for whom in a [generated](generate) instance.
///
/// ```
/// use flow_workflow::wfformat::Shape;
///
/// let shape: Shape = "fan-out".parse()?;
/// assert_eq!((shape, shape.name(), shape.min_tasks()), (Shape::FanOut, "fan-out", 1));
/// assert!(Shape::ALL.contains(&shape));
/// # Ok::<(), flow_workflow::wfformat::GenerateError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// Each task waits for the one before.
    Chain,
    /// All tasks wait for the first.
    FanOut,
    /// A binary tree, from the root to the leaves.
    Tree,
    /// Each task waits for up to four earlier ones.
    Random,
    /// [Montage](http://montage.ipac.caltech.edu), which makes a mosaic of the sky out of many images: the images are
    /// projected, the differences of all that overlap are fitted, the background of each is corrected by what all
    /// fits together say, and they are added up. Once for each of three colors, if there are enough tasks.
    Montage,
    /// Epigenomics, which maps the methylation of a genome: a few sequences are split into chunks, each chunk goes
    /// through a chain of programs, of which one takes nearly all the time, and all are merged.
    Epigenomics,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 6] =
        [Self::Chain, Self::FanOut, Self::Tree, Self::Random, Self::Montage, Self::Epigenomics];

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::FanOut => "fan-out",
            Self::Tree => "tree",
            Self::Random => "random",
            Self::Montage => "montage",
            Self::Epigenomics => "epigenomics",
        }
    }

    /// The fewest tasks that it can have.
    #[must_use]
    pub const fn min_tasks(self) -> usize {
        match self {
            Self::Chain | Self::FanOut | Self::Tree | Self::Random => 1,
            Self::Montage => montage::LEAST,
            Self::Epigenomics => epigenomics::LEAST,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The reverse of [`Shape::name`].
impl FromStr for Shape {
    type Err = GenerateError;

    fn from_str(name: &str) -> Result<Self, GenerateError> {
        let shape = Self::ALL.into_iter().find(|shape| shape.name() == name);
        shape.ok_or_else(|| GenerateError::UnknownShape { name: name.to_owned() })
    }
}

/// The most tasks that [`generate`] makes.
const MOST: usize = 10_000_000;

/// Why an instance cannot be generated.
///
/// ```
/// use flow_workflow::wfformat::{GenerateError, Shape, generate};
///
/// let error = generate(Shape::Epigenomics, 1, 1).unwrap_err();
/// assert!(matches!(error, GenerateError::TooFew { shape: Shape::Epigenomics, tasks: 1 }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The shape needs more tasks.
    #[error(
        "{tasks} {} not enough for the shape {shape}, which needs at least {}",
        if *.tasks == 1 { "task is" } else { "tasks are" },
        .shape.min_tasks(),
    )]
    TooFew {
        /// The shape.
        shape: Shape,
        /// How many tasks were asked for.
        tasks: usize,
    },
    /// Nobody has the memory for it.
    #[error("{tasks} tasks are too many: at most {limit} can be generated")]
    TooMany {
        /// How many tasks were asked for.
        tasks: usize,
        /// The most.
        limit: usize,
    },
    /// No shape has that name.
    #[error("there is no shape '{name}': the shapes are {}", names())]
    UnknownShape {
        /// The name.
        name: String,
    },
}

fn names() -> String {
    Shape::ALL.map(Shape::name).join(", ")
}

/// Makes an instance of exactly that many tasks, with runtimes and commands as such tasks have them.
///
/// ```
/// use flow_workflow::wfformat::{Shape, generate};
///
/// let instance = generate(Shape::Epigenomics, 41, 1)?;
/// assert_eq!(instance.tasks.len(), 41);
/// assert_eq!(instance, generate(Shape::Epigenomics, 41, 1)?);
/// assert_ne!(instance, generate(Shape::Epigenomics, 41, 2)?);
/// # Ok::<(), flow_workflow::wfformat::GenerateError>(())
/// ```
///
/// Takes time and memory in proportion to `tasks`: a few hundred bytes per task. The seed decides about runtimes, and about the
/// dependencies of [`Shape::Random`].
///
/// To have exactly as many tasks as were asked for, the shapes of real workflows bend a little: Montage may look at its
/// last mosaic up to twice more, and up to three chunks of Epigenomics leave out a step of their chain.
///
/// # Errors
///
/// `tasks` is below [`Shape::min_tasks`], or above ten million.
pub fn generate(shape: Shape, tasks: usize, seed: u64) -> Result<Instance, GenerateError> {
    if tasks < shape.min_tasks() {
        return Err(GenerateError::TooFew { shape, tasks });
    }
    if tasks > MOST {
        return Err(GenerateError::TooMany { tasks, limit: MOST });
    }
    let mut draft = Draft { tasks: Vec::with_capacity(tasks), random: Random::new(seed) };
    match shape {
        Shape::Chain => plain::chain(&mut draft, tasks),
        Shape::FanOut => plain::fan_out(&mut draft, tasks),
        Shape::Tree => plain::tree(&mut draft, tasks),
        Shape::Random => plain::random(&mut draft, tasks),
        Shape::Montage => montage::montage(&mut draft, tasks),
        Shape::Epigenomics => epigenomics::epigenomics(&mut draft, tasks),
    }
    debug_assert_eq!(draft.tasks.len(), tasks, "{shape}");
    let mut instance = Instance::new(format!("{shape}-{tasks}"));
    instance.description = Some(format!("Generated: shape {shape}, {tasks} tasks, seed {seed}"));
    instance.tasks = draft.tasks;
    Ok(instance)
}

/// An instance that is being made.
struct Draft {
    tasks: Vec<Task>,
    random: Random,
}

impl Draft {
    /// Adds a task that runs `program`, for some milliseconds of a range; returns its index.
    fn add(
        &mut self,
        program: &str,
        milliseconds: std::ops::Range<u64>,
        parents: impl IntoIterator<Item = usize>,
        arguments: impl IntoIterator<Item = String>,
    ) -> usize {
        let index = self.tasks.len();
        let mut task = Task::new(format!("{program}_ID{:07}", index + 1));
        task.parents = parents.into_iter().map(|parent| self.tasks[parent].id.clone()).collect();
        task.runtime = Duration::from_millis(self.random.within(milliseconds));
        let mut command = Command::new(program);
        command.arguments = arguments.into_iter().collect();
        task.command = Some(command);
        self.tasks.push(task);
        index
    }
}

#[cfg(test)]
mod tests;
