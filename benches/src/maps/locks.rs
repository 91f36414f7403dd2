//! Maps behind locks, one or many; and a map that needs none, because nobody shares it.

use std::{
    collections::HashMap,
    hash::BuildHasher,
    sync::{Mutex, MutexGuard, PoisonError, RwLock},
};

use dashmap::DashMap;
use foldhash::fast::RandomState;

use crate::maps::{Key, Map, Read, Shot, Visit, Write};

/// dashmap, with as many shards as it takes by itself.
#[derive(Debug)]
pub struct Dash<K: Key>(DashMap<K, u64, RandomState>);

/// dashmap, with 64 shards.
#[derive(Debug)]
pub struct Dash64<K: Key>(DashMap<K, u64, RandomState>);

/// dashmap as it is when nobody chooses anything.
#[derive(Debug)]
pub struct DashSipHash<K: Key>(DashMap<K, u64>);

macro_rules! dashmaps {
    ($($map:ident: $hasher:ty = $new:expr;)*) => {$(
        impl<K: Key> Map<K> for $map<K> {
            type Handle<'a> = &'a DashMap<K, u64, $hasher>;

            fn new() -> Self {
                Self($new)
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
    )*};
}

dashmaps! {
    Dash: RandomState = DashMap::with_hasher(RandomState::default());
    Dash64: RandomState = DashMap::with_hasher_and_shard_amount(RandomState::default(), 64);
    DashSipHash: std::hash::RandomState = DashMap::new();
}

impl<K: Key, S: BuildHasher + Clone> Read<K> for &DashMap<K, u64, S> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        DashMap::get(self, key).map(|found| *found)
    }
}

impl<K: Key, S: BuildHasher + Clone> Write<K> for &DashMap<K, u64, S> {
    #[inline]
    fn insert(&mut self, key: K, value: u64) {
        DashMap::insert(self, key, value);
    }

    #[inline]
    fn set(&mut self, key: &K::Asked, value: u64) {
        // No slower than `insert`, and needs no key of its own.
        let found = self.get_mut(key).map(|mut found| *found = value);
        if found.is_none() {
            self.insert(key.to_owned(), value);
        }
    }

    #[inline]
    fn remove(&mut self, key: &K::Asked) -> bool {
        DashMap::remove(self, key).is_some()
    }
}

impl<K: Key, S: BuildHasher + Clone> Visit<K> for &DashMap<K, u64, S> {
    fn sum(&mut self) -> u64 {
        self.iter().fold(0, |sum, entry| sum.wrapping_add(*entry))
    }
}

impl<K: Key> Shot<K> for Dash<K> {
    type Shot = DashMap<K, u64, RandomState>;

    fn shot(&self) -> Self::Shot {
        self.0.clone()
    }
}

/// scc's `HashMap`, which locks a bucket for a read, too.
#[derive(Debug)]
pub struct Scc<K: Key>(scc::HashMap<K, u64, RandomState>);

impl<K: Key> Map<K> for Scc<K> {
    type Handle<'a> = &'a scc::HashMap<K, u64, RandomState>;

    fn new() -> Self {
        Self(scc::HashMap::with_hasher(RandomState::default()))
    }

    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
        for (key, value) in entries {
            self.0.upsert_sync(key, value);
        }
    }

    #[inline]
    fn handle(&self) -> Self::Handle<'_> {
        &self.0
    }
}

impl<K: Key> Read<K> for &scc::HashMap<K, u64, RandomState> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        self.read_sync(key, |_, value| *value)
    }
}

impl<K: Key> Write<K> for &scc::HashMap<K, u64, RandomState> {
    #[inline]
    fn insert(&mut self, key: K, value: u64) {
        self.upsert_sync(key, value);
    }

    #[inline]
    fn set(&mut self, key: &K::Asked, value: u64) {
        if self.update_sync(key, |_, old| *old = value).is_none() {
            self.upsert_sync(key.to_owned(), value);
        }
    }

    #[inline]
    fn remove(&mut self, key: &K::Asked) -> bool {
        self.remove_sync(key).is_some()
    }
}

