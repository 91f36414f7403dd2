//! Every atomic, lock and cell of this crate, from `std` or, under `--cfg flow_loom`, from loom.
//!
//! The only file that knows about loom.

#[cfg(not(flow_loom))]
pub(crate) use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering},
};

#[cfg(flow_loom)]
pub(crate) use loom::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering},
};
#[cfg(flow_loom)]
pub(crate) use std::sync::PoisonError;

/// Locks `mutex`, also when a thread panicked while it held it.
///
/// No code of a user ever runs under a lock of this crate, and each critical section leaves its data consistent
/// at every point where it could unwind, so that a poisoned lock has nothing to warn of.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
