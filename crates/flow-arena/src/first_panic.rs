//! Several destructors, of which some panic: all of them run, and the first panic is told.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use crate::sync::of_process::panicking;

/// What the first of several calls that panicked panicked with.
///
/// Whatever the payloads of panics do, nothing of this unwinds but [`Self::resume`]: the payload of a panic is a value of the
/// user's, whose destructor may panic, too.
#[derive(Debug, Default)]
#[must_use = "a panic that is not resumed is forgotten"]
pub struct FirstPanic(Option<Box<dyn Any + Send>>);

impl FirstPanic {
    /// Calls `f`, and keeps what it panics with, if it is the first.
    #[inline]
    pub fn catch(&mut self, f: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(f)) {
            self.keep(panic);
        }
    }

    #[cold]
    fn keep(&mut self, panic: Box<dyn Any + Send>) {
        match &self.0 {
            None => self.0 = Some(panic),
            Some(_) => discard(panic),
        }
    }

    /// Goes on with the panic, if there was one, unless the thread already panics: then that one is told.
    #[inline]
    pub fn resume(mut self) {
        if let Some(panic) = self.0.take() {
            if panicking() { discard(panic) } else { resume_unwind(panic) }
        }
    }
}

impl Drop for FirstPanic {
    #[inline]
    fn drop(&mut self) {
        if let Some(panic) = self.0.take() {
            discard(panic);
        }
    }
}

/// How often the payload of a payload's panic may panic when it is dropped, before it is leaked.
const PATIENCE: usize = 10;

/// Drops the payload of a panic, and what that panics with. Never unwinds.
#[cold]
pub fn discard(mut panic: Box<dyn Any + Send>) {
    for _ in 0..PATIENCE {
        match catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            Ok(()) => return,
            Err(again) => panic = again,
        }
    }
    Box::leak(panic);
}
