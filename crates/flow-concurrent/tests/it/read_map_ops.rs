//! Every operation of a `ReadMap`, its readers, snapshots and transactions.

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
    hash::RandomState,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use flow_concurrent::{ReadMap, VersionMismatchError};
use flow_testkit::{TestAllocator, on_threads};

fn numbers(count: u64) -> ReadMap<u64, u64> {
    (0..count).map(|number| (number, number * 10)).collect()
}

#[test]
fn a_new_map_is_empty() {
    let map: ReadMap<String, u64> = ReadMap::new();
    assert_eq!((map.len(), map.is_empty(), map.version()), (0, true, 0));
    assert_eq!((map.get("a"), map.contains_key("a"), map.with("a", |_| ())), (None, false, None));
    assert_eq!((map.keys(), map.values(), map.items()), (vec![], vec![], vec![]));
    assert_eq!((map.remove("a"), map.remove_entry("a"), map.remove_if("a", |_, _| true)), (None, None, None));
    map.clear();
    map.retain(|_, _| false);
    assert_eq!(map.version(), 0, "nothing was written");
}

#[test]
fn insert_returns_what_was_there_and_keeps_the_key() {
    let map = ReadMap::new();
    let (first, second) = (Arc::new(1), Arc::new(1));
    assert_eq!(map.insert(Arc::clone(&first), 'a'), None);
    assert_eq!(map.insert(Arc::clone(&second), 'b'), Some('a'));
    assert!(Arc::ptr_eq(&map.keys()[0], &first));
    assert_eq!((map.len(), map.version()), (1, 2));
}

#[test]
fn set_copies_the_key_only_if_it_is_absent() {
    let map: ReadMap<String, u64> = ReadMap::new();
    assert_eq!(map.set("a", 1), None);
    assert_eq!(map.set("a", 2), Some(1));
    assert_eq!(map.get("a"), Some(2));
}

#[test]
fn try_insert_gives_both_back() {
    let map = ReadMap::from([("a", 1)]);
    assert_eq!(map.try_insert("a", 2), Err(("a", 2)));
    assert_eq!(map.try_insert("b", 3), Ok(()));
    assert_eq!((map.get("a"), map.get("b"), map.version()), (Some(1), Some(3), 1));
}

#[test]
fn removals() {
    let map = ReadMap::from([("a", 1), ("b", 2), ("c", 3)]);
    assert_eq!(map.remove("a"), Some(1));
    assert_eq!(map.remove("a"), None);
    assert_eq!(map.remove_entry("b"), Some(("b", 2)));
    assert_eq!(map.remove_if("c", |key, value| (*key, *value) != ("c", 3)), None);
    assert_eq!(map.remove_if("c", |_, value| *value == 3), Some(("c", 3)));
    assert_eq!((map.len(), map.version()), (0, 3));
}

#[test]
fn get_or_insert_with_may_use_the_map() {
    fn fibonacci(known: &ReadMap<u64, u64>, number: u64) -> u64 {
        known.get_or_insert_with(number, || match number {
            0 | 1 => number,
            _ => fibonacci(known, number - 1) + fibonacci(known, number - 2),
        })
    }
    let known = ReadMap::new();
    assert_eq!(fibonacci(&known, 50), 12_586_269_025);
    assert_eq!(known.len(), 51);
    assert_eq!(known.try_get_or_insert_with(99, || Err("no")), Err("no"));
    assert_eq!(known.try_get_or_insert_with(50, || Err("never called")), Ok(12_586_269_025));
    assert!(!known.contains_key(&99));
}

#[test]
fn all_who_find_a_key_absent_get_the_same_value() {
    let map = ReadMap::new();
    let got = on_threads(4, |index| map.get_or_insert_with("key", || index));
    assert!(got.iter().all(|value| Some(*value) == map.get("key")), "{got:?}");
}

