//! Where code of a user panics under `ConcurrentMap`: nothing is lost, nothing stays locked, and what would hang
//! panics.

use std::{
    cell::Cell,
    hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use crate::ignore;
use flow_concurrent::ConcurrentMap;
use flow_testkit::{panics_here, within};

/// The message of a panic of `work`.
#[track_caller]
fn panics<R>(work: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(|| ignore(work()))) else { panic!("it did not panic") };
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
    }
}

/// Runs `work` where a hang is a failure.
fn quickly(work: impl FnOnce() + Send + 'static) {
    within(Duration::from_secs(60), work);
}

thread_local! {
    /// After how many more calls of `Hash`, `Eq` or `Clone` of a `Key` one panics.
    static FUSE: Cell<u32> = const { Cell::new(u32::MAX) };
}

fn burn(what: &str) {
    let left = FUSE.get();
    if left == 0 {
        FUSE.set(u32::MAX);
        panic!("{what}");
    }
    FUSE.set(if left == u32::MAX { left } else { left - 1 });
}

#[derive(Debug)]
struct Key(u32, Arc<()>);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn("hash");
        self.0.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        burn("eq");
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Clone for Key {
    fn clone(&self) -> Self {
        burn("clone");
        Self(self.0, Arc::clone(&self.1))
    }
}

#[test]
fn nothing_is_lost_wherever_a_key_panics() {
    quickly(|| {
        let alive = Arc::new(());
        let key = |number| Key(number, Arc::clone(&alive));
        let map = ConcurrentMap::<Key, u32>::new();
        for number in 0..1500 {
            // With more and more calls allowed: through the growth of tables and the move to more shards.
            for fuse in [0, 1, 2, 7, 40, 333] {
                FUSE.set(fuse);
                let result = catch_unwind(AssertUnwindSafe(|| map.insert(key(number), number)));
                FUSE.set(u32::MAX);
                let there = map.contains_key(&key(number));
                assert!(there || result.is_err());
                assert_eq!(map.len(), number as usize + usize::from(there));
            }
            map.insert(key(number), number);
        }
        assert_eq!(Arc::strong_count(&alive), 1501);
        assert!((0..1500).all(|number| map.get(&key(number)) == Some(number)));

        for fuse in 0..50 {
            for operation in 0..5 {
                FUSE.set(fuse);
                let result = catch_unwind(AssertUnwindSafe(|| match operation {
                    0 => map.keys().len(),
                    1 => map.snapshot().len(),
                    2 => map.iter().count(),
                    3 => map.clone().len(),
                    _ => {
                        map.retain(|_, _| true);
                        map.len()
                    }
                }));
                FUSE.set(u32::MAX);
                drop(result);
                assert_eq!((map.len(), Arc::strong_count(&alive)), (1500, 1501));
            }
        }
        drop(map);
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

#[test]
fn shrinking_and_reserving_lose_nothing() {
    quickly(|| {
        let alive = Arc::new(());
        // How many hashes there are depends on how the keys spread over the shards: the same in every run.
        let mut map = ConcurrentMap::with_hasher(BuildHasherDefault::<DefaultHasher>::default());
        map.extend((0..3000).map(|number| (Key(number, Arc::clone(&alive)), number)));
        map.retain(|_, number| number % 10 == 0);
        for fuse in (0..300).step_by(7) {
            FUSE.set(fuse);
            let panicked = catch_unwind(AssertUnwindSafe(|| map.shrink_to_fit())).is_err();
            FUSE.set(fuse);
            let panicked_too = catch_unwind(AssertUnwindSafe(|| map.reserve(10_000))).is_err();
            FUSE.set(u32::MAX);
            assert!(panicked || panicked_too || fuse > 200);
            assert_eq!((map.len(), map.items().len()), (300, 300));
        }
        assert!((0..3000).step_by(10).all(|number| map.contains_key(&Key(number, Arc::clone(&alive)))));
    });
}

#[test]
fn closures_that_panic() {
    quickly(|| {
        let map = ConcurrentMap::from([(1, "a".to_owned())]);
        let boom = || -> bool { panic!("boom") };
        assert_eq!(panics(|| map.with(&1, |_| boom())), "boom");
        assert_eq!(
            panics(|| map.update(&1, |value| {
                value.push('b');
                boom()
            })),
            "boom"
        );
        assert_eq!(map.get(&1).as_deref(), Some("ab"));
        assert_eq!(panics(|| map.remove_if(&1, |_, _| boom())), "boom");
        assert_eq!(panics(|| map.upsert(1, String::new, |_| ignore(boom()))), "boom");
        assert_eq!(panics(|| map.upsert(2, || boom().to_string(), |_| ())), "boom");
        assert_eq!(panics(|| map.get_or_insert_with(2, || boom().to_string())), "boom");
        assert_eq!(panics(|| map.retain(|_, _| boom())), "boom");
        assert_eq!(panics(|| map.for_each(|_, _| ignore(boom()))), "boom");
        assert_eq!((map.items(), map.len()), (vec![(1, "ab".to_owned())], 1));
    });
}

#[test]
fn what_would_hang_panics() {
    quickly(|| {
        let map = ConcurrentMap::from([(1, 1), (2, 2)]);
        let other = ConcurrentMap::from([(1, 1)]);
        for map in [&map, &other] {
            let inside = |work: &dyn Fn()| panics(|| other.update(&1, |_| work()));
            assert!(inside(&|| ignore(map.get(&1))).contains("locked for writing"));
            assert!(inside(&|| ignore(map.insert(1, 1))).contains("locked for writing"));
            assert!(inside(&|| map.clear()).contains("locked for writing"));
            assert!(inside(&|| ignore(map.snapshot())).contains("locked for writing"));
            assert!(inside(&|| ignore(map.stats())).contains("locked for writing"));
            let inside = |work: &dyn Fn()| panics(|| other.with(&1, |_| work()));
            assert!(inside(&|| ignore(map.insert(1, 1))).contains("locked for reading"));
            assert!(inside(&|| ignore(map.remove(&1))).contains("locked for reading"));
            assert!(inside(&|| map.retain(|_, _| false)).contains("locked for reading"));
            // Reading is fine, of any map and at any depth.
            let read =
                other.with(&1, |_| map.with(&1, |_| (map.get(&1), map.snapshot().len(), map.items().len())));
            assert_eq!(read, Some(Some((Some(1), map.len(), map.len()))));
        }
        assert_eq!((map.len(), other.len()), (2, 1));
        map.insert(3, 3);
    });
}

#[test]
fn refusals_name_the_caller() {
    let map = ConcurrentMap::from([(1, 1)]);
    panics_here(|| ignore(map.with(&1, |_| map.insert(1, 2))));
}

/// Uses a map when it is dropped or replaced: hangs or panics where that happens under a lock.
struct Nosy(Arc<ConcurrentMap<u32, u32>>, u32);

impl Drop for Nosy {
    fn drop(&mut self) {
        self.0.upsert(self.1, || 1, |count| *count += 1);
    }
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), self.1)
    }
}

