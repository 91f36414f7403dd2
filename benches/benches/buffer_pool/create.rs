//! The whole life of a pool that is hardly used: creation, one buffer of 64 bytes and back, drop. An iteration is 100
//! such lives.
//!
//! Pools with a limit have room for 64 buffers. object-pool makes two at once, as it would for two threads, and
//! lockfree-object-pool 32.

use std::hint::black_box;

use divan::Bencher;

use crate::{
    contenders::Contender,
    measure::{benches, measure},
};

const POOLS: usize = 100;
const ITERATIONS: u32 = 2;

fn create<C: Contender>(bencher: Bencher<'_, '_>) {
    measure(
        bencher,
        POOLS,
        || (),
        |()| {
            for _ in 0..POOLS {
                let mut pool = C::new(64, 1);
                black_box(&mut pool);
                let mut buffer = pool.get(64);
                black_box(&mut buffer);
            }
        },
    );
}

#[divan::bench_group(name = "64", threads = [1, 2], sample_count = 60, sample_size = ITERATIONS)]
mod size_64 {
    use super::{benches, create};

    benches! { |bencher, C| create::<C>(bencher);
        flow_buffer_pool: FlowBufferPool;
        array_queue: ArrayQueue;
        lockfree_object_pool: LockfreeObjectPool;
        object_pool: ObjectPool;
        opool: Opool;
        sharded_slab: ShardedSlab;
        zeropool: ZeroPool;
    }
}
