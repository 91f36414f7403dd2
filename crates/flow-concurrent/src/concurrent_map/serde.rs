//! A `ConcurrentMap` as a map of serde.

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use super::ConcurrentMap;

/// The entries at one moment, with their true number.
///
/// # Examples
///
/// ```
/// use flow_concurrent::ConcurrentMap;
///
/// let json = serde_json::to_string(&ConcurrentMap::from([("key", 1)]))?;
/// assert_eq!(json, r#"{"key":1}"#);
/// let map: ConcurrentMap<String, u32> = serde_json::from_str(&json)?;
/// assert_eq!(map.get("key"), Some(1));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<K, V, S> Serialize for ConcurrentMap<K, V, S>
where
    K: Hash + Eq + Clone + Serialize,
    V: Clone + Serialize,
    S: BuildHasher,
{
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serializer.collect_map(self.entries_at_once())
    }
}

/// Of a key that comes twice, the last value stays, as with `HashMap`.
impl<'de, K, V, S> Deserialize<'de> for ConcurrentMap<K, V, S>
where
    K: Hash + Eq + Deserialize<'de>,
    V: Deserialize<'de>,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor(PhantomData))
    }
}

struct MapVisitor<K, V, S>(PhantomData<(K, V, S)>);

impl<'de, K, V, S> Visitor<'de> for MapVisitor<K, V, S>
where
    K: Hash + Eq + Deserialize<'de>,
    V: Deserialize<'de>,
    S: BuildHasher + Default,
{
    type Value = ConcurrentMap<K, V, S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        /// What a number in the input may make us allocate before there is anything to fill it.
        const TRUSTED_BYTES: usize = 1 << 20;
        let trusted = TRUSTED_BYTES / size_of::<(K, V)>().max(1);
        let capacity = entries.size_hint().unwrap_or(0).min(trusted);
        let mut map = ConcurrentMap::with_capacity_and_hasher(capacity, S::default());
        while let Some((key, value)) = entries.next_entry()? {
            map.insert_unshared(key, value);
        }
        Ok(map)
    }
}
