//! Where magazines wait that no thread has: full ones of a class, or empty ones.
//!
//! One operation of a bounded queue moves a whole magazine. crossbeam's queue stamps its slots, so that none is taken for
//! another that has come back meanwhile (the ABA problem of stacks made by hand), and finds out in constant time that it
//! is empty.

use super::magazine::Magazine;
use crate::sync::{ArrayQueue, AtomicUsize, Ordering, of_process::OnceLock};

/// More than what a queue takes besides its slots, in units of four words.
const QUEUE_OVERHEAD: usize = 16;

/// A bounded queue of magazines, for which memory is taken when the first one comes.
#[derive(Debug)]
pub(crate) struct Depot {
    /// In a box, because the queue is large: its ends have cache lines of their own.
    magazines: OnceLock<Box<ArrayQueue<Magazine>>>,
    capacity: usize,
    /// Items in a full magazine.
    rounds: u32,
    /// How many items the magazines lack to be full. Few do, so that hardly anybody touches this.
    missing: AtomicUsize,
}

impl Depot {
    /// A depot for at most `capacity` magazines, at least one, which have `rounds` items when they are full.
    pub(crate) fn new(capacity: usize, rounds: u32) -> Self {
        Self { magazines: OnceLock::new(), capacity: capacity.max(1), rounds, missing: AtomicUsize::new(0) }
    }

    /// Takes the memory for the queue now, so that nothing will be asked for later.
    pub(crate) fn ready(self) -> Self {
        self.magazines.get_or_init(|| Box::new(ArrayQueue::new(self.capacity)));
        self
    }

    /// Adds a magazine, unless there are too many, or there is no memory for the queue.
    pub(crate) fn push(&self, magazine: Magazine) -> Result<(), Magazine> {
        let missing = self.missing(&magazine);
        if missing != 0 {
            // Relaxed, here and below: a number for statistics.
            self.missing.fetch_add(missing, Ordering::Relaxed);
        }
        let pushed = match self.queue() {
            Some(queue) => queue.push(magazine),
            None => Err(magazine),
        };
        if pushed.is_err() && missing != 0 {
            self.missing.fetch_sub(missing, Ordering::Relaxed);
        }
        pushed
    }

    /// Takes the magazine that has been there for the longest time.
    pub(crate) fn pop(&self) -> Option<Magazine> {
        let magazine = self.magazines.get()?.pop()?;
        let missing = self.missing(&magazine);
        if missing != 0 {
            self.missing.fetch_sub(missing, Ordering::Relaxed);
        }
        Some(magazine)
    }

    /// The queue, which is made if there is none. `None` if there is no memory for it.
    fn queue(&self) -> Option<&ArrayQueue<Magazine>> {
        if self.magazines.get().is_none() {
            // Making a queue aborts where there is no memory, so a little more than it takes is asked for first. Somebody
            // else may still be quicker to take it; then there is hardly any memory left at all.
            let mut probe = Vec::<[usize; 4]>::new();
            probe.try_reserve_exact(self.capacity + QUEUE_OVERHEAD).ok()?;
        }
        Some(self.magazines.get_or_init(|| Box::new(ArrayQueue::new(self.capacity))))
    }

    /// Items in all magazines. Exact while nobody moves one.
    pub(crate) fn items(&self) -> usize {
        let full = self.magazines.get().map_or(0, |queue| queue.len()) * self.rounds as usize;
        full.saturating_sub(self.missing.load(Ordering::Relaxed))
    }

    fn missing(&self, magazine: &Magazine) -> usize {
        (self.rounds - magazine.len()) as usize
    }
}
