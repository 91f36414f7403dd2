//! The storage of a map: both stages, with the rules of [`held`] for every lock that is taken.

use std::{
    hash::Hash,
    ops::{Deref, DerefMut},
};

use super::{
    shards::{Note, Read, Shards, Write, share},
    stages::{Cursor, Stage, Stages},
    table::{IntoEntries, bytes},
};
use crate::{
    held,
    sync::{
        AtomicUsize, Ordering,
        of_process::{OnceLock, available_parallelism},
    },
};

/// The number of shards that a map begins with.
const FEW: usize = 4;

/// The most shards that a map can be asked to have.
const MOST: usize = 1 << 16;

/// The number of shards of a large map: many times as many as threads that could be in them, so that two rarely meet.
fn many() -> usize {
    static MANY: OnceLock<usize> = OnceLock::new();
    *MANY.get_or_init(|| {
        let threads = available_parallelism().map_or(1, usize::from);
        threads.saturating_mul(32).min(1024).next_power_of_two().max(64)
    })
}

/// So many entries are a large map. Fewer are not worth the memory of so many shards.
fn large() -> usize {
    4 * many()
}

/// A lock, and the note that this thread holds it, which the lock outlives.
pub(crate) struct Guarded<G, H> {
    _held: H,
    guard: G,
}

impl<G, H> Deref for Guarded<G, H> {
    type Target = G;

    #[inline]
    fn deref(&self) -> &G {
        &self.guard
    }
}

impl<G, H> DerefMut for Guarded<G, H> {
    #[inline]
    fn deref_mut(&mut self) -> &mut G {
        &mut self.guard
    }
}

pub(crate) type Reading<'a, K, V> = Guarded<Read<'a, K, V>, held::Shared>;
pub(crate) type Writing<'a, K, V> = Guarded<Write<'a, K, V>, held::Exclusive>;
pub(crate) type ReadingAll<'a, K, V> = Guarded<Vec<Read<'a, K, V>>, held::Shared>;

/// Somebody wants to hear of changes until this is dropped.
pub(crate) struct Watch<'a>(&'a AtomicUsize);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        // Relaxed: a writer that still sees it counts in vain.
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(crate) struct Store<K, V> {
    stages: Stages<Shards<K, V>>,
}

impl<K: Hash + Eq, V> Store<K, V> {
    /// Room for `capacity` entries, in a fixed number of shards if one is given.
    pub(crate) fn new(capacity: usize, shards: Option<usize>) -> Self {
        let stages = match shards {
            Some(shards) => {
                let shards = shards.clamp(2, MOST).next_power_of_two();
                Stages::wide(Shards::new(shards, capacity))
            }
            None if capacity > large() => Stages::wide(Shards::new(many(), capacity)),
            None => Stages::small(Shards::new(FEW, capacity)),
        };
        Self { stages }
    }

