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
pub(crate) use flow_benches::measure::{OPERATIONS, measure as measure_alone};
use flow_benches::together::{THREADS, Together, Turn, thread_index};

use crate::contenders::Contender;

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

/// Defines a benchmark for each of the named contenders.
macro_rules! benches {
    ($($benches:tt)*) => { flow_benches::contenders! { crate::contenders; $($benches)* } };
}

pub(crate) use benches;
