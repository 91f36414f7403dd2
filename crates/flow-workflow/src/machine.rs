//! The state machine of a run: which node may start, what its end means for others, and how the run ends.
//!
//! It knows nothing of threads: it never waits, wakes nobody and keeps no queue. A driver asks [`Machine::begin`] before
//! it runs a node, tells [`Machine::end`] how the node ended, and gets back the nodes that are ready now. Any number of
//! threads may do that at once, if each node is begun and ended by the one that got it. The driver that is here is
//! `executor/`; one for asynchronous actions, or one that keeps a journal, would drive the same machine.
//!
//! Every node has one word: how many dependencies it waits for and whether one of them blocks it, until it starts, and
//! its status from then on. The last dependency that ends makes a node ready, and nobody else, since the countdown is
//! atomic. What a dependency did is visible to those that wait for it: each countdown releases, and the last acquires.

use std::ops::Range;

use crossbeam_utils::CachePadded;

use crate::{
    NodeStatus,
    graph::Graph,
    sync::{AtomicU8, AtomicU32, AtomicUsize, Ordering},
};

/// Why a run starts no more nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stop {
    /// A node failed, and the run is one that fails fast.
    Failed,
    /// Time was up.
    DeadlineExceeded,
    /// Somebody wanted it.
    Cancelled,
}

impl Stop {
    const fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::DeadlineExceeded => 2,
            Self::Cancelled => 3,
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => None,
            1 => Some(Self::Failed),
            2 => Some(Self::DeadlineExceeded),
            _ => Some(Self::Cancelled),
        }
    }
}

/// How a node ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Completed,
    /// It failed, but those that depend on it may start.
    Tolerated,
    /// It failed.
    Failed,
    /// It gave up because the run was cancelled.
    Cancelled,
    /// It must not start, because something that it depends on failed or was skipped.
    Skipped,
}

impl End {
    const fn status(self) -> NodeStatus {
        match self {
            Self::Completed => NodeStatus::Completed,
            Self::Tolerated | Self::Failed => NodeStatus::Failed,
            Self::Cancelled => NodeStatus::Cancelled,
            Self::Skipped => NodeStatus::Skipped,
        }
    }
}

/// The least bits: how many dependencies a node still waits for.
const COUNT: u32 = (1 << STATUS_SHIFT) - 1;
const STATUS_SHIFT: u32 = 28;
/// One of its dependencies failed or was skipped.
const BLOCKED: u32 = 1 << 31;

const _: () = assert!(crate::graph::MOST <= COUNT as usize);

const fn word(status: NodeStatus) -> u32 {
    (status as u32) << STATUS_SHIFT
}

fn status(word: u32) -> NodeStatus {
    const ALL: [NodeStatus; 8] = {
        use NodeStatus::{Cancelled, Completed, Failed, Pending, Running, Skipped};
        [Pending, Running, Completed, Failed, Skipped, Cancelled, Pending, Pending]
    };
    ALL[(word >> STATUS_SHIFT & 7) as usize]
}

/// The state of one run.
#[derive(Debug)]
pub(crate) struct Machine {
    /// By id.
    words: Box<[AtomicU32]>,
    /// A failure that is not tolerated stops the run.
    fails_fast: bool,
    stop: CachePadded<AtomicU8>,
    /// How many nodes have not ended, as far as that was told to [`Machine::account`].
    left: CachePadded<AtomicUsize>,
}

impl Machine {
    /// A machine for a graph of `nodes` nodes, to be [reset](Self::reset) before use.
    pub(crate) fn new(nodes: usize) -> Self {
        Self {
            words: (0..nodes).map(|_| AtomicU32::new(0)).collect(),
            fails_fast: true,
            stop: CachePadded::new(AtomicU8::new(0)),
            left: CachePadded::new(AtomicUsize::new(0)),
        }
    }

    /// Begins a run of `graph`. What is ready at first are its [roots](Graph::roots).
    pub(crate) fn reset(&mut self, graph: &Graph, fails_fast: bool) {
        for (word, &count) in self.words.iter_mut().zip(graph.counts()) {
            *word = AtomicU32::new(count);
        }
        self.fails_fast = fails_fast;
        *self.stop = AtomicU8::new(0);
        *self.left = AtomicUsize::new(graph.len());
    }

    /// Takes note that a ready node starts. `false` if it must not: it is to [end](Self::end) as [`End::Skipped`].
    #[inline]
    pub(crate) fn begin(&self, node: u32) -> bool {
        let word_of_node = &self.words[node as usize];
        // Relaxed: whoever blocked it did so before the node became ready, and whoever has it acquired that.
        if word_of_node.load(Ordering::Relaxed) & BLOCKED != 0 {
            return false;
        }
        // Relaxed: only tells those that look on.
        word_of_node.store(word(NodeStatus::Running), Ordering::Relaxed);
        true
    }

