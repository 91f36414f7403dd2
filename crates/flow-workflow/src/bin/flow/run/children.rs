//! [`Children`]: the processes that run, so that none outlives a run that was ended.

use std::process::Child;

#[cfg(unix)]
use nix::sys::signal::Signal;

use crate::sync::{Mutex, lock};

/// The processes that run now. Each is the leader of a process group, if the system has such a thing, so that what it has
/// started ends with it.
#[derive(Debug, Default)]
pub(super) struct Children {
    leaders: Mutex<Vec<u32>>,
}

impl Children {
    /// Takes note of a process, until the result is dropped.
    pub(super) fn note(&self, child: &Child) -> Noted<'_> {
        lock(&self.leaders).push(child.id());
        Noted { children: self, leader: child.id() }
    }

    /// Kills all at once, and whatever they have started. For the end of the program.
    pub(super) fn kill_all(&self) {
        for &leader in lock(&self.leaders).iter() {
            signal_group(leader, Some(Signal::SIGKILL));
        }
    }
}

/// A process that somebody waits for.
pub(super) struct Noted<'c> {
    children: &'c Children,
    leader: u32,
}

impl Noted<'_> {
    /// Asks the process, and whatever it has started, to end.
    pub(super) fn ask(&self, child: &mut Child) {
        if !signal_group(self.leader, Some(Signal::SIGTERM)) {
            child.kill().ok();
        }
    }

    /// Ends the process, and whatever it has started.
    pub(super) fn kill(&self, child: &mut Child) {
        if !signal_group(self.leader, Some(Signal::SIGKILL)) {
            child.kill().ok();
        }
    }

    /// Whether the process, or something that it has started, is there.
    pub(super) fn group_lives(&self) -> bool {
        signal_group(self.leader, None)
    }
}

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        lock(&self.children.leaders).retain(|&leader| leader != self.leader);
    }
}

/// Makes the process that `command` will start the leader of a group of its own.
#[cfg(unix)]
pub(super) fn lead_group(command: &mut std::process::Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
pub(super) fn lead_group(_: &mut std::process::Command) {}

/// Sends a signal to all processes of a group, or none; false if there is no such group.
#[cfg(unix)]
fn signal_group(leader: u32, signal: Option<Signal>) -> bool {
    use nix::{sys::signal::killpg, unistd::Pid};

    i32::try_from(leader).is_ok_and(|leader| killpg(Pid::from_raw(leader), signal).is_ok())
}

#[cfg(not(unix))]
enum Signal {
    SIGTERM,
    SIGKILL,
}

#[cfg(not(unix))]
fn signal_group(_: u32, _: Option<Signal>) -> bool {
    false
}
