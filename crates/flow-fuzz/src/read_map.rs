//! `ReadMap` from one thread, beside a `BTreeMap` for each version that somebody keeps.

mod transaction;

use std::collections::BTreeMap;

use flow_concurrent::{ReadMap, Reader, Snapshot, VersionMismatchError};

use crate::{hashers::Chosen, input::Input};

/// Values on the heap, so that one that is used after it was dropped is seen.
type Value = Box<u8>;
type Real = ReadMap<String, Value, Chosen>;
type Model = BTreeMap<String, Value>;

/// Everything that the map, its readers and its snapshots can do from one thread.
///
/// # Panics
///
/// If something is wrong.
pub fn read_map(data: &[u8]) {
    let mut input = Input::new(data);
    let real = Real::with_hasher(Chosen::decode(&mut input));
    let mut run = Run { reader: real.reader(), real, model: Model::new(), version: 0, kept: Vec::new() };
    while !input.is_empty() {
        let before = run.model.clone();
        match input.below(48) {
            0..=23 => run.one(&mut input),
            24..=31 => run.keep(&mut input),
            32..=43 => run.transaction(&mut input),
            kind => run.whole(kind, &mut input),
        }
        run.compare(&before);
    }
    let Run { real, reader, kept, .. } = run;
    drop((real, reader));
    // Snapshots outlive the map.
    for (snapshot, expected) in &kept {
        compare_snapshot(snapshot, expected);
    }
    for pair in kept.windows(2) {
        compare_diff((&pair[0].0, &pair[0].1), (&pair[1].0, &pair[1].1));
    }
}

struct Run {
    real: Real,
    reader: Reader<String, Value, Chosen>,
    model: Model,
    /// That of `model`.
    version: u64,
    /// Versions with what must be in them.
    kept: Vec<(Snapshot<String, Value, Chosen>, Model)>,
}

impl Run {
    /// An operation on one key.
    fn one(&mut self, input: &mut Input<'_>) {
        let Self { real, model, .. } = self;
        let (kind, key, value) = (input.below(16), input.text(), Box::new(input.byte()));
        match kind {
            0..=3 => assert_eq!(real.insert(key.clone(), value.clone()), model.insert(key.clone(), value)),
            4 => assert_eq!(real.set(&*key, value.clone()), model.insert(key.clone(), value)),
            5 => {
                let expected =
                    if model.contains_key(&key) { Err((key.clone(), value.clone())) } else { Ok(()) };
                assert_eq!(real.try_insert(key.clone(), value.clone()), expected);
                model.entry(key.clone()).or_insert(value);
            }
            6..=8 => assert_eq!(real.remove(&*key), model.remove(&key)),
            9 => assert_eq!(real.remove_entry(&*key), model.remove_entry(&key)),
            10 => {
                let removed = real.remove_if(&*key, |_, there| there <= &value);
                let expected = model.get(&key).is_some_and(|there| there <= &value);
                assert_eq!(removed, if expected { model.remove_entry(&key) } else { None });
            }
            11 | 12 => {
                let found = real.get_or_insert_with(key.clone(), || value.clone());
                assert_eq!(found, *model.entry(key.clone()).or_insert(value));
            }
            13 => {
                let result = real.try_get_or_insert_with(key.clone(), || Err(value.clone()));
                assert_eq!(result, model.get(&key).cloned().ok_or(value));
            }
            _ => {}
        }
        let there = model.get(&key);
        assert_eq!(real.get(&*key).as_ref(), there);
        assert_eq!(real.with(&*key, |value| **value), there.map(|value| **value));
        assert_eq!(real.contains_key(&*key), there.is_some());
        if input.bool() {
            assert_eq!(self.reader.get_key_value(&*key), there.map(|there| (&key, there)));
            assert_eq!(self.reader.get(&*key), there);
            assert_eq!(self.reader.contains_key(&*key), there.is_some());
        }
    }

