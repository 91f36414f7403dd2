//! How arenas are measured: shared memory that is warm, bounded, and reset between samples.
//!
//! All threads of a benchmark allocate at the same time from one contender. An iteration is [`OPERATIONS`] operations,
//! so that a median of `2.1 µs` means 2.1 ns an operation. A sample is as many iterations as the group says: long
//! enough, where memory allows, that the threads' unequal starts hardly matter (see `flow_benches::together`).
//!
//! A contender has the memory for a whole sample before it is measured, and is reset between samples, outside of what
//! is timed, when no thread uses it. So no call of the global allocator is measured.

use std::sync::{
    Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
    atomic::{AtomicBool, Ordering},
};

use divan::{Bencher, counter::ItemsCount};
use flow_benches::together::{THREADS, Together, Turn, thread_index};

use crate::contenders::Contender;

/// Operations in an iteration.
pub(crate) const OPERATIONS: usize = 1000;

/// Measures `work`, which does [`OPERATIONS`] operations and takes at most `bytes` bytes, `iterations` times a sample.
pub(crate) fn measure<C: Contender + Sync>(
    bencher: Bencher<'_, '_>,
    iterations: u32,
    bytes: usize,
    work: impl Fn(&C::Handle<'_>) + Sync,
) {
    let contender = C::new(THREADS, iterations as usize * bytes, bytes / OPERATIONS);
    measure_in(contender, bencher, OPERATIONS, work);
}

/// [`measure`] with a contender that is there, for iterations of `operations` operations.
pub(crate) fn measure_in<C: Contender + Sync>(
    contender: C,
    bencher: Bencher<'_, '_>,
    operations: usize,
    work: impl Fn(&C::Handle<'_>) + Sync,
) {
    let shared = Shared::new(contender);
    bencher.counter(ItemsCount::new(operations)).with_inputs(|| shared.take_part()).bench_refs(|part| {
        part.turn.start();
        work(&part.contender.handle());
    });
}

/// Measures `work` on what `prepare` makes for each iteration, on each thread for itself.
pub(crate) fn measure_alone<T>(
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

/// A contender that is reset before each sample.
struct Shared<C> {
    contender: RwLock<C>,
    used: AtomicBool,
    /// Makes the first thread of a sample reset and the others wait for it.
    entrance: Mutex<()>,
    together: Together,
}

impl<C: Contender> Shared<C> {
    fn new(contender: C) -> Self {
        Self {
            contender: RwLock::new(contender),
            used: AtomicBool::new(false),
            entrance: Mutex::new(()),
            together: Together::new(),
        }
    }

    /// Called for each iteration of a sample, before any of them starts. Parts of the last sample are all gone.
    fn take_part(&self) -> Part<'_, C> {
        let entrance = self.entrance.lock().unwrap_or_else(PoisonError::into_inner);
        if self.used.swap(false, Ordering::Relaxed) {
            self.contender.write().unwrap_or_else(PoisonError::into_inner).reset();
        }
        drop(entrance);
        let contender = self.contender.read().unwrap_or_else(PoisonError::into_inner);
        Part { contender, used: &self.used, turn: self.together.take_turn() }
    }
}

/// The right to use the contender for one iteration. Dropped after the sample.
struct Part<'a, C> {
    contender: RwLockReadGuard<'a, C>,
    used: &'a AtomicBool,
    turn: Turn<'a>,
}

impl<C> Drop for Part<'_, C> {
    fn drop(&mut self) {
        self.used.store(true, Ordering::Relaxed);
    }
}

/// Something for each thread, on cache lines of its own.
#[derive(Debug)]
pub(crate) struct PerThread<T>([Padded<T>; THREADS]);

#[derive(Debug)]
#[repr(align(128))]
struct Padded<T>(Mutex<T>);

impl<T> PerThread<T> {
    pub(crate) fn new(mut make: impl FnMut() -> T) -> Self {
        Self(std::array::from_fn(|_| Padded(Mutex::new(make()))))
    }

    /// What belongs to this thread. Nobody else locks it while it is measured.
    #[inline]
    pub(crate) fn mine(&self) -> MutexGuard<'_, T> {
        self.0[thread_index()].0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn for_each(&mut self, mut f: impl FnMut(&mut T)) {
        for padded in &mut self.0 {
            f(padded.0.get_mut().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// Defines a benchmark for each of the named contenders. `$call` runs it with `$bencher`, for the contender `$type`.
///
/// Contenders that take a lock for each operation have fewer iterations a sample, so that samples last about as long.
macro_rules! benches {
    (|$bencher:ident, $type:ident| $call:expr; $($name:ident: $contender:ty $(, $option:ident = $value:literal)*;)*) => {
        $(
            #[divan::bench($($option = $value),*)]
            fn $name($bencher: divan::Bencher<'_, '_>) {
                use $crate::contenders::*;
                type $type = $contender;
                $call;
            }
        )*
    };
}

pub(crate) use benches;
