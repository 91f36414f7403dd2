//! The whole life of an arena that is hardly used: creation, one allocation, drop. An iteration is 1000 such lives.
//!
//! Ours makes more at the first use than others: a lane for the thread and a block of 64 KiB, and counts both. The
//! `bumpalo` that is fastest starts with a chunk of half a kilobyte; `bumpalo_64k` has one as large as ours.

use std::{alloc::Layout, hint::black_box, sync::Mutex};

use divan::Bencher;

use crate::measure::{OPERATIONS, measure_alone};

const ITERATIONS: u32 = 5;
const LAYOUT: Layout = Layout::new::<[u64; 8]>();

fn lives(bencher: Bencher<'_, '_>, life: impl Fn() + Sync) {
    measure_alone(
        bencher,
        OPERATIONS,
        || (),
        |()| {
            for _ in 0..OPERATIONS {
                life();
            }
        },
    );
}

#[divan::bench_group(name = "64", threads = [1, 2], sample_count = 50, sample_size = ITERATIONS)]
mod size_64 {
    use super::{Bencher, LAYOUT, Mutex, black_box, lives};

    #[divan::bench]
    fn flow_arena(bencher: Bencher<'_, '_>) {
        lives(bencher, || {
            black_box(black_box(flow_arena::Arena::new()).alloc_layout(LAYOUT));
        });
    }

    #[divan::bench]
    fn flow_arena_4k(bencher: Bencher<'_, '_>) {
        lives(bencher, || {
            black_box(black_box(flow_arena::Arena::with_block_size(4096)).alloc_layout(LAYOUT));
        });
    }

    #[divan::bench]
    fn bumpalo(bencher: Bencher<'_, '_>) {
        lives(bencher, || {
            black_box(black_box(bumpalo::Bump::new()).alloc_layout(LAYOUT));
        });
    }

    #[divan::bench]
    fn bumpalo_64k(bencher: Bencher<'_, '_>) {
        lives(bencher, || {
            black_box(black_box(bumpalo::Bump::with_capacity(64 * 1024 - 64)).alloc_layout(LAYOUT));
        });
    }

    #[divan::bench]
    fn mutex_bump(bencher: Bencher<'_, '_>) {
        lives(bencher, || {
            let bump = black_box(Mutex::new(bumpalo::Bump::new()));
            black_box(bump.lock().expect("nobody panicked").alloc_layout(LAYOUT));
        });
    }

    #[divan::bench]
    fn bumpalo_herd(bencher: Bencher<'_, '_>) {
        lives(bencher, || {
            let herd = black_box(bumpalo_herd::Herd::new());
            black_box(herd.get().alloc_layout(LAYOUT));
        });
    }

    #[divan::bench]
    fn blink_sync(bencher: Bencher<'_, '_>) {
        lives(bencher, || {
            let blink = black_box(blink_alloc::SyncBlinkAlloc::new());
            black_box(blink.allocate(LAYOUT).expect("memory is there"));
        });
    }

    #[divan::bench]
    fn std_box(bencher: Bencher<'_, '_>) {
        lives(bencher, || drop(black_box(Box::new([0_u64; 8]))));
    }
}