    /// Shares the shard of `hash`.
    #[inline]
    #[track_caller]
    pub(crate) fn read(&self, hash: u64) -> Reading<'_, K, V> {
        held::Shared::check();
        let guard = self.stages.read(hash);
        Guarded { _held: held::Shared::enter(), guard }
    }

    /// Has the shard of `hash` for the caller alone. `rehash` is for the move to the second stage.
    ///
    /// # Panics
    ///
    /// Panics if `rehash` does. Then nothing has changed.
    #[inline]
    #[track_caller]
    pub(crate) fn write(&self, hash: u64, rehash: impl Fn(&K) -> u64) -> Writing<'_, K, V> {
        held::Exclusive::check();
        self.write_unchecked(hash, rehash)
    }

    /// [`write`](Self::write) for a map that no other thread has: never panics but as `rehash`.
    pub(crate) fn write_unshared(&mut self, hash: u64, rehash: impl Fn(&K) -> u64) -> Writing<'_, K, V> {
        self.write_unchecked(hash, rehash)
    }

    #[inline]
    fn write_unchecked(&self, hash: u64, rehash: impl Fn(&K) -> u64) -> Writing<'_, K, V> {
        let guard = self.stages.write(hash, move |stages| {
            if let Some((first, contended)) = stages.first_stage()
                && (contended || first.len() > large())
            {
                widen(stages, rehash);
            }
        });
        Guarded { _held: held::Exclusive::enter(), guard: Write::new(guard, &self.stages.watchers) }
    }

    /// Shares the next shard of a walk over all of them.
    #[track_caller]
    pub(crate) fn read_next(&self, cursor: &mut Cursor) -> Option<Reading<'_, K, V>> {
        held::Shared::check();
        let guard = self.stages.read_next(cursor)?;
        Some(Guarded { _held: held::Shared::enter(), guard })
    }

    /// Has the next shard of a walk over all of them for the caller alone.
    #[track_caller]
    pub(crate) fn write_next(&self, cursor: &mut Cursor) -> Option<Writing<'_, K, V>> {
        held::Exclusive::check();
        let guard = self.stages.write_next(cursor)?;
        Some(Guarded { _held: held::Exclusive::enter(), guard: Write::new(guard, &self.stages.watchers) })
    }

    /// Has the shard of `note` for the caller alone, unless its stage is over.
    #[track_caller]
    pub(crate) fn write_noted<'a>(&'a self, note: &Note<'a, K, V>) -> Option<Writing<'a, K, V>> {
        held::Exclusive::check();
        let guard = self.stages.write_in(note.shards, note.shard)?;
        Some(Guarded { _held: held::Exclusive::enter(), guard: Write::new(guard, &self.stages.watchers) })
    }

    /// Shares all shards at once.
    #[track_caller]
    pub(crate) fn read_all(&self) -> ReadingAll<'_, K, V> {
        held::Shared::check();
        let guard = self.stages.read_all();
        Guarded { _held: held::Shared::enter(), guard }
    }

    /// From now on, changes are kept where there is a [`Note`].
    pub(crate) fn watch(&self) -> Watch<'_> {
        // Relaxed: a writer sees it through the lock of the shard, which the caller takes after this.
        self.stages.watchers.fetch_add(1, Ordering::Relaxed);
        Watch(&self.stages.watchers)
    }

    pub(crate) fn len(&self) -> usize {
        self.stages.current().len()
    }

    pub(crate) fn shards(&self) -> usize {
        self.stages.current().shards()
    }

    /// The number of shards, if it does not change.
    pub(crate) fn fixed(&self) -> Option<usize> {
        self.stages.is_fixed().then(|| self.shards())
    }

    /// Makes room for `additional` more entries, spread evenly.
    ///
    /// # Panics
    ///
    /// Panics if `rehash` does, or if no address space could hold so many.
    #[track_caller]
    pub(crate) fn reserve(&self, additional: usize, rehash: impl Fn(&K) -> u64 + Copy) {
        if self.len().saturating_add(additional) > large() {
            held::Exclusive::check();
            widen(&self.stages, rehash);
        }
        let mut cursor = Cursor::new();
        while let Some(mut shard) = self.write_next(&mut cursor) {
            shard.reserve(share::<K, V>(additional, cursor.shards()), rehash);
        }
    }

    /// The room of all tables, in entries, and the memory of all that there is, in bytes.
    #[track_caller]
    pub(crate) fn capacity_and_memory(&self) -> (usize, usize) {
        let mut total = (0, self.stages.current().bytes());
        let mut cursor = Cursor::new();
        while let Some(shard) = self.read_next(&mut cursor) {
            total.0 += shard.raw().capacity();
            total.1 += bytes(shard.raw());
        }
        total
    }

    pub(crate) fn into_entries(self) -> IntoEntries<K, V> {
        IntoEntries::new(self.stages.into_current().into_tables())
    }
}

