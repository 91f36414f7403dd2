//! Maps of which each write publishes a new version: copies in an `ArcSwap`, whole or of what changed, and
//! evmap, which has two and writes to each in turn.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Cache};
use evmap::handles::{ReadHandle, WriteHandle};
use foldhash::fast::RandomState;

use crate::maps::{Key, Map, Read, Shot, Write};

/// A map of one thread.
pub trait Table<K: Key>: Clone + Default + Send + Sync + 'static {
    /// The value at `key`.
    fn look_up(&self, key: &K::Asked) -> Option<u64>;

    /// Adds an entry or replaces one.
    fn put(&mut self, key: K, value: u64);

    /// Changes the value at a key.
    fn change(&mut self, key: &K::Asked, value: u64) {
        self.put(key.to_owned(), value);
    }

    /// Takes an entry out.
    fn take(&mut self, key: &K::Asked) -> bool;
}

type Whole<K> = hashbrown::HashMap<K, u64, RandomState>;

impl<K: Key> Table<K> for Whole<K> {
    #[inline]
    fn look_up(&self, key: &K::Asked) -> Option<u64> {
        self.get(key).copied()
    }

    fn put(&mut self, key: K, value: u64) {
        self.insert(key, value);
    }

    fn change(&mut self, key: &K::Asked, value: u64) {
        if let Some(old) = self.get_mut(key) {
            *old = value;
        } else {
            self.insert(key.to_owned(), value);
        }
    }

    fn take(&mut self, key: &K::Asked) -> bool {
        self.remove(key).is_some()
    }
}

type Imbl<K> = imbl::GenericHashMap<K, u64, RandomState, imbl::shared_ptr::DefaultSharedPtr>;

impl<K: Key> Table<K> for Imbl<K> {
    #[inline]
    fn look_up(&self, key: &K::Asked) -> Option<u64> {
        self.get(key).copied()
    }

    fn put(&mut self, key: K, value: u64) {
        self.insert(key, value);
    }

    fn change(&mut self, key: &K::Asked, value: u64) {
        if let Some(old) = self.get_mut(key) {
            *old = value;
        } else {
            self.insert(key.to_owned(), value);
        }
    }

    fn take(&mut self, key: &K::Asked) -> bool {
        self.remove(key).is_some()
    }
}

type Rpds<K> = rpds::HashTrieMapSync<K, u64, RandomState>;

impl<K: Key> Table<K> for Rpds<K> {
    #[inline]
    fn look_up(&self, key: &K::Asked) -> Option<u64> {
        self.get(key).copied()
    }

    // Its `get_mut` clones an entry and then all that lead to it, as `insert_mut` does.
    fn put(&mut self, key: K, value: u64) {
        self.insert_mut(key, value);
    }

    fn take(&mut self, key: &K::Asked) -> bool {
        self.remove_mut(key)
    }
}

/// The newest version of a map, and the right to publish the next.
#[derive(Debug, Default)]
pub struct Versions<T> {
    newest: ArcSwap<T>,
    writer: Mutex<()>,
}

impl<T: Clone> Versions<T> {
    /// Publishes a changed copy.
    fn write<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let writing = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = T::clone(&self.newest.load());
        let result = change(&mut next);
        // The last version goes here, unless a reader has it, and after the lock.
        let last = self.newest.swap(Arc::new(next));
        drop(writing);
        drop(last);
        result
    }

    fn fill<K: Key>(&mut self, entries: impl IntoIterator<Item = (K, u64)>)
    where
        T: Table<K>,
    {
        self.write(|table| entries.into_iter().for_each(|(key, value)| table.put(key, value)));
    }
}

/// A read loads the newest version.
#[derive(Debug, Default)]
pub struct Load<T>(Versions<T>);

/// A handle has a version in hand, and looks whether it is still the newest.
#[derive(Debug, Default)]
pub struct Cached<T>(Versions<T>);

/// hashbrown's map, cloned for each write.
pub type ArcSwapLoad<K> = Load<Whole<K>>;
/// The same, read through a cache.
pub type ArcSwapCache<K> = Cached<Whole<K>>;
/// imbl's map, which shares what a write does not change.
pub type ImblLoad<K> = Load<Imbl<K>>;
/// The same, read through a cache.
pub type ImblCache<K> = Cached<Imbl<K>>;
/// rpds's map, which shares what a write does not change.
pub type RpdsLoad<K> = Load<Rpds<K>>;
/// The same, read through a cache.
pub type RpdsCache<K> = Cached<Rpds<K>>;

impl<K: Key, T: Table<K>> Map<K> for Load<T> {
    type Handle<'a> = &'a Versions<T>;

