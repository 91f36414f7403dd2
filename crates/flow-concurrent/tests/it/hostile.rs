//! Panics in code of a user, one at a time, at every place where a map runs such code.

use std::{collections::BTreeMap, thread};

use flow_concurrent::Map;

use crate::hooks::{Census, Event, Key, Value, at, caught, fire};

/// The keys 0 to this one are in the map before.
pub(crate) const KEYS: u32 = 12;
/// A key that no map has.
pub(crate) const ABSENT: u32 = 700;
/// How often an operation may be tried before it has to go through.
const MOST: usize = 2000;

/// What a panic may leave behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// The map as it was before; when a destructor panics, perhaps as it is after the operation.
    All,
    /// Some entries as they were before, and some as they are after the operation.
    Each,
}

/// An operation, of a map of type `M`.
pub(crate) struct Operation<M> {
    pub(crate) name: &'static str,
    pub(crate) leaves: Leaves,
    pub(crate) run: fn(&M),
}

/// What is in a map.
fn contents<M: Map<Key, Value>>(map: &M) -> BTreeMap<u32, u32> {
    let items = map.items();
    let contents: BTreeMap<u32, u32> =
        items.iter().map(|(key, value)| (key.number(), value.number)).collect();
    assert_eq!(contents.len(), items.len(), "a key is there twice");
    contents
}

/// Everything about the map agrees, and it can be used, also by another thread.
fn check<M: Map<Key, Value> + Sync>(map: &M) {
    let expected = contents(map);
    assert_eq!(map.len(), expected.len());
    assert_eq!(map.keys().len(), expected.len());
    let right = |key: u32| map.get(&Key::new(key)).map(|value| value.number) == expected.get(&key).copied();
    assert!((0..KEYS).all(right) && (ABSENT..ABSENT + 40).step_by(7).all(right));
    let use_it = || {
        for number in 5000..5004 {
            assert!(map.insert(Key::new(number), Value::new(number)).is_none());
        }
        for number in 5000..5004 {
            assert_eq!(map.remove(&Key::new(number)).map(|value| value.number), Some(number));
        }
    };
    use_it();
    thread::scope(|scope| scope.spawn(use_it).join()).expect("another thread gets through");
    assert_eq!(contents(map), expected);
}

/// Each operation, with a panic at each call of each code of the user, until it goes through.
///
/// `settle` has the map free what it keeps for later. `leaks` says how many keys and values an operation may leave
/// for ever when a destructor panics; nothing may ever be dropped twice.
pub(crate) fn panic_everywhere<M: Map<Key, Value> + Sync>(
    make: impl Fn() -> M,
    settle: impl Fn(&M),
    operations: &[Operation<M>],
    leaks: impl Fn(&str) -> isize,
) {
    let mut panics = 0;
    for Operation { name, leaves, run } in operations {
        let (before, after) = {
            let map = make();
            let before = contents(&map);
            run(&map);
            (before, contents(&map))
        };
        for event in Event::ALL {
            let drops = matches!(event, Event::KeyDrop | Event::ValueDrop);
            if drops && cfg!(flow_sanitize) {
                // What such a panic leaves for ever is no defect here, but a checker for leaks would say so.
                continue;
            }
            let leaks = if drops { leaks(name) } else { 0 };
            for calls in 0.. {
                assert!(calls < MOST, "{name} at {event:?}: does not end");
                let census = Census::new();
                let map = census.count(&make);
                let result =
                    at(event, calls, || panic!("on purpose"), || caught(|| census.count(|| run(&map))));
                let place = || format!("{name}, panic at call {calls} of {event:?}");
                let (result, fired) = result;
                let done = match result {
                    Ok(()) => {
                        assert!(!fired, "{}: the panic got lost", place());
                        true
                    }
                    Err(text) => {
                        assert_eq!(text, "on purpose", "{}", place());
                        panics += 1;
                        false
                    }
                };
                let checked = caught(|| {
                    let now = contents(&map);
                    if done {
                        assert_eq!(now, after, "after the operation");
                    } else if *leaves == Leaves::All {
                        assert!(now == before || (drops && now == after), "after a panic: {now:?}");
                    }
                    for key in now.keys().chain(before.keys()).chain(after.keys()) {
                        let value = now.get(key);
                        assert!(value == before.get(key) || value == after.get(key), "key {key}: {value:?}");
                    }
                    settle(&map);
                    let lost = census.alive() - 2 * map.len() as isize;
                    assert!((0..=leaks).contains(&lost), "{lost} keys and values that are not in the map");
                    check(&map);
                });
                checked.unwrap_or_else(|text| panic!("{}: {text}", place()));
                drop(map);
                let lost = census.alive();
                assert!((0..=leaks).contains(&lost), "{}: {lost} are there when all is dropped", place());
                if done {
                    break;
                }
            }
        }
    }
    assert!(panics > operations.len(), "only {panics} panics");
}

/// Entries for all keys.
pub(crate) fn entries() -> impl Iterator<Item = (Key, Value)> {
    (0..KEYS).map(|number| (Key::new(number), Value::new(number)))
}

/// Values for keys that are there, and for new ones: enough for tables to grow.
pub(crate) fn more() -> impl Iterator<Item = (Key, Value)> {
    (0..40).map(|number| {
        fire(Event::Closure);
        let key = if number < 5 { number } else { ABSENT + number };
        (Key::new(key), Value::new(number + 100))
    })
}
