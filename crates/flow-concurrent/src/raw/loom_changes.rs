//! Who watches for [`changes`](super::changes), and who makes them, under loom, with one of its locks in the place of a shard's.
//!
//! The first model fails when a writer looks for watchers before it has the lock. That the moment is noted under the lock of
//! the copy it does not see: loom tries no write between that lock and a note behind it.

use loom::{
    sync::{Arc, RwLock},
    thread,
};

use super::changes::Changes;
use crate::sync::{AtomicUsize, Ordering};

/// A shard with one entry.
struct Shard {
    value: RwLock<u64>,
    watchers: AtomicUsize,
    changes: Changes,
}

const HASH: u64 = 7;

impl Shard {
    fn new() -> Arc<Self> {
        Arc::new(Self { value: RwLock::new(0), watchers: AtomicUsize::new(0), changes: Changes::new() })
    }

    /// What a write does.
    fn write(&self) {
        let mut value = self.value.write().unwrap();
        if self.watchers.load(Ordering::Relaxed) != 0 {
            self.changes.add(0, HASH);
        }
        *value += 1;
    }

    /// What `retain` does: copies, looks at the copy without the lock, and would take out what has not changed.
    fn look(&self) {
        self.watchers.fetch_add(1, Ordering::Relaxed);
        let value = self.value.read().unwrap();
        let (copy, moment) = (*value, self.changes.begin(1, 0));
        drop(value);
        let value = self.value.write().unwrap();
        let [same, changed] = self.changes.split(0, moment, vec![(HASH, ())]);
        assert_eq!(same.len() + changed.len(), 1);
        assert!(same.is_empty() || *value == copy, "it was seen as it is");
        drop(value);
        self.watchers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn loom_what_has_not_changed_was_seen_as_it_is() {
    loom::model(|| {
        let shard = Shard::new();
        let writer = {
            let shard = Arc::clone(&shard);
            thread::spawn(move || {
                shard.write();
                shard.write();
            })
        };
        shard.look();
        writer.join().unwrap();
    });
}

#[test]
fn loom_two_that_look_do_not_disturb_each_other() {
    loom::model(|| {
        let shard = Shard::new();
        let others = [Shard::look as fn(&Shard), Shard::write].map(|work| {
            let shard = Arc::clone(&shard);
            thread::spawn(move || work(&shard))
        });
        shard.look();
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}
