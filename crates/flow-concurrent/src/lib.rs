#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod concurrent_map;
mod hash;
mod held;
#[cfg(all(test, flow_loom))]
mod loom_held;
mod map;
mod raw;
pub mod read_map;
mod sync;

pub use concurrent_map::{CompareExchangeError, ConcurrentMap, ConcurrentMapBuilder, ConcurrentMapStats};
pub use hash::{DefaultHashBuilder, DefaultHasher};
pub use map::Map;
pub use read_map::{
    Change, Diff, ReadMap, ReadMapStats, Reader, Snapshot, Transaction, VersionMismatchError,
};
