//! Writes to values that are there.
//!
//! Each map does it in the way that is cheapest for it: `set` of ours, `get_mut` of dashmap, `update_sync` of
//! scc, `update` of an entry of scc's index, `insert` of papaya. papaya needs a key of its own for that, and
//! so clones the string; both papaya and scc's index make a new entry and free the old one later.

use divan::Bencher;
use flow_benches::maps::{
    Key, Writable, Write as _,
    measure::measure_each,
    workload::{OPERATIONS, Pick, filled, present},
};

fn set<K: Key, M: Writable<K>>(bencher: Bencher<'_, '_>, entries: usize, pick: Pick) {
    let map = filled::<K, M>(entries);
    measure_each::<K, M, _>(bencher, &map, OPERATIONS, present::<K>(entries, pick), |map, key| {
        map.set(key, 1);
    });
}

macro_rules! cases {
    ($($module:ident: $key:ty, $entries:literal, $pick:ident;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 60, sample_size = 20)]
        mod $module {
            use flow_benches::{contenders, maps::workload::Pick::$pick};

            use super::set;

            contenders! { flow_benches::maps; |bencher, M| set::<$key, M>(bencher, $entries, $pick);
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
    u64_1k: u64, 1000, Uniform;
    u64_100k: u64, 100_000, Uniform;
    u64_100k_zipf: u64, 100_000, Zipf;
    u64_100k_one_key: u64, 100_000, One;
    string_100k: String, 100_000, Uniform;
}
