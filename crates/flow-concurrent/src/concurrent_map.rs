//! [`ConcurrentMap`], for mixed reads and writes, with its builder, iterators, statistics and error.

// Here are the plain operations on one key. Those that read and write in one are in `compound`, those on all keys in
// `whole`.

mod builder;
mod compound;
mod iter;
#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "serde")]
mod serde;
mod stats;
mod traits;
mod whole;

use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash},
    mem,
};

pub use builder::ConcurrentMapBuilder;
pub use compound::CompareExchangeError;
pub use iter::{IntoIter, Iter};
pub use stats::ConcurrentMapStats;

use crate::{
    DefaultHashBuilder,
    hash::hash_of,
    raw::{Reading, Store, Writing},
};

/// A concurrent hash map for mixed reads and writes, which cannot deadlock.
///
/// The entries are in shards, each with a lock of its own (those of dashmap), so that threads rarely meet. No
/// operation hands out a lock: values are copied out, or closures are called with them. So nothing can be held for
/// too long, or across an `.await`.
///
/// # Which operations may be used inside others
///
/// - In closures of [`for_each`](Self::for_each), [`retain`](Self::retain),
///   [`get_or_insert_with`](Self::get_or_insert_with), in loops over [`iter`](Self::iter), and where removed keys and
///   values are dropped, no lock is held: everything is allowed, on this map and on any other.
/// - Closures of [`with`](Self::with) and [`scan`](Self::scan), and `Clone` of keys and values, run while a shard is
///   locked for reading: every map may be read, and none written to.
/// - Closures of [`update`](Self::update), [`upsert`](Self::upsert) and [`remove_if`](Self::remove_if), `to_owned` in
///   [`set`](Self::set), `PartialEq` and `Clone` of values in [`compare_exchange`](Self::compare_exchange), `Hash` of
///   keys when a table grows, and `Eq` of keys in any write run while a shard is locked for writing: no
///   `ConcurrentMap` may be used, and no `ReadMap` written to.
///
/// Anything else panics at once and says why, where other maps would hang.
///
/// # Cost
///
/// Every operation on one key hashes once, locks one shard, and probes one table. Values are stored in place: no
/// allocation, apart from the growth of a table. A map begins with 4 shards (about 1 KiB) and moves once to its final
/// number, when it is large or threads often get in each other's way. The write that does it moves all entries, some
/// thousands at most in ordinary use, while others wait.
///
/// # Panics
///
/// If `Hash` or `Eq` of a key, `Clone` of an entry or a closure panics, so does the operation, and every entry stays in
/// the map. `Hash` of keys that are in the map already is called too, when a table grows. Operations abort if there is
/// no memory.
///
/// # Thread safety
///
/// `Send + Sync` if the keys, the values and the hasher are.
///
/// # Examples
///
/// ```
/// use flow_concurrent::ConcurrentMap;
///
/// let map = ConcurrentMap::new();
/// std::thread::scope(|scope| {
///     for thread in 0..4 {
///         let map = &map;
///         scope.spawn(move || map.upsert(thread % 2, || 1, |count| *count += 1));
///     }
/// });
/// assert_eq!(map.get(&0), Some(2));
/// assert_eq!(map.len(), 2);
/// ```
pub struct ConcurrentMap<K, V, S = DefaultHashBuilder> {
    store: Store<K, V>,
    hasher: S,
}

impl<K: Hash + Eq, V> ConcurrentMap<K, V> {
    /// An empty map, with few shards and without tables.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::<String, u32>::new();
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    #[doc(alias = "NewConcurrentMap")]
    pub fn new() -> Self {
        Self::with_hasher(DefaultHashBuilder::default())
    }

