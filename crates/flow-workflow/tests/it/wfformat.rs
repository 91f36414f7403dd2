//! Files in WfFormat: what is read, what is refused and why, and the way back.

mod errors;
mod instances;
mod properties;

use flow_workflow::wfformat::Instance;

/// A file with these two lists of tasks; without the second, nothing was executed.
fn file(specified: &str, executed: Option<&str>) -> String {
    let execution = executed.map(|tasks| {
        format!(r#", "execution": {{"makespanInSeconds": 7.5, "executedAt": "2020", "tasks": [{tasks}]}}"#)
    });
    let execution = execution.unwrap_or_default();
    format!(
        r#"{{"name": "order", "schemaVersion": "1.5", "workflow": {{"specification": {{"tasks": [{specified}]}}{execution}}}}}"#
    )
}

/// A task of the first list.
fn task(id: &str, parents: &[&str], children: &[&str]) -> String {
    format!(r#"{{"name": "the {id}", "id": "{id}", "parents": {parents:?}, "children": {children:?}}}"#)
}

/// Two tasks, of which the second waits for the first.
fn pair() -> String {
    format!("{}, {}", task("a", &[], &["b"]), task("b", &["a"], &[]))
}

#[track_caller]
fn read(text: &str) -> Instance {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}
