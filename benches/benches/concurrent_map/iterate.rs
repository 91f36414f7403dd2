//! The sum of all values: an iteration goes through the whole map once.
//!
//! Ours is `for_each`, which copies a shard's entries out and calls with no lock held. Unfair: dashmap's
//! `iter` and `RwLock` keep writers out meanwhile, and scc's `iter_sync` those of a bucket. A loop over
//! `dashmap` that writes to it hangs.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::maps::{Key, Map, Visit, measure::measure, workload::filled};

fn iterate<K: Key, M: for<'a> Map<K, Handle<'a>: Visit<K>>>(bencher: Bencher<'_, '_>, entries: usize) {
    let map = filled::<K, M>(entries);
    measure(bencher, entries, || (), |()| _ = black_box(map.handle().sum()));
}

macro_rules! cases {
    ($($module:ident: $key:ty, $entries:literal;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 60, sample_size = 2)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::iterate::<$key, M>(bencher, $entries);
                flow_concurrent_map: FlowConcurrentMap<$key>;
                dashmap: Dash<$key>;
                dashmap_64: Dash64<$key>;
                dashmap_siphash: DashSipHash<$key>;
                hashbrown: Hashbrown<$key>;
                papaya: Papaya<$key>;
                rwlock_map: RwLockMap<$key>;
                scc: Scc<$key>;
                scc_index: SccIndex<$key>;
            }
        }
    )*};
}

cases! {
    u64_1k: u64, 1000;
    u64_100k: u64, 100_000;
    string_100k: String, 100_000;
}
