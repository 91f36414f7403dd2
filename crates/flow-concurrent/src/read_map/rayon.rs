//! A `ReadMap` in parallel iterators of rayon.

use std::hash::{BuildHasher, Hash};

use rayon::{
    iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator},
    vec,
};

use super::{ReadMap, Snapshot};

/// The entries are collected in parallel, then inserted one after the other, as one version.
impl<K, V, S> FromParallelIterator<(K, V)> for ReadMap<K, V, S>
where
    K: Hash + Eq + Clone + Send,
    V: Clone + Send,
    S: BuildHasher + Default,
{
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(entries: I) -> Self {
        entries.into_par_iter().collect::<Vec<_>>().into_iter().collect()
    }
}

/// The entries are collected in parallel, then inserted one after the other, as one version.
impl<K, V, S> ParallelExtend<(K, V)> for &ReadMap<K, V, S>
where
    K: Hash + Eq + Clone + Send,
    V: Clone + Send,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.extend(entries.into_par_iter().collect::<Vec<_>>());
    }
}

impl<K, V, S> ParallelExtend<(K, V)> for ReadMap<K, V, S>
where
    K: Hash + Eq + Clone + Send,
    V: Clone + Send,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        (&*self).par_extend(entries);
    }
}

/// References to the entries, which are listed first: O(n).
///
/// # Examples
///
/// ```
/// use flow_concurrent::ReadMap;
/// use rayon::prelude::*;
///
/// let squares: ReadMap<u64, u64> = (0..1000).into_par_iter().map(|n| (n, n * n)).collect();
/// assert_eq!(squares.snapshot().par_iter().map(|(_, square)| *square).max(), Some(998_001));
/// ```
impl<'a, K: Sync, V: Sync, S> IntoParallelIterator for &'a Snapshot<K, V, S> {
    type Item = (&'a K, &'a V);
    type Iter = vec::IntoIter<(&'a K, &'a V)>;

    fn into_par_iter(self) -> Self::Iter {
        self.iter().collect::<Vec<_>>().into_par_iter()
    }
}

/// Copies of the entries as they are now.
impl<K: Clone + Send, V: Clone + Send, S> IntoParallelIterator for &ReadMap<K, V, S> {
    type Item = (K, V);
    type Iter = vec::IntoIter<(K, V)>;

    fn into_par_iter(self) -> Self::Iter {
        self.items().into_par_iter()
    }
}

/// Copies of the entries: readers and snapshots may still use those of the map.
impl<K: Clone + Send, V: Clone + Send, S> IntoParallelIterator for ReadMap<K, V, S> {
    type Item = (K, V);
    type Iter = vec::IntoIter<(K, V)>;

    fn into_par_iter(self) -> Self::Iter {
        self.items().into_par_iter()
    }
}
