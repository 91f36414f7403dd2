//! [`Reader`]: the fastest way to read.

use std::{
    borrow::Borrow,
    fmt,
    hash::{BuildHasher, Hash},
};

use super::Snapshot;
use crate::{hash::DefaultHashBuilder, raw::read_core::Following};

/// A handle that reads the newest version of a [`ReadMap`](super::ReadMap), made by
/// [`reader`](super::ReadMap::reader).
///
/// It keeps the version that it read last. A lookup costs one relaxed load, to see whether that is still the newest,
/// and then a lookup in a hash table with at most three more dependent loads. After a write, the next lookup also takes
/// some atomic operations to exchange the version. It takes no lock, allocates nothing and frees no entries.
///
/// `Send`, so that it may move to the thread that uses it; its methods take `&mut self`, so that each thread or task
/// has its own ([`Clone`]). It keeps the map alive and, until it is used again, the nodes of its version: drop readers
/// that stay idle.
///
/// A reader sees versions in their order, and a write that happened before (by a join, a lock, a channel). Without
/// that, it sees the write soon.
///
/// # Examples
///
/// ```
/// use std::thread;
///
/// use flow_concurrent::ReadMap;
///
/// let map = ReadMap::from([("a", 1)]);
/// let mut reader = map.reader();
/// let sum = thread::spawn(move || (0..10).map(|_| *reader.get("a").unwrap()).sum::<i32>());
/// assert_eq!(sum.join().unwrap(), 10);
/// ```
pub struct Reader<K, V, S = DefaultHashBuilder> {
    version: Following<K, V, S>,
}

impl<K, V, S> Reader<K, V, S> {
    pub(super) fn new(version: Following<K, V, S>) -> Self {
        Self { version }
    }

    /// How many keys there are. O(1).
    #[must_use]
    pub fn len(&mut self) -> usize {
        self.version.newest().view().len()
    }

    /// Whether there are no keys. O(1).
    #[must_use]
    pub fn is_empty(&mut self) -> bool {
        self.len() == 0
    }

    /// The number of the newest version. O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::new();
    /// let mut reader = map.reader();
    /// map.insert("a", 1);
    /// assert_eq!((reader.version(), reader.len()), (1, 1));
    /// ```
    #[must_use]
    pub fn version(&mut self) -> u64 {
        self.version.newest().view().number()
    }

    /// The newest version, to be kept. O(1): two reference counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let map = ReadMap::from([("a", 1), ("b", 2)]);
    /// let mut reader = map.reader();
    /// let snapshot = reader.snapshot(); // Two lookups in one version.
    /// assert_eq!((snapshot.get("a"), snapshot.get("b")), (Some(&1), Some(&2)));
    /// ```
    #[must_use]
    pub fn snapshot(&mut self) -> Snapshot<K, V, S> {
        Snapshot::new(self.version.newest().clone())
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> Reader<K, V, S> {
    /// The value at `key`.
    #[inline]
    #[must_use]
    pub fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.version.newest().get(key).map(|(_, value)| value)
    }

    /// The entry at `key`, with the key as it is in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a".to_owned(), 1)]);
    /// let mut reader = map.reader();
    /// assert!(!reader.is_empty() && !reader.contains_key("b"));
    /// let (key, _): (&String, &i32) = reader.get_key_value("a").unwrap();
    /// assert_eq!(key, "a");
    /// ```
    #[inline]
    #[must_use]
    pub fn get_key_value<Q>(&mut self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.version.newest().get(key).map(|(there, value)| (there, value))
    }

    /// Whether there is a value at `key`.
    #[inline]
    #[must_use]
    pub fn contains_key<Q>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.version.newest().get(key).is_some()
    }
}

impl<K, V, S> Clone for Reader<K, V, S> {
    fn clone(&self) -> Self {
        Self { version: self.version.clone() }
    }
}

impl<K, V, S> fmt::Debug for Reader<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
