//! [`Children`]: the processes that run, so that none outlives a run that was ended.

use std::{
    io,
    process::{Child, exit},
};

#[cfg(unix)]
use nix::sys::signal::Signal;

use crate::sync::{Mutex, RwLock, lock, read, write};

/// The processes that run now. Each is the leader of a process group, if the system has such a thing, so that what it has
/// started ends with it.
#[derive(Debug, Default)]
pub(super) struct Children {
    leaders: Mutex<Vec<u32>>,
    /// Read by those that start a process, until it is among the leaders. Who writes wants no more of them.
    starting: RwLock<()>,
}

impl Children {
    /// Starts a process, and takes note of it until the second part of the result is dropped.
    pub(super) fn start(&self, start: impl FnOnce() -> io::Result<Child>) -> io::Result<(Child, Noted<'_>)> {
        let _starting = read(&self.starting);
        let child = start()?;
        lock(&self.leaders).push(child.id());
        let leader = child.id();
        Ok((child, Noted { children: self, leader }))
    }

    /// Kills all at once, and whatever they have started, and then ends the program: no other is started meanwhile.
    pub(super) fn kill_all_and_exit(&self, status: i32) -> ! {
        let _starting = write(&self.starting);
        for &leader in lock(&self.leaders).iter() {
            signal_group(leader, Some(Signal::SIGKILL));
        }
        exit(status)
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
