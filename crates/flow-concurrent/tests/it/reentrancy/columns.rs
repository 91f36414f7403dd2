//! The operations that are called inside others: all there are.

use flow_concurrent::{ConcurrentMap, ReadMap};

use super::{Column, Maps, Needs};
use crate::hooks::{self, Key, Value};

/// A key that no map has.
const ABSENT: u32 = 500;

/// Calls on `mixed`, a `ConcurrentMap`, or `read`, a `ReadMap`, with `key`.
macro_rules! columns {
    ($($needs:ident $name:literal |$map:ident, $key:ident| $call:expr;)*) => {
        vec![$(Column {
            name: $name,
            needs: Needs::$needs,
            run: |maps: &Maps, which: usize, $key: u32| {
                let $map = columns!(@ $map maps which);
                let (_, _) = ($map, $key);
                crate::ignore($call);
            },
        }),*]
    };
    (@ mixed $maps:ident $which:ident) => { &$maps.mixed[$which] };
    (@ read $maps:ident $which:ident) => { &$maps.read[$which] };
}

/// All operations of both maps.
pub(super) fn columns() -> Vec<Column> {
    let mut all = of_concurrent_map();
    all.extend(of_read_map());
    #[cfg(feature = "serde")]
    all.extend(columns! {
        Shared "ConcurrentMap: Serialize" |mixed, key| serde_json::to_string(mixed);
        Nothing "ReadMap: Serialize" |read, key| serde_json::to_string(read);
    });
    all
}

fn of_concurrent_map() -> Vec<Column> {
    columns! {
        Nothing "ConcurrentMap::len" |mixed, key| mixed.len();
        Nothing "ConcurrentMap::is_empty" |mixed, key| mixed.is_empty();
        Nothing "ConcurrentMap::hasher" |mixed, key| mixed.hasher();
        // Says that it is locked, where it is.
        Nothing "ConcurrentMap: Debug" |mixed, key| format!("{mixed:?}");
        Nothing "ConcurrentMap::new" |mixed, key| ConcurrentMap::<Key, Value, _>::with_hasher(mixed.hasher().clone());
        // Others cannot see a new map yet.
        Nothing "ConcurrentMap: FromIterator" |mixed, key|
            [(Key::new(key), Value::new(1))].into_iter().collect::<ConcurrentMap<_, _>>();
        Shared "ConcurrentMap::get" |mixed, key| mixed.get(&Key::new(key));
        Shared "ConcurrentMap::with" |mixed, key| mixed.with(&Key::new(key), |value| value.number);
        Shared "ConcurrentMap::contains_key" |mixed, key| mixed.contains_key(&Key::new(key));
        Shared "ConcurrentMap::keys" |mixed, key| mixed.keys();
        Shared "ConcurrentMap::values" |mixed, key| mixed.values();
        Shared "ConcurrentMap::items" |mixed, key| mixed.items();
        Shared "ConcurrentMap::for_each" |mixed, key| mixed.for_each(|key, _| assert!(key.number() != 999));
        Shared "ConcurrentMap::iter" |mixed, key| mixed.iter().count();
        Shared "&ConcurrentMap: IntoIterator" |mixed, key| mixed.into_iter().count();
        Shared "ConcurrentMap::snapshot" |mixed, key| mixed.snapshot();
        Shared "ConcurrentMap: Clone" |mixed, key| mixed.clone();
        Shared "ConcurrentMap::capacity" |mixed, key| mixed.capacity();
        Shared "ConcurrentMap::stats" |mixed, key| mixed.stats();
        Shared "ConcurrentMap::get_or_insert_with, present" |mixed, key| {
            let present = mixed.keys().into_iter().next();
            present.map(|present| mixed.get_or_insert_with(present, || Value::new(7)))
        };
        Shared "ConcurrentMap: PartialEq" |mixed, key| hooks::same(mixed, mixed);
        Exclusive "ConcurrentMap::insert" |mixed, key| mixed.insert(Key::new(key), Value::new(7));
        Exclusive "ConcurrentMap::insert, absent" |mixed, key| mixed.insert(Key::new(ABSENT), Value::new(7));
        Exclusive "ConcurrentMap::try_insert" |mixed, key| mixed.try_insert(Key::new(key), Value::new(7));
        Exclusive "ConcurrentMap::set" |mixed, key| mixed.set(&Key::new(key), Value::new(7));
        Exclusive "ConcurrentMap::remove" |mixed, key| mixed.remove(&Key::new(key));
        Exclusive "ConcurrentMap::remove_entry" |mixed, key| mixed.remove_entry(&Key::new(key));
        Exclusive "ConcurrentMap::remove_if" |mixed, key| mixed.remove_if(&Key::new(key), |_, _| true);
        Exclusive "ConcurrentMap::get_or_insert_with, absent" |mixed, key|
            mixed.get_or_insert_with(Key::new(ABSENT), || Value::new(7));
        Exclusive "ConcurrentMap::try_get_or_insert_with, absent" |mixed, key|
            mixed.try_get_or_insert_with(Key::new(ABSENT), || Ok::<_, ()>(Value::new(7)));
        Exclusive "ConcurrentMap::update" |mixed, key| mixed.update(&Key::new(key), |value| value.number += 1);
        Exclusive "ConcurrentMap::upsert" |mixed, key|
            mixed.upsert(Key::new(key), || Value::new(7), |value| value.number += 1);
        Exclusive "ConcurrentMap::compare_exchange" |mixed, key|
            mixed.compare_exchange(&Key::new(key), &Value::new(key), Value::new(7));
        Exclusive "ConcurrentMap::retain" |mixed, key| mixed.retain(|_, _| false);
        Exclusive "ConcurrentMap::clear" |mixed, key| mixed.clear();
        Exclusive "ConcurrentMap::reserve" |mixed, key| mixed.reserve(100);
        Exclusive "ConcurrentMap::shrink_to_fit" |mixed, key| mixed.shrink_to_fit();
        Exclusive "&ConcurrentMap: Extend" |mixed, key| {
            let mut mixed = mixed;
            mixed.extend([(Key::new(key), Value::new(7))]);
        };
    }
}

