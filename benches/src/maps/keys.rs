//! Keys, and how a map is asked for them.

use std::{borrow::Borrow, fmt::Debug, hash::Hash};

use evmap::StableHashEq;

use crate::{Random, identifiers};

/// What maps are asked for. (`StableHashEq` is what evmap asks of a key.)
pub trait Key:
    Borrow<Self::Asked> + Clone + Debug + Hash + Eq + StableHashEq + Send + Sync + 'static
{
    /// The borrowed form.
    type Asked: Hash + Eq + ToOwned<Owned = Self> + Sync + ?Sized + 'static;

    /// `count` different keys, in random order.
    #[must_use]
    fn keys(count: usize, seed: u64) -> Vec<Self>;

    /// Copies of those keys that `order` says, one after the other in memory.
    #[must_use]
    fn questions(keys: &[Self], order: &[usize]) -> Vec<&'static Self::Asked>;
}

impl Key for u64 {
    type Asked = Self;

    fn keys(count: usize, seed: u64) -> Vec<Self> {
        let mut random = Random::new(seed);
        // They are all different: SplitMix64 gives each number once.
        (0..count).map(|_| random.bits()).collect()
    }

    fn questions(keys: &[Self], order: &[usize]) -> Vec<&'static Self> {
        let keys: Vec<Self> = order.iter().map(|&index| keys[index]).collect();
        keys.leak().iter().collect()
    }
}

impl Key for String {
    type Asked = str;

    fn keys(count: usize, seed: u64) -> Vec<Self> {
        identifiers(count, seed)
    }

    fn questions(keys: &[Self], order: &[usize]) -> Vec<&'static str> {
        let (mut bytes, mut ends) = (Self::new(), Vec::new());
        for &index in order {
            bytes.push_str(&keys[index]);
            ends.push(bytes.len());
        }
        let bytes: &'static str = bytes.leak();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts.zip(&ends).map(|(start, &end)| &bytes[start..end]).collect()
    }
}
