//! A read map whose users do their worst: code that panics anywhere, threads that die, readers that are slow, values
//! whose destructors matter.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, ThreadId},
};

use flow_concurrent::ReadMap;
use flow_testkit::{on_threads, within};

use crate::{
    LIMIT,
    chaos::{Finally, Random},
    hashers::Chosen,
    hooks::{Census, Event, Key, Value, at, caught, fire},
    hostile::{ABSENT, KEYS, Leaves, Operation, entries, more, panic_everywhere},
    ignore,
};

type Hostile = ReadMap<Key, Value, Chosen>;

/// A map with all of them.
fn filled(hasher: Chosen) -> Hostile {
    let mut map = Hostile::with_hasher(hasher);
    map.extend(entries());
    map
}

fn operations() -> Vec<Operation<Hostile>> {
    macro_rules! operations {
        ($($name:literal |$map:ident| $call:expr;)*) => {
            vec![$(Operation {
                name: $name,
                // Every write is published as a whole, or not at all.
                leaves: Leaves::All,
                run: |$map: &Hostile| ignore($call),
            }),*]
        };
    }
    operations! {
        "get" |map| map.get(&Key::new(3));
        "with" |map| map.with(&Key::new(3), |_| fire(Event::Closure));
        "contains_key" |map| map.contains_key(&Key::new(3));
        "Reader" |map| {
            let mut reader = map.reader();
            (reader.get(&Key::new(3)).is_some(), reader.clone().contains_key(&Key::new(ABSENT)))
        };
        "Snapshot" |map| {
            let snapshot = map.snapshot();
            (snapshot.get(&Key::new(3)).is_some(), snapshot.iter().count(), snapshot == map.snapshot())
        };
        "diff" |map| {
            let before = map.snapshot();
            ignore(map.try_update(|next| {
                next.extend([(Key::new(1), Value::new(1))]);
                Err::<(), ()>(())
            }));
            before.diff(&map.clone().snapshot()).is_empty()
        };
        "insert" |map| map.insert(Key::new(3), Value::new(30));
        "insert, absent" |map| map.insert(Key::new(ABSENT), Value::new(30));
        "set" |map| map.set(&Key::new(3), Value::new(30));
        "set, absent" |map| map.set(&Key::new(ABSENT), Value::new(30));
        "try_insert" |map| map.try_insert(Key::new(3), Value::new(30));
        "try_insert, absent" |map| map.try_insert(Key::new(ABSENT), Value::new(30));
        "remove" |map| map.remove(&Key::new(3));
        "remove, absent" |map| map.remove(&Key::new(ABSENT));
        "remove_entry" |map| map.remove_entry(&Key::new(3));
        "remove_if" |map| map.remove_if(&Key::new(3), |_, _| {
            fire(Event::Closure);
            true
        });
        "remove_if, not" |map| map.remove_if(&Key::new(3), |_, _| {
            fire(Event::Closure);
            false
        });
        "get_or_insert_with" |map| map.get_or_insert_with(Key::new(3), || Value::new(30));
        "get_or_insert_with, absent" |map| map.get_or_insert_with(Key::new(ABSENT), || {
            fire(Event::Closure);
            Value::new(30)
        });
        "try_get_or_insert_with" |map| map.try_get_or_insert_with(Key::new(ABSENT), || {
            fire(Event::Closure);
            Err::<Value, Key>(Key::new(1))
        });
        "update" |map| map.update(|next| {
            next.get_mut(&Key::new(3)).expect("it is there").number = 30;
            fire(Event::Closure);
            ignore(next.remove(&Key::new(4)));
            fire(Event::Closure);
            ignore(next.insert(Key::new(ABSENT), Value::new(1)));
            fire(Event::Closure);
            ignore(next.remove(&Key::new(ABSENT)));
        });
        "update, and clear" |map| map.update(|next| {
            next.extend(more());
            next.clear();
            fire(Event::Closure);
            next.extend([(Key::new(1), Value::new(9))]);
        });
        "update, and retain" |map| map.update(|next| {
            next.extend(more());
            next.retain(|key, _| {
                fire(Event::Closure);
                key.number() % 2 == 0
            });
        });
        "try_update" |map| map.try_update(|next| {
            next.extend(more());
            fire(Event::Closure);
            Err::<(), ()>(())
        });
        "compare_and_update" |map| map.compare_and_update(map.version(), |next| {
            fire(Event::Closure);
            next.insert(Key::new(3), Value::new(30))
        });
        "retain" |map| map.retain(|key, _| {
            fire(Event::Closure);
            key.number() % 3 == 0
        });
        "retain, none" |map| map.retain(|_, _| {
            fire(Event::Closure);
            false
        });
        "clear" |map| map.clear();
        "Extend" |map| {
            let mut map = map;
            map.extend(more());
        };
        "keys" |map| map.keys();
        "items" |map| map.items();
        "for_each" |map| map.for_each(|_, _| fire(Event::Closure));
        "&IntoIterator" |map| map.into_iter().nth(5);
        "Clone" |map| map.clone();
        "Debug" |map| format!("{map:?}");
        "PartialEq" |map| *map == map.clone();
        "FromIterator" |map| {
            drop(more().collect::<Hostile>());
            map.len()
        };
        "reclaim" |map| map.reclaim();
    }
}

