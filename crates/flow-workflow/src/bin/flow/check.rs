//! `flow check`: whether a file is valid, and what is in it.

use std::{fmt::Write, path::PathBuf, time::Duration};

use flow_workflow::wfformat::Instance;

use crate::{
    analysis::Analysis,
    failure::Failure,
    input,
    output::{INFALLIBLE, print},
    plain,
    units::{self, count, grouped, time},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A file in WfFormat 1.5; - is standard input.
    file: PathBuf,
}

pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let instance = input::load(Some(&arguments.file))?;
    print(&describe(&instance))
}

/// How many kinds are listed.
const SHOWN: usize = 25;

/// How many tasks of a path are named, from either end.
const SHOWN_OF_PATH: usize = 3;

fn describe(instance: &Instance) -> String {
    let analysis = Analysis::of(instance);
    let Analysis { edges, roots, leaves, levels, total, critical, path, kinds, .. } = &analysis;
    let mut text = format!("{}: a valid WfFormat 1.5 file\n\n", plain::name(&instance.name));
    let mut row = |name: &str, value: &str| writeln!(text, "  {name:<15}{value}").expect(INFALLIBLE);
    if let Some(description) = &instance.description {
        row("description", &plain::name(description));
    }
    row("tasks", &grouped(instance.tasks.len()));
    row("dependencies", &grouped(*edges));
    row("roots", &format!("{}, which wait for nothing", grouped(*roots)));
    row("leaves", &format!("{}, for which nothing waits", grouped(*leaves)));
    let widest = levels.iter().copied().max().unwrap_or(0);
    row("depth", &format!("{}, the widest of {}", count(levels.len(), "level"), count(widest, "task")));
    if total.is_zero() {
        row("total runtime", "no task has a time in the file");
    } else {
        row("total runtime", &time(*total));
        let names: Vec<&str> = path.iter().map(|task| task.id.as_str()).collect();
        let path = units::path(&names, SHOWN_OF_PATH);
        row("critical path", &format!("{}: {path}", time(*critical)));
        if !critical.is_zero() {
            let parallelism = total.as_secs_f64() / critical.as_secs_f64();
            row("parallelism", &format!("{parallelism:.2}, the most that threads can speed it up"));
        }
    }
    if let Some(makespan) = instance.makespan {
        row("makespan", &format!("{}, as the file says", time(makespan)));
    }

    let shown: Vec<_> =
        kinds.iter().take(SHOWN).map(|&(kind, tasks, total)| (plain::name(kind), tasks, total)).collect();
    let width = shown.iter().map(|(kind, ..)| kind.chars().count()).max().unwrap_or(0).clamp(8, 40);
    writeln!(text, "\n  {:<width$}  {:>9}  {:>12}  {:>12}", "kind", "tasks", "total", "mean")
        .expect(INFALLIBLE);
    for (kind, tasks, total) in shown {
        let mean = total.checked_div(u32::try_from(tasks).unwrap_or(u32::MAX)).unwrap_or(Duration::ZERO);
        let (tasks, total, mean) = (grouped(tasks), time(total), time(mean));
        writeln!(text, "  {kind:<width$}  {tasks:>9}  {total:>12}  {mean:>12}").expect(INFALLIBLE);
    }
    if kinds.len() > SHOWN {
        writeln!(text, "  and {} more", count(kinds.len() - SHOWN, "kind")).expect(INFALLIBLE);
    }
    text
}
