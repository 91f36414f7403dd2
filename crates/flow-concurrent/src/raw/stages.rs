//! The two stages of a map: few shards at first, many once it is large or busy.
//!
//! The protocol, which is the same whatever the locks are:
//!
//! - An operation works in `second` if that is there. Otherwise it locks its shard in `first` and looks again, with
//!   the lock held: when `second` has come meanwhile, the shard is empty for ever, and the operation starts over
//!   there.
//! - Who moves the entries has all shards of `first` for itself, from before it takes the first entry until after
//!   `second` is published. It gets them by trying, never by waiting, and leaves it to somebody else when it fails.
//!
//! So whoever holds a lock of `first` and saw no `second` sees the entries where they are, until it unlocks. A map
//! that starts with its final number of shards has no `first`.
//!
//! A shard of `first` becomes adjacent shards of `second`: both are numbered by the same leading bits of a hash. So a
//! walk over all shards that the move overtakes goes on where it is.

use std::ptr;

use crate::sync::{AtomicUsize, OnceLock, Ordering};

/// So many times a lock was not free before the map gets more of them.
pub(crate) const CONTENDED: usize = 64;

/// One number of shards, each with a lock.
pub(crate) trait Stage {
    /// A shard that others may read meanwhile.
    type Read<'a>
    where
        Self: 'a;
    /// A shard that nobody else sees.
    type Write<'a>
    where
        Self: 'a;

    /// How many shards there are: a power of two.
    fn shards(&self) -> usize;

    /// Which shard entries with this hash are in, by the leading bits.
    fn shard_of(&self, hash: u64) -> usize;

    fn read(&self, shard: usize) -> Self::Read<'_>;

    fn write(&self, shard: usize) -> Self::Write<'_>;

    fn try_write(&self, shard: usize) -> Option<Self::Write<'_>>;
}

/// How far a walk over all shards is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    next: usize,
    /// The number of shards of which `next` is the next.
    of: usize,
}

impl Cursor {
    /// The number of shards, as of the last step.
    pub(crate) fn shards(&self) -> usize {
        self.of
    }

    pub(crate) fn new() -> Self {
        Self { next: 0, of: 1 }
    }
}

pub(crate) struct Stages<T> {
    second: OnceLock<T>,
    /// How many threads want to hear of changes: see [`Store::watch`](super::Store::watch). Beside `second`, which
    /// every operation reads, since it is about as rarely written.
    pub(crate) watchers: AtomicUsize,
    first: Option<T>,
    /// How often a lock of `first` was not free, more or less.
    contended: AtomicUsize,
}

impl<T: Stage> Stages<T> {
    /// Begins with `first`, which is to be replaced.
    pub(crate) fn small(first: T) -> Self {
        Self {
            second: OnceLock::new(),
            watchers: AtomicUsize::new(0),
            first: Some(first),
            contended: AtomicUsize::new(0),
        }
    }

    /// Begins with `second`, which stays.
    pub(crate) fn wide(second: T) -> Self {
        let stages = Self {
            second: OnceLock::new(),
            watchers: AtomicUsize::new(0),
            first: None,
            contended: AtomicUsize::new(0),
        };
        stages.publish(second);
        stages
    }

    fn publish(&self, second: T) {
        if self.second.set(second).is_err() {
            unreachable!("published once");
        }
    }

    fn first(&self) -> &T {
        match &self.first {
            Some(first) => first,
            None => unreachable!("without a second stage there is a first"),
        }
    }

    /// The current stage. It stays current only while the caller holds a lock of it.
    #[inline]
    pub(crate) fn current(&self) -> &T {
        match self.second.get() {
            Some(second) => second,
            None => self.first(),
        }
    }

    pub(crate) fn into_current(self) -> T {
        match (self.second.into_inner(), self.first) {
            (Some(last), _) | (None, Some(last)) => last,
            (None, None) => unreachable!("without a second stage there is a first"),
        }
    }

    /// Whether there was never a first stage.
    pub(crate) fn is_fixed(&self) -> bool {
        self.first.is_none()
    }

    /// Whether `stage` is current. The answer holds for as long as a lock of `stage` is held.
    fn is_current(&self, stage: &T) -> bool {
        ptr::eq(stage, self.current())
    }

