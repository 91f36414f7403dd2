//! Cycles of allocations and a reset, in an arena that each thread has to itself, because a reset takes `&mut`.
//!
//! `small` is 10 cycles of 100 allocations of 64 bytes, `large` one cycle of 16384: 1 MiB, 17 blocks of ours. Each arena has the
//! memory for one thread, and ours a block more than that. Unlike elsewhere, the reset is part of what is measured. bumpalo's is
//! constant, ours visits every block and lane.

use std::hint::black_box;

use divan::Bencher;

use crate::{
    contenders::{Allocate, Contender},
    measure::{PerThread, benches, measure_alone},
};

fn cycles<C: Contender>(bencher: Bencher<'_, '_>, cycles: usize, allocations: usize) {
    let arenas = PerThread::new(|| C::new(1, allocations * 64, 64));
    measure_alone(
        bencher,
        cycles * allocations,
        || (),
        |()| {
            let mut arena = arenas.mine();
            for _ in 0..cycles {
                let handle = arena.handle();
                for _ in 0..allocations {
                    black_box(handle.uninit::<64>());
                }
                drop(handle);
                arena.reset();
            }
        },
    );
}

/// Not a reset but the end of a scope: a lane takes back what was allocated, without `&mut Arena`.
fn scopes(bencher: Bencher<'_, '_>, cycles: usize, allocations: usize) {
    let arena = flow_arena::Arena::new();
    measure_alone(
        bencher,
        cycles * allocations,
        || (),
        |()| {
            let mut lane = arena.lane();
            for _ in 0..cycles {
                lane.scope(|scope| {
                    for _ in 0..allocations {
                        black_box(scope.uninit::<64>());
                    }
                });
            }
        },
    );
}

macro_rules! groups {
    ($($module:ident, $iterations:literal, $cycles:literal, $allocations:literal;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 100, sample_size = $iterations)]
        mod $module {
            use super::{Bencher, benches, cycles, scopes};

            benches! { |bencher, C| cycles::<C>(bencher, $cycles, $allocations);
                flow_arena: FlowArena;
                flow_lane: FlowLane;
                bumpalo: OneBump;
                bumpalo_herd: BumpaloHerd;
                bump_scope_pool: BumpScopePool;
                blink_sync: BlinkSync;
                mutex_bump: MutexBump;
            }

            #[divan::bench]
            fn flow_lane_scope(bencher: Bencher<'_, '_>) {
                scopes(bencher, $cycles, $allocations);
            }
        }
    )*};
}

groups! {
    small, 100, 10, 100;
    large, 10, 1, 16384;
}
