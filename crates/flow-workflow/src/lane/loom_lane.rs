//! loom models of a lane: each node is taken once, by one who sees what was done before it was pushed.

use std::sync::Arc;

use loom::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
};

use super::{Height, Lane};

/// Nodes, of which each counts how often it was taken. What is done before a push is written to `done`.
#[derive(Debug)]
struct Board {
    lane: Lane,
    done: AtomicUsize,
    taken: [AtomicUsize; 3],
}

impl Board {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            lane: Lane::new(3),
            done: AtomicUsize::new(0),
            taken: std::array::from_fn(|_| AtomicUsize::new(0)),
        })
    }

    fn take(&self, node: u32) {
        assert_eq!(self.done.load(Relaxed), 1, "what was done before is not seen");
        assert_eq!(self.taken[node as usize].fetch_add(1, Relaxed), 0, "taken twice");
    }

    fn steal(self: &Arc<Self>, times: usize) -> thread::JoinHandle<()> {
        let board = Arc::clone(self);
        thread::spawn(move || {
            for node in (0..times).filter_map(|_| board.lane.steal()).flatten() {
                board.take(node);
            }
        })
    }

    /// After all thieves.
    fn settle(&self, mut height: Height) {
        while let Some(node) = self.lane.pop::<true>(&mut height) {
            self.take(node);
        }
        assert!(self.taken.iter().all(|count| count.load(Relaxed) == 1), "{:?}", self.taken);
    }
}

#[test]
fn loom_owner_and_thief_share() {
    loom::model(|| {
        let board = Board::new();
        let thief = board.steal(2);
        let mut height = Height::default();
        board.done.store(1, Relaxed);
        board.lane.push::<true>(&mut height, 0..2).expect("there is room");
        board.lane.push::<true>(&mut height, 2..3).expect("there is room");
        for _ in 0..2 {
            if let Some(node) = board.lane.pop::<true>(&mut height) {
                board.take(node);
            }
        }
        thief.join().expect("a thief does not panic");
        board.settle(height);
    });
}

#[test]
fn loom_two_thieves_share() {
    loom::model(|| {
        let board = Board::new();
        let thieves = [board.steal(1), board.steal(1)];
        let mut height = Height::default();
        board.done.store(1, Relaxed);
        board.lane.push::<true>(&mut height, 0..3).expect("there is room");
        for thief in thieves {
            thief.join().expect("a thief does not panic");
        }
        board.settle(height);
    });
}

#[test]
fn loom_what_moves_down_is_not_lost() {
    loom::model(|| {
        let board = Board::new();
        let mut height = Height::default();
        board.done.store(1, Relaxed);
        board.lane.push::<true>(&mut height, 0..1).expect("there is room");
        board.lane.push::<true>(&mut height, 1..3).expect("there is room");
        let thief = board.steal(2);
        let mut spilled = Vec::new();
        board.lane.spill(&mut height, &mut spilled);
        for node in spilled.into_iter().flat_map(super::unpack) {
            board.take(node);
        }
        thief.join().expect("a thief does not panic");
        board.settle(height);
    });
}
