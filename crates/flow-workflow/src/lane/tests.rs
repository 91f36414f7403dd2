//! A lane against a plain list, and thieves at work.

use std::collections::BTreeSet;

use flow_testkit::{Arbitrary, Gen, TestResult, check, on_threads, run_model_then, same};

use super::{Height, Lane, SLOTS, pack, unpack};
use crate::sync::{AtomicBool, Mutex, Ordering, lock};

#[derive(Clone, Debug)]
enum Op {
    Push(u8),
    Pop,
    Steal,
    Spill,
    Clear,
}

impl Arbitrary for Op {
    fn arbitrary(source: &mut Gen) -> Self {
        match u8::arbitrary(source) % 12 {
            0..5 => Self::Push(u8::arbitrary(source) % 5 + 1),
            5..9 => Self::Pop,
            9 | 10 => Self::Steal,
            _ if bool::arbitrary(source) => Self::Spill,
            _ => Self::Clear,
        }
    }
}

/// A lane, and the ranges that it should have, empty ones included where the owner has not noticed yet.
#[derive(Default)]
struct State {
    lane: Option<Lane>,
    height: Height,
    model: Vec<std::ops::Range<u32>>,
    next: u32,
}

fn step<const SHARED: bool>(state: &mut State, op: &Op) -> Result<(), String> {
    let State { lane, height, model, next } = state;
    let lane = lane.get_or_insert_with(|| Lane::new(1000));
    let drop_empty = |model: &mut Vec<std::ops::Range<u32>>| {
        while model.last().is_some_and(|range| range.start >= range.end) {
            model.pop();
        }
    };
    match *op {
        Op::Push(len) => {
            let range = *next..*next + u32::from(len);
            *next = range.end;
            let result = lane.push::<SHARED>(height, range.clone());
            if model.len() < SLOTS {
                same("push", result, Ok(()))?;
                model.push(range);
            } else {
                same("push to a full lane", result, Err(range))?;
            }
        }
        Op::Pop => {
            drop_empty(model);
            let expected = model.last_mut().and_then(Iterator::next);
            // Those below, if they are empty, are found to be so when it is their turn.
            model.pop_if(|range| range.start >= range.end);
            same("pop", lane.pop::<SHARED>(height), expected)?;
        }
        Op::Steal => {
            let expected = model.iter_mut().find(|range| range.start < range.end).map(|range| {
                let middle = range.start + (range.end - range.start) / 2;
                let stolen = middle..range.end;
                range.end = middle;
                stolen
            });
            same("steal", lane.steal(), expected)?;
        }
        Op::Spill => {
            let mut spilled = Vec::new();
            lane.spill(height, &mut spilled);
            let expected = model.drain(..model.len().div_ceil(2)).filter(|range| range.start < range.end);
            let spilled: Vec<_> = spilled.into_iter().map(unpack).collect();
            same("spill", spilled, expected.collect::<Vec<_>>())?;
        }
        Op::Clear => {
            lane.clear(height);
            model.clear();
        }
    }
    same("has work", lane.has_work(), model.iter().any(|range| range.start < range.end))
}

#[test]
fn a_lane_is_a_stack_of_ranges() {
    fn property(ops: Vec<Op>) -> TestResult {
        let drain = |State { lane, mut height, model, .. }: State| {
            let Some(lane) = lane else { return Ok(()) };
            let left: BTreeSet<u32> = std::iter::from_fn(|| lane.pop::<true>(&mut height)).collect();
            same("what is left", left, model.into_iter().flatten().collect::<BTreeSet<_>>())
        };
        run_model_then(State::default(), &ops, step::<true>, drain)
    }
    check("workflow", "a_lane_is_a_stack_of_ranges", property as fn(Vec<Op>) -> TestResult);
}

#[test]
fn one_thread_sees_the_same_without_atomics() {
    fn property(ops: Vec<Op>) -> TestResult {
        run_model_then(State::default(), &ops, step::<false>, |_| Ok(()))
    }
    check("workflow", "one_thread_sees_the_same_without_atomics", property as fn(Vec<Op>) -> TestResult);
}

#[test]
fn words_hold_any_range() {
    for range in [0..1, 5..9, 0..u32::MAX, u32::MAX - 1..u32::MAX] {
        assert_eq!(unpack(pack(range.clone())), range);
    }
}

#[test]
fn every_node_is_taken_once() {
    const NODES: u32 = if cfg!(flow_sanitize) { 20_000 } else { 200_000 };
    let lane = Lane::new(NODES as usize);
    let is_over = AtomicBool::new(false);
    let overflow = Mutex::new(Vec::new());
    let taken = on_threads(3, |thread| {
        let mut taken = Vec::new();
        if thread == 0 {
            let mut height = Height::default();
            let mut next = 0;
            while next < NODES {
                let range = next..(next + 1 + next % 7).min(NODES);
                next = range.end;
                if let Err(range) = lane.push::<true>(&mut height, range) {
                    lane.spill(&mut height, &mut lock(&overflow));
                    lane.push::<true>(&mut height, range).expect("half of it is free");
                }
                taken.extend((0..next % 5).map_while(|_| lane.pop::<true>(&mut height)));
            }
            taken.extend(std::iter::from_fn(|| lane.pop::<true>(&mut height)));
            is_over.store(true, Ordering::SeqCst);
        } else {
            while !is_over.load(Ordering::SeqCst) || lane.has_work() {
                taken.extend(lane.steal().into_iter().flatten());
            }
        }
        taken
    });
    let spilled = lock(&overflow).drain(..).flat_map(unpack).collect::<Vec<_>>();
    let mut all: Vec<u32> = taken.into_iter().flatten().chain(spilled).collect();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..NODES), "each node once");
}
