//! Symbols to `&str`, of 10,000 strings, each as likely.
//!
//! Unfair: a `Ustr` is a pointer to its string already. What string-interner gives is used under the lock.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::{Access, interners::Symbols};

use crate::measure::{OPERATIONS, Workload, benches, measure_each};

const ITERATIONS: u32 = 400;

fn resolve<P: Symbols>(bencher: Bencher<'_, '_>) {
    let workload = Workload::new(10_000, Access::Uniform);
    let pool = P::new();
    let symbols: Vec<P::Symbol> = workload.strings.iter().map(|string| pool.symbol(string)).collect();
    let questions: Vec<P::Symbol> = workload.order.iter().map(|&index| symbols[index]).collect();
    measure_each(bencher, OPERATIONS, &questions, |&symbol| {
        black_box(pool.resolve(symbol));
    });
}

#[divan::bench_group(name = "10k_uniform", threads = [1, 2], sample_count = 60, sample_size = ITERATIONS)]
mod uniform_10k {
    use super::{benches, resolve};

    benches! { |bencher, P| resolve::<P>(bencher);
        flow_string_pool: flow_arena::StringPool;
        lasso: Lasso;
        mutex_string_interner: MutexStringInterner;
        rwlock_string_interner: RwLockStringInterner;
        symbol_table: symbol_table::SymbolTable;
        ustr: GlobalUstr;
    }
}
