//! `flow run`: runs a workflow and says how that went.
//!
//! | file | owns |
//! |---|---|
//! | `mode.rs` | what a task does: replay its time, execute its command, or nothing |
//! | `actions.rs` | the actions of the modes |
//! | `command.rs`, `children.rs` | one command, and all that run, so that they can be ended |
//! | `interrupt.rs` | Ctrl-C |
//! | `progress.rs` | what is said while it runs |
//! | `measure.rs` | many runs, to measure the engine |
//! | `summary.rs` | what is said at the end |
//! | `gantt.rs` | the picture of who ran what when |

mod actions;
mod children;
mod command;
mod gantt;
mod interrupt;
mod measure;
mod mode;
mod progress;
mod summary;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use flow_workflow::{
    CancelToken, Data, Executor, NodePool, Report, RunError, RunOptions, Workflow, wfformat::Instance,
};

use self::{
    actions::Actions,
    children::Children,
    mode::Mode,
    progress::{Monitor, Style},
    summary::{Status, Summary},
};
use crate::{
    analysis::Analysis,
    failure::Failure,
    input,
    output::{Target, note, print},
    plain,
    sync::available_parallelism,
    units::{self, count},
};

const ABOUT: &str = "\
Without --exec or --no-op, each task waits for as long as the file says it takes, divided by the
speed-up. A waiting task uses no processor, so --threads may be more than there are cores; each
task holds a thread while it waits. The system wakes a thread some 0.06 ms late, so that tasks that
would take less than a millisecond take longer than they should.

With --exec, programs are started directly, without a shell, each in a process group of its own.
Ctrl-C, or a time limit, ends the groups of those that run.

The first Ctrl-C cancels the run, the second ends the program at once, with exit status 130.";

/// With many more, a system runs out of what a thread needs beside its stack, which aborts the program: memory for the
/// handling of signals cannot be refused in another way.
const MOST_THREADS: i64 = 4096;

/// What else can be done with a file without times.
const UNTIMED: &str =
    "note: use --no-op to measure the engine, or a file with execution times to see how long a run takes";

#[derive(Debug, clap::Args)]
#[command(after_long_help = ABOUT)]
pub(crate) struct Arguments {
    /// A file in WfFormat 1.5; - is standard input. Without it, a built-in workflow of 100 tasks.
    file: Option<PathBuf>,
    #[command(flatten)]
    mode: mode::Arguments,
    /// How many tasks may run at the same time, at most 4096; by default as many as there are cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    threads: Option<u16>,
    /// Go on with tasks that do not depend on a failed one.
    #[arg(long)]
    keep_going: bool,
    /// How long the whole run may take: 90, 1.5s, 10m, 1h30m.
    #[arg(long, value_name = "TIME", value_parser = units::parse)]
    timeout: Option<Duration>,
    /// How long each task may take.
    #[arg(long, value_name = "TIME", value_parser = units::parse)]
    task_timeout: Option<Duration>,
    /// Write when each task ran, for Perfetto or Chrome's about:tracing.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Write when each task ran, as an SVG picture.
    #[arg(long, value_name = "FILE")]
    gantt: Option<PathBuf>,
    /// Write the summary as JSON, and nothing else, to standard output.
    #[arg(long)]
    json: bool,
    /// Say nothing while it runs.
    #[arg(long, short)]
    quiet: bool,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let (file, trace, gantt) =
        (arguments.file.as_deref(), arguments.trace.as_deref(), arguments.gantt.as_deref());
    Target::check(file, &[("--trace", trace), ("--gantt", gantt)])?;
    let instance = input::load(file)?;
    let analysis = Analysis::of(&instance);
    let threads = match arguments.threads {
        Some(threads) => usize::from(threads),
        None => available_parallelism().map_or(1, usize::from),
    };
    let mode = Mode::choose(&arguments.mode, &analysis, threads)?;
    if arguments.mode.dry_run() {
        return print(&mode::listing(&analysis)).map(|()| ExitCode::SUCCESS);
    }
    let trace = trace.map(Target::create).transpose()?;
    let gantt = gantt.map(Target::create).transpose()?;

    let (token, children) = (CancelToken::new(), Arc::new(Children::default()));
    let style = Style::choose(arguments.quiet);
    let monitor = Monitor::start(style, &instance, mode)?;
    interrupt::on_interrupt(&token, &children, monitor.progress());
    if style != Style::Quiet {
        let (name, tasks) = (plain::name(&instance.name), count(instance.tasks.len(), "task"));
        note(format_args!("{name}: {tasks}, {}, on {}", mode.describe(), count(threads, "thread")));
        if matches!(mode, Mode::Untimed { .. }) {
            note(format_args!("{UNTIMED}"));
        }
    }
    let workflow = build(&instance, mode, &arguments, &children, &monitor)?;
    let executor = Executor::builder().threads(threads).build().map_err(Failure::of_run)?;
    let mut options = RunOptions::new()
        .cancel(token)
        .keep_going(arguments.keep_going)
        .timings(mode != Mode::NoOp || trace.is_some() || gantt.is_some());
    if let Some(limit) = arguments.timeout {
        options = options.time_limit(limit);
    }
    let result = executor.run_with(&workflow, &Data::new(), options.clone());
    let (status, report) = settle(result);
    let engine = (mode == Mode::NoOp && status == Status::Completed)
        .then(|| measure::measure(&executor, &workflow, &options))
        .flatten();
    monitor.finish();

    let summary = Summary::of(&instance, mode, threads, status, &report, engine);
    // Whatever comes of it, the files are written too.
    let printed = print(&if arguments.json { summary.to_json() } else { summary.to_text() });
    let wrote = |what: &str, path: &Path| {
        if style != Style::Quiet {
            note(format_args!("wrote {what} to {}", path.display()));
        }
    };
    if let Some(target) = trace {
        wrote("the trace", target.write(|output| report.write_chrome_trace(output))?);
    }
    if let Some(target) = gantt {
        let picture = gantt::draw(&instance, &report, status, threads).map_err(Failure::of_run)?;
        wrote("the picture", target.write(|output| output.write_all(picture.as_bytes()))?);
    }
    printed?;
    Ok(if status == Status::Completed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The workflow, with the action of the mode for each task.
fn build(
    instance: &Instance,
    mode: Mode<'_>,
    arguments: &Arguments,
    children: &Arc<Children>,
    monitor: &Monitor,
) -> Result<Workflow, Failure> {
    let pool = NodePool::new();
    Actions::new(instance, mode, children, monitor.progress()).register(&pool);
    let mut spec = instance.to_spec(|_| mode.name().to_owned());
    for node in &mut spec.nodes {
        node.timeout = arguments.task_timeout;
    }
    spec.build(&pool).map_err(Failure::of_input)
}

/// What became of a run, whether it was a success or not.
fn settle(result: Result<Report, RunError>) -> (Status, Report) {
    match result {
        Ok(report) => (Status::Completed, report),
        Err(error) => {
            let status = match error {
                RunError::Cancelled(_) => Status::Cancelled,
                RunError::DeadlineExceeded(_) => Status::TimedOut,
                _ => Status::Failed,
            };
            (status, error.into_report())
        }
    }
}
