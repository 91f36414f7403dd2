//! Threads that come and go: an operation is a thread that gets 100 buffers, drops them all, and ends. An iteration is 10
//! of them, one after the other. Nothing is written.
//!
//! Most of the time goes to the system, which makes the thread and takes it away. What differs is what a thread sets
//! up at its first buffer, and what becomes of the buffers that it kept for itself.

use std::{array, hint::black_box, thread};

use divan::Bencher;

use crate::{
    contenders::Contender,
    measure::{benches, measure, pool},
};

const LIVES: usize = 10;
const BUFFERS: usize = 100;

fn churn<C: Contender>(bencher: Bencher<'_, '_>, size: usize) {
    let pool: C = pool(size, BUFFERS);
    measure(
        bencher,
        LIVES,
        || (),
        |()| {
            for _ in 0..LIVES {
                thread::scope(|scope| {
                    scope.spawn(|| {
                        let size = black_box(size);
                        let mut buffers: [_; BUFFERS] = array::from_fn(|_| pool.get(size));
                        black_box(&mut buffers);
                    });
                });
            }
        },
    );
}

#[divan::bench_group(name = "1024", threads = [1, 2], sample_count = 60, sample_size = 1)]
mod size_1024 {
    use super::{benches, churn};

    benches! { |bencher, C| churn::<C>(bencher, 1024);
        flow_buffer_pool: FlowBufferPool;
        array_queue: ArrayQueue;
        malloc: Malloc;
        mimalloc: Mimalloc;
        sharded_slab: ShardedSlab;
        zeropool: ZeroPool;
    }
}
