//! From what a file says to an [`Instance`]: the parts that only make sense together.

use std::collections::HashMap;

use super::{
    Instance, Task, WfError, WfProblem,
    error::Problems,
    read::{Document, Entries, Executed, Specified, name, optional, required, seconds},
};
use crate::{
    graph::{Graph, Lists, MOST, number},
    workflow::suggestion,
};

/// The version that is read and written.
pub(super) const VERSION: &str = "1.5";

/// Which task has which id.
type ByTask<'t> = HashMap<&'t str, u32>;

/// Puts it all together, or says all that is wrong.
pub(super) fn check(document: Document<'_>) -> Result<Instance, WfError> {
    let mut problems = Problems::default();
    let version = required(document.version, || "field schemaVersion".to_owned(), &mut problems);
    // Another version has nothing where this one has it.
    problems.settle()?;
    if let Some(version) = version.filter(|version| version.0 != VERSION) {
        return Err(WfProblem::Version { found: version.0.into_owned() }.into());
    }

    let file_name = name(document.name, || "field name".to_owned(), &mut problems);
    let description = optional(document.description, || "field description".to_owned(), &mut problems);
    let workflow = required(document.workflow, || "field workflow".to_owned(), &mut problems);
    let (specification, execution) = match workflow {
        Some(workflow) => {
            let place = || "field workflow.specification".to_owned();
            let specification = required(workflow.specification, place, &mut problems);
            let place = || "field workflow.execution".to_owned();
            (specification, optional(workflow.execution, place, &mut problems))
        }
        None => (None, None),
    };
    let place = || "field workflow.specification.tasks".to_owned();
    let specified =
        specification.and_then(|specification| required(specification.tasks, place, &mut problems));
    let specified = unpack(specified, &mut problems);
    if specified.as_ref().is_some_and(Vec::is_empty) && problems.is_empty() {
        problems.push(|_| WfProblem::Empty { place: place(), expected: "at least one task" });
    }
    let (mut makespan, mut executed) = (None, None);
    if let Some(execution) = execution {
        let place = || "field workflow.execution.makespanInSeconds".to_owned();
        makespan = required(execution.makespan, place, &mut problems)
            .and_then(|number| seconds(number, place, &mut problems));
        let place = || "field workflow.execution.tasks".to_owned();
        executed = unpack(required(execution.tasks, place, &mut problems), &mut problems);
    }
    // What follows needs all tasks: without some, others would seem to be wrong.
    problems.settle()?;

    let specified = specified.unwrap_or_default();
    let dependencies: usize = specified.iter().map(|task| task.parents.len().max(task.children.len())).sum();
    if !fits(specified.len(), dependencies) {
        return Err(WfProblem::TooLarge { tasks: specified.len(), dependencies, limit: MOST }.into());
    }
    let by_task = index(&specified, &mut problems);
    let parents = relate(&specified, &by_task, &mut problems);
    let executed = match_up(executed.unwrap_or_default(), &by_task, specified.len(), &mut problems);
    // Of what is wrong already, a cycle would often be nothing but a consequence.
    problems.settle()?;
    if Graph::compile(&parents).is_none() {
        let id = |task: u32| (*specified[task as usize].id).to_owned();
        for path in Graph::cycles(&parents) {
            problems.push(|_| WfProblem::Cycle { path: path.into_iter().map(id).collect() });
        }
        problems.settle()?;
    }

    let id = |&task: &u32| (*specified[task as usize].id).to_owned();
    let ids = (0..number(specified.len())).map(|task| parents.get(task).iter().map(id).collect());
    let tasks = specified.iter().zip(ids).zip(executed);
    let tasks = tasks.map(|((task, ids), executed)| finish(task, ids, executed)).collect();
    Ok(Instance {
        name: file_name.unwrap_or_default().into_owned(),
        description: description.map(|text| text.0.into_owned()),
        makespan: makespan.filter(|makespan| !makespan.is_zero()),
        tasks,
    })
}

/// Whether a workflow can have so many tasks and dependencies.
fn fits(tasks: usize, dependencies: usize) -> bool {
    tasks <= MOST && dependencies <= MOST
}

fn unpack<T>(entries: Option<Entries<T>>, problems: &mut Problems) -> Option<Vec<T>> {
    let entries = entries?;
    problems.append(entries.problems);
    Some(entries.items)
}

