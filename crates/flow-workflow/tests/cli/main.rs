//! The program `flow`, as its users run it.

mod commands;
mod exec;
#[cfg(unix)]
mod interrupt;
mod run;

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use flow_workflow::wfformat::{Command as Program, Instance, Task};

/// What the program did.
#[derive(Debug)]
struct Ran {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("the program writes UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("the program writes UTF-8"),
        }
    }
}

impl Ran {
    /// Checks the exit status, and shows everything if it is another.
    #[track_caller]
    fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }

    #[track_caller]
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// A call of the program.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flow"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // With it, text for pipes would have colors.
    command.env_remove("CLICOLOR_FORCE");
    command
}

/// Runs the program to its end.
fn flow(arguments: &[&str]) -> Ran {
    command(arguments).output().expect("the program starts").into()
}

/// The same, with something to read.
fn flow_with_input(arguments: &[&str], input: &str) -> Ran {
    let mut child = command(arguments).stdin(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it was piped");
    stdin.write_all(input.as_bytes()).expect("the program reads all");
    drop(stdin);
    child.wait_with_output().expect("the program ends").into()
}

/// Sends a signal; whether there was a process to get it. Not every system has a program for that, but each shell can.
fn kill(arguments: &[&str]) -> bool {
    let script = ["-c", "kill \"$@\"", "kill"];
    Command::new("sh").args(script).args(arguments).output().expect("sh starts").status.success()
}

/// A path of a file that no other test has.
fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A file with that content; returns its path.
fn file(name: &str, content: &str) -> String {
    let path = path(name);
    fs::write(&path, content).expect("the folder for tests can be written");
    text(path)
}

fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().expect("a path of UTF-8")
}

/// A file with tasks that have ids, parents and commands.
fn tasks(name: &str, tasks: &[(&str, &[&str], &[&str])]) -> String {
    let mut instance = Instance::new(name);
    for &(id, parents, command) in tasks {
        let mut task = Task::new(id);
        task.parents = parents.iter().map(|&parent| parent.to_owned()).collect();
        if let [program, arguments @ ..] = command {
            let mut command = Program::new(*program);
            command.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
            task.command = Some(command);
        }
        instance.tasks.push(task);
    }
    let mut content = Vec::new();
    instance.write(&mut content).expect("a vector takes everything");
    file(&format!("{name}.json"), &String::from_utf8(content).expect("JSON is UTF-8"))
}
