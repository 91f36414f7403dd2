//! The maps of this crate, called as the histories want it.

use std::{
    collections::BTreeMap,
    hash::BuildHasher,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    thread,
};

use flow_concurrent::{CompareExchangeError, ConcurrentMap, ReadMap, Snapshot};
use flow_testkit::linearizability::Specification;

use super::{
    Subject,
    calls::{Answer, Ask, MapAnswer, MapOp, OfKey, OfMap},
};
use crate::chaos::{Slow, SlowKey, dawdle};

fn value(slow: Option<Slow>) -> Answer {
    Answer::Value(slow.map(|slow| slow.0))
}

/// As `with_hasher` makes them; `Sync` is what threads need.
trait Hashes: BuildHasher + Clone + Sync {}

impl<S: BuildHasher + Clone + Sync> Hashes for S {}

impl<S: Hashes> Subject<OfKey> for ConcurrentMap<SlowKey, Slow, S> {
    fn session(&self) -> Box<dyn FnMut(&(u8, Ask)) -> Answer + '_> {
        Box::new(|&(key, ask)| {
            let key = SlowKey::new(key);
            match ask {
                Ask::Get => value(self.get(&key)),
                Ask::With => Answer::Value(self.with(&key, |value| {
                    dawdle();
                    value.0
                })),
                Ask::Contains => Answer::Flag(self.contains_key(&key)),
                Ask::Insert(new) => value(self.insert(key, Slow(new))),
                Ask::Set(new) => value(self.set(&key, Slow(new))),
                Ask::TryInsert(new) => Answer::Flag(match self.try_insert(key, Slow(new)) {
                    Ok(()) => true,
                    Err((_, back)) => {
                        assert_eq!(back.0, new, "it gives back what it was given");
                        false
                    }
                }),
                Ask::Remove => value(self.remove(&key)),
                Ask::RemoveEntry => value(self.remove_entry(&key).map(|(_, value)| value)),
                Ask::RemoveEven => value(
                    self.remove_if(&key, |_, value| {
                        dawdle();
                        value.0 % 2 == 0
                    })
                    .map(|(_, value)| value),
                ),
                Ask::Update(add) => Answer::Value(self.update(&key, |value| {
                    let before = value.0;
                    dawdle();
                    value.0 = before + add;
                    value.0
                })),
                Ask::Upsert(first, add) => {
                    self.upsert(
                        key,
                        || {
                            dawdle();
                            Slow(first)
                        },
                        |value| {
                            let before = value.0;
                            dawdle();
                            value.0 = before + add;
                        },
                    );
                    Answer::Flag(true)
                }
                Ask::Exchange(current, new) => {
                    Answer::Exchanged(match self.compare_exchange(&key, &Slow(current), Slow(new)) {
                        Ok(before) => Ok(before.0),
                        Err(CompareExchangeError { actual, new: back, .. }) => {
                            assert_eq!(back.0, new, "it gives back what it was given");
                            Err(actual.map(|actual| actual.0))
                        }
                    })
                }
                Ask::GetOrInsert(new) => value(Some(self.get_or_insert_with(key, || {
                    dawdle();
                    Slow(new)
                }))),
                Ask::TryGetOrInsert(new) => value(
                    self.try_get_or_insert_with(key, || {
                        dawdle();
                        new.map(Slow).ok_or(())
                    })
                    .ok(),
                ),
            }
        })
    }
}

impl<S: Hashes> Subject<OfMap> for ConcurrentMap<SlowKey, Slow, S> {
    fn session(&self) -> Box<dyn FnMut(&MapOp) -> MapAnswer + '_> {
        Box::new(|&op| match op {
            MapOp::Get(key) => MapAnswer::Value(self.get(&SlowKey::new(key)).map(|value| value.0)),
            MapOp::Insert(key, new) => {
                MapAnswer::Value(self.insert(SlowKey::new(key), Slow(new)).map(|value| value.0))
            }
            MapOp::Remove(key) => MapAnswer::Value(self.remove(&SlowKey::new(key)).map(|value| value.0)),
            MapOp::Add(key) => {
                let mut before = None;
                self.upsert(
                    SlowKey::new(key),
                    || Slow(1),
                    |value| {
                        before = Some(value.0);
                        dawdle();
                        value.0 += 1;
                    },
                );
                MapAnswer::Value(before)
            }
            MapOp::All(_) => {
                let snapshot = self.snapshot();
                let asked_for = snapshot.iter().filter(|(key, _)| key.1 == 0);
                MapAnswer::All(asked_for.map(|(key, value)| (key.0, value.0)).collect())
            }
            other => unreachable!("{other:?} is not atomic for all shards"),
        })
    }
}

