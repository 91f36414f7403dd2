//! What both maps can do.

use std::{borrow::Borrow, hash::Hash};

/// The basic operations of [`ConcurrentMap`](crate::ConcurrentMap) and [`ReadMap`](crate::ReadMap), so that code written
/// for one takes the other.
///
/// All of them take `&self`, never hand out a lock, and never call a closure with a lock held. What each costs is
/// said by the method of the same name of the map that is behind it.
///
/// # Examples
///
/// ```
/// use flow_concurrent::{ConcurrentMap, Map, ReadMap};
///
/// fn count<M: Map<String, u64>>(map: &M, word: &str) -> u64 {
///     let seen = map.get(word).unwrap_or_default() + 1;
///     map.insert(word.to_owned(), seen);
///     seen
/// }
///
/// let (mixed, mostly_read) = (ConcurrentMap::new(), ReadMap::new());
/// assert_eq!((count(&mixed, "a"), count(&mostly_read, "a")), (1, 1));
/// assert_eq!((count(&mixed, "a"), count(&mostly_read, "a")), (2, 2));
/// ```
pub trait Map<K, V> {
    /// A copy of the value at `key`.
    fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized;

    /// Whether there is a value at `key`.
    fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized;

    /// Puts `value` at `key` and returns what was there. A key that is present already stays, as in
    /// [`HashMap::insert`](std::collections::HashMap::insert).
    fn insert(&self, key: K, value: V) -> Option<V>;

    /// Takes the value at `key` out.
    fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized;

    /// How many keys there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::{ConcurrentMap, Map, ReadMap};
    ///
    /// fn count(map: &impl Map<u32, u32>) -> usize {
    ///     map.len()
    /// }
    ///
    /// assert_eq!((count(&ConcurrentMap::from([(1, 2)])), count(&ReadMap::new())), (1, 0));
    /// ```
    fn len(&self) -> usize;

    /// Whether there are no keys.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies of all keys, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::{ConcurrentMap, Map};
    ///
    /// fn forget_all_but<M: Map<u32, String>>(map: &M, kept: u32) {
    ///     for key in map.keys().into_iter().filter(|&key| key != kept) {
    ///         map.remove(&key);
    ///     }
    /// }
    ///
    /// let map = ConcurrentMap::from([(1, "a".to_owned()), (2, "b".to_owned())]);
    /// forget_all_but(&map, 2);
    /// assert_eq!(map.items(), [(2, "b".to_owned())]);
    /// ```
    fn keys(&self) -> Vec<K>;

    /// Copies of all entries, in no particular order.
    fn items(&self) -> Vec<(K, V)>;

    /// Takes all entries out.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::{ConcurrentMap, Map};
    ///
    /// fn start_over<M: Map<u32, u32>>(map: &M) {
    ///     map.clear();
    ///     assert!(map.is_empty() && !map.contains_key(&1));
    /// }
    ///
    /// start_over(&ConcurrentMap::from([(1, 2)]));
    /// ```
    fn clear(&self);

    /// Calls `visit` with each entry, in no particular order. `visit` may call any method of any map, this one too.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_concurrent::{Map, ReadMap};
    ///
    /// fn sum<M: Map<&'static str, u32>>(map: &M) -> u32 {
    ///     let mut sum = 0;
    ///     map.for_each(|_, value| sum += value);
    ///     sum
    /// }
    ///
    /// assert_eq!(sum(&ReadMap::from([("a", 1), ("b", 2)])), 3);
    /// ```
    fn for_each(&self, visit: impl FnMut(&K, &V));
}

/// Implements [`Map`] for one of the maps, by its methods of the same names, which hide those of the trait.
macro_rules! implement_map {
    ($map:ident) => {
        impl<K, V, S> $crate::Map<K, V> for $map<K, V, S>
        where
            K: std::hash::Hash + Eq + Clone,
            V: Clone,
            S: std::hash::BuildHasher,
        {
            #[inline]
            #[track_caller]
            fn get<Q>(&self, key: &Q) -> Option<V>
            where
                K: std::borrow::Borrow<Q>,
                Q: std::hash::Hash + Eq + ?Sized,
            {
                self.get(key)
            }

            #[inline]
            #[track_caller]
            fn contains_key<Q>(&self, key: &Q) -> bool
            where
                K: std::borrow::Borrow<Q>,
                Q: std::hash::Hash + Eq + ?Sized,
            {
                self.contains_key(key)
            }

            #[inline]
            #[track_caller]
            fn insert(&self, key: K, value: V) -> Option<V> {
                self.insert(key, value)
            }

            #[inline]
            #[track_caller]
            fn remove<Q>(&self, key: &Q) -> Option<V>
            where
                K: std::borrow::Borrow<Q>,
                Q: std::hash::Hash + Eq + ?Sized,
            {
                self.remove(key)
            }

            fn len(&self) -> usize {
                self.len()
            }

            #[track_caller]
            fn keys(&self) -> Vec<K> {
                self.keys()
            }

            #[track_caller]
            fn items(&self) -> Vec<(K, V)> {
                self.items()
            }

            #[track_caller]
            fn clear(&self) {
                self.clear();
            }

            #[track_caller]
            fn for_each(&self, visit: impl FnMut(&K, &V)) {
                self.for_each(visit);
            }
        }
    };
}

pub(crate) use implement_map;
