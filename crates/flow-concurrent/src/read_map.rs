//! [`ReadMap`]: lock-free reads, writes that copy a leaf and a path, batches that are published at once.

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

use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash},
    mem,
};

pub use self::{
    diff::{Change, Diff},
    reader::Reader,
    snapshot::{Iter, Snapshot},
    stats::ReadMapStats,
    transaction::{Transaction, VersionMismatch},
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
/// A handle to the map is one pointer; the map itself lives until its last [`Reader`] and [`Snapshot`] are dropped.
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
    /// An empty map that hashes with what `hasher` builds. Any will do: its result is mixed once more, so that even
    /// the identity spreads keys well.
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self { core: Core::new(hasher) }
    }

    /// What builds the hashers.
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
    #[must_use]
    pub fn version(&self) -> u64 {
        self.core.load().view().number()
    }

    /// A handle that reads the newest version, and keeps it in between.
    ///
    /// Costs a few atomic operations. For one thread or task each, to be kept for many lookups.
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

    /// The map as it is now, which no write changes any more.
    ///
    /// O(1), lock-free: two reference counts. While it is kept, so are the nodes of this version; nothing of all that
    /// is written meanwhile.
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
    #[doc(alias = "Snapshot")]
    pub fn snapshot(&self) -> Snapshot<K, V, S> {
        Snapshot::new(self.core.pin())
    }

    /// Calls `visit` with each entry of the map as it is now, in no particular order.
    ///
    /// Lock-free; `visit` may call any method of any map.
    #[doc(alias = "ForEach")]
    pub fn for_each(&self, mut visit: impl FnMut(&K, &V)) {
        self.snapshot().iter().for_each(|(key, value)| visit(key, value));
    }

    /// Copies of all keys as they are now, in no particular order. Lock-free, one allocation, and what cloning costs.
    #[must_use]
    #[doc(alias = "Keys")]
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
    #[must_use]
    #[doc(alias = "Items")]
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
    #[track_caller]
    pub fn reclaim(&self) {
        self.core.reclaim();
    }

    /// What there is. Waits for writers.
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
    /// Costs some atomic operations more than the same of a [`Reader`] or [`Snapshot`], for which it need not be
    /// copied.
    #[must_use]
    #[doc(alias = "Get")]
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.core.load().get(key).map(|(_, value)| value.clone())
    }

    /// Calls `read` with the value at `key`, if there is one, and returns what that returns.
    ///
    /// `read` may call any method of any map. While it runs, its version is kept.
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let names = ReadMap::from([(1, "a long text".to_owned())]);
    /// assert_eq!(names.with(&1, |name| name.len()), Some(11)); // Clones no text.
    /// ```
    pub fn with<Q, R>(&self, key: &Q, read: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.core.load().get(key).map(|(_, value)| read(value))
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

/// Writes. Each waits for other writers, clones a leaf of at most 16 entries (more only if so many hashes are equal),
/// copies the arrays of pointers above it, and publishes a version: about a microsecond, and hardly more in a larger
/// map.
///
/// All but [`get_or_insert_with`](Self::get_or_insert_with) and its like run the code they are given, and that of the
/// keys and values (`Clone`, `Hash`, `Eq`), as the writer: it may read any map, and may use any
/// [`ConcurrentMap`](crate::ConcurrentMap).
///
/// # Panics
///
/// A write panics, and changes nothing, inside of another write to any `ReadMap`, and where code runs with a part of
/// a `ConcurrentMap` locked: there it could wait for itself. When code that it runs panics, it changes nothing
/// either; what it was given or has copied may then be dropped as the writer, so that a destructor which writes to a
/// `ReadMap` would panic for the second time and abort.
impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher> ReadMap<K, V, S> {
    /// Puts `value` at `key` and returns a copy of what was there. A key that is present already stays.
    #[track_caller]
    #[doc(alias = "Set")]
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        // Declared after what it must not drop: the key, if it is there already, is dropped with the lock released.
        let mut next = self.begin();
        let old = match next.get_mut(&key) {
            Some(there) => Some(mem::replace(there, value)),
            None => {
                next.insert_absent(key, value);
                None
            }
        };
        next.publish();
        old
    }

    /// [`insert`](Self::insert) for a borrowed key, which is only copied if it is absent.
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let hits = ReadMap::<String, u32>::new();
    /// assert_eq!(hits.set("/index", 1), None); // Makes a `String`.
    /// assert_eq!(hits.set("/index", 2), Some(1)); // Makes none.
    /// ```
    #[track_caller]
    pub fn set<Q>(&self, key: &Q, value: V) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let mut next = self.begin();
        let old = match next.get_mut(key) {
            Some(there) => Some(mem::replace(there, value)),
            None => {
                next.insert_absent(key.to_owned(), value);
                None
            }
        };
        next.publish();
        old
    }

    /// Puts `value` at `key` if there is nothing.
    ///
    /// # Errors
    ///
    /// Gives both back if there is a value already.
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let owners = ReadMap::from([("door", "Ada")]);
    /// assert_eq!(owners.try_insert("door", "Bob"), Err(("door", "Bob")));
    /// assert_eq!(owners.get("door"), Some("Ada"));
    /// ```
    #[track_caller]
    pub fn try_insert(&self, key: K, value: V) -> Result<(), (K, V)> {
        let mut next = self.begin();
        if next.contains_key(&key) {
            return Err((key, value));
        }
        next.insert_absent(key, value);
        next.publish();
        Ok(())
    }

    /// Takes the value at `key` out, and returns a copy. Nothing is published if there is none.
    #[track_caller]
    #[doc(alias = "Delete")]
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// Takes the entry at `key` out, and returns a copy. Nothing is published if there is none.
    #[track_caller]
    pub fn remove_entry<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut next = self.begin();
        let removed = next.remove_entry(key);
        next.publish();
        removed
    }

    /// Takes the entry at `key` out if `condition` holds for it, and returns a copy.
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let stock = ReadMap::from([("tea", 0), ("cake", 2)]);
    /// assert_eq!(stock.remove_if("tea", |_, &left| left == 0), Some(("tea", 0)));
    /// assert_eq!(stock.remove_if("cake", |_, &left| left == 0), None);
    /// ```
    #[track_caller]
    pub fn remove_if<Q>(&self, key: &Q, condition: impl FnOnce(&K, &V) -> bool) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut next = self.begin();
        let (there, value) = next.get_key_value(key)?;
        if !condition(there, value) {
            return None;
        }
        let removed = next.remove_entry(key);
        next.publish();
        removed
    }

    /// The value at `key`; if there is none, what `make` returns, which is put there.
    ///
    /// `make` runs without any lock and may call any method of any map. When several threads find the key absent,
    /// each makes a value; one is put there, and all return it.
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let squares = ReadMap::new();
    /// assert_eq!(squares.get_or_insert_with(7, || 7 * 7), 49);
    /// assert_eq!(squares.get_or_insert_with(7, || unreachable!("it is there")), 49);
    /// ```
    #[track_caller]
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> V {
        let made = self.try_get_or_insert_with(key, || Ok::<_, std::convert::Infallible>(make()));
        made.unwrap_or_else(|never| match never {})
    }

    /// [`get_or_insert_with`](Self::get_or_insert_with) for what can fail.
    ///
    /// # Errors
    ///
    /// The error of `make`; the map is as before.
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let ports = ReadMap::new();
    /// assert!(ports.try_get_or_insert_with("http", || "eighty".parse::<u16>()).is_err());
    /// assert_eq!(ports.try_get_or_insert_with("http", || "80".parse::<u16>()), Ok(80));
    /// ```
    #[track_caller]
    pub fn try_get_or_insert_with<E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(there) = self.get(&key) {
            return Ok(there);
        }
        let made = make()?;
        let mut next = self.begin();
        if let Some(there) = next.get(&key) {
            return Ok(there.clone());
        }
        next.insert_absent(key, made.clone());
        next.publish();
        Ok(made)
    }

    /// Takes all entries out. O(n): the nodes are freed, with the lock released.
    #[track_caller]
    #[doc(alias = "Clear")]
    pub fn clear(&self) {
        self.update(|next| next.clear());
    }

    /// Takes out all entries for which `keep` returns false, as one version.
    ///
    /// O(n), and what removing costs. Nothing is published if all are kept.
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let stock = ReadMap::from([("tea", 0), ("cake", 2), ("milk", 0)]);
    /// stock.retain(|_, &left| left > 0);
    /// assert_eq!((stock.len(), stock.version()), (1, 1)); // Both went at once.
    /// ```
    #[track_caller]
    pub fn retain(&self, keep: impl FnMut(&K, &V) -> bool) {
        self.update(|next| next.retain(keep));
    }

    /// Makes the next version with `write`, and publishes it when that returns: all of it at once, or nothing if
    /// `write` panics. Nothing is published either if nothing was written.
    ///
    /// What is written more than once is cloned once, so that this is by far cheaper than as many writes.
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let accounts = ReadMap::from([("a", 10), ("b", 0)]);
    /// accounts.update(|next| {
    ///     *next.get_mut("a").unwrap() -= 3;
    ///     *next.get_mut("b").unwrap() += 3;
    /// });
    /// assert_eq!((accounts.version(), accounts.get("b")), (1, Some(3)));
    /// ```
    #[track_caller]
    pub fn update<R>(&self, write: impl FnOnce(&mut Transaction<'_, K, V, S>) -> R) -> R {
        let mut next = self.begin();
        let result = write(&mut next);
        next.publish();
        result
    }

    /// [`update`](Self::update) that publishes only if `write` succeeds.
    ///
    /// # Errors
    ///
    /// The error of `write`; the map is as before.
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let accounts = ReadMap::from([("a", 10), ("b", 0)]);
    /// let moved = accounts.try_update(|next| {
    ///     *next.get_mut("b").unwrap() += 30;
    ///     let from = next.get_mut("a").unwrap();
    ///     *from -= 30;
    ///     if *from < 0 { Err("not enough") } else { Ok(()) }
    /// });
    /// assert_eq!(moved, Err("not enough"));
    /// assert_eq!(accounts.get("b"), Some(0)); // Nobody saw the 30.
    /// ```
    #[track_caller]
    pub fn try_update<R, E>(
        &self,
        write: impl FnOnce(&mut Transaction<'_, K, V, S>) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut next = self.begin();
        let result = write(&mut next)?;
        next.publish();
        Ok(result)
    }

    /// [`update`](Self::update) that writes only if the newest version is `version`, which is that of a snapshot,
    /// say, from which the write was worked out.
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let map = ReadMap::from([("a", 1)]);
    /// let seen = map.snapshot();
    /// map.insert("b", 2); // another thread, meanwhile
    ///
    /// let mismatch = map.compare_and_update(seen.version(), |next| next.remove("a")).unwrap_err();
    /// assert_eq!((mismatch.expected, mismatch.actual), (0, 1));
    /// assert!(map.contains_key("a"));
    /// ```
    ///
    /// # Errors
    ///
    /// Tells the newest version if it is another one; `write` was not called.
    #[track_caller]
    pub fn compare_and_update<R>(
        &self,
        version: u64,
        write: impl FnOnce(&mut Transaction<'_, K, V, S>) -> R,
    ) -> Result<R, VersionMismatch> {
        let mut next = self.begin();
        let actual = next.version();
        if actual != version {
            return Err(VersionMismatch { expected: version, actual });
        }
        let result = write(&mut next);
        next.publish();
        Ok(result)
    }

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
