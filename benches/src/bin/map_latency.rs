//! How long single reads take while another thread writes all the time: prints a Markdown table for each size
//! of map.
//!
//! A read is timed by two looks at the clock, which take longer than a fast read does: the row `hashbrown`,
//! which nobody writes to, tells how long. The maximum is mostly that of the machine (an interrupt, another
//! process): it says something only where a map is far above that row. The last column tells how many writes
//! went on meanwhile: a map whose writes are slow disturbs its readers seldom.

use std::{
    hint::black_box,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use flow_benches::maps::{
    ArcSwapCache, ArcSwapLoad, Dash, Dash64, Evmap, FlowConcurrentMap, FlowReadMap, FlowReader, Hashbrown,
    ImblCache, ImblLoad, Map, Papaya, PapayaPinned, Read as _, RwLockMap, Scc, SccIndex, Writable,
    measure::beside_writer,
    workload::{Pick, filled, present},
};

const READS: usize = 1_000_000;
/// Reads with one handle.
const READS_OF_HANDLE: usize = 1000;

/// Times reads one by one.
fn read<M: Map<u64>>(map: &M, keys: &[&u64]) -> Vec<Duration> {
    let mut times = Vec::with_capacity(READS);
    let mut keys = keys.iter().cycle();
    while times.len() < READS {
        let mut handle = map.handle();
        for key in keys.by_ref().take(READS_OF_HANDLE) {
            let start = Instant::now();
            black_box(handle.get(key));
            times.push(start.elapsed());
        }
    }
    times
}

/// The same, and how many writes there were meanwhile.
fn read_beside_writer<M: Writable<u64>>(map: &M, keys: &[&u64]) -> (Vec<Duration>, usize) {
    beside_writer(map, keys, |writes| {
        let before = writes.load(Ordering::Relaxed);
        let times = read(map, keys);
        (times, writes.load(Ordering::Relaxed) - before)
    })
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn row(name: &str, mut times: Vec<Duration>, writes: Option<usize>) {
    let total: Duration = times.iter().sum();
    times.sort_unstable();
    let at = |of_million: usize| times[(times.len() - 1) * of_million / 1_000_000].as_nanos();
    let writes = writes.map_or_else(String::new, |writes| {
        // In a millisecond of reading.
        (writes as u128 * 1_000_000 / total.as_nanos().max(1)).to_string()
    });
    println!(
        "| `{name}` | {} | {} | {} | {} | {} | {writes} |",
        at(500_000),
        at(990_000),
        at(999_000),
        at(999_900),
        at(1_000_000),
    );
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn table(entries: usize) {
    let keys = present::<u64>(entries, Pick::Uniform);
    println!("{entries} entries, times in ns\n");
    println!("| reads of | p50 | p99 | p99.9 | p99.99 | max | writes a ms |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    row("hashbrown", read(&*filled::<u64, Hashbrown<u64>>(entries), keys), None);
    macro_rules! rows {
        ($($name:ident: $map:ty;)*) => {$(
            let (times, writes) = read_beside_writer(&*filled::<u64, $map>(entries), keys);
            row(stringify!($name), times, Some(writes));
        )*};
    }
    rows! {
        flow_reader: FlowReader<u64>;
        flow_read_map: FlowReadMap<u64>;
        flow_concurrent_map: FlowConcurrentMap<u64>;
        arc_swap_cache: ArcSwapCache<u64>;
        arc_swap_load: ArcSwapLoad<u64>;
        dashmap: Dash<u64>;
        dashmap_64: Dash64<u64>;
        evmap: Evmap<u64>;
        imbl_cache: ImblCache<u64>;
        imbl_load: ImblLoad<u64>;
        papaya: Papaya<u64>;
        papaya_pinned: PapayaPinned<u64>;
        rwlock_map: RwLockMap<u64>;
        scc: Scc<u64>;
        scc_index: SccIndex<u64>;
    }
    println!();
}

fn main() {
    for entries in [10_000, 100_000] {
        table(entries);
    }
}
