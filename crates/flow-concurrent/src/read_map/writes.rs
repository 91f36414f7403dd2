//! What a `ReadMap` does as the one writer: on one key, on many, and as a batch. Reading is in `read_map.rs`.

use std::{
    borrow::Borrow,
    convert::Infallible,
    hash::{BuildHasher, Hash},
    mem,
};

use super::{ReadMap, Transaction};

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
    ///
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::new();
    /// assert_eq!((map.insert("key", 1), map.insert("key", 2)), (None, Some(1)));
    /// ```
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

    /// [`insert`](Self::insert) for a borrowed key, which is cloned only if it is absent.
    ///
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
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

    /// Puts `value` at `key` if nothing is there yet.
    ///
    /// # Errors
    ///
    /// Gives both back if there is a value already.
    ///
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
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
    ///
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("key", 1)]);
    /// assert_eq!((map.remove("key"), map.remove("key")), (Some(1), None));
    /// ```
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
    ///
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ReadMap::from([("key".to_owned(), 1)]);
    /// assert_eq!(map.remove_entry("key"), Some(("key".to_owned(), 1)));
    /// ```
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
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
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
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::ReadMap;
    ///
    /// let squares = ReadMap::new();
    /// assert_eq!(squares.get_or_insert_with(7, || 7 * 7), 49);
    /// assert_eq!(squares.get_or_insert_with(7, || unreachable!("it is there")), 49);
    /// ```
    #[track_caller]
    #[doc(alias = "GetOrSet")]
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> V {
        let Ok(value) = self.try_get_or_insert_with(key, || Ok::<_, Infallible>(make()));
        value
    }

    /// [`get_or_insert_with`](Self::get_or_insert_with) for what can fail.
    ///
    /// # Errors
    ///
    /// The error of `make`; the map is as before.
    ///
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
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
    ///
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    #[track_caller]
    pub fn clear(&self) {
        self.update(|next| next.clear());
    }

    /// Takes out all entries for which `keep` returns false, as one version.
    ///
    /// O(n), and what removing costs. Nothing is published if all are kept.
    ///
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
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
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
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
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
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
    /// # Errors
    ///
    /// Tells the newest version if it is another one; `write` was not called.
    ///
    /// # Panics
    ///
    /// Inside another write to a `ReadMap`, and under a lock of a `ConcurrentMap`: see [above](#panics).
    ///
    /// # Examples
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
    #[track_caller]
    pub fn compare_and_update<R>(
        &self,
        version: u64,
        write: impl FnOnce(&mut Transaction<'_, K, V, S>) -> R,
    ) -> Result<R, VersionMismatchError> {
        let mut next = self.begin();
        let actual = next.version();
        if actual != version {
            return Err(VersionMismatchError { expected: version, actual });
        }
        let result = write(&mut next);
        next.publish();
        Ok(result)
    }
}

/// The map has another version than the one that a
/// [`compare_and_update`](super::ReadMap::compare_and_update) was worked out from.
///
/// # Examples
///
/// ```
/// use flow_concurrent::{ReadMap, read_map::VersionMismatchError};
///
/// let counts = ReadMap::from([("a", 1)]);
/// loop {
///     let seen = counts.snapshot();
///     let count = seen.get("a").map_or(1, |count| count + 1);
///     match counts.compare_and_update(seen.version(), |next| next.insert("a", count)) {
///         Ok(_) => break,
///         Err(VersionMismatchError { .. }) => {} // Somebody else was faster: once more.
///     }
/// }
/// assert_eq!(counts.get("a"), Some(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the map is at version {actual}, not {expected}: read it again and work the update out anew")]
#[non_exhaustive]
pub struct VersionMismatchError {
    /// The version that was asked for.
    pub expected: u64,
    /// The version that the map has.
    pub actual: u64,
}
