//! A concurrent map whose users do their worst: code that panics anywhere, threads that die, writes at the wrong
//! moment, input that lies.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flow_concurrent::ConcurrentMap;
use flow_testkit::{on_threads, within};

use crate::{
    LIMIT,
    chaos::{Finally, Random, dawdle, with_dawdling},
    hashers::Chosen,
    hooks::{Event, Key, Value, caught, fire, same},
    hostile::{ABSENT, Leaves, Operation, entries, more, panic_everywhere},
    ignore,
};

type Hostile = ConcurrentMap<Key, Value, Chosen>;

/// A map with all of them.
fn filled(hasher: Chosen) -> Hostile {
    let mut map = Hostile::with_hasher(hasher);
    map.extend(entries());
    map
}

fn operations() -> Vec<Operation<Hostile>> {
    macro_rules! operations {
        ($($leaves:ident $name:literal |$map:ident| $call:expr;)*) => {
            vec![$(Operation {
                name: $name,
                leaves: Leaves::$leaves,
                run: |$map: &Hostile| ignore($call),
            }),*]
        };
    }
    operations! {
        All "get" |map| map.get(&Key::new(3));
        All "get, absent" |map| map.get(&Key::new(ABSENT));
        All "with" |map| map.with(&Key::new(3), |_| fire(Event::Closure));
        All "contains_key" |map| map.contains_key(&Key::new(3));
        All "insert" |map| map.insert(Key::new(3), Value::new(30));
        All "insert, absent" |map| map.insert(Key::new(ABSENT), Value::new(30));
        All "try_insert" |map| map.try_insert(Key::new(3), Value::new(30));
        All "try_insert, absent" |map| map.try_insert(Key::new(ABSENT), Value::new(30));
        All "set" |map| map.set(&Key::new(3), Value::new(30));
        All "set, absent" |map| map.set(&Key::new(ABSENT), Value::new(30));
        All "remove" |map| map.remove(&Key::new(3));
        All "remove_entry" |map| map.remove_entry(&Key::new(3));
        All "remove_if" |map| map.remove_if(&Key::new(3), |_, _| {
            fire(Event::Closure);
            true
        });
        All "remove_if, not" |map| map.remove_if(&Key::new(3), |_, _| {
            fire(Event::Closure);
            false
        });
        All "get_or_insert_with" |map| map.get_or_insert_with(Key::new(3), || Value::new(30));
        All "get_or_insert_with, absent" |map| map.get_or_insert_with(Key::new(ABSENT), || {
            fire(Event::Closure);
            Value::new(30)
        });
        All "try_get_or_insert_with" |map| map.try_get_or_insert_with(Key::new(ABSENT), || {
            fire(Event::Closure);
            Err::<Value, Key>(Key::new(1))
        });
        All "update" |map| map.update(&Key::new(3), |value| {
            fire(Event::Closure);
            value.number = 30;
        });
        All "upsert" |map| map.upsert(Key::new(3), || Value::new(29), |value| {
            fire(Event::Closure);
            value.number = 30;
        });
        All "upsert, absent" |map| map.upsert(
            Key::new(ABSENT),
            || {
                fire(Event::Closure);
                Value::new(30)
            },
            |_| {},
        );
        All "compare_exchange" |map| map.compare_exchange(&Key::new(3), &Value::new(3), Value::new(30));
        All "compare_exchange, other" |map| map.compare_exchange(&Key::new(3), &Value::new(4), Value::new(30));
        All "compare_exchange, absent" |map|
            map.compare_exchange(&Key::new(ABSENT), &Value::new(4), Value::new(30));
        All "keys" |map| map.keys();
        All "values" |map| map.values();
        All "items" |map| map.items();
        All "for_each" |map| map.for_each(|_, _| fire(Event::Closure));
        All "iter" |map| map.iter().for_each(|_| fire(Event::Closure));
        All "iter, not to its end" |map| map.iter().nth(5);
        All "snapshot" |map| map.snapshot();
        All "Clone" |map| map.clone();
        All "Debug" |map| format!("{map:?}");
        All "PartialEq" |map| same(map, map);
        All "into_iter" |map| map.clone().into_iter().nth(5);
        All "FromIterator" |map| {
            drop(more().collect::<Hostile>());
            map.len()
        };
        All "reserve" |map| map.reserve(2000);
        All "shrink_to_fit" |map| map.shrink_to_fit();
        Each "retain" |map| map.retain(|key, _| {
            fire(Event::Closure);
            key.number() % 3 == 0
        });
        Each "retain, none" |map| map.retain(|_, _| {
            fire(Event::Closure);
            false
        });
        Each "clear" |map| map.clear();
        Each "Extend" |map| {
            let mut map = map;
            map.extend(more());
        };
    }
}

