//! Buffers of many sizes: each thread has 16 and replaces a random one by a new one, 1000 times. Nothing is written.
//!
//! A size is between two powers of two, of which the smallest, up to 64 bytes, is the most likely, the next half as
//! likely, then a third (Zipf's law), up to 1 MiB. So half of all have up to 192 bytes, and one in 50 has more than
//! 512 KiB.
//!
//! Pools for one size are 15 here, one for each power of two, and the right one is found by counting zeros. Unfair: their
//! limits allow for 16 buffers of each size.

use std::{
    array,
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering},
};

use divan::Bencher;
use flow_benches::{Access, Random, SEED, accesses};

use crate::{
    contenders::Contender,
    measure::{OPERATIONS, benches, measure, pool},
};

const ITERATIONS: u32 = 10;
const LIVE: usize = 16;
/// Iterations before the same requests come again.
const CHUNKS: usize = 16;
/// 64 B, 128 B, up to 1 MiB.
const POWERS: usize = 15;

/// Which buffer to replace, and by how many bytes.
struct Request {
    index: usize,
    size: usize,
}

fn requests() -> Vec<Request> {
    let mut random = Random::new(SEED);
    accesses(CHUNKS * OPERATIONS, POWERS, Access::Zipf, SEED ^ 1)
        .into_iter()
        .map(|power| {
            let half = 32 << power;
            Request { index: random.below(LIVE), size: half + 1 + random.below(half) }
        })
        .collect()
}

fn zipf<C: Contender>(bencher: Bencher<'_, '_>) {
    let requests = requests();
    // Each thread has one more while it replaces one.
    let pool: C = pool(64, LIVE + 1);
    let next = AtomicUsize::new(0);
    measure(
        bencher,
        OPERATIONS,
        || {
            let chunk = next.fetch_add(1, Ordering::Relaxed) % CHUNKS;
            let live: [_; LIVE] = array::from_fn(|_| pool.get(64));
            (&requests[chunk * OPERATIONS..][..OPERATIONS], live)
        },
        |(requests, live)| {
            for request in *requests {
                live[request.index] = pool.get(request.size);
                black_box(&mut live[request.index]);
            }
        },
    );
}

#[divan::bench_group(name = "64_to_1M", threads = [1, 2], sample_count = 60, sample_size = ITERATIONS)]
mod all {
    use super::{benches, zipf};

    benches! { |bencher, C| zipf::<C>(bencher);
        flow_buffer_pool: FlowBufferPool;
        array_queue: PerPower<ArrayQueue>;
        bytes_mut: BytesMut;
        lockfree_object_pool: PerPower<LockfreeObjectPool>;
        malloc: Malloc;
        mimalloc: Mimalloc;
        object_pool: PerPower<ObjectPool>;
        opool: PerPower<Opool>;
        sharded_slab: PerPower<ShardedSlab>;
        zeropool: ZeroPool;
    }
}
