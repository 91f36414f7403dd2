//! Every atomic, lock, cell and queue of this crate, from `std` and crossbeam or, under `--cfg flow_loom`, from loom.
//!
//! The only file that knows about loom.

#[cfg(not(flow_loom))]
pub(crate) use crossbeam_queue::ArrayQueue;
#[cfg(not(flow_loom))]
pub(crate) use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering},
};

#[cfg(flow_loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering},
};
#[cfg(flow_loom)]
pub(crate) use std::sync::PoisonError;

/// What crossbeam's queue does, with a lock: loom cannot look into crossbeam's, which is trusted.
#[cfg(flow_loom)]
#[derive(Debug)]
pub(crate) struct ArrayQueue<T> {
    items: Mutex<std::collections::VecDeque<T>>,
    capacity: usize,
}

#[cfg(flow_loom)]
impl<T> ArrayQueue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { items: Mutex::new(std::collections::VecDeque::new()), capacity }
    }

    pub(crate) fn push(&self, item: T) -> Result<(), T> {
        let mut items = lock(&self.items);
        if items.len() == self.capacity {
            return Err(item);
        }
        items.push_back(item);
        Ok(())
    }

    pub(crate) fn pop(&self) -> Option<T> {
        lock(&self.items).pop_front()
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.items).len()
    }
}

/// Shows loom the accesses to memory that one thread has to itself. Nothing at all without loom.
#[derive(Debug)]
pub(crate) struct Exclusive(#[cfg(flow_loom)] loom::cell::UnsafeCell<()>);

impl Exclusive {
    pub(crate) fn new() -> Self {
        Self(
            #[cfg(flow_loom)]
            loom::cell::UnsafeCell::new(()),
        )
    }

    /// Call it where the memory is used: loom fails unless all earlier uses happened before.
    #[inline]
    pub(crate) fn used(&self) {
        #[cfg(flow_loom)]
        self.0.with_mut(|_| ());
    }
}

/// Something that many threads write, on cache lines of its own, so that it does not slow down those who read what
/// would lie beside it. Two lines of 64 bytes: processors fetch them in pairs.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Apart<T>(T);

impl<T> Apart<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }
}

impl<T> std::ops::Deref for Apart<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What is of the process or of a thread, whatever runs in it: always from `std`.
///
/// A static lives longer than any loom model, and no model may depend on it. What is made once and never changed while
/// it is shared is trusted to `std` too.
pub(crate) mod of_process {
    pub(crate) use std::sync::{Arc, OnceLock, Weak};
}

/// Locks `mutex`, also when a thread panicked while it held it.
///
/// No code of a user ever runs under a lock of this crate, and each critical section leaves its data consistent
/// at every point where it could unwind, so that a poisoned lock has nothing to warn of.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
