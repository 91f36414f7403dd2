//! How much memory each map takes, from keys to `u64`: prints a Markdown table.
//!
//! Counts the bytes that are live in the global allocator, as they were asked for: what an allocation costs
//! besides (16 bytes are usual) is not in it, but the number of allocations for 100,000 numbers is told. What
//! a map allocates ahead counts, and what it has yet to free. Nobody asks for a capacity, and entries come one
//! by one, or in one batch where each write would make a copy. A string key is 24 bytes, and 15 in the mean in
//! an allocation of their own; there are 100,000 of them.

use std::hint::black_box;

use flow_benches::{
    live::{Counting, live},
    maps::{
        ArcSwapLoad, Dash, Dash64, Evmap, FlowConcurrentMap, FlowReadMap, Hashbrown, ImblLoad, Key, Map,
        Papaya, RpdsLoad, RwLockMap, Scc, SccIndex, workload::keys,
    },
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a map with so many entries takes: bytes and allocations.
fn of<K: Key, M: Map<K>>(entries: usize) -> (isize, isize) {
    let keys = keys::<K>(entries);
    let before = live();
    let mut map = M::new();
    if entries != 0 {
        map.fill(keys.iter().cloned().zip(0..));
    }
    let full = live();
    drop(black_box(map));
    (full.0 - before.0, full.1 - before.1)
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn row<U: Map<u64>, T: Map<String>>(name: &str) {
    let each = |entries: usize, bytes: isize| bytes as f64 / entries as f64;
    // What a process allocates once, for its first map of that kind, is no map's.
    black_box(of::<u64, U>(1));
    let (empty, _) = of::<u64, U>(0);
    let (small, _) = of::<u64, U>(16);
    let (medium, _) = of::<u64, U>(1000);
    let (large, allocations) = of::<u64, U>(100_000);
    let (strings, _) = of::<String, T>(100_000);
    println!(
        "| `{name}` | {empty} | {small} | {:.1} | {:.1} | {allocations} | {:.1} |",
        each(1000, medium),
        each(100_000, large),
        each(100_000, strings),
    );
}

macro_rules! rows {
    ($($name:ident: $map:ident;)*) => {$(
        row::<$map<u64>, $map<String>>(stringify!($name));
    )*};
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    println!(
        "| map | bytes when empty | 16 entries | 1000, each | 100,000, each | allocations | strings, each |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    rows! {
        flow_concurrent_map: FlowConcurrentMap;
        flow_read_map: FlowReadMap;
        arc_swap: ArcSwapLoad;
        dashmap: Dash;
        dashmap_64: Dash64;
        evmap: Evmap;
        hashbrown: Hashbrown;
        imbl: ImblLoad;
        papaya: Papaya;
        rpds: RpdsLoad;
        rwlock_map: RwLockMap;
        scc: Scc;
        scc_index: SccIndex;
    }
}
