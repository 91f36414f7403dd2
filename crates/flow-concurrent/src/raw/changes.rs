//! Which entries of a shard change while somebody looks at copies of it without a lock.
//!
//! Nothing is kept, and nothing allocated, for a map that nobody looks at so. Each lock here is held for a few
//! instructions, with no code of a user under it, and while it is held no other is taken.

use std::collections::HashMap;

use crate::{
    hash::DefaultHashBuilder,
    sync::{Mutex, MutexGuard, lock, of_process::OnceLock},
};

/// The changes of all shards of a stage.
pub(super) struct Changes {
    /// One for each shard. Made for the first note: its lock of the shard shows it to those who write later.
    logs: OnceLock<Box<[Mutex<Log>]>>,
}

/// The changes of one shard.
#[derive(Default)]
struct Log {
    /// How many notes there are of the shard.
    notes: usize,
    /// How many changes there were since there are notes.
    count: u64,
    /// By the hash of an entry, which of the changes was its last.
    last: HashMap<u64, u64, DefaultHashBuilder>,
}

/// How many changes a shard had had when its entries were copied.
#[derive(Clone, Copy)]
pub(super) struct Moment(u64);

impl Changes {
    pub(super) fn new() -> Self {
        Self { logs: OnceLock::new() }
    }

    /// From now on, changes of `shard`, of which there are `shards`, are kept. The caller has a lock of it.
    pub(super) fn begin(&self, shards: usize, shard: usize) -> Moment {
        let logs = self.logs.get_or_init(|| (0..shards).map(|_| Mutex::default()).collect());
        let mut log = lock(&logs[shard]);
        log.notes += 1;
        Moment(log.count)
    }

    /// Ends what [`begin`](Self::begin) began.
    pub(super) fn end(&self, shard: usize) {
        if let Some(mut log) = self.log(shard) {
            log.notes -= 1;
            if log.notes == 0 {
                *log = Log::default();
            }
        }
    }

    /// An entry of `shard` with this hash is put, or is going to be another than before. The caller has the shard for
    /// itself.
    #[cold]
    pub(super) fn add(&self, shard: usize, hash: u64) {
        if let Some(mut log) = self.log(shard)
            && log.notes > 0
        {
            log.count += 1;
            let count = log.count;
            log.last.insert(hash, count);
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
        let is_same = |hash: &u64| log.last.get(hash).is_none_or(|last| *last <= moment.0);
        let (same, changed) = entries.into_iter().partition(|(hash, _)| is_same(hash));
        [same, changed]
    }

    fn log(&self, shard: usize) -> Option<MutexGuard<'_, Log>> {
        self.logs.get().map(|logs| lock(&logs[shard]))
    }

    /// The memory of what is kept for each shard, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.logs.get().map_or(0, |logs| size_of_val(&**logs))
    }
}
