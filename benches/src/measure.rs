//! How everything but engines is measured: each thread of a benchmark does the same at the same time (see
//! [`together`](crate::together)), an iteration is many operations, and what an iteration needs is made before its sample.
//!
//! With an [item for each operation](ItemsCount), divan says how many there are a second, and a report how long one takes.

use std::sync::{
    Mutex, PoisonError, RwLock, RwLockReadGuard,
    atomic::{AtomicUsize, Ordering},
};

use divan::{Bencher, counter::ItemsCount};

use crate::together::{THREADS, Together, Turn};

/// Operations in an iteration, where nothing else is said, so that a median of `8.6 µs` means 8.6 ns an operation.
pub const OPERATIONS: usize = 1000;

/// Measures `work`, which does `operations` operations, on what `prepare` makes for each iteration of each thread. That
/// is dropped after the sample.
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

/// Measures `work` on `questions`, which are handed out `operations` at a time, which are one iteration, to whichever thread
/// comes.
pub fn measure_chunks<Q: Sync>(
    bencher: Bencher<'_, '_>,
    operations: usize,
    questions: &[Q],
    work: impl Fn(&[Q]) + Sync,
) {
    let next = AtomicUsize::new(0);
    let prepare = || {
        let chunk = next.fetch_add(1, Ordering::Relaxed) % (questions.len() / operations);
        &questions[chunk * operations..][..operations]
    };
    measure(bencher, operations, prepare, |chunk| work(chunk));
}

/// [`measure_chunks`], question by question.
pub fn measure_each<Q: Sync>(
    bencher: Bencher<'_, '_>,
    operations: usize,
    questions: &[Q],
    operation: impl Fn(&Q) + Sync,
) {
    measure_chunks(bencher, operations, questions, |chunk| chunk.iter().for_each(&operation));
}

/// Measures `work` on what `make` makes for each sample, whose size must be 1, outside of what is timed. Each
/// thread gets another of `shares`, all of which do as many operations.
pub fn measure_fresh<F: Send + Sync, T: Sync>(
    bencher: Bencher<'_, '_>,
    shares: &[T; THREADS],
    operations: usize,
    make: impl Fn() -> F + Sync,
    work: impl Fn(&F, &T) + Sync,
) {
    let fresh = Fresh {
        made: RwLock::new(None),
        state: Mutex::new(State { used: true, next_share: 0 }),
        together: Together::new(),
    };
    bencher.counter(ItemsCount::new(operations)).with_inputs(|| fresh.take_part(&make)).bench_refs(|part| {
        part.turn.start();
        if let Some(made) = &*part.made {
            work(made, &shares[part.share % THREADS]);
        }
    });
}

struct Fresh<F> {
    made: RwLock<Option<F>>,
    state: Mutex<State>,
    together: Together,
}

struct State {
    /// Whether a part of the last sample is over: then all are.
    used: bool,
    next_share: usize,
}

impl<F> Fresh<F> {
    /// Called by each thread before a sample starts. Parts of the last sample are all gone.
    fn take_part(&self, make: impl Fn() -> F) -> Part<'_, F> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.used {
            let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
            // The old one first: the next may be the same, if it is global.
            *made = None;
            *made = Some(make());
            *state = State { used: false, next_share: 0 };
        }
        let share = state.next_share;
        state.next_share += 1;
        drop(state);
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        Part { made, share, of: &self.state, turn: self.together.take_turn() }
    }
}

/// The right to use what was made in one sample. Dropped after it.
struct Part<'a, F> {
    made: RwLockReadGuard<'a, Option<F>>,
    share: usize,
    of: &'a Mutex<State>,
    turn: Turn<'a>,
}

impl<F> Drop for Part<'_, F> {
    fn drop(&mut self) {
        self.of.lock().unwrap_or_else(PoisonError::into_inner).used = true;
    }
}

/// Defines a benchmark for each of the named contenders, which are types of the module in front. `$call` runs it with
/// `$bencher`, for the contender `$type`.
///
/// Contenders that are slow have fewer iterations a sample, so that samples last about as long.
#[macro_export]
macro_rules! contenders {
    (
        $of:ident::$module:ident; |$bencher:ident, $type:ident| $call:expr;
        $($name:ident: $contender:ty $(, $option:ident = $value:expr)*;)*
    ) => {
        $(
            #[divan::bench($($option = $value),*)]
            fn $name($bencher: divan::Bencher<'_, '_>) {
                #[allow(unused_imports, reason = "each contender needs some of them")]
                use $of::$module::*;
                type $type = $contender;
                $call;
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    //! What divan does, by hand.

    use super::*;

    #[test]
    fn all_parts_of_a_sample_are_of_one_and_the_next_of_another() {
        let fresh = Fresh {
            made: RwLock::new(None),
            state: Mutex::new(State { used: true, next_share: 0 }),
            together: Together::new(),
        };
        let made = AtomicUsize::new(0);
        let take = || fresh.take_part(|| made.fetch_add(1, Ordering::Relaxed));
        for sample in 0..3 {
            let parts = [take(), take()];
            assert_eq!([0, 1], [parts[0].share, parts[1].share]);
            assert!(parts.iter().all(|part| *part.made == Some(sample)));
        }
    }
}
