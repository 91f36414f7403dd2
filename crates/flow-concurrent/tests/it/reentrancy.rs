//! Code of a user that uses maps in the middle of an operation of a map: every place where such code runs, and every
//! operation that it could call. Each must work, or panic with the reason; none may hang, and the maps are as usable
//! afterwards as before.

mod columns;
mod rows;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use flow_concurrent::{ConcurrentMap, Map, ReadMap};
use flow_testkit::within;

use crate::{
    hashers::Chosen,
    hooks::{self, Event, Key, Value, caught, message},
};

/// The time for a row, which takes some milliseconds. It is what a hang costs, so not more than it must.
const LIMIT: Duration = Duration::from_secs(if cfg!(flow_sanitize) { 300 } else { 60 });
/// The keys 0 to this one are in all maps.
const KEYS: u32 = 8;

/// What the thread holds while code of the user runs: see `src/held.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// No lock: everything is allowed.
    Nothing,
    /// A shard of a `ConcurrentMap`, with others: reads of any map are allowed.
    Shared,
    /// A shard of a `ConcurrentMap`, alone: only what takes no lock is allowed.
    Exclusive,
    /// The right to write to a `ReadMap`: all is allowed but writes to a `ReadMap`.
    Writing,
}

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// No lock.
    Nothing,
    /// A shard of a `ConcurrentMap`, with others.
    Shared,
    /// A shard of a `ConcurrentMap`, alone.
    Exclusive,
    /// The right to write to a `ReadMap`.
    Writing,
}

/// The whole table: whether what needs this may be called where that is held.
fn may_be_called(needs: Needs, held: Held) -> bool {
    match (held, needs) {
        (Held::Nothing, _) | (_, Needs::Nothing) => true,
        (Held::Shared, Needs::Shared) => true,
        (Held::Writing, Needs::Shared | Needs::Exclusive) => true,
        (Held::Shared, Needs::Exclusive | Needs::Writing) | (Held::Exclusive, _) => false,
        (Held::Writing, Needs::Writing) => false,
    }
}

/// Two maps of each kind, all with the same entries.
struct Maps {
    mixed: [ConcurrentMap<Key, Value, Chosen>; 2],
    read: [ReadMap<Key, Value, Chosen>; 2],
}

impl Maps {
    fn new(hasher: &Chosen) -> Self {
        let entries = || (0..KEYS).map(|number| (Key::new(number), Value::new(number)));
        let maps = Self {
            mixed: [(), ()].map(|()| ConcurrentMap::with_hasher(hasher.clone())),
            read: [(), ()].map(|()| ReadMap::with_hasher(hasher.clone())),
        };
        maps.mixed.iter().for_each(|mut map| map.extend(entries()));
        maps.read.iter().for_each(|mut map| map.extend(entries()));
        maps
    }

    /// All maps are consistent and can be used.
    fn check(&self) {
        self.mixed.iter().for_each(check);
        self.read.iter().for_each(check);
    }
}

fn check<M: Map<Key, Value>>(map: &M) {
    let numbers = |map: &M| map.items().iter().map(|(key, _)| key.number()).collect::<BTreeSet<_>>();
    let items = numbers(map);
    assert_eq!(items.len(), map.items().len(), "a key is there twice");
    assert_eq!(map.len(), items.len());
    assert_eq!(map.keys().len(), items.len());
    for key in 0..KEYS {
        let there = items.contains(&key);
        assert_eq!(map.get(&Key::new(key)).is_some(), there);
    }
    let fresh = 1_000_000;
    assert!(map.insert(Key::new(fresh), Value::new(1)).is_none());
    assert_eq!(map.insert(Key::new(fresh), Value::new(2)).map(|value| value.number), Some(1));
    assert_eq!(map.get(&Key::new(fresh)).map(|value| value.number), Some(2));
    assert_eq!(map.len(), items.len() + 1);
    assert!(map.remove(&Key::new(fresh)).is_some());
    assert_eq!(numbers(map), items);
}

/// An operation with code of the user inside.
struct Row {
    name: &'static str,
    event: Event,
    /// How many such events come before the one that is meant.
    after: usize,
    held: Held,
    /// Calls it on the first map of its kind, with key 0 if that is to be there.
    run: fn(&Maps),
}

/// An operation that is called inside.
struct Column {
    name: &'static str,
    needs: Needs,
    /// Calls it on the map of its kind with that index, with that key.
    run: fn(&Maps, usize, u32),
}

/// One cell: this operation inside that one.
fn try_cell(hasher: &Chosen, row: &Row, column: &Column, which: usize, key: u32) {
    let maps = Arc::new(Maps::new(hasher));
    let inside = {
        let (maps, run) = (Arc::clone(&maps), column.run);
        move || run(&maps, which, key)
    };
    let outside = || hooks::at(row.event, row.after, inside, || (row.run)(&maps));
    match caught(outside) {
        Ok(((), fired)) => {
            assert!(fired, "the code of the user did not run");
            assert!(may_be_called(column.needs, row.held), "it should have panicked, and did not");
        }
        Err(text) => {
            assert!(!may_be_called(column.needs, row.held), "it should have worked, and panicked: {text}");
            assert!(text.contains("could wait for itself forever"), "it panicked for another reason: {text}");
        }
    }
    maps.check();
    // No lock is left behind that only this thread would get past.
    let elsewhere = thread::scope(|scope| scope.spawn(|| maps.check()).join());
    elsewhere.unwrap_or_else(|panic| panic!("on another thread: {}", message(&*panic)));
}

/// Every operation inside `row`: on the same map and the same key, on another key, and on another map.
fn try_row(hasher: Chosen, row: Row) {
    let cell = Arc::new(Mutex::new(String::new()));
    let name = format!("{} at {:?}", row.name, row.event);
    let now = Arc::clone(&cell);
    let result = caught(|| {
        within(LIMIT, move || {
            for column in columns::columns() {
                for (which, key) in [(0, 0), (0, 1), (1, 0)] {
                    *now.lock().expect("no panics") = format!("{} on map {which}, key {key}", column.name);
                    try_cell(&hasher, &row, &column, which, key);
                }
            }
        });
    });
    if let Err(text) = result {
        panic!("{} inside {name}: {text}", cell.lock().expect("no panics"));
    }
}

fn try_rows(hasher: &Chosen, rows: Vec<Row>) {
    let problems: Vec<String> =
        rows.into_iter().filter_map(|row| caught(|| try_row(hasher.clone(), row)).err()).collect();
    assert!(problems.is_empty(), "{} rows:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn inside_a_concurrent_map() {
    try_rows(&Chosen::sip(), rows::of_concurrent_map());
}

#[test]
#[cfg_attr(flow_sanitize, ignore = "the same memory as with other hashers, and slow")]
fn inside_a_concurrent_map_whose_keys_collide() {
    try_rows(&Chosen::Constant, rows::of_concurrent_map());
}

#[test]
fn inside_a_read_map() {
    try_rows(&Chosen::sip(), rows::of_read_map());
}

#[test]
#[cfg_attr(flow_sanitize, ignore = "the same memory as with other hashers, and slow")]
fn inside_a_read_map_whose_keys_collide() {
    try_rows(&Chosen::Constant, rows::of_read_map());
}
