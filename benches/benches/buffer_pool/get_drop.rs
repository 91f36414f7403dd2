//! A buffer and back, one after the other, on the same thread. Nothing is written: the cost of the pool alone. The size
//! is one that the compiler does not know, and the same for a whole iteration.
//!
//! Unfair: this is the best case of malloc, which has just freed what it is asked for, and nothing else. Pools for one
//! size have no size to look at. zeropool's smallest buffer has 4 KiB. lockfree-object-pool makes 32 buffers where one is
//! used; that is not timed.

use std::hint::black_box;

use divan::Bencher;

use crate::{
    contenders::Contender,
    measure::{OPERATIONS, benches, measure, pool},
};

fn get_drop<C: Contender>(bencher: Bencher<'_, '_>, size: usize) {
    let pool: C = pool(size, 1);
    measure(
        bencher,
        OPERATIONS,
        || (),
        |()| {
            let size = black_box(size);
            for _ in 0..OPERATIONS {
                let mut buffer = pool.get(size);
                black_box(&mut buffer);
            }
        },
    );
}

macro_rules! sizes {
    ($($module:ident: $size:literal;)*) => {$(
        #[divan::bench_group(name = stringify!($size), threads = [1, 2], sample_count = 60, sample_size = 50)]
        mod $module {
            super::benches! { |bencher, C| super::get_drop::<C>(bencher, $size);
                flow_buffer_pool: FlowBufferPool;
                flow_get_buffer: FlowGetBuffer;
                flow_get_owned: FlowGetOwned;
                flow_take_put: FlowTakePut;
                array_queue: ArrayQueue, sample_size = 20;
                bytes_mut: BytesMut, sample_size = 20;
                lockfree_object_pool: LockfreeObjectPool, sample_size = 20;
                malloc: Malloc, sample_size = 20;
                mimalloc: Mimalloc, sample_size = 20;
                object_pool: ObjectPool, sample_size = 20;
                opool: Opool, sample_size = 20;
                sharded_slab: ShardedSlab, sample_size = 20;
                zeropool: ZeroPool;
            }
        }
    )*};
}

sizes! {
    size_64: 64;
    size_256: 256;
    size_1024: 1024;
    size_4096: 4096;
    size_16384: 16384;
    size_65536: 65536;
    size_262144: 262144;
    size_1048576: 1048576;
    size_4194304: 4194304;
}
