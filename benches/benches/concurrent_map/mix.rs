//! Reads, and writes to values that are there, at random: of 100 operations so many read and so many write.
//!
//! A write is the cheapest that a map has for a key that is there, as in `set`.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::maps::{
    Key, Read as _, Writable, Write as _,
    measure::measure_each,
    workload::{OPERATIONS, Pick, filled, mixed},
};

fn mix<K: Key, M: Writable<K>>(bencher: Bencher<'_, '_>, entries: usize, pick: Pick, writes: usize) {
    let map = filled::<K, M>(entries);
    let operations = mixed::<K>(entries, pick, writes);
    measure_each::<K, M, _>(bencher, &map, OPERATIONS, operations, |map, &(key, write)| {
        if write {
            map.set(key, 1);
        } else {
            black_box(map.get(key));
        }
    });
}

macro_rules! cases {
    ($($module:ident, $name:literal: $key:ty, $entries:literal, $pick:ident, $writes:literal;)*) => {$(
        #[divan::bench_group(name = $name, threads = [1, 2], sample_count = 60, sample_size = 20)]
        mod $module {
            use flow_benches::{contenders, maps::workload::Pick::$pick};

            use super::mix;

            contenders! { flow_benches::maps; |bencher, M| mix::<$key, M>(bencher, $entries, $pick, $writes);
                flow_concurrent_map: FlowConcurrentMap<$key>;
                dashmap: Dash<$key>;
                dashmap_64: Dash64<$key>;
                dashmap_siphash: DashSipHash<$key>;
                hashbrown: HashbrownAlone<$key>, threads = [1];
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
    u64_100k_99, "99_1_u64_100k": u64, 100_000, Uniform, 1;
    u64_100k_90, "90_10_u64_100k": u64, 100_000, Uniform, 10;
    u64_100k_50, "50_50_u64_100k": u64, 100_000, Uniform, 50;
    u64_100k_zipf_99, "99_1_u64_100k_zipf": u64, 100_000, Zipf, 1;
    u64_100k_zipf_90, "90_10_u64_100k_zipf": u64, 100_000, Zipf, 10;
    u64_100k_zipf_50, "50_50_u64_100k_zipf": u64, 100_000, Zipf, 50;
    string_100k_99, "99_1_string_100k": String, 100_000, Uniform, 1;
    string_100k_90, "90_10_string_100k": String, 100_000, Uniform, 10;
    string_100k_50, "50_50_string_100k": String, 100_000, Uniform, 50;
    u64_1k_90, "90_10_u64_1k": u64, 1000, Uniform, 10;
    u64_1m_90, "90_10_u64_1m": u64, 1_000_000, Uniform, 10;
}