/// What is left when a destructor panics: what a function was about to return, which the compiler forgets
/// (rust-lang/rust#47949).
fn leaks(_: &str) -> isize {
    2
}

#[test]
fn a_panic_anywhere_publishes_nothing() {
    within(LIMIT, || panic_everywhere(|| filled(Chosen::sip()), |map| map.reclaim(), &operations(), leaks));
}

#[test]
fn a_panic_anywhere_publishes_nothing_when_all_keys_collide() {
    within(LIMIT, || {
        panic_everywhere(|| filled(Chosen::Constant), |map| map.reclaim(), &operations(), leaks);
    });
}

#[test]
fn a_panic_does_not_take_a_version() {
    let map: Hostile = entries().collect();
    let (version, snapshot) = (map.version(), map.snapshot());
    for calls in 0..100 {
        let run = || caught(|| map.update(|next| next.extend(more())));
        let (result, _) = at(Event::Closure, calls, || panic!("on purpose"), run);
        if result.is_ok() {
            assert_eq!(calls, 40);
            assert_eq!((map.version(), snapshot.len()), (version + 1, KEYS as usize));
            return;
        }
        assert_eq!((map.version(), map.len()), (version, KEYS as usize));
        assert!(map.snapshot() == snapshot);
    }
    panic!("it never went through");
}

#[test]
fn threads_that_die_in_closures_harm_nobody() {
    let rounds = if cfg!(flow_sanitize) { 200 } else { 2000 };
    within(LIMIT, move || {
        let map: ReadMap<u32, u64> = (0..8).map(|key| (key, 0)).collect();
        let added = on_threads(3, |thread| {
            let mut random = Random::new(thread as u64);
            let (mut added, mut deaths) = (0, 0);
            for round in 0..rounds {
                let key = random.below(8);
                let dies = thread < 2 && round % 3 == 0;
                let result = caught(|| match random.below(5) {
                    0 => map.update(|next| {
                        *next.get_mut(&key).expect("it is there") += 1;
                        assert!(!dies, "in update");
                        1
                    }),
                    1 => map
                        .try_update(|next| {
                            *next.get_mut(&key).expect("it is there") += 1;
                            assert!(!dies, "in try_update");
                            if round % 2 == 0 { Err(0) } else { Ok(1) }
                        })
                        .unwrap_or_else(|nothing| nothing),
                    2 => {
                        let removed = map.remove_if(&key, |_, _| {
                            assert!(!dies, "in remove_if");
                            false
                        });
                        assert_eq!(removed, None);
                        0
                    }
                    3 => {
                        map.retain(|_, _| {
                            assert!(!dies, "in retain");
                            true
                        });
                        0
                    }
                    _ => map.get_or_insert_with(100 + key, || {
                        assert!(!dies, "in get_or_insert_with");
                        0
                    }),
                });
                // What was changed before the panic is as if it had not been.
                match result {
                    Ok(more) => added += more,
                    Err(_) => deaths += 1,
                }
            }
            assert!(thread == 2 || deaths > rounds / 20, "{deaths} deaths");
            added
        });
        let sum: u64 = map.snapshot().values().sum();
        assert_eq!(sum, added.iter().sum::<u64>());
        assert_eq!(map.len(), map.items().len());
        map.clear();
        assert!(map.is_empty());
    });
}

/// A value that notes on which threads it is dropped.
struct Tracked {
    number: u64,
    drops: Arc<Mutex<HashMap<ThreadId, usize>>>,
}

impl Clone for Tracked {
    fn clone(&self) -> Self {
        Self { number: self.number, drops: Arc::clone(&self.drops) }
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        *self.drops.lock().expect("no panics").entry(thread::current().id()).or_default() += 1;
    }
}

