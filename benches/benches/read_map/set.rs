//! Writes to values that are there, each of which is published at once: an iteration is 10, of one thread.
//! The same for maps of 100 to 1,000,000 entries: what a write costs as a map grows.
//!
//! Unfair: papaya and dashmap have no versions, so that nobody sees the map as it was at one time. evmap
//! keeps two maps and changes both, and `arc_swap` clones the whole map. All copies are freed here, because
//! no reader has them.

use divan::Bencher;
use flow_benches::maps::{
    Key, Writable, Write as _,
    measure::measure_each,
    workload::{Pick, filled, present},
};

const WRITES: usize = 10;

fn set<K: Key, M: Writable<K>>(bencher: Bencher<'_, '_>, entries: usize) {
    let map = filled::<K, M>(entries);
    measure_each::<K, M, _>(bencher, &map, WRITES, present::<K>(entries, Pick::Uniform), |map, key| {
        map.set(key, 1);
    });
}

macro_rules! cases {
    ($($module:ident: $key:ty, $entries:literal, $clones:literal;)*) => {$(
        #[divan::bench_group(threads = [1], sample_count = 60, sample_size = 200)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::set::<$key, M>(bencher, $entries);
                flow_read_map: FlowReadMap<$key>;
                arc_swap: ArcSwapLoad<$key>, sample_size = $clones, sample_count = 20;
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
    u64_100: u64, 100, 100;
    u64_1k: u64, 1000, 20;
    u64_10k: u64, 10_000, 4;
    u64_100k: u64, 100_000, 1;
    string_100: String, 100, 20;
    string_1k: String, 1000, 4;
    string_10k: String, 10_000, 1;
}

/// Without what clones the whole map.
#[divan::bench_group(threads = [1], sample_count = 60, sample_size = 200)]
mod u64_1m {
    flow_benches::contenders! { flow_benches::maps; |bencher, M| super::set::<u64, M>(bencher, 1_000_000);
        flow_read_map: FlowReadMap<u64>;
        dashmap: Dash<u64>;
        imbl: ImblLoad<u64>;
        papaya: Papaya<u64>;
        rpds: RpdsLoad<u64>;
    }
}