/// What is left when a destructor panics.
fn leaks(name: &str) -> isize {
    match name {
        // Tables of hashbrown are dropped up to the entry that panics, as those of `std` are.
        "clear" | "Clone" | "into_iter" | "FromIterator" | "PartialEq" | "snapshot" => 200,
        // The compiler forgets what a function is about to return when the destructor of something else panics then:
        // rust-lang/rust#47949.
        _ => 2,
    }
}

#[test]
fn a_panic_anywhere_leaves_the_map_as_it_was() {
    within(LIMIT, || panic_everywhere(|| filled(Chosen::sip()), |_| {}, &operations(), leaks));
}

#[test]
fn a_panic_anywhere_leaves_the_map_as_it_was_when_all_keys_collide() {
    within(LIMIT, || panic_everywhere(|| filled(Chosen::Constant), |_| {}, &operations(), leaks));
}

#[test]
fn a_panic_while_the_map_gets_more_shards_leaves_it_as_it_was() {
    // With more entries than few shards are made for, the next write moves all of them.
    let make = || {
        let map: ConcurrentMap<Key, Value> = ConcurrentMap::new();
        let mut number = 0;
        while map.stats().shards == ConcurrentMap::<Key, Value>::new().stats().shards {
            assert!(number < 100_000, "it never gets more shards");
            drop(map.insert(Key::new(number), Value::new(number)));
            number += 1;
        }
        // One less, so that it is the next one.
        number - 1
    };
    within(LIMIT, move || {
        let enough = make();
        let filled = || {
            let map: ConcurrentMap<Key, Value> = ConcurrentMap::new();
            (0..enough).for_each(|number| drop(map.insert(Key::new(number), Value::new(number))));
            map
        };
        for calls in [0, 1, 2, enough as usize / 2, enough as usize - 1] {
            let map = filled();
            let before = map.stats().shards;
            let (result, fired) = crate::hooks::at(
                Event::KeyHash,
                calls,
                || panic!("on purpose"),
                || caught(|| map.insert(Key::new(enough), Value::new(enough))),
            );
            assert!(fired && result.is_err(), "call {calls}");
            assert_eq!((map.len(), map.stats().shards), (enough as usize, before));
            assert!(
                (0..enough).all(|number| map.get(&Key::new(number)).is_some_and(|it| it.number == number))
            );
            assert!(map.get(&Key::new(enough)).is_none());
            drop(map.insert(Key::new(enough), Value::new(enough)));
            assert!(map.stats().shards > before);
            assert!(
                (0..=enough).all(|number| map.get(&Key::new(number)).is_some_and(|it| it.number == number))
            );
            assert_eq!((map.len(), map.items().len()), (enough as usize + 1, enough as usize + 1));
        }
    });
}

#[test]
fn threads_that_die_in_closures_harm_nobody() {
    let rounds = if cfg!(flow_sanitize) { 200 } else { 2000 };
    within(LIMIT, move || {
        let map: ConcurrentMap<u32, u64> = (0..8).map(|key| (key, 0)).collect();
        let added = on_threads(3, |thread| {
            let mut random = Random::new(thread as u64);
            let (mut added, mut deaths) = (0, 0);
            for round in 0..rounds {
                let key = random.below(8);
                let dies = thread < 2 && round % 3 == 0;
                // What was changed before the panic stays.
                let add = |value: &mut u64| {
                    *value += 1;
                    added += 1;
                    assert!(!dies, "while it changes a value");
                };
                let result = caught(|| match random.below(6) {
                    0 => drop(map.update(&key, add)),
                    1 => map.upsert(key, || 0, add),
                    2 => drop(map.with(&key, |_| assert!(!dies, "while it reads"))),
                    3 => drop(map.remove_if(&key, |_, _| {
                        assert!(!dies, "while it decides");
                        false
                    })),
                    4 => map.retain(|_, _| {
                        assert!(!dies, "while it decides");
                        true
                    }),
                    _ => drop(map.get_or_insert_with(100 + key, || {
                        assert!(!dies, "while it makes a value");
                        0
                    })),
                });
                deaths += usize::from(result.is_err());
            }
            assert!(thread == 2 || deaths > rounds / 10, "{deaths} deaths");
            added
        });
        assert_eq!(map.values().iter().sum::<u64>(), added.iter().sum::<u64>());
        assert!((0..8).all(|key| map.contains_key(&key)));
        assert_eq!(map.len(), map.items().len());
        map.clear();
        assert!(map.is_empty());
    });
}

