//! One thread gets, another gives back, all the time and at the same time: what is free comes up on the wrong thread. An
//! iteration is 10,000 buffers, which go across 50 at a time through a queue. Nothing is written.
//!
//! The slower of the two sets the pace of both. The queue costs all contenders the same, a few ns a buffer.
//!
//! Unlike things are side by side: the buffers of `flow_buffer_pool`, `array_queue` and zeropool borrow their pool, and stay
//! where it lives; those of `flow_get_owned`, `array_queue_owned` and the other pools could live anywhere, and hold a
//! reference count of their pool.

use std::{
    hint,
    sync::atomic::{AtomicUsize, Ordering},
};

use crossbeam_queue::ArrayQueue as Queue;
use divan::Bencher;
use flow_benches::together::wait_for;

use crate::{
    contenders::Contender,
    measure::{benches, measure, pool},
};

const BATCH: usize = 50;
const BATCHES: usize = 200;
/// Batches on the way.
const DEPTH: usize = 4;

fn cross_thread<C: Contender>(bencher: Bencher<'_, '_>, size: usize)
where
    for<'a> C::Buffer<'a>: Send,
{
    let pool: C = pool(size, BATCH * (DEPTH + 1));
    let full = Queue::new(DEPTH);
    let empty = Queue::new(DEPTH);
    for _ in 0..DEPTH {
        assert!(empty.push(Vec::with_capacity(BATCH)).is_ok(), "it has room for all");
    }
    // The first of a sample, which has one iteration, is the thread that gets.
    let thread = AtomicUsize::new(0);
    measure(
        bencher,
        BATCH * BATCHES,
        || thread.fetch_add(1, Ordering::Relaxed).is_multiple_of(2),
        |gets| {
            let size = hint::black_box(size);
            for _ in 0..BATCHES {
                if *gets {
                    let mut batch = wait_for(|| empty.pop());
                    batch.extend((0..BATCH).map(|_| pool.get(size)));
                    assert!(full.push(batch).is_ok(), "it has room for all");
                } else {
                    let mut batch = wait_for(|| full.pop());
                    batch.clear();
                    assert!(empty.push(batch).is_ok(), "it has room for all");
                }
            }
        },
    );
}

macro_rules! sizes {
    ($($module:ident: $size:literal;)*) => {$(
        #[divan::bench_group(name = stringify!($size), threads = [2], sample_count = 60, sample_size = 1)]
        mod $module {
            super::benches! { |bencher, C| super::cross_thread::<C>(bencher, $size);
                flow_buffer_pool: FlowBufferPool;
                flow_get_owned: FlowGetOwned;
                array_queue: ArrayQueue;
                array_queue_owned: ArrayQueueOwned;
                bytes_mut: BytesMut;
                lockfree_object_pool: LockfreeObjectPoolOwned;
                malloc: Malloc;
                mimalloc: Mimalloc;
                object_pool: ObjectPoolOwned;
                opool: OpoolRc;
                sharded_slab: ShardedSlabOwned;
                zeropool: ZeroPool;
            }
        }
    )*};
}

sizes! {
    size_64: 64;
    size_4096: 4096;
    size_65536: 65536;
}