#[test]
fn readers_never_free() {
    let rounds: u64 = if cfg!(flow_sanitize) { 300 } else { 5000 };
    within(LIMIT, move || {
        let drops = Arc::new(Mutex::new(HashMap::new()));
        let value = |number| Tracked { number, drops: Arc::clone(&drops) };
        let map: ReadMap<u64, Tracked> = ReadMap::new();
        map.update(|next| next.extend((0..50).map(|key| (key, value(0)))));
        let done = AtomicBool::new(false);
        let (looks, held) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        // The largest number that is anywhere: a larger one comes from freed memory.
        let newest = AtomicU64::new(0);
        let ids = on_threads(3, |thread| {
            if thread == 0 {
                let _done = Finally(|| done.store(true, SeqCst));
                // However long it takes until the readers have a processor.
                let enough = |round: &u64| *round > rounds && looks.load(SeqCst) > 10;
                for round in (1..).take_while(|round| !enough(round)) {
                    newest.store(round, SeqCst);
                    let key = round % 50;
                    match round % 16 {
                        0 => drop(map.remove(&key)),
                        1 => map.update(|next| next.extend((0..10).map(|key| (key, value(round))))),
                        2 => map.retain(|other, _| *other != key),
                        3 if round % 160 == 3 => map.clear(),
                        4 => map.reclaim(),
                        _ => drop(map.insert(key, value(round))),
                    }
                }
            } else {
                let mut reader = map.reader();
                let mut old = Vec::new();
                while !done.load(SeqCst) {
                    let seen =
                        reader.get(&(looks.fetch_add(1, SeqCst) as u64 % 50)).map(|value| value.number);
                    assert!(seen.is_none_or(|number| number <= newest.load(SeqCst)));
                    let number = map.with(&7, |value| value.number);
                    assert!(number.is_none_or(|number| number <= newest.load(SeqCst)));
                    map.for_each(|_, value| assert!(value.number <= newest.load(SeqCst)));
                    // Kept while others write, and dropped here: often by the last one who has that version.
                    old.push(map.snapshot());
                    if old.len() > 20 {
                        old.swap_remove(thread);
                        old.drain(..5);
                    }
                }
                held.lock().expect("no panics").append(&mut old);
            }
            thread::current().id()
        });
        let by_thread = drops.lock().expect("no panics").clone();
        assert!(by_thread.get(&ids[0]).is_some_and(|&count| count as u64 > rounds), "the writer drops");
        assert_eq!(
            (by_thread.get(&ids[1]), by_thread.get(&ids[2])),
            (None, None),
            "a reader dropped something"
        );
        // What the last snapshots kept is freed by whoever writes next.
        held.lock().expect("no panics").clear();
        assert_eq!(drops.lock().expect("no panics").get(&thread::current().id()), None);
        map.reclaim();
        let stats = map.stats();
        assert_eq!((stats.live_versions, stats.retired_nodes), (1, 0), "{stats:?}");
    });
}

#[test]
fn old_versions_are_freed_when_nobody_needs_them() {
    within(LIMIT, || {
        let census = Census::new();
        let map: Hostile = census.count(|| entries().collect());
        let full = 2 * KEYS as isize;
        let mut snapshots = Vec::new();
        for number in 0..100 {
            census.count(|| drop(map.insert(Key::new(number % KEYS), Value::new(number))));
            if number % 10 == 0 {
                snapshots.push((
                    map.snapshot(),
                    map.items().iter().map(|(_, value)| value.number).collect::<Vec<_>>(),
                ));
            }
        }
        assert!(census.alive() > full, "the old versions are there");
        for (snapshot, items) in &snapshots {
            assert!(snapshot.values().map(|value| value.number).eq(items.iter().copied()));
        }
        // From the middle, the newest, the oldest: each gives back what it alone kept, and nothing else.
        for index in [5, 8, 0, 3, 0, 0, 1, 0, 1, 0] {
            let before = census.alive();
            drop(snapshots.remove(index));
            assert_eq!(census.alive(), before, "dropping a snapshot frees nothing by itself");
            map.reclaim();
            assert!(census.alive() <= before);
            for (snapshot, items) in &snapshots {
                assert!(snapshot.values().map(|value| value.number).eq(items.iter().copied()));
            }
        }
        assert_eq!(census.alive(), full);
        let last = map.snapshot();
        drop(map);
        assert_eq!(census.alive(), full, "the snapshot keeps the map");
        assert_eq!(last.len(), KEYS as usize);
        drop(last);
        assert_eq!(census.alive(), 0);
    });
}

/// A value whose destructor writes to the map that it was in.
struct Phoenix {
    generations: u32,
    key: u32,
}