/// Finds tasks by their ids.
fn index<'t>(specified: &'t [Specified<'_>], problems: &mut Problems) -> ByTask<'t> {
    let mut by_task = HashMap::with_capacity(specified.len());
    for (index, task) in specified.iter().enumerate() {
        if by_task.insert(&*task.id, number(index)).is_some() {
            problems.push(|_| WfProblem::DuplicateTask { task: (*task.id).to_owned() });
        }
    }
    by_task
}

/// The parents of each task, each once; says where parents and children disagree.
fn relate(specified: &[Specified<'_>], by_task: &ByTask<'_>, problems: &mut Problems) -> Lists {
    // From parent to child, as said by the child and by the parent.
    let (mut by_child, mut by_parent) = (Vec::new(), Vec::new());
    for (index, task) in (0..).zip(specified) {
        let mut find = |role, other: &str| {
            let found = by_task.get(other).copied();
            if found.is_none() {
                problems.push(|found| WfProblem::UnknownRelative {
                    task: (*task.id).to_owned(),
                    role,
                    other: other.to_owned(),
                    suggestion: suggestion(other, specified.iter().map(|task| &*task.id), found),
                });
            }
            found
        };
        by_child.extend(task.parents.iter().filter_map(|parent| Some((find("parent", parent)?, index))));
        by_parent.extend(task.children.iter().filter_map(|child| Some((index, find("child", child)?))));
        if task.parents.iter().chain(&task.children).any(|other| *other == task.id) {
            problems.push(|_| WfProblem::SelfDependency { task: (*task.id).to_owned() });
        }
    }
    let in_order = by_child.clone();
    for edges in [&mut by_child, &mut by_parent] {
        edges.sort_unstable();
        edges.dedup();
    }
    let id = |task: u32| (*specified[task as usize].id).to_owned();
    let mut complain = |(parent, child): (u32, u32), lacking: u32, field| {
        // A task that is its own parent is named already.
        if parent != child {
            problems.push(|_| WfProblem::OneSided {
                parent: id(parent),
                child: id(child),
                lacking: id(lacking),
                field,
            });
        }
    };
    // Both are in order, so that one walk finds what only one has.
    let (mut left, mut right) = (by_child.iter().copied().peekable(), by_parent.iter().copied().peekable());
    loop {
        match (left.peek().copied(), right.peek().copied()) {
            (None, None) => break,
            (Some(one), other) if other.is_none_or(|other| one < other) => {
                complain(one, one.0, "children");
                left.next();
            }
            (one, Some(other)) if one.is_none_or(|one| other < one) => {
                complain(other, other.1, "parents");
                right.next();
            }
            _ => {
                left.next();
                right.next();
            }
        }
    }
    in_lists(specified.len(), &in_order)
}

/// Dependencies for each task, from edges in the order of the children.
fn in_lists(tasks: usize, edges: &[(u32, u32)]) -> Lists {
    let mut lists = Lists::with_capacity(tasks, edges.len());
    // The last child that named each parent.
    let mut named_by = vec![u32::MAX; tasks];
    let mut edges = edges.iter().copied().peekable();
    for task in 0..number(tasks) {
        while let Some((parent, _)) = edges.next_if(|&(_, child)| child == task) {
            if std::mem::replace(&mut named_by[parent as usize], task) != task {
                lists.push(parent);
            }
        }
        lists.close();
    }
    lists
}

/// What is known of the execution of each task.
fn match_up<'a>(
    executed: Vec<Executed<'a>>,
    by_task: &ByTask<'_>,
    tasks: usize,
    problems: &mut Problems,
) -> Vec<Option<Executed<'a>>> {
    let mut by_index: Vec<Option<Executed<'_>>> = Vec::new();
    by_index.resize_with(tasks, || None);
    for entry in executed {
        match by_task.get(&*entry.id) {
            None => problems.push(|found| WfProblem::UnknownExecution {
                suggestion: suggestion(&entry.id, by_task.keys().copied(), found),
                task: entry.id.into_owned(),
            }),
            Some(&index) if by_index[index as usize].is_some() => {
                problems.push(|_| WfProblem::DuplicateExecution { task: entry.id.into_owned() });
            }
            Some(&index) => by_index[index as usize] = Some(entry),
        }
    }
    by_index
}

/// The two halves of a task in one. `ids` has those of its parents.
fn finish(task: &Specified<'_>, ids: Vec<String>, executed: Option<Executed<'_>>) -> Task {
    let (runtime, command) = executed.map(|entry| (entry.runtime, entry.command)).unwrap_or_default();
    Task { id: (*task.id).to_owned(), name: (*task.name).to_owned(), parents: ids, runtime, command }
}

#[cfg(test)]
mod tests {
    //! How much is too much, which no file of a test is.

    use super::*;

    #[test]
    fn as_many_as_fit_are_not_too_many() {
        assert!(fits(MOST, MOST) && fits(1, 0));
        assert!(!fits(MOST + 1, 0) && !fits(0, MOST + 1));
    }
}
