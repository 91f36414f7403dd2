//! Makes the threads of a benchmark run at the same time.
//!
//! divan starts the threads of a sample from a barrier on which they sleep. Waking up takes some 50 µs, and as long as it
//! likes where another program keeps a processor busy: then one thread can be done before the next begins, and a lock
//! that both take all the time looks free. So each thread has a processor of its own, and they meet twice, running:
//! before divan's barrier, so that none sleeps on it for long, and in the first iteration of a sample, which is timed,
//! but where they wait little then.

use std::{
    hint, iter,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use core_affinity::CoreId;

/// The most threads that a benchmark runs.
pub const THREADS: usize = 2;

/// A number below [`THREADS`], another for each of the threads that divan runs benchmarks on. The first call of a thread
/// binds it to a processor, if there are enough.
#[must_use]
pub fn thread_index() -> usize {
    thread_local! {
        static INDEX: usize = settle();
    }
    INDEX.with(|&index| index)
}

/// Gives this thread its number and its processor.
fn settle() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let index = NEXT.fetch_add(1, Ordering::Relaxed) % THREADS;
    bind(index);
    index
}

/// Binds a thread that divan knows nothing of to another processor than the thread with that [index](thread_index).
pub fn settle_beside(index: usize) {
    bind((index + 1) % THREADS);
}

fn bind(index: usize) {
    /// Asked for before the first thread is bound: a thread inherits where it may run.
    static PROCESSORS: LazyLock<Vec<CoreId>> =
        LazyLock::new(|| core_affinity::get_core_ids().unwrap_or_default());
    if PROCESSORS.len() >= THREADS {
        // Where this fails, the scheduler decides, as it would without us.
        core_affinity::set_for_current(PROCESSORS[index]);
    }
}

/// Where the threads of one benchmark meet.
#[derive(Debug, Default)]
pub struct Together {
    /// How many turns each thread has taken in this sample.
    turns: [AtomicUsize; THREADS],
    /// How many threads the last sample had, 0 before the first.
    threads: AtomicUsize,
    ready: AtomicUsize,
    started: AtomicUsize,
}

impl Together {
    /// Nobody is there yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// To be called for each iteration of a sample before the sample starts, so in divan's `with_inputs`. The result
    /// must live until the sample is over, so it is to be the input, or a part of it, for `bench_refs`.
    #[must_use]
    pub fn take_turn(&self) -> Turn<'_> {
        let first = self.turns[thread_index()].fetch_add(1, Ordering::Relaxed) == 0;
        if first {
            meet(&self.ready, self.threads.load(Ordering::Relaxed));
        }
        Turn { together: self, first }
    }
}

/// One iteration of one thread.
#[derive(Debug)]
pub struct Turn<'a> {
    together: &'a Together,
    first: bool,
}

impl Turn<'_> {
    /// To be called when the iteration starts. In the first one of a sample, waits for the other threads.
    #[inline]
    pub fn start(&self) {
        if self.first {
            self.meet_others();
        }
    }

    #[cold]
    fn meet_others(&self) {
        // All threads have taken all their turns by now.
        let threads = self.together.turns.iter().filter(|turns| turns.load(Ordering::Relaxed) != 0).count();
        self.together.threads.store(threads, Ordering::Relaxed);
        meet(&self.together.started, threads);
    }
}

impl Drop for Turn<'_> {
    /// All threads have finished the sample by now, and none begins another before all have dropped their turns.
    fn drop(&mut self) {
        self.together.turns[thread_index()].store(0, Ordering::Relaxed);
        self.together.ready.store(0, Ordering::Relaxed);
        self.together.started.store(0, Ordering::Relaxed);
    }
}

/// Waits until `threads` threads have come, without sleeping.
fn meet(here: &AtomicUsize, threads: usize) {
    here.fetch_add(1, Ordering::AcqRel);
    wait_for(|| (here.load(Ordering::Acquire) >= threads).then_some(()));
}

/// Tries until there is something, without sleeping: it comes from a thread that is running.
pub fn wait_for<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    // Gives way now and then: the others may need this processor.
    let give_way = iter::repeat_n(false, 10_000).chain(iter::once(true)).cycle();
    for give_way in give_way {
        if let Some(found) = attempt() {
            return found;
        }
        if give_way {
            thread::yield_now();
        } else {
            hint::spin_loop();
        }
    }
    unreachable!("a cycle does not end")
}

#[cfg(test)]
mod tests {
    //! Samples as divan makes them.

    use std::sync::Barrier;

    use super::*;

    #[test]
    fn one_thread_waits_for_nobody() {
        let together = Together::new();
        for _ in 0..3 {
            let turns = [together.take_turn(), together.take_turn()];
            turns.iter().for_each(Turn::start);
            drop(turns);
        }
    }

    /// Runs `work` on threads that have different numbers: threads of other tests take some, too.
    fn on_all_threads(work: impl Fn() + Sync) {
        const ALL: usize = (1 << THREADS) - 1;
        loop {
            let (numbers, barrier) = (AtomicUsize::new(0), Barrier::new(THREADS));
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        numbers.fetch_or(1 << thread_index(), Ordering::Relaxed);
                        barrier.wait();
                        if numbers.load(Ordering::Relaxed) == ALL {
                            work();
                        }
                    });
                }
            });
            if numbers.into_inner() == ALL {
                return;
            }
        }
    }

    #[test]
    fn two_threads_are_both_there_when_either_starts() {
        let together = Together::new();
        let barrier = Barrier::new(THREADS);
        let (there, alone) = (AtomicUsize::new(0), AtomicUsize::new(0));
        on_all_threads(|| {
            for sample in 1..=100 {
                let turns = [together.take_turn(), together.take_turn()];
                barrier.wait();
                there.fetch_add(1, Ordering::Relaxed);
                turns.iter().for_each(Turn::start);
                // Not asserted here: the other thread would wait for ever.
                alone.fetch_add(
                    usize::from(there.load(Ordering::Relaxed) < sample * THREADS),
                    Ordering::Relaxed,
                );
                barrier.wait();
                drop(turns);
                barrier.wait();
            }
        });
        assert_eq!(alone.into_inner(), 0);
    }
}