static NEST: LazyLock<ReadMap<u32, Arc<Phoenix>>> = LazyLock::new(ReadMap::new);
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
                match random.below(9) {
                    0..=2 => drop(NEST.insert(key, value())),
                    3 => drop(NEST.remove(&key)),
                    4 => drop(NEST.get_or_insert_with(key, value)),
                    5 => NEST.retain(|other, _| *other != key),
                    6 => {
                        let failed = NEST.try_update(|next| {
                            next.extend([(key, value()), (key + 100, value())]);
                            Err::<(), ()>(())
                        });
                        assert_eq!(failed, Err(()));
                    }
                    7 => drop(NEST.snapshot()),
                    _ => NEST.clear(),
                }
            }
        });
        for _ in 0..10_000 {
            NEST.clear();
            NEST.reclaim();
            if NEST.is_empty() && NEST.stats().retired_nodes == 0 {
                break;
            }
        }
        assert!(ENDED.load(SeqCst) > if cfg!(flow_sanitize) { 10 } else { 1000 });
        assert_eq!((NEST.len(), NEST.items().len()), (0, 0));
    });
}

#[test]
fn batches_are_seen_whole() {
    // Every writer moves amounts between accounts: at any moment the sum is the same, by every way to look at it.
    let rounds = if cfg!(flow_sanitize) { 300 } else { 4000 };
    within(LIMIT, move || {
        let map: ReadMap<u32, u64> = (0..60).map(|account| (account, 100)).collect();
        let writing = AtomicUsize::new(2);
        let looks = AtomicU64::new(0);
        on_threads(3, |thread| {
            let mut random = Random::new(thread as u64);
            if thread < 2 {
                let _done = Finally(|| ignore(writing.fetch_sub(1, SeqCst)));
                // However long it takes until the reader has a processor.
                let enough = |round: &u64| *round >= rounds && looks.load(SeqCst) > 3;
                for round in (0..).take_while(|round| !enough(round)) {
                    let (from, to) = (random.below(60), random.below(60));
                    let moved = map.try_update(|next| {
                        let amount = random.below(100).into();
                        let left =
                            next.get(&from).copied().unwrap_or_default().checked_sub(amount).ok_or(())?;
                        // An empty account is closed, and opened again when something comes.
                        if left == 0 {
                            ignore(next.remove(&from));
                        } else {
                            ignore(next.insert(from, left));
                        }
                        let there = next.get(&to).copied().unwrap_or_default();
                        next.insert(to, there + amount);
                        if round % 7 == 0 { Err(()) } else { Ok(()) }
                    });
                    assert!(round % 7 != 0 || moved.is_err());
                }
                return;
            }
            let mut reader = map.reader();
            let mut version = 0;
            while writing.load(SeqCst) > 0 {
                let snapshot = if random.below(2) == 0 { map.snapshot() } else { reader.snapshot() };
                assert!(snapshot.version() >= version, "versions go forward");
                version = snapshot.version();
                let sums = [
                    snapshot.values().sum::<u64>(),
                    map.items().into_iter().map(|(_, amount)| amount).sum(),
                    map.clone().values().into_iter().sum(),
                    (&map).into_iter().map(|(_, amount)| amount).sum(),
                ];
                assert_eq!(sums, [6000; 4]);
                let mut visited = BTreeMap::new();
                map.for_each(|account, amount| assert_eq!(visited.insert(*account, *amount), None));
                assert_eq!(visited.values().sum::<u64>(), 6000);
                assert_eq!(snapshot.len(), snapshot.iter().count());
                looks.fetch_add(1, SeqCst);
            }
        });
    });
}

#[test]
fn retain_removes_only_what_it_saw() {
    let rounds: u64 = if cfg!(flow_sanitize) { 500 } else { 10_000 };
    within(LIMIT, move || {
        let map: ReadMap<u64, u64> = ReadMap::new();
        let rejected = Mutex::new(HashSet::new());
        let done = AtomicBool::new(false);
        on_threads(2, |thread| {
            if thread == 0 {
                let _done = Finally(|| done.store(true, SeqCst));
                let (mut count, mut last) = (0, HashMap::new());
                // However long it takes until the two meet.
                for value in 1.. {
                    if value > rounds && count > 0 {
                        break;
                    }
                    let key = value % 8;
                    let before = map.insert(key, value);
                    let expected: Option<u64> = last.insert(key, value);
                    if let Some(expected) = expected.filter(|expected| before != Some(*expected)) {
                        assert_eq!(before, None);
                        let gone = rejected.lock().expect("no panics").contains(&(key, expected));
                        assert!(gone, "{expected} at {key} was removed, and nobody looked at it");
                        count += 1;
                    }
                    if value % 64 == 0 {
                        thread::yield_now();
                    }
                }
            } else {
                while !done.load(SeqCst) {
                    map.retain(|key, value| {
                        let keep = value % 3 != 0;
                        if !keep {
                            rejected.lock().expect("no panics").insert((*key, *value));
                        }
                        keep
                    });
                }
            }
        });
    });
}
