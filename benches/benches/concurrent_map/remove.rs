//! Entries taken out of a map with 100,000, in another order than they came: an iteration is 50,000 of each
//! thread.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::{
    SEED,
    maps::{
        Key, Writable, Write as _,
        measure::measure_fresh,
        workload::{keys, new_filled, shuffled},
    },
    together::THREADS,
};

const KEYS: usize = 50_000;

fn remove<K: Key, M: Writable<K>>(bencher: Bencher<'_, '_>) {
    let entries = THREADS * KEYS;
    let questions = K::questions(keys::<K>(entries), &shuffled(entries, SEED ^ 4));
    let shares: [&[&K::Asked]; THREADS] = std::array::from_fn(|thread| &questions[thread * KEYS..][..KEYS]);
    let make = || new_filled::<K, M>(entries);
    measure_fresh(bencher, &shares, KEYS, make, |map, share| {
        let mut handle = map.handle();
        for key in *share {
            black_box(handle.remove(key));
        }
    });
}

macro_rules! cases {
    ($($module:ident: $key:ty;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 20, sample_size = 1)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::remove::<$key, M>(bencher);
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
    u64_100k: u64;
    string_100k: String;
}
