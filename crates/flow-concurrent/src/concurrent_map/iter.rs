//! Iterators over a `ConcurrentMap`.

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    iter::FusedIterator,
    vec,
};

use super::ConcurrentMap;
use crate::{
    DefaultHashBuilder,
    raw::{Copies, Cursor, IntoEntries},
};

/// Copies of the entries of a [`ConcurrentMap`], from [`ConcurrentMap::iter`].
///
/// Holds no lock between two steps. Now and then a step copies a whole shard.
///
/// # Examples
///
/// ```
/// let map = flow_concurrent::ConcurrentMap::from([("a", 1), ("b", 2)]);
/// for (key, _) in &map {
///     map.insert(key, 10); // No lock is held.
/// }
/// assert_eq!(map.iter().map(|(_, value)| value).sum::<i32>(), 20);
/// ```
pub struct Iter<'a, K, V, S = DefaultHashBuilder> {
    map: &'a ConcurrentMap<K, V, S>,
    cursor: Cursor,
    shard: vec::IntoIter<(K, V)>,
}

impl<'a, K, V, S> Iter<'a, K, V, S> {
    pub(super) fn new(map: &'a ConcurrentMap<K, V, S>) -> Self {
        Self { map, cursor: Cursor::new(), shard: Vec::new().into_iter() }
    }
}

impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher> Iterator for Iter<'_, K, V, S> {
    type Item = (K, V);

    #[track_caller]
    fn next(&mut self) -> Option<(K, V)> {
        loop {
            if let Some(entry) = self.shard.next() {
                return Some(entry);
            }
            let mut copies = Copies::new();
            if !self.map.copy_next(&mut self.cursor, &mut copies) {
                return None;
            }
            self.shard = copies.entries.into_iter();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.shard.len(), None)
    }
}

impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher> FusedIterator for Iter<'_, K, V, S> {}

impl<K, V, S> fmt::Debug for Iter<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

/// The entries of a [`ConcurrentMap`] that was consumed.
///
/// # Examples
///
/// ```
/// let map = flow_concurrent::ConcurrentMap::from([("key", String::from("moved, not cloned"))]);
/// let values: Vec<String> = map.into_iter().map(|(_, value)| value).collect();
/// assert_eq!(values, ["moved, not cloned"]);
/// ```
pub struct IntoIter<K, V>(IntoEntries<K, V>);

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> ExactSizeIterator for IntoIter<K, V> {}

impl<K, V> FusedIterator for IntoIter<K, V> {}

impl<K, V> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("left", &self.len()).finish_non_exhaustive()
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> IntoIterator for ConcurrentMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter(self.store.into_entries())
    }
}

/// Copies of the entries: [`ConcurrentMap::iter`].
impl<'a, K: Hash + Eq + Clone, V: Clone, S: BuildHasher> IntoIterator for &'a ConcurrentMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = Iter<'a, K, V, S>;

    fn into_iter(self) -> Iter<'a, K, V, S> {
        self.iter()
    }
}
