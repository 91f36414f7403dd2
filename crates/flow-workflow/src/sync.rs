//! Every atomic, lock and thread of this crate, from `std` or, under `--cfg flow_loom`, from loom.
//!
//! The only file that knows about loom.

#[cfg(not(flow_loom))]
pub(crate) use std::sync::{
    Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering},
};

#[cfg(flow_loom)]
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard, atomic::Ordering};
#[cfg(flow_loom)]
pub(crate) use seq_cst::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
#[cfg(flow_loom)]
pub(crate) use std::sync::PoisonError;

use std::time::Duration;

/// Atomics whose `SeqCst` operations do more than loom's, which are `AcqRel`: those that write are followed by a fence.
///
/// So of two threads that each write, then read what the other writes, one sees the other, as processors do it. A read is
/// loom's own: models cannot tell whether it is `SeqCst` or `Acquire`.
#[cfg(flow_loom)]
mod seq_cst {
    use loom::sync::atomic::{Ordering, fence};

    fn fence_after(write: Ordering) {
        if write == Ordering::SeqCst {
            fence(Ordering::SeqCst);
        }
    }

    macro_rules! atomics {
        ($($name:ident: $value:ty, [$($update:ident)*];)*) => {$(
            #[derive(Debug)]
            pub(crate) struct $name(loom::sync::atomic::$name);

            #[allow(dead_code, reason = "not every type has a use for every operation")]
            impl $name {
                pub(crate) fn new(value: $value) -> Self {
                    Self(loom::sync::atomic::$name::new(value))
                }

                pub(crate) fn load(&self, order: Ordering) -> $value {
                    self.0.load(order)
                }

                pub(crate) fn store(&self, value: $value, order: Ordering) {
                    self.0.store(value, order);
                    fence_after(order);
                }

                pub(crate) fn compare_exchange_weak(
                    &self,
                    current: $value,
                    new: $value,
                    success: Ordering,
                    failure: Ordering,
                ) -> Result<$value, $value> {
                    self.0.compare_exchange_weak(current, new, success, failure)
                }

                $(pub(crate) fn $update(&self, value: $value, order: Ordering) -> $value {
                    let before = self.0.$update(value, order);
                    fence_after(order);
                    before
                })*
            }
        )*};
    }

    atomics! {
        AtomicBool: bool, [swap];
        AtomicU8: u8, [swap fetch_max];
        AtomicU32: u32, [swap fetch_add fetch_sub fetch_or];
        AtomicU64: u64, [swap fetch_add];
        AtomicUsize: usize, [swap fetch_add fetch_sub];
    }

    impl Default for AtomicBool {
        fn default() -> Self {
            Self::new(false)
        }
    }

    impl Default for AtomicU32 {
        fn default() -> Self {
            Self::new(0)
        }
    }

    impl Default for AtomicU64 {
        fn default() -> Self {
            Self::new(0)
        }
    }
}

/// What is made once and then only shared, or is of the process: always from `std`.
pub(crate) mod of_process {
    pub(crate) use std::{
        sync::OnceLock,
        thread::{Builder, JoinHandle, available_parallelism, current},
    };
}

/// Locks `mutex`, also when a thread panicked while it held it.
///
/// No code of a user runs under a lock of this crate, and each critical section leaves its data consistent at every
/// point where it could unwind, so that a poisoned lock has nothing to warn of.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `condvar` is notified, at most for `limit`. May return early for no reason.
#[cfg(not(flow_loom))]
pub(crate) fn wait<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    limit: Option<Duration>,
) -> MutexGuard<'a, T> {
    match limit {
        None => condvar.wait(guard).unwrap_or_else(PoisonError::into_inner),
        Some(limit) => condvar.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0,
    }
}

/// Under loom no time passes: a wait with a limit may end at once.
#[cfg(flow_loom)]
pub(crate) fn wait<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    limit: Option<Duration>,
) -> MutexGuard<'a, T> {
    match limit {
        None => condvar.wait(guard).unwrap_or_else(PoisonError::into_inner),
        Some(_) => guard,
    }
}

/// Tells the processor, or loom, that this thread waits for another.
pub(crate) fn spin() {
    #[cfg(not(flow_loom))]
    std::hint::spin_loop();
    #[cfg(flow_loom)]
    loom::thread::yield_now();
}