#[test]
fn updates_are_published_at_once() {
    let map = numbers(1000);
    let before = map.snapshot();
    let sum = map.update(|next| {
        for number in 0..1000 {
            *next.get_mut(&number).expect("there") += 1;
        }
        assert_eq!(next.insert(5000, 1), None);
        assert_eq!(next.remove(&0), Some(1));
        assert_eq!((next.len(), next.version(), next.contains_key(&0)), (1000, 0, false));
        assert_eq!(map.len(), 1000, "others do not see it yet");
        assert_eq!(map.get(&0), Some(0));
        next.iter().map(|(_, value)| *value).sum::<u64>()
    });
    assert_eq!(sum, (0..1000_u64).map(|number| number * 10 + 1).sum::<u64>());
    assert_eq!((map.version(), map.get(&0), map.get(&7)), (1, None, Some(71)));
    assert_eq!((before.get(&0), before.get(&7), before.get(&5000)), (Some(&0), Some(&70), None));
}

#[test]
fn what_is_not_to_be_published_leaves_no_trace() {
    let map = numbers(100);
    let failed: Result<(), &str> = map.try_update(|next| {
        next.clear();
        next.insert(1, 1);
        Err("no")
    });
    assert_eq!(failed, Err("no"));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        map.update(|next| {
            next.retain(|key, _| *key > 50);
            panic!("in the middle");
        });
    }));
    assert!(panicked.is_err());
    map.update(|_| ());
    assert_eq!(map, numbers(100));
    assert_eq!(map.version(), 0);
    assert_eq!(map.try_update(|next| Ok::<_, ()>(next.insert(1, 1))), Ok(Some(10)));
    assert_eq!(map.version(), 1);
}

#[test]
fn compare_and_update_writes_to_what_it_was_worked_out_from() {
    let map = numbers(10);
    assert_eq!(map.compare_and_update(0, |next| next.remove(&1)), Ok(Some(10)));
    let mismatch: VersionMismatchError =
        map.compare_and_update(0, |next| next.remove(&2)).expect_err("it is 1 now");
    assert_eq!((mismatch.expected, mismatch.actual), (0, 1));
    assert!(mismatch.to_string().contains("version 1, not 0"), "{mismatch}");
    assert!(map.contains_key(&2));
}

#[test]
fn retain_and_clear_are_one_version_each() {
    let map = numbers(1000);
    map.retain(|key, value| {
        assert_eq!(*value, key * 10);
        key % 3 == 0
    });
    assert_eq!((map.len(), map.version()), (334, 1));
    assert!(map.keys().iter().all(|key| key % 3 == 0));
    map.retain(|_, _| true);
    assert_eq!(map.version(), 1);
    map.clear();
    assert_eq!((map.len(), map.version()), (0, 2));
    assert_eq!(map.insert(1, 1), None);
}

#[test]
fn snapshots_stay_as_they_are() {
    let map = ReadMap::new();
    let snapshots: Vec<_> = (0..200_u64)
        .map(|number| {
            map.insert(number, number);
            map.remove(&(number / 2));
            map.snapshot()
        })
        .collect();
    for (snapshot, number) in snapshots.iter().zip(0..) {
        let keys: HashSet<u64> = snapshot.keys().copied().collect();
        let expected: HashSet<u64> = (0..=number).filter(|key| *key > number / 2).collect();
        assert_eq!(keys, expected, "snapshot {number}");
        assert_eq!((snapshot.len(), snapshot.iter().len()), (keys.len(), keys.len()));
        assert!(keys.iter().all(|key| snapshot.get(key) == Some(key) && snapshot.contains_key(key)));
    }
    drop(map);
    assert_eq!(snapshots[10].get_key_value(&10), Some((&10, &10)), "they keep the map alive");
}

