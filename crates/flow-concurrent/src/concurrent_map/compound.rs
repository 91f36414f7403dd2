//! What a `ConcurrentMap` does with one key in more than one step: reading it, and writing what depends on that.

use std::{
    borrow::Borrow,
    convert::Infallible,
    hash::{BuildHasher, Hash},
    mem,
};

use super::ConcurrentMap;

/// Why [`ConcurrentMap::compare_exchange`] changed nothing.
///
/// # Examples
///
/// ```
/// use flow_concurrent::ConcurrentMap;
///
/// let map = ConcurrentMap::from([("key", 1)]);
/// let error = map.compare_exchange("key", &2, 3).unwrap_err();
/// assert_eq!((error.actual, error.new), (Some(1), 3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the value is not the expected one: work the new one out from `actual` and try again")]
#[non_exhaustive]
pub struct CompareExchangeError<V> {
    /// What is there, if anything.
    pub actual: Option<V>,
    /// What was to be put there.
    pub new: V,
}

impl<K: Hash + Eq, V, S: BuildHasher> ConcurrentMap<K, V, S> {
    // Here too, what belongs to a user is declared before the lock is taken, or is a parameter.

    /// Takes the entry at `key` out if `condition` holds for it: nobody can change it in between.
    ///
    /// Costs what [`remove`](Self::remove) does. `condition` runs while the shard is locked for writing: it should be
    /// short, and panics if it uses a `ConcurrentMap`.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and if `condition` does: the entry stays.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([("key", 1)]);
    /// assert_eq!(map.remove_if("key", |_, value| *value > 1), None);
    /// assert_eq!(map.remove_if("key", |_, value| *value > 0), Some(("key", 1)));
    /// ```
    #[inline]
    #[track_caller]
    pub fn remove_if<Q>(&self, key: &Q, condition: impl FnOnce(&K, &V) -> bool) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        // Beside the lock, so that it is dropped after it where it is not called.
        let mut condition = Some(condition);
        self.write(hash).remove_if(hash, key, |key, value| {
            condition.take().is_some_and(|condition| condition(key, value))
        })
    }

    /// A copy of the value at `key`, or else of what `make` makes, which is then put there.
    ///
    /// `make` runs with no lock held, and may use any map. When threads race for a key, each calls its `make`, one of
    /// the values is put there, and all return that one. The others are dropped.
    ///
    /// A hit costs what [`get`](Self::get) does, and drops `key`; a miss what `get` and [`insert`](Self::insert) do.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and if `make` does: nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::new();
    /// assert_eq!(map.get_or_insert_with("key", || 1), 1);
    /// assert_eq!(map.get_or_insert_with("key", || 2), 1);
    /// ```
    #[inline]
    #[track_caller]
    #[doc(alias("GetOrSet", "LoadOrStore", "entry", "or_insert_with"))]
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> V
    where
        V: Clone,
    {
        let Ok(value) = self.try_get_or_insert_with(key, || Ok::<_, Infallible>(make()));
        value
    }

    /// [`get_or_insert_with`](Self::get_or_insert_with) where making a value may fail.
    ///
    /// # Errors
    ///
    /// What `make` returns. Nothing has changed then.
    ///
    /// # Panics
    ///
    /// As [`get_or_insert_with`](Self::get_or_insert_with).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::new();
    /// let parse = |text: &'static str| map.try_get_or_insert_with(text, || text.parse::<u32>());
    /// assert!(parse("1").is_ok_and(|number| number == 1));
    /// assert!(parse("one").is_err() && !map.contains_key("one"));
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_get_or_insert_with<E>(&self, mut key: K, make: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        V: Clone,
    {
        let hash = self.hash(&key);
        if let Some(present) = self.get_hashed(hash, key.borrow()) {
            return Ok(present);
        }
        let mut value = make()?;
        let copy = value.clone();
        loop {
            match self.try_insert_hashed(hash, key, value) {
                Ok(()) => return Ok(copy),
                Err(back) => (key, value) = back,
            }
            // Somebody was faster. What they put there may be gone again.
            if let Some(present) = self.get_hashed(hash, key.borrow()) {
                return Ok(present);
            }
        }
    }

    /// What `change` makes of the value at `key`, which it may change; `None` if there is none.
    ///
    /// Locks one shard for writing while `change` runs: it should be short, and panics if it uses a `ConcurrentMap`.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert), and if `change` does: the value stays as `change` left it.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([("key", 1)]);
    /// assert_eq!(map.update("key", |value| { *value += 1; *value }), Some(2));
    /// ```
    #[inline]
    #[track_caller]
    #[doc(alias("alter", "get_mut"))]
    pub fn update<Q, R>(&self, key: &Q, change: impl FnOnce(&mut V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        let mut shard = self.write(hash);
        let value = shard.get_mut(hash, key)?;
        Some(change(value))
    }

    /// Has `change` change the value at `key`, or puts what `make` makes there if there is none: atomically, so that
    /// exactly one of them is called, once.
    ///
    /// Costs what [`insert`](Self::insert) does. Both closures run while the shard is locked for writing: they should
    /// be short, and panic if they use a `ConcurrentMap`.
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update), and if `make` does: nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// let counts = flow_concurrent::ConcurrentMap::new();
    /// for word in ["a", "b", "a"] {
    ///     counts.upsert(word, || 1, |count| *count += 1);
    /// }
    /// assert_eq!(counts.get("a"), Some(2));
    /// ```
    #[inline]
    #[track_caller]
    #[doc(alias("entry", "and_modify", "or_insert_with"))]
    pub fn upsert(&self, key: K, make: impl FnOnce() -> V, change: impl FnOnce(&mut V)) {
        let hash = self.hash(&key);
        let mut shard = self.write(hash);
        match shard.get_mut(hash, key.borrow()) {
            Some(value) => change(value),
            None => {
                shard.make_room(self.rehash());
                let value = make();
                shard.put(hash, key, value);
            }
        }
    }

    /// Puts `new` at `key` if `current` is there, and returns that.
    ///
    /// Costs what [`insert`](Self::insert) does. `PartialEq` of the values, and `Clone` of one that is not `current`,
    /// run while the shard is locked for writing, and panic if they use a `ConcurrentMap`.
    ///
    /// # Errors
    ///
    /// [`CompareExchangeError`] has a copy of what is there instead, if anything, and `new`.
    ///
    /// # Panics
    ///
    /// As [`insert`](Self::insert).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::from([("key", 1)]);
    /// assert_eq!(map.compare_exchange("key", &1, 2), Ok(1));
    /// assert_eq!(map.compare_exchange("key", &1, 3).unwrap_err().actual, Some(2));
    /// ```
    #[inline]
    #[track_caller]
    #[doc(alias("CompareAndSwap", "replace_if"))]
    pub fn compare_exchange<Q>(&self, key: &Q, current: &V, new: V) -> Result<V, CompareExchangeError<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: PartialEq + Clone,
    {
        let hash = self.hash(key);
        let mut shard = self.write(hash);
        let actual = match shard.get_mut(hash, key) {
            Some(value) if *value == *current => return Ok(mem::replace(value, new)),
            Some(value) => Some(value.clone()),
            None => None,
        };
        Err(CompareExchangeError { actual, new })
    }
}
