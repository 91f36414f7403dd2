//! Copies of values at keys that are there, while nobody writes. Each key as likely as any other.
//!
//! Unfair: `hashbrown` could not be written to. `flow_snapshot` and `papaya_pinned` see to it once in 1000
//! times that nothing is freed, or too old.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::maps::{
    Key, Map, Read as _,
    measure::measure_each,
    workload::{OPERATIONS, Pick, filled, present},
};

fn get<K: Key, M: Map<K>>(bencher: Bencher<'_, '_>, entries: usize) {
    let map = filled::<K, M>(entries);
    measure_each::<K, M, _>(bencher, &map, OPERATIONS, present::<K>(entries, Pick::Uniform), |map, key| {
        black_box(map.get(key));
    });
}

macro_rules! cases {
    ($($module:ident: $key:ty, $entries:literal;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 60, sample_size = 20)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::get::<$key, M>(bencher, $entries);
                flow_reader: FlowReader<$key>;
                flow_read_map: FlowReadMap<$key>;
                flow_snapshot: FlowSnapshot<$key>;
                flow_concurrent_map: FlowConcurrentMap<$key>;
                arc_swap_cache: ArcSwapCache<$key>;
                arc_swap_load: ArcSwapLoad<$key>;
                dashmap: Dash<$key>;
                evmap: Evmap<$key>;
                hashbrown: Hashbrown<$key>;
                imbl_cache: ImblCache<$key>;
                papaya: Papaya<$key>;
                papaya_pinned: PapayaPinned<$key>;
                rpds_cache: RpdsCache<$key>;
                rwlock_map: RwLockMap<$key>;
                scc_index: SccIndex<$key>;
            }
        }
    )*};
}

cases! {
    u64_1k: u64, 1000;
    u64_10k: u64, 10_000;
    u64_100k: u64, 100_000;
    string_1k: String, 1000;
    string_10k: String, 10_000;
    string_100k: String, 100_000;
}

macro_rules! large_cases {
    ($($module:ident: $key:ty, $entries:literal;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 60, sample_size = 20)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::get::<$key, M>(bencher, $entries);
                flow_reader: FlowReader<$key>;
                flow_read_map: FlowReadMap<$key>;
                arc_swap_cache: ArcSwapCache<$key>;
                dashmap: Dash<$key>;
                hashbrown: Hashbrown<$key>;
                imbl_cache: ImblCache<$key>;
                papaya_pinned: PapayaPinned<$key>;
            }
        }
    )*};
}

large_cases! {
    u64_1m: u64, 1_000_000;
    string_1m: String, 1_000_000;
}
