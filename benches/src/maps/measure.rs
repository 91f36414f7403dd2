//! How maps are measured: all threads of a benchmark at the same time on one map, each with a handle of its
//! own, which it takes out once an iteration.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use divan::Bencher;

pub use crate::measure::{measure, measure_fresh};
use crate::{
    maps::{Key, Map, Writable, Write as _},
    measure,
    together::{settle_beside, thread_index},
};

/// Measures `operation` on each of `questions`, which are handed out `operations` at a time, which are one iteration, to
/// whichever thread comes.
pub fn measure_each<K: Key, M: Map<K>, Q: Sync>(
    bencher: Bencher<'_, '_>,
    map: &M,
    operations: usize,
    questions: &[Q],
    operation: impl Fn(&mut M::Handle<'_>, &Q) + Sync,
) {
    measure_chunks(bencher, map, operations, questions, |handle, questions| {
        for question in questions {
            operation(handle, question);
        }
    });
}

/// The same for work on many of `questions` together.
pub fn measure_chunks<K: Key, M: Map<K>, Q: Sync>(
    bencher: Bencher<'_, '_>,
    map: &M,
    operations: usize,
    questions: &[Q],
    work: impl Fn(&mut M::Handle<'_>, &[Q]) + Sync,
) {
    measure::measure_chunks(bencher, operations, questions, |questions| work(&mut map.handle(), questions));
}

/// Calls `read` while another thread, on another processor, writes to `map` all the time, to one of `keys` after the other.
/// `read` is told how many writes there were so far.
pub fn beside_writer<K: Key, M: Writable<K>, R>(
    map: &M,
    keys: &[&K::Asked],
    read: impl FnOnce(&AtomicUsize) -> R,
) -> R {
    let (writes, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let reader = thread_index();
    thread::scope(|scope| {
        let _stop = Stop(&stop);
        let writer = scope.spawn(|| {
            settle_beside(reader);
            let mut handle = map.handle();
            // From the other end, so that the two are not after the same keys.
            for (before, key) in keys.iter().rev().cycle().enumerate() {
                handle.set(key, 1);
                writes.store(before + 1, Ordering::Relaxed);
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        while writes.load(Ordering::Relaxed) == 0 && !writer.is_finished() {
            thread::yield_now();
        }
        read(&writes)
    })
}

/// Stops the writer, also when the reader panics.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    //! The writer beside a reader.

    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::maps::{
        FlowConcurrentMap,
        workload::{Pick, filled, present},
    };

    #[test]
    fn the_writer_stops_even_if_the_reader_panics() {
        let map = filled::<u64, FlowConcurrentMap<u64>>(100);
        let keys = present::<u64>(100, Pick::Uniform);
        let read = || beside_writer(&*map, keys, |writes| assert_eq!(writes.load(Ordering::Relaxed), 0));
        assert!(catch_unwind(AssertUnwindSafe(read)).is_err());
    }
}
