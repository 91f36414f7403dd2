//! [`Transaction`]: the next version, while it is being made.

use std::{
    borrow::Borrow,
    fmt,
    hash::{BuildHasher, Hash},
    mem,
};

use super::Iter;
use crate::{
    hash::{DefaultHashBuilder, hash_of},
    raw::read_core::Write,
};

/// The next version of a [`ReadMap`](super::ReadMap), inside of [`update`](super::ReadMap::update).
///
/// Nobody else sees it before it is published, as a whole. It reads what it has written. Lookups cost what they cost
/// in a [`Snapshot`](super::Snapshot); the first write to a leaf clones it, later ones change it in place.
///
/// When a method panics because of `Clone`, `Hash` or `Eq`, the transaction is as it was before or as it was to be;
/// those for many entries stop where they are.
///
/// # Examples
///
/// ```
/// use flow_concurrent::ReadMap;
///
/// let places = ReadMap::from([("a", 1), ("b", 2)]);
/// places.update(|next| {
///     let a = next.remove("a").unwrap();
///     let b = next.insert("b", a).unwrap();
///     next.insert("a", b);
///     assert_eq!(next.get("a"), Some(&2)); // It reads what it has written,
///     assert_eq!(places.get("a"), Some(1)); // and nobody else does.
/// });
/// assert_eq!(places.get("a"), Some(2));
/// ```
pub struct Transaction<'a, K, V, S = DefaultHashBuilder> {
    next: Write<'a, K, V, S>,
    /// What nobody asked for back, to be dropped with the lock released: so these come after `next`.
    keys: Vec<K>,
    entries: Vec<(K, V)>,
}

impl<'a, K, V, S> Transaction<'a, K, V, S> {
    pub(super) fn new(next: Write<'a, K, V, S>) -> Self {
        Self { next, keys: Vec::new(), entries: Vec::new() }
    }

    pub(super) fn publish(self) {
        let Self { next, keys: _keys, entries: _entries } = self;
        next.publish();
    }

    pub(super) fn into_write(self) -> Write<'a, K, V, S> {
        self.next
    }

    /// How many keys there are. O(1).
    #[must_use]
    pub fn len(&self) -> usize {
        self.next.edit().len()
    }

    /// Whether there are no keys. O(1).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the version that this one replaces if anything is written.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::new();
    /// map.update(|next| {
    ///     assert!(next.is_empty() && next.version() == 0);
    ///     next.insert("a", 1);
    /// });
    /// assert_eq!(map.version(), 1);
    /// ```
    #[must_use]
    pub fn version(&self) -> u64 {
        self.next.replaces()
    }

    /// The entries, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a", 1), ("b", 2)]);
    /// map.update(|next| {
    ///     let total = next.iter().map(|(_, value)| value).sum();
    ///     next.insert("total", total);
    /// });
    /// assert_eq!(map.get("total"), Some(3));
    /// ```
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(self.next.edit().iter())
    }

    /// Takes all entries out. O(n).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("old", 1)]);
    /// map.update(|next| {
    ///     next.clear();
    ///     next.insert("new", 2);
    /// }); // Nobody has seen it empty.
    /// assert_eq!(map.items(), [("new", 2)]);
    /// ```
    pub fn clear(&mut self) {
        self.next.edit_mut().clear();
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> Transaction<'_, K, V, S> {
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        hash_of(self.next.hasher(), key)
    }

    /// The value at `key`.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The entry at `key`, with the key as it is in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("a".to_owned(), 1)]);
    /// let seen = map.update(|next| {
    ///     assert!(!next.contains_key("b"));
    ///     next.get_key_value("a").map(|(key, value)| (key.clone(), *value))
    /// });
    /// assert_eq!(seen, Some(("a".to_owned(), 1)));
    /// ```
    #[must_use]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let entry = self.next.edit().get(self.hash(key), |there| there.borrow() == key);
        entry.map(|(there, value)| (there, value))
    }

    /// Whether there is a value at `key`.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.get_key_value(key).is_some()
    }
}

impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher> Transaction<'_, K, V, S> {
    /// The value at `key`, to be changed. Counts as a write.
    ///
    /// # Examples
    ///
    /// ```
    /// let counts = flow_concurrent::ReadMap::from([("a", 1)]);
    /// counts.update(|next| {
    ///     if let Some(count) = next.get_mut("a") {
    ///         *count += 1;
    ///     }
    /// });
    /// assert_eq!(counts.get("a"), Some(2));
    /// ```
    #[must_use]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        self.next.edit_mut().get_mut(hash, |there| there.borrow() == key)
    }

    /// Puts `value` at `key` and returns what was there. A key that is present already stays.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(there) = self.get_mut(&key) {
            let old = mem::replace(there, value);
            self.keys.push(key);
            return Some(old);
        }
        self.insert_absent(key, value);
        None
    }

    pub(super) fn insert_absent(&mut self, key: K, value: V) {
        let (hash, hasher) = (self.hash(&key), self.next.hasher());
        self.next.edit_mut().insert_new(hash, (key, value), |there| hash_of(hasher, there));
    }

    /// Takes the value at `key` out.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (key, value) = self.remove_entry(key)?;
        self.keys.push(key);
        Some(value)
    }

    /// Takes the entry at `key` out.
    ///
    /// # Examples
    ///
    /// ```
    /// let names = flow_concurrent::ReadMap::from([("old", 7)]);
    /// names.update(|next| {
    ///     if let Some((_, id)) = next.remove_entry("old") {
    ///         next.insert("new", id);
    ///     }
    /// });
    /// assert_eq!(names.items(), [("new", 7)]);
    /// ```
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        self.next.edit_mut().remove(hash, |there| there.borrow() == key)
    }

    /// Takes out all entries for which `keep` returns false. O(n), and what removing costs.
    ///
    /// # Examples
    ///
    /// ```
    /// let stock = flow_concurrent::ReadMap::from([("tea", 0), ("cake", 2)]);
    /// let sold_out = stock.update(|next| {
    ///     let before = next.len();
    ///     next.retain(|_, &left| left > 0);
    ///     before - next.len()
    /// });
    /// assert_eq!((sold_out, stock.len()), (1, 1));
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let Self { next, keys, entries } = self;
        let first = keys.len();
        for (key, value) in next.edit().iter() {
            if !keep(key, value) {
                keys.push(key.clone());
            }
        }
        let rejected = &keys[first..];
        if rejected.len() == next.edit().len() {
            return next.edit_mut().clear();
        }
        for key in rejected {
            let hash = hash_of(next.hasher(), key);
            entries.extend(next.edit_mut().remove(hash, |there| there == key));
        }
    }
}

impl<K: Hash + Eq + Clone, V: Clone, S: BuildHasher> Extend<(K, V)> for Transaction<'_, K, V, S> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for Transaction<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'t, K, V, S> IntoIterator for &'t Transaction<'_, K, V, S> {
    type Item = (&'t K, &'t V);
    type IntoIter = Iter<'t, K, V>;

    fn into_iter(self) -> Iter<'t, K, V> {
        self.iter()
    }
}