#[test]
fn readers_see_what_happened_before() {
    let map = numbers(10);
    let mut reader = map.reader();
    assert_eq!(reader.get(&3), Some(&30));
    assert_eq!(reader.version(), 0);
    map.insert(3, 33);
    assert_eq!(reader.get(&3), Some(&33));
    assert_eq!((reader.version(), reader.len()), (1, 10));
    let mut other = reader.clone();
    map.remove(&3);
    assert!(!other.contains_key(&3) && reader.get_key_value(&3).is_none() && !reader.is_empty());
    let snapshot = reader.snapshot();
    drop(map);
    assert_eq!(reader.get(&4), Some(&40), "it keeps the map alive");
    assert_eq!((snapshot.version(), snapshot.get(&3)), (2, None));
}

#[test]
fn a_diff_tells_what_was_written_between() {
    let map = numbers(5000);
    let before = map.snapshot();
    assert!(before.diff(&map.snapshot()).is_empty());
    map.update(|next| {
        for key in 0..40 {
            next.remove(&(key * 100));
            next.insert(100_000 + key, 1);
            *next.get_mut(&(key * 100 + 1)).expect("there") = 7;
        }
        next.insert(2, 20);
    });
    let after = map.snapshot();
    let diff = before.diff(&after);
    assert_eq!((diff.added.len(), diff.removed.len(), diff.changed.len()), (40, 40, 40));
    assert!(diff.added.iter().all(|(key, _)| **key >= 100_000));
    assert!(diff.removed.iter().all(|(key, value)| **key % 100 == 0 && **value == **key * 10));
    assert!(diff.changed.iter().all(|change| *change.old == change.key * 10 && *change.new == 7));
    let back = after.diff(&before);
    assert_eq!((back.added.len(), back.removed.len(), back.changed.len()), (40, 40, 40));
    // Another map shares nothing, and is compared all the same.
    let other = ReadMap::from([(1_u64, 10_u64), (3, 3), (9_999, 1)]);
    let other = other.snapshot();
    let diff = before.diff(&other);
    assert_eq!((diff.added, diff.removed.len()), (vec![(&9_999, &1)], 4998));
    assert_eq!((*diff.changed[0].key, diff.changed.len()), (3, 1));
}

#[test]
fn a_diff_skips_what_is_shared_though_branches_grow_and_shrink() {
    /// Says how often it is compared.
    #[derive(Clone, Debug)]
    struct Counted<'c>(&'c Cell<usize>);

    impl PartialEq for Counted<'_> {
        fn eq(&self, _: &Self) -> bool {
            self.0.set(self.0.get() + 1);
            true
        }
    }

    let compared = Cell::new(0);
    let map = ReadMap::new();
    let check = |write: &dyn Fn()| {
        let before = map.snapshot();
        write();
        let after = map.snapshot();
        let diff = before.diff(&after);
        assert_eq!(diff.added.len() + diff.removed.len() + diff.changed.len(), 1);
        assert!(compared.replace(0) <= 16, "no more than a leaf has");
    };
    (0..3000).for_each(|key| check(&|| assert!(map.insert(key, Counted(&compared)).is_none())));
    (0..3000).for_each(|key| check(&|| assert!(map.remove(&key).is_some())));
}

#[test]
fn reclaim_misses_no_version() {
    let map = ReadMap::new();
    let write = |number| {
        let before = map.snapshot();
        map.insert(number, number);
        before
    };
    let [first, second, third] = [0, 1, 2].map(write);
    map.reclaim();
    drop(first);
    map.reclaim();
    assert_eq!(map.stats().live_versions, 3);
    drop(third);
    map.reclaim();
    assert_eq!(map.stats().live_versions, 2);
    drop(second);
    map.reclaim();
    assert_eq!((map.stats().live_versions, map.stats().retired_nodes), (1, 0));
}

