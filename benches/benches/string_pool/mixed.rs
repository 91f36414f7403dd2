//! Nine strings in ten known, one new: a pool with 10,000 strings is asked for 40,000 by each thread, 4,000 of which
//! are new and not asked for by the other thread.

use std::hint::black_box;

use divan::Bencher;
use flow_benches::{Random, SEED, identifiers, interners::Intern, together::THREADS};

use crate::measure::{Texts, benches, measure_fresh};

const KNOWN: usize = 10_000;
const QUESTIONS: usize = 40_000;
const NEW: usize = QUESTIONS / 10;

fn mixed<P: Intern>(bencher: Bencher<'_, '_>) {
    let strings = identifiers(KNOWN + THREADS * NEW, SEED);
    let mut random = Random::new(SEED);
    let texts: [Texts; THREADS] = std::array::from_fn(|thread| {
        let first_new = KNOWN + thread * NEW;
        let order: Vec<usize> = (0..QUESTIONS)
            .map(|n| if n % 10 == 0 { first_new + n / 10 } else { random.below(KNOWN) })
            .collect();
        Texts::new(order.into_iter().map(|index| &strings[index]))
    });
    let shares: [Vec<&str>; THREADS] = std::array::from_fn(|thread| texts[thread].slices());
    let fill = |pool: &P| {
        for string in &strings[..KNOWN] {
            pool.intern(string);
        }
    };
    measure_fresh(bencher, &shares, QUESTIONS, fill, |pool, share| {
        for text in share {
            black_box(pool.intern(text));
        }
    });
}

#[divan::bench_group(name = "90_hit_10_miss", threads = [1, 2], sample_count = 60, sample_size = 1)]
mod one_in_ten {
    use super::{benches, mixed};

    benches! { |bencher, P| mixed::<P>(bencher);
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
