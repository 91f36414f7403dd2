//! Maps that are wrong in one way each, as maps have been: an operation in two steps, with time for others between.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    hint,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flow_testkit::linearizability::Specification;

use crate::chaos::dawdle;

use super::{
    Subject,
    calls::{Answer, Ask, MapAnswer, MapOp, OfKey, OfMap},
};

/// The operation that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    Update,
    Upsert,
    TryInsert,
    GetOrInsert,
    RemoveIf,
    Exchange,
    Insert,
    Stale,
    Snapshot,
    Batch,
    Failure,
    Len,
    Clear,
    Retain,
    Version,
}

/// Time for another thread, whether it waits for this core or has one of its own.
fn pause() {
    thread::yield_now();
    (0..300).for_each(|_| hint::spin_loop());
}

/// A map behind one lock, whose calls on one key are right but for its fault.
pub(super) struct Broken {
    map: Mutex<BTreeMap<u8, u32>>,
    fault: Fault,
}

impl Broken {
    pub(super) fn new(fault: Fault) -> Self {
        Self { map: Mutex::default(), fault }
    }

    /// Something that is done at once.
    fn step<T>(&self, work: impl FnOnce(&mut BTreeMap<u8, u32>) -> T) -> T {
        dawdle();
        work(&mut self.map.lock().expect("no panics"))
    }

    fn call(&self, old: &RefCell<(usize, BTreeMap<u8, u32>)>, op: (u8, Ask)) -> Answer {
        let (key, ask) = op;
        let get = || {
            let value = self.step(|map| map.get(&key).copied());
            pause();
            value
        };
        let put = |value| self.step(|map| map.insert(key, value));
        match (self.fault, ask) {
            (Fault::Update, Ask::Update(add)) => {
                let updated = get().map(|value| value + add);
                updated.map(put);
                Answer::Value(updated)
            }
            (Fault::Upsert, Ask::Upsert(first, add)) => {
                put(get().map_or(first, |value| value + add));
                Answer::Flag(true)
            }
            (Fault::TryInsert, Ask::TryInsert(value)) => {
                let absent = get().is_none();
                if absent {
                    put(value);
                }
                Answer::Flag(absent)
            }
            (Fault::GetOrInsert, Ask::GetOrInsert(value)) => {
                let there = get();
                self.step(|map| map.entry(key).or_insert(value).to_owned());
                Answer::Value(there.or(Some(value)))
            }
            (Fault::RemoveIf, Ask::RemoveEven) => {
                let even = get().is_some_and(|value| value % 2 == 0);
                Answer::Value(if even { self.step(|map| map.remove(&key)) } else { None })
            }
            (Fault::Exchange, Ask::Exchange(current, new)) => match get() {
                Some(value) if value == current => {
                    put(new);
                    Answer::Exchanged(Ok(value))
                }
                other => Answer::Exchanged(Err(other)),
            },
            (Fault::Insert, Ask::Insert(value)) => {
                let before = self.step(|map| map.remove(&key));
                pause();
                put(value);
                Answer::Value(before)
            }
            (Fault::Stale, Ask::Get) => {
                let (uses, copy) = &mut *old.borrow_mut();
                if *uses % 3 == 0 {
                    *copy = self.step(|map| map.clone());
                }
                *uses += 1;
                Answer::Value(copy.get(&key).copied())
            }
            _ => self.step(|map| {
                let mut state = map.remove(&key);
                let answer = OfKey::apply(&mut state, &op);
                map.extend(state.map(|value| (key, value)));
                answer
            }),
        }
    }
}

impl Subject<OfKey> for Broken {
    fn session(&self) -> Box<dyn FnMut(&(u8, Ask)) -> Answer + '_> {
        let old = RefCell::default();
        Box::new(move |op| self.call(&old, *op))
    }
}

/// A map of two shards, whose calls on the whole are right but for its fault.
pub(super) struct Staged {
    shards: [Mutex<BTreeMap<u8, u32>>; 2],
    /// For a `len` that is counted apart.
    len: AtomicUsize,
    fault: Fault,
}

impl Staged {
    pub(super) fn new(fault: Fault) -> Self {
        Self { shards: Default::default(), len: AtomicUsize::new(0), fault }
    }

    /// A call that has all shards at once.
    fn at_once(&self, op: MapOp) -> MapAnswer {
        dawdle();
        let mut shards = self.shards.each_ref().map(|shard| shard.lock().expect("no panics"));
        let mut all: BTreeMap<u8, u32> = shards.iter().flat_map(|shard| (**shard).clone()).collect();
        let answer = OfMap::apply(&mut all, &op);
        let len = all.len();
        shards.iter_mut().for_each(|shard| shard.clear());
        for (key, value) in all {
            shards[usize::from(key % 2)].insert(key, value);
        }
        drop(shards);
        if self.fault == Fault::Len {
            pause();
            self.len.store(len, SeqCst);
        }
        answer
    }

    fn get(&self, key: u8) -> Option<u32> {
        match self.at_once(MapOp::Get(key)) {
            MapAnswer::Value(value) => value,
            answer => unreachable!("{answer:?}"),
        }
    }

    fn call(&self, old: &RefCell<(usize, BTreeMap<u8, u32>)>, op: MapOp) -> MapAnswer {
        match (self.fault, op) {
            (Fault::Snapshot, MapOp::All(_)) => {
                let mut all = BTreeMap::new();
                for shard in &self.shards {
                    all.extend(shard.lock().expect("no panics").clone());
                    pause();
                }
                MapAnswer::All(all)
            }
            (Fault::Batch, MapOp::Batch(keys, value)) => {
                for key in keys {
                    self.at_once(MapOp::Insert(key, value));
                    pause();
                }
                MapAnswer::Done
            }
            (Fault::Failure, MapOp::Fail(key, value)) => {
                let before = self.at_once(MapOp::Insert(key, value));
                pause();
                self.at_once(match before {
                    MapAnswer::Value(Some(before)) => MapOp::Insert(key, before),
                    _ => MapOp::Remove(key),
                });
                MapAnswer::Done
            }
            (Fault::Len, MapOp::Len) => MapAnswer::Count(self.len.load(SeqCst)),
            (Fault::Clear, MapOp::Clear) => {
                for shard in &self.shards {
                    shard.lock().expect("no panics").clear();
                    pause();
                }
                MapAnswer::Done
            }
            (Fault::Retain, MapOp::Retain) => {
                let MapAnswer::All(seen) = self.at_once(MapOp::All(0)) else {
                    unreachable!("all are asked for")
                };
                pause();
                for (key, _) in seen.iter().filter(|(_, value)| *value % 2 != 0) {
                    self.at_once(MapOp::Remove(*key));
                }
                MapAnswer::Done
            }
            (Fault::Version, MapOp::Add(key)) => {
                let before = self.get(key);
                pause();
                self.at_once(MapOp::Insert(key, before.unwrap_or_default() + 1));
                MapAnswer::Value(before)
            }
            (Fault::Stale, MapOp::Get(key)) => {
                let (uses, copy) = &mut *old.borrow_mut();
                if *uses % 3 == 0 {
                    let MapAnswer::All(all) = self.at_once(MapOp::All(0)) else {
                        unreachable!("all are asked for")
                    };
                    *copy = all;
                }
                *uses += 1;
                MapAnswer::Value(copy.get(&key).copied())
            }
            _ => self.at_once(op),
        }
    }
}

impl Subject<OfMap> for Staged {
    fn session(&self) -> Box<dyn FnMut(&MapOp) -> MapAnswer + '_> {
        let old = RefCell::default();
        Box::new(move |op| self.call(&old, *op))
    }
}
