//! Copies of strings of 5 to 40 bytes, all different, in the same order for each contender.
//!
//! Unfair: `std_string` frees what it allocates within the iteration.

use std::{hint::black_box, sync::LazyLock};

use divan::Bencher;
use flow_benches::{SEED, texts};

use crate::{
    contenders::{Allocate, Contender},
    measure::{OPERATIONS, benches, measure, measure_alone},
};

const ITERATIONS: u32 = 100;

static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| texts(OPERATIONS, SEED));

fn text<C: Contender + Sync>(bencher: Bencher<'_, '_>) {
    measure::<C>(bencher, ITERATIONS, OPERATIONS * 40, |handle| {
        for text in TEXTS.iter() {
            black_box(handle.text(text));
        }
    });
}

#[divan::bench_group(name = "5_to_40", threads = [1, 2], sample_count = 100, sample_size = ITERATIONS)]
mod short {
    use super::{Bencher, OPERATIONS, TEXTS, benches, black_box, measure_alone, text};

    benches! { |bencher, C| text::<C>(bencher);
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
    fn std_string(bencher: Bencher<'_, '_>) {
        measure_alone(
            bencher,
            OPERATIONS,
            || Vec::with_capacity(OPERATIONS),
            |strings| {
                strings.extend(TEXTS.iter().map(|text| black_box(text.as_str().to_owned())));
                strings.clear();
            },
        );
    }
}
