//! The atomics, locks and threads of the program. There are no models of it: what it shares are counters and lists.

pub(crate) use std::{
    sync::{
        Mutex, RwLock, RwLockWriteGuard,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{Builder, JoinHandle, available_parallelism, park_timeout},
};

use std::sync::{MutexGuard, PoisonError, RwLockReadGuard};

/// Locks `mutex`, also when a thread panicked while it held it: what is behind the locks of this program is right at
/// every point.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks `lock` for reading, as [`lock`] does.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks `lock` for writing, as [`lock`] does.
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
