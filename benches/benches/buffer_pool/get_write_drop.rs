//! A buffer, every byte of it written, and back, one after the other, on the same thread. An iteration is 1000 operations
//! up to 4096 bytes, 100 of 65536 bytes and 10 of 1048576 bytes.
//!
//! From 64 KiB on, this is about whether the memory is in the cache, and whether the system had to map it.
//!
//! Unfair: as in `get_drop`.

use std::hint::black_box;

use divan::Bencher;

use crate::{
    contenders::{Buffer, Contender},
    measure::{benches, measure, pool},
};

fn get_write_drop<C: Contender>(bencher: Bencher<'_, '_>, size: usize, operations: usize) {
    let pool: C = pool(size, 1);
    measure(
        bencher,
        operations,
        || (),
        |()| {
            let size = black_box(size);
            for _ in 0..operations {
                let mut buffer = pool.get(size);
                buffer.fill(size, 1);
                black_box(&mut buffer);
            }
        },
    );
}

macro_rules! sizes {
    ($($module:ident: $size:literal, $operations:literal;)*) => {$(
        #[divan::bench_group(name = stringify!($size), threads = [1, 2], sample_count = 60, sample_size = 20)]
        mod $module {
            super::benches! { |bencher, C| super::get_write_drop::<C>(bencher, $size, $operations);
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
    size_64: 64, 1000;
    size_1024: 1024, 1000;
    size_4096: 4096, 1000;
    size_65536: 65536, 100;
    size_1048576: 1048576, 10;
}
