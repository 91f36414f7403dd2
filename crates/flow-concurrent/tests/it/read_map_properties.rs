//! The properties of the read map. Run alone by `cargo xtask props read-map`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use flow_concurrent::{ConcurrentMap, ReadMap, Snapshot};
use flow_testkit::{Arbitrary, Gen, TestResult, check, on_threads, run_model_then, same};

use crate::{chaos::Finally, ignore};

#[test]
fn basic_operations() {
    // What was inserted last is found by every way to read, and nothing else; what is older stays in older snapshots.
    fn property(entries: Vec<(String, u32)>, absent: Vec<String>) -> bool {
        let map = ReadMap::new();
        let mut model = HashMap::new();
        let mut reader = map.reader();
        for (key, value) in &entries {
            let (before, version) = (map.snapshot(), map.version());
            let replaced = map.insert(key.clone(), *value);
            if replaced != model.get(key).copied() || before.get(key).copied() != replaced {
                return false;
            }
            if before.len() != model.len() || before.version() != version || map.version() <= version {
                return false;
            }
            model.insert(key.clone(), *value);
            if reader.get(key) != Some(value) || reader.len() != model.len() {
                return false;
            }
            if map.set(key.as_str(), value ^ 1) != Some(*value)
                || map.insert(key.clone(), *value) != Some(value ^ 1)
            {
                return false;
            }
        }
        let snapshot = map.snapshot();
        entries.iter().map(|(key, _)| key).chain(&absent).all(|key| {
            let expected = model.get(key).copied();
            map.get(key) == expected
                && map.with(key, |value| *value) == expected
                && reader.get(key.as_str()).copied() == expected
                && snapshot.get(key.as_str()).copied() == expected
                && map.contains_key(key) == expected.is_some()
                && reader.contains_key(key) == expected.is_some()
                && snapshot.contains_key(key) == expected.is_some()
        }) && map.len() == model.len()
            && snapshot.len() == model.len()
            && map.is_empty() == model.is_empty()
            && snapshot.iter().map(|(key, value)| (key.clone(), *value)).collect::<HashMap<_, _>>() == model
            && snapshot.iter().count() == model.len()
    }
    check("read-map", "basic_operations", property as fn(Vec<(String, u32)>, Vec<String>) -> bool);
}

#[test]
fn deletion() {
    // A removed key is gone, but not from snapshots that were taken before, and no other key goes with it.
    fn property(entries: Vec<(u16, String)>, removed: Vec<u16>) -> bool {
        let map: ReadMap<u16, String> = entries.iter().cloned().collect();
        let mut model: HashMap<u16, String> = entries.iter().cloned().collect();
        let full = (map.snapshot(), model.clone());
        // Most random keys are absent; these are there.
        let present = entries.iter().step_by(2).map(|(key, _)| *key);
        for key in removed.iter().copied().chain(present) {
            let expected = model.remove(&key);
            let taken = match key % 3 {
                0 => map.remove(&key),
                1 => map.remove_entry(&key).map(|(_, value)| value),
                _ => map.remove_if(&key, |_, _| true).map(|(_, value)| value),
            };
            if taken != expected
                || map.contains_key(&key)
                || map.get(&key).is_some()
                || map.remove(&key).is_some()
            {
                return false;
            }
            if map.len() != model.len() {
                return false;
            }
        }
        let same_items = |snapshot: &Snapshot<u16, String>, model: &HashMap<u16, String>| {
            snapshot.len() == model.len()
                && snapshot.iter().count() == model.len()
                && snapshot.iter().all(|(key, value)| model.get(key) == Some(value))
        };
        same_items(&full.0, &full.1)
            && same_items(&map.snapshot(), &model)
            && model.keys().all(|key| map.remove_if(key, |_, _| false).is_none() && map.contains_key(key))
    }
    check("read-map", "deletion", property as fn(Vec<(u16, String)>, Vec<u16>) -> bool);
}

