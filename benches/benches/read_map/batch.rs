//! Writes to 1000 values that are there, of one thread, which are published together: an iteration is one
//! such batch.
//!
//! Unfair: papaya and dashmap cannot do that, and write one by one, so that others see a part of it.

use divan::Bencher;
use flow_benches::maps::{
    Key, Writable, Write as _,
    measure::measure_chunks,
    workload::{Pick, filled, present},
};

const WRITES: usize = 1000;

fn batch<K: Key, M: Writable<K>>(bencher: Bencher<'_, '_>, entries: usize) {
    let map = filled::<K, M>(entries);
    measure_chunks::<K, M, _>(bencher, &map, WRITES, present::<K>(entries, Pick::Uniform), |map, keys| {
        map.set_all(keys, 1);
    });
}

macro_rules! cases {
    ($($module:ident: $key:ty, $entries:literal;)*) => {$(
        #[divan::bench_group(threads = [1], sample_count = 60, sample_size = 4)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::batch::<$key, M>(bencher, $entries);
                flow_read_map: FlowReadMap<$key>;
                arc_swap: ArcSwapLoad<$key>;
                dashmap: Dash<$key>;
                evmap: Evmap<$key>;
                imbl: ImblLoad<$key>;
                papaya: Papaya<$key>;
                rpds: RpdsLoad<$key>;
            }
        }
    )*};
}

cases! {
    u64_10k: u64, 10_000;
    u64_100k: u64, 100_000;
    string_10k: String, 10_000;
}
