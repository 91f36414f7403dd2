//! `intern_batch` against a loop over `intern` that collects a `Vec`, 1000 strings at a time. No peer has batches.

use std::hint::black_box;

use divan::Bencher;
use flow_arena::StringPool;
use flow_benches::{Access, interners::Pool, together::THREADS};

use crate::measure::{OPERATIONS, Texts, Workload, measure, measure_fresh};

const COUNT: usize = 10_000;

fn by_batch<'pool>(pool: &'pool StringPool, texts: &[&str]) -> Vec<&'pool str> {
    pool.intern_batch(texts)
}

fn by_loop<'pool>(pool: &'pool StringPool, texts: &[&str]) -> Vec<&'pool str> {
    texts.iter().map(|text| pool.intern(text)).collect()
}

type Batch = for<'pool> fn(&'pool StringPool, &[&str]) -> Vec<&'pool str>;

fn hit(bencher: Bencher<'_, '_>, batch: Batch) {
    let workload = Workload::new(COUNT, Access::Uniform);
    let pool = <StringPool as Pool>::new();
    for string in &workload.strings {
        pool.intern(string);
    }
    let questions = workload.questions();
    let slices = questions.slices();
    measure(
        bencher,
        slices.len(),
        || (),
        |()| {
            for texts in slices.chunks(OPERATIONS) {
                black_box(batch(&pool, texts));
            }
        },
    );
}

fn miss(bencher: Bencher<'_, '_>, batch: Batch) {
    let texts = Texts::all(THREADS * COUNT);
    let slices = texts.slices();
    let shares: [&[&str]; THREADS] = std::array::from_fn(|thread| &slices[thread * COUNT..][..COUNT]);
    measure_fresh::<StringPool, _>(
        bencher,
        &shares,
        COUNT,
        |_| {},
        |pool, share| {
            for texts in share.chunks(OPERATIONS) {
                black_box(batch(pool, texts));
            }
        },
    );
}

macro_rules! cases {
    ($($module:ident, $name:literal, $case:ident;)*) => {$(
        #[divan::bench_group(name = $name, threads = [1, 2], sample_count = 60, sample_size = 1)]
        mod $module {
            use super::{Bencher, by_batch, by_loop, $case};

            #[divan::bench]
            fn flow_intern_batch(bencher: Bencher<'_, '_>) {
                $case(bencher, by_batch);
            }

            #[divan::bench]
            fn flow_intern_loop(bencher: Bencher<'_, '_>) {
                $case(bencher, by_loop);
            }
        }
    )*};
}

cases! {
    hit_10k, "10k_hit", hit;
    miss_10k, "10k_miss", miss;
}