#[test]
fn thread_safety() {
    // Writers lose nothing of each other; readers see batches whole, and never go back to an older version.
    fn property(own: Vec<(u8, u32)>, batches: Vec<u8>, threads: u8) -> bool {
        let writers = usize::from(threads % 2) + 1;
        let map: ReadMap<(usize, u8), u64> = ReadMap::new();
        let writing = AtomicUsize::new(writers);
        let write = |thread: usize| {
            let mut model = BTreeMap::new();
            let mut batches = batches.iter();
            for (key, value) in &own {
                let key = (thread, *key);
                let right = if value % 4 == 0 {
                    map.remove(&key) == model.remove(&key)
                } else {
                    map.insert(key, u64::from(*value)) == model.insert(key, u64::from(*value))
                };
                // The keys of no thread in particular come in pairs.
                if let Some(batch) = batches.next() {
                    map.update(|transaction| {
                        for half in [usize::MAX, usize::MAX - 1] {
                            let old = transaction.get(&(half, batch % 8)).copied().unwrap_or_default();
                            transaction.insert((half, batch % 8), old + 1);
                        }
                    });
                }
                if !right {
                    return false;
                }
            }
            let mine =
                map.items().into_iter().filter(|((of, _), _)| *of == thread).collect::<BTreeMap<_, _>>();
            mine == model
        };
        let read = || {
            let mut reader = map.reader();
            let mut version = 0;
            let mut done = false;
            while !done {
                // Once more after the last write.
                done = writing.load(SeqCst) == 0;
                let snapshot = reader.snapshot();
                if snapshot.version() < version {
                    return false;
                }
                version = snapshot.version();
                for key in 0..8 {
                    if snapshot.get(&(usize::MAX, key)) != snapshot.get(&(usize::MAX - 1, key)) {
                        return false;
                    }
                }
                if snapshot.len() != snapshot.iter().count() {
                    return false;
                }
            }
            true
        };
        let all_right = on_threads(writers + 1, |thread| {
            if thread == writers {
                return read();
            }
            let _done = Finally(|| ignore(writing.fetch_sub(1, SeqCst)));
            write(thread)
        });
        let mut expected: BTreeMap<u8, u64> = BTreeMap::new();
        for batch in batches.iter().take(own.len()) {
            *expected.entry(batch % 8).or_default() += writers as u64;
        }
        let counts = map.items().into_iter().filter(|((of, _), _)| *of == usize::MAX);
        let counts: BTreeMap<u8, u64> = counts.map(|((_, key), count)| (key, count)).collect();
        all_right.into_iter().all(|right| right) && counts == expected && map.len() == map.items().len()
    }
    check("read-map", "thread_safety", property as fn(Vec<(u8, u32)>, Vec<u8>, u8) -> bool);
}

#[test]
fn high_contention() {
    // All threads add to the same few counters, in every way there is to do so.
    fn property(keys: Vec<u8>, threads: u8) -> bool {
        let threads = usize::from(threads % 3) + 2;
        let map: ReadMap<u8, u64> = ReadMap::new();
        let monotonic = on_threads(threads, |thread| {
            let mut reader = map.reader();
            let mut seen = [0; 4];
            keys.iter().enumerate().all(|(turn, key)| {
                let key = key % 4;
                match (turn + thread) % 4 {
                    0 => map.update(|transaction| {
                        let old = transaction.get(&key).copied().unwrap_or_default();
                        transaction.insert(key, old + 1);
                    }),
                    1 => {
                        let added = map.try_update(|transaction| {
                            transaction.insert(key, u64::MAX);
                            Err::<(), ()>(())
                        });
                        assert!(added.is_err());
                        map.get_or_insert_with(key, || 0);
                        map.update(|transaction| *transaction.get_mut(&key).expect("nobody removes") += 1);
                    }
                    _ => loop {
                        let snapshot = map.snapshot();
                        let new = snapshot.get(&key).copied().unwrap_or_default() + 1;
                        let version = snapshot.version();
                        if map.compare_and_update(version, |transaction| transaction.insert(key, new)).is_ok()
                        {
                            break;
                        }
                    },
                }
                // One's own addition is there, and no counter goes back.
                let count = reader.get(&key).copied().unwrap_or_default();
                let forward = count > seen[usize::from(key)];
                seen[usize::from(key)] = count;
                forward && count <= (keys.len() * threads) as u64
            })
        });
        let mut expected: HashMap<u8, u64> = HashMap::new();
        keys.iter().for_each(|key| *expected.entry(key % 4).or_default() += threads as u64);
        monotonic.into_iter().all(|monotonic| monotonic)
            && map.len() == expected.len()
            && map.items().into_iter().collect::<HashMap<_, _>>() == expected
    }
    check("read-map", "high_contention", property as fn(Vec<u8>, u8) -> bool);
}

