//! What is said while a workflow runs: a bar on a terminal, a line now and then elsewhere.
//!
//! Tasks only count; a thread of its own looks at the counters, so that what is said costs the run nothing.

use std::{
    fmt,
    io::{IsTerminal, stderr},
    sync::Arc,
    time::{Duration, Instant},
};

use flow_workflow::wfformat::Instance;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::mode::Mode;
use crate::{
    failure::Failure,
    output::note,
    plain,
    sync::{AtomicUsize, Builder, JoinHandle, Ordering, Receiver, RecvTimeoutError, Sender, channel},
    units::{grouped, time},
};

/// How what is said looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Nothing is said.
    Quiet,
    /// Lines, for files and pipes.
    Lines,
    /// A bar.
    Bar,
}

impl Style {
    pub(super) fn choose(quiet: bool) -> Self {
        // A terminal that cannot draw has no bar.
        let can_draw = stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|name| name != "dumb");
        match (quiet, can_draw) {
            (true, _) => Self::Quiet,
            (false, true) => Self::Bar,
            (false, false) => Self::Lines,
        }
    }
}

/// What tasks count. Read to be shown, so that nothing depends on the orderings.
#[derive(Debug)]
pub(super) struct Progress {
    ended: AtomicUsize,
    failed: AtomicUsize,
    lines: Sender<String>,
}

/// How many failures are told as they happen. The summary has the others.
const TOLD: usize = 20;

impl Progress {
    /// A task has ended well.
    pub(super) fn ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// A task has failed.
    pub(super) fn failed(&self, message: fmt::Arguments<'_>) {
        if self.failed.fetch_add(1, Ordering::Relaxed) < TOLD {
            self.say(message.to_string().lines().next().unwrap_or_default().to_owned());
        }
    }

    /// Something to say, beside the bar. Nobody listens if nothing is to be said.
    pub(super) fn say(&self, line: String) {
        self.lines.send(line).ok();
    }
}

/// Says how a run goes, until it is finished.
#[derive(Debug)]
pub(super) struct Monitor {
    progress: Arc<Progress>,
    /// Dropped to end the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How often the bar is drawn, and how often there is a line.
const REDRAW: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(5);

impl Monitor {
    pub(super) fn start(style: Style, instance: &Instance, mode: Mode<'_>) -> Result<Self, Failure> {
        let (lines, said) = channel();
        let progress = Arc::new(Progress { ended: AtomicUsize::new(0), failed: AtomicUsize::new(0), lines });
        let mut monitor = Self { progress, stop: None, thread: None };
        // The engine alone is done before anybody has looked.
        if style == Style::Quiet || mode == Mode::NoOp {
            return Ok(monitor);
        }
        let (stop, stopped) = channel();
        let (progress, total) = (Arc::clone(&monitor.progress), instance.tasks.len());
        let watch = move || Watch::new(style, total, &progress).run(&said, &stopped);
        let thread = Builder::new().name("flow-progress".to_owned()).spawn(watch);
        let problem = |error| Failure::of_run(format_args!("cannot start a thread: {error}"));
        monitor.thread = Some(thread.map_err(problem)?);
        monitor.stop = Some(stop);
        Ok(monitor)
    }

    pub(super) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Ends it. What was to be said has been said then.
    pub(super) fn finish(mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// What the thread knows.
struct Watch<'p> {
    bar: Option<ProgressBar>,
    progress: &'p Progress,
    total: usize,
    begin: Instant,
}

impl<'p> Watch<'p> {
    fn new(style: Style, total: usize, progress: &'p Progress) -> Self {
        let bar = (style == Style::Bar).then(|| {
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let template = "{bar:40.green/black} {human_pos} of {human_len} tasks, {elapsed}{msg}";
            bar.with_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            )
        });
        Self { bar, progress, total, begin: Instant::now() }
    }

    fn run(self, said: &Receiver<String>, stopped: &Receiver<()>) {
        let period = if self.bar.is_some() { REDRAW } else { LINE };
        // A line is said a moment after it was given, at the latest.
        let mut due = Instant::now() + period;
        loop {
            let wait = REDRAW.min(due.saturating_duration_since(Instant::now()));
            let is_over = stopped.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected);
            said.try_iter().for_each(|line| self.say(&line));
            if is_over {
                break;
            }
            if due <= Instant::now() {
                due += period;
                self.show();
            }
        }
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(plain::message(line)),
            None => note(format_args!("{line}")),
        }
    }

    fn show(&self) {
        let failed = self.progress.failed.load(Ordering::Relaxed);
        let ended = self.progress.ended.load(Ordering::Relaxed) + failed;
        let failed = if failed == 0 { String::new() } else { format!(", {} failed", grouped(failed)) };
        match &self.bar {
            Some(bar) => {
                bar.set_position(ended as u64);
                bar.set_message(failed);
            }
            None => {
                let (ended, total) = (grouped(ended), grouped(self.total));
                note(format_args!("{ended} of {total} tasks ended{failed}, {}", time(self.begin.elapsed())));
            }
        }
    }
}
