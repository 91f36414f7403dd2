//! Reads of one thread while another writes all the time, each write published at once. Only the reader is
//! timed; how much the writer gets done is told by `map_latency`.
//!
//! Unfair: the slower the writes, the less the reader has to bear. `arc_swap` clones the whole map for each,
//! so that the reader sees hardly any. And what writers of `papaya` and `scc_index` throw away, readers help
//! to free.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::maps::{
    Key, Read as _, Writable,
    measure::{beside_writer, measure_each},
    workload::{OPERATIONS, Pick, filled, present},
};

fn reads<K: Key, M: Writable<K>>(bencher: Bencher<'_, '_>, entries: usize) {
    let map = filled::<K, M>(entries);
    let keys = present::<K>(entries, Pick::Uniform);
    beside_writer(&*map, keys, |_| {
        measure_each::<K, M, _>(bencher, &map, OPERATIONS, keys, |map, key| {
            black_box(map.get(key));
        });
    });
}

macro_rules! cases {
    ($($module:ident: $key:ty, $entries:literal;)*) => {$(
        #[divan::bench_group(threads = [1], sample_count = 60, sample_size = 20)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::reads::<$key, M>(bencher, $entries);
                flow_reader: FlowReader<$key>;
                flow_read_map: FlowReadMap<$key>;
                flow_concurrent_map: FlowConcurrentMap<$key>;
                arc_swap_cache: ArcSwapCache<$key>;
                arc_swap_load: ArcSwapLoad<$key>;
                dashmap: Dash<$key>;
                evmap: Evmap<$key>;
                imbl_cache: ImblCache<$key>;
                imbl_load: ImblLoad<$key>;
                papaya: Papaya<$key>;
                papaya_pinned: PapayaPinned<$key>;
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
    string_10k: String, 10_000;
}
