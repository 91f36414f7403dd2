//! The arena and its lanes: every piece is apart from all others, keeps what is written to it, and is counted.

mod piece;
mod source;

use std::{
    alloc::Layout,
    sync::{Arc, Mutex, PoisonError},
};

use flow_arena::{AllocError, Arena, ArenaStats, Lane};

use self::{
    piece::{Piece, Taken},
    source::{Source, TextOp},
};
use crate::input::Input;

/// Scopes are nested this deep at most.
const DEPTH: u8 = 4;

/// Allocations, lanes, scopes, and resets of every kind.
///
/// # Panics
///
/// If something is wrong.
pub fn arena(data: &[u8]) {
    let mut input = Input::new(data);
    let mut arena = configured(&mut input);
    while !input.is_empty() {
        let drops = Drops::default();
        let made = cycle(&arena, &mut input, &drops);
        reset(&mut arena, &mut input);
        drops.check_all(&made);
    }
}

fn configured(input: &mut Input<'_>) -> Arena {
    let mut builder = Arena::builder().block_size(input.size() * 8);
    if input.bool() {
        builder = builder.largest_block(input.size() * 64);
    }
    if input.bool() {
        builder = builder.memory_limit(usize::from(input.u16()));
    }
    builder.build()
}

/// Allocates until the input wants a reset, and checks all that is there then. Returns the values with a destructor.
fn cycle(arena: &Arena, input: &mut Input<'_>, drops: &Drops) -> Vec<Made> {
    let mut run = Run::new(arena, drops);
    let mut pieces = Vec::new();
    while !input.is_empty() {
        match input.below(32) {
            0 => break,
            1 | 2 => {
                run.lanes += 1;
                let mut lane = arena.lane();
                let through_lane = run.lane(&mut lane, input, 0);
                drop(lane);
                pieces.extend(through_lane);
            }
            kind => pieces.extend(run.allocate(&arena, 0, kind, input)),
        }
        run.check_stats();
    }
    pieces.iter().for_each(Piece::check);
    run.made
}

fn reset(arena: &mut Arena, input: &mut Input<'_>) {
    let before = arena.stats();
    match input.below(4) {
        0 | 1 => {
            arena.reset();
            assert_eq!(arena.stats().reserved, before.reserved, "a reset frees nothing");
        }
        2 => {
            let retained = usize::from(input.u16());
            arena.reset_and_trim(retained);
            let reserved = arena.stats().reserved;
            assert!(reserved <= retained.min(before.reserved), "{reserved} bytes are more than {retained}");
        }
        _ => {
            arena.free();
            let ArenaStats { reserved, blocks, oversized_blocks, lanes, .. } = arena.stats();
            assert_eq!((reserved, blocks, oversized_blocks, lanes), (0, 0, 0, 0));
        }
    }
    let after = arena.stats();
    assert_eq!((after.allocations, after.requested, after.padding, after.wasted), (0, 0, 0, 0));
    assert_eq!((after.resets, after.peak_reserved), (before.resets + 1, before.peak_reserved));
}

/// A value with a destructor: the lane that it was allocated through, 0 for the arena itself, and a number.
type Made = (u32, u32);

/// In which order destructors ran.
#[derive(Clone, Debug, Default)]
struct Drops(Arc<Mutex<Vec<Made>>>);

impl Drops {
    fn take(&self) -> Vec<Made> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything in `made` was dropped since the last look, of each lane the newest first.
    fn check_all(&self, made: &[Made]) {
        let mut dropped = self.take();
        for pair in dropped.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            assert!(pair[0].1 > pair[1].1, "dropped in the wrong order: {dropped:?}");
        }
        dropped.sort_unstable();
        let mut made = made.to_vec();
        made.sort_unstable();
        assert_eq!(dropped, made, "each destructor runs once");
    }
}

/// A value that says when it is dropped.
#[derive(Debug)]
pub(crate) struct Dropping {
    made: Made,
    drops: Drops,
}

impl Drop for Dropping {
    fn drop(&mut self) {
        self.drops.0.lock().unwrap_or_else(PoisonError::into_inner).push(self.made);
    }
}

/// What must hold between two resets.
struct Run<'a> {
    arena: &'a Arena,
    drops: &'a Drops,
    taken: Taken,
    allocations: usize,
    requested: usize,
    made: Vec<Made>,
    /// How many lanes there were.
    lanes: u32,
    /// How many values with a destructor there were.
    values: u32,
}

impl<'a> Run<'a> {
    fn new(arena: &'a Arena, drops: &'a Drops) -> Self {
        let (taken, made) = (Taken::default(), Vec::new());
        Self { arena, drops, taken, allocations: 0, requested: 0, made, lanes: 0, values: 0 }
    }

    /// Allocates through `lane` until the input wants to leave it.
    fn lane<'m>(&mut self, lane: &mut Lane<'m>, input: &mut Input<'_>, depth: u8) -> Vec<Piece<'m>> {
        let mut pieces = Vec::new();
        while !input.is_empty() {
            match input.below(32) {
                0 => break,
                1..=3 if depth < DEPTH => self.scope(lane, input, depth),
                kind => pieces.extend(self.allocate(lane, self.lanes, kind, input)),
            }
            self.check_stats();
        }
        pieces
    }