#[cold]
#[inline(never)]
fn widen<K: Hash + Eq, V>(stages: &Stages<Shards<K, V>>, rehash: impl Fn(&K) -> u64) {
    stages.advance(|old| {
        let _held = held::Exclusive::enter();
        Shards::from_old(many(), old, rehash)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes that go to all shards.
    fn hash(key: &u64) -> u64 {
        key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn insert(store: &Store<u64, u64>, key: u64) {
        let mut shard = store.write(hash(&key), hash);
        shard.make_room(hash);
        shard.put(hash(&key), key, key);
    }

    fn filled(keys: u64) -> Store<u64, u64> {
        let store = Store::new(0, None);
        (0..keys).for_each(|key| insert(&store, key));
        store
    }

    fn is_whole(store: &Store<u64, u64>, keys: u64) {
        assert_eq!(store.len() as u64, keys);
        assert!((0..keys).all(|key| store.read(hash(&key)).get(hash(&key), &key).is_some()));
        let all = store.read_all();
        assert_eq!(all.iter().map(|shard| shard.entries().count() as u64).sum::<u64>(), keys);
    }

    #[test]
    fn moves_once_it_is_large() {
        let large = large() as u64;
        let store = filled(large + 1);
        assert_eq!(store.shards(), FEW);
        is_whole(&store, large + 1);
        insert(&store, large + 1);
        assert_eq!(store.shards(), many());
        is_whole(&store, large + 2);
        assert!(store.fixed().is_none());
        assert_eq!(store.into_entries().len() as u64, large + 2);
    }

    #[test]
    fn does_not_wait_to_move() {
        let store = filled(large() as u64 + 1);
        let read = store.stages.read(0);
        // A writer of another shard, which cannot move the map now.
        let first = store.stages.current();
        let mut keys = large() as u64 + 1..;
        let key = keys.find(|key| first.shard_of(hash(key)) != 0).expect("keys spread");
        std::thread::scope(|scope| {
            scope.spawn(|| insert(&store, key));
        });
        assert_eq!(store.shards(), FEW);
        drop(read);
        insert(&store, key + 1);
        assert_eq!(store.shards(), many());
        assert_eq!(store.len(), large() + 3);
    }

    #[test]
    fn moves_when_it_is_busy() {
        use crate::raw::stages::CONTENDED;

        let store = filled(10);
        for _ in 0..CONTENDED {
            assert_eq!(store.shards(), FEW);
            // The other one finds the lock taken, says so, and waits.
            let before = store.stages.contentions();
            let guard = store.write(hash(&0), hash);
            std::thread::scope(|scope| {
                scope.spawn(|| drop(store.write(hash(&0), hash)));
                while store.stages.contentions() == before {
                    std::thread::yield_now();
                }
                drop(guard);
            });
        }
        drop(store.write(hash(&0), hash));
        assert_eq!(store.shards(), many());
        is_whole(&store, 10);
    }

    #[test]
    fn a_hash_that_panics_while_it_moves() {
        let keys = large() as u64 + 1;
        let store = filled(keys);
        for fuse in [0, 1, keys / 2, keys - 1] {
            let hash_or_panic = |key: &u64| {
                assert!(*key != fuse, "fuse");
                hash(key)
            };
            let write = || drop(store.write(hash(&7), hash_or_panic));
            assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(write)).is_err());
            assert_eq!(store.shards(), FEW);
            is_whole(&store, keys);
        }
    }

    #[test]
    fn watched_shards_tell_of_changes() {
        let store = filled(10);
        let note = |key| store.read(hash(key)).note();
        let is_same = |note: &Note<'_, u64, u64>, key: u64| {
            let shard = store.write_noted(note).expect("the stage is not over");
            let [same, changed] = note.split(vec![(hash(&key), key)]);
            drop(shard);
            assert_eq!(same.len() + changed.len(), 1);
            !same.is_empty()
        };
        let change =
            |key: u64| store.write(hash(&key), hash).get_mut(hash(&key), &key).map(|value| *value += 1);

        let watch = store.watch();
        let before = note(&3);
        drop(store.write(hash(&3), hash));
        assert!(change(100).is_none());
        assert!(is_same(&before, 3) && is_same(&before, 100));
        // Gone and come back.
        assert!(store.write(hash(&3), hash).remove_if(hash(&3), &3, |_, _| true).is_some());
        insert(&store, 3);
        assert!(!is_same(&before, 3));
        let between = note(&3);
        assert!(is_same(&between, 3));
        assert!(change(3).is_some());
        assert!(!is_same(&between, 3));
        // After more changes than are kept, anything may have changed.
        let between = note(&3);
        for _ in 0..64 {
            assert!(change(3).is_some());
        }
        assert!(!is_same(&between, 3) && is_same(&between, 100));
        assert!(change(3).is_some());
        assert!(!is_same(&between, 100));
        // Another entry of the same shard is another matter.
        let neighbour = (0..10).find(|key| *key != 3 && first_shard(&store, *key) == first_shard(&store, 3));
        if let Some(neighbour) = neighbour {
            let before = note(&3);
            assert!(change(neighbour).is_some());
            assert!(is_same(&before, 3) && !is_same(&before, neighbour));
        }
        let before = note(&3);
        store.reserve(large(), hash);
        assert_eq!(store.shards(), many());
        assert!(store.write_noted(&before).is_none());
        drop(watch);
        // Nobody watches.
        let before = note(&3);
        assert!(change(3).is_some());
        assert!(is_same(&before, 3));
    }

    fn first_shard(store: &Store<u64, u64>, key: u64) -> usize {
        store.stages.current().shard_of(hash(&key))
    }

    #[test]
    fn counts_are_right_after_a_panic() {
        let store = filled(10);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut shard = store.write(hash(&50), hash);
            shard.make_room(hash);
            shard.put(hash(&50), 50, 50);
            panic!("under the lock");
        }));
        assert!(result.is_err());
        assert_eq!(store.len(), 11);
        insert(&store, 51);
        assert_eq!(store.len(), 12);
    }
}