/// A value whose end is the beginning of others: its destructor writes to the map that it was in.
struct Phoenix {
    /// How many more come after it.
    generations: u32,
    key: u32,
}

/// The map that they are in, which their destructors can only reach as a static.
static NEST: LazyLock<ConcurrentMap<u32, Arc<Phoenix>>> = LazyLock::new(ConcurrentMap::new);
static ENDED: AtomicUsize = AtomicUsize::new(0);

impl Drop for Phoenix {
    fn drop(&mut self) {
        ENDED.fetch_add(1, SeqCst);
        assert!(NEST.get(&self.key).is_none_or(|other| other.generations <= 3));
        if let Some(generations) = self.generations.checked_sub(1) {
            let key = (self.key + 1) % 8;
            drop(NEST.insert(key, Arc::new(Self { generations, key })));
            drop(NEST.remove(&((key + 3) % 8)));
        }
    }
}

#[test]
fn destructors_that_write_to_their_own_map() {
    within(LIMIT, || {
        let rounds: u32 = if cfg!(flow_sanitize) { 100 } else { 2000 };
        on_threads(3, |thread| {
            let mut random = Random::new(thread as u64);
            for _ in 0..rounds {
                let key = random.below(8);
                let value = || Arc::new(Phoenix { generations: 3, key });
                match random.below(8) {
                    0..=2 => drop(NEST.insert(key, value())),
                    3 => drop(NEST.remove(&key)),
                    4 => drop(NEST.get_or_insert_with(key, value)),
                    5 => NEST.retain(|other, _| *other != key),
                    6 => drop(NEST.items()),
                    _ => NEST.clear(),
                }
            }
        });
        // Each generation ends in the next.
        while !NEST.is_empty() {
            NEST.clear();
        }
        assert!(ENDED.load(SeqCst) > if cfg!(flow_sanitize) { 10 } else { 1000 });
        assert_eq!((NEST.len(), NEST.items().len()), (0, 0));
    });
}

#[test]
fn len_is_never_more_than_there_could_be() {
    // The keys come and go, also while the map gets more shards; each is counted at most once.
    const KEYS: u32 = 24;
    let rounds = if cfg!(flow_sanitize) { 3 } else { 40 };
    within(LIMIT, move || {
        for round in 0..rounds {
            let map: ConcurrentMap<u32, u32> = if round % 2 == 0 {
                ConcurrentMap::new()
            } else {
                ConcurrentMap::builder().shards(2).build()
            };
            let stop = AtomicBool::new(false);
            on_threads(3, |thread| {
                if thread == 2 {
                    while !stop.load(SeqCst) {
                        let len = map.len();
                        assert!(len <= KEYS as usize, "{len} of {KEYS} keys");
                        let keys = map.keys();
                        assert!(keys.len() <= KEYS as usize);
                        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len(), "a key twice");
                    }
                    return;
                }
                let _stopped = Finally(|| stop.store(true, SeqCst));
                let mut random = Random::new(round << 8 | thread as u64);
                for _ in 0..2000 {
                    let key = random.below(KEYS);
                    match random.below(8) {
                        0..=3 => drop(map.insert(key, key)),
                        4..=6 => drop(map.remove(&key)),
                        _ if random.below(20) == 0 => map.clear(),
                        _ => map.shrink_to_fit(),
                    }
                }
            });
            assert_eq!(map.len(), map.keys().len());
            map.clear();
            assert_eq!((map.len(), map.is_empty(), map.keys().len()), (0, true, 0));
        }
    });
}

