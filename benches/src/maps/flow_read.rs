//! Our map for reading, in each of the three ways to read it.

use flow_concurrent::{ReadMap, Reader, Snapshot};

use crate::maps::{Key, Map, Read, Shot, Write};

/// `ReadMap`, by `get`.
#[derive(Debug)]
pub struct FlowReadMap<K: Key>(ReadMap<K, u64>);

/// `ReadMap`, by a reader.
#[derive(Debug)]
pub struct FlowReader<K: Key>(ReadMap<K, u64>);

/// `ReadMap`, by a snapshot, which sees nothing newer.
#[derive(Debug)]
pub struct FlowSnapshot<K: Key>(ReadMap<K, u64>);

impl<K: Key> Shot<K> for FlowReadMap<K> {
    type Shot = Snapshot<K, u64>;

    fn shot(&self) -> Self::Shot {
        self.0.snapshot()
    }
}

macro_rules! read_maps {
    ($($map:ident: $handle:ty = $make:expr;)*) => {$(
        impl<K: Key> Map<K> for $map<K> {
            type Handle<'a> = $handle;

            fn new() -> Self {
                Self(ReadMap::new())
            }

            fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>) {
                self.0.update(|transaction| {
                    for (key, value) in entries {
                        transaction.insert(key, value);
                    }
                });
            }

            #[inline]
            fn handle(&self) -> Self::Handle<'_> {
                $make(&self.0)
            }
        }
    )*};
}

read_maps! {
    FlowReadMap: &'a ReadMap<K, u64> = std::convert::identity;
    FlowReader: ReaderHandle<'a, K> = ReaderHandle::new;
    FlowSnapshot: Snapshot<K, u64> = ReadMap::snapshot;
}

impl<K: Key> Read<K> for &ReadMap<K, u64> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        ReadMap::get(self, key)
    }
}

impl<K: Key> Write<K> for &ReadMap<K, u64> {
    #[inline]
    fn insert(&mut self, key: K, value: u64) {
        ReadMap::insert(self, key, value);
    }

    #[inline]
    fn set(&mut self, key: &K::Asked, value: u64) {
        ReadMap::set(self, key, value);
    }

    #[inline]
    fn remove(&mut self, key: &K::Asked) -> bool {
        ReadMap::remove(self, key).is_some()
    }

    fn set_all(&mut self, keys: &[&K::Asked], value: u64) {
        self.update(|transaction| {
            for &key in keys {
                if let Some(old) = transaction.get_mut(key) {
                    *old = value;
                } else {
                    transaction.insert(key.to_owned(), value);
                }
            }
        });
    }
}

/// A reader, and the map to write to.
#[derive(Debug)]
pub struct ReaderHandle<'a, K: Key> {
    map: &'a ReadMap<K, u64>,
    reader: Reader<K, u64>,
}

impl<'a, K: Key> ReaderHandle<'a, K> {
    fn new(map: &'a ReadMap<K, u64>) -> Self {
        Self { map, reader: map.reader() }
    }
}

impl<K: Key> Read<K> for ReaderHandle<'_, K> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        self.reader.get(key).copied()
    }
}

impl<K: Key> Write<K> for ReaderHandle<'_, K> {
    #[inline]
    fn insert(&mut self, key: K, value: u64) {
        self.map.insert(key, value);
    }

    #[inline]
    fn set(&mut self, key: &K::Asked, value: u64) {
        self.map.set(key, value);
    }

    #[inline]
    fn remove(&mut self, key: &K::Asked) -> bool {
        self.map.remove(key).is_some()
    }
}

impl<K: Key> Read<K> for Snapshot<K, u64> {
    #[inline]
    fn get(&mut self, key: &K::Asked) -> Option<u64> {
        Snapshot::get(self, key).copied()
    }
}
