//! Runs other programs: prints their command line first, lets their output through, and keeps it where asked.
//!
//! There is no shell in between: arguments are passed as they are.

use std::fmt;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use anyhow::{Context, Result};

use crate::outcome::FAILED;

/// How to call cargo.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cargo {
    /// Whether Cargo.lock must stay as it is.
    pub(crate) locked: bool,
}

impl Cargo {
    /// `cargo <subcommand>`, for a subcommand that resolves dependencies.
    pub(crate) fn command(self, subcommand: &[&str]) -> Command {
        let command = Command::new("cargo").args(subcommand);
        if self.locked { command.args(["--locked"]) } else { command }
    }
}

/// A program with its arguments and the environment variables that differ from ours.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    program: String,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    /// Where it runs; the root of the workspace if None.
    folder: Option<PathBuf>,
}

/// What a program printed, and whether it succeeded.
#[derive(Debug)]
pub(crate) struct Captured {
    pub(crate) success: bool,
    pub(crate) text: String,
}

impl Command {
    pub(crate) fn new(program: &str) -> Self {
        Self { program: program.to_owned(), arguments: Vec::new(), variables: Vec::new(), folder: None }
    }

    pub(crate) fn args<S: AsRef<str>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.push((name.to_owned(), value.to_string()));
        self
    }

    /// Where it runs, instead of the root of the workspace.
    pub(crate) fn current_dir(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Runs it and says whether it succeeded.
    pub(crate) fn run(&self) -> Result<bool> {
        Ok(self.exit_code()? == 0)
    }

    /// Runs it and returns its exit code, or that of a failure if a signal ended it.
    pub(crate) fn exit_code(&self) -> Result<i32> {
        self.announce();
        let status = self.prepare().status().with_context(|| self.cannot_run())?;
        Ok(status.code().unwrap_or(i32::from(FAILED)))
    }

    /// Runs it, shows its output as it comes, and keeps all of it: stdout and stderr in the order of writing.
    pub(crate) fn run_teeing(&self) -> Result<Captured> {
        self.announce();
        let (reader, writer) = io::pipe().context("cannot make a pipe")?;
        let errors = writer.try_clone().context("cannot make a pipe")?;
        let mut prepared = self.prepare();
        if io::stdout().is_terminal() {
            prepared.env("CARGO_TERM_COLOR", "always");
        }
        let mut child = prepared.stdout(writer).stderr(errors).spawn().with_context(|| self.cannot_run())?;
        // `prepared` holds the writing ends; the reader sees the end only when they are closed.
        drop(prepared);
        let text = copy(reader)?;
        let success = child.wait().with_context(|| self.cannot_run())?.success();
        Ok(Captured { success, text })
    }

    /// Like [`run_teeing`](Self::run_teeing), but keeps stdout alone; stderr goes through.
    pub(crate) fn run_teeing_stdout(&self) -> Result<Captured> {
        self.announce();
        let mut child = self.prepare().stdout(Stdio::piped()).spawn().with_context(|| self.cannot_run())?;
        let stdout = child.stdout.take().context("the program has no stdout")?;
        let text = copy(stdout)?;
        let success = child.wait().with_context(|| self.cannot_run())?.success();
        Ok(Captured { success, text })
    }

    /// Runs it and keeps its stdout without showing it: that is not for people. stderr goes through.
    pub(crate) fn read_stdout(&self) -> Result<Captured> {
        self.announce();
        let output = self.prepare().stderr(Stdio::inherit()).output().with_context(|| self.cannot_run())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Captured { success: output.status.success(), text })
    }

    /// Runs it silently, and returns its stdout if it succeeded; `None` also when there is no such program.
    pub(crate) fn probe(&self) -> Option<String> {
        let output = self.prepare().stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn prepare(&self) -> process::Command {
        let mut prepared = process::Command::new(&self.program);
        prepared.args(&self.arguments).envs(self.variables.iter().cloned());
        prepared.current_dir(self.folder.clone().unwrap_or_else(root));
        prepared.stdin(Stdio::null());
        prepared
    }

    fn announce(&self) {
        eprintln!("$ {self}");
    }

    fn cannot_run(&self) -> String {
        format!("cannot run `{}`: is it installed and in PATH?", self.program)
    }
}

impl fmt::Display for Command {
    /// As it would be typed in a shell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(folder) = &self.folder {
            write!(f, "cd {} && ", quoted(&folder.display().to_string()))?;
        }
        for (name, value) in &self.variables {
            write!(f, "{name}={} ", quoted(value))?;
        }
        f.write_str(&quoted(&self.program))?;
        for argument in &self.arguments {
            write!(f, " {}", quoted(argument))?;
        }
        Ok(())
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Puts `text` in single quotes where a shell would need them.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_=+./,:@%".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Copies everything to our stdout as it comes, and returns it.
fn copy(mut reader: impl Read) -> Result<String> {
    let mut all = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        let length = reader.read(&mut chunk).context("cannot read the output of a program")?;
        if length == 0 {
            return Ok(String::from_utf8_lossy(&all).into_owned());
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(&chunk[..length]).and_then(|()| stdout.flush()).context("cannot write to stdout")?;
        all.extend_from_slice(&chunk[..length]);
    }
}

#[cfg(test)]
mod tests {
    //! What is printed, and what is kept.

    use super::*;

    #[test]
    fn a_command_prints_as_it_would_be_typed() {
        let command = Cargo { locked: true }
            .command(&["test"])
            .args(["--", "it's", ""])
            .env("RUSTFLAGS", "--cfg flow_loom")
            .env("SEED", 7);
        assert_eq!(
            command.to_string(),
            r"RUSTFLAGS='--cfg flow_loom' SEED=7 cargo test --locked -- 'it'\''s' ''"
        );
    }

    #[test]
    fn a_command_in_another_folder_says_so() {
        let command = Command::new("git").args(["status"]).current_dir(Path::new("some where"));
        assert_eq!(command.to_string(), "cd 'some where' && git status");
    }

    #[test]
    fn output_is_kept_and_failure_seen() {
        let version = Command::new("cargo").args(["--version"]);
        assert!(version.run_teeing().expect("cargo runs").text.starts_with("cargo "));
        assert!(version.run_teeing_stdout().expect("cargo runs").text.starts_with("cargo "));
        assert!(version.read_stdout().expect("cargo runs").text.starts_with("cargo "));
        let failing = Command::new("cargo").args(["no-such-command-of-cargo"]);
        let captured = failing.run_teeing().expect("cargo runs");
        assert!(!captured.success);
        assert!(captured.text.contains("no-such-command-of-cargo"), "{}", captured.text);
    }

    #[test]
    fn a_missing_program_is_named() {
        let missing = Command::new("no-such-program-anywhere");
        let error = missing.run().expect_err("there is no such program");
        assert!(error.to_string().contains("`no-such-program-anywhere`"), "{error}");
        assert_eq!(missing.probe(), None);
    }
}
