//! The protocol of [`stages`](super::stages) under loom, with loom's locks in the place of dashmap's.
//!
//! The models fail when an operation does not look again after it locked its shard: `Stages` with that look taken out
//! loses entries in `move_loses_nothing`, and sees half of them in `all_at_once`.

use std::collections::BTreeSet;

use loom::{
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
    thread,
};

use super::stages::{Cursor, Stage, Stages};

/// Shards of numbers, which are their own hashes of two bits.
struct Sets(Vec<RwLock<BTreeSet<u64>>>);

impl Sets {
    fn new(shards: usize) -> Self {
        Self((0..shards).map(|_| RwLock::new(BTreeSet::new())).collect())
    }
}

impl Stage for Sets {
    type Read<'a> = RwLockReadGuard<'a, BTreeSet<u64>>;
    type Write<'a> = RwLockWriteGuard<'a, BTreeSet<u64>>;

    fn shards(&self) -> usize {
        self.0.len()
    }

    fn shard_of(&self, hash: u64) -> usize {
        usize::try_from(hash).unwrap() * self.0.len() / 4
    }

    fn read(&self, shard: usize) -> Self::Read<'_> {
        self.0[shard].read().unwrap()
    }

    fn write(&self, shard: usize) -> Self::Write<'_> {
        self.0[shard].write().unwrap()
    }

    fn try_write(&self, shard: usize) -> Option<Self::Write<'_>> {
        self.0[shard].try_write().ok()
    }
}

fn stages() -> Arc<Stages<Sets>> {
    let stages = Stages::small(Sets::new(2));
    for number in [0, 3] {
        stages.write(number, |_| ()).insert(number);
    }
    Arc::new(stages)
}

fn advance(stages: &Stages<Sets>) {
    stages.advance(|old| {
        let new = Sets::new(4);
        for number in old.iter_mut().flat_map(|set| std::mem::take(&mut **set)) {
            new.0[new.shard_of(number)].write().unwrap().insert(number);
        }
        new
    });
}

/// The numbers of a walk, in its order.
fn walk(stages: &Stages<Sets>) -> Vec<u64> {
    let mut cursor = Cursor::new();
    let mut seen = Vec::new();
    while let Some(shard) = stages.read_next(&mut cursor) {
        seen.extend(&*shard);
    }
    seen
}

#[test]
fn move_loses_nothing() {
    loom::model(|| {
        let stages = stages();
        let mover = thread::spawn({
            let stages = Arc::clone(&stages);
            move || advance(&stages)
        });
        stages.write(1, |_| ()).insert(1);
        assert!(stages.read(1).contains(&1));
        assert!(stages.read(3).contains(&3));
        assert!(stages.write(0, |_| ()).remove(&0));
        mover.join().unwrap();
        assert_eq!(walk(&stages), [1, 3]);
    });
}

#[test]
fn one_of_two_moves() {
    loom::model(|| {
        let stages = stages();
        let mover = thread::spawn({
            let stages = Arc::clone(&stages);
            move || advance(&stages)
        });
        advance(&stages);
        mover.join().unwrap();
        assert_eq!(walk(&stages), [0, 3]);
    });
}

#[test]
fn walks_go_on_where_they_are() {
    loom::model(|| {
        let stages = stages();
        let mover = thread::spawn({
            let stages = Arc::clone(&stages);
            move || advance(&stages)
        });
        assert_eq!(walk(&stages), [0, 3]);
        mover.join().unwrap();
    });
}

#[test]
fn all_at_once() {
    loom::model(|| {
        let stages = stages();
        let mover = thread::spawn({
            let stages = Arc::clone(&stages);
            move || advance(&stages)
        });
        let all: Vec<_> = stages.read_all().iter().flat_map(|set| set.iter().copied()).collect();
        assert_eq!(all, [0, 3]);
        mover.join().unwrap();
    });
}
