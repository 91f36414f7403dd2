//! What is dangerous: memory, lanes and lock-free tables. Everything outside this folder is
//! safe code, but for the implementation of lasso's unsafe trait (`lasso.rs`).

#[cfg(feature = "allocator-api2")]
mod allocator;
mod block;
pub(crate) mod budget;
mod depot;
mod drop_list;
pub(crate) mod entry;
pub(crate) mod interner;
pub(crate) mod lane_cache;
mod lane_core;
mod lane_pool;
mod lanes;
#[cfg(all(test, flow_loom))]
mod loom_lanes;
#[cfg(all(test, flow_loom))]
mod loom_strings;
pub(crate) mod poison;
mod preset;
mod shard;
pub(crate) mod source;
pub(crate) mod symbols;
mod table;
pub(crate) mod text_buffer;
mod thread_lanes;

pub(crate) use lanes::{CheckedOut, Lanes};