#[test]
fn traits_of_a_map() {
    let map = numbers(100);
    let mut copy = map.clone();
    assert_eq!(map, copy);
    copy.extend([(7, 7), (1000, 1000)]);
    assert_ne!(map, copy);
    assert_eq!((map.get(&7), copy.get(&7), copy.version()), (Some(70), Some(7), 1));
    (&map).extend([(7, 7), (1000, 1000)]);
    assert_eq!(map, copy);
    assert_eq!(format!("{:?}", ReadMap::from([("a", 1)])), r#"{"a": 1}"#);
    assert_eq!(format!("{:?}", ReadMap::from([("a", 1)]).snapshot()), r#"{"a": 1}"#);
    let expected: HashMap<u64, u64> = map.items().into_iter().collect();
    assert_eq!((&map).into_iter().collect::<HashMap<_, _>>(), expected);
    let mut seen = 0;
    map.for_each(|key, value| {
        assert_eq!(expected.get(key), Some(value));
        seen += 1;
    });
    assert_eq!(seen, 101);
    assert_eq!(map.into_iter().collect::<HashMap<_, _>>(), expected);
    let default: ReadMap<u64, u64, RandomState> = ReadMap::default();
    assert_eq!(default, ReadMap::with_hasher(RandomState::new()));
}

#[test]
fn maps_of_maps_can_be_cloned_and_made_inside_of_a_write() {
    let outer: ReadMap<u64, ReadMap<u64, u64>> = ReadMap::new();
    for key in 0..20 {
        // Each write clones the maps that lie beside it.
        outer.insert(key, numbers(key));
    }
    outer.update(|next| {
        let made: ReadMap<u64, u64> = (0..3).map(|key| (key, key)).collect();
        next.insert(3, made);
    });
    assert_eq!(outer.get(&3).map(|inner| inner.len()), Some(3));
    assert_eq!(outer.clone().get(&7).map(|inner| inner.items().len()), Some(7));
}

#[test]
fn a_write_inside_of_a_write_panics_and_the_map_goes_on() {
    let (map, other) = (numbers(10), numbers(10));
    let panicked = catch_unwind(AssertUnwindSafe(|| map.update(|_| other.insert(1, 1))));
    let message = *panicked.expect_err("it would hang").downcast::<String>().expect("a message");
    assert!(
        message.contains("wait for itself forever") && message.contains("use the transaction"),
        "{message}"
    );
    assert_eq!(map.insert(1, 2), Some(10));
    assert_eq!(other.insert(1, 2), Some(10));
}

#[test]
fn reads_allocate_nothing() {
    let map = numbers(5000);
    // The first load of a thread allocates in arc-swap.
    assert!(map.contains_key(&1));
    let (mut reader, snapshot) = (map.reader(), map.snapshot());
    let (found, counts) = TestAllocator::count(|| {
        (0..6000)
            .filter(|key| {
                let found = reader.get(key).is_some();
                assert_eq!((snapshot.contains_key(key), map.contains_key(key)), (found, found));
                found
            })
            .count()
    });
    assert_eq!((found, counts.allocations), (5000, 0));
}

#[test]
fn all_memory_comes_back_in_whatever_order_things_are_dropped() {
    let (left, counts) = TestAllocator::count(|| {
        let map: ReadMap<String, String> = (0..500).map(|key| (key.to_string(), "value".repeat(9))).collect();
        let first = map.snapshot();
        let mut reader = map.reader();
        map.retain(|key, _| key.len() < 3);
        let second = map.snapshot();
        assert_eq!(reader.len(), 100);
        map.clear();
        drop(map);
        drop(first);
        let left = (second.len(), reader.len());
        drop(second);
        drop(reader);
        left
    });
    // arc-swap keeps a little for the thread, for good.
    assert_eq!(left, (100, 0));
    assert!(counts.live_bytes() < 1000, "{} bytes are left", counts.live_bytes());
}

#[test]
fn statistics_tell_what_is_kept_for_whom() {
    let map = numbers(1000);
    let stats = map.stats();
    assert_eq!((stats.entries, stats.version, stats.live_versions, stats.retired_nodes), (1000, 0, 1, 0));
    let old = map.snapshot();
    map.insert(0, 0);
    let stats = map.stats();
    // One path: the root, and a node for every three of the 64 bits of a hash where branches are the smallest.
    assert!((1..=1 + 64_usize.div_ceil(3)).contains(&stats.retired_nodes), "{stats}");
    for key in 1..100 {
        map.insert(key, 0);
    }
    let stats = map.stats();
    assert_eq!((stats.entries, stats.version, stats.live_versions), (1000, 100, 2), "{stats}");
    for key in 0..100 {
        map.insert(key, 1);
    }
    // What the snapshot has was replaced by the first writes; what they made, nobody has.
    let again = map.stats();
    assert_eq!((again.live_versions, again.retired_nodes), (2, stats.retired_nodes), "{again}");
    drop(old);
    map.reclaim();
    let stats = map.stats();
    assert_eq!((stats.live_versions, stats.retired_nodes), (1, 0), "{stats}");
}

#[test]
fn thousands_of_snapshots_do_no_harm() {
    let map = ReadMap::new();
    let mut snapshots = Vec::new();
    for key in 0..3000_u64 {
        map.insert(key, key);
        snapshots.push(map.snapshot());
    }
    assert_eq!(map.stats().live_versions, 3000);
    // Every other one, so that there are gaps all over.
    let kept: Vec<_> = snapshots.into_iter().step_by(2).collect();
    map.reclaim();
    assert_eq!(map.stats().live_versions, 1501);
    for (snapshot, number) in kept.iter().zip((0..3000).step_by(2)) {
        assert_eq!(snapshot.len(), number + 1);
        assert!(snapshot.iter().all(|(key, value)| key == value && *key <= number as u64));
    }
    drop(kept);
    map.reclaim();
    assert_eq!(map.stats().live_versions, 1);
}

#[test]
fn entries_of_any_size_and_alignment() {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    #[repr(align(128))]
    struct Wide(u8);

    let wide: ReadMap<Wide, [u8; 3]> = (0..=255).map(|number| (Wide(number), [number; 3])).collect();
    for number in 0..=255 {
        let aligned = wide.snapshot().get_key_value(&Wide(number)).map(|(key, value)| {
            assert_eq!(std::ptr::from_ref(key).addr() % 128, 0);
            *value
        });
        assert_eq!(aligned, Some([number; 3]));
    }
    wide.retain(|key, _| key.0 < 10);
    assert_eq!(wide.len(), 10);

    let nothing = ReadMap::new();
    assert_eq!((nothing.insert((), ()), nothing.insert((), ()), nothing.len()), (None, Some(()), 1));
    assert_eq!((nothing.remove(&()), nothing.is_empty()), (Some(()), true));

    let large: ReadMap<u8, Box<[u8; 10_000]>> = (0..100).map(|key| (key, Box::new([key; 10_000]))).collect();
    assert!((0..100).all(|key| large.with(&key, |value| value[9_999]) == Some(key)));
}

#[cfg(feature = "rayon")]
#[test]
fn rayon() {
    use rayon::prelude::*;

    let mut map: ReadMap<u64, u64> = (0..500).into_par_iter().map(|key| (key, key)).collect();
    assert_eq!((map.len(), map.version()), (500, 0));
    map.par_extend((400..600).into_par_iter().map(|key| (key, 2 * key)));
    (&map).par_extend([(600, 0)]);
    assert_eq!((map.len(), map.version()), (601, 2));
    let expected: u64 = (0..400).sum::<u64>() + 2 * (400..600).sum::<u64>();
    let snapshot = map.snapshot();
    map.remove(&1);
    assert_eq!((&snapshot).into_par_iter().map(|(_, value)| value).sum::<u64>(), expected);
    assert_eq!((&map).into_par_iter().map(|(_, value)| value).sum::<u64>(), expected - 1);
    assert_eq!(map.into_par_iter().count(), 600);
}
