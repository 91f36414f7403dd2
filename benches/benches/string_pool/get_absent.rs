//! Strings that the pool does not have, asked for without adding them: 10,000 in the pool, 16,000 others asked for.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::{SEED, identifiers, interners::Lookup};

use crate::measure::{OPERATIONS, Texts, benches, measure_each};

const ITERATIONS: u32 = 60;
const KNOWN: usize = 10_000;

fn absent<P: Lookup>(bencher: Bencher<'_, '_>) {
    let strings = identifiers(KNOWN + 16 * OPERATIONS, SEED);
    let pool = P::new();
    for string in &strings[..KNOWN] {
        pool.intern(string);
    }
    let questions = Texts::new(&strings[KNOWN..]);
    measure_each(bencher, OPERATIONS, &questions.slices(), |text| {
        black_box(pool.get(text));
    });
}

#[divan::bench_group(name = "10k", threads = [1, 2], sample_count = 60, sample_size = ITERATIONS)]
mod known_10k {
    use super::{absent, benches};

    benches! { |bencher, P| absent::<P>(bencher);
        flow_string_pool: flow_arena::StringPool;
        dashmap: Dash;
        lasso: Lasso;
        lasso_siphash: LassoSipHash;
        mutex_map: MutexMap;
        papaya: Papaya;
        rwlock_map: RwLockMap;
        ustr: GlobalUstr;
    }
}
