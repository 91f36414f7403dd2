//! The actions of the modes. What each task needs is in a table that all share, by the name of the node.

use std::{collections::HashMap, path::PathBuf, sync::Arc, time::Duration};

use flow_workflow::{
    ActionError, ActionErrorKind, Context, NodePool,
    wfformat::{Command, Instance},
};

use super::{
    children::Children,
    command,
    mode::{Mode, wait},
    progress::Progress,
};
use crate::plain;

/// What the tasks of one mode need.
pub(super) enum Actions {
    Replay {
        waits: HashMap<String, Duration>,
        progress: Arc<Progress>,
    },
    Exec {
        commands: HashMap<String, Command>,
        dir: Option<PathBuf>,
        children: Arc<Children>,
        progress: Arc<Progress>,
    },
    NoOp,
}

impl Actions {
    pub(super) fn new(
        instance: &Instance,
        mode: Mode<'_>,
        children: &Arc<Children>,
        progress: &Arc<Progress>,
    ) -> Self {
        let (tasks, progress) = (instance.tasks.iter(), Arc::clone(progress));
        match mode {
            Mode::Replay { speedup } | Mode::Untimed { speedup } => Self::Replay {
                waits: tasks.map(|task| (task.id.clone(), wait(task.runtime, speedup))).collect(),
                progress,
            },
            Mode::Exec { dir } => Self::Exec {
                commands: tasks.filter_map(|task| Some((task.id.clone(), task.command.clone()?))).collect(),
                dir: dir.cloned(),
                children: Arc::clone(children),
                progress,
            },
            Mode::NoOp => Self::NoOp,
        }
    }

    /// Registers the action, by the name of its mode.
    pub(super) fn register(self, pool: &NodePool) {
        match self {
            Self::Replay { waits, progress } => pool.register("replay", move |context: &Context| {
                let wait = waits.get(context.node()).copied().unwrap_or_default();
                noted(&progress, context, context.sleep(wait))
            }),
            Self::Exec { commands, dir, children, progress } => {
                pool.register("exec", move |context: &Context| {
                    let command = commands.get(context.node()).ok_or("there is no command for it")?;
                    noted(&progress, context, command::run(command, dir.as_deref(), &children, context))
                })
            }
            // Nothing is noted: it would take longer than the engine.
            Self::NoOp => pool.register("no-op", |_: &Context| Ok(())),
        };
    }
}

/// Takes note that a task has ended.
fn noted(progress: &Progress, context: &Context, result: Result<(), ActionError>) -> Result<(), ActionError> {
    match &result {
        Ok(()) => progress.ended(),
        Err(error) if error.kind() == ActionErrorKind::Cancelled => {}
        Err(error) => progress.failed(format_args!("task '{}' failed: {error}", plain::name(context.node()))),
    }
    result
}
