//! A map from numbers to numbers, with 10,000 entries, and room for those that are added.

use std::hint::black_box;

use flow_benches::maps::workload::{Pick, absent, keys, other_keys, present};
use flow_concurrent::ConcurrentMap;

use crate::{
    Operations,
    cases::{on_each, once_on_each},
};

const ENTRIES: usize = 10_000;

fn map() -> ConcurrentMap<u64, u64> {
    let map = ConcurrentMap::new();
    map.reserve(2 * ENTRIES);
    for (&key, value) in keys::<u64>(ENTRIES).iter().zip(0..) {
        map.insert(key, value);
    }
    map
}

pub(crate) fn get() -> Operations {
    let map = map();
    on_each(present::<u64>(ENTRIES, Pick::Uniform), move |key| _ = black_box(map.get(*key)))
}

pub(crate) fn get_absent() -> Operations {
    let map = map();
    on_each(absent::<u64>(ENTRIES), move |key| _ = black_box(map.get(*key)))
}

pub(crate) fn set() -> Operations {
    let map = map();
    on_each(present::<u64>(ENTRIES, Pick::Uniform), move |key| _ = black_box(map.set(*key, 1)))
}

pub(crate) fn insert() -> Operations {
    let map = map();
    once_on_each(other_keys::<u64>(ENTRIES), move |&key| _ = black_box(map.insert(key, 1)))
}

pub(crate) fn remove() -> Operations {
    let map = map();
    once_on_each(keys::<u64>(ENTRIES), move |key| _ = black_box(map.remove(key)))
}
