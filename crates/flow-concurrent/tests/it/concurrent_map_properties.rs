//! The properties of the concurrent map. Run alone by `cargo xtask props concurrent-map`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use flow_concurrent::ConcurrentMap;
use flow_testkit::{check, on_threads};

/// Inserts all, and returns the map and what a `HashMap` makes of the same.
fn filled(entries: &[(u8, String)]) -> (ConcurrentMap<u8, String>, HashMap<u8, String>) {
    let map = ConcurrentMap::new();
    for (key, value) in entries {
        drop(map.insert(*key, value.clone()));
    }
    (map, entries.iter().cloned().collect())
}

#[test]
fn basic_operations() {
    // What was inserted last is found, and nothing else.
    fn property(entries: Vec<(String, u32)>, absent: Vec<String>) -> bool {
        let map = ConcurrentMap::new();
        let mut model = HashMap::new();
        for (key, value) in &entries {
            let replaced = map.insert(key.clone(), *value);
            if replaced != model.insert(key.clone(), *value) || map.get(key) != Some(*value) {
                return false;
            }
            // Setting does what inserting does.
            if map.set(key.as_str(), value ^ 1) != Some(*value)
                || map.insert(key.clone(), *value) != Some(value ^ 1)
            {
                return false;
            }
        }
        let keys = entries.iter().map(|(key, _)| key).chain(&absent);
        keys.into_iter().all(|key| {
            map.get(key) == model.get(key).copied()
                && map.with(key, |value| *value) == model.get(key).copied()
                && map.contains_key(key) == model.contains_key(key)
        }) && map.len() == model.len()
            && map.is_empty() == model.is_empty()
    }
    check("concurrent-map", "basic_operations", property as fn(Vec<(String, u32)>, Vec<String>) -> bool);
}

#[test]
fn deletion() {
    // A removed key is gone, comes back by an insertion only, and no other key goes with it.
    fn property(entries: Vec<(u8, String)>, removed: Vec<u8>) -> bool {
        let (map, mut model) = filled(&entries);
        for key in &removed {
            let expected = model.remove(key);
            let odd = key % 2 != 0;
            let taken = if odd { map.remove(key) } else { map.remove_entry(key).map(|(_, value)| value) };
            if taken != expected
                || map.contains_key(key)
                || map.get(key).is_some()
                || map.remove(key).is_some()
            {
                return false;
            }
            if map.len() != model.len() || map.remove_if(key, |_, _| true).is_some() {
                return false;
            }
        }
        let kept = |(key, value): (&u8, &String)| {
            map.remove_if(key, |_, _| false).is_none() && map.get(key).as_ref() == Some(value)
        };
        if !model.iter().all(kept) {
            return false;
        }
        removed.iter().all(|key| map.insert(*key, String::from("again")).is_none_or(|old| old == "again"))
            && removed.iter().all(|key| map.get(key).is_some_and(|value| value == "again"))
    }
    check("concurrent-map", "deletion", property as fn(Vec<(u8, String)>, Vec<u8>) -> bool);
}

#[test]
fn keys_method() {
    // Each key once, and no other.
    fn property(entries: Vec<(u8, String)>, removed: Vec<u8>) -> bool {
        let (map, mut model) = filled(&entries);
        for key in &removed {
            model.remove(key);
            drop(map.remove(key));
        }
        let mut keys = map.keys();
        keys.sort_unstable();
        let mut expected: Vec<u8> = model.keys().copied().collect();
        expected.sort_unstable();
        let mut values = map.values();
        values.sort_unstable();
        let mut expected_values: Vec<String> = model.into_values().collect();
        expected_values.sort_unstable();
        keys == expected && values == expected_values
    }
    check("concurrent-map", "keys_method", property as fn(Vec<(u8, String)>, Vec<u8>) -> bool);
}

