//! Formatting: a name and a number, as `arena_format!(arena, "{name}-{number}")` does.
//!
//! Unfair: bumpalo leaves the spare capacity of its string allocated, ours and bump-scope's give it back. `blink_*`
//! have no formatting of their own and copy a `String`. `std_string` frees within the iteration.

use std::{hint::black_box, sync::LazyLock};

use divan::Bencher;
use flow_benches::{SEED, texts};

use crate::{
    contenders::{Allocate, Contender},
    measure::{OPERATIONS, benches, measure, measure_alone},
};

const ITERATIONS: u32 = 20;

static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| texts(OPERATIONS, SEED));

fn format<C: Contender + Sync>(bencher: Bencher<'_, '_>) {
    measure::<C>(bencher, ITERATIONS, OPERATIONS * 128, |handle| {
        for (number, name) in TEXTS.iter().enumerate() {
            black_box(handle.format(format_args!("{name}-{number}")));
        }
    });
}

#[divan::bench_group(threads = [1, 2], sample_count = 100, sample_size = ITERATIONS)]
mod name_and_number {
    use super::{Bencher, OPERATIONS, TEXTS, benches, black_box, format, measure_alone};

    benches! { |bencher, C| format::<C>(bencher);
        flow_arena: FlowArena;
        flow_lane: FlowLane;
        bumpalo: Bumpalo;
        bumpalo_herd: BumpaloHerd;
        bump_scope_pool: BumpScopePool;
        blink_sync: BlinkSync;
        mutex_bump: MutexBump;
    }

    #[divan::bench]
    fn std_string(bencher: Bencher<'_, '_>) {
        measure_alone(
            bencher,
            OPERATIONS,
            || Vec::with_capacity(OPERATIONS),
            |strings| {
                strings.extend(
                    TEXTS.iter().enumerate().map(|(number, name)| black_box(format!("{name}-{number}"))),
                );
                strings.clear();
            },
        );
    }
}