#[test]
fn what_is_of_one_moment_is_never_torn() {
    // A writer counts two keys up, one after the other: at any moment they are equal, or the first is one ahead.
    let rounds: u64 = if cfg!(flow_sanitize) { 300 } else { 3000 };
    within(LIMIT, move || {
        let map: ConcurrentMap<u32, u64> = ConcurrentMap::new();
        for key in 0..40 {
            map.insert(key, 0);
        }
        let (done, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
        on_threads(2, |thread| {
            if thread == 0 {
                let _done = Finally(|| done.store(true, SeqCst));
                // However long it takes until the other thread has a processor.
                let enough = |round: &u64| *round > rounds && looks.load(SeqCst) > 3;
                for round in (1..).take_while(|round| !enough(round)) {
                    for key in 0..40 {
                        map.insert(key, round);
                    }
                    // So that the map gets more shards meanwhile.
                    map.insert(100 + u32::try_from(round).expect("few"), 0);
                }
                return;
            }
            while !done.load(SeqCst) {
                let seen = match looks.fetch_add(1, SeqCst) % 3 {
                    0 => map.clone().items().into_iter().collect(),
                    1 => map.snapshot().into_iter().collect::<HashMap<_, _>>(),
                    _ => {
                        let text = format!("{map:?}");
                        let entries = text.trim_matches(['{', '}']).split(", ").map(|entry| {
                            let (key, value) = entry.split_once(": ").expect("an entry");
                            (key.parse().expect("a key"), value.parse().expect("a value"))
                        });
                        entries.collect()
                    }
                };
                let in_order = (1..40).all(|key| seen[&(key - 1)] >= seen[&key]);
                assert!(in_order && seen[&0] <= seen[&39] + 1, "{seen:?}");
            }
        });
    });
}

#[test]
fn retain_removes_only_what_it_saw() {
    // A writer overwrites all the time. What is gone must have been rejected, in exactly that state.
    let rounds: u64 = if cfg!(flow_sanitize) { 500 } else { 20_000 };
    within(LIMIT, move || {
        for shards in [2, 64] {
            let map: ConcurrentMap<u64, u64> = ConcurrentMap::builder().shards(shards).build();
            let rejected = Mutex::new(HashSet::new());
            let (turns, done) = (AtomicU64::new(0), AtomicBool::new(false));
            on_threads(2, |thread| {
                if thread == 0 {
                    let _done = Finally(|| done.store(true, SeqCst));
                    let mut removed = 0;
                    let mut last = HashMap::new();
                    let mut value = 0;
                    // Until something was removed. A checker may run one thread after the other.
                    while value < rounds || (removed == 0 && !cfg!(flow_sanitize)) {
                        value += 1;
                        let key = value % 8;
                        let before = map.insert(key, value);
                        let expected: Option<u64> = last.insert(key, value);
                        if let Some(expected) = expected.filter(|expected| before != Some(*expected)) {
                            assert_eq!(before, None);
                            let gone = rejected.lock().expect("no panics").contains(&(key, expected));
                            assert!(gone, "{expected} at {key} was removed, and nobody looked at it");
                            removed += 1;
                        }
                        // What is never left alone stays: from time to time, the other thread gets some turns.
                        if value % 64 == 0 {
                            let until = turns.load(SeqCst) + value / 64 % 16;
                            while turns.load(SeqCst) < until {
                                thread::yield_now();
                            }
                        }
                    }
                } else {
                    while !done.load(SeqCst) {
                        turns.fetch_add(1, SeqCst);
                        map.retain(|key, value| {
                            turns.fetch_add(1, SeqCst);
                            let keep = value % 3 != 0;
                            if !keep {
                                rejected.lock().expect("no panics").insert((*key, *value));
                            }
                            keep
                        });
                    }
                }
            });
        }
    });
}

#[test]
fn entries_survive_while_the_map_grows_under_all_threads() {
    // The busiest moment of a map: from its first shards to its last ones, with readers and writers in all of them.
    let rounds = if cfg!(flow_sanitize) { 3 } else { 30 };
    within(LIMIT, move || {
        for round in 0..rounds {
            let map: ConcurrentMap<u32, u32> = ConcurrentMap::new();
            on_threads(3, |thread| {
                let own = |number: u32| number * 3 + u32::try_from(thread).expect("few");
                with_dawdling(round << 8 | thread as u64, || {
                    for number in 0..400 {
                        assert_eq!(map.try_insert(own(number), number), Ok(()));
                        assert_eq!(map.get(&own(number / 3)), Some(number / 3));
                        assert_eq!(map.update(&own(number / 2), |value| *value), Some(number / 2));
                        if number % 100 == 0 {
                            let mine = map.keys().iter().filter(|key| *key % 3 == own(0)).count();
                            assert_eq!(mine, number as usize + 1);
                        }
                        dawdle();
                    }
                });
            });
            assert_eq!((map.len(), map.items().len()), (1200, 1200));
            assert!(map.items().into_iter().all(|(key, value)| key / 3 == value));
        }
    });
}
