//! Nodes that failed and wait for their next attempt.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, binary_heap::PeekMut},
    time::Instant,
};

use crate::{
    ActionError,
    sync::{AtomicUsize, Mutex, Ordering, lock},
};

/// The attempts that a node has had.
#[derive(Debug)]
pub(crate) struct Attempts {
    /// How many failed.
    pub(crate) failed: u32,
    /// When the first one started.
    pub(crate) started: Instant,
    /// What the last one failed with.
    pub(crate) error: ActionError,
}

/// The nodes of one run that wait.
#[derive(Debug)]
pub(crate) struct Delayed {
    /// How many nodes have attempts noted here. A hint for others than the thread that changed it.
    len: AtomicUsize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The nodes that wait, those first that are due first.
    queue: BinaryHeap<Reverse<(Instant, u32)>>,
    /// The attempts of those, and of nodes that are due and have not started again.
    attempts: HashMap<u32, Attempts>,
}

impl Delayed {
    pub(crate) fn new() -> Self {
        Self { len: AtomicUsize::new(0), inner: Mutex::new(Inner::default()) }
    }

    /// Whether there is nothing here. May be out of date.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        // SeqCst: a thread that is about to sleep looks at it; see `Bell`.
        self.len.load(Ordering::SeqCst) == 0
    }

    /// Has `node` wait until it is `due`.
    pub(crate) fn push(&self, node: u32, due: Instant, attempts: Attempts) {
        let mut inner = lock(&self.inner);
        inner.queue.push(Reverse((due, node)));
        inner.attempts.insert(node, attempts);
        self.len.store(inner.attempts.len(), Ordering::SeqCst);
    }

    /// Takes a node out that need not wait any more. Its attempts stay until it starts.
    pub(crate) fn pop_due(&self, now: Instant) -> Option<u32> {
        if self.is_empty() {
            return None;
        }
        let mut inner = lock(&self.inner);
        let next = inner.queue.peek_mut().filter(|next| next.0.0 <= now)?;
        let Reverse((_, node)) = PeekMut::pop(next);
        Some(node)
    }

    /// When the first of those that wait is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        if self.is_empty() {
            return None;
        }
        lock(&self.inner).queue.peek().map(|Reverse((due, _))| *due)
    }

    /// The attempts of a node that starts again.
    pub(crate) fn take(&self, node: u32) -> Option<Attempts> {
        if self.is_empty() {
            return None;
        }
        let mut inner = lock(&self.inner);
        let attempts = inner.attempts.remove(&node);
        self.len.store(inner.attempts.len(), Ordering::SeqCst);
        attempts
    }

    /// All that have not started again, when no more will.
    pub(crate) fn take_all(&self) -> HashMap<u32, Attempts> {
        let mut inner = lock(&self.inner);
        inner.queue.clear();
        self.len.store(0, Ordering::SeqCst);
        std::mem::take(&mut inner.attempts)
    }
}
