//! What is called, what a map of one thread answers to it, and where the calls come from.

use std::collections::BTreeMap;

use flow_testkit::linearizability::Specification;

use crate::chaos::Random;

/// How many keys the calls of [`OfMap`] are about.
const KEYS: u32 = 4;

/// A call on one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Get,
    With,
    Contains,
    Insert(u32),
    Set(u32),
    TryInsert(u32),
    Remove,
    RemoveEntry,
    /// `remove_if`, if the value is even.
    RemoveEven,
    /// `update`, which adds.
    Update(u32),
    /// `upsert`: inserts the first, or adds the second.
    Upsert(u32, u32),
    Exchange(u32, u32),
    GetOrInsert(u32),
    /// `try_get_or_insert_with`, whose closure fails for `None`.
    TryGetOrInsert(Option<u32>),
}

/// What a call on one key is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Value(Option<u32>),
    Flag(bool),
    Exchanged(Result<u32, Option<u32>>),
}

/// One key of a map.
pub(super) struct OfKey;

impl Specification for OfKey {
    type State = Option<u32>;
    type Op = (u8, Ask);
    type Answer = Answer;

    fn init() -> Option<u32> {
        None
    }

    fn apply(state: &mut Option<u32>, (_, ask): &(u8, Ask)) -> Answer {
        let before = *state;
        match *ask {
            Ask::Get | Ask::With => Answer::Value(before),
            Ask::Contains => Answer::Flag(before.is_some()),
            Ask::Insert(value) | Ask::Set(value) => Answer::Value(state.replace(value)),
            Ask::TryInsert(value) => {
                *state = before.or(Some(value));
                Answer::Flag(before.is_none())
            }
            Ask::Remove | Ask::RemoveEntry => Answer::Value(state.take()),
            Ask::RemoveEven => Answer::Value(state.take_if(|value| *value % 2 == 0)),
            Ask::Update(add) => {
                *state = before.map(|value| value + add);
                Answer::Value(*state)
            }
            Ask::Upsert(first, add) => {
                *state = Some(before.map_or(first, |value| value + add));
                Answer::Flag(true)
            }
            Ask::Exchange(current, new) => match before {
                Some(value) if value == current => {
                    *state = Some(new);
                    Answer::Exchanged(Ok(value))
                }
                _ => Answer::Exchanged(Err(before)),
            },
            Ask::GetOrInsert(value) => Answer::Value(Some(*state.get_or_insert(value))),
            Ask::TryGetOrInsert(value) => {
                *state = before.or(value);
                Answer::Value(*state)
            }
        }
    }
}

/// A call on a whole map, or on some of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MapOp {
    Get(u8),
    Insert(u8, u32),
    Remove(u8),
    /// Adds one to what is there or to zero, and answers with what was there.
    Add(u8),
    /// All entries, taken by the method with this number.
    All(u32),
    Len,
    Clear,
    /// Keeps the even values.
    Retain,
    /// Inserts at two keys at once.
    Batch([u8; 2], u32),
    /// Moves the value of one key to another one.
    Move(u8, u8),
    /// Inserts, and fails.
    Fail(u8, u32),
}

/// What a call on a whole map is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MapAnswer {
    Value(Option<u32>),
    Count(usize),
    All(BTreeMap<u8, u32>),
    Done,
}

/// A whole map.
pub(super) struct OfMap;

impl Specification for OfMap {
    type State = BTreeMap<u8, u32>;
    type Op = MapOp;
    type Answer = MapAnswer;

    fn init() -> BTreeMap<u8, u32> {
        BTreeMap::new()
    }

    fn apply(state: &mut BTreeMap<u8, u32>, op: &MapOp) -> MapAnswer {
        match *op {
            MapOp::Get(key) => return MapAnswer::Value(state.get(&key).copied()),
            MapOp::Insert(key, value) => return MapAnswer::Value(state.insert(key, value)),
            MapOp::Remove(key) => return MapAnswer::Value(state.remove(&key)),
            MapOp::Add(key) => {
                let before = state.get(&key).copied();
                state.insert(key, before.unwrap_or_default() + 1);
                return MapAnswer::Value(before);
            }
            MapOp::All(_) => return MapAnswer::All(state.clone()),
            MapOp::Len => return MapAnswer::Count(state.len()),
            MapOp::Clear => state.clear(),
            MapOp::Retain => state.retain(|_, value| *value % 2 == 0),
            MapOp::Batch(keys, value) => state.extend(keys.map(|key| (key, value))),
            MapOp::Move(from, to) => {
                if let Some(value) = state.remove(&from) {
                    state.insert(to, value);
                }
            }
            MapOp::Fail(..) => {}
        }
        MapAnswer::Done
    }
}

