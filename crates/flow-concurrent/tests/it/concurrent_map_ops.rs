//! Each operation of `ConcurrentMap`, beside what `HashMap` says where it has the same one.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::ignore;
use flow_concurrent::{CompareExchangeError, ConcurrentMap, DefaultHashBuilder, Map};
use flow_testkit::{TestAllocator, on_threads, within};

const _: () = {
    const fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<ConcurrentMap<String, u32>>();
};

/// So many entries that the map has its final number of shards.
const LARGE: u32 = 20_000;

fn large() -> ConcurrentMap<u32, u32> {
    let map = ConcurrentMap::new();
    (0..LARGE).for_each(|key| assert_eq!(map.insert(key, key * 2), None));
    map
}

#[test]
fn basics() {
    let map = ConcurrentMap::<String, u32>::new();
    assert!(map.is_empty() && map.get("a").is_none() && !map.contains_key("a"));
    assert_eq!(map.insert("a".to_owned(), 1), None);
    assert_eq!(map.insert("a".to_owned(), 2), Some(1));
    assert_eq!((map.get("a"), map.with("a", |value| value + 1), map.len()), (Some(2), Some(3), 1));
    assert!(map.contains_key("a") && !map.contains_key("b"));
    assert_eq!(map.with("b", |_| ()), None);
    assert_eq!(map.try_insert("a".to_owned(), 3), Err(("a".to_owned(), 3)));
    assert_eq!(map.try_insert("b".to_owned(), 3), Ok(()));
    assert_eq!(map.remove("a"), Some(2));
    assert_eq!(map.remove_entry("b"), Some(("b".to_owned(), 3)));
    assert_eq!((map.remove("a"), map.remove_entry("b"), map.len()), (None, None, 0));
}

