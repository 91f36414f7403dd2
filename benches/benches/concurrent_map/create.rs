//! Small maps: creation, so many insertions, and drop. An iteration is 100 maps.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::maps::{Writable, Write as _, measure::measure, workload::keys};

const MAPS: usize = 100;

fn create<M: Writable<u64>>(bencher: Bencher<'_, '_>, entries: usize) {
    let keys = keys::<u64>(entries);
    measure(
        bencher,
        MAPS,
        || (),
        |()| {
            for _ in 0..MAPS {
                let map = M::new();
                for key in keys {
                    map.handle().insert(*key, 1);
                }
                drop(black_box(map));
            }
        },
    );
}

macro_rules! cases {
    ($($module:ident: $entries:literal;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 60, sample_size = 2)]
        mod $module {
            flow_benches::contenders! { flow_benches::maps; |bencher, M| super::create::<M>(bencher, $entries);
                flow_concurrent_map: FlowConcurrentMap<u64>;
                dashmap: Dash<u64>;
                dashmap_64: Dash64<u64>;
                dashmap_siphash: DashSipHash<u64>;
                hashbrown: HashbrownAlone<u64>;
                papaya: Papaya<u64>;
                rwlock_map: RwLockMap<u64>;
                scc: Scc<u64>;
                scc_index: SccIndex<u64>;
            }
        }
    )*};
}

cases! {
    empty: 0;
    u64_16: 16;
}