fn of_read_map() -> Vec<Column> {
    columns! {
        Nothing "ReadMap::len" |read, key| read.len();
        Nothing "ReadMap::is_empty" |read, key| read.is_empty();
        Nothing "ReadMap::version" |read, key| read.version();
        Nothing "ReadMap::get" |read, key| read.get(&Key::new(key));
        Nothing "ReadMap::with" |read, key| read.with(&Key::new(key), |value| value.number);
        Nothing "ReadMap::contains_key" |read, key| read.contains_key(&Key::new(key));
        Nothing "ReadMap::reader" |read, key| {
            let mut reader = read.reader();
            assert!(reader.get(&Key::new(ABSENT + 1)).is_none());
            reader.len()
        };
        Nothing "ReadMap::snapshot" |read, key| {
            let snapshot = read.snapshot();
            assert_eq!(snapshot.iter().count(), snapshot.len());
            assert!(snapshot == snapshot.clone());
            snapshot.get(&Key::new(key)).map(|value| value.number)
        };
        Nothing "Snapshot::diff" |read, key| drop(read.snapshot().diff(&read.snapshot()));
        Nothing "ReadMap::keys" |read, key| read.keys();
        Nothing "ReadMap::items" |read, key| read.items();
        Nothing "ReadMap::for_each" |read, key| read.for_each(|key, _| assert!(key.number() != 999));
        Nothing "&ReadMap: IntoIterator" |read, key| read.into_iter().count();
        Nothing "ReadMap: Debug" |read, key| format!("{read:?}");
        Nothing "ReadMap: PartialEq" |read, key| hooks::same(read, read);
        Nothing "ReadMap::new" |read, key| ReadMap::<Key, Value, _>::with_hasher(read.hasher().clone());
        Writing "ReadMap::insert" |read, key| read.insert(Key::new(key), Value::new(7));
        Writing "ReadMap::insert, absent" |read, key| read.insert(Key::new(ABSENT), Value::new(7));
        Writing "ReadMap::set" |read, key| read.set(&Key::new(key), Value::new(7));
        Writing "ReadMap::try_insert" |read, key| read.try_insert(Key::new(ABSENT), Value::new(7));
        Writing "ReadMap::remove" |read, key| read.remove(&Key::new(key));
        Writing "ReadMap::remove_entry" |read, key| read.remove_entry(&Key::new(key));
        Writing "ReadMap::remove_if" |read, key| read.remove_if(&Key::new(key), |_, _| true);
        Writing "ReadMap::get_or_insert_with, absent" |read, key|
            read.get_or_insert_with(Key::new(ABSENT), || Value::new(7));
        Writing "ReadMap::try_get_or_insert_with, absent" |read, key|
            read.try_get_or_insert_with(Key::new(ABSENT), || Ok::<_, ()>(Value::new(7)));
        Writing "ReadMap::update" |read, key| read.update(|transaction| transaction.remove(&Key::new(key)));
        Writing "ReadMap::try_update" |read, key|
            read.try_update(|transaction| transaction.remove(&Key::new(key)).ok_or(()));
        Writing "ReadMap::compare_and_update" |read, key|
            read.compare_and_update(read.version(), |transaction| transaction.remove(&Key::new(key)));
        Writing "ReadMap::retain" |read, key| read.retain(|kept, _| kept.number() != key);
        Writing "ReadMap::clear" |read, key| read.clear();
        Writing "ReadMap::stats" |read, key| read.stats();
        Writing "ReadMap::reclaim" |read, key| read.reclaim();
        Writing "&ReadMap: Extend" |read, key| {
            let mut read = read;
            read.extend([(Key::new(key), Value::new(7))]);
        };
    }
}
