//! One suite for everything that is a [`Map`], run for both maps and for hashers from good to worst.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, HashMap},
    fmt::Debug,
    hash::Hash,
};

use flow_concurrent::{ConcurrentMap, Map, ReadMap};
use flow_testkit::{Arbitrary, Gen, TestResult, check, on_threads, run_model_then, same, within};

use crate::{LIMIT, hashers::Chosen};

/// Keys of the model test: few, so that operations meet.
trait Key: Borrow<Self::Query> + Hash + Ord + Clone + Debug + Send + Sync + 'static {
    /// What a map is asked with.
    type Query: Hash + Eq + ?Sized;

    /// The key with a number.
    fn nth(number: u8) -> Self;
}

impl Key for u64 {
    type Query = Self;

    fn nth(number: u8) -> Self {
        match number {
            0 => 0,
            1 => Self::MAX,
            // Some that differ only in their lowest, and some only in their highest bits.
            2..=12 => number.into(),
            _ => Self::from(number) << 56,
        }
    }
}

impl Key for String {
    type Query = str;

    fn nth(number: u8) -> Self {
        "key".repeat(usize::from(number) % 4) + &"x".repeat(usize::from(number) / 4)
    }
}

/// An operation of a map; keys by their numbers.
#[derive(Clone, Copy, Debug)]
enum Op {
    Insert(u8, u32),
    Remove(u8),
    Get(u8),
    Clear,
}

impl Arbitrary for Op {
    fn arbitrary(source: &mut Gen) -> Self {
        let key = u8::arbitrary(source) % 24;
        match u8::arbitrary(source) % 32 {
            0..=15 => Self::Insert(key, u32::arbitrary(source)),
            16..=26 => Self::Remove(key),
            27..=30 => Self::Get(key),
            _ => Self::Clear,
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match *self {
            Self::Insert(key, value) => {
                Box::new((key, value).shrink().map(|(key, value)| Self::Insert(key, value)))
            }
            Self::Remove(key) => Box::new(key.shrink().map(Self::Remove)),
            Self::Get(key) => Box::new(key.shrink().map(Self::Get)),
            Self::Clear => Box::new(std::iter::empty()),
        }
    }
}

/// Takes a map and a `HashMap` through `ops`, and compares them as a whole after each.
fn agrees<K: Key, M: Map<K, u32>>(map: M, ops: &[Op]) -> TestResult {
    let step = |(map, model): &mut (M, HashMap<K, u32>), op: &Op| {
        let (Op::Insert(number, _) | Op::Remove(number) | Op::Get(number)) = *op else {
            map.clear();
            model.clear();
            return compare(map, model);
        };
        let key = K::nth(number);
        match *op {
            Op::Insert(_, value) => {
                same("insert", map.insert(key.clone(), value), model.insert(key.clone(), value))?;
            }
            Op::Remove(_) => same("remove", map.remove(key.borrow()), model.remove(key.borrow()))?,
            Op::Get(_) | Op::Clear => {}
        }
        same("get", map.get(key.borrow()), model.get(key.borrow()).copied())?;
        same("contains_key", map.contains_key(key.borrow()), model.contains_key(key.borrow()))?;
        compare(map, model)
    };
    run_model_then((map, HashMap::new()), ops, step, |(map, model)| {
        for key in map.keys() {
            same("remove", map.remove(key.borrow()), model.get(key.borrow()).copied())?;
        }
        same("is_empty", map.is_empty(), true)
    })
}

/// Compares all entries.
fn compare<K: Key, M: Map<K, u32>>(map: &M, model: &HashMap<K, u32>) -> Result<(), String> {
    let sorted = |mut items: Vec<(K, u32)>| {
        items.sort();
        items
    };
    let expected = sorted(model.iter().map(|(key, value)| (key.clone(), *value)).collect());
    same("len", map.len(), model.len())?;
    same("is_empty", map.is_empty(), model.is_empty())?;
    let mut keys = map.keys();
    keys.sort();
    same("keys", &keys, &expected.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>())?;
    same("items", &sorted(map.items()), &expected)?;
    let mut visited = Vec::new();
    map.for_each(|key, value| visited.push((key.clone(), *value)));
    same("for_each", &sorted(visited), &expected)?;
    for (key, value) in &expected {
        same("get of an item", map.get(key.borrow()), Some(*value))?;
    }
    Ok(())
}

/// Each thread has keys of its own, and sees at any time exactly what it did to them.
fn own_ranges<M: Map<u64, u32> + Sync>(map: &M) {
    const KEYS: u64 = 40;
    let rounds = if cfg!(flow_sanitize) { 5 } else { 30 };
    on_threads(3, |thread| {
        let keys = || (0..KEYS).map(|key| key * 3 + thread as u64);
        for round in 0..rounds {
            for key in keys() {
                assert_eq!(map.insert(key, round), None);
                assert_eq!(map.get(&key), Some(round));
            }
            for key in keys().filter(|key| key % 2 == 0) {
                assert_eq!(map.remove(&key), Some(round));
                assert!(!map.contains_key(&key));
            }
            // Among what others do meanwhile.
            let mut mine: Vec<_> =
                map.items().into_iter().filter(|(key, _)| key % 3 == thread as u64).collect();
            mine.sort_unstable();
            let odd = keys().filter(|key| key % 2 != 0);
            assert_eq!(mine, odd.clone().map(|key| (key, round)).collect::<Vec<_>>());
            let (least, most) = (mine.len(), 3 * usize::try_from(KEYS).expect("few"));
            let len = map.len();
            assert!((least..=most).contains(&len), "len is {len}, of {least} to {most}");
            for key in odd {
                assert_eq!(map.remove(&key), Some(round));
            }
        }
    });
    assert!(map.is_empty());
    assert_eq!(map.items(), []);
}

/// All threads insert and remove the same keys: what was inserted is what was removed or replaced or is there.
fn shared_range<M: Map<u64, u32> + Sync>(map: &M) {
    let rounds: u32 = if cfg!(flow_sanitize) { 500 } else { 5000 };
    let sums = on_threads(3, |thread| {
        let (mut inserted, mut taken) = (0, 0);
        let mut value = u32::try_from(thread).expect("a few threads");
        for round in 0..rounds {
            value += 3;
            let key = u64::from(value.wrapping_mul(0x9e37_79b9) >> 28);
            if round % 3 == 2 {
                taken += map.remove(&key).map_or(0, u64::from);
            } else {
                inserted += u64::from(value);
                taken += map.insert(key, value).map_or(0, u64::from);
            }
            if round % 64 == 0 {
                let keys = map.keys();
                let distinct: BTreeMap<_, _> = keys.iter().map(|key| (*key, ())).collect();
                assert!(keys.iter().all(|key| *key < 16), "{keys:?}");
                assert_eq!(distinct.len(), keys.len(), "a key twice in {keys:?}");
                assert!(map.len() <= 16);
            }
        }
        (inserted, taken)
    });
    let left: u64 = map.items().iter().map(|(_, value)| u64::from(*value)).sum();
    let inserted: u64 = sums.iter().map(|(inserted, _)| inserted).sum();
    let taken: u64 = sums.iter().map(|(_, taken)| taken).sum();
    assert_eq!(inserted, taken + left);
    assert_eq!(map.len(), map.keys().len());
}

/// More keys than a map of a few entries has room for, in and out again.
fn grows_and_shrinks<M: Map<u64, u32>>(map: &M, keys: u64) {
    for round in 0..2 {
        for key in 0..keys {
            assert_eq!(map.insert(key, round), None);
            assert_eq!(map.len() as u64, key + 1);
        }
        for key in 0..keys {
            assert_eq!(map.insert(key, round + 1), Some(round));
        }
        assert!((0..keys).all(|key| map.get(&key) == Some(round + 1)));
        assert_eq!((map.get(&keys), map.remove(&keys)), (None, None));
        let mut all = map.keys();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..keys));
        if round == 0 {
            for key in (0..keys).rev() {
                assert_eq!(map.remove(&key), Some(1));
                assert_eq!(map.len() as u64, key);
            }
        } else {
            map.clear();
        }
        assert!(map.is_empty());
        assert_eq!((map.items(), map.keys()), (vec![], vec![]));
    }
}

