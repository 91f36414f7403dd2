//! New strings into an empty pool, to symbols: as `intern_miss`, for the pools that give symbols.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::{interners::Symbols, together::THREADS};

use crate::measure::{Texts, benches, measure_fresh};

const COUNT: usize = 10_000;

fn miss<P: Symbols>(bencher: Bencher<'_, '_>) {
    let texts = Texts::all(THREADS * COUNT);
    let slices = texts.slices();
    let shares: [&[&str]; THREADS] = std::array::from_fn(|thread| &slices[thread * COUNT..][..COUNT]);
    measure_fresh::<P, _>(
        bencher,
        &shares,
        COUNT,
        |_| {},
        |pool, share| {
            for text in *share {
                black_box(pool.symbol(text));
            }
        },
    );
}

#[divan::bench_group(name = "10k", threads = [1, 2], sample_count = 60, sample_size = 1)]
mod new_10k {
    use super::{benches, miss};

    benches! { |bencher, P| miss::<P>(bencher);
        flow_string_pool: flow_arena::StringPool;
        lasso: Lasso;
        lasso_siphash: LassoSipHash;
        mutex_string_interner: MutexStringInterner;
        rwlock_string_interner: RwLockStringInterner;
        symbol_table: symbol_table::SymbolTable;
        ustr: GlobalUstr;
    }
}
