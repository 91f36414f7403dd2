//! A small number for each thread, to choose a place of its own in an array: a lane of an arena, a counter of a pool.
//!
//! Numbers are dense: a thread gets the smallest that no living thread has, and gives it back when it exits. What a
//! thread wrote at its place happens before what the next thread with the same number reads there, because the number
//! goes from one to the other through a lock.
//!
//! A thread gives its number back in the destructor of a thread-local. Destructors of other thread-locals may run after
//! that, and use an arena or a pool: for them the thread has no number, and gets none.
//!
//! (The `thread_local` crate keeps such numbers too, but shows them to nobody, and panics in those destructors. See
//! `docs/decisions/0002-threads-have-numbers.md`.)

use std::{cell::Cell, cmp::Reverse, collections::BinaryHeap};

use crate::{
    raw::lane_cache,
    sync::of_process::{Mutex, PoisonError},
};

/// What [`current`] says for a thread without a number.
const NONE: usize = usize::MAX;

thread_local! {
    /// No destructor: access is one load, at any time in the thread's life.
    static INDEX: Cell<usize> = const { Cell::new(NONE) };
    static GUARD: Guard = const { Guard };
}

/// Gives the number back when the thread exits.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        // Whatever was remembered is at the place of this number.
        lane_cache::forget();
        let index = INDEX.replace(NONE);
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
#[inline]
pub(crate) fn current() -> usize {
    INDEX.get()
}

/// The number of this thread, which gets one if it has none. `None` once the thread is so far in exiting that it could
/// not give it back: inside the destructor of a thread-local.
pub(crate) fn get_or_assign() -> Option<usize> {
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

#[cfg(all(test, not(flow_loom)))]
mod tests {
    use std::{collections::HashSet, sync::Barrier, thread};

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
}