    /// A scope, at whose end all is as before.
    fn scope(&mut self, lane: &mut Lane<'_>, input: &mut Input<'_>, depth: u8) {
        let (allocations, requested, made) = (self.allocations, self.requested, self.made.len());
        let ranges = lane.scope(|inner| {
            let pieces = self.lane(inner, input, depth + 1);
            pieces.iter().for_each(Piece::check);
            pieces.iter().map(Piece::range).collect::<Vec<_>>()
        });
        ranges.iter().for_each(|range| self.taken.remove(range));
        let newest_first: Vec<Made> = self.made.drain(made..).rev().collect();
        assert_eq!(self.drops.take(), newest_first, "what a scope drops");
        (self.allocations, self.requested) = (allocations, requested);
    }

    /// One allocation, which may fail if there is a limit.
    fn allocate<'m>(
        &mut self,
        source: &impl Source<'m>,
        lane: u32,
        kind: u8,
        input: &mut Input<'_>,
    ) -> Option<Piece<'m>> {
        let result = match kind {
            4 => return self.refuse(source, input),
            5..=9 => source.zeroed(input.size()).map(|bytes| Piece::zeroed(bytes, kind)),
            10..=13 => {
                let bytes = input.bytes(usize::from(kind) * 5);
                source.copied(bytes).map(|copy| Piece::bytes(copy, bytes))
            }
            14..=17 => {
                let len = input.size() / 8;
                source.words(len, u64::from(kind)).map(|words| Piece::words(words, len, u64::from(kind)))
            }
            18..=20 => {
                let layout = Layout::from_size_align(input.size(), 1 << input.below(13)).expect("small");
                source.layout(layout).map(|start| Piece::raw(start, layout))
            }
            21..=23 => self.value(source, lane),
            _ => {
                let op = TextOp::decode(input);
                let result = source.text(&op).map(|text| Piece::text(text, op.expected()));
                if op.grows() {
                    self.count_growth(result.as_ref().map_or(0, |piece| piece.range().len()));
                    return self.settle(result);
                }
                result
            }
        };
        let piece = self.settle(result)?;
        let len = piece.range().len();
        self.allocations += usize::from(len > 0);
        // A value is in a list with the other ones that have a destructor.
        let links = if matches!(piece, Piece::Value(_)) { 2 * size_of::<usize>() } else { 0 };
        self.requested += len + links;
        Some(piece)
    }

    fn value<'m>(&mut self, source: &impl Source<'m>, lane: u32) -> Result<Piece<'m>, AllocError> {
        self.values += 1;
        let made = (lane, self.values);
        let result = source.value(Dropping { made, drops: self.drops.clone() });
        match &result {
            Ok(_) => self.made.push(made),
            // It comes to its end at once.
            Err(_) => assert_eq!(self.drops.take(), [made]),
        }
        result.map(Piece::value)
    }

    /// A text of unknown length moves when it grows, and what it leaves behind counts until the reset.
    fn count_growth(&mut self, len: usize) {
        let stats = self.arena.stats();
        assert!(stats.allocations >= self.allocations + usize::from(len > 0), "{stats:?}");
        assert!(stats.requested >= self.requested + len, "{stats:?}");
        (self.allocations, self.requested) = (stats.allocations, stats.requested);
    }

    /// A piece that was made is apart from the others; if there is none, the limit has no room for it.
    fn settle<'m>(&mut self, result: Result<Piece<'m>, AllocError>) -> Option<Piece<'m>> {
        match result {
            Ok(piece) => {
                self.taken.insert(&piece.range());
                Some(piece)
            }
            Err(AllocError::LimitReached { limit, requested }) => {
                let stats = self.arena.stats();
                assert_eq!(stats.limit, Some(limit));
                assert!(stats.reserved + requested > limit, "{requested} bytes fit into {stats:?}");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// A size that cannot be.
    fn refuse<'m>(&self, source: &impl Source<'m>, input: &mut Input<'_>) -> Option<Piece<'m>> {
        let before = self.arena.stats();
        let len = if input.bool() { usize::MAX } else { isize::MAX.unsigned_abs() } - input.size();
        let error = if input.bool() { source.zeroed(len).err() } else { source.words(len, 0).err() };
        assert!(error.is_some(), "{len} bytes or words");
        assert_eq!(self.arena.stats(), before);
        None
    }

    fn check_stats(&self) {
        let stats = self.arena.stats();
        assert_eq!((stats.allocations, stats.requested), (self.allocations, self.requested), "{stats:?}");
        assert!(stats.requested + stats.padding + stats.wasted <= stats.reserved, "{stats:?}");
        assert!(stats.reserved <= stats.peak_reserved, "{stats:?}");
        assert!(stats.limit.is_none_or(|limit| stats.peak_reserved <= limit), "{stats:?}");
    }
}
