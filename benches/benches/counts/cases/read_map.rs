//! A map from numbers to numbers, with 10,000 entries. Each write makes a version, and frees the one before it.

use std::hint::black_box;

use flow_benches::maps::workload::{Pick, absent, keys, other_keys, present};
use flow_concurrent::ReadMap;

use crate::{Operations, cases::on_each};

const ENTRIES: usize = 10_000;

fn map() -> ReadMap<u64, u64> {
    keys::<u64>(ENTRIES).iter().copied().zip(0..).collect()
}

pub(crate) fn get() -> Operations {
    let map = map();
    on_each(present::<u64>(ENTRIES, Pick::Uniform), move |key| _ = black_box(map.get(*key)))
}

pub(crate) fn get_reader() -> Operations {
    let mut reader = map().reader();
    on_each(present::<u64>(ENTRIES, Pick::Uniform), move |key| _ = black_box(reader.get(*key)))
}

pub(crate) fn get_absent() -> Operations {
    let map = map();
    on_each(absent::<u64>(ENTRIES), move |key| _ = black_box(map.get(*key)))
}

pub(crate) fn set() -> Operations {
    let map = map();
    on_each(present::<u64>(ENTRIES, Pick::Uniform), move |key| _ = black_box(map.set(*key, 1)))
}

/// A new key, and away with it.
pub(crate) fn insert_remove() -> Operations {
    let map = map();
    on_each(other_keys::<u64>(ENTRIES), move |&key| {
        black_box(map.insert(key, 1));
        black_box(map.remove(&key));
    })
}
