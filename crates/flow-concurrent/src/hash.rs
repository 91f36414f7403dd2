//! The default hasher, under names of this crate.

use std::{
    fmt,
    hash::{BuildHasher, Hash, Hasher},
};

use foldhash::fast::{FoldHasher, RandomState};

/// The hasher of both maps unless they are given another one: fast, and seeded anew for each map.
///
/// The seed makes it hard to guess keys that collide, but the algorithm (foldhash's fast variant) is not
/// cryptographic. When an adversary chooses the keys and can watch how long operations take, give the map
/// [`std::hash::RandomState`], which is.
///
/// # Examples
///
/// ```
/// use std::hash::RandomState;
///
/// use flow_concurrent::ConcurrentMap;
///
/// let map = ConcurrentMap::with_hasher(RandomState::new());
/// map.insert("example", 1);
/// ```
#[derive(Clone, Default)]
pub struct DefaultHashBuilder(RandomState);

impl fmt::Debug for DefaultHashBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the seed, here and below: knowing it is what makes collisions easy to find.
        f.debug_struct("DefaultHashBuilder").finish_non_exhaustive()
    }
}

impl BuildHasher for DefaultHashBuilder {
    type Hasher = DefaultHasher;

    #[inline]
    fn build_hasher(&self) -> DefaultHasher {
        DefaultHasher(self.0.build_hasher())
    }
}

/// What [`DefaultHashBuilder`] builds.
///
/// # Examples
///
/// ```
/// use std::hash::{BuildHasher, Hasher};
///
/// use flow_concurrent::{DefaultHashBuilder, DefaultHasher};
///
/// let builder = DefaultHashBuilder::default();
/// let (mut one, mut other): (DefaultHasher, DefaultHasher) = (builder.build_hasher(), builder.build_hasher());
/// one.write_u32(7);
/// other.write_u32(7);
/// assert_eq!(one.finish(), other.finish());
/// ```
#[derive(Clone)]
pub struct DefaultHasher(FoldHasher<'static>);

impl fmt::Debug for DefaultHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefaultHasher").finish_non_exhaustive()
    }
}

impl Hasher for DefaultHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    // Integers one by one: what these default to would hash their bytes as a string.

    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.0.write_u8(value);
    }

    #[inline]
    fn write_u16(&mut self, value: u16) {
        self.0.write_u16(value);
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.0.write_u32(value);
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.0.write_u64(value);
    }

    #[inline]
    fn write_u128(&mut self, value: u128) {
        self.0.write_u128(value);
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.0.write_usize(value);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0.finish()
    }
}

/// The hash of `key` by `builder`, with a finalising mix.
///
/// The maps take shards, slots and tags from different bits of one hash, and want all of them to depend on the whole
/// key. A hasher that returns the key itself is fine for a map with one table and would put all small integers into
/// one shard here. One multiplication to 128 bits, whose halves are folded: what foldhash ends with, and wyhash
/// before it.
#[inline]
pub(crate) fn hash_of<S: BuildHasher, Q: Hash + ?Sized>(builder: &S, key: &Q) -> u64 {
    /// The fractional part of pi: odd, and without a pattern.
    const MULTIPLIER: u64 = 0x243f_6a88_85a3_08d3;
    let hash = builder.hash_one(key);
    // Ours ends with such a step, and a lookup should not wait for another. A constant: one arm is left of this.
    if typeid::of::<S>() == typeid::of::<DefaultHashBuilder>() {
        return hash;
    }
    // Zero would stay zero, which is harmless; but neighbours of it would be poor. So it is moved away first.
    let product = u128::from(hash ^ 0x1319_8a2e_0370_7344) * u128::from(MULTIPLIER);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    return (product >> 64) as u64 ^ product as u64;
}
