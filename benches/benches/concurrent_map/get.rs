//! Copies of values at keys that are there.
//!
//! Unfair: `hashbrown` never changes, and threads share nothing but what they read. `papaya_pinned` pays for
//! a guard once in 1000 times, and keeps what others removed from being freed meanwhile.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::maps::{
    Key, Map, Read as _,
    measure::measure_each,
    workload::{OPERATIONS, Pick, filled, present},
};

fn get<K: Key, M: Map<K>>(bencher: Bencher<'_, '_>, entries: usize, pick: Pick) {
    let map = filled::<K, M>(entries);
    measure_each::<K, M, _>(bencher, &map, OPERATIONS, present::<K>(entries, pick), |map, key| {
        black_box(map.get(key));
    });
}

macro_rules! cases {
    ($($module:ident: $key:ty, $entries:literal, $pick:ident;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 60, sample_size = 20)]
        mod $module {
            use flow_benches::{contenders, maps::workload::Pick::$pick};

            use super::get;

            contenders! { flow_benches::maps; |bencher, M| get::<$key, M>(bencher, $entries, $pick);
                flow_concurrent_map: FlowConcurrentMap<$key>;
                dashmap: Dash<$key>;
                dashmap_64: Dash64<$key>;
                dashmap_siphash: DashSipHash<$key>;
                hashbrown: Hashbrown<$key>;
                papaya: Papaya<$key>;
                papaya_pinned: PapayaPinned<$key>;
                rwlock_map: RwLockMap<$key>;
                scc: Scc<$key>;
                scc_index: SccIndex<$key>;
            }
        }
    )*};
}

cases! {
    u64_1k: u64, 1000, Uniform;
    u64_100k: u64, 100_000, Uniform;
    u64_100k_zipf: u64, 100_000, Zipf;
    u64_100k_one_key: u64, 100_000, One;
    u64_1m: u64, 1_000_000, Uniform;
    string_1k: String, 1000, Uniform;
    string_100k: String, 100_000, Uniform;
    string_100k_zipf: String, 100_000, Zipf;
}
