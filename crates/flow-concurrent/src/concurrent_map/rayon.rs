//! A `ConcurrentMap` in parallel iterators of rayon.

use std::hash::{BuildHasher, Hash};

use rayon::{
    iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator},
    vec,
};

use super::ConcurrentMap;

/// Threads insert as the entries come: of a key that comes twice, any value may stay.
///
/// # Examples
///
/// ```
/// use flow_concurrent::ConcurrentMap;
/// use rayon::prelude::*;
///
/// let squares: ConcurrentMap<u64, u64> = (0..1000).into_par_iter().map(|n| (n, n * n)).collect();
/// assert_eq!(squares.par_iter().map(|(_, square)| square).max(), Some(998_001));
/// ```
impl<K, V, S> FromParallelIterator<(K, V)> for ConcurrentMap<K, V, S>
where
    K: Hash + Eq + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Default + Sync,
{
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(entries: I) -> Self {
        let map = Self::default();
        (&map).par_extend(entries);
        map
    }
}

impl<K, V, S> ParallelExtend<(K, V)> for ConcurrentMap<K, V, S>
where
    K: Hash + Eq + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        (&*self).par_extend(entries);
    }
}

/// Inserts as the entries come: of a key that comes twice, any value may stay.
impl<K, V, S> ParallelExtend<(K, V)> for &ConcurrentMap<K, V, S>
where
    K: Hash + Eq + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        let map = *self;
        entries.into_par_iter().for_each(|(key, value)| drop(map.insert(key, value)));
    }
}

impl<K, V, S> IntoParallelIterator for ConcurrentMap<K, V, S>
where
    K: Hash + Eq + Send,
    V: Send,
    S: BuildHasher,
{
    type Item = (K, V);
    type Iter = vec::IntoIter<(K, V)>;

    fn into_par_iter(self) -> Self::Iter {
        self.into_iter().collect::<Vec<_>>().into_par_iter()
    }
}

/// Copies of the entries, made by [`ConcurrentMap::items`]: no lock is held while they are used.
impl<K, V, S> IntoParallelIterator for &ConcurrentMap<K, V, S>
where
    K: Hash + Eq + Clone + Send,
    V: Clone + Send,
    S: BuildHasher,
{
    type Item = (K, V);
    type Iter = vec::IntoIter<(K, V)>;

    fn into_par_iter(self) -> Self::Iter {
        self.items().into_par_iter()
    }
}