/// Where one thread takes its calls from.
pub(super) struct Source {
    random: Random,
    /// Values that no other call of any thread has.
    fresh: u32,
    /// The key of the last call, and what each key held when it was last asked.
    key: u8,
    seen: [u32; 2],
}

impl Source {
    /// The same calls for the same seed, whose last byte is the number of the thread.
    pub(super) fn new(seed: u64) -> Self {
        let thread = u32::from(seed.to_le_bytes()[0]);
        Self { random: Random::new(seed), fresh: (thread + 1) << 20, key: 0, seen: [0; 2] }
    }

    fn fresh(&mut self) -> u32 {
        // Odd and even ones, with space for additions between.
        self.fresh += 257;
        self.fresh
    }

    fn any_key(&mut self) -> u8 {
        u8::try_from(self.random.below(KEYS)).expect("few keys")
    }

    /// Remembers what the key holds.
    pub(super) fn learn(&mut self, answer: &Answer) {
        if let Answer::Value(Some(value)) | Answer::Exchanged(Ok(value) | Err(Some(value))) = *answer {
            self.seen[usize::from(self.key)] = value;
        }
    }

    /// A call of any kind on one of two keys.
    pub(super) fn any_ask(&mut self) -> (u8, Ask) {
        self.key = u8::from(self.random.below(3) == 0);
        let seen = self.seen[usize::from(self.key)];
        let ask = match self.random.below(20) {
            0..=2 => Ask::Get,
            3 => Ask::With,
            4 => Ask::Contains,
            5..=6 => Ask::Insert(self.fresh()),
            7 => Ask::Set(self.fresh()),
            8 => Ask::TryInsert(self.fresh()),
            9 => Ask::Remove,
            10 => Ask::RemoveEntry,
            11..=12 => Ask::RemoveEven,
            13..=14 => Ask::Update(1),
            15 => Ask::Upsert(self.fresh(), 1),
            16..=17 => Ask::Exchange(seen, self.fresh()),
            18 => Ask::GetOrInsert(self.fresh()),
            _ => {
                let value = self.fresh();
                Ask::TryGetOrInsert(value.is_multiple_of(2).then_some(value))
            }
        };
        (self.key, ask)
    }

    /// Calls that insert what is absent, and removals.
    pub(super) fn insertions(&mut self) -> (u8, Ask) {
        self.key = u8::from(self.random.below(2) == 0);
        let value = self.fresh();
        let ask = match self.random.below(8) {
            0 => Ask::Get,
            1 => Ask::TryInsert(value),
            2 => Ask::GetOrInsert(value),
            3 => Ask::TryGetOrInsert(value.is_multiple_of(2).then_some(value)),
            4 => Ask::Upsert(value, 1),
            _ => Ask::Remove,
        };
        (self.key, ask)
    }

    /// Calls on single keys, and some on all.
    pub(super) fn single_or_snapshot(&mut self) -> MapOp {
        let key = self.any_key();
        match self.random.below(8) {
            0..=2 => MapOp::Insert(key, self.fresh()),
            3 => MapOp::Remove(key),
            4 => MapOp::Add(key),
            5 => MapOp::Get(key),
            _ => MapOp::All(self.random.below(8)),
        }
    }

    /// A call of any kind that a map with versions can do at once.
    pub(super) fn any_map_op(&mut self) -> MapOp {
        let (key, other) = (self.any_key(), self.any_key());
        match self.random.below(20) {
            0..=1 => MapOp::Get(key),
            2..=3 => MapOp::Insert(key, self.fresh()),
            4 => MapOp::Remove(key),
            5..=6 => MapOp::Add(key),
            7..=10 => MapOp::All(self.random.below(8)),
            11..=12 => MapOp::Len,
            13 => MapOp::Clear,
            14 => MapOp::Retain,
            15..=16 => MapOp::Batch([key, other], self.fresh()),
            17 => MapOp::Move(key, other),
            _ => MapOp::Fail(key, self.fresh()),
        }
    }
}