/// A map that gets more shards while the histories are recorded: each call brings entries that nobody asks for.
pub(super) struct Growing {
    map: ConcurrentMap<SlowKey, Slow>,
    fillers: AtomicU32,
}

impl Growing {
    /// How many each call brings: the move comes in the middle of a history, whatever its length.
    const EACH: u32 = 12;
    /// How many are missing at the beginning of a history until the move, at most: half of what its calls bring.
    const MISSING: u32 = 400;

    pub(super) fn new() -> Self {
        /// With how many entries a map gets more shards, on this machine.
        static MANY: LazyLock<u32> = LazyLock::new(|| {
            let map = ConcurrentMap::new();
            let few = map.stats().shards;
            (1..100_000)
                .find(|&entry| map.insert(entry, ()).is_none() && map.stats().shards > few)
                .expect("it gets more shards")
        });
        let growing = Self { map: ConcurrentMap::new(), fillers: AtomicU32::new(0) };
        growing.grow(MANY.saturating_sub(Self::MISSING));
        growing
    }

    fn grow(&self, fillers: u32) {
        for _ in 0..fillers {
            let filler = self.fillers.fetch_add(1, SeqCst) + 1;
            assert!(self.map.try_insert(SlowKey(0, filler), Slow::FILLER).is_ok(), "each is a new one");
        }
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        let shards = self.map.stats().shards;
        assert!(
            thread::panicking() || shards > ConcurrentMap::<u8, u8>::new().stats().shards,
            "it stayed small"
        );
    }
}

impl Subject<OfKey> for Growing {
    fn session(&self) -> Box<dyn FnMut(&(u8, Ask)) -> Answer + '_> {
        let mut session = Subject::<OfKey>::session(&self.map);
        Box::new(move |op| {
            self.grow(Self::EACH);
            session(op)
        })
    }
}

impl Subject<OfMap> for Growing {
    fn session(&self) -> Box<dyn FnMut(&MapOp) -> MapAnswer + '_> {
        let mut session = Subject::<OfMap>::session(&self.map);
        Box::new(move |op| {
            self.grow(Self::EACH);
            session(op)
        })
    }
}

impl<S: Hashes + Send> Subject<OfKey> for ReadMap<SlowKey, Slow, S> {
    fn session(&self) -> Box<dyn FnMut(&(u8, Ask)) -> Answer + '_> {
        let mut reader = self.reader();
        let mut calls = 0_usize;
        Box::new(move |&(key, ask)| {
            let key = SlowKey::new(key);
            calls += 1;
            match ask {
                // The three ways to read.
                Ask::Get => Answer::Value(match calls % 3 {
                    0 => self.get(&key).map(|value| value.0),
                    1 => reader.get(&key).map(|value| value.0),
                    _ => self.snapshot().get(&key).map(|value| value.0),
                }),
                Ask::With => Answer::Value(self.with(&key, |value| value.0)),
                Ask::Contains if calls.is_multiple_of(2) => Answer::Flag(reader.contains_key(&key)),
                Ask::Contains => Answer::Flag(self.contains_key(&key)),
                Ask::Insert(new) => value(self.insert(key, Slow(new))),
                Ask::Set(new) => value(self.set(&key, Slow(new))),
                Ask::TryInsert(new) => Answer::Flag(match self.try_insert(key, Slow(new)) {
                    Ok(()) => true,
                    Err((_, back)) => {
                        assert_eq!(back.0, new, "it gives back what it was given");
                        false
                    }
                }),
                Ask::Remove => value(self.remove(&key)),
                Ask::RemoveEntry => value(self.remove_entry(&key).map(|(_, value)| value)),
                Ask::RemoveEven => {
                    value(self.remove_if(&key, |_, value| value.0 % 2 == 0).map(|(_, value)| value))
                }
                Ask::GetOrInsert(new) => value(Some(self.get_or_insert_with(key, || {
                    dawdle();
                    Slow(new)
                }))),
                Ask::TryGetOrInsert(new) => value(
                    self.try_get_or_insert_with(key, || {
                        dawdle();
                        new.map(Slow).ok_or(())
                    })
                    .ok(),
                ),
                // What is made of a transaction: what the specification says, on what the transaction sees.
                Ask::Update(_) | Ask::Upsert(..) | Ask::Exchange(..) => self.update(|transaction| {
                    let mut state = transaction.get(&key).map(|value| value.0);
                    dawdle();
                    let answer = OfKey::apply(&mut state, &(key.0, ask));
                    match (state, transaction.get_mut(&key)) {
                        (Some(new), Some(value)) => value.0 = new,
                        (Some(new), None) => drop(transaction.insert(key, Slow(new))),
                        (None, there) => assert_eq!(there.map(|value| value.0), None, "these never remove"),
                    }
                    answer
                }),
            }
        })
    }
}

