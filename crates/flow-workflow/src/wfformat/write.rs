//! From an [`Instance`] to a file.

use std::{
    collections::HashMap,
    io::{self, BufWriter, Write},
};

use serde::Serialize;

use super::{Instance, Task, check::VERSION};

/// When a run began of which nobody knows that.
const UNKNOWN_BEGINNING: &str = "1970-01-01T00:00:00+00:00";

#[derive(Serialize)]
struct Document<'i> {
    name: &'i str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'i str>,
    #[serde(rename = "schemaVersion")]
    version: &'static str,
    workflow: Workflow<'i>,
}

#[derive(Serialize)]
struct Workflow<'i> {
    specification: Specification<'i>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution: Option<Execution<'i>>,
}

#[derive(Serialize)]
struct Specification<'i> {
    tasks: Vec<Specified<'i>>,
}

#[derive(Serialize)]
struct Specified<'i> {
    name: &'i str,
    id: &'i str,
    parents: &'i [String],
    children: Vec<&'i str>,
}

#[derive(Serialize)]
struct Execution<'i> {
    #[serde(rename = "makespanInSeconds")]
    makespan: f64,
    #[serde(rename = "executedAt")]
    executed_at: &'static str,
    tasks: Vec<Executed<'i>>,
}

#[derive(Serialize)]
struct Executed<'i> {
    id: &'i str,
    #[serde(rename = "runtimeInSeconds")]
    runtime: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Command<'i>>,
}

#[derive(Serialize)]
struct Command<'i> {
    program: &'i str,
    arguments: &'i [String],
}

/// Writes a whole file, with a line break at its end.
pub(super) fn write(instance: &Instance, writer: impl Write) -> io::Result<()> {
    let Instance { name, description, makespan, tasks } = instance;
    let is_known = |task: &Task| !task.runtime.is_zero() || task.command.is_some();
    let was_executed = makespan.is_some() || tasks.iter().any(is_known);
    let execution = was_executed.then(|| Execution {
        makespan: makespan.unwrap_or_default().as_secs_f64(),
        executed_at: UNKNOWN_BEGINNING,
        tasks: tasks.iter().map(executed).collect(),
    });
    let document = Document {
        name,
        description: description.as_deref(),
        version: VERSION,
        workflow: Workflow { specification: Specification { tasks: specified(tasks) }, execution },
    };
    let mut writer = BufWriter::new(writer);
    serde_json::to_writer_pretty(&mut writer, &document)?;
    writer.write_all(b"\n")?;
    writer.flush()
}

fn specified(tasks: &[Task]) -> Vec<Specified<'_>> {
    let mut children: HashMap<&str, Vec<&str>> = HashMap::new();
    for task in tasks {
        for parent in &task.parents {
            children.entry(parent).or_default().push(&task.id);
        }
    }
    let mut specified = Vec::with_capacity(tasks.len());
    for Task { id, name, parents, .. } in tasks {
        specified.push(Specified {
            name,
            id,
            parents,
            children: children.remove(id.as_str()).unwrap_or_default(),
        });
    }
    specified
}

fn executed(task: &Task) -> Executed<'_> {
    let command = task.command.as_ref();
    Executed {
        id: &task.id,
        runtime: task.runtime.as_secs_f64(),
        command: command.map(|command| Command { program: &command.program, arguments: &command.arguments }),
    }
}
