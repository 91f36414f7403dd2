//! What a `ConcurrentMap` does with all its entries.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::{BuildHasher, Hash},
};

use super::{ConcurrentMap, ConcurrentMapStats, Iter};
use crate::raw::{Copies, Cursor, Note};

/// How often [`retain`](ConcurrentMap::retain) looks again at an entry that changes each time that it does.
const LOOKS_AGAIN: usize = 8;

impl<K: Hash + Eq, V, S: BuildHasher> ConcurrentMap<K, V, S> {
    /// How many entries there are.
    ///
    /// Takes no lock: adds up one number for each shard. Exact while nobody writes; otherwise each shard counts as it
    /// was at some moment of the call. May be called anywhere, also in closures that run under a lock.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([("a", 1), ("b", 2)]);
    /// map.remove("a");
    /// assert_eq!(map.len(), 1);
    /// ```
    #[inline]
    #[must_use]
    #[doc(alias = "Count")]
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there are no entries, as [`len`](Self::len) says.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries the tables have room for, if the keys spread evenly over them. Locks one shard after the
    /// other for reading.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    #[must_use]
    #[track_caller]
    pub fn capacity(&self) -> usize {
        self.store.capacity_and_memory().0
    }

    /// How large the map is. Locks one shard after the other for reading.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::with_capacity(100);
    /// map.insert(1, 2);
    /// let stats = map.stats();
    /// assert!(stats.entries == 1 && stats.capacity >= 100);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn stats(&self) -> ConcurrentMapStats {
        let (capacity, memory) = self.store.capacity_and_memory();
        ConcurrentMapStats { entries: self.len(), capacity, shards: self.store.shards(), memory }
    }

    /// Makes room for `additional` more entries, evenly over the shards.
    ///
    /// Locks one shard after the other for writing, and moves entries where a table grows. Keys spread by chance: a
    /// table here or there may have to grow once more.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and if the capacity exceeds the largest possible allocation (`isize::MAX` bytes).
    /// Shards that were done stay so.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::<u32, u32>::new();
    /// map.reserve(1000);
    /// assert!(map.capacity() >= 1000);
    /// ```
    #[track_caller]
    pub fn reserve(&self, additional: usize) {
        if additional > 0 {
            self.store.reserve(additional, self.rehash());
        }
    }

    /// Gives memory back that the entries do not need. The number of shards stays.
    ///
    /// Locks one shard after the other for writing, and moves entries where a table shrinks.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert).
    ///
    /// # Examples
    ///
    /// ```
    /// let map: flow_concurrent::ConcurrentMap<u32, u32> = (0..1000).map(|n| (n, n)).collect();
    /// map.retain(|key, _| *key < 10);
    /// let before = map.capacity();
    /// map.shrink_to_fit();
    /// assert!(map.capacity() < before && map.len() == 10);
    /// ```
    #[track_caller]
    pub fn shrink_to_fit(&self) {
        let mut cursor = Cursor::new();
        while let Some(mut shard) = self.store.write_next(&mut cursor) {
            shard.shrink(self.rehash());
        }
    }

    /// Takes all entries out, and keeps the memory of the tables.
    ///
    /// Locks one shard after the other for writing: each is emptied at once. What others insert meanwhile may stay.
    /// The entries of a shard are dropped after it is unlocked.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and if `Drop` of an entry does: then entries of other shards may be left, and the
    /// rest of that shard is leaked.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([(1, "a"), (2, "b")]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    #[track_caller]
    pub fn clear(&self) {
        let mut cursor = Cursor::new();
        loop {
            let mut here = cursor;
            let Some(mut shard) = self.store.write_next(&mut cursor) else { return };
            let Some(mut taken) = shard.clear() else { continue };
            drop(shard);
            taken.clear();
            let unused = self.store.write_next(&mut here).map(|mut shard| shard.put_back(taken));
            drop(unused);
        }
    }
}

impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher> ConcurrentMap<K, V, S> {
    /// Adds copies of what is in the next shard, and says whether there was one.
    #[track_caller]
    pub(super) fn copy_next(&self, cursor: &mut Cursor, copies: &mut Copies<K, V>) -> bool {
        let Some(shard) = self.store.read_next(cursor) else { return false };
        shard.copy_to(copies);
        true
    }

    /// Copies of all entries at one moment.
    #[track_caller]
    pub(super) fn entries_at_once(&self) -> Vec<(K, V)> {
        let mut copies = Copies::new();
        let shards = self.store.read_all();
        copies.entries.reserve_exact(shards.iter().map(|shard| shard.raw().len()).sum());
        shards.iter().for_each(|shard| shard.copy_to(&mut copies));
        drop(shards);
        copies.entries
    }

    /// Copies of all entries at one moment, as a map of its own: nothing in it is from before or after that moment.
    ///
    /// Locks all shards for reading at once while it copies, so that writers wait, and builds the map after
    /// unlocking. `Clone` of keys and values runs under these locks. [`items`](Self::items) is cheaper where each
    /// shard may be of another moment.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), and if `Clone` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([(1, "a"), (2, "b")]);
    /// let snapshot = map.snapshot();
    /// map.clear();
    /// assert_eq!(snapshot[&2], "b");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn snapshot(&self) -> HashMap<K, V, S>
    where
        S: Clone,
    {
        let entries = self.entries_at_once();
        let mut snapshot = HashMap::with_capacity_and_hasher(entries.len(), self.hasher().clone());
        snapshot.extend(entries);
        snapshot
    }

    /// Copies of all keys, in no particular order.
    ///
    /// Locks one shard after the other for reading. A key that is there all the time is returned exactly once.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), and if `Clone` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([("a", 1), ("b", 2)]);
    /// let mut keys = map.keys();
    /// keys.sort();
    /// assert_eq!(keys, ["a", "b"]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn keys(&self) -> Vec<K> {
        let mut keys = Vec::with_capacity(self.len());
        let mut cursor = Cursor::new();
        while let Some(shard) = self.store.read_next(&mut cursor) {
            keys.extend(shard.entries().map(|(key, _)| key.clone()));
        }
        keys
    }

    /// Copies of all values, in no particular order. As [`keys`](Self::keys).
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), and if `Clone` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.values().iter().sum::<i32>(), 3);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn values(&self) -> Vec<V> {
        let mut values = Vec::with_capacity(self.len());
        let mut cursor = Cursor::new();
        while let Some(shard) = self.store.read_next(&mut cursor) {
            values.extend(shard.entries().map(|(_, value)| value.clone()));
        }
        values
    }

    /// Copies of all entries, in no particular order. As [`keys`](Self::keys).
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), and if `Clone` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([(1, "a")]);
    /// assert_eq!(map.items(), [(1, "a")]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn items(&self) -> Vec<(K, V)> {
        let mut copies = Copies::new();
        copies.entries.reserve(self.len());
        let mut cursor = Cursor::new();
        while self.copy_next(&mut cursor, &mut copies) {}
        copies.entries
    }

    /// Calls `access` with each entry, under the lock of its shard for reading: [`with`](Self::with) for all of them.
    ///
    /// Copies nothing, which [`for_each`](Self::for_each) must. Writers of a shard wait meanwhile, one shard after the
    /// other; what is inserted into or removed from the others meanwhile may or may not be seen. `access` may read any
    /// map, and panics if it writes to one.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), and if `access` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([("a", 1), ("b", 2)]);
    /// let mut sum = 0;
    /// map.scan(|_, value| sum += value);
    /// assert_eq!(sum, 3);
    /// ```
    #[track_caller]
    pub fn scan(&self, mut access: impl FnMut(&K, &V)) {
        let mut cursor = Cursor::new();
        while let Some(shard) = self.store.read_next(&mut cursor) {
            shard.entries().for_each(|(key, value)| access(key, value));
        }
    }

    /// Calls `visit` with a copy of each entry, in no particular order.
    ///
    /// Copies one shard after the other under its lock for reading, and calls with no lock held: `visit` may use any
    /// map in any way, this one too. A key that is there all the time is visited exactly once.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), and if `Clone` or `visit` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([(1, 10), (2, 20)]);
    /// map.for_each(|key, value| {
    ///     map.insert(*key, value + 1);
    /// });
    /// assert_eq!(map.get(&2), Some(21));
    /// ```
    #[track_caller]
    #[doc(alias = "Range")]
    pub fn for_each(&self, mut visit: impl FnMut(&K, &V)) {
        let mut copies = Copies::new();
        let mut cursor = Cursor::new();
        while self.copy_next(&mut cursor, &mut copies) {
            for (key, value) in copies.entries.drain(..) {
                visit(&key, &value);
            }
        }
    }

    /// An iterator over copies of the entries, in no particular order.
    ///
    /// Copies one shard at a time under its lock for reading, and holds no lock between two steps: the loop may use
    /// any map in any way. A key that is there all the time is yielded exactly once.
    ///
    /// # Panics
    ///
    /// `next` panics as [`get`](Self::get) does, and if `Clone` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([(1, 10), (2, 20)]);
    /// assert_eq!(map.iter().map(|(_, value)| value).sum::<i32>(), 30);
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V, S> {
        Iter::new(self)
    }

    /// Takes out what `keep` rejects.
    ///
    /// `keep` is called with copies and with no lock held: it may use any map in any way. It is called for every
    /// entry that is there all the time, and nothing is taken out that it did not see: an entry that somebody writes to, or
    /// tries to, while `keep` looks at its copy is shown to it again, a few times. One that is written to each time stays,
    /// like one that is inserted meanwhile; so does one whose shard sees more than 64 writes each time. So this always ends.
    ///
    /// Copies one shard after the other under its lock for reading, then locks it for writing if something was
    /// rejected. The removed entries are dropped after unlocking. The first call allocates some 500 bytes for each
    /// shard, where writers say what they write to while somebody is in here.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and if `Clone` or `keep` does: then some of what was rejected is taken out, and
    /// nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([(1, "a"), (2, "b")]);
    /// map.retain(|key, _| key % 2 == 0);
    /// assert_eq!(map.items(), [(2, "b")]);
    /// ```
    #[track_caller]
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) {
        let _watch = self.store.watch();
        let mut cursor = Cursor::new();
        loop {
            let mut copies = Copies::new();
            let Some(shard) = self.store.read_next(&mut cursor) else { return };
            shard.copy_to(&mut copies);
            let note = shard.note();
            drop(shard);

            let mut entries = copies.entries;
            entries.retain(|(key, value)| !keep(key, value));
            if entries.is_empty() {
                continue;
            }
            let rejected = entries.into_iter().map(|(key, _)| (self.hash(&key), key)).collect();
            for (hash, key) in self.remove_unchanged(&note, rejected) {
                self.ask_again(hash, key, &mut keep);
            }
        }
    }

    /// Takes out those that nobody wrote to since the shard was noted, and returns the others.
    #[track_caller]
    fn remove_unchanged(&self, note: &Note<'_, K, V>, rejected: Vec<(u64, K)>) -> Vec<(u64, K)> {
        // Declared before the lock: dropped after it, whatever panics.
        let mut removed = Vec::with_capacity(rejected.len());
        let (same, changed);
        let Some(mut shard) = self.store.write_noted(note) else { return rejected };
        [same, changed] = note.split(rejected);
        for (hash, key) in &same {
            removed.extend(shard.remove_if(*hash, key.borrow(), |_, _| true));
        }
        changed
    }

    /// Shows the entry at `key` to `keep` once more, as somebody wrote to it while `keep` looked at it.
    #[track_caller]
    fn ask_again(&self, hash: u64, key: K, keep: &mut impl FnMut(&K, &V) -> bool) {
        let mut rejected = vec![(hash, key)];
        for _ in 0..LOOKS_AGAIN {
            let mut copies = Copies::new();
            let Some((hash, key)) = rejected.first() else { return };
            let shard = self.store.read(*hash);
            let Some(entry) = shard.get(*hash, key) else { return };
            copies.push(entry);
            let note = shard.note();
            drop(shard);
            if copies.entries.iter().all(|(key, value)| keep(key, value)) {
                return;
            }
            rejected = self.remove_unchanged(&note, rejected);
        }
    }
}
