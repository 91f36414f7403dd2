//! The whole map as it is now, to keep, and dropped again: an iteration is 10, of a map with 10,000 entries.
//!
//! Unfair: all but `flow_snapshot`, `arc_swap` and `imbl` copy the map, which has its use: the copy can be
//! changed. Copies of `dashmap` and `papaya` are of no one time, and `rwlock_map` lets no writer in
//! meanwhile.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::maps::{Key, Shot, measure::measure, workload::filled};

const SNAPSHOTS: usize = 10;

fn snapshot<K: Key, M: Shot<K>>(bencher: Bencher<'_, '_>, entries: usize) {
    let map = filled::<K, M>(entries);
    measure(
        bencher,
        SNAPSHOTS,
        || (),
        |()| {
            for _ in 0..SNAPSHOTS {
                drop(black_box(map.shot()));
            }
        },
    );
}

#[divan::bench_group(threads = [1, 2], sample_count = 20, sample_size = 500)]
mod u64_10k {
    flow_benches::contenders! { flow_benches::maps; |bencher, M| super::snapshot::<u64, M>(bencher, 10_000);
        flow_snapshot: FlowReadMap<u64>;
        flow_concurrent_map: FlowConcurrentMap<u64>, sample_size = 2;
        arc_swap: ArcSwapLoad<u64>;
        dashmap: Dash<u64>, sample_size = 2;
        imbl: ImblLoad<u64>;
        papaya: Papaya<u64>, sample_size = 2;
        rwlock_map: RwLockMap<u64>, sample_size = 2;
    }
}
