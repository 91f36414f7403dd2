//! Pools of buffers and of objects side by side: [`flow_memory::BufferPool`] and [`flow_memory::ObjectPool`] against
//! other pools, a queue that one would make a pool of, and allocators.
//!
//! The names of the implementations; all threads of a benchmark share one pool:
//!
//! | name | what it is | sizes |
//! |---|---|---|
//! | `flow_buffer_pool` | `BufferPool`, by `get` | all |
//! | `flow_get_owned` | `BufferPool`, by `get_owned`: a buffer that borrows nothing | all |
//! | `flow_take_put` | `BufferPool`, by `take` and `put`: a bare `Vec<u8>` | all |
//! | `flow_get_buffer` | the global pool, by `get_buffer` | all |
//! | `flow_object_pool` | `ObjectPool`, by `get`; for objects | one |
//! | `malloc` | `Vec::with_capacity`, from the global allocator, which is that of the C library | all |
//! | `mimalloc` | the same, from mimalloc, which is the allocator of nothing else here | all |
//! | `bytes_mut` | `BytesMut::with_capacity`, from the global allocator | all |
//! | `array_queue` | crossbeam-queue's `ArrayQueue<Vec<u8>>`, which holds buffers that are free | one |
//! | `array_queue_owned` | the same in an `Arc`, of which each buffer holds a clone | one |
//! | `opool` | `opool::Pool`; by `get_rc` in `cross_thread` | one |
//! | `object_pool` | `object_pool::Pool`; by `pull_owned` in `cross_thread` | one |
//! | `lockfree_object_pool` | `LinearObjectPool`; by `pull_owned` in `cross_thread` | one |
//! | `sharded_slab` | `sharded_slab::Pool`; by `create_owned` in `cross_thread` | one |
//! | `zeropool` | `ZeroPool`, by `alloc_uninit` | 4 KiB and up, each 4 times the last |
//! | `std_box` | `Box`, from the global allocator; for objects | one |
//!
//! Pools for one size get no size to look at, and never have to choose; `zipf` is where they pay for it.

mod burst;
mod churn;
mod contenders;
mod create;
mod cross_thread;
mod get_drop;
mod get_write_drop;
mod measure;
mod object;
mod zipf;

fn main() {
    divan::main();
}
