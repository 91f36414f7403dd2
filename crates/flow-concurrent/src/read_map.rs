//! [`ReadMap`], for reads that vastly outnumber writes, with its readers, snapshots, transactions and differences.

// What it is and how it is read is here; what it can write, in `writes`.

mod diff;
#[cfg(feature = "rayon")]
mod rayon;
mod reader;
#[cfg(feature = "serde")]
mod serde;
mod snapshot;
mod stats;
mod traits;
mod transaction;
mod writes;

use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash},
};

pub use self::{
    diff::{Change, Diff},
    reader::Reader,
    snapshot::{Iter, Snapshot},
    stats::ReadMapStats,
    transaction::Transaction,
    writes::VersionMismatchError,
};
use crate::{
    hash::DefaultHashBuilder,
    raw::read_core::{Core, Following},
    sync::of_process::StdArc,
};

/// A concurrent map for reads that vastly outnumber writes.
///
/// Readers take no lock and never wait, whatever writers do. There are three ways to read:
///
/// - [`reader`](Self::reader) gives a handle for one thread or task, and is the fastest: a load and a comparison,
///   then a lookup. It hands out references.
/// - [`snapshot`](Self::snapshot) gives the whole map as it is now, in O(1), for as long as it is kept.
/// - [`get`](Self::get) and [`with`](Self::with) are for a lookup now and then.
///
/// Writers wait for one another. A write makes a new version of the map, which shares all but a few nodes with the
/// one before: it copies the leaf that it changes, of at most 16 entries, and one to three arrays of pointers above
/// it, of at most 8 KiB. That needs `K: Clone` and `V: Clone`; put what is expensive to clone into an
/// [`Arc`](std::sync::Arc). Many writes at once belong into one [`update`](Self::update), which also makes them
/// visible at once.
///
/// Entries of old versions are dropped by later writers, never by readers, as long as the map lives; see
/// [`reclaim`](Self::reclaim). A write from inside a write, which would wait for itself, panics instead.
///
/// A `ReadMap` is one pointer; what it points to lives until the last [`Reader`] and [`Snapshot`] are dropped.
///
/// # Thread safety
///
/// `Send + Sync` if the keys, the values and the hasher are both.
///
/// # Examples
///
/// ```
/// use flow_concurrent::ReadMap;
///
/// let map = ReadMap::from([("a", 1), ("b", 2)]);
/// let before = map.snapshot();
///
/// map.update(|next| {
///     next.remove("a");
///     next.insert("c", 3);
/// });
///
/// assert_eq!((map.get("a"), map.get("c")), (None, Some(3)));
/// assert_eq!((before.get("a"), before.get("c")), (Some(&1), None));
///
/// let mut reader = map.reader(); // `Send`: take one to each thread
/// assert_eq!(reader.get("b"), Some(&2));
/// ```
pub struct ReadMap<K, V, S = DefaultHashBuilder> {
    core: StdArc<Core<K, V, S>>,
}

impl<K, V> ReadMap<K, V> {
    /// An empty map, with a hasher of its own seed. Allocates some 500 bytes.
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(DefaultHashBuilder::default())
    }
}

