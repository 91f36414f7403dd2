//! New keys into an empty map, which grows: an iteration is 50,000 of each thread. Strings are cloned, which
//! is timed.

use divan::Bencher;
use flow_benches::{
    maps::{Key, Writable, Write as _, measure::measure_fresh, workload::keys},
    together::THREADS,
};

const KEYS: usize = 50_000;

fn insert<K: Key, M: Writable<K>>(bencher: Bencher<'_, '_>) {
    let keys = keys::<K>(THREADS * KEYS);
    let shares: [&[K]; THREADS] = std::array::from_fn(|thread| &keys[thread * KEYS..][..KEYS]);
    measure_fresh(bencher, &shares, KEYS, M::new, |map, share| {
        let mut handle = map.handle();
        for key in *share {
            handle.insert(key.clone(), 1);
        }
    });
}

macro_rules! cases {
    ($($module:ident: $key:ty;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 30, sample_size = 1)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::insert::<$key, M>(bencher);
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
    u64_50k: u64;
    string_50k: String;
}
