//! The plain shapes: chain, fan-out, tree and random.

use super::Draft;

/// From half a second to five.
const WORK: std::ops::Range<u64> = 500..5000;

fn output(index: usize) -> String {
    format!("part_{index:07}.dat")
}

/// The files of the parents, and the task's own.
fn arguments(parents: &[usize], own: usize) -> Vec<String> {
    let inputs = parents.iter().map(|&parent| output(parent));
    inputs.chain(["-o".to_owned(), output(own)]).collect()
}

fn add(draft: &mut Draft, program: &str, parents: &[usize]) {
    let arguments = arguments(parents, draft.tasks.len());
    draft.add(program, WORK, parents.iter().copied(), arguments);
}

pub(super) fn chain(draft: &mut Draft, tasks: usize) {
    for index in 0..tasks {
        let parent = index.checked_sub(1);
        add(draft, "refine", parent.as_slice());
    }
}

pub(super) fn fan_out(draft: &mut Draft, tasks: usize) {
    add(draft, "split", &[]);
    for _ in 1..tasks {
        add(draft, "work", &[0]);
    }
}

pub(super) fn tree(draft: &mut Draft, tasks: usize) {
    add(draft, "halve", &[]);
    for index in 1..tasks {
        add(draft, "halve", &[(index - 1) / 2]);
    }
}

pub(super) fn random(draft: &mut Draft, tasks: usize) {
    for index in 0..tasks {
        let wanted = draft.random.below(5);
        let mut parents = Vec::with_capacity(wanted);
        for _ in 0..wanted.min(index) {
            let parent = draft.random.below(index);
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        let program = ["extract", "convert", "combine"][draft.random.below(3)];
        add(draft, program, &parents);
    }
}
