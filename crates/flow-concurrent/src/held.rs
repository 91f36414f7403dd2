//! Which locks this thread holds while code of a user runs, so that what would hang panics instead.
//!
//! The rules, from which it follows that no operation of this crate can wait forever for another:
//!
//! 1. A thread that has a shard of a [`ConcurrentMap`](crate::ConcurrentMap) for itself waits for nothing: every
//!    operation on any map that needs a lock panics.
//! 2. A thread that shares a shard with other readers waits at most for threads as in 1, which go on: it may read any
//!    map, since dashmap's lock lets readers in past waiting writers; a write panics.
//! 3. A thread that writes to a [`ReadMap`](crate::ReadMap) may use any `ConcurrentMap`, so that it waits at most for
//!    threads as in 1 and 2, and may read any `ReadMap`, which takes no lock; another write to a `ReadMap` panics.
//!
//! So whoever holds something waits only for those below: 3 for 2 and 1, 2 for 1, 1 for nobody. There is no circle.
//! Nobody ever waits for a lock of a shard while it has another shard for itself, not even of the same map.

use std::cell::Cell;

use crate::sync::thread_cells;

thread_cells! {
    /// How many shards this thread shares; [`EXCLUSIVE`] when it has one for itself.
    static SHARDS: u32 = 0;
    /// Whether this thread writes to a `ReadMap`.
    static PUBLISHING: bool = false;
}

const EXCLUSIVE: u32 = u32::MAX;

/// This thread shares a shard. Ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Shared(());

impl Shared {
    /// Call it before the lock is taken.
    ///
    /// # Panics
    ///
    /// Panics where the lock could make the thread wait for itself.
    #[inline]
    #[track_caller]
    pub(crate) fn check() {
        // More readers of one thread than that do not fit its stack, but a wrong count would be a hang.
        if SHARDS.with(Cell::get) >= EXCLUSIVE - 1 {
            refuse("used", "`ConcurrentMap`");
        }
    }

    /// Call it when the lock is taken, after a [`check`](Self::check), and let it end before the lock is given back:
    /// then nothing is left of it where no code of a user runs meanwhile.
    #[inline]
    pub(crate) fn enter() -> Self {
        SHARDS.with(|cell| cell.set(cell.get() + 1));
        Self(())
    }
}

impl Drop for Shared {
    #[inline]
    fn drop(&mut self) {
        SHARDS.with(|cell| cell.set(cell.get() - 1));
    }
}

/// This thread has a shard for itself. Ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Exclusive {
    /// What it had before.
    before: u32,
}

impl Exclusive {
    /// Call it before the lock is taken.
    ///
    /// # Panics
    ///
    /// Panics where the lock could make the thread wait for itself.
    #[inline]
    #[track_caller]
    pub(crate) fn check() {
        if SHARDS.with(Cell::get) != 0 {
            refuse("written to", "`ConcurrentMap`");
        }
    }

    /// Call it when the lock is taken, after a [`check`](Self::check), and let it end before the lock is given back.
    /// Without a check only for a map that no other thread has, so that nobody waits for it, whatever else this
    /// thread holds.
    #[inline]
    pub(crate) fn enter() -> Self {
        Self { before: SHARDS.with(|cell| cell.replace(EXCLUSIVE)) }
    }
}

impl Drop for Exclusive {
    #[inline]
    fn drop(&mut self) {
        SHARDS.with(|cell| cell.set(self.before));
    }
}

/// Whether this thread has a shard for itself, so that any operation that needs one would panic.
pub(crate) fn exclusively() -> bool {
    SHARDS.with(Cell::get) == EXCLUSIVE
}

/// This thread writes to a `ReadMap`, or is about to. Ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Publishing(());

impl Publishing {
    /// Call it before the lock is taken.
    ///
    /// # Panics
    ///
    /// Panics where the lock could make the thread wait for itself.
    #[inline]
    #[track_caller]
    pub(crate) fn enter() -> Self {
        if SHARDS.with(Cell::get) != 0 || PUBLISHING.with(Cell::get) {
            refuse("written to", "`ReadMap`");
        }
        PUBLISHING.with(|cell| cell.set(true));
        Self(())
    }
}

impl Drop for Publishing {
    #[inline]
    fn drop(&mut self) {
        PUBLISHING.with(|cell| cell.set(false));
    }
}

/// Says why, and what to do.
#[cold]
#[inline(never)]
#[track_caller]
fn refuse(what: &str, which: &str) -> ! {
    let (inside, advice) = match SHARDS.with(Cell::get) {
        0 => (
            "a write to a `ReadMap` (a closure of `update`, or `Clone`, `Hash` or `Eq` of an entry)",
            "in `update`, use the transaction; for another map, do it before or after",
        ),
        EXCLUSIVE => (
            "code that runs while it has a part of a `ConcurrentMap` locked for writing (a closure of `update`, `upsert` or \
             `remove_if`, `Clone` or `PartialEq` in `compare_exchange` or `set`, or `Hash` or `Eq` of a key)",
            "return what is needed from there and go on after it",
        ),
        _ => (
            "code that runs while it has a part of a `ConcurrentMap` locked for reading (a closure of `with` or `scan`, or \
             `Clone` or `Eq` of an entry)",
            "return what is needed from there and write after it; `for_each` and `iter` hold no lock",
        ),
    };
    panic!("a {which} was {what} by {inside}, which could wait for itself forever: {advice}");
}
