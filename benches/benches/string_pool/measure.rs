//! How pools are measured, and with which strings.
//!
//! All threads of a benchmark use one pool at the same time. An iteration on a filled pool is [`OPERATIONS`]
//! operations, so that a median of `8.6 µs` means 8.6 ns an operation. What the pool is asked for lies in memory in
//! the order of the questions, apart from the pool's own copies, so that reading the questions is cheap and comparing
//! them with the pool's copies is not.

use std::sync::{
    Mutex, PoisonError, RwLock, RwLockReadGuard,
    atomic::{AtomicUsize, Ordering},
};

use divan::{Bencher, counter::ItemsCount};
use flow_benches::{
    Access, SEED, accesses, identifiers,
    interners::Pool,
    together::{THREADS, Together, Turn},
};

/// Operations in an iteration on a filled pool.
pub(crate) const OPERATIONS: usize = 1000;

/// Strings one after the other in memory, in the order in which they are asked for.
#[derive(Debug)]
pub(crate) struct Texts {
    bytes: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(crate) fn new(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let (mut bytes, mut ends) = (String::new(), Vec::new());
        for text in texts {
            bytes.push_str(text.as_ref());
            ends.push(bytes.len());
        }
        Self { bytes, ends }
    }

    /// `distinct` different strings, each once.
    pub(crate) fn all(distinct: usize) -> Self {
        Self::new(identifiers(distinct, SEED))
    }

    pub(crate) fn slices(&self) -> Vec<&str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end]).collect()
    }
}

/// A set of strings, and the indices of those that are asked for, one after the other.
pub(crate) struct Workload {
    pub(crate) strings: Vec<String>,
    pub(crate) order: Vec<usize>,
}

impl Workload {
    pub(crate) fn new(distinct: usize, access: Access) -> Self {
        let questions = distinct.max(16 * OPERATIONS);
        Self { strings: identifiers(distinct, SEED), order: accesses(questions, distinct, access, SEED ^ 1) }
    }

    pub(crate) fn questions(&self) -> Texts {
        Texts::new(self.order.iter().map(|&index| &self.strings[index]))
    }
}

/// Measures `operation` on each of `questions`, which are handed out [`OPERATIONS`] at a time to whichever thread comes.
pub(crate) fn measure_each<Q: Sync>(
    bencher: Bencher<'_, '_>,
    questions: &[Q],
    operation: impl Fn(&Q) + Sync,
) {
    let next = AtomicUsize::new(0);
    let together = Together::new();
    bencher
        .counter(ItemsCount::new(OPERATIONS))
        .with_inputs(|| {
            let chunk = next.fetch_add(1, Ordering::Relaxed) % (questions.len() / OPERATIONS);
            (together.take_turn(), &questions[chunk * OPERATIONS..][..OPERATIONS])
        })
        .bench_refs(|(turn, chunk)| {
            turn.start();
            chunk.iter().for_each(&operation);
        });
}

/// Measures `work` on a fresh pool in each sample, whose size must be 1. `fill` makes the pool what it is to be, outside
/// of what is timed. Each thread gets another of `shares`, all of which do as many operations.
pub(crate) fn measure_fresh<P: Pool, T: Sync>(
    bencher: Bencher<'_, '_>,
    shares: &[T; THREADS],
    operations: usize,
    fill: impl Fn(&P) + Sync,
    work: impl Fn(&P, &T) + Sync,
) {
    let fresh = Fresh {
        pool: RwLock::new(None),
        state: Mutex::new(State { used: true, next_share: 0 }),
        together: Together::new(),
    };
    bencher.counter(ItemsCount::new(operations)).with_inputs(|| fresh.take_part(&fill)).bench_refs(|part| {
        part.turn.start();
        if let Some(pool) = &*part.pool {
            work(pool, &shares[part.share % THREADS]);
        }
    });
}

struct Fresh<P> {
    pool: RwLock<Option<P>>,
    state: Mutex<State>,
    together: Together,
}

struct State {
    /// Whether a part of the last sample is over: then all are.
    used: bool,
    next_share: usize,
}

impl<P: Pool> Fresh<P> {
    /// Called by each thread before a sample starts. Parts of the last sample are all gone.
    fn take_part(&self, fill: impl Fn(&P)) -> Part<'_, P> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.used {
            let mut pool = self.pool.write().unwrap_or_else(PoisonError::into_inner);
            // The old one first: the next may be the same, if it is global.
            *pool = None;
            fill(pool.insert(P::new()));
            *state = State { used: false, next_share: 0 };
        }
        let share = state.next_share;
        state.next_share += 1;
        drop(state);
        let pool = self.pool.read().unwrap_or_else(PoisonError::into_inner);
        Part { pool, share, of: &self.state, turn: self.together.take_turn() }
    }
}

/// The right to use the pool in one sample. Dropped after it.
struct Part<'a, P> {
    pool: RwLockReadGuard<'a, Option<P>>,
    share: usize,
    of: &'a Mutex<State>,
    turn: Turn<'a>,
}

impl<P> Drop for Part<'_, P> {
    fn drop(&mut self) {
        self.of.lock().unwrap_or_else(PoisonError::into_inner).used = true;
    }
}

/// Measures `work` on each thread for itself.
pub(crate) fn measure_alone(bencher: Bencher<'_, '_>, operations: usize, work: impl Fn() + Sync) {
    let together = Together::new();
    bencher.counter(ItemsCount::new(operations)).with_inputs(|| together.take_turn()).bench_refs(|turn| {
        turn.start();
        work();
    });
}

/// Defines a benchmark for each of the named contenders. `$call` runs it with `$bencher`, for the contender `$type`.
macro_rules! benches {
    (|$bencher:ident, $type:ident| $call:expr; $($name:ident: $contender:ty $(, $option:ident = $value:literal)*;)*) => {
        $(
            #[divan::bench($($option = $value),*)]
            fn $name($bencher: divan::Bencher<'_, '_>) {
                #[allow(unused_imports, reason = "each contender needs some of them")]
                use flow_benches::interners::*;
                type $type = $contender;
                $call;
            }
        )*
    };
}

pub(crate) use benches;
