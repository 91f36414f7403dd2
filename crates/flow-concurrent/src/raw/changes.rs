//! Which entries of a shard changed while somebody looked at copies of it without a lock.
//!
//! Nothing is kept, and nothing allocated, for a map that nobody looks at so. All is written by who has the shard for itself,
//! and read by who has a lock of it: the atomics are for the compiler alone, and relaxed.

use crate::sync::{AtomicU64, Ordering, of_process::OnceLock};

/// How many changes of a shard are told apart: after more than this, any entry may have changed.
const KEPT: usize = 64;

/// The changes of all shards of a stage.
pub(super) struct Changes {
    /// One for each shard. Made for the first note: its lock of the shard shows it to those who write later.
    logs: OnceLock<Box<[Log]>>,
}

/// The latest changes of one shard.
struct Log {
    /// How many changes there were.
    count: AtomicU64,
    /// The hashes of the entries, each at the number of the change.
    hashes: [AtomicU64; KEPT],
}

/// How many changes a shard had had when its entries were copied.
#[derive(Clone, Copy)]
pub(super) struct Moment(u64);

impl Changes {
    pub(super) fn new() -> Self {
        Self { logs: OnceLock::new() }
    }

    /// What to compare with later. From now on, changes are kept, of this shard and the others. The caller has a lock of
    /// `shard`, of which there are `shards`.
    pub(super) fn begin(&self, shards: usize, shard: usize) -> Moment {
        let logs = self.logs.get_or_init(|| (0..shards).map(|_| Log::new()).collect());
        Moment(logs[shard].count.load(Ordering::Relaxed))
    }

    /// The entry of `shard` with this hash is put, or is going to be another than before. The caller has the shard for itself.
    #[inline]
    pub(super) fn add(&self, shard: usize, hash: u64) {
        if let Some(log) = self.log(shard) {
            let count = log.count.load(Ordering::Relaxed);
            log.place(count).store(hash, Ordering::Relaxed);
            log.count.store(count + 1, Ordering::Relaxed);
        }
    }

    /// Splits entries of `shard`, which have their hashes with them, into those that have not changed since, and those
    /// that may have. The caller has the shard for itself.
    pub(super) fn split<K>(
        &self,
        shard: usize,
        moment: Moment,
        entries: Vec<(u64, K)>,
    ) -> [Vec<(u64, K)>; 2] {
        let Some(log) = self.log(shard) else { return [entries, Vec::new()] };
        let count = log.count.load(Ordering::Relaxed);
        if count - moment.0 > KEPT as u64 {
            return [Vec::new(), entries];
        }
        let changed = (moment.0..count).map(|number| log.place(number).load(Ordering::Relaxed));
        let changed: Vec<u64> = changed.collect();
        let (same, changed) = entries.into_iter().partition(|(hash, _)| !changed.contains(hash));
        [same, changed]
    }

    #[inline]
    fn log(&self, shard: usize) -> Option<&Log> {
        self.logs.get()?.get(shard)
    }

    /// The memory of what is kept, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.logs.get().map_or(0, |logs| size_of_val(&**logs))
    }
}

impl Log {
    fn new() -> Self {
        Self { count: AtomicU64::new(0), hashes: [0; KEPT].map(AtomicU64::new) }
    }

    /// Where the change of this number is.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits")]
    fn place(&self, number: u64) -> &AtomicU64 {
        &self.hashes[number as usize % KEPT]
    }
}