    /// Takes note of how a node ended. Returns a node that is ready now, and hands all others to `ready`, as ranges of
    /// ids.
    ///
    /// Without `SHARED` the calling thread must be the only one of this run.
    #[inline]
    pub(crate) fn end<const SHARED: bool>(
        &self,
        graph: &Graph,
        node: u32,
        end: End,
        mut ready: impl FnMut(Range<u32>),
    ) -> Option<u32> {
        self.words[node as usize].store(word(end.status()), Ordering::Relaxed);
        if !matches!(end, End::Completed | End::Tolerated) {
            return self.end_blocking(graph, node, end, &mut ready);
        }
        let (mut sole, shared) = graph.successors(node);
        let mut first = sole.next();
        // Nodes that get ready here have ids side by side, unless other threads had a part in it.
        let mut rest = sole;
        for &next in shared {
            if !self.count_down::<SHARED>(next) {
                continue;
            }
            if first.is_none() {
                first = Some(next);
            } else if rest.end == next {
                rest.end += 1;
            } else {
                if !rest.is_empty() {
                    ready(rest);
                }
                rest = next..next + 1;
            }
        }
        if !rest.is_empty() {
            ready(rest);
        }
        first
    }

    /// Whether `node` is ready now that one more of its dependencies ended.
    #[inline]
    fn count_down<const SHARED: bool>(&self, node: u32) -> bool {
        let counter = &self.words[node as usize];
        let before = if SHARED {
            // Pairs with those of the other dependencies: see the top of this file.
            counter.fetch_sub(1, Ordering::AcqRel)
        } else {
            let before = counter.load(Ordering::Relaxed);
            counter.store(before - 1, Ordering::Relaxed);
            before
        };
        before & COUNT == 1
    }

    /// The end of a node whose dependents must not start.
    #[cold]
    #[inline(never)]
    fn end_blocking(
        &self,
        graph: &Graph,
        node: u32,
        end: End,
        ready: &mut dyn FnMut(Range<u32>),
    ) -> Option<u32> {
        if end == End::Failed && self.fails_fast {
            self.stop(Stop::Failed);
        }
        if self.is_stopping() {
            // Nothing starts any more; `close` finds out what is skipped.
            return None;
        }
        let (sole, shared) = graph.successors(node);
        for next in sole.clone() {
            // Relaxed: nobody else knows of it, until it is handed out.
            self.words[next as usize].store(BLOCKED, Ordering::Relaxed);
        }
        if !sole.is_empty() {
            ready(sole);
        }
        for &next in shared {
            // Relaxed: the countdown that follows makes it visible.
            self.words[next as usize].fetch_or(BLOCKED, Ordering::Relaxed);
            if self.count_down::<true>(next) {
                ready(next..next + 1);
            }
        }
        None
    }

    /// Starts no more nodes. The strongest reason counts.
    pub(crate) fn stop(&self, stop: Stop) {
        // SeqCst: whoever stops the run looks next whether somebody sleeps who has to know.
        self.stop.fetch_max(stop.code(), Ordering::SeqCst);
    }

    /// Whether no more nodes shall start, as far as this thread has heard. Drivers ask before each node.
    #[inline]
    pub(crate) fn is_stopping(&self) -> bool {
        // Relaxed: a node more or less. What depends on it asks `stopped`.
        self.stop.load(Ordering::Relaxed) != 0
    }

    /// Why no more nodes shall start.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        // SeqCst: a thread that is about to sleep, or to take the run for over, has said so before.
        Stop::from_code(self.stop.load(Ordering::SeqCst))
    }

    /// Takes note that `nodes` nodes more have ended, since the last time that this thread told. Whether they were the
    /// last.
    pub(crate) fn account(&self, nodes: usize) -> bool {
        // Releases what the nodes did to whoever finds that all have ended, and acquires it if these were the last.
        self.left.fetch_sub(nodes, Ordering::SeqCst) == nodes
    }

    /// Whether all nodes have ended.
    pub(crate) fn is_complete(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }

    /// The status of a node, as of now.
    pub(crate) fn status(&self, node: u32) -> NodeStatus {
        status(self.words[node as usize].load(Ordering::Relaxed))
    }

    /// Settles what becomes of the nodes that never started, when no node runs and none will. Those that depend on a
    /// failure, over whatever nodes between, are skipped; all others are cancelled, if the run was, or pending.
    ///
    /// So their statuses depend on which nodes failed, and not on when.
    pub(crate) fn close(&self, graph: &Graph, is_tolerated: impl Fn(u32) -> bool) {
        let cancelled = matches!(self.stopped(), Some(Stop::Cancelled | Stop::DeadlineExceeded));
        for (id, word_of_node) in (0..).zip(&self.words) {
            let now = word_of_node.load(Ordering::Relaxed);
            let settled = match status(now) {
                NodeStatus::Pending if now & BLOCKED != 0 => NodeStatus::Skipped,
                NodeStatus::Pending if cancelled => NodeStatus::Cancelled,
                settled => settled,
            };
            word_of_node.store(word(settled), Ordering::Relaxed);
            let blocks = match settled {
                NodeStatus::Skipped => true,
                NodeStatus::Failed => !is_tolerated(id),
                _ => false,
            };
            if blocks {
                // Dependents have larger ids, so that they come later.
                let (sole, shared) = graph.successors(id);
                for next in sole.chain(shared.iter().copied()) {
                    self.words[next as usize].fetch_or(BLOCKED, Ordering::Relaxed);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