impl<K: Key> Visit<K> for &scc::HashMap<K, u64, RandomState> {
    fn sum(&mut self) -> u64 {
        let mut sum = 0_u64;
        self.iter_sync(|_, value| {
            sum = sum.wrapping_add(*value);
            true
        });
        sum
    }
}

type Plain<K> = HashMap<K, u64, RandomState>;

fn set<K: Key>(map: &mut Plain<K>, key: &K::Asked, value: u64) {
    if let Some(old) = map.get_mut(key) {
        *old = value;
    } else {
        map.insert(key.to_owned(), value);
    }
}

/// The standard library's map behind one readers-writer lock.
#[derive(Debug)]
pub struct RwLockMap<K: Key>(RwLock<Plain<K>>);

impl<K: Key> Map<K> for RwLockMap<K> {
    type Handle<'a> = &'a Self;

    fn new() -> Self {
        Self(RwLock::default())
    }

    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
        let map = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in entries {
            map.insert(key, value);
        }
    }

    #[inline]
    fn handle(&self) -> Self::Handle<'_> {
        self
    }
}

impl<K: Key> Read<K> for &RwLockMap<K> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }
}

impl<K: Key> Write<K> for &RwLockMap<K> {
    #[inline]
    fn insert(&mut self, key: K, value: u64) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, value);
    }

    #[inline]
    fn set(&mut self, key: &K::Asked, value: u64) {
        set(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), key, value);
    }

    #[inline]
    fn remove(&mut self, key: &K::Asked) -> bool {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(key).is_some()
    }
}

impl<K: Key> Visit<K> for &RwLockMap<K> {
    fn sum(&mut self) -> u64 {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.values().fold(0, |sum, value| sum.wrapping_add(*value))
    }
}

impl<K: Key> Shot<K> for RwLockMap<K> {
    type Shot = HashMap<K, u64, RandomState>;

    fn shot(&self) -> Self::Shot {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

type Limit<K> = hashbrown::HashMap<K, u64, RandomState>;

/// hashbrown's map that nobody writes to: the limit of what a read can cost.
#[derive(Debug)]
pub struct Hashbrown<K: Key>(Limit<K>);

impl<K: Key> Map<K> for Hashbrown<K> {
    type Handle<'a> = &'a Limit<K>;

    fn new() -> Self {
        Self(Limit::default())
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

impl<K: Key> Read<K> for &Limit<K> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        Limit::get(self, key).copied()
    }
}

impl<K: Key> Visit<K> for &Limit<K> {
    fn sum(&mut self) -> u64 {
        self.values().fold(0, |sum, value| sum.wrapping_add(*value))
    }
}

/// hashbrown's map in the hands of one thread: the limit of what a write can cost. A handle has it locked.
#[derive(Debug)]
pub struct HashbrownAlone<K: Key>(Mutex<Limit<K>>);

impl<K: Key> Map<K> for HashbrownAlone<K> {
    type Handle<'a> = MutexGuard<'a, Limit<K>>;

    fn new() -> Self {
        Self(Mutex::default())
    }

    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
        for (key, value) in entries {
            self.0.get_mut().unwrap_or_else(PoisonError::into_inner).insert(key, value);
        }
    }

    #[inline]
    fn handle(&self) -> Self::Handle<'_> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Key> Read<K> for MutexGuard<'_, Limit<K>> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        Limit::get(self, key).copied()
    }
}

impl<K: Key> Write<K> for MutexGuard<'_, Limit<K>> {
    #[inline]
    fn insert(&mut self, key: K, value: u64) {
        Limit::insert(self, key, value);
    }

    #[inline]
    fn set(&mut self, key: &K::Asked, value: u64) {
        if let Some(old) = self.get_mut(key) {
            *old = value;
        } else {
            Limit::insert(self, key.to_owned(), value);
        }
    }

    #[inline]
    fn remove(&mut self, key: &K::Asked) -> bool {
        Limit::remove(self, key).is_some()
    }
}