/// The entries of a snapshot.
fn entries<S: BuildHasher>(snapshot: &Snapshot<SlowKey, Slow, S>) -> BTreeMap<u8, u32> {
    snapshot.iter().map(|(key, value)| (key.0, value.0)).collect()
}

impl<S: Hashes + Send> Subject<OfMap> for ReadMap<SlowKey, Slow, S> {
    fn session(&self) -> Box<dyn FnMut(&MapOp) -> MapAnswer + '_> {
        let mut reader = self.reader();
        let mut calls = 0_usize;
        Box::new(move |&op| {
            calls += 1;
            let alternative = calls.is_multiple_of(2);
            match op {
                MapOp::Get(key) if alternative => {
                    MapAnswer::Value(reader.get(&SlowKey::new(key)).map(|value| value.0))
                }
                MapOp::Get(key) => MapAnswer::Value(self.get(&SlowKey::new(key)).map(|value| value.0)),
                MapOp::Insert(key, new) => {
                    MapAnswer::Value(self.insert(SlowKey::new(key), Slow(new)).map(|value| value.0))
                }
                MapOp::Remove(key) => MapAnswer::Value(self.remove(&SlowKey::new(key)).map(|value| value.0)),
                MapOp::Add(key) if alternative => MapAnswer::Value(self.update(|transaction| {
                    let before = transaction.get(&SlowKey::new(key)).map(|value| value.0);
                    dawdle();
                    transaction.insert(SlowKey::new(key), Slow(before.unwrap_or_default() + 1));
                    before
                })),
                // The same, as long as nothing has changed since it was looked up.
                MapOp::Add(key) => loop {
                    let seen = self.snapshot();
                    let before = seen.get(&SlowKey::new(key)).map(|value| value.0);
                    dawdle();
                    let result = self.compare_and_update(seen.version(), |transaction| {
                        transaction.insert(SlowKey::new(key), Slow(before.unwrap_or_default() + 1));
                    });
                    match result {
                        Ok(()) => break MapAnswer::Value(before),
                        Err(mismatch) => assert!(mismatch.actual > mismatch.expected, "{mismatch:?}"),
                    }
                },
                MapOp::All(0) => {
                    MapAnswer::All(self.items().iter().map(|(key, value)| (key.0, value.0)).collect())
                }
                MapOp::All(1) => MapAnswer::All(entries(&reader.snapshot())),
                MapOp::All(2) => {
                    let mut all = BTreeMap::new();
                    self.for_each(|key, value| {
                        assert_eq!(all.insert(key.0, value.0), None, "a key twice");
                    });
                    MapAnswer::All(all)
                }
                MapOp::All(3) => MapAnswer::All(entries(&self.clone().snapshot())),
                MapOp::All(_) => MapAnswer::All(entries(&self.snapshot())),
                MapOp::Len if alternative => MapAnswer::Count(reader.len()),
                MapOp::Len => MapAnswer::Count(self.len()),
                MapOp::Clear if alternative => {
                    self.update(|transaction| transaction.clear());
                    MapAnswer::Done
                }
                MapOp::Clear => {
                    self.clear();
                    MapAnswer::Done
                }
                MapOp::Retain if alternative => {
                    self.update(|transaction| transaction.retain(|_, value| value.0 % 2 == 0));
                    MapAnswer::Done
                }
                MapOp::Retain => {
                    self.retain(|_, value| {
                        dawdle();
                        value.0 % 2 == 0
                    });
                    MapAnswer::Done
                }
                MapOp::Batch(keys, new) if alternative => {
                    (&*self).extend(keys.map(|key| (SlowKey::new(key), Slow(new))));
                    MapAnswer::Done
                }
                MapOp::Batch(keys, new) => {
                    self.update(|transaction| {
                        for key in keys {
                            transaction.insert(SlowKey::new(key), Slow(new));
                            dawdle();
                        }
                    });
                    MapAnswer::Done
                }
                MapOp::Move(from, to) => {
                    self.update(|transaction| {
                        let moved = transaction.remove(&SlowKey::new(from));
                        dawdle();
                        transaction.extend(moved.map(|value| (SlowKey::new(to), value)));
                    });
                    MapAnswer::Done
                }
                MapOp::Fail(key, new) => {
                    let result = self.try_update(|transaction| {
                        transaction.insert(SlowKey::new(key), Slow(new));
                        dawdle();
                        assert_eq!(transaction.get(&SlowKey::new(key)).map(|value| value.0), Some(new));
                        Err::<(), u8>(key)
                    });
                    assert_eq!(result, Err(key));
                    MapAnswer::Done
                }
            }
        })
    }
}
