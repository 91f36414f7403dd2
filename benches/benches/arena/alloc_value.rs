//! Values that are written: a word, and a structure of 40 bytes. All results are `&mut T`.
//!
//! Unfair: `std_box` frees what it allocates within the iteration, as in `alloc_uninit`.

use std::hint::black_box;

use divan::Bencher;

use crate::{
    contenders::{Allocate, Contender},
    measure::{OPERATIONS, benches, measure, measure_alone},
};

const ITERATIONS: u32 = 400;

/// Five words, as a small node of a graph has.
#[derive(Clone, Copy)]
#[expect(dead_code, reason = "written to memory, and not read again")]
struct Node {
    name: &'static str,
    id: u64,
    first: Option<&'static u64>,
    retries: u32,
    flags: u32,
}

fn word(n: u64) -> u64 {
    n
}

fn node(n: u64) -> Node {
    Node { name: "node", id: n, first: None, retries: 3, flags: 0 }
}

fn value<C: Contender + Sync, T: Copy>(bencher: Bencher<'_, '_>, make: impl Fn(u64) -> T + Sync) {
    measure::<C>(bencher, ITERATIONS, OPERATIONS * size_of::<T>(), |handle| {
        for n in 0..OPERATIONS as u64 {
            black_box(handle.value(make(black_box(n))));
        }
    });
}

fn boxes<T: Copy + Send>(bencher: Bencher<'_, '_>, make: impl Fn(u64) -> T + Sync) {
    measure_alone(
        bencher,
        OPERATIONS,
        || Vec::with_capacity(OPERATIONS),
        |boxes| {
            for n in 0..OPERATIONS as u64 {
                boxes.push(black_box(Box::new(make(black_box(n)))));
            }
            boxes.clear();
        },
    );
}

macro_rules! values {
    ($($module:ident, $make:ident;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 100, sample_size = ITERATIONS)]
        mod $module {
            super::benches! { |bencher, C| super::value::<C, _>(bencher, super::$make);
                flow_arena: FlowArena;
                flow_lane: FlowLane;
                bumpalo: Bumpalo;
                bumpalo_herd: BumpaloHerd;
                bump_scope_pool: BumpScopePool;
                blink_sync: BlinkSync, sample_size = 100;
                blink_local: BlinkLocal;
                mutex_bump: MutexBump, sample_size = 100;
            }

            #[divan::bench(sample_size = 20)]
            fn std_box(bencher: divan::Bencher<'_, '_>) {
                super::boxes(bencher, super::$make);
            }
        }
    )*};
}

values! {
    u64, word;
    structure, node;
}