/// What is done to all three maps.
#[derive(Clone, Debug)]
enum Op {
    Insert(u8, String),
    Set(u8, String),
    TryInsert(u8, String),
    GetOrInsert(u8, String),
    Remove(u8),
    RemoveIf(u8, usize),
    Append(u8, char),
    Batch(Vec<(u8, Option<String>)>),
    Failure(Vec<(u8, Option<String>)>),
    Extend(Vec<(u8, String)>),
    Retain(usize),
    Clear,
    Keep,
}

impl Arbitrary for Op {
    fn arbitrary(source: &mut Gen) -> Self {
        let key = u8::arbitrary(source) % 32;
        let text =
            |source: &mut Gen| String::arbitrary(&mut Gen::from_size_and_seed(6, u64::arbitrary(source)));
        let value = text(source);
        let few =
            |source: &mut Gen| (0..u8::arbitrary(source) % 6).map(|at| at * 7 % 32).collect::<Vec<u8>>();
        let changes = |source: &mut Gen| {
            few(source).into_iter().map(|key| (key, bool::arbitrary(source).then(|| text(source)))).collect()
        };
        match u8::arbitrary(source) % 40 {
            0..=9 => Self::Insert(key, value),
            10..=12 => Self::Set(key, value),
            13..=14 => Self::TryInsert(key, value),
            15..=16 => Self::GetOrInsert(key, value),
            17..=22 => Self::Remove(key),
            23..=25 => Self::RemoveIf(key, value.len() % 4),
            26..=28 => Self::Append(key, char::arbitrary(source)),
            29..=31 => Self::Batch(changes(source)),
            32 => Self::Failure(changes(source)),
            33..=34 => Self::Extend(few(source).into_iter().map(|key| (key, text(source))).collect()),
            35 => Self::Retain(value.len() % 8),
            36 => Self::Clear,
            _ => Self::Keep,
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match self.clone() {
            Self::Insert(key, value) => {
                Box::new((key, value).shrink().map(|(key, value)| Self::Insert(key, value)))
            }
            Self::Batch(changes) => Box::new(changes.shrink().map(Self::Batch)),
            Self::Extend(entries) => Box::new(entries.shrink().map(Self::Extend)),
            _ => Box::new(std::iter::empty()),
        }
    }
}

/// Two maps and a model of them, and snapshots with what they have to show for ever.
#[derive(Default)]
struct State {
    read: ReadMap<u8, String>,
    mixed: ConcurrentMap<u8, String>,
    model: BTreeMap<u8, String>,
    kept: Vec<(Snapshot<u8, String>, BTreeMap<u8, String>)>,
}

/// Compares the answers of both maps with that of the model.
fn all_same<A: PartialEq + std::fmt::Debug>(
    what: &str,
    [read, mixed]: [A; 2],
    model: &A,
) -> Result<(), String> {
    same(&format!("{what} of the read map"), &read, model)?;
    same(&format!("{what} of the concurrent map"), &mixed, model)
}

impl State {
    fn step(&mut self, op: &Op) -> Result<(), String> {
        let Self { read, mixed, model, kept } = self;
        match op.clone() {
            Op::Insert(key, value) => {
                let answers = [read.insert(key, value.clone()), mixed.insert(key, value.clone())];
                all_same("insert", answers, &model.insert(key, value))?;
            }
            Op::Set(key, value) => {
                let answers = [read.set(&key, value.clone()), mixed.set(&key, value.clone())];
                all_same("set", answers, &model.insert(key, value))?;
            }
            Op::TryInsert(key, value) => {
                let expected = if model.contains_key(&key) { Err((key, value.clone())) } else { Ok(()) };
                let answers = [read.try_insert(key, value.clone()), mixed.try_insert(key, value.clone())];
                all_same("try_insert", answers, &expected)?;
                model.entry(key).or_insert(value);
            }
            Op::GetOrInsert(key, value) => {
                let make = || value.clone();
                let answers = [read.get_or_insert_with(key, make), mixed.get_or_insert_with(key, make)];
                all_same("get_or_insert_with", answers, model.entry(key).or_insert(value.clone()))?;
                let failing = || Err::<String, u8>(key);
                let (absent, answer) = (key ^ 0x80, Err(key ^ 0x80));
                let failing_absent = || Err::<String, u8>(absent);
                let there =
                    [read.try_get_or_insert_with(key, failing), mixed.try_get_or_insert_with(key, failing)];
                all_same("try_get_or_insert_with", there, &Ok(model[&key].clone()))?;
                let answers = [
                    read.try_get_or_insert_with(absent, failing_absent),
                    mixed.try_get_or_insert_with(absent, failing_absent),
                ];
                all_same("a failing try_get_or_insert_with", answers, &answer)?;
            }
            Op::Remove(key) => {
                all_same("remove", [read.remove(&key), mixed.remove(&key)], &model.remove(&key))?;
            }
            Op::RemoveIf(key, len) => {
                let wanted = |_: &u8, value: &String| value.len() >= len;
                let answers = [read.remove_if(&key, wanted), mixed.remove_if(&key, wanted)];
                let there = model.get(&key).is_some_and(|value| value.len() >= len);
                all_same("remove_if", answers, &if there { model.remove_entry(&key) } else { None })?;
            }
            Op::Append(key, end) => {
                let push = |value: &mut String| {
                    value.push(end);
                    value.len()
                };
                let of_read = read.update(|transaction| transaction.get_mut(&key).map(push));
                all_same("update", [of_read, mixed.update(&key, push)], &model.get_mut(&key).map(push))?;
            }
            Op::Batch(changes) => {
                let mut answers = Vec::new();
                let mut expected = Vec::new();
                let len = read.update(|transaction| {
                    for (key, value) in changes.clone() {
                        answers.push(match value {
                            Some(value) => transaction.insert(key, value),
                            None => transaction.remove(&key),
                        });
                    }
                    transaction.len()
                });
                for (key, value) in changes {
                    let real = match value.clone() {
                        Some(value) => mixed.insert(key, value),
                        None => mixed.remove(&key),
                    };
                    expected.push(real.clone());
                    same(
                        "batch",
                        real,
                        match value {
                            Some(value) => model.insert(key, value),
                            None => model.remove(&key),
                        },
                    )?;
                }
                same("answers of a batch", answers, expected)?;
                same("len of a transaction", len, model.len())?;
            }
            Op::Failure(changes) => {
                let version = read.version();
                let result = read.try_update(|transaction| {
                    for (key, value) in changes {
                        match value {
                            Some(value) => drop(transaction.insert(key, value)),
                            None => drop(transaction.remove(&key)),
                        }
                    }
                    transaction.retain(|key, _| key % 2 == 0);
                    Err::<(), &str>("on purpose")
                });
                same("try_update", result, Err("on purpose"))?;
                same("version after a failure", read.version(), version)?;
            }
            Op::Extend(entries) => {
                (&*read).extend(entries.clone());
                (&*mixed).extend(entries.clone());
                model.extend(entries);
            }
            Op::Retain(len) => {
                read.retain(|_, value| value.len() < len);
                mixed.retain(|_, value| value.len() < len);
                model.retain(|_, value| value.len() < len);
            }
            Op::Clear => {
                read.clear();
                mixed.clear();
                model.clear();
            }
            Op::Keep => kept.push((read.snapshot(), model.clone())),
        }
        self.compare()
    }

