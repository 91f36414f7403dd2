//! One command: started, watched, ended if its run is, and its output kept in case it fails.

use std::{
    error::Error,
    fmt,
    io::{self, Read},
    path::Path,
    process::{Child, ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use flow_workflow::{ActionError, Context, wfformat::Command};

use super::children::{Children, Noted, lead_group};
use crate::sync::{Builder, Mutex, Receiver, RecvTimeoutError, Sender, channel, lock, park_timeout};

/// How often a command that runs is looked at, to see whether its run was cancelled. Its end is noticed at once.
const TICK: Duration = Duration::from_millis(20);

/// How long a command has to end when it is asked to, before it is killed; and its outputs, when it has ended.
const GRACE: Duration = Duration::from_secs(1);

/// Runs a command to its end.
///
/// Whether it has ended is known when both of its outputs are closed, which wakes this thread. One that closes them early,
/// or leaves them open to another process, is found at the next look.
pub(super) fn run(
    command: &Command,
    dir: Option<&Path>,
    children: &Children,
    context: &Context,
) -> Result<(), ActionError> {
    context.check()?;
    let problem = |kind| CommandError { program: short(&command.program), kind };
    let (mut child, noted) =
        children.start(|| start(command, dir)).map_err(|error| problem(Kind::Start(error)))?;
    let (sender, closed) = channel();
    let capture = |stream: Option<Box<dyn Read + Send>>| Tail::of(stream, sender.clone());
    let output = capture(child.stdout.take().map(|stream| Box::new(stream) as _));
    let errors = capture(child.stderr.take().map(|stream| Box::new(stream) as _));
    drop(sender);
    let ended = watch(&mut child, &noted, &closed, context);
    drop(noted);
    let status = ended?.map_err(|error| problem(Kind::Wait(error)))?;
    if status.success() {
        return Ok(());
    }
    // What it wrote last may still be on its way. If another process has its outputs, that has no end.
    closed.recv_timeout(GRACE).ok();
    let mut text = errors.text();
    if text.is_empty() {
        text = output.text();
    }
    Err(problem(Kind::Ended(status, text)).into())
}

fn start(command: &Command, dir: Option<&Path>) -> io::Result<Child> {
    let mut process = std::process::Command::new(&command.program);
    process.args(&command.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(dir) = dir {
        process.current_dir(dir);
    }
    lead_group(&mut process);
    process.spawn()
}

/// Waits for the end of a command. The outer error says that it was ended, because its run was, or its time was up.
fn watch(
    child: &mut Child,
    noted: &Noted<'_>,
    closed: &Receiver<()>,
    context: &Context,
) -> Result<io::Result<ExitStatus>, ActionError> {
    // How long to wait when nothing will wake this thread: little at first, since its end is near.
    let mut pause = Duration::from_micros(100);
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return Ok(Ok(status)),
            Err(error) => return Ok(Err(error)),
        }
        if let Err(cancelled) = context.check() {
            end(child, noted);
            return Err(cancelled);
        }
        if closed.recv_timeout(TICK) == Err(RecvTimeoutError::Disconnected) {
            context.sleep(pause).ok();
            pause = (pause * 2).min(TICK);
        }
    }
}

/// Ends a command, and whatever it has started: asks first.
fn end(child: &mut Child, noted: &Noted<'_>) {
    noted.ask(child);
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        let has_ended = !matches!(child.try_wait(), Ok(None));
        // A group keeps its number from being used again until the last has gone.
        if has_ended && !noted.group_lives() {
            return;
        }
        park_timeout(TICK / 4);
    }
    noted.kill(child);
    child.wait().ok();
}

/// The last of what a command wrote, which a thread of its own reads.
struct Tail(Arc<Mutex<Vec<u8>>>);

/// How much of it is kept.
const KEPT: usize = 16 << 10;

impl Tail {
    /// `closed` is dropped when there is no more to read.
    fn of(stream: Option<Box<dyn Read + Send>>, closed: Sender<()>) -> Self {
        let tail = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&tail);
        let read = move || {
            let _closed = closed;
            let Some(mut stream) = stream else { return };
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                let mut kept = lock(&kept);
                kept.extend_from_slice(&buffer[..read]);
                if kept.len() > 2 * KEPT {
                    let excess = kept.len() - KEPT;
                    kept.drain(..excess);
                }
            }
        };
        // Without a thread there is no output to show, and the command still ends: its pipe is closed.
        Builder::new().name("flow-output".to_owned()).spawn(read).ok();
        Self(tail)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.0)).trim().to_owned()
    }
}

/// How many lines of its output an error shows.
const SHOWN: usize = 10;

/// Why a command failed.
#[derive(Debug)]
struct CommandError {
    program: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Start(io::Error),
    Wait(io::Error),
    Ended(ExitStatus, String),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, kind } = self;
        match kind {
            Kind::Start(error) => write!(f, "cannot start '{program}': {error}"),
            Kind::Wait(error) => write!(f, "cannot wait for '{program}': {error}"),
            Kind::Ended(status, text) => {
                write!(f, "'{program}' ended with {status}")?;
                let lines: Vec<&str> = text.lines().collect();
                lines[lines.len().saturating_sub(SHOWN)..]
                    .iter()
                    .try_for_each(|line| write!(f, "\n    | {line}"))
            }
        }
    }
}

impl Error for CommandError {}

/// The longest name of a program that is shown whole. Some recorders write a script in its place.
const LONGEST_NAME: usize = 60;

fn short(program: &str) -> String {
    let line = program.lines().next().unwrap_or_default();
    if line.len() == program.len() && line.chars().count() <= LONGEST_NAME {
        return line.to_owned();
    }
    let start: String = line.chars().take(LONGEST_NAME).collect();
    format!("{start}...")
}
