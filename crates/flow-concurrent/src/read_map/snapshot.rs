//! [`Snapshot`]: a version that is kept.

use std::{
    borrow::Borrow,
    fmt,
    hash::{BuildHasher, Hash},
    iter::FusedIterator,
};

use super::Diff;
use crate::{
    hash::DefaultHashBuilder,
    raw::read_core::{self, Pinned},
};

/// A [`ReadMap`](super::ReadMap) as it was at one moment, made by [`snapshot`](super::ReadMap::snapshot).
///
/// Shared freely between threads, cloned in O(1), and the fastest to look things up in, since it never changes. It
/// keeps the nodes of its version, which later versions share as far as they have not replaced them, and the map
/// itself.
///
/// Dropping it frees nothing but its own reference while the map lives. The last of a map, its readers and its
/// snapshots frees everything.
///
/// # Examples
///
/// ```
/// use flow_concurrent::ReadMap;
///
/// let map = ReadMap::from([("a", 1), ("b", 2)]);
/// let before = map.snapshot();
/// map.insert("a", 10);
/// map.remove("b");
/// let after = map.snapshot();
///
/// assert_eq!(before.iter().map(|(_, value)| value).sum::<i32>(), 3);
/// let diff = before.diff(&after);
/// assert_eq!(diff.removed, [(&"b", &2)]);
/// assert_eq!((diff.changed[0].old, diff.changed[0].new), (&1, &10));
/// ```
pub struct Snapshot<K, V, S = DefaultHashBuilder> {
    version: Pinned<K, V, S>,
}

impl<K, V, S> Snapshot<K, V, S> {
    pub(super) fn new(version: Pinned<K, V, S>) -> Self {
        Self { version }
    }

    /// How many keys there are. O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a", 1)]);
    /// let snapshot = map.snapshot();
    /// map.insert("b", 2);
    /// assert_eq!((snapshot.len(), map.len()), (1, 2));
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.version.view().len()
    }

    /// Whether there are no keys. O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a", 1)]);
    /// let snapshot = map.snapshot();
    /// map.clear();
    /// assert!(snapshot.contains_key("a") && map.snapshot().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of this version of the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a", 1)]);
    /// let snapshot = map.snapshot();
    /// map.insert("b", 2);
    /// assert_eq!((snapshot.version(), map.version()), (0, 1));
    /// ```
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.view().number()
    }

    /// The hasher builder.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a", 1)]);
    /// let copy = map.snapshot().iter().map(|(key, value)| (*key, *value)).collect::<flow_concurrent::ReadMap<_, _>>();
    /// let _: &flow_concurrent::DefaultHashBuilder = copy.snapshot().hasher();
    /// ```
    #[must_use]
    pub fn hasher(&self) -> &S {
        self.version.hasher()
    }

    /// The entries, in no particular order. Allocates once, if the map has more than one leaf.
    ///
    /// # Examples
    ///
    /// ```
    /// let snapshot = flow_concurrent::ReadMap::from([("a", 1), ("b", 2)]).snapshot();
    /// let mut entries: Vec<(&&str, &i32)> = snapshot.iter().collect();
    /// entries.sort();
    /// assert_eq!(entries, [(&"a", &1), (&"b", &2)]);
    /// ```
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(self.version.view().iter())
    }

    /// The keys, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// let snapshot = flow_concurrent::ReadMap::from([("a", 1), ("b", 2)]).snapshot();
    /// assert_eq!(snapshot.keys().min(), Some(&"a"));
    /// ```
    #[must_use]
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + FusedIterator + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// let snapshot = flow_concurrent::ReadMap::from([("a", 1), ("b", 2)]).snapshot();
    /// assert_eq!(snapshot.values().sum::<i32>(), 3);
    /// ```
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> + FusedIterator + Clone {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> Snapshot<K, V, S> {
    /// The value at `key`. Without allocations, in O(1) on average.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a", 1)]);
    /// let snapshot = map.snapshot();
    /// map.clear();
    /// assert_eq!((snapshot.get("a"), map.get("a")), (Some(&1), None));
    /// ```
    #[inline]
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.version.get(key).map(|(_, value)| value)
    }

    /// The entry at `key`, with the key as it is in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let snapshot = flow_concurrent::ReadMap::from([("a".to_owned(), 1)]).snapshot();
    /// let (key, _): (&String, &i32) = snapshot.get_key_value("a").unwrap();
    /// assert_eq!(key, "a");
    /// ```
    #[inline]
    #[must_use]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.version.get(key).map(|(there, value)| (there, value))
    }

    /// Whether there is a value at `key`.
    #[inline]
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.version.get(key).is_some()
    }

    /// What `newer` has that this has not, and the other way round.
    ///
    /// Between versions of one map, it looks only at the parts that they do not share: what was written between them,
    /// and up to fifteen entries beside each. Snapshots of different maps share nothing, so all of both is looked at.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let map = ReadMap::from([("a", 1)]);
    /// let before = map.snapshot();
    /// map.update(|next| {
    ///     next.insert("b", 2);
    ///     next.insert("a", 1); // As it was: no difference.
    /// });
    /// let after = map.snapshot();
    /// assert_eq!(before.diff(&after).added, [(&"b", &2)]);
    /// assert!(before.diff(&after).changed.is_empty());
    /// ```
    #[must_use]
    pub fn diff<'a>(&'a self, newer: &'a Self) -> Diff<'a, K, V>
    where
        V: PartialEq,
    {
        Diff::between(self.version.view(), self.hasher(), newer.version.view(), newer.hasher())
    }
}

impl<K, V, S> Clone for Snapshot<K, V, S> {
    fn clone(&self) -> Self {
        Self { version: self.version.clone() }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for Snapshot<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Equal if they have equal entries, whatever the map and the version.
impl<K: Hash + Eq, V: PartialEq, S: BuildHasher> PartialEq for Snapshot<K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: Hash + Eq, V: Eq, S: BuildHasher> Eq for Snapshot<K, V, S> {}

impl<'a, K, V, S> IntoIterator for &'a Snapshot<K, V, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

/// The entries of a [`Snapshot`] or a [`Transaction`](super::Transaction), in no particular order.
///
/// # Examples
///
/// ```
/// let snapshot = flow_concurrent::ReadMap::from([("a", 1), ("b", 2)]).snapshot();
/// let entries = snapshot.iter();
/// assert_eq!((entries.len(), entries.map(|(_, value)| value).max()), (2, Some(&2)));
/// ```
pub struct Iter<'a, K, V> {
    entries: read_core::Iter<'a, K, V>,
}

impl<'a, K, V> Iter<'a, K, V> {
    pub(super) fn new(entries: read_core::Iter<'a, K, V>) -> Self {
        Self { entries }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

impl<K, V> FusedIterator for Iter<'_, K, V> {}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone() }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
