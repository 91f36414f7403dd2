//! 1000 buffers, and then all back, oldest first: an iteration. Nothing is written.
//!
//! What a thread keeps for itself is too small for that, so this is also about what threads share. Pools with a limit
//! have one that lets them keep all; ours has the limit that it has when nobody chooses.
//!
//! Unfair: as in `get_drop`. Whether malloc returns 16 MB to the system each time, and has it mapped again, depends on
//! the largest block that it ever freed.

use std::hint::black_box;

use divan::Bencher;

use crate::{
    contenders::Contender,
    measure::{benches, measure, pool},
};

const BUFFERS: usize = 1000;

fn burst<C: Contender>(bencher: Bencher<'_, '_>, size: usize) {
    let pool: C = pool(size, BUFFERS);
    measure(
        bencher,
        BUFFERS,
        || Vec::with_capacity(BUFFERS),
        |buffers| {
            let size = black_box(size);
            for _ in 0..BUFFERS {
                buffers.push(pool.get(size));
            }
            black_box(&mut *buffers);
            buffers.clear();
        },
    );
}

macro_rules! sizes {
    ($($module:ident: $size:literal;)*) => {$(
        #[divan::bench_group(name = stringify!($size), threads = [1, 2], sample_count = 60, sample_size = 10)]
        mod $module {
            super::benches! { |bencher, C| super::burst::<C>(bencher, $size);
                flow_buffer_pool: FlowBufferPool;
                array_queue: ArrayQueue;
                bytes_mut: BytesMut;
                lockfree_object_pool: LockfreeObjectPool;
                malloc: Malloc;
                mimalloc: Mimalloc;
                object_pool: ObjectPool;
                opool: Opool;
                sharded_slab: ShardedSlab;
                zeropool: ZeroPool;
            }
        }
    )*};
}

sizes! {
    size_64: 64;
    size_1024: 1024;
    size_16384: 16384;
}
