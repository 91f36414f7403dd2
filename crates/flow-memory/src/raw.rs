//! What is dangerous: magazines, caches of threads, and memory by pointers. Everything outside this
//! folder is safe code, but for the implementation of an unsafe trait of `bytes` (`buffer/bytes.rs`).

mod buffers;
mod cache;
mod depot;
#[cfg(all(test, flow_loom))]
mod loom_pool;
mod magazine;
mod objects;
mod pool;
mod routes;
mod storage;

pub(crate) use buffers::{Buffers, Config, Lent};
pub(crate) use objects::{Lease, Objects};
pub(crate) use pool::ClassCounts;