#[test]
fn insert_keeps_the_key() {
    #[derive(Clone, Debug)]
    struct Key(u32, &'static str);
    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Key {}
    impl std::hash::Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    let map = ConcurrentMap::new();
    map.insert(Key(1, "first"), 1);
    map.insert(Key(1, "second"), 2);
    map.upsert(Key(1, "third"), || 0, |value| *value += 1);
    assert_eq!(map.get_or_insert_with(Key(1, "fourth"), || 0), 3);
    assert_eq!(map.remove_entry(&Key(1, "")).map(|(key, value)| (key.1, value)), Some(("first", 3)));
}

#[test]
fn set_allocates_only_for_a_new_key() {
    let map = ConcurrentMap::<String, u32>::new();
    assert_eq!(map.set("a key", 1), None);
    let (old, counts) = TestAllocator::count(|| map.set("a key", 2));
    assert_eq!((old, counts.allocations), (Some(1), 0));
    assert_eq!(map.get("a key"), Some(2));
}

#[test]
fn hot_operations_do_not_allocate() {
    let map = large();
    // Where a table is full, an entry that comes back may not find its place again.
    map.reserve(1);
    let (_, counts) = TestAllocator::count(|| {
        for key in 0..1000 {
            map.insert(key, 1);
            ignore(map.get(&key));
            map.update(&key, |value| *value += 1);
            map.remove(&key);
            map.insert(key, 1);
        }
        map.len()
    });
    assert_eq!(counts.allocations, 0);
}

#[test]
fn remove_if() {
    let map = ConcurrentMap::from([(1, "a"), (2, "b")]);
    assert_eq!(map.remove_if(&1, |key, value| *key == 1 && *value == "b"), None);
    assert_eq!(map.remove_if(&1, |key, value| *key == 1 && *value == "a"), Some((1, "a")));
    assert_eq!(map.remove_if(&1, |_, _| unreachable!("nothing is there")), None);
    assert_eq!(map.items(), [(2, "b")]);
}

#[test]
fn get_or_insert_with() {
    let map = ConcurrentMap::<u32, u32>::new();
    // The closure may use the map, also this key of it: then that wins.
    assert_eq!(map.get_or_insert_with(1, || map.insert(2, 20).unwrap_or(10)), 10);
    assert_eq!(map.get_or_insert_with(1, || unreachable!("it is there")), 10);
    assert_eq!(map.get_or_insert_with(3, || map.insert(3, 30).unwrap_or(0)), 30);
    assert_eq!(map.try_get_or_insert_with(4, || Err("no")), Err("no"));
    assert_eq!(map.try_get_or_insert_with(4, || Ok::<_, ()>(40)), Ok(40));
    assert_eq!(map.try_get_or_insert_with(4, || Err("no")), Ok(40));
    assert_eq!(map.snapshot(), HashMap::from_iter([(1, 10), (2, 20), (3, 30), (4, 40)]));
}

#[test]
fn all_racers_get_the_winner() {
    let map = ConcurrentMap::<u32, usize>::new();
    let seen = on_threads(4, |thread| {
        (0..500).map(|key| map.get_or_insert_with(key, || thread)).collect::<Vec<_>>()
    });
    assert!(seen.iter().all(|values| *values == seen[0]));
}

#[test]
fn update_and_upsert() {
    let map = ConcurrentMap::<&str, Vec<u32>>::new();
    assert_eq!(map.update("a", |_| ()), None);
    map.upsert("a", || vec![1], |_| unreachable!("nothing is there"));
    map.upsert("a", || unreachable!("it is there"), |list| list.push(2));
    assert_eq!(map.update("a", |list| list.pop()), Some(Some(2)));
    assert_eq!(map.get("a"), Some(vec![1]));
}

#[test]
fn compare_exchange() {
    let map = ConcurrentMap::from([("a", 1)]);
    assert_eq!(map.compare_exchange("a", &1, 2), Ok(1));
    let CompareExchangeError { actual, new, .. } = map.compare_exchange("a", &1, 3).unwrap_err();
    assert_eq!((actual, new), (Some(2), 3));
    let missing = map.compare_exchange("b", &1, 3).unwrap_err();
    assert_eq!(
        (missing.actual, missing.to_string().as_str()),
        (None, "the value is not the expected one: work the new one out from `actual` and try again")
    );
    assert_eq!(map.get("a"), Some(2));
}

#[test]
fn counters_add_up() {
    let map = ConcurrentMap::<u32, u64>::new();
    on_threads(4, |_| (0..4000_u32).for_each(|step| map.upsert(step % 7, || 1, |count| *count += 1)));
    assert_eq!(map.values().iter().sum::<u64>(), 16_000);
}

#[test]
fn large_maps() {
    let map = large();
    assert_eq!(map.len(), LARGE as usize);
    assert!((0..LARGE).all(|key| map.get(&key) == Some(key * 2)));
    assert!(map.stats().shards >= 64);
    assert_eq!(map.keys().into_iter().collect::<BTreeSet<_>>(), (0..LARGE).collect());
    assert_eq!(map.values().len(), map.len());
    let expected: BTreeMap<_, _> = (0..LARGE).map(|key| (key, key * 2)).collect();
    assert_eq!(map.items().into_iter().collect::<BTreeMap<_, _>>(), expected);
    assert_eq!(map.iter().collect::<BTreeMap<_, _>>(), expected);
    assert_eq!(map.snapshot().into_iter().collect::<BTreeMap<_, _>>(), expected);
    let owned = map.clone().into_iter();
    assert_eq!(owned.len(), LARGE as usize);
    assert_eq!(owned.collect::<BTreeMap<_, _>>(), expected);
    assert_eq!(map.clone(), map);
    assert!((0..LARGE).all(|key| map.remove(&key).is_some()));
    assert!(map.is_empty() && map.items().is_empty());
}

#[test]
fn for_each_may_do_anything() {
    within(Duration::from_secs(60), || {
        let map = large();
        let mut seen = BTreeSet::new();
        map.for_each(|key, value| {
            assert_eq!(map.remove(key), Some(*value));
            assert_eq!(map.len() + seen.len(), LARGE as usize - 1);
            seen.insert(*key);
        });
        assert_eq!((seen.len(), map.len()), (LARGE as usize, 0));
        for (key, _) in &map {
            map.clear();
            map.insert(key, 1);
        }
    });
}

#[test]
fn a_walk_goes_on_when_the_map_moves() {
    let map = ConcurrentMap::<u32, u32>::new();
    (0..100).for_each(|key| ignore(map.insert(key, 0)));
    let shards = map.stats().shards;
    let mut walk = map.iter();
    let mut seen: Vec<_> = walk.by_ref().take(10).collect();
    (1000..LARGE).for_each(|key| ignore(map.insert(key, 0)));
    assert!(map.stats().shards > shards);
    seen.extend(walk);
    let mut old: Vec<_> = seen.into_iter().map(|(key, _)| key).filter(|key| *key < 100).collect();
    old.sort_unstable();
    assert_eq!(old, (0..100).collect::<Vec<_>>());
}

#[test]
fn retain() {
    let map = large();
    map.retain(|key, value| {
        assert_eq!(map.get(key), Some(*value));
        key % 3 == 0
    });
    assert_eq!(map.len(), (LARGE as usize).div_ceil(3));
    assert!(map.keys().iter().all(|key| key % 3 == 0));
}

#[test]
fn retain_sees_what_it_removes() {
    // Whenever the closure rejects a value, that value is replaced by one that it would keep.
    let map = ConcurrentMap::<u32, u32>::new();
    (0..100).for_each(|key| ignore(map.insert(key, 1)));
    let calls = Cell::new(0);
    map.retain(|key, value| {
        calls.set(calls.get() + 1);
        if *value == 1 {
            map.insert(*key, 0);
        }
        *value == 0
    });
    assert_eq!((map.len(), calls.get()), (100, 200));
    // Removed and inserted meanwhile: nothing is left to remove, or all is to be asked again.
    map.retain(|key, _| {
        map.remove(key);
        false
    });
    assert!(map.is_empty());
    // Moved to more shards meanwhile.
    map.insert(1, 1);
    let moved = Cell::new(false);
    map.retain(|_, _| {
        if !moved.replace(true) {
            (10..LARGE).for_each(|key| ignore(map.try_insert(key, 1)));
        }
        false
    });
    assert!(!map.contains_key(&1));
}

#[test]
fn retain_ends_whatever_its_closure_writes() {
    let filled = || (0..50).map(|key| (key, 0)).collect::<ConcurrentMap<u32, u32>>();
    // What changes is not what is looked at: all that is rejected goes.
    let map = filled();
    map.retain(|key, _| {
        (0..50)
            .filter(|other| other != key)
            .for_each(|other| ignore(map.update(&other, |value| *value += 1)));
        false
    });
    assert!(map.is_empty());
    // What is looked at changes each time: it stays.
    let (map, calls) = (filled(), Cell::new(0));
    map.retain(|key, value| {
        calls.set(calls.get() + 1);
        map.insert(*key, value + 1);
        false
    });
    assert_eq!((map.len(), calls.get()), (50, 50 * 9));
    assert!(map.items().iter().all(|(_, value)| *value == 9));
}

#[test]
fn retain_beside_writers() {
    let map = ConcurrentMap::<u32, u32>::new();
    (0..1000).for_each(|key| ignore(map.insert(key, 1)));
    on_threads(3, |thread| {
        if thread == 0 {
            (0..50).for_each(|_| map.retain(|_, value| *value > 0));
        } else {
            // Odd threads count up what is never zero to others, for long.
            for round in 0..200 {
                for key in (0..1000).filter(|key| key % 2 == u32::from(thread == 1)) {
                    map.update(&key, |value| *value += round + 1);
                }
            }
        }
    });
    assert_eq!(map.len(), 1000);
}

#[test]
fn clear_keeps_the_memory() {
    let map = large();
    let capacity = map.capacity();
    map.clear();
    assert_eq!((map.len(), map.capacity()), (0, capacity));

    let strings: ConcurrentMap<_, _> = (0..5000).map(|key| (key, key.to_string())).collect();
    let capacity = strings.capacity();
    strings.clear();
    assert_eq!((strings.len(), strings.capacity()), (0, capacity));
    strings.shrink_to_fit();
    assert_eq!(strings.capacity(), 0);
    strings.insert(1, String::new());
    assert_eq!(strings.len(), 1);
}

#[test]
fn capacity() {
    for capacity in [0, 1, 10, 1000, 100_000] {
        let map = ConcurrentMap::<u64, u64>::with_capacity(capacity);
        assert!(map.capacity() >= capacity && map.is_empty());
        let map = ConcurrentMap::<u64, u64>::new();
        map.reserve(capacity);
        assert!(map.capacity() >= capacity);
        map.shrink_to_fit();
        assert_eq!(map.capacity(), 0);
    }
    let map = large();
    map.reserve(100_000);
    map.shrink_to_fit();
    assert!(map.capacity() < 4 * LARGE as usize);
    assert!((0..LARGE).all(|key| map.get(&key) == Some(key * 2)));
}

#[test]
fn small_maps_are_small() {
    let stats = ConcurrentMap::<u64, u64>::new().stats();
    assert!(stats.shards <= 8 && stats.memory <= 1024 && stats.capacity == 0, "{stats}");
}

#[test]
fn builder() {
    for (wanted, shards) in [(0, 2), (1, 2), (3, 4), (100, 128), (usize::MAX, 65_536)] {
        let map = ConcurrentMap::<u32, u32>::builder().shards(wanted).build();
        map.insert(1, 1);
        assert_eq!((map.stats().shards, map.get(&1)), (shards, Some(1)));
        assert_eq!(map.clone().stats().shards, shards);
    }
    let map = ConcurrentMap::<u32, u32>::builder().capacity(1000).hasher(RandomState::new()).build();
    assert!(map.capacity() >= 1000);
}

/// Returns the key itself, or always the same.
#[derive(Clone, Default)]
struct Simple<const CONSTANT: bool>(u64);

impl<const CONSTANT: bool> Hasher for Simple<CONSTANT> {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = if CONSTANT { 1 } else { value };
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn with_hasher<S: BuildHasher + Default>(keys: u64) {
    let map = ConcurrentMap::<u64, u64, S>::default();
    (0..keys).for_each(|key| ignore(map.insert(key, key)));
    (0..keys).step_by(2).for_each(|key| ignore(map.remove(&key)));
    assert!((0..keys).all(|key| map.get(&key) == (key % 2 == 1).then_some(key)));
    assert_eq!(map.len() as u64, keys / 2);
}

#[test]
fn any_hasher() {
    with_hasher::<BuildHasherDefault<Simple<true>>>(1000);
    with_hasher::<BuildHasherDefault<Simple<false>>>(5000);
    with_hasher::<RandomState>(5000);
    with_hasher::<DefaultHashBuilder>(5000);
}

#[test]
fn every_operation_hashes_once() {
    static HASHED: AtomicUsize = AtomicUsize::new(0);
    #[derive(Clone, PartialEq, Eq)]
    struct Key(u32);
    impl std::hash::Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            HASHED.fetch_add(1, Ordering::Relaxed);
            state.write_u32(self.0);
        }
    }
    fn once(operation: impl FnOnce()) {
        let before = HASHED.load(Ordering::Relaxed);
        operation();
        assert_eq!(HASHED.load(Ordering::Relaxed), before + 1);
    }

    let map = ConcurrentMap::with_capacity(100);
    once(|| ignore(map.insert(Key(1), 1)));
    once(|| ignore(map.set(&Key(2), 1)));
    once(|| ignore(map.insert(Key(1), 2)));
    once(|| ignore(map.try_insert(Key(3), 1)));
    once(|| ignore(map.get(&Key(1))));
    once(|| ignore(map.get_or_insert_with(Key(4), || 1)));
    once(|| map.upsert(Key(5), || 1, |_| ()));
    once(|| map.upsert(Key(5), || 1, |_| ()));
    once(|| ignore(map.update(&Key(1), |_| ())));
    once(|| ignore(map.compare_exchange(&Key(1), &1, 2)));
    once(|| ignore(map.remove_if(&Key(1), |_, _| false)));
    once(|| ignore(map.remove(&Key(1))));
}

