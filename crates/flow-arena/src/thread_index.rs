//! A small number for each thread, to choose a place of its own in an array: a lane of an arena, a counter of a pool,
//! a cache of buffers.
//!
//! Numbers are dense: a thread gets the smallest that no living thread has, and gives it back when it exits. What a
//! thread wrote at its place happens before what the next thread with the same number reads there, because the number
//! goes from one to the other through a lock.
//!
//! A thread gives its number back in the destructor of a thread-local. Destructors of other thread-locals may run
//! after that, and use an arena or a pool: for them the thread has no number, and gets none. Whoever has to clear a
//! place before another thread takes it over says so with [`at_exit`].
//!
//! (The `thread_local` crate keeps such numbers too, but shows them to nobody, and panics in those destructors. See
//! `docs/decisions/0002-threads-have-numbers.md`.)

use std::{
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::BinaryHeap,
    fmt::Debug,
    mem,
    sync::Weak,
};

use crate::{
    first_panic::FirstPanic,
    raw::lane_cache,
    sync::of_process::{Mutex, PoisonError},
};

/// What [`current`] says for a thread without a number.
const NONE: usize = usize::MAX;

thread_local! {
    /// No destructor: access is one load, at any time in the thread's life.
    static INDEX: Cell<usize> = const { Cell::new(NONE) };
    static GUARD: Guard = const { Guard { listeners: RefCell::new(Vec::new()) } };
}

/// What wants to know when a thread exits.
pub trait AtExit: Debug + Send + Sync {
    /// Called on the exiting thread while it still has its number, `thread`. It gets no new listeners any more.
    fn thread_exits(&self, thread: usize);
}

/// Calls the listeners and gives the number back when the thread exits.
struct Guard {
    listeners: RefCell<Vec<Weak<dyn AtExit>>>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let index = current();
        // Not resumed: a panic would abort the process here. The panic hook has told it.
        let mut panic = FirstPanic::default();
        for listener in mem::take(self.listeners.get_mut()) {
            panic.catch(|| {
                if let Some(listener) = listener.upgrade() {
                    listener.thread_exits(index);
                }
            });
        }
        drop(panic);
        // Whatever was remembered is at the place of this number.
        lane_cache::forget();
        INDEX.set(NONE);
        if index != NONE {
            numbers(|numbers| numbers.free.push(Reverse(index)));
        }
    }
}

#[derive(Default)]
struct Numbers {
    /// Below `next`, and of no thread.
    free: BinaryHeap<Reverse<usize>>,
    next: usize,
}

fn numbers<R>(f: impl FnOnce(&mut Numbers) -> R) -> R {
    static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { free: BinaryHeap::new(), next: 0 });
    f(&mut NUMBERS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The number of this thread; larger than any array's length while it has none.
#[must_use]
#[inline]
pub fn current() -> usize {
    INDEX.get()
}

/// The number of this thread, which gets one if it has none. `None` once the thread is so far in exiting that it could
/// not give it back: inside the destructor of a thread-local.
#[must_use]
pub fn get_or_assign() -> Option<usize> {
    let current = current();
    if current != NONE {
        return Some(current);
    }
    GUARD.try_with(|_| ()).ok()?;
    let index = numbers(|numbers| {
        numbers.free.pop().map_or_else(
            || {
                numbers.next += 1;
                numbers.next - 1
            },
            |Reverse(index)| index,
        )
    });
    INDEX.set(index);
    Some(index)
}

/// Has `listener` called when this thread exits, if it is still there then. `false`, and nothing done, where the
/// thread is already exiting, or there is no memory to remember it.
#[must_use]
pub fn at_exit(listener: Weak<dyn AtExit>) -> bool {
    let remember = |guard: &Guard| {
        let mut listeners = guard.listeners.borrow_mut();
        if listeners.len() == listeners.capacity() {
            listeners.retain(|listener| listener.strong_count() != 0);
            // At least doubles what is left, so that the dead are looked for only after that many calls more.
            let more = listeners.len().max(4);
            listeners.try_reserve(more).ok()?;
        }
        listeners.push(listener);
        Some(())
    };
    GUARD.try_with(remember).ok().flatten().is_some()
}

#[cfg(all(test, not(flow_loom)))]
mod tests {
    use std::{
        collections::HashSet,
        sync::{
            Arc, Barrier,
            atomic::{AtomicUsize, Ordering},
        },
        thread,
    };

    use super::*;

    #[test]
    fn living_threads_have_different_numbers() {
        let barrier = Barrier::new(8);
        let numbers: HashSet<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let index = get_or_assign();
                        barrier.wait();
                        assert_eq!(get_or_assign(), index);
                        assert_eq!(Some(current()), index);
                        index.expect("not exiting")
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert_eq!(numbers.len(), 8);
    }

    #[test]
    fn numbers_come_back() {
        // Other tests run at the same time; far fewer than a thousand threads of them.
        for _ in 0..1000 {
            let index = thread::spawn(get_or_assign).join().expect("no panic").expect("not exiting");
            assert!(index < 1000, "{index}");
        }
    }

    /// Remembers the number that it was told, and panics if it is to.
    #[derive(Debug)]
    struct Listener {
        told: AtomicUsize,
        panics: bool,
    }

    impl AtExit for Listener {
        fn thread_exits(&self, thread: usize) {
            assert_eq!(current(), thread, "the number is the thread's as yet");
            assert_eq!(get_or_assign(), Some(thread));
            self.told.store(thread, Ordering::Relaxed);
            assert!(!self.panics, "wanted");
        }
    }

    #[test]
    fn listeners_hear_of_the_exit_before_the_number_is_free() {
        let [first, second] =
            [true, false].map(|panics| Arc::new(Listener { told: AtomicUsize::new(NONE), panics }));
        let weak = |listener: &Arc<Listener>| Arc::downgrade(listener) as Weak<dyn AtExit>;
        let number = thread::scope(|scope| {
            let number = scope.spawn(|| {
                assert!(at_exit(weak(&first)) && at_exit(weak(&second)));
                // Many that are gone, which are not kept.
                for _ in 0..1000 {
                    let gone = Arc::new(Listener { told: AtomicUsize::new(NONE), panics: true });
                    assert!(at_exit(weak(&gone)));
                }
                GUARD.with(|guard| assert!(guard.listeners.borrow().capacity() <= 16));
                get_or_assign().expect("not exiting")
            });
            number.join().expect("the listener's panic goes no further")
        });
        assert_eq!(first.told.load(Ordering::Relaxed), number);
        assert_eq!(second.told.load(Ordering::Relaxed), number);
    }
}