/// The suite for each map.
macro_rules! suites {
    ($($suite:ident: $component:literal, $make:expr, $keys:expr;)*) => {
        $(
            mod $suite {
                use super::*;

                #[test]
                fn agrees_with_numbers_as_keys() {
                    fn property(ops: Vec<Op>) -> TestResult {
                        agrees::<u64, _>($make, &ops)
                    }
                    check($component, "agrees_with_numbers_as_keys", property as fn(Vec<Op>) -> TestResult);
                }

                #[test]
                fn agrees_with_text_as_keys() {
                    fn property(ops: Vec<Op>) -> TestResult {
                        agrees::<String, _>($make, &ops)
                    }
                    check($component, "agrees_with_text_as_keys", property as fn(Vec<Op>) -> TestResult);
                }

                #[test]
                fn threads_have_keys_of_their_own() {
                    within(LIMIT, || own_ranges(&$make));
                }

                #[test]
                fn threads_share_keys() {
                    within(LIMIT, || shared_range(&$make));
                }

                #[test]
                fn grows_and_shrinks() {
                    super::grows_and_shrinks(&$make, if cfg!(flow_sanitize) { $keys / 8 } else { $keys });
                }
            }
        )*
    };
}

// Where all keys collide, each operation looks at all of them.
suites! {
    concurrent_default: "concurrent-map", ConcurrentMap::new(), 20_000;
    concurrent_sip_hash: "concurrent-map", ConcurrentMap::with_hasher(Chosen::sip()), 20_000;
    concurrent_identity: "concurrent-map", ConcurrentMap::with_hasher(Chosen::Identity), 20_000;
    concurrent_constant: "concurrent-map", ConcurrentMap::with_hasher(Chosen::Constant), 500;
    concurrent_two_shards: "concurrent-map", ConcurrentMap::builder().shards(2).build(), 20_000;
    concurrent_many_shards: "concurrent-map", ConcurrentMap::builder().shards(1024).capacity(10).build(), 20_000;
    read_default: "read-map", ReadMap::new(), 20_000;
    read_sip_hash: "read-map", ReadMap::with_hasher(Chosen::sip()), 20_000;
    read_identity: "read-map", ReadMap::with_hasher(Chosen::Identity), 20_000;
    read_constant: "read-map", ReadMap::with_hasher(Chosen::Constant), 500;
}
