//! Maps for reads that vastly outnumber writes side by side: [`flow_concurrent::ReadMap`] against whole and
//! shared copies in an `ArcSwap`, evmap, and maps for mixed use.
//!
//! The names of the implementations; all threads of a benchmark share one map:
//!
//! | name | what it is |
//! |---|---|
//! | `flow_read_map` | `ReadMap`: reads by `get` |
//! | `flow_reader` | `ReadMap`: reads by a `reader()` |
//! | `flow_snapshot` | `ReadMap`: reads by a `snapshot()`, which is as old as the iteration |
//! | `flow_concurrent_map` | `ConcurrentMap` |
//! | `arc_swap_load` | `ArcSwap<hashbrown::HashMap>`: a write clones it all, under a mutex; reads by `load` |
//! | `arc_swap_cache` | the same: reads by a `Cache` |
//! | `imbl_load`, `imbl_cache` | the same with imbl's hash map, which shares what a write does not change |
//! | `rpds_load`, `rpds_cache` | the same with rpds's `HashTrieMapSync` |
//! | `arc_swap`, `imbl`, `rpds` | those by `load`, where it is about writes or whole maps: `set`, `batch`, `insert_remove`, `snapshot` |
//! | `evmap` | evmap, which publishes after each write; reads by a `ReadHandle` |
//! | `papaya`, `papaya_pinned` | `papaya::HashMap`, pinned for each operation, or for each iteration |
//! | `scc_index` | `scc::HashIndex` |
//! | `dashmap` | `DashMap`, with as many shards as it takes by itself |
//! | `rwlock_map` | the standard library's `HashMap` behind an `RwLock` |
//! | `hashbrown` | the limit: a bare `hashbrown::HashMap` that nobody writes to |
//!
//! All hash with foldhash. Values are `u64`, and reading copies one out. What belongs to a thread (a reader,
//! a cache, a guard) is taken out once an iteration. A case is named for its keys (`u64`: random numbers;
//! `string`: identifiers of 15 bytes in the mean) and for the entries of the map (`10k`).

mod batch;
mod beside_writer;
mod get;
mod get_absent;
mod insert_remove;
mod set;
mod snapshot;

fn main() {
    divan::main();
}
