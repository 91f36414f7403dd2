//! New strings into an empty pool: 1,000, 10,000 or 100,000 by each thread, no two the same. Growth is part of it;
//! making the pool and dropping it are not. An iteration is the whole set: see the throughput for one string.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::{interners::Intern, together::THREADS};

use crate::measure::{Texts, benches, measure_fresh};

fn miss<P: Intern>(bencher: Bencher<'_, '_>, count: usize) {
    let texts = Texts::all(THREADS * count);
    let slices = texts.slices();
    let shares: [&[&str]; THREADS] = std::array::from_fn(|thread| &slices[thread * count..][..count]);
    measure_fresh::<P, _>(
        bencher,
        &shares,
        count,
        |_| {},
        |pool, share| {
            for text in *share {
                black_box(pool.intern(text));
            }
        },
    );
}

macro_rules! cases {
    ($($module:ident, $name:literal: $count:literal, $samples:literal;)*) => {$(
        #[divan::bench_group(name = $name, threads = [1, 2], sample_count = $samples, sample_size = 1)]
        mod $module {
            use super::{benches, miss};

            benches! { |bencher, P| miss::<P>(bencher, $count);
                flow_string_pool: flow_arena::StringPool;
                dashmap: Dash;
                lasso: Lasso;
                lasso_siphash: LassoSipHash;
                mutex_map: MutexMap;
                papaya: Papaya;
                rwlock_map: RwLockMap;
                symbol_table: symbol_table::SymbolTable;
                ustr: GlobalUstr;
            }
        }
    )*};
}

cases! {
    new_1k, "1k": 1_000, 100;
    new_10k, "10k": 10_000, 60;
    new_100k, "100k": 100_000, 12;
}
