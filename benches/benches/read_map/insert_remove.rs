//! A new key, which is then taken out again: an iteration is 10 such pairs, of one thread, and so 20 writes,
//! each of which is published at once.
//!
//! Strings are cloned, which is timed. What is unfair in `set` is here, too.

use divan::Bencher;
use flow_benches::maps::{
    Key, Writable, Write as _,
    measure::measure_each,
    workload::{filled, other_keys},
};

const PAIRS: usize = 10;

fn insert_remove<K: Key, M: Writable<K>>(bencher: Bencher<'_, '_>, entries: usize) {
    let map = filled::<K, M>(entries);
    measure_each::<K, M, _>(bencher, &map, PAIRS, other_keys::<K>(entries), |map, key| {
        map.insert(key.clone(), 1);
        map.remove(key.borrow());
    });
}

macro_rules! cases {
    ($($module:ident: $key:ty, $entries:literal, $clones:literal;)*) => {$(
        #[divan::bench_group(threads = [1], sample_count = 60, sample_size = 100)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::insert_remove::<$key, M>(bencher, $entries);
                flow_read_map: FlowReadMap<$key>;
                arc_swap: ArcSwapLoad<$key>, sample_size = $clones, sample_count = 20;
                dashmap: Dash<$key>;
                imbl: ImblLoad<$key>;
                papaya: Papaya<$key>;
                rpds: RpdsLoad<$key>;
            }
        }
    )*};
}

cases! {
    u64_1k: u64, 1000, 10;
    u64_10k: u64, 10_000, 2;
    u64_100k: u64, 100_000, 1;
    string_1k: String, 1000, 2;
    string_10k: String, 10_000, 1;
}
