//! [`Summary`]: what is said of a run at its end, for people and for programs.

use std::{fmt::Write, time::Duration};

use flow_workflow::{Report, wfformat::Instance};
use serde_json::json;

use super::{measure::Engine, mode::Mode};
use crate::{
    output::INFALLIBLE,
    plain,
    units::{self, count, digits, grouped, time},
};

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Completed,
    Failed,
    Cancelled,
    TimedOut,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed out",
        }
    }

    /// Its name for programs: one word.
    fn code(self) -> &'static str {
        if self == Self::TimedOut { "timed_out" } else { self.name() }
    }
}

/// What is said of a run.
pub(super) struct Summary<'r> {
    report: &'r Report,
    mode: Mode<'r>,
    status: Status,
    threads: usize,
    recorded: Option<Duration>,
    times: Option<Times<'r>>,
    engine: Option<Engine>,
}

/// What is known if it was noted when tasks ran.
struct Times<'r> {
    /// How long all tasks ran, together.
    busy: Duration,
    critical: Duration,
    path: Vec<&'r str>,
    /// How much of the time of all threads went to tasks.
    efficiency: f64,
    /// How many times as fast it was as one task after another.
    speedup: f64,
    /// The rest of the time of all threads, for each task, if tasks do nothing. Else threads are idle for most of it,
    /// which is no cost of the engine.
    overhead: Option<Duration>,
}

impl<'r> Times<'r> {
    #[expect(clippy::cast_precision_loss, reason = "nobody has so many threads or tasks")]
    fn of(report: &'r Report, mode: Mode<'_>, threads: usize) -> Option<Self> {
        let path = report.critical_path()?;
        let mut busy = Duration::ZERO;
        let mut ran = 0_usize;
        for timing in report.timings()? {
            busy = busy.saturating_add(timing.busy);
            ran += 1;
        }
        let makespan = report.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
        let available = makespan * threads as f64;
        let rest = (available - busy.as_secs_f64()).max(0.0) / ran.max(1) as f64;
        Some(Self {
            busy,
            critical: path.busy,
            path: path.nodes.iter().map(|node| node.name()).collect(),
            efficiency: busy.as_secs_f64() / available,
            speedup: busy.as_secs_f64() / makespan,
            overhead: (mode == Mode::NoOp).then(|| Duration::try_from_secs_f64(rest).unwrap_or_default()),
        })
    }
}

/// How many failures are written out for people.
const SHOWN: usize = 10;

/// How many tasks of a path are named, from either end.
const SHOWN_OF_PATH: usize = 2;

impl<'r> Summary<'r> {
    pub(super) fn of(
        instance: &Instance,
        mode: Mode<'r>,
        threads: usize,
        status: Status,
        report: &'r Report,
        engine: Option<Engine>,
    ) -> Self {
        let times = Times::of(report, mode, threads);
        Self { report, mode, status, threads, recorded: instance.makespan, times, engine }
    }

    /// A table.
    pub(super) fn to_text(&self) -> String {
        let Self { report, mode, status, threads, recorded, times, engine } = self;
        let mut text = format!("\n{}: {}\n\n", plain::name(report.workflow().name()), status.name());
        let mut row = |name: &str, value: &str| writeln!(text, "  {name:<15}{value}").expect(INFALLIBLE);
        row("tasks", &report.counts().to_string());
        row("mode", &mode.describe());
        row("threads", &threads.to_string());
        let recorded = recorded.map(|recorded| format!(" (the file says {})", time(recorded)));
        row("makespan", &format!("{}{}", time(report.elapsed()), recorded.unwrap_or_default()));
        if let Some(Times { busy, critical, path, efficiency, speedup, overhead }) = times {
            row("critical path", &format!("{}: {}", time(*critical), units::path(path, SHOWN_OF_PATH)));
            row("sequential", &format!("{}, so the run was {speedup:.2} times as fast", time(*busy)));
            row("efficiency", &format!("{} % of the threads' time", digits(efficiency * 100.0)));
            if let Some(overhead) = overhead {
                row("overhead", &format!("{} per task, idle threads included", time(*overhead)));
            }
        }
        if let Some(Engine { runs, best, median }) = engine {
            let (best, median) = (self.per_task(*best), self.per_task(*median));
            let runs = grouped(*runs);
            let (best, median) = (time(best), time(median));
            row("engine", &format!("{best} per task at best, {median} median, over {runs} further runs"));
        }
        let failures = report.failures();
        if !failures.is_empty() {
            writeln!(text, "\n{}:", count(failures.len(), "failure")).expect(INFALLIBLE);
        }
        for failure in failures.iter().take(SHOWN) {
            let error = failure.error().to_string();
            let (task, error) = (plain::name(failure.node()), plain::message(&error));
            writeln!(text, "  task '{task}': {error}").expect(INFALLIBLE);
        }
        if failures.len() > SHOWN {
            writeln!(text, "  and {} more", failures.len() - SHOWN).expect(INFALLIBLE);
        }
        text
    }

    fn per_task(&self, run: Duration) -> Duration {
        let tasks = u32::try_from(self.report.workflow().len()).unwrap_or(u32::MAX);
        run / tasks.max(1)
    }

    /// One object.
    pub(super) fn to_json(&self) -> String {
        let Self { report, mode, status, threads, recorded, times, engine } = self;
        let counts = report.counts();
        let replay = match mode {
            Mode::Replay { speedup } | Mode::Untimed { speedup } => Some(speedup),
            _ => None,
        };
        let failure = |failure: &flow_workflow::NodeFailure| json!({ "task": failure.node(), "error": failure.error().to_string() });
        let engine = engine.map(|Engine { runs, best, median }| {
            json!({
                "runs": runs,
                "best_seconds_per_task": self.per_task(best).as_secs_f64(),
                "median_seconds_per_task": self.per_task(median).as_secs_f64(),
            })
        });
        let value = json!({
            "workflow": report.workflow().name(),
            "status": status.code(),
            "mode": mode.name(),
            "replay_speedup": replay,
            "threads": threads,
            "tasks": {
                "total": report.workflow().len(),
                "completed": counts.completed,
                "failed": counts.failed,
                "skipped": counts.skipped,
                "cancelled": counts.cancelled,
                "pending": counts.pending,
            },
            "makespan_seconds": report.elapsed().as_secs_f64(),
            "file_makespan_seconds": recorded.map(|recorded| recorded.as_secs_f64()),
            "critical_path": times.as_ref().map(|times| json!({
                "seconds": times.critical.as_secs_f64(),
                "tasks": times.path,
            })),
            "sequential_seconds": times.as_ref().map(|times| times.busy.as_secs_f64()),
            "speedup": times.as_ref().map(|times| times.speedup),
            "efficiency": times.as_ref().map(|times| times.efficiency),
            "overhead_seconds_per_task": times.as_ref().and_then(|times| times.overhead).map(|overhead| overhead.as_secs_f64()),
            "engine": engine,
            "failures": report.failures().iter().map(failure).collect::<Vec<_>>(),
        });
        format!("{value:#}\n")
    }
}
