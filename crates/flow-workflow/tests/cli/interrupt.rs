//! Ctrl-C. Signals are sent when the program has said, or a command has, that it is time.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    process::{Child, Command},
    time::Duration,
};

use flow_testkit::within;

use super::{Ran, command, kill, path, tasks, text};

/// Far more than anything takes here.
const LIMIT: Duration = Duration::from_secs(120);

/// The program while it runs.
struct Running {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).spawn().expect("the program starts");
        let stderr = BufReader::new(child.stderr.take().expect("it was piped"));
        Self { child, stderr }
    }

    /// Waits until a line of standard error has `wanted`.
    fn wait_for(&mut self, wanted: &str) {
        let mut line = String::new();
        while !line.contains(wanted) {
            line.clear();
            let read = self.stderr.read_line(&mut line).expect("the program writes UTF-8");
            assert!(read > 0, "the program ended before it said {wanted:?}");
        }
    }

    fn signal(&self, signal: &str) {
        assert!(kill(&[signal, &self.child.id().to_string()]), "it was still there");
    }

    fn finish(mut self) -> Ran {
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).expect("the program writes UTF-8");
        let mut ran = Ran::from(self.child.wait_with_output().expect("the program ends"));
        ran.stderr = stderr;
        ran
    }
}

#[test]
fn the_first_cancels_the_run_and_the_report_is_there() {
    for signal in ["-INT", "-TERM"] {
        let ran = within(LIMIT, move || {
            let mut running = Running::start(&["run", "--speedup", "1e-3", "--threads", "2", "--json"]);
            running.wait_for("on 2 threads");
            running.signal(signal);
            running.finish()
        });
        let ran = ran.expect(1);
        assert_eq!(
            (&ran.json()["status"], &ran.json()["tasks"]["cancelled"]),
            (&"cancelled".into(), &100.into())
        );
        assert!(ran.stderr.lines().any(|line| line.starts_with("interrupted: stopping")), "{ran:#?}");
    }
}

/// A task whose command is `script`, in which `say` says which process the command is; and where it says it.
fn staying(name: &str, script: &str) -> (String, String) {
    let pipe = text(path(&format!("{name}.pipe")));
    fs::remove_file(&pipe).ok();
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo starts").success());
    let script = format!("say() {{ echo $$ > '{pipe}'; }}; {script}");
    (tasks(name, &[("a", &[], &["sh", "-c", &script])]), pipe)
}

/// Waits until the command runs; which process it is.
fn process_of(pipe: &str) -> String {
    let mut process = String::new();
    File::open(pipe).and_then(|mut pipe| pipe.read_to_string(&mut process)).expect("the command says it");
    process.trim().to_owned()
}

/// Whether there is a process in the group of that one.
#[cfg(not(target_os = "linux"))]
fn group_lives(process: &str) -> bool {
    kill(&["-0", &format!("-{process}")])
}

/// The same. In a container it may be that nobody waits for those that have ended, which could get signals for ever.
#[cfg(target_os = "linux")]
fn group_lives(process: &str) -> bool {
    let processes = fs::read_dir("/proc").expect("Linux lists its processes").filter_map(Result::ok);
    let mut stats = processes.filter_map(|each| fs::read_to_string(each.path().join("stat")).ok());
    // `7 (name) state parent group ...`
    stats.any(|stat| match stat.rsplit(") ").next().unwrap_or_default().split(' ').collect::<Vec<_>>()[..] {
        [state, _, group, ..] => group == process && state != "Z",
        _ => false,
    })
}

/// Interrupts a run whose command is `script`: it is cancelled, and the command goes.
fn is_cancelled_with_its_command(name: &str, script: &str) {
    let (file, pipe) = staying(name, script);
    let (ran, process) = within(LIMIT, move || {
        let running = Running::start(&["run", &file, "--exec", "--json"]);
        let process = process_of(&pipe);
        running.signal("-INT");
        (running.finish(), process)
    });
    assert_eq!(ran.expect(1).json()["status"], "cancelled");
    // What the shell had started has got the same signal; it may take a moment to go.
    within(LIMIT, move || while group_lives(&process) {});
}

#[test]
fn commands_end_with_the_run() {
    is_cancelled_with_its_command("ends", "say; sleep 1000; true");
}

#[test]
fn a_command_that_does_not_listen_is_killed() {
    is_cancelled_with_its_command("deaf", "trap '' TERM; say; sleep 1000; true");
}

#[test]
fn what_a_command_has_started_ends_with_it() {
    // The shell ends when it is asked to, what it has started does not listen.
    is_cancelled_with_its_command("started", "(trap '' TERM; say; exec sleep 1000) & wait");
}

#[test]
fn the_second_ends_the_program_at_once() {
    let (file, pipe) = staying("second", "trap '' TERM; say; sleep 1000; true");
    let (ran, process) = within(LIMIT, move || {
        let mut running = Running::start(&["run", &file, "--exec"]);
        let process = process_of(&pipe);
        running.signal("-INT");
        running.wait_for("interrupted");
        running.signal("-INT");
        (running.finish(), process)
    });
    // Unless the command was killed first, on a machine that is very busy.
    assert!(matches!(ran.status, Some(130 | 1)), "{ran:#?}");
    within(LIMIT, move || while group_lives(&process) {});
}