    /// Shares the shard of `hash`.
    #[inline]
    pub(crate) fn read(&self, hash: u64) -> T::Read<'_> {
        match self.second.get() {
            Some(second) => second.read(second.shard_of(hash)),
            None => self.read_first(hash),
        }
    }

    #[inline(never)]
    fn read_first(&self, hash: u64) -> T::Read<'_> {
        let first = self.first();
        let guard = first.read(first.shard_of(hash));
        let Some(second) = self.second.get() else { return guard };
        drop(guard);
        second.read(second.shard_of(hash))
    }

    /// Has the shard of `hash` for the caller alone. Calls `prepare` first, with no lock, if this is the first stage.
    #[inline]
    pub(crate) fn write(&self, hash: u64, prepare: impl FnOnce(&Self)) -> T::Write<'_> {
        match self.second.get() {
            Some(second) => second.write(second.shard_of(hash)),
            None => self.write_first(hash, prepare),
        }
    }

    #[inline(never)]
    fn write_first(&self, hash: u64, prepare: impl FnOnce(&Self)) -> T::Write<'_> {
        prepare(self);
        let first = self.first();
        let shard = first.shard_of(hash);
        let guard = first.try_write(shard).unwrap_or_else(|| {
            // Relaxed: a hint.
            self.contended.fetch_add(1, Ordering::Relaxed);
            first.write(shard)
        });
        let Some(second) = self.second.get() else { return guard };
        // Nobody waits for a lock while it has another one for itself.
        drop(guard);
        second.write(second.shard_of(hash))
    }

    /// Shares the next shard of a walk, or says that it is over.
    pub(crate) fn read_next(&self, cursor: &mut Cursor) -> Option<T::Read<'_>> {
        self.lock_next(cursor, T::read)
    }

    /// Has the next shard of a walk for the caller alone, or says that it is over.
    pub(crate) fn write_next(&self, cursor: &mut Cursor) -> Option<T::Write<'_>> {
        self.lock_next(cursor, T::write)
    }

    fn lock_next<'a, G>(&'a self, cursor: &mut Cursor, lock: impl Fn(&'a T, usize) -> G) -> Option<G> {
        loop {
            let stage = self.current();
            let shards = stage.shards();
            let shard = cursor.next * (shards / cursor.of);
            if shard == shards {
                return None;
            }
            let guard = lock(stage, shard);
            if self.is_current(stage) {
                *cursor = Cursor { next: shard + 1, of: shards };
                return Some(guard);
            }
        }
    }

    /// Has `shard` of `stage` for the caller alone, unless that stage is over.
    pub(crate) fn write_in<'a>(&'a self, stage: &'a T, shard: usize) -> Option<T::Write<'a>> {
        if !self.is_current(stage) {
            return None;
        }
        let guard = stage.write(shard);
        self.is_current(stage).then_some(guard)
    }

    /// Shares all shards at once.
    pub(crate) fn read_all(&self) -> Vec<T::Read<'_>> {
        loop {
            let stage = self.current();
            let guards: Vec<_> = (0..stage.shards()).map(|shard| stage.read(shard)).collect();
            if self.is_current(stage) {
                return guards;
            }
        }
    }

    /// The first stage, if there is no other yet, and whether its locks were often found taken.
    pub(crate) fn first_stage(&self) -> Option<(&T, bool)> {
        match self.second.get() {
            Some(_) => None,
            // Relaxed: a hint.
            None => Some((self.first(), self.contended.load(Ordering::Relaxed) >= CONTENDED)),
        }
    }

    #[cfg(test)]
    pub(crate) fn contentions(&self) -> usize {
        self.contended.load(Ordering::Relaxed)
    }

    /// Ends the first stage: `make` moves all entries to what becomes the second. Does nothing if a shard is in use,
    /// or if the first stage is over already.
    ///
    /// When `make` panics, it must leave the entries where they were.
    pub(crate) fn advance<'a>(&'a self, make: impl FnOnce(&mut [T::Write<'a>]) -> T) {
        let Some((first, _)) = self.first_stage() else { return };
        // If it does not work out now, then not at once again.
        self.contended.store(CONTENDED / 2, Ordering::Relaxed);
        let guards: Option<Vec<_>> = (0..first.shards()).map(|shard| first.try_write(shard)).collect();
        let Some(mut guards) = guards else { return };
        if self.second.get().is_none() {
            self.publish(make(&mut guards));
        }
    }
}