    fn new() -> Self {
        Self(Versions { newest: ArcSwap::default(), writer: Mutex::default() })
    }

    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
        self.0.fill(entries);
    }

    #[inline]
    fn handle(&self) -> Self::Handle<'_> {
        &self.0
    }
}

impl<K: Key, T: Table<K>> Shot<K> for Load<T> {
    type Shot = Arc<T>;

    fn shot(&self) -> Arc<T> {
        self.0.newest.load_full()
    }
}

impl<K: Key, T: Table<K>> Map<K> for Cached<T> {
    type Handle<'a> = CacheHandle<'a, T>;

    fn new() -> Self {
        Self(Versions { newest: ArcSwap::default(), writer: Mutex::default() })
    }

    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
        self.0.fill(entries);
    }

    fn handle(&self) -> Self::Handle<'_> {
        CacheHandle { versions: &self.0, cache: Cache::new(&self.0.newest) }
    }
}

impl<K: Key, T: Table<K>> Read<K> for &Versions<T> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        self.newest.load().look_up(key)
    }
}

impl<K: Key, T: Table<K>> Write<K> for &Versions<T> {
    fn insert(&mut self, key: K, value: u64) {
        self.write(|table| table.put(key, value));
    }

    fn set(&mut self, key: &K::Asked, value: u64) {
        self.write(|table| table.change(key, value));
    }

    fn remove(&mut self, key: &K::Asked) -> bool {
        self.write(|table| table.take(key))
    }

    fn set_all(&mut self, keys: &[&K::Asked], value: u64) {
        self.write(|table| keys.iter().for_each(|key| table.change(key, value)));
    }
}

/// A cached version.
#[derive(Debug)]
pub struct CacheHandle<'a, T> {
    versions: &'a Versions<T>,
    cache: Cache<&'a ArcSwap<T>, Arc<T>>,
}

impl<K: Key, T: Table<K>> Read<K> for CacheHandle<'_, T> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        self.cache.load().look_up(key)
    }
}

impl<K: Key, T: Table<K>> Write<K> for CacheHandle<'_, T> {
    fn insert(&mut self, key: K, value: u64) {
        self.versions.write(|table| table.put(key, value));
    }

    fn set(&mut self, key: &K::Asked, value: u64) {
        self.versions.write(|table| table.change(key, value));
    }

    fn remove(&mut self, key: &K::Asked) -> bool {
        self.versions.write(|table| table.take(key))
    }
}

type EvmapReader<K> = ReadHandle<K, u64, (), RandomState>;
type EvmapWriter<K> = WriteHandle<K, u64, (), RandomState>;

/// evmap, which publishes after each write here, so that a read sees it.
#[derive(Debug)]
pub struct Evmap<K: Key> {
    writer: Mutex<EvmapWriter<K>>,
    /// To be cloned: each thread needs its own.
    reader: Mutex<EvmapReader<K>>,
}

impl<K: Key> Map<K> for Evmap<K> {
    type Handle<'a> = EvmapHandle<'a, K>;

    fn new() -> Self {
        // SAFETY: all copies of one `RandomState` hash alike.
        let options = unsafe { evmap::Options::default().with_hasher(RandomState::default()) };
        let (writer, reader) = options.construct();
        Self { writer: Mutex::new(writer), reader: Mutex::new(reader) }
    }

    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
        let writer = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in entries {
            writer.update(key, value);
        }
        // Once for each of the two maps.
        writer.publish();
        writer.publish();
    }

    fn handle(&self) -> Self::Handle<'_> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner).clone();
        EvmapHandle { writer: &self.writer, reader }
    }
}

/// A reader of evmap, and the way to its writer.
#[derive(Debug)]
pub struct EvmapHandle<'a, K: Key> {
    writer: &'a Mutex<EvmapWriter<K>>,
    reader: EvmapReader<K>,
}

impl<K: Key> EvmapHandle<'_, K> {
    fn write(&self, write: impl FnOnce(&mut EvmapWriter<K>)) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        write(&mut writer);
        writer.publish();
    }
}

impl<K: Key> Read<K> for EvmapHandle<'_, K> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        self.reader.get_one(key).map(|found| *found)
    }
}

impl<K: Key> Write<K> for EvmapHandle<'_, K> {
    fn insert(&mut self, key: K, value: u64) {
        self.write(|writer| _ = writer.update(key, value));
    }

    fn set(&mut self, key: &K::Asked, value: u64) {
        self.insert(key.to_owned(), value);
    }

    fn remove(&mut self, key: &K::Asked) -> bool {
        self.write(|writer| _ = writer.remove_entry(key.to_owned()));
        true
    }

    fn set_all(&mut self, keys: &[&K::Asked], value: u64) {
        self.write(|writer| {
            for &key in keys {
                writer.update(key.to_owned(), value);
            }
        });
    }
}
