//! Files that are nearly right: the bytes choose an instance, changes that are allowed, and perhaps one mistake.

use std::{collections::BTreeSet, time::Duration};

use flow_workflow::wfformat::{Command, Instance, Task};
use serde_json::{Value, json};

use crate::input::Input;

/// A file, and whether it is right.
pub(super) struct Document {
    instance: Instance,
    file: Value,
    is_right: bool,
}

impl Document {
    pub(super) fn decode(input: &mut Input<'_>) -> Self {
        let instance = instance(input);
        let mut file = file(&instance, input.bool());
        let mut is_right = true;
        while is_right && !input.is_empty() {
            let index = usize::from(input.byte()) % instance.tasks.len();
            is_right = input.bool();
            if is_right {
                change(&mut file, index, input);
            } else {
                spoil(&mut file, index, input);
            }
        }
        Self { instance, file, is_right }
    }

    pub(super) fn text(&self) -> String {
        self.file.to_string()
    }

    /// What has to be read, if the file is right.
    pub(super) fn expected(&self) -> Option<&Instance> {
        self.is_right.then_some(&self.instance)
    }
}

/// Some tasks, of which none waits for a later one.
fn instance(input: &mut Input<'_>) -> Instance {
    let mut instance = Instance::new("fuzzed");
    instance.description = input.bool().then(|| input.text());
    for index in 0..=input.below(24) {
        let mut task = Task::new(format!("task-{index}"));
        let parents: BTreeSet<u8> =
            (0..input.below(4)).filter_map(|_| input.byte().checked_rem(index)).collect();
        task.parents = parents.iter().map(|parent| format!("task-{parent}")).collect();
        task.runtime = Duration::from_millis(input.u16().into());
        task.command = input.bool().then(|| {
            let mut command = Command::new(format!("/bin/{index}"));
            command.arguments = input.texts(3);
            command
        });
        instance.tasks.push(task);
    }
    instance
}

/// The file of an instance, made without its writer; if `backwards`, what was executed is in the other order.
fn file(instance: &Instance, backwards: bool) -> Value {
    let children = |parent: &Task| -> Vec<&str> {
        let is_child = |task: &&Task| task.parents.contains(&parent.id);
        instance.tasks.iter().filter(is_child).map(|task| &*task.id).collect()
    };
    let specified = |task: &Task| json!({"id": task.id, "name": task.name, "parents": task.parents, "children": children(task)});
    let mut executed: Vec<Value> = instance.tasks.iter().map(executed).collect();
    if backwards {
        executed.reverse();
    }
    json!({
        "name": instance.name,
        "description": instance.description,
        "schemaVersion": "1.5",
        "workflow": {
            "specification": {"tasks": instance.tasks.iter().map(specified).collect::<Vec<_>>()},
            "execution": {"makespanInSeconds": 0, "executedAt": "", "tasks": executed},
        },
    })
}

fn executed(task: &Task) -> Value {
    let command = task
        .command
        .as_ref()
        .map(|command| json!({"program": command.program, "arguments": command.arguments}));
    json!({"id": task.id, "runtimeInSeconds": task.runtime.as_secs_f64(), "command": command})
}

/// Changes the file, and nothing of what it says.
fn change(file: &mut Value, index: usize, input: &mut Input<'_>) {
    let task = &mut file["workflow"]["specification"]["tasks"][index];
    match input.below(4) {
        0 => task["files"] = anything(input),
        1 => file["workflow"]["machines"] = anything(input),
        2 => file["author"] = anything(input),
        // What is repeated in a list counts once.
        _ => repeat_first(&mut task["parents"]),
    }
}

/// Makes a mistake.
fn spoil(file: &mut Value, index: usize, input: &mut Input<'_>) {
    const FIELDS: [&str; 4] = ["name", "id", "parents", "children"];
    let tasks = &mut file["workflow"]["specification"]["tasks"];
    let task = &mut tasks[index];
    match input.below(8) {
        0 => task[FIELDS[usize::from(input.below(4))]] = wrong(input),
        1 => {
            let field = FIELDS[usize::from(input.below(4))];
            drop(task.as_object_mut().map(|task| task.remove(field)));
        }
        2 => {
            let list = FIELDS[2 + usize::from(input.below(2))];
            push(&mut task[list], json!(format!("nobody-{}", input.byte())));
        }
        3 => {
            let copy = task.clone();
            push(tasks, copy);
        }
        4 => {
            let id = task["id"].clone();
            push(&mut task["parents"], id.clone());
            push(&mut task["children"], id);
        }
        5 => file["schemaVersion"] = json!(["1.4", "1.50", ""][usize::from(input.below(3))]),
        6 => file[["name", "schemaVersion", "workflow"][usize::from(input.below(3))]] = wrong(input),
        _ => {
            let time = json!(-1.0 - f64::from(input.byte()));
            let entry = json!({"id": task["id"], "runtimeInSeconds": time});
            push(&mut file["workflow"]["execution"]["tasks"], entry);
        }
    }
}

fn push(list: &mut Value, item: Value) {
    list.as_array_mut().expect("a list").push(item);
}

fn repeat_first(list: &mut Value) {
    if let Some(first) = list.get(0).cloned() {
        push(list, first);
    }
}

/// What is neither a text nor a list of texts nor an object.
fn wrong(input: &mut Input<'_>) -> Value {
    match input.below(4) {
        0 => json!(input.byte()),
        1 => json!(input.bool()),
        2 => json!([[input.byte()]]),
        _ => Value::Null,
    }
}

/// Any value, sometimes nested as deep as `serde_json` can drop.
fn anything(input: &mut Input<'_>) -> Value {
    match input.below(6) {
        0 => Value::Null,
        1 => json!(input.text()),
        2 => json!(f64::from(input.u16()) * 1e-3),
        3 => json!({"a": input.text(), "tasks": [input.byte()]}),
        4 => json!(input.texts(5)),
        _ => (0..input.byte()).fold(Value::Null, |inner, _| json!([inner])),
    }
}
