//! Every atomic, lock and thread-local of this crate, from `std` and arc-swap or, under `--cfg flow_loom`, from loom.
//!
//! The only file that knows about loom.

#[cfg(not(flow_loom))]
pub(crate) use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

#[cfg(flow_loom)]
pub(crate) use loom::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
#[cfg(flow_loom)]
pub(crate) use std::sync::PoisonError;

pub(crate) use self::published::{Guard, Published};

/// A shared pointer that is replaced as a whole.
#[cfg(not(flow_loom))]
mod published {
    use arc_swap::ArcSwap;

    use super::Arc;

    /// What one load of a [`Published`] gave. To be dropped soon: a thread has eight that cost no reference count.
    pub(crate) type Guard<T> = arc_swap::Guard<Arc<T>>;

    #[derive(Debug)]
    pub(crate) struct Published<T>(ArcSwap<T>);

    impl<T> Published<T> {
        pub(crate) fn new(value: Arc<T>) -> Self {
            Self(ArcSwap::new(value))
        }

        #[inline]
        pub(crate) fn load(&self) -> Guard<T> {
            self.0.load()
        }

        pub(crate) fn load_full(&self) -> Arc<T> {
            self.0.load_full()
        }

        /// From here on, nobody gets the old value from here any more, and whoever has it is counted by it.
        pub(crate) fn swap(&self, value: Arc<T>) -> Arc<T> {
            self.0.swap(value)
        }
    }
}

/// What arc-swap does, with a lock: loom cannot look into arc-swap, which is trusted.
#[cfg(flow_loom)]
mod published {
    use super::{Arc, Mutex, lock};

    pub(crate) type Guard<T> = Arc<T>;

    #[derive(Debug)]
    pub(crate) struct Published<T>(Mutex<Arc<T>>);

    impl<T> Published<T> {
        pub(crate) fn new(value: Arc<T>) -> Self {
            Self(Mutex::new(value))
        }

        pub(crate) fn load(&self) -> Guard<T> {
            self.load_full()
        }

        pub(crate) fn load_full(&self) -> Arc<T> {
            Arc::clone(&lock(&self.0))
        }

        pub(crate) fn swap(&self, value: Arc<T>) -> Arc<T> {
            std::mem::replace(&mut lock(&self.0), value)
        }
    }
}

/// A `OnceLock` whose moment of publication loom sees. The value itself is trusted to `std`.
#[cfg(flow_loom)]
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    published: loom::sync::atomic::AtomicBool,
    value: std::sync::OnceLock<T>,
}

#[cfg(flow_loom)]
impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        Self { published: loom::sync::atomic::AtomicBool::new(false), value: std::sync::OnceLock::new() }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        if self.published.load(Ordering::Acquire) { self.value.get() } else { None }
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        self.value.set(value)?;
        self.published.store(true, Ordering::Release);
        Ok(())
    }

    pub(crate) fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }
}

/// What is of the process, or made once and then only shared: always from `std`. No loom model may depend on it.
pub(crate) mod of_process {
    pub(crate) use std::{
        sync::{Arc as StdArc, OnceLock},
        thread::available_parallelism,
    };
}

/// Thread-locals that hold a `Copy` value: constants without a destructor, so that an access is one instruction, and
/// works while the thread ends.
macro_rules! thread_cells {
    ($($(#[$attribute:meta])* static $name:ident: $type:ty = $value:expr;)*) => {
        $(
            #[cfg(not(flow_loom))]
            std::thread_local! {
                $(#[$attribute])* static $name: std::cell::Cell<$type> = const { std::cell::Cell::new($value) };
            }
            #[cfg(flow_loom)]
            loom::thread_local! {
                $(#[$attribute])* static $name: std::cell::Cell<$type> = std::cell::Cell::new($value);
            }
        )*
    };
}
pub(crate) use thread_cells;

/// Locks `mutex`, also when a thread panicked while it held it.
///
/// Each critical section leaves its data consistent at every point where it could unwind, so that a poisoned lock has
/// nothing to warn of.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
