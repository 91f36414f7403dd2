//! [`Children`]: the processes that run, so that none outlives a run that was ended.

use std::process::Child;

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
            signal_group(leader, true);
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
        if !signal_group(self.leader, false) {
            child.kill().ok();
        }
    }

    /// Ends the process, and whatever it has started.
    pub(super) fn kill(&self, child: &mut Child) {
        if !signal_group(self.leader, true) {
            child.kill().ok();
        }
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

/// Sends a signal to all processes of a group; false if there is none.
#[cfg(unix)]
fn signal_group(leader: u32, kill: bool) -> bool {
    use nix::{
        sys::signal::{Signal, killpg},
        unistd::Pid,
    };

    let signal = if kill { Signal::SIGKILL } else { Signal::SIGTERM };
    i32::try_from(leader).is_ok_and(|leader| killpg(Pid::from_raw(leader), signal).is_ok())
}

#[cfg(not(unix))]
fn signal_group(_: u32, _: bool) -> bool {
    false
}
