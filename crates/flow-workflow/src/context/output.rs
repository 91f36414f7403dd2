//! What nodes hand to others: a slot for each node.

use std::{any::Any, fmt, sync::Arc};

use crate::sync::{Mutex, lock, of_process::OnceLock};

/// Why there is no such output.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, OutputError, Workflow};
///
/// let workflow = Workflow::builder("order").compute("price", |_: &Context| Ok(42_u32)).build()?;
/// let report = Executor::new(1).run(&workflow, &Data::new())?;
/// assert!(matches!(report.output::<u32>("prize"), Err(OutputError::UnknownNode { .. })));
/// assert!(matches!(report.output::<u64>("price"), Err(OutputError::WrongType { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// It may still run, or not run at all: only dependencies are known to have ended.
    #[error(
        "node '{node}' does not depend on a node '{dependency}', whose output it wants: name it in `after`"
    )]
    NotADependency {
        /// The node that asks.
        node: String,
        /// The node that it asks of.
        dependency: String,
    },
    /// The workflow has no such node.
    #[error("there is no node '{node}'")]
    UnknownNode {
        /// The name.
        node: String,
    },
    /// The node has set none.
    #[error("node '{node}' has no output: its action has to call `set_output`")]
    Missing {
        /// The node.
        node: String,
    },
    /// The node has set one of another type.
    #[error("the output of node '{node}' is not a {expected}")]
    WrongType {
        /// The node.
        node: String,
        /// The type that was asked for.
        expected: &'static str,
    },
}

type Output = Arc<dyn Any + Send + Sync>;

/// A slot for each node, made when the first one is used.
#[derive(Default)]
pub(crate) struct Outputs {
    // A lock for each: a slot is written by the node that it belongs to, while nobody reads it, but safe code has to say so.
    slots: OnceLock<Box<[Mutex<Option<Output>>]>>,
}

impl Outputs {
    pub(crate) fn set(&self, nodes: usize, node: u32, output: Output) {
        let slots = self.slots.get_or_init(|| (0..nodes).map(|_| Mutex::new(None)).collect());
        let before = lock(&slots[node as usize]).replace(output);
        // Dropped without the lock.
        drop(before);
    }

    /// `name` is that of the node, for errors.
    pub(crate) fn get<T: Send + Sync + 'static>(
        &self,
        node: u32,
        name: impl Fn() -> String,
    ) -> Result<Arc<T>, OutputError> {
        let slot = self.slots.get().map(|slots| &slots[node as usize]);
        let output = slot.and_then(|slot| lock(slot).clone());
        let output = output.ok_or_else(|| OutputError::Missing { node: name() })?;
        output
            .downcast()
            .map_err(|_| OutputError::WrongType { node: name(), expected: std::any::type_name::<T>() })
    }
}

impl fmt::Debug for Outputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outputs").field("used", &self.slots.get().is_some()).finish()
    }
}