impl PartialEq for Nosy {
    fn eq(&self, other: &Self) -> bool {
        self.1 == other.1
    }
}

impl Eq for Nosy {}

impl Hash for Nosy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.1.hash(state);
    }
}

#[test]
fn nothing_is_dropped_under_a_lock() {
    quickly(|| {
        let drops = Arc::new(ConcurrentMap::new());
        let nosy = |number| Nosy(Arc::clone(&drops), number);
        let map = ConcurrentMap::<Nosy, Nosy>::new();
        for _ in 0..2 {
            for number in 0..3000 {
                ignore(map.insert(nosy(number), nosy(number)));
                ignore(map.try_insert(nosy(number), nosy(number)));
                map.set(&nosy(number), nosy(number));
                map.upsert(nosy(number), || nosy(number), |_| ());
                ignore(map.get_or_insert_with(nosy(number), || nosy(number)));
                ignore(map.get_or_insert_with(nosy(number + 10_000), || {
                    map.insert(nosy(number + 10_000), nosy(number));
                    nosy(number)
                }));
                ignore(map.compare_exchange(&nosy(number), &nosy(number), nosy(number)));
                ignore(map.compare_exchange(&nosy(number), &nosy(number + 1), nosy(number)));
                ignore(map.remove(&nosy(number + 10_000)));
            }
            map.retain(|key, _| key.1 % 2 == 0);
            ignore(map.remove_if(&nosy(2), |_, _| true));
            ignore((map.items(), map.keys(), map.values(), map.snapshot(), map.clone()));
            map.for_each(|_, _| ());
            map.clear();
            assert!(map.is_empty());
        }
        let value = nosy(1);
        let captured = nosy(2);
        assert_eq!(map.update(&nosy(1), move |_| drop(captured)), None);
        map.insert(nosy(1), value);
        drop(map);
        assert!(drops.len() > 6000);
    });
}

#[test]
fn capacity_overflow() {
    let map = ConcurrentMap::from([(1, 1)]);
    assert_eq!(panics(|| map.reserve(usize::MAX)), "capacity overflow");
    assert_eq!(panics(|| map.reserve(usize::MAX / 2)), "capacity overflow");
    assert_eq!(panics(|| ConcurrentMap::<u64, u64>::with_capacity(usize::MAX)), "capacity overflow");
    assert_eq!(
        panics(|| ConcurrentMap::<u64, u64>::builder().capacity(usize::MAX).build()),
        "capacity overflow"
    );
    assert_eq!((map.get(&1), map.len()), (Some(1), 1));
}
