//! A `ReadMap` as a map of serde.

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use super::{ReadMap, Snapshot};

impl<K: Serialize, V: Serialize, S> Serialize for Snapshot<K, V, S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serializer.collect_map(self)
    }
}

/// As it is now: the length is that of the entries, whatever is written meanwhile. No lock is held.
///
/// # Examples
///
/// ```
/// use flow_concurrent::ReadMap;
///
/// let json = serde_json::to_string(&ReadMap::from([("key", 1)]))?;
/// assert_eq!(json, r#"{"key":1}"#);
/// let map: ReadMap<String, u32> = serde_json::from_str(&json)?;
/// assert_eq!(map.get("key"), Some(1));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<K: Serialize, V: Serialize, S> Serialize for ReadMap<K, V, S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        self.snapshot().serialize(serializer)
    }
}

/// Of a key that comes twice, the last value stays, as with `HashMap`.
impl<'de, K, V, S> Deserialize<'de> for ReadMap<K, V, S>
where
    K: Deserialize<'de> + Hash + Eq + Clone,
    V: Deserialize<'de> + Clone,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor(PhantomData))
    }
}

struct MapVisitor<K, V, S>(PhantomData<(K, V, S)>);

impl<'de, K, V, S> Visitor<'de> for MapVisitor<K, V, S>
where
    K: Deserialize<'de> + Hash + Eq + Clone,
    V: Deserialize<'de> + Clone,
    S: BuildHasher + Default,
{
    type Value = ReadMap<K, V, S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        ReadMap::build(S::default(), |next| {
            // Room is made as entries come, whatever length was declared.
            while let Some((key, value)) = entries.next_entry()? {
                next.insert(key, value);
            }
            Ok(())
        })
    }
}
