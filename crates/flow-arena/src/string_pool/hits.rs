//! The hit counter: a place for each thread, so that a hit writes nothing that another thread writes.

use crate::{
    sync::{
        AtomicU64, Ordering,
        of_process::{OnceLock, available_parallelism},
    },
    thread_index,
};

/// The most places. Beyond that many threads, some count together.
const MAX_LANES: usize = 128;

/// A counter that each thread adds to at its own place.
#[derive(Debug)]
pub(super) struct Hits {
    /// Invariant: their number is a power of two.
    lanes: Box<[Lane]>,
}

/// Counts of the thread with this index, and of those that have no lane of their own. Padded so that no two
/// lanes share a cache line.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Lane {
    /// Only the one living thread with the index of this lane stores here, without a read-modify-write.
    own: AtomicU64,
    /// Any thread may add here.
    shared: AtomicU64,
}

/// Four lanes for each processor.
fn lane_count() -> usize {
    // Asking the system takes longer than making a pool.
    static LANES: OnceLock<usize> = OnceLock::new();
    *LANES.get_or_init(|| {
        let processors = available_parallelism().map_or(1, usize::from);
        processors.saturating_mul(4).min(MAX_LANES).next_power_of_two()
    })
}

impl Hits {
    /// All zero; `None` if the global allocator has no memory.
    pub(super) fn new() -> Option<Self> {
        let mut lanes = Vec::new();
        lanes.try_reserve_exact(lane_count()).ok()?;
        lanes.extend((0..lane_count()).map(|_| Lane::default()));
        Some(Self { lanes: lanes.into_boxed_slice() })
    }

    /// Counts `n` hits of this thread.
    #[inline]
    pub(super) fn add(&self, n: u64) {
        match self.lanes.get(thread_index::current()) {
            Some(lane) => lane.add(n),
            None => self.add_slow(n),
        }
    }

    /// The first hit of a thread, or a thread without a lane of its own, or one inside the destructor of a
    /// thread-local.
    #[cold]
    #[inline(never)]
    fn add_slow(&self, n: u64) {
        let index = thread_index::get_or_assign();
        match index.and_then(|index| self.lanes.get(index)) {
            Some(lane) => lane.add(n),
            None => {
                let lane = &self.lanes[index.unwrap_or(0) & (self.lanes.len() - 1)];
                // Relaxed: a statistic, which orders nothing.
                lane.shared.fetch_add(n, Ordering::Relaxed);
            }
        }
    }

    /// The sum over all threads.
    pub(super) fn total(&self) -> u64 {
        // Relaxed: a statistic, which orders nothing.
        self.lanes
            .iter()
            .map(|lane| lane.own.load(Ordering::Relaxed) + lane.shared.load(Ordering::Relaxed))
            .sum()
    }

    /// Sets every count to zero.
    pub(super) fn reset(&mut self) {
        for lane in &mut self.lanes {
            *lane = Lane::default();
        }
    }
}

impl Lane {
    #[inline]
    fn add(&self, n: u64) {
        // Relaxed: a statistic. No read-modify-write: only this thread stores here. What the thread that had
        // the index before stored here happened before: see `thread_index`.
        self.own.store(self.own.load(Ordering::Relaxed) + n, Ordering::Relaxed);
    }
}
