//! The traits of a `ReadMap` that every collection has.

use std::{
    collections::HashMap,
    convert::Infallible,
    fmt,
    hash::{BuildHasher, Hash},
};

use super::ReadMap;
use crate::map::implement_map;

impl<K, V, S: Default> Default for ReadMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// Another map with the same entries, and a clone of the hasher. O(n).
impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher + Clone> Clone for ReadMap<K, V, S> {
    fn clone(&self) -> Self {
        let entries = self.snapshot();
        let copies = entries.iter().map(|(key, value)| (key.clone(), value.clone()));
        let Ok(copy) = Self::build(self.hasher().clone(), |next| {
            copies.for_each(|(key, value)| next.insert_absent(key, value));
            Ok::<_, Infallible>(())
        });
        copy
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for ReadMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}

/// Compares the two as they are when each is looked at.
impl<K: Hash + Eq, V: PartialEq, S: BuildHasher> PartialEq for ReadMap<K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        self.snapshot() == other.snapshot()
    }
}

impl<K: Hash + Eq, V: Eq, S: BuildHasher> Eq for ReadMap<K, V, S> {}

impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher + Default> FromIterator<(K, V)> for ReadMap<K, V, S> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let Ok(map) = Self::build(S::default(), |next| {
            next.extend(entries);
            Ok::<_, Infallible>(())
        });
        map
    }
}

impl<K: Hash + Eq + Clone, V: Clone, const N: usize> From<[(K, V); N]> for ReadMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V, S1, S2> From<HashMap<K, V, S1>> for ReadMap<K, V, S2>
where
    K: Hash + Eq + Clone,
    V: Clone,
    S2: BuildHasher + Default,
{
    fn from(entries: HashMap<K, V, S1>) -> Self {
        entries.into_iter().collect()
    }
}

/// Publishes all entries as one version, after the iterator has ended: it may use any map.
impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher> Extend<(K, V)> for &ReadMap<K, V, S> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        let entries: Vec<(K, V)> = entries.into_iter().collect();
        self.update(|next| next.extend(entries));
    }
}

impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher> Extend<(K, V)> for ReadMap<K, V, S> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        (&*self).extend(entries);
    }
}

/// Copies of the entries as they are now. For references, iterate over a [`snapshot`](ReadMap::snapshot).
impl<K: Clone, V: Clone, S> IntoIterator for &ReadMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.items().into_iter()
    }
}

/// Copies of the entries: readers and snapshots may still use those of the map.
impl<K: Clone, V: Clone, S> IntoIterator for ReadMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.items().into_iter()
    }
}

implement_map!(ReadMap);
