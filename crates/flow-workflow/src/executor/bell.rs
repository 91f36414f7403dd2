//! What wakes one thread that waits for others.
//!
//! A thread that is about to sleep says so first, then looks once more for what it waits for, and until when it may
//! sleep, then sleeps. One that brings about what others may wait for, or something to do at a time, does that first, then
//! looks whether somebody sleeps. All are `SeqCst`, so that at least one of the two sees the other.

use std::time::{Duration, Instant};

use crate::sync::{AtomicBool, Condvar, Mutex, Ordering, lock, wait};

/// See above. One thread waits, any number rings.
#[derive(Debug)]
pub(crate) struct Bell {
    waits: AtomicBool,
    rung: Mutex<bool>,
    condvar: Condvar,
}

impl Bell {
    pub(crate) fn new() -> Self {
        Self { waits: AtomicBool::new(false), rung: Mutex::new(false), condvar: Condvar::new() }
    }

    /// Sleeps until the bell rings or it is `until`, unless `is_ready` says that there is no need to. Both are asked after
    /// others can see that this thread waits.
    pub(crate) fn wait(&self, until: impl FnOnce() -> Option<Instant>, is_ready: impl FnOnce() -> bool) {
        self.waits.store(true, Ordering::SeqCst);
        if is_ready() {
            self.waits.store(false, Ordering::SeqCst);
            return;
        }
        let until = until();
        let mut rung = lock(&self.rung);
        while !*rung {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left == Duration::ZERO) {
                break;
            }
            rung = wait(&self.condvar, rung, left);
        }
        *rung = false;
        self.waits.store(false, Ordering::SeqCst);
    }

    /// Wakes who waits, if somebody does. Whether somebody did.
    #[inline]
    pub(crate) fn ring(&self) -> bool {
        let waits = self.waits.load(Ordering::SeqCst);
        if waits {
            self.ring_slow();
        }
        waits
    }

    #[cold]
    #[inline(never)]
    fn ring_slow(&self) {
        // One is enough: others need not come here until the thread waits again.
        if self.waits.swap(false, Ordering::SeqCst) {
            *lock(&self.rung) = true;
            self.condvar.notify_one();
        }
    }
}
