//! The traits of a `ConcurrentMap` that every collection has.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, Hash},
    panic::{RefUnwindSafe, UnwindSafe},
};

use super::ConcurrentMap;
use crate::{DefaultHashBuilder, held, map::implement_map, raw::Store};

/// A panic leaves the map whole: see [its documentation](ConcurrentMap#panics).
impl<K: RefUnwindSafe, V: UnwindSafe + RefUnwindSafe, S: RefUnwindSafe> RefUnwindSafe
    for ConcurrentMap<K, V, S>
{
}

impl<K: Hash + Eq, V, S: BuildHasher + Default> Default for ConcurrentMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: Hash + Eq, V, S: BuildHasher + Default> FromIterator<(K, V)> for ConcurrentMap<K, V, S> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut map = Self::with_capacity_and_hasher(entries.size_hint().0, S::default());
        entries.for_each(|(key, value)| map.insert_unshared(key, value));
        map
    }
}

impl<K: Hash + Eq, V, const N: usize> From<[(K, V); N]> for ConcurrentMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: Hash + Eq, V, S1: BuildHasher + Default, S2> From<HashMap<K, V, S2>> for ConcurrentMap<K, V, S1> {
    fn from(map: HashMap<K, V, S2>) -> Self {
        map.into_iter().collect()
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> Extend<(K, V)> for ConcurrentMap<K, V, S> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        (&*self).extend(entries);
    }
}

/// Inserts one entry after the other: others see them come.
impl<K: Hash + Eq, V, S: BuildHasher> Extend<(K, V)> for &ConcurrentMap<K, V, S> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        let entries = entries.into_iter();
        let expected = entries.size_hint().0;
        // Where there are entries already, some of the new ones may have their keys. Few are not worth a lock of each
        // shard.
        let expected = if self.is_empty() { expected } else { expected.div_ceil(2) };
        if expected / 8 > self.store.shards() {
            self.reserve(expected);
        }
        for (key, value) in entries {
            drop(self.insert(key, value));
        }
    }
}

/// Copies of the entries at one moment, in a map that is independent.
impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher + Clone> Clone for ConcurrentMap<K, V, S> {
    #[track_caller]
    fn clone(&self) -> Self {
        let entries = self.entries_at_once();
        let mut map =
            Self { store: Store::new(entries.len(), self.store.fixed()), hasher: self.hasher.clone() };
        for (key, value) in entries {
            map.insert_unshared(key, value);
        }
        map
    }
}

/// Whether the entries of both maps are the same: those of each map at one moment, but each map at another.
impl<K: Hash + Eq + Clone, V: PartialEq + Clone, S: BuildHasher> PartialEq for ConcurrentMap<K, V, S> {
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        let (left, right) = (self.entries_at_once(), other.entries_at_once());
        if left.len() != right.len() {
            return false;
        }
        let right: HashMap<_, _, DefaultHashBuilder> = right.into_iter().collect();
        left.iter().all(|(key, value)| right.get(key).is_some_and(|other| other == value))
    }
}

impl<K: Hash + Eq + Clone, V: Eq + Clone, S: BuildHasher> Eq for ConcurrentMap<K, V, S> {}

/// The entries at one moment.
///
/// Within a closure of [`update`](ConcurrentMap::update) and the like, where the map cannot be read, `<locked>`.
impl<K, V, S> fmt::Debug for ConcurrentMap<K, V, S>
where
    K: Hash + Eq + Clone + fmt::Debug,
    V: Clone + fmt::Debug,
    S: BuildHasher,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if held::exclusively() {
            return f.write_str("{<locked>}");
        }
        f.debug_map().entries(self.entries_at_once()).finish()
    }
}

implement_map!(ConcurrentMap);
