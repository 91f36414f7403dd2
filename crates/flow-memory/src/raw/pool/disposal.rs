//! The end of items: they are given up to the storage, and then their weight is refunded.
//!
//! Giving up an object runs its destructor, which may panic. Then the others are given up all the same, all of the
//! pool's books are in order, and the first panic goes on.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use super::RawPool;
use crate::{
    raw::{magazine::Magazine, storage::Storage},
    sync::of_process::panicking,
};

impl<S: Storage> RawPool<S> {
    /// Disposes of items whose weight is charged, and refunds it.
    pub(in crate::raw) fn dispose(&self, class: usize, mut magazine: Magazine, panic: &mut FirstPanic) {
        while let Some(item) = magazine.pop() {
            // SAFETY: it was in a magazine of this class, so nobody uses it, and it is in none any more.
            panic.catch(|| unsafe { self.storage.dispose(class, item) });
            self.budget.refund(self.classes[class].weight);
        }
        self.keep_empty(magazine);
    }
}

/// The first panic of several destructors.
#[derive(Default)]
pub(in crate::raw) struct FirstPanic(Option<Box<dyn Any + Send>>);

impl FirstPanic {
    /// Calls `f`, and keeps what it panics with, if it is the first.
    pub(in crate::raw) fn catch(&mut self, f: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(f)) {
            self.0.get_or_insert(panic);
        }
    }

    /// Goes on with the panic, if there was one, unless the thread already panics: then that one is told.
    pub(in crate::raw) fn resume(self) {
        if let Some(panic) = self.0
            && !panicking()
        {
            resume_unwind(panic);
        }
    }
}
