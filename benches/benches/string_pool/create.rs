//! An empty pool: creation and drop. An iteration is 100 of them.
//!
//! Ours interns 22 common strings at once, and its arena is made with it. ustr's pool is global and never made.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::interners::Pool;

use crate::measure::{benches, measure};

const POOLS: usize = 100;
const ITERATIONS: u32 = 2;

fn create<P: Pool>(bencher: Bencher<'_, '_>) {
    measure(
        bencher,
        POOLS,
        || (),
        |()| {
            for _ in 0..POOLS {
                drop(black_box(P::new()));
            }
        },
    );
}

#[divan::bench_group(threads = [1, 2], sample_count = 60, sample_size = ITERATIONS)]
mod empty {
    use super::{benches, create};

    benches! { |bencher, P| create::<P>(bencher);
        flow_string_pool: flow_arena::StringPool;
        dashmap: Dash;
        lasso: Lasso;
        mutex_map: MutexMap;
        mutex_string_interner: MutexStringInterner;
        papaya: Papaya;
        rwlock_map: RwLockMap;
        rwlock_string_interner: RwLockStringInterner;
        symbol_table: symbol_table::SymbolTable;
    }
}
