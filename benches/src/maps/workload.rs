//! What maps hold, and what they are asked for: made once in a process, because a million keys take a while.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

pub use crate::measure::OPERATIONS;
use crate::{
    Access, Random, SEED, accesses,
    maps::{Key, Map, Read as _},
};

/// Which keys are asked for. The order is never that in which they were inserted, nor are the popular ones
/// the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pick {
    /// Each as often as any other.
    Uniform,
    /// The `k`th in proportion to `1 / k` (Zipf, exponent 1).
    Zipf,
    /// The same all the time.
    One,
}

/// How many different questions there are before they come again.
fn count(entries: usize) -> usize {
    entries.max(16 * OPERATIONS)
}

/// The keys of a map with that many entries, in the order of insertion.
#[must_use]
pub fn keys<K: Key>(entries: usize) -> &'static [K] {
    once::<Vec<K>>(format!("keys {entries}"), || K::keys(entries, SEED))
}

/// Keys that a map with [these](keys) has not.
#[must_use]
pub fn other_keys<K: Key>(entries: usize) -> &'static [K] {
    once::<Vec<K>>(format!("others {entries}"), || {
        // The first are `keys`.
        let mut keys = K::keys(2 * entries, SEED);
        keys.drain(..entries);
        keys
    })
}

/// What a map with that many entries is asked for: keys that it has. Lies apart from them, in the order of
/// questions.
#[must_use]
pub fn present<K: Key>(entries: usize, pick: Pick) -> &'static [&'static K::Asked] {
    once::<Vec<&'static K::Asked>>(format!("present {entries} {pick:?}"), || {
        questions(keys::<K>(entries), pick)
    })
}

/// The same for keys that it does not have.
#[must_use]
pub fn absent<K: Key>(entries: usize) -> &'static [&'static K::Asked] {
    once::<Vec<&'static K::Asked>>(format!("absent {entries}"), || {
        questions(other_keys::<K>(entries), Pick::Uniform)
    })
}

fn questions<K: Key>(keys: &[K], pick: Pick) -> Vec<&'static K::Asked> {
    let order = match pick {
        Pick::Uniform => accesses(count(keys.len()), keys.len(), Access::Uniform, SEED ^ 1),
        Pick::Zipf => accesses(count(keys.len()), keys.len(), Access::Zipf, SEED ^ 1),
        Pick::One => vec![0; count(0)],
    };
    let ranks = shuffled(keys.len(), SEED ^ 2);
    let order: Vec<usize> = order.into_iter().map(|rank| ranks[rank]).collect();
    K::questions(keys, &order)
}

/// [`present`], each with whether to write to it: so many in a hundred, at random.
#[must_use]
pub fn mixed<K: Key>(entries: usize, pick: Pick, writes: usize) -> &'static [(&'static K::Asked, bool)] {
    once::<Vec<(&'static K::Asked, bool)>>(format!("mixed {entries} {pick:?} {writes}"), || {
        let mut random = Random::new(SEED ^ 3);
        present::<K>(entries, pick).iter().map(|&question| (question, random.below(100) < writes)).collect()
    })
}

/// The numbers below `count` in random order.
#[must_use]
pub fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut numbers: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        numbers.swap(last, random.below(last + 1));
    }
    numbers
}

/// A new map with that many entries.
#[must_use]
pub fn new_filled<K: Key, M: Map<K>>(entries: usize) -> M {
    let mut map = M::new();
    map.fill(keys::<K>(entries).iter().cloned().zip(0..));
    map
}

/// A map with that many entries, whose values may have been changed: a new one, unless the last was such a
/// map, or it is so large that it was kept.
///
/// # Panics
///
/// If the map does not find what it was filled with.
#[must_use]
pub fn filled<K: Key, M: Map<K>>(entries: usize) -> Arc<M> {
    type Kept = HashMap<(TypeId, usize), Arc<dyn Any + Send + Sync>>;
    static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);
    /// Entries from which on a map takes long to make.
    const LARGE: usize = 1_000_000;
    let name = (TypeId::of::<(K, M)>(), entries);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(&name)
        && let Ok(known) = Arc::clone(known).downcast()
    {
        return known;
    }
    // How a small map was used before might make a difference.
    kept.retain(|&(_, entries), _| entries >= LARGE);
    let map = Arc::new(new_filled::<K, M>(entries));
    for key in keys::<K>(entries).iter().step_by(97) {
        assert!(map.handle().get(key.borrow()).is_some(), "there is nothing at {key:?}");
    }
    kept.insert(name, Arc::clone(&map) as _);
    map
}

/// Makes each value of that name and type once.
fn once<T: Any + Send + Sync>(name: String, make: impl FnOnce() -> T) -> &'static T {
    type Made = Mutex<HashMap<(TypeId, String), &'static (dyn Any + Send + Sync)>>;
    static MADE: LazyLock<Made> = LazyLock::new(Made::default);
    let name = (TypeId::of::<T>(), name);
    let known = MADE.lock().unwrap_or_else(PoisonError::into_inner).get(&name).copied();
    // Without the lock: it may need others of these.
    let value = known.unwrap_or_else(|| {
        let made: &'static T = Box::leak(Box::new(make()));
        MADE.lock().unwrap_or_else(PoisonError::into_inner).insert(name, made);
        made
    });
    value.downcast_ref().expect("the type is a part of its name")
}

#[cfg(test)]
mod tests {
    //! Questions are what they say.

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn present_keys_are_present_and_absent_ones_absent() {
        let keys: BTreeSet<&str> = keys::<String>(1000).iter().map(String::as_str).collect();
        assert_eq!(keys.len(), 1000);
        for pick in [Pick::Uniform, Pick::Zipf, Pick::One] {
            let questions = present::<String>(1000, pick);
            assert_eq!(questions.len(), 16 * OPERATIONS);
            assert!(questions.iter().all(|question| keys.contains(question)), "{pick:?}");
        }
        assert!(!absent::<String>(1000).iter().any(|question| keys.contains(question)));
    }

    #[test]
    fn so_many_in_a_hundred_are_writes() {
        let writes = |percent| {
            mixed::<u64>(1000, Pick::Uniform, percent).iter().filter(|(_, write)| *write).count() * 100
                / (16 * OPERATIONS)
        };
        assert_eq!((writes(0), writes(100)), (0, 100));
        assert!((48..=52).contains(&writes(50)));
    }

    #[test]
    fn shuffling_loses_nothing() {
        let mut numbers = shuffled(1000, SEED);
        assert_ne!(numbers[..3], [0, 1, 2]);
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..1000));
    }
}