#[test]
fn churn_does_not_grow() {
    let map = ConcurrentMap::<u64, u64>::builder().shards(2).build();
    (0..100).for_each(|key| ignore(map.insert(key, key)));
    let capacity = map.capacity();
    for key in 100..100_000 {
        map.insert(key, key);
        map.remove(&(key - 100));
    }
    assert_eq!(map.len(), 100);
    assert!(map.capacity() <= 4 * capacity, "{} of {capacity}", map.capacity());
}

#[test]
fn collection_traits() {
    let mut map = ConcurrentMap::from([(1, "a"), (2, "b")]);
    map.extend([(2, "c"), (3, "d")]);
    (&map).extend([(4, "e")]);
    let expected = HashMap::from([(1, "a"), (2, "c"), (3, "d"), (4, "e")]);
    assert_eq!(map, expected.clone().into());
    assert_eq!(map.clone().into_iter().collect::<HashMap<_, _>>(), expected);
    assert_eq!((&map).into_iter().collect::<HashMap<_, _>>(), expected);
    let other: ConcurrentMap<_, _> = expected.into_iter().collect();
    assert_eq!(map, other);
    other.insert(1, "b");
    assert_ne!(map, other);
    other.remove(&1);
    assert_ne!(map, other);
    let copy = map.clone();
    copy.clear();
    assert_eq!((map.len(), ConcurrentMap::<u32, &str>::default()), (4, copy));
}

