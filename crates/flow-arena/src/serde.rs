//! Pools and symbols as data, behind the feature `serde`.
//!
//! A [`Symbol`] is its index. A pool is the sequence of its strings in the order of their symbols, the common
//! ones included, so that symbols stored beside a pool mean the same strings when both are read back.
//!
//! A pool that is read back has a new arena, the default settings and no memory limit. If the sequence begins
//! with the common strings, they are the pool's pre-interned ones; otherwise it has none, and a reset empties
//! it.

use std::{borrow::Cow, fmt, hash::BuildHasher, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, SeqAccess, Unexpected, Visitor},
    ser::SerializeSeq,
};

use crate::{FrozenStringPool, StringPool, StringPoolIter, Symbol, string_pool::COMMON};

impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.number())
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let index = u32::deserialize(deserializer)?;
        Self::from_index(index as usize).ok_or_else(|| {
            de::Error::invalid_value(
                Unexpected::Unsigned(index.into()),
                &"the index of a symbol, below 4294967295",
            )
        })
    }
}

/// The strings up to the first that another thread is still interning, so that positions are indices.
fn serialize<S: Serializer>(strings: StringPoolIter<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let in_order = |(position, (symbol, _)): &(usize, (Symbol, &str))| symbol.index() == *position;
    let count = strings.clone().enumerate().take_while(in_order).count();
    let mut sequence = serializer.serialize_seq(Some(count))?;
    for (_, text) in strings.take(count) {
        sequence.serialize_element(text)?;
    }
    sequence.end()
}

/// The strings in the order of their symbols.
///
/// # Examples
///
/// ```
/// use flow_arena::StringPool;
///
/// let pool = StringPool::builder().without_common_strings().build();
/// let symbol = pool.symbol("example");
/// let stored = serde_json::to_string(&(&pool, symbol))?;
/// assert_eq!(stored, r#"[["example"],0]"#);
///
/// let (pool, symbol): (StringPool, _) = serde_json::from_str(&stored)?;
/// assert_eq!(pool.resolve(symbol), Some("example"));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<S> Serialize for StringPool<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serialize(self.iter(), serializer)
    }
}

impl<S> Serialize for FrozenStringPool<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serialize(self.iter(), serializer)
    }
}

impl<'de, S: BuildHasher + Default> Deserialize<'de> for StringPool<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PoolVisitor(PhantomData))
    }
}

impl<'de, S: BuildHasher + Default> Deserialize<'de> for FrozenStringPool<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        StringPool::deserialize(deserializer).map(StringPool::freeze)
    }
}

/// A string, borrowed from the input where the format can.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct PoolVisitor<S>(PhantomData<S>);

impl<'de, S: BuildHasher + Default> Visitor<'de> for PoolVisitor<S> {
    type Value = StringPool<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence of different strings, in the order of their symbols")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        // The declared length is not trusted, nor needed: the pool grows as strings arrive.
        let mut common = 0;
        let mut next = sequence.next_element::<Text<'de>>()?;
        while let Some(text) = next.as_ref()
            && COMMON.get(common) == Some(&&*text.0)
        {
            common += 1;
            next = sequence.next_element()?;
        }
        let builder = StringPool::builder().hasher(S::default());
        let (builder, begun) = if common == COMMON.len() {
            (builder, &[][..])
        } else {
            (builder.without_common_strings(), &COMMON[..common])
        };
        let pool = builder.try_build().map_err(de::Error::custom)?;
        for text in begun {
            pool.try_intern(text).map_err(de::Error::custom)?;
        }
        while let Some(Text(text)) = next {
            let position = pool.len();
            let first = pool.try_symbol(&text).map_err(de::Error::custom)?.index();
            if first != position {
                return Err(de::Error::custom(format_args!(
                    "the strings at positions {first} and {position} of the pool are both {text:?}"
                )));
            }
            next = sequence.next_element()?;
        }
        Ok(pool)
    }
}
