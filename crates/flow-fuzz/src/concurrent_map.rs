//! `ConcurrentMap` from one thread, beside a `BTreeMap`: every method, and callbacks that use the map themselves.

use std::collections::BTreeMap;

use flow_concurrent::ConcurrentMap;

use crate::{hashers::Chosen, input::Input};

/// Values on the heap, so that one that is used after it was dropped is seen.
type Value = Box<u8>;
type Real = ConcurrentMap<String, Value, Chosen>;
type Model = BTreeMap<String, Value>;

/// Everything that the map can do from one thread.
///
/// # Panics
///
/// If something is wrong.
pub fn concurrent_map(data: &[u8]) {
    let mut input = Input::new(data);
    let builder = ConcurrentMap::builder().hasher(Chosen::decode(&mut input));
    let builder = builder.shards(usize::from(input.byte())).capacity(input.byte().into());
    let mut real: Real = builder.build();
    let mut model = Model::new();
    while !input.is_empty() {
        match input.below(40) {
            0 => real = replaced(real, &mut input),
            kind @ 1..=27 => one(&real, &mut model, kind, &mut input),
            kind => whole(&real, &mut model, kind, &mut input),
        }
        compare(&real, &model);
    }
    let sorted: Model = real.into_iter().collect();
    assert_eq!(sorted, model);
}

/// An equal map with the same hasher, after a detour over another.
fn replaced(real: Real, input: &mut Input<'_>) -> Real {
    match input.below(3) {
        0 => {
            let copy = real.clone();
            assert_eq!(copy, real);
            copy
        }
        1 => {
            let copy: Real = real.clone().into_iter().collect();
            assert_eq!(copy, real);
            real
        }
        _ => {
            let mut copy = Real::with_hasher(*real.hasher());
            copy.extend(real);
            copy
        }
    }
}

/// An operation on one key.
fn one(real: &Real, model: &mut Model, kind: u8, input: &mut Input<'_>) {
    let key = input.text();
    let value = Box::new(input.byte());
    match kind {
        1..=5 => assert_eq!(real.insert(key.clone(), value.clone()), model.insert(key.clone(), value)),
        6 | 7 => assert_eq!(real.set(&*key, value.clone()), model.insert(key.clone(), value)),
        8 => {
            let expected = if model.contains_key(&key) { Err((key.clone(), value.clone())) } else { Ok(()) };
            assert_eq!(real.try_insert(key.clone(), value.clone()), expected);
            model.entry(key.clone()).or_insert(value);
        }
        9..=12 => assert_eq!(real.remove(&*key), model.remove(&key)),
        13 => assert_eq!(real.remove_entry(&*key), model.remove_entry(&key)),
        14 | 15 => {
            let removed = real.remove_if(&*key, |_, there| there <= &value);
            let expected = model.get(&key).is_some_and(|there| there <= &value);
            assert_eq!(removed, if expected { model.remove_entry(&key) } else { None });
        }
        16 | 17 => {
            let found = real.get_or_insert_with(key.clone(), || value.clone());
            assert_eq!(found, *model.entry(key.clone()).or_insert(value));
        }
        18 => {
            let fails = value.is_multiple_of(2);
            let result =
                real.try_get_or_insert_with(key.clone(), || if fails { Err(()) } else { Ok(value.clone()) });
            let expected = match model.get(&key) {
                Some(there) => Ok(there.clone()),
                None if fails => Err(()),
                None => Ok(model.entry(key.clone()).or_insert(value).clone()),
            };
            assert_eq!(result, expected);
        }
        19 | 20 => {
            let replaced = real.update(&*key, |there| std::mem::replace(there, value.clone()));
            assert_eq!(replaced, model.get_mut(&key).map(|there| std::mem::replace(there, value)));
        }
        21 | 22 => {
            real.upsert(key.clone(), || value.clone(), |there| **there ^= 1);
            model.entry(key.clone()).and_modify(|there| **there ^= 1).or_insert(value);
        }
        23..=25 => compare_exchange(real, model, &key, value, input),
        _ => {}
    }
    let there = model.get(&key);
    assert_eq!(real.get(&*key).as_ref(), there);
    assert_eq!(real.with(&*key, |value| **value), there.map(|value| **value));
    assert_eq!(real.contains_key(&*key), there.is_some());
}

fn compare_exchange(real: &Real, model: &mut Model, key: &str, new: Value, input: &mut Input<'_>) {
    let there = model.get(key).cloned();
    // It is often right.
    let current = there.clone().filter(|_| input.bool()).unwrap_or_else(|| Box::new(input.byte()));
    match real.compare_exchange(key, &current, new.clone()) {
        Ok(old) => {
            assert_eq!((Some(&old), &old), (there.as_ref(), &current));
            model.insert(key.to_owned(), new);
        }
        Err(error) => {
            assert_ne!(there.as_ref(), Some(&current));
            assert_eq!((error.actual, error.new), (there, new));
        }
    }
}

/// An operation on all.
fn whole(real: &Real, model: &mut Model, kind: u8, input: &mut Input<'_>) {
    let value = Box::new(input.byte());
    match kind {
        28 => {
            real.clear();
            model.clear();
        }
        29 | 30 => {
            real.retain(|_, there| there > &value);
            model.retain(|_, there| *there > value);
        }
        31 => {
            real.reserve(value.as_ref().to_owned().into());
            assert!(real.capacity() >= model.len() + usize::from(*value));
        }
        32 => real.shrink_to_fit(),
        33 => {
            real.for_each(|key, _| {
                real.insert(key.clone(), value.clone());
            });
            model.values_mut().for_each(|there| there.clone_from(&value));
        }
        34 => {
            real.for_each(|key, there| {
                if there < &value {
                    real.remove(key);
                }
            });
            model.retain(|_, there| *there >= value);
        }
        35 => {
            // What is called with an entry may change the map.
            let other = input.text();
            let mut once = Some(());
            real.retain(|key, there| {
                assert!(real.contains_key(key));
                drop(once.take().map(|()| real.insert(other.clone(), value.clone())));
                there != &value
            });
            // Whether the new one was looked at, and removed again, depends on where it is.
            model.retain(|_, there| *there != value);
            real.remove(&*other);
            model.remove(&other);
        }
        _ => compare_snapshots(real, model),
    }
}

/// All ways to take everything out.
fn compare_snapshots(real: &Real, model: &Model) {
    let snapshot: Model = real.snapshot().into_iter().collect();
    assert_eq!(&snapshot, model);
    let iterated: Model = real.iter().collect();
    assert_eq!(&iterated, model);
    let mut scanned = Model::new();
    real.scan(|key, value| assert_eq!(scanned.insert(key.clone(), value.clone()), None, "{key:?} twice"));
    assert_eq!(&scanned, model);
    let mut values = real.values();
    values.sort_unstable();
    let mut expected: Vec<_> = model.values().cloned().collect();
    expected.sort_unstable();
    assert_eq!(values, expected);
}

/// What must hold after each operation.
fn compare(real: &Real, model: &Model) {
    assert_eq!((real.len(), real.is_empty()), (model.len(), model.is_empty()));
    let mut items = real.items();
    items.sort_unstable();
    assert!(items.iter().map(|(key, value)| (key, value)).eq(model), "{items:?}, not {model:?}");
    let mut keys = real.keys();
    keys.sort_unstable();
    assert!(keys.iter().eq(model.keys()), "{keys:?}");
    let stats = real.stats();
    assert_eq!(stats.entries, model.len());
    assert!(stats.capacity >= stats.entries, "{stats:?}");
}