impl<K, V, S> ReadMap<K, V, S> {
    /// An empty map that hashes with `hasher`.
    ///
    /// Any hasher will do, even the identity: its result is mixed once more.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use flow_concurrent::ReadMap;
    ///
    /// let map = ReadMap::with_hasher(RandomState::new());
    /// map.insert("key", 1);
    /// assert_eq!(map.get("key"), Some(1));
    /// ```
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self { core: Core::new(hasher) }
    }

    /// The hasher builder.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let words = ReadMap::from([("a", 1)]);
    /// let others: ReadMap<&str, u32> = ReadMap::with_hasher(words.hasher().clone());
    /// assert!(others.is_empty()); // and hashes as `words` does
    /// ```
    #[must_use]
    pub fn hasher(&self) -> &S {
        self.core.hasher()
    }

    /// How many keys there are, exactly. O(1), lock-free.
    #[must_use]
    #[doc(alias = "Count")]
    pub fn len(&self) -> usize {
        self.core.load().view().len()
    }

    /// Whether there are no keys. O(1), lock-free.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the newest version: 0 for a new map, and one more for each write that changed something.
    ///
    /// Lock-free. See [`compare_and_update`](Self::compare_and_update).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::new();
    /// map.insert("a", 1);
    /// map.remove("b"); // There is none: no new version.
    /// assert_eq!(map.version(), 1);
    /// ```
    #[must_use]
    pub fn version(&self) -> u64 {
        self.core.load().view().number()
    }

    /// A handle that reads the newest version, and keeps it in between.
    ///
    /// Costs a few atomic operations. For one thread or task each, to be kept for many lookups.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let prices = ReadMap::from([("tea", 3)]);
    /// let mut reader = prices.reader(); // One for each thread that reads much.
    /// assert_eq!(reader.get("tea"), Some(&3));
    /// prices.insert("tea", 4);
    /// assert_eq!(reader.get("tea"), Some(&4));
    /// ```
    #[must_use]
    pub fn reader(&self) -> Reader<K, V, S> {
        Reader::new(Following::new(self.core.pin()))
    }

    /// The map as it is now; no later write changes it.
    ///
    /// O(1), lock-free: two reference counts. While it is kept, so are the nodes of its version, and nothing that is
    /// written later.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let prices = ReadMap::from([("tea", 3), ("cake", 5)]);
    /// let snapshot = prices.snapshot();
    /// prices.clear();
    /// assert_eq!(snapshot.values().sum::<i32>(), 8);
    /// assert!(prices.is_empty());
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<K, V, S> {
        Snapshot::new(self.core.pin())
    }

    /// Calls `visit` with each entry of the map as it is now, in no particular order.
    ///
    /// Lock-free; `visit` may call any method of any map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a", 1), ("b", 2)]);
    /// map.for_each(|key, value| {
    ///     map.insert(*key, value * 10); // Not seen by this loop.
    /// });
    /// assert_eq!((map.get("a"), map.get("b")), (Some(10), Some(20)));
    /// ```
    pub fn for_each(&self, mut visit: impl FnMut(&K, &V)) {
        self.snapshot().iter().for_each(|(key, value)| visit(key, value));
    }

    /// Copies of all keys as they are now, in no particular order. Lock-free, one allocation, and what cloning costs.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a", 1), ("b", 2)]);
    /// let mut keys = map.keys();
    /// keys.sort();
    /// assert_eq!(keys, ["a", "b"]);
    /// ```
    #[must_use]
    pub fn keys(&self) -> Vec<K>
    where
        K: Clone,
    {
        self.snapshot().keys().cloned().collect()
    }

    /// Copies of all values as they are now, in no particular order. Lock-free, one allocation, and what cloning
    /// costs.
    #[must_use]
    pub fn values(&self) -> Vec<V>
    where
        V: Clone,
    {
        self.snapshot().values().cloned().collect()
    }

    /// Copies of all entries as they are now, in no particular order. Lock-free, one allocation, and what cloning
    /// costs.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a", 1)]);
    /// assert_eq!((map.items(), map.values()), (vec![("a", 1)], vec![1]));
    /// ```
    #[must_use]
    pub fn items(&self) -> Vec<(K, V)>
    where
        K: Clone,
        V: Clone,
    {
        self.snapshot().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Drops the entries of old versions that no [`Reader`] and no [`Snapshot`] uses any more.
    ///
    /// Every write looks at some, so that this is only of use when there are no more writes. Waits for writers; drops
    /// with the lock released. Takes time for each version in use and each node that is freed.
    ///
    /// # Panics
    ///
    /// Panics inside of a write to a `ReadMap`, and where code runs with a part of a
    /// [`ConcurrentMap`](crate::ConcurrentMap) locked.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a", 1)]);
    /// let before = map.snapshot();
    /// map.clear();
    /// drop(before); // Nobody writes any more, so nobody cleans up.
    /// map.reclaim();
    /// let stats = map.stats();
    /// assert_eq!((stats.live_versions, stats.retired_nodes), (1, 0));
    /// ```
    #[track_caller]
    pub fn reclaim(&self) {
        self.core.reclaim();
    }

    /// How large the map is, and what it keeps for readers and snapshots. Waits for writers.
    ///
    /// # Panics
    ///
    /// As [`reclaim`](Self::reclaim).
    #[must_use]
    #[track_caller]
    pub fn stats(&self) -> ReadMapStats {
        let (live_versions, retired_nodes) = self.core.counts();
        let view = self.core.load();
        let view = view.view();
        ReadMapStats { entries: view.len(), version: view.number(), live_versions, retired_nodes }
    }
}

/// Lookups: lock-free, without allocations, in O(1) on average.
impl<K: Hash + Eq, V, S: BuildHasher> ReadMap<K, V, S> {
    /// A copy of the value at `key`.
    ///
    /// Costs a few atomic operations more than [`Reader::get`] and [`Snapshot::get`], which copy nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let ports = flow_concurrent::ReadMap::from([("http".to_owned(), 80)]);
    /// assert_eq!((ports.get("http"), ports.get("https")), (Some(80), None));
    /// ```
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.core.load().get(key).map(|(_, value)| value.clone())
    }

    /// Calls `access` with the value at `key`, if there is one, and returns what that returns.
    ///
    /// `access` may call any method of any map. While it runs, its version is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let names = ReadMap::from([(1, "a long text".to_owned())]);
    /// assert_eq!(names.with(&1, |name| name.len()), Some(11)); // Clones no text.
    /// ```
    pub fn with<Q, R>(&self, key: &Q, access: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.core.load().get(key).map(|(_, value)| access(value))
    }

    /// Whether there is a value at `key`.
    #[must_use]
    #[doc(alias = "Has")]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.core.load().get(key).is_some()
    }
}

impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher> ReadMap<K, V, S> {
    /// A map whose first version is what `fill` writes.
    fn build<E>(
        hasher: S,
        fill: impl FnOnce(&mut Transaction<'_, K, V, S>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut filled = Ok(());
        let core = Core::build(hasher, |next| {
            let mut next = Transaction::new(next);
            filled = fill(&mut next);
            next.into_write()
        });
        filled.map(|()| Self { core })
    }

    #[track_caller]
    fn begin(&self) -> Transaction<'_, K, V, S> {
        Transaction::new(self.core.write())
    }
}