#[test]
fn items_method() {
    // Each entry once, by every way to see all of them; and they are copies.
    fn property(entries: Vec<(u8, String)>) -> bool {
        let (map, model) = filled(&entries);
        let items = map.items();
        if items.len() != model.len() || items.into_iter().collect::<HashMap<_, _>>() != model {
            return false;
        }
        let iterated: Vec<_> = map.iter().collect();
        if iterated.len() != model.len() || iterated.iter().cloned().collect::<HashMap<_, _>>() != model {
            return false;
        }
        let snapshot = map.snapshot();
        let items = map.items();
        for value in model.keys() {
            map.update(value, |value| value.push('!'));
        }
        let all_changed = map.items().into_iter().all(|(key, value)| value == model[&key].clone() + "!");
        all_changed
            && items.into_iter().collect::<HashMap<_, _>>() == model
            && snapshot.len() == model.len()
            && snapshot.iter().all(|(key, value)| model.get(key) == Some(value))
            && map.clone() == map
            && map.into_iter().count() == model.len()
    }
    check("concurrent-map", "items_method", property as fn(Vec<(u8, String)>) -> bool);
}

#[test]
fn clear_method() {
    // Nothing is left, nothing comes back, and the map can be used as before.
    fn property(before: Vec<(u8, String)>, after: Vec<(u8, String)>) -> bool {
        let (map, _) = filled(&before);
        map.clear();
        let empty = map.is_empty()
            && map.items().is_empty()
            && map.keys().is_empty()
            && map.snapshot().is_empty()
            && before.iter().all(|(key, _)| map.get(key).is_none() && map.remove(key).is_none());
        map.clear();
        for (key, value) in &after {
            drop(map.insert(*key, value.clone()));
        }
        let model: HashMap<u8, String> = after.into_iter().collect();
        empty && map.len() == model.len() && map.items().into_iter().collect::<HashMap<_, _>>() == model
    }
    check("concurrent-map", "clear_method", property as fn(Vec<(u8, String)>, Vec<(u8, String)>) -> bool);
}

#[test]
fn thread_safety() {
    // Threads that insert, add and remove at once lose nothing and see nothing that nobody did.
    fn property(own: Vec<(u8, u32)>, shared: Vec<u8>, threads: u8) -> bool {
        let threads = usize::from(threads % 3) + 2;
        let map: ConcurrentMap<(usize, u8), u64> = ConcurrentMap::new();
        let all_right = on_threads(threads, |thread| {
            let mut model = BTreeMap::new();
            for (key, value) in &own {
                let key = (thread, *key);
                if value % 4 == 0 {
                    if map.remove(&key) != model.remove(&key) {
                        return false;
                    }
                } else if map.insert(key, u64::from(*value)) != model.insert(key, u64::from(*value)) {
                    return false;
                }
            }
            // The keys of no thread in particular: each adds one.
            for key in &shared {
                map.upsert((usize::MAX, *key), || 1, |count| *count += 1);
            }
            let mine =
                map.items().into_iter().filter(|((of, _), _)| *of == thread).collect::<BTreeMap<_, _>>();
            mine == model
        });
        let mut expected: BTreeMap<u8, u64> = BTreeMap::new();
        shared.iter().for_each(|key| *expected.entry(*key).or_default() += threads as u64);
        let counts = map.items().into_iter().filter(|((of, _), _)| *of == usize::MAX);
        let counts: BTreeMap<u8, u64> = counts.map(|((_, key), count)| (key, count)).collect();
        all_right.into_iter().all(|right| right) && counts == expected && map.len() == map.items().len()
    }
    check("concurrent-map", "thread_safety", property as fn(Vec<(u8, u32)>, Vec<u8>, u8) -> bool);
}

#[test]
fn for_each_method() {
    // Each entry once, and the callback may do anything to the map meanwhile, which it does not see itself.
    fn property(entries: Vec<(u8, String)>, meddles: bool) -> bool {
        let (map, model) = filled(&entries);
        let mut seen = HashMap::new();
        let mut twice = false;
        map.for_each(|key, value| {
            twice |= seen.insert(*key, value.clone()).is_some();
            if meddles {
                // What was visited is removed; that changes nothing of what is still to come.
                drop(map.remove(key));
                assert!(map.get(key).is_none());
            }
        });
        let left = if meddles { 0 } else { model.len() };
        let untouched: BTreeSet<u8> = map.keys().into_iter().collect();
        !twice && seen == model && map.len() == left && untouched.len() == left
    }
    check("concurrent-map", "for_each_method", property as fn(Vec<(u8, String)>, bool) -> bool);
}
