//! Every atomic, lock and cell of this crate, from `std` or, under `--cfg flow_loom`, from loom.
//!
//! The only file that knows about loom.

#[cfg(not(flow_loom))]
pub(crate) use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering},
};

#[cfg(flow_loom)]
pub(crate) use loom::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering},
};
#[cfg(flow_loom)]
pub(crate) use std::sync::PoisonError;

/// Shows loom the accesses to memory that is written once, then published, then only read. Nothing at all without loom.
#[derive(Debug)]
pub(crate) struct Tracked(#[cfg(flow_loom)] loom::cell::UnsafeCell<()>);

impl Tracked {
    /// Call it when the memory is written.
    pub(crate) fn written() -> Self {
        #[cfg(flow_loom)]
        return {
            let cell = loom::cell::UnsafeCell::new(());
            cell.with_mut(|_| ());
            Self(cell)
        };
        #[cfg(not(flow_loom))]
        Self()
    }

    /// Call it where the memory is read: loom fails unless the write happened before.
    #[inline]
    pub(crate) fn read(&self) {
        #[cfg(flow_loom)]
        self.0.with(|_| ());
    }
}

/// What is of the process or of a thread, whatever runs in it: always from `std`.
///
/// A static lives longer than any loom model, and no model may depend on it.
pub(crate) mod of_process {
    pub(crate) use std::{
        sync::{Mutex, OnceLock, PoisonError, atomic},
        thread::{available_parallelism, panicking},
    };
}

/// Locks `mutex`, also when a thread panicked while it held it.
///
/// No code of a user ever runs under a lock of this crate, and each critical section leaves its data consistent
/// at every point where it could unwind, so that a poisoned lock has nothing to warn of.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