#[test]
fn debug() {
    let map = ConcurrentMap::from([(1, "a")]);
    assert_eq!(format!("{map:?}"), r#"{1: "a"}"#);
    assert_eq!(map.with(&1, |_| format!("{map:?}")), Some(r#"{1: "a"}"#.to_owned()));
    assert_eq!(map.update(&1, |_| format!("{map:?}")), Some("{<locked>}".to_owned()));
    assert_eq!(map.update(&1, |_| map.len()), Some(1));
    assert_eq!(format!("{:?}", map.iter()), "Iter { .. }");
    assert_eq!(format!("{:?}", map.into_iter()), "IntoIter { left: 1, .. }");
}

#[test]
fn the_trait_does_the_same() {
    fn check<M: Map<String, u32>>(map: &M) {
        assert_eq!((map.insert("a".to_owned(), 1), Map::get(map, "a")), (None, Some(1)));
        assert!(map.contains_key("a") && map.len() == 1 && !map.is_empty());
        assert_eq!((map.keys(), map.items()), (vec!["a".to_owned()], vec![("a".to_owned(), 1)]));
        map.for_each(|key, value| assert_eq!(map.remove(key), Some(*value)));
        map.insert("a".to_owned(), 1);
        map.clear();
        assert!(map.is_empty());
    }
    check(&ConcurrentMap::<String, u32>::new());
}

#[test]
fn snapshots_are_of_one_moment() {
    // Two keys that always have the same value, apart from the moment between two writes.
    let map = ConcurrentMap::<u32, u32>::new();
    (0..200).for_each(|key| ignore(map.insert(key, 0)));
    on_threads(2, |thread| {
        if thread == 0 {
            for round in 1..=300 {
                (0..200).for_each(|key| ignore(map.insert(key, round)));
                // The move to more shards happens beside snapshots too.
                (0..30).for_each(|key| ignore(map.insert(1000 + round * 30 + key, round)));
            }
        } else {
            for _ in 0..300 {
                let snapshot = map.snapshot();
                let values: Vec<_> = (0..200).map(|key| snapshot[&key]).collect();
                assert!(values.is_sorted_by(|left, right| left >= right), "{values:?}");
                assert!(values[0] - values[199] <= 1, "{values:?}");
            }
        }
    });
}

#[test]
fn len_beside_a_move() {
    for _ in 0..20 {
        let map = ConcurrentMap::<u32, u32>::new();
        (0..200).for_each(|key| ignore(map.insert(key, 0)));
        on_threads(2, |thread| {
            if thread == 0 {
                (200..3000).for_each(|key| ignore(map.insert(key, 0)));
            } else {
                let mut last = 200;
                while last < 3000 {
                    let len = map.len();
                    assert!((last..=3000).contains(&len), "{len} after {last}");
                    last = len;
                }
            }
        });
    }
}

#[test]
fn busy_small_maps_get_more_shards_or_stay_right() {
    let map = ConcurrentMap::<u32, u64>::new();
    on_threads(4, |_| (0..50_000_u32).for_each(|step| map.upsert(step % 16, || 1, |count| *count += 1)));
    assert_eq!((map.len(), map.values().iter().sum::<u64>()), (16, 200_000));
}

#[test]
fn values_are_dropped_once() {
    let value = Arc::new(());
    let map = ConcurrentMap::<u32, Arc<()>>::new();
    (0..5000).for_each(|key| ignore(map.insert(key, Arc::clone(&value))));
    (0..1000).for_each(|key| ignore(map.insert(key, Arc::clone(&value))));
    (0..500).for_each(|key| ignore(map.remove(&key)));
    assert_eq!(Arc::strong_count(&value), 4501);
    map.retain(|key, _| key % 2 == 0);
    assert_eq!(Arc::strong_count(&value), 2251);
    let mut entries = map.into_iter();
    entries.next();
    drop(entries);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn zero_sized() {
    let map = ConcurrentMap::<(), ()>::new();
    assert_eq!((map.insert((), ()), map.insert((), ()), map.len()), (None, Some(()), 1));
    map.clear();
    assert_eq!(map.keys(), []);
}

#[cfg(feature = "serde")]
#[test]
fn serde() {
    let map = ConcurrentMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    let json = serde_json::to_string(&map).unwrap();
    assert_eq!(serde_json::from_str::<ConcurrentMap<String, u32>>(&json).unwrap(), map);
    assert!(serde_json::from_str::<ConcurrentMap<String, u32>>("[1]").is_err());
    let twice: ConcurrentMap<String, u32> = serde_json::from_str(r#"{"a": 1, "a": 2}"#).unwrap();
    assert_eq!((twice.len(), twice.get("a")), (1, Some(2)));
    assert!(serde_json::to_string(&map.stats()).unwrap().contains(r#""entries":2"#));
}

#[cfg(feature = "rayon")]
#[test]
fn rayon() {
    use rayon::prelude::*;

    let mut map: ConcurrentMap<u32, u32> = (0..5000).into_par_iter().map(|key| (key, key)).collect();
    map.par_extend((4000..6000).into_par_iter().map(|key| (key, key)));
    (&map).par_extend([(6000, 6000)]);
    assert_eq!(map.len(), 6001);
    assert!((&map).into_par_iter().all(|(key, value)| key == value));
    assert_eq!(map.into_par_iter().map(|(key, _)| u64::from(key)).sum::<u64>(), (0..=6000).sum::<u64>());
}

#[test]
fn maps_of_maps_can_be_cloned_and_made_under_a_lock() {
    let outer: ConcurrentMap<u64, ConcurrentMap<u64, u64>> = ConcurrentMap::new();
    for key in 0..20 {
        ignore(outer.insert(key, (0..key).map(|inner| (inner, inner)).collect()));
    }
    assert_eq!(outer.get(&7).map(|inner| inner.len()), Some(7));
    let copies =
        outer.with(&5, |inner| (inner.clone(), inner.items().into_iter().collect::<ConcurrentMap<_, _>>()));
    let (clone, collected) = copies.expect("there");
    assert_eq!(clone, collected);
    let replaced = outer.update(&5, |inner| std::mem::replace(inner, ConcurrentMap::from([(1, 1)])));
    assert_eq!((replaced, outer.get(&5)), (Some(clone), Some(ConcurrentMap::from([(1, 1)]))));
    assert_eq!(outer.clone().len(), 20);
}
