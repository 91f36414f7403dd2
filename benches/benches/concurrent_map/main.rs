//! Maps for mixed reads and writes side by side: [`flow_concurrent::ConcurrentMap`] against dashmap, papaya,
//! scc, and the standard library's map behind a lock.
//!
//! The names of the implementations; all threads of a benchmark share one map:
//!
//! | name | what it is |
//! |---|---|
//! | `flow_concurrent_map` | `ConcurrentMap`, as it comes |
//! | `dashmap` | `DashMap`, with the shards that it takes by itself: 4 a processor, up to a power of two |
//! | `dashmap_64` | the same, with 64 shards |
//! | `dashmap_siphash` | `DashMap::new()`: the standard library's hasher, and shards as above |
//! | `papaya` | `papaya::HashMap`, pinned for each operation |
//! | `papaya_pinned` | the same, pinned for each iteration, so mostly for 1000 operations |
//! | `rwlock_map` | the standard library's `HashMap` behind an `RwLock` |
//! | `scc` | `scc::HashMap` |
//! | `scc_index` | `scc::HashIndex`, whose reads take no lock, and which copies a key to change a value |
//! | `hashbrown` | the limit: a bare `hashbrown::HashMap`, which all read together, or one writes to |
//!
//! All hash with foldhash, but for `dashmap_siphash`. All begin without a capacity and grow. Values are
//! `u64`, and reading copies one out. A case is named for its keys (`u64`: random numbers; `string`:
//! identifiers of 15 bytes in the mean) and for the entries of the map (`100k`). Each key is asked for as
//! often as any other, but in `zipf` (the `k`th in proportion to `1 / k`) and in `one_key`.

mod create;
mod get;
mod get_absent;
mod insert;
mod iterate;
mod mix;
mod remove;
mod set;

fn main() {
    divan::main();
}
