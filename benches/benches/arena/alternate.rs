//! Two arenas in turn: 500 times one allocation of 64 bytes from each.
//!
//! A thread remembers the lane of the arena that it used last, so here `flow_arena` finds it the slow way each time.
//! This is a case to know of; for such a loop, there are lanes.

use std::hint::black_box;

use divan::Bencher;

use crate::{
    contenders::{Allocate, Contender},
    measure::{OPERATIONS, benches, measure},
};

const ITERATIONS: u32 = 100;

fn alternate<C: Contender + Sync>(bencher: Bencher<'_, '_>) {
    measure::<C>(bencher, ITERATIONS, OPERATIONS / 2 * 64, |handle| {
        for _ in 0..OPERATIONS / 2 {
            black_box(handle.uninit::<64>());
        }
    });
}

#[divan::bench_group(name = "64", threads = [1, 2], sample_count = 100, sample_size = ITERATIONS)]
mod size_64 {
    use super::{alternate, benches};

    benches! { |bencher, C| alternate::<C>(bencher);
        flow_arena: Two<FlowArena>;
        flow_lane: Two<FlowLane>;
        bumpalo: Two<Bumpalo>;
        bumpalo_herd: Two<BumpaloHerd>;
        blink_sync: Two<BlinkSync>, sample_size = 100;
        mutex_bump: Two<MutexBump>, sample_size = 100;
    }
}