    /// An empty map with room for `capacity` entries.
    ///
    /// Keys spread over the shards by chance: to hold so many, a table here or there may have to grow.
    ///
    /// # Panics
    ///
    /// Panics if the capacity exceeds the largest possible allocation (`isize::MAX` bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::<u32, u32>::with_capacity(1000);
    /// assert!(map.is_empty() && map.capacity() >= 1000);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, DefaultHashBuilder::default())
    }

    /// Configures a map: its capacity, its number of shards, its hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::ConcurrentMap;
    ///
    /// let map: ConcurrentMap<u32, u32> = ConcurrentMap::builder().capacity(1000).build();
    /// assert!(map.capacity() >= 1000);
    /// ```
    pub fn builder() -> ConcurrentMapBuilder<K, V> {
        ConcurrentMapBuilder::new()
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> ConcurrentMap<K, V, S> {
    /// An empty map that hashes with `hasher`, with few shards and without tables.
    ///
    /// Any hasher will do, even the identity: its result is mixed once more.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use flow_concurrent::ConcurrentMap;
    ///
    /// let map = ConcurrentMap::with_hasher(RandomState::new());
    /// map.insert("example", 1);
    /// ```
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self { store: Store::new(0, None), hasher }
    }

    /// [`with_capacity`](ConcurrentMap::with_capacity) and [`with_hasher`](Self::with_hasher) in one.
    ///
    /// # Panics
    ///
    /// Panics if the capacity exceeds the largest possible allocation (`isize::MAX` bytes).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use flow_concurrent::ConcurrentMap;
    ///
    /// let map = ConcurrentMap::with_capacity_and_hasher(100, RandomState::new());
    /// map.insert("key", 1);
    /// let _: &RandomState = map.hasher();
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        Self { store: Store::new(capacity, None), hasher }
    }

    /// The hasher builder.
    #[must_use]
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    #[inline]
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        hash_of(&self.hasher, key)
    }

    /// For tables that grow.
    #[inline]
    fn rehash(&self) -> impl Fn(&K) -> u64 + Copy {
        let hasher = &self.hasher;
        move |key| hash_of(hasher, key)
    }

    #[inline]
    #[track_caller]
    fn read(&self, hash: u64) -> Reading<'_, K, V> {
        self.store.read(hash)
    }

    #[inline]
    #[track_caller]
    fn write(&self, hash: u64) -> Writing<'_, K, V> {
        self.store.write(hash, self.rehash())
    }

    // In what follows, what belongs to a user and may have to be dropped is declared before the lock is taken, or is
    // a parameter: so it is dropped after unlocking, also when something panics.

    /// A copy of the value at `key`.
    ///
    /// Locks one shard for reading; `V`'s `Clone` runs under that lock. No allocation. For values that are large,
    /// store an [`Arc`](std::sync::Arc), or use [`with`](Self::with).
    ///
    /// # Panics
    ///
    /// Panics inside a closure of [`update`](Self::update) and the like, as [explained](Self).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([("one", 1)]);
    /// assert_eq!((map.get("one"), map.get("two")), (Some(1), None));
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    #[doc(alias = "Load")]
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.get_hashed(self.hash(key), key)
    }

    #[inline]
    #[track_caller]
    fn get_hashed<Q>(&self, hash: u64, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
        V: Clone,
    {
        let shard = self.read(hash);
        shard.get(hash, key).map(|(_, value)| value.clone())
    }

    /// What `access` makes of the value at `key`; `None` if there is none.
    ///
    /// Locks one shard for reading while `access` runs: it should be short, since writers of the shard wait. It may
    /// read any map, and panics if it writes to one.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), and if `access` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([(1, vec![2, 3])]);
    /// assert_eq!(map.with(&1, |list| list.len()), Some(2));
    /// ```
    #[inline]
    #[track_caller]
    #[doc(alias("view", "peek_with"))]
    pub fn with<Q, R>(&self, key: &Q, access: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        let shard = self.read(hash);
        let (_, value) = shard.get(hash, key)?;
        Some(access(value))
    }

    /// Whether there is a value at `key`. Costs what [`get`](Self::get) does, without the copy.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([("key".to_owned(), 1)]);
    /// assert!(map.contains_key("key") && !map.contains_key("other"));
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    #[doc(alias = "Has")]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        self.read(hash).get(hash, key).is_some()
    }

    /// Puts `value` at `key` and returns what was there. A key that is present already stays.
    ///
    /// Locks one shard for writing. Allocates only when its table grows, which moves the entries of the shard.
    ///
    /// # Panics
    ///
    /// Panics inside a closure of [`with`](Self::with), [`update`](Self::update) and the like, as [explained](Self).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::new();
    /// assert_eq!((map.insert("key", 1), map.insert("key", 2)), (None, Some(1)));
    /// ```
    #[inline]
    #[track_caller]
    #[doc(alias("Set", "Store"))]
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let hash = self.hash(&key);
        let mut shard = self.write(hash);
        if let Some(present) = shard.get_mut(hash, key.borrow()) {
            return Some(mem::replace(present, value));
        }
        shard.make_room(self.rehash());
        shard.put(hash, key, value);
        None
    }

    /// [`insert`](Self::insert) into a map that no other thread has, which may be done anywhere. Drops what was
    /// there.
    fn insert_unshared(&mut self, key: K, value: V) {
        let Self { store, hasher } = self;
        let rehash = |key: &K| hash_of(&*hasher, key);
        let hash = rehash(&key);
        let mut shard = store.write_unshared(hash, rehash);
        if let Some(present) = shard.get_mut(hash, key.borrow()) {
            let replaced = mem::replace(present, value);
            drop(shard);
            return drop(replaced);
        }
        shard.make_room(rehash);
        shard.put(hash, key, value);
    }

    /// Puts `value` at `key` if nothing is there yet.
    ///
    /// Costs what [`insert`](Self::insert) does.
    ///
    /// # Errors
    ///
    /// Gives both back if there is a value already.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::new();
    /// assert_eq!(map.try_insert("key", 1), Ok(()));
    /// assert_eq!(map.try_insert("key", 2), Err(("key", 2)));
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_insert(&self, key: K, value: V) -> Result<(), (K, V)> {
        self.try_insert_hashed(self.hash(&key), key, value)
    }

    #[inline]
    #[track_caller]
    fn try_insert_hashed(&self, hash: u64, key: K, value: V) -> Result<(), (K, V)> {
        let mut shard = self.write(hash);
        if shard.contains(hash, key.borrow()) {
            return Err((key, value));
        }
        shard.make_room(self.rehash());
        shard.put(hash, key, value);
        Ok(())
    }

    /// [`insert`](Self::insert) for a borrowed key, which is cloned only if it is absent: replacing a value does not
    /// allocate.
    ///
    /// `to_owned` runs while the shard is locked for writing.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and if `to_owned` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::<String, u32>::new();
    /// map.set("key", 1);
    /// assert_eq!(map.set("key", 2), Some(1));
    /// ```
    #[inline]
    #[track_caller]
    pub fn set<Q>(&self, key: &Q, value: V) -> Option<V>
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        let mut shard = self.write(hash);
        if let Some(present) = shard.get_mut(hash, key) {
            return Some(mem::replace(present, value));
        }
        shard.make_room(self.rehash());
        let key = key.to_owned();
        shard.put(hash, key, value);
        None
    }

    /// Takes the value at `key` out.
    ///
    /// Locks one shard for writing. No allocation, and no memory is given back. The key that was in the map is
    /// dropped after unlocking.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([("key", 1)]);
    /// assert_eq!((map.remove("key"), map.remove("key")), (Some(1), None));
    /// ```
    #[inline]
    #[track_caller]
    #[doc(alias = "Delete")]
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// [`remove`](Self::remove) that returns the key too.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use flow_concurrent::ConcurrentMap;
    ///
    /// let sessions: ConcurrentMap<Arc<str>, u32> = ConcurrentMap::new();
    /// sessions.insert(Arc::from("ada"), 7);
    /// let (name, id) = sessions.remove_entry("ada").unwrap(); // The key that the map had.
    /// assert_eq!((&*name, id), ("ada", 7));
    /// ```
    #[inline]
    #[track_caller]
    pub fn remove_entry<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        self.write(hash).remove_if(hash, key, |_, _| true)
    }
}