    fn compare(&self) -> Result<(), String> {
        let Self { read, mixed, model, .. } = self;
        all_same("len", [read.len(), mixed.len()], &model.len())?;
        let sorted = |items: Vec<(u8, String)>| {
            let (len, map) = (items.len(), items.into_iter().collect::<BTreeMap<_, _>>());
            if map.len() == len { Ok(map) } else { Err("a key twice") }
        };
        all_same("items", [sorted(read.items()), sorted(mixed.items())], &Ok(model.clone()))?;
        (0..32)
            .try_for_each(|key| all_same("get", [read.get(&key), mixed.get(&key)], &model.get(&key).cloned()))
    }

    fn compare_kept(self) -> Result<(), String> {
        for (snapshot, model) in &self.kept {
            same("len of a snapshot", snapshot.len(), model.len())?;
            let items: Vec<_> = snapshot.iter().map(|(key, value)| (*key, value.clone())).collect();
            same("items of a snapshot", items.len(), model.len())?;
            same("items of a snapshot", &items.into_iter().collect::<BTreeMap<_, _>>(), model)?;
        }
        same("the maps themselves", self.read.len(), self.mixed.len())
    }
}

#[test]
fn correctness_comparison() {
    // Both maps and a plain one give the same answers to the same calls; snapshots stay as they were.
    fn property(ops: Vec<Op>) -> TestResult {
        run_model_then(State::default(), &ops, State::step, State::compare_kept)
    }
    check("read-map", "correctness_comparison", property as fn(Vec<Op>) -> TestResult);
}
