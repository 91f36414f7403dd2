//! The hit counter: a place for each thread, so that a hit writes nothing that another thread writes.

use crate::{
    sync::{
        AtomicU64, Ordering,
        of_process::{OnceLock, available_parallelism},
    },
    thread_index,
};

/// The most places. Beyond that many threads, some count together.
const MAX_PLACES: usize = 128;

/// A counter that each thread adds to at its own place.
#[derive(Debug)]
pub(super) struct Hits {
    /// Invariant: their number is a power of two.
    places: Box<[Place]>,
}

/// Counts of the thread with this index, and of those that have no place of their own. Padded so that no two
/// places share a cache line.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Place {
    /// Only the one living thread with the index of this place stores here, without a read-modify-write.
    own: AtomicU64,
    /// Any thread may add here.
    shared: AtomicU64,
}

/// Four for each processor, or 8 where their number is not known.
pub(super) fn four_per_processor() -> usize {
    // Asking the system takes longer than making a pool.
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| available_parallelism().map_or(8, |processors| processors.get().saturating_mul(4)))
}

fn place_count() -> usize {
    four_per_processor().min(MAX_PLACES).next_power_of_two()
}

impl Hits {
    /// All zero; `None` if the global allocator has no memory.
    pub(super) fn new() -> Option<Self> {
        let mut places = Vec::new();
        places.try_reserve_exact(place_count()).ok()?;
        places.extend((0..place_count()).map(|_| Place::default()));
        Some(Self { places: places.into_boxed_slice() })
    }

    /// Counts `n` hits of this thread.
    #[inline]
    pub(super) fn add(&self, n: u64) {
        match self.places.get(thread_index::current()) {
            Some(place) => place.add(n),
            None => self.add_slow(n),
        }
    }

    /// The first hit of a thread, or a thread without a place of its own, or one inside the destructor of a
    /// thread-local.
    #[cold]
    #[inline(never)]
    fn add_slow(&self, n: u64) {
        let index = thread_index::get_or_assign();
        match index.and_then(|index| self.places.get(index)) {
            Some(place) => place.add(n),
            None => {
                let place = &self.places[index.unwrap_or(0) & (self.places.len() - 1)];
                // Relaxed: a statistic, which orders nothing.
                place.shared.fetch_add(n, Ordering::Relaxed);
            }
        }
    }

    /// The sum over all threads.
    pub(super) fn total(&self) -> u64 {
        // Relaxed: a statistic, which orders nothing.
        self.places
            .iter()
            .map(|place| place.own.load(Ordering::Relaxed) + place.shared.load(Ordering::Relaxed))
            .sum()
    }

    /// Sets every count to zero.
    pub(super) fn reset(&mut self) {
        for place in &mut self.places {
            *place = Place::default();
        }
    }
}

impl Place {
    #[inline]
    fn add(&self, n: u64) {
        // Relaxed: a statistic. No read-modify-write: only this thread stores here. What the thread that had
        // the index before stored here happened before: see `thread_index`.
        self.own.store(self.own.load(Ordering::Relaxed) + n, Ordering::Relaxed);
    }
}
