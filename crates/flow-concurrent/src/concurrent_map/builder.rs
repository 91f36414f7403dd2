//! How a `ConcurrentMap` is configured.

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    marker::PhantomData,
};

use super::ConcurrentMap;
use crate::{DefaultHashBuilder, raw::Store};

/// Configures a [`ConcurrentMap`].
///
/// # Examples
///
/// ```
/// use std::hash::RandomState;
///
/// use flow_concurrent::ConcurrentMap;
///
/// let map = ConcurrentMap::builder().capacity(10_000).shards(256).hasher(RandomState::new()).build();
/// map.insert("key", 1);
/// assert_eq!(map.stats().shards, 256);
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct ConcurrentMapBuilder<K, V, S = DefaultHashBuilder> {
    capacity: usize,
    shards: Option<usize>,
    hasher: S,
    map: PhantomData<fn() -> (K, V)>,
}

impl<K, V> ConcurrentMapBuilder<K, V> {
    pub(super) fn new() -> Self {
        Self { capacity: 0, shards: None, hasher: DefaultHashBuilder::default(), map: PhantomData }
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> ConcurrentMapBuilder<K, V, S> {
    /// The number of entries to make room for. 0 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::<u32, u32>::builder().capacity(1000).build();
    /// assert!(map.capacity() >= 1000);
    /// ```
    pub fn capacity(mut self, entries: usize) -> Self {
        self.capacity = entries;
        self
    }

    /// A fixed number of shards: rounded up to a power of two, at least 2 and at most 65,536.
    ///
    /// By default a map begins with 4 shards; once it is large or busy it has 32 for each processor, at least 64 and at
    /// most 1,024. Setting a number pays off for a small map that many threads use from the start, and for many large
    /// maps each used mostly by one thread. A shard without entries takes 136 bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = flow_concurrent::ConcurrentMap::<u32, u32>::builder().shards(100).build();
    /// assert_eq!(map.stats().shards, 128);
    /// ```
    pub fn shards(mut self, shards: usize) -> Self {
        self.shards = Some(shards);
        self
    }

    /// The hasher: [`DefaultHashBuilder`] by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use flow_concurrent::ConcurrentMap;
    ///
    /// let map: ConcurrentMap<&str, u32, RandomState> = ConcurrentMap::builder().hasher(RandomState::new()).build();
    /// assert_eq!(map.insert("key", 1), None);
    /// ```
    pub fn hasher<T: BuildHasher>(self, hasher: T) -> ConcurrentMapBuilder<K, V, T> {
        ConcurrentMapBuilder { capacity: self.capacity, shards: self.shards, hasher, map: PhantomData }
    }

    /// The map. Allocates its shards, and tables for the capacity.
    ///
    /// # Panics
    ///
    /// Panics if the capacity exceeds the largest possible allocation (`isize::MAX` bytes).
    #[must_use]
    #[track_caller]
    pub fn build(self) -> ConcurrentMap<K, V, S> {
        ConcurrentMap { store: Store::new(self.capacity, self.shards), hasher: self.hasher }
    }
}

impl<K, V> Default for ConcurrentMapBuilder<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V, S: Clone> Clone for ConcurrentMapBuilder<K, V, S> {
    fn clone(&self) -> Self {
        Self { hasher: self.hasher.clone(), ..*self }
    }
}

impl<K, V, S> fmt::Debug for ConcurrentMapBuilder<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConcurrentMapBuilder")
            .field("capacity", &self.capacity)
            .field("shards", &self.shards)
            .finish_non_exhaustive()
    }
}
