//! Asking for keys that are not there, while nobody writes.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::maps::{
    Key, Map, Read as _,
    measure::measure_each,
    workload::{OPERATIONS, absent, filled},
};

fn get_absent<K: Key, M: Map<K>>(bencher: Bencher<'_, '_>, entries: usize) {
    let map = filled::<K, M>(entries);
    let keys = absent::<K>(entries);
    assert!(keys.iter().all(|key| map.handle().get(key).is_none()), "they are there");
    measure_each::<K, M, _>(bencher, &map, OPERATIONS, keys, |map, key| {
        black_box(map.get(key));
    });
}

macro_rules! cases {
    ($($module:ident: $key:ty, $entries:literal;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 60, sample_size = 20)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::get_absent::<$key, M>(bencher, $entries);
                flow_reader: FlowReader<$key>;
                flow_read_map: FlowReadMap<$key>;
                arc_swap_cache: ArcSwapCache<$key>;
                evmap: Evmap<$key>;
                hashbrown: Hashbrown<$key>;
                imbl_cache: ImblCache<$key>;
                papaya_pinned: PapayaPinned<$key>;
                rpds_cache: RpdsCache<$key>;
                scc_index: SccIndex<$key>;
            }
        }
    )*};
}

cases! {
    u64_10k: u64, 10_000;
    string_10k: String, 10_000;
}
