//! Uninitialized bytes of a size that is known at compile time. Nothing is written, so that this is the cost of the
//! allocator alone; from 256 bytes on, ours is dominated by taking a new block every 64 KiB.
//!
//! Unfair: bumpalo and the peers built on it have one chunk for a whole sample and never take a new one. `std_box`
//! frees what it allocates within the iteration, 1000 boxes at a time, and so gets memory that is in the cache.

use std::{hint::black_box, mem::MaybeUninit};

use divan::Bencher;

use crate::{
    contenders::{Allocate, Contender},
    measure::{OPERATIONS, benches, measure, measure_alone},
};

fn uninit<C: Contender + Sync, const SIZE: usize>(bencher: Bencher<'_, '_>, iterations: u32) {
    measure::<C>(bencher, iterations, OPERATIONS * SIZE, |handle| {
        for _ in 0..OPERATIONS {
            black_box(handle.uninit::<SIZE>());
        }
    });
}

fn boxes<const SIZE: usize>(bencher: Bencher<'_, '_>) {
    measure_alone(
        bencher,
        OPERATIONS,
        || Vec::with_capacity(OPERATIONS),
        |boxes| {
            for _ in 0..OPERATIONS {
                boxes.push(black_box(Box::new([MaybeUninit::<u8>::uninit(); SIZE])));
            }
            boxes.clear();
        },
    );
}

macro_rules! sizes {
    ($($module:ident: $size:literal, $iterations:literal;)*) => {$(
        #[divan::bench_group(
            name = stringify!($size),
            threads = [1, 2],
            sample_count = 100,
            sample_size = $iterations
        )]
        mod $module {
            super::benches! { |bencher, C| super::uninit::<C, $size>(bencher, $iterations);
                flow_arena: FlowArena;
                flow_lane: FlowLane;
                bumpalo: Bumpalo;
                bumpalo_herd: BumpaloHerd;
                bump_scope_pool: BumpScopePool;
                blink_sync: BlinkSync, sample_size = 100;
                blink_local: BlinkLocal;
                mutex_bump: MutexBump, sample_size = 100;
            }

            #[divan::bench(sample_size = 20)]
            fn std_box(bencher: divan::Bencher<'_, '_>) {
                super::boxes::<$size>(bencher);
            }
        }
    )*};
}

// Iterations a sample: at most 128 MiB a thread, of which only the pages with headers are ever touched.
sizes! {
    size_8: 8, 500;
    size_16: 16, 500;
    size_64: 64, 500;
    size_256: 256, 400;
    size_1024: 1024, 100;
    size_4096: 4096, 32;
}
