//! Strings that the pool knows, to `&str`: 1,000, 10,000 or 100,000 of them, each as likely or by Zipf's law.
//!
//! Unfair: lasso and `symbol_table` give symbols, and a second call makes a `&str` of one; `symbol_hit` is without it.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::{Access, interners::Intern};

use crate::measure::{OPERATIONS, Workload, benches, measure_each};

const ITERATIONS: u32 = 60;

fn hit<P: Intern>(bencher: Bencher<'_, '_>, distinct: usize, access: Access) {
    let workload = Workload::new(distinct, access);
    let pool = P::new();
    for string in &workload.strings {
        pool.intern(string);
    }
    let questions = workload.questions();
    measure_each(bencher, OPERATIONS, &questions.slices(), |text| {
        black_box(pool.intern(text));
    });
}

macro_rules! cases {
    ($($module:ident, $name:literal: $distinct:literal, $access:ident;)*) => {$(
        #[divan::bench_group(name = $name, threads = [1, 2], sample_count = 60, sample_size = ITERATIONS)]
        mod $module {
            use super::{Access::$access, benches, hit};

            benches! { |bencher, P| hit::<P>(bencher, $distinct, $access);
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
    uniform_1k, "1k_uniform": 1_000, Uniform;
    uniform_10k, "10k_uniform": 10_000, Uniform;
    uniform_100k, "100k_uniform": 100_000, Uniform;
    zipf_1k, "1k_zipf": 1_000, Zipf;
    zipf_10k, "10k_zipf": 10_000, Zipf;
    zipf_100k, "100k_zipf": 100_000, Zipf;
}
