//! [`Children`]: the processes that run, so that none outlives a run that was ended.

use std::{io, process::Child};

#[cfg(unix)]
use nix::sys::signal::Signal;

use crate::sync::{Mutex, RwLock, RwLockWriteGuard, lock, read, write};

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

    /// Kills all at once, and whatever they have started. No other is started while the result lives: for the end of the
    /// program.
    pub(super) fn kill_all(&self) -> RwLockWriteGuard<'_, ()> {
        let none_starts = write(&self.starting);
        for &leader in lock(&self.leaders).iter() {
            signal_group(leader, Some(Signal::SIGKILL));
        }
        none_starts
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

#[cfg(all(test, unix))]
mod tests {
    //! Killing all, also what is started at that moment.

    use std::{
        os::unix::process::{CommandExt, ExitStatusExt},
        process::Command,
        sync::{Barrier, atomic::AtomicBool},
        thread,
    };

    use super::*;
    use crate::sync::Ordering;

    fn start() -> io::Result<Child> {
        Command::new("sleep").arg("10").process_group(0).spawn()
    }

    #[test]
    fn a_process_that_is_being_started_is_killed_too() {
        let children = Children::default();
        let (barrier, is_started) = (Barrier::new(2), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                let _none_starts = children.kill_all();
                assert!(is_started.load(Ordering::Relaxed), "it waits for those that start");
                assert!(children.starting.try_read().is_err(), "and no other starts");
            });
            let started = children.start(|| {
                barrier.wait();
                let child = start();
                // Time for the other thread to go on, if it does not wait.
                (0..1000).for_each(|_| thread::yield_now());
                is_started.store(true, Ordering::Relaxed);
                child
            });
            let (mut child, _noted) = started.expect("sleep starts");
            assert_eq!(child.wait().expect("it ends").signal(), Some(9));
        });
    }
}