    /// Takes and drops snapshots, and compares them.
    fn keep(&mut self, input: &mut Input<'_>) {
        match input.below(8) {
            0..=2 => {
                let snapshot = if input.bool() { self.real.snapshot() } else { self.reader.snapshot() };
                assert_eq!(snapshot.version(), self.version);
                self.kept.push((snapshot, self.model.clone()));
            }
            3 if !self.kept.is_empty() => {
                let index = usize::from(input.byte()) % self.kept.len();
                let (snapshot, expected) = self.kept.swap_remove(index);
                compare_snapshot(&snapshot, &expected);
            }
            4 => self.real.reclaim(),
            5 => self.reader = self.real.reader(),
            _ => {
                let now = (self.real.snapshot(), self.model.clone());
                let all: Vec<_> = self.kept.iter().chain([&now]).collect();
                let mut choose = || all[usize::from(input.byte()) % all.len()];
                let ((older, in_older), (newer, in_newer)) = (choose(), choose());
                compare_diff((older, in_older), (newer, in_newer));
            }
        }
    }

    /// An operation on all, or a check of all.
    fn whole(&mut self, kind: u8, input: &mut Input<'_>) {
        let Self { real, model, .. } = self;
        let value = Box::new(input.byte());
        match kind {
            44 => {
                real.clear();
                model.clear();
            }
            45 => {
                real.retain(|_, there| there > &value);
                model.retain(|_, there| *there > value);
            }
            46 => {
                // Each sees the version from before.
                let mut seen = 0;
                real.for_each(|key, there| {
                    seen += 1;
                    if there < &value {
                        real.remove(key);
                    }
                });
                assert_eq!(seen, model.len());
                let removed = model.values().filter(|there| **there < value).count();
                model.retain(|_, there| *there >= value);
                // Each is a write of its own.
                self.version += removed.saturating_sub(1) as u64;
            }
            _ => {
                let wrong = self.version + 1;
                let error = real.compare_and_update(wrong, |_| unreachable!("another version"));
                assert_eq!(
                    error.map_err(|VersionMismatchError { expected, actual, .. }| (expected, actual)),
                    Err::<(), _>((wrong, self.version))
                );
                self.kept.iter().for_each(|(snapshot, expected)| compare_snapshot(snapshot, expected));
            }
        }
    }

    /// What must hold after each operation.
    fn compare(&mut self, before: &Model) {
        let Self { real, reader, model, version, .. } = self;
        assert_eq!((real.len(), real.is_empty()), (model.len(), model.is_empty()));
        compare_snapshot(&real.snapshot(), model);
        let (mut keys, mut items) = (real.keys(), real.items());
        keys.sort_unstable();
        assert!(keys.iter().eq(model.keys()), "{keys:?}");
        items.sort_unstable();
        assert!(items.iter().map(|(key, value)| (key, value)).eq(&*model), "{items:?}");
        // A write that puts what is there already may publish, too.
        let now = real.version();
        assert!(now >= *version && now <= *version + 1, "from version {version} to {now}");
        assert!(now > *version || *before == *model, "changed within version {now}");
        *version = now;
        assert_eq!((reader.len(), reader.version()), (model.len(), now));
        let stats = real.stats();
        assert_eq!((stats.entries, stats.version), (model.len(), now));
    }
}

fn compare_snapshot(snapshot: &Snapshot<String, Value, Chosen>, expected: &Model) {
    assert_eq!((snapshot.len(), snapshot.is_empty()), (expected.len(), expected.is_empty()));
    assert_eq!(snapshot.iter().len(), expected.len());
    assert_eq!(&snapshot.iter().collect::<BTreeMap<_, _>>(), &expected.iter().collect::<BTreeMap<_, _>>());
    for (key, value) in expected {
        assert_eq!(snapshot.get_key_value(&**key), Some((key, value)));
    }
}

/// The differences of two versions, of which either may be the older one.
fn compare_diff(
    (older, in_older): (&Snapshot<String, Value, Chosen>, &Model),
    (newer, in_newer): (&Snapshot<String, Value, Chosen>, &Model),
) {
    let mut diff = older.diff(newer);
    diff.added.sort_unstable();
    diff.removed.sort_unstable();
    diff.changed.sort_unstable_by_key(|change| change.key);
    assert_eq!(diff.is_empty(), in_older == in_newer);
    assert!(diff.added.iter().copied().eq(in_newer.iter().filter(|(key, _)| !in_older.contains_key(*key))));
    assert!(diff.removed.iter().copied().eq(in_older.iter().filter(|(key, _)| !in_newer.contains_key(*key))));
    let changed = in_newer.iter().filter_map(|(key, new)| Some((key, in_older.get(key)?, new)));
    let found = diff.changed.iter().map(|change| (change.key, change.old, change.new));
    assert!(found.eq(changed.filter(|(_, old, new)| old != new)), "{diff:?}");
}
