//! Our map for mixed use.

use std::collections::HashMap;

use flow_concurrent::{ConcurrentMap, DefaultHashBuilder};

use crate::maps::{Key, Map, Read, Shot, Visit, Write};

/// `ConcurrentMap` as it comes.
#[derive(Debug)]
pub struct FlowConcurrentMap<K: Key>(ConcurrentMap<K, u64>);

impl<K: Key> Map<K> for FlowConcurrentMap<K> {
    type Handle<'a> = &'a ConcurrentMap<K, u64>;

    fn new() -> Self {
        Self(ConcurrentMap::new())
    }

    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
        for (key, value) in entries {
            self.0.insert(key, value);
        }
    }

    #[inline]
    fn handle(&self) -> Self::Handle<'_> {
        &self.0
    }
}

impl<K: Key> Read<K> for &ConcurrentMap<K, u64> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        ConcurrentMap::get(self, key)
    }
}

impl<K: Key> Write<K> for &ConcurrentMap<K, u64> {
    #[inline]
    fn insert(&mut self, key: K, value: u64) {
        ConcurrentMap::insert(self, key, value);
    }

    #[inline]
    fn set(&mut self, key: &K::Asked, value: u64) {
        ConcurrentMap::set(self, key, value);
    }

    #[inline]
    fn remove(&mut self, key: &K::Asked) -> bool {
        ConcurrentMap::remove(self, key).is_some()
    }
}

impl<K: Key> Visit<K> for &ConcurrentMap<K, u64> {
    fn sum(&mut self) -> u64 {
        let mut sum = 0_u64;
        self.for_each(|_, value| sum = sum.wrapping_add(*value));
        sum
    }
}

impl<K: Key> Shot<K> for FlowConcurrentMap<K> {
    type Shot = HashMap<K, u64, DefaultHashBuilder>;

    fn shot(&self) -> Self::Shot {
        self.0.snapshot()
    }
}
