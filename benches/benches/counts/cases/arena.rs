//! Allocations from an arena that has the memory already: through `&Arena`, and through a lane.

use std::hint::black_box;

use flow_arena::{Arena, Lane};
use flow_benches::{SEED, texts};

use crate::{
    OPERATIONS, Operations,
    cases::{forever, on_each, repeated},
};

const SIZE: usize = 64;

/// An arena with memory for the warm-up and for what is counted.
fn arena() -> &'static Arena {
    let mut arena = Arena::new();
    for _ in 0..4 * OPERATIONS {
        black_box(arena.alloc_uninit(SIZE));
    }
    arena.reset();
    forever(arena)
}

fn lane() -> Lane<'static> {
    arena().lane()
}

fn strings() -> &'static [String] {
    texts(OPERATIONS, SEED).leak()
}

pub(crate) fn alloc_uninit_64() -> Operations {
    let arena = arena();
    repeated(move || _ = black_box(arena.alloc_uninit(SIZE)))
}

pub(crate) fn alloc_uninit_64_lane() -> Operations {
    let lane = lane();
    repeated(move || _ = black_box(lane.alloc_uninit(SIZE)))
}

pub(crate) fn alloc_value() -> Operations {
    let arena = arena();
    repeated(move || _ = black_box(arena.alloc_value(black_box(7_u64))))
}

pub(crate) fn alloc_value_lane() -> Operations {
    let lane = lane();
    repeated(move || _ = black_box(lane.alloc_value(black_box(7_u64))))
}

pub(crate) fn alloc_str() -> Operations {
    let arena = arena();
    on_each(strings(), move |text| _ = black_box(arena.alloc_str(text)))
}

pub(crate) fn alloc_str_lane() -> Operations {
    let lane = lane();
    on_each(strings(), move |text| _ = black_box(lane.alloc_str(text)))
}
