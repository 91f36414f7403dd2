//! Large requests: 100 KiB each, larger than a block of ours, which makes a block of its own for each. An iteration is
//! 100 of them. Nothing is written.
//!
//! Unfair: bumpalo has one chunk for a whole sample, up to 100 MB, where ours has a thousand blocks to choose from.
//! `std_box` frees within the iteration.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::together::THREADS;

use crate::{
    contenders::{Allocate, Contender},
    measure::{benches, measure_alone, measure_in},
};

const ITERATIONS: u32 = 10;
const REQUESTS: usize = 100;
const SIZE: usize = 100 * 1024;

fn large<C: Contender + Sync>(bencher: Bencher<'_, '_>) {
    let contender = C::new(THREADS, ITERATIONS as usize * REQUESTS * SIZE, SIZE);
    measure_in(contender, bencher, REQUESTS, |handle| {
        for _ in 0..REQUESTS {
            black_box(handle.uninit::<SIZE>());
        }
    });
}

#[divan::bench_group(name = "100k", threads = [1, 2], sample_count = 50, sample_size = ITERATIONS)]
mod size_100k {
    use super::{Bencher, REQUESTS, SIZE, benches, black_box, large, measure_alone};

    benches! { |bencher, C| large::<C>(bencher);
        flow_arena: FlowArena;
        flow_lane: FlowLane;
        bumpalo: Bumpalo;
        bumpalo_herd: BumpaloHerd;
        blink_sync: BlinkSync;
        mutex_bump: MutexBump;
    }

    #[divan::bench]
    fn std_box(bencher: Bencher<'_, '_>) {
        measure_alone(
            bencher,
            REQUESTS,
            || Vec::with_capacity(REQUESTS),
            |boxes| {
                for _ in 0..REQUESTS {
                    boxes.push(black_box(Box::<[u8; SIZE]>::new_uninit()));
                }
                boxes.clear();
            },
        );
    }
}
