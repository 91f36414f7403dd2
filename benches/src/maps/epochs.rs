//! Maps that read without locks, and free what readers may still see later.

use foldhash::fast::RandomState;
use papaya::{HashMapRef, LocalGuard};

use crate::maps::{Key, Map, Read, Shot, Visit, Write};

type Lockless<K> = papaya::HashMap<K, u64, RandomState>;

/// papaya's map, pinned for each operation, as one does where the map is used here and there.
#[derive(Debug)]
pub struct Papaya<K: Key>(Lockless<K>);

/// papaya's map, pinned once for each handle, as one does in a loop.
#[derive(Debug)]
pub struct PapayaPinned<K: Key>(Lockless<K>);

fn fill<K: Key>(map: &Lockless<K>, entries: impl IntoIterator<Item = (K, u64)>) {
    let pinned = map.pin();
    for (key, value) in entries {
        pinned.insert(key, value);
    }
}

impl<K: Key> Map<K> for Papaya<K> {
    type Handle<'a> = &'a Lockless<K>;

    fn new() -> Self {
        Self(Lockless::with_hasher(RandomState::default()))
    }

    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
        fill(&self.0, entries);
    }

    #[inline]
    fn handle(&self) -> Self::Handle<'_> {
        &self.0
    }
}

impl<K: Key> Map<K> for PapayaPinned<K> {
    type Handle<'a> = HashMapRef<'a, K, u64, RandomState, LocalGuard<'a>>;

    fn new() -> Self {
        Self(Lockless::with_hasher(RandomState::default()))
    }

    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
        fill(&self.0, entries);
    }

    #[inline]
    fn handle(&self) -> Self::Handle<'_> {
        self.0.pin()
    }
}

impl<K: Key> Read<K> for &Lockless<K> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        self.pin().get(key).copied()
    }
}

impl<K: Key> Write<K> for &Lockless<K> {
    #[inline]
    fn insert(&mut self, key: K, value: u64) {
        self.pin().insert(key, value);
    }

    #[inline]
    fn set(&mut self, key: &K::Asked, value: u64) {
        self.pin().insert(key.to_owned(), value);
    }

    #[inline]
    fn remove(&mut self, key: &K::Asked) -> bool {
        self.pin().remove(key).is_some()
    }
}

impl<K: Key> Visit<K> for &Lockless<K> {
    fn sum(&mut self) -> u64 {
        self.pin().values().fold(0, |sum, value| sum.wrapping_add(*value))
    }
}

impl<K: Key> Shot<K> for Papaya<K> {
    type Shot = Lockless<K>;

    fn shot(&self) -> Self::Shot {
        self.0.clone()
    }
}

impl<K: Key> Read<K> for HashMapRef<'_, K, u64, RandomState, LocalGuard<'_>> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        HashMapRef::get(self, key).copied()
    }
}

impl<K: Key> Write<K> for HashMapRef<'_, K, u64, RandomState, LocalGuard<'_>> {
    #[inline]
    fn insert(&mut self, key: K, value: u64) {
        HashMapRef::insert(self, key, value);
    }

    #[inline]
    fn set(&mut self, key: &K::Asked, value: u64) {
        HashMapRef::insert(self, key.to_owned(), value);
    }

    #[inline]
    fn remove(&mut self, key: &K::Asked) -> bool {
        HashMapRef::remove(self, key).is_some()
    }
}

/// scc's `HashIndex`, whose reads take no lock and whose changed values are new entries.
#[derive(Debug)]
pub struct SccIndex<K: Key>(scc::HashIndex<K, u64, RandomState>);

impl<K: Key> Map<K> for SccIndex<K> {
    type Handle<'a> = &'a scc::HashIndex<K, u64, RandomState>;

    fn new() -> Self {
        Self(scc::HashIndex::with_hasher(RandomState::default()))
    }

    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
        for (key, value) in entries {
            // Keys are all different.
            drop(self.0.insert_sync(key, value));
        }
    }

    #[inline]
    fn handle(&self) -> Self::Handle<'_> {
        &self.0
    }
}

impl<K: Key> Read<K> for &scc::HashIndex<K, u64, RandomState> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        self.peek_with(key, |_, value| *value)
    }
}

impl<K: Key> Write<K> for &scc::HashIndex<K, u64, RandomState> {
    #[inline]
    fn insert(&mut self, key: K, value: u64) {
        if let Err((key, value)) = self.insert_sync(key, value) {
            self.set(key.borrow(), value);
        }
    }

    #[inline]
    fn set(&mut self, key: &K::Asked, value: u64) {
        if let Some(mut entry) = self.get_sync(key) {
            entry.update(value);
        } else {
            // If another thread was faster, its value is as good.
            drop(self.insert_sync(key.to_owned(), value));
        }
    }

    #[inline]
    fn remove(&mut self, key: &K::Asked) -> bool {
        self.remove_sync(key)
    }
}

impl<K: Key> Visit<K> for &scc::HashIndex<K, u64, RandomState> {
    fn sum(&mut self) -> u64 {
        let guard = scc::Guard::new();
        self.iter(&guard).fold(0, |sum, (_, value)| sum.wrapping_add(*value))
    }
}
