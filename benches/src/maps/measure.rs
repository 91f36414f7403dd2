//! How maps are measured: all threads of a benchmark at the same time on one map, each with a handle of its
//! own, which it takes out once an iteration.

use std::{
    sync::{
        Mutex, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use divan::{Bencher, counter::ItemsCount};

use crate::{
    maps::{Key, Map, Writable, Write as _},
    together::{THREADS, Together, Turn, settle_beside, thread_index},
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
    let next = AtomicUsize::new(0);
    measure(
        bencher,
        operations,
        || {
            let chunk = next.fetch_add(1, Ordering::Relaxed) % (questions.len() / operations);
            &questions[chunk * operations..][..operations]
        },
        |questions| work(&mut map.handle(), questions),
    );
}

/// Measures `work`, which does `operations` operations, on what `prepare` makes for each iteration of each
/// thread.
pub fn measure<T>(
    bencher: Bencher<'_, '_>,
    operations: usize,
    prepare: impl Fn() -> T + Sync,
    work: impl Fn(&mut T) + Sync,
) {
    let together = Together::new();
    bencher
        .counter(ItemsCount::new(operations))
        .with_inputs(|| (together.take_turn(), prepare()))
        .bench_refs(|(turn, prepared)| {
            turn.start();
            work(prepared);
        });
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

/// Measures `work` on what `make` makes for each sample, whose size must be 1, outside of what is timed. Each
/// thread gets another of `shares`, all of which do as many operations.
pub fn measure_fresh<M: Send + Sync, T: Sync>(
    bencher: Bencher<'_, '_>,
    shares: &[T; THREADS],
    operations: usize,
    make: impl Fn() -> M + Sync,
    work: impl Fn(&M, &T) + Sync,
) {
    let fresh = Fresh {
        map: RwLock::new(None),
        state: Mutex::new(State { used: true, next_share: 0 }),
        together: Together::new(),
    };
    bencher.counter(ItemsCount::new(operations)).with_inputs(|| fresh.take_part(&make)).bench_refs(|part| {
        part.turn.start();
        if let Some(map) = &*part.map {
            work(map, &shares[part.share % THREADS]);
        }
    });
}

struct Fresh<M> {
    map: RwLock<Option<M>>,
    state: Mutex<State>,
    together: Together,
}

struct State {
    /// Whether a part of the last sample is over: then all are.
    used: bool,
    next_share: usize,
}

impl<M> Fresh<M> {
    /// Called by each thread before a sample starts. Parts of the last sample are all gone.
    fn take_part(&self, make: impl Fn() -> M) -> Part<'_, M> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.used {
            let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
            *map = None;
            *map = Some(make());
            *state = State { used: false, next_share: 0 };
        }
        let share = state.next_share;
        state.next_share += 1;
        drop(state);
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        Part { map, share, of: &self.state, turn: self.together.take_turn() }
    }
}

/// The right to use the map in one sample. Dropped after it.
struct Part<'a, M> {
    map: RwLockReadGuard<'a, Option<M>>,
    share: usize,
    of: &'a Mutex<State>,
    turn: Turn<'a>,
}

impl<M> Drop for Part<'_, M> {
    fn drop(&mut self) {
        self.of.lock().unwrap_or_else(PoisonError::into_inner).used = true;
    }
}

/// Defines a benchmark for each of the named contenders, which are of `flow_benches::maps`. `$call` runs it
/// with `$bencher`, for the contender `$type`.
#[macro_export]
macro_rules! map_benches {
    (
        |$bencher:ident, $type:ident| $call:expr;
        $($name:ident: $contender:ty $(, $option:ident = $value:expr)*;)*
    ) => {
        $(
            #[divan::bench($($option = $value),*)]
            fn $name($bencher: divan::Bencher<'_, '_>) {
                #[allow(unused_imports, reason = "each contender needs some of them")]
                use $crate::maps::*;
                type $type = $contender;
                $call;
            }
        )*
    };
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
