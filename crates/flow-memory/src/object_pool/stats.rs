//! What an object pool says about itself.

use std::fmt;

use flow_arena::internal::hit_rate;

use crate::raw::{ClassCounts, Objects};

/// What an [`ObjectPool`](crate::ObjectPool) holds and has done since it was made. As exact as
/// [`BufferPoolStats`](crate::BufferPoolStats).
///
/// # Examples
///
/// ```
/// let pool = flow_memory::ObjectPool::<String>::default();
/// drop(pool.get());
/// drop(pool.get());
/// let stats = pool.stats();
/// assert_eq!((stats.misses, stats.hits, stats.hit_rate()), (1, 1, 0.5));
/// assert!(stats.to_string().starts_with("1 hits, 1 misses"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ObjectPoolStats {
    /// Requests that were served with an object that was kept.
    pub hits: u64,
    /// Requests for which an object had to be made.
    pub misses: u64,
    /// Objects that came back and were kept.
    pub returns: u64,
    /// Objects that came back and were dropped: there were too many, or recycling them panicked.
    pub discards: u64,
    /// Objects that are handed out now. Those that were detached are not.
    pub outstanding: usize,
    /// Objects that are kept now, by whatever thread. Never more than `max_retained`.
    pub retained: usize,
    /// What counts against `max_retained`: what is kept, and what threads may still keep without asking.
    pub reserved: usize,
    /// The most objects that the pool keeps.
    pub max_retained: usize,
}

impl ObjectPoolStats {
    pub(super) fn new<T: Send>(objects: &Objects<T>) -> Self {
        let ClassCounts { hits, misses, returns, discards, outstanding, retained, .. } = objects.counts();
        let max_retained = objects.limit();
        Self {
            hits,
            misses,
            returns,
            discards,
            outstanding: usize::try_from(outstanding).unwrap_or(usize::MAX),
            // A magazine that moves while it is counted may be counted twice.
            retained: retained.min(max_retained),
            reserved: objects.charged(),
            max_retained,
        }
    }

    /// The part of the requests that was served with a kept object: from 0 to 1, and 0 if there was no request.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        hit_rate(self.hits, self.misses)
    }
}

impl fmt::Display for ObjectPoolStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} hits, {} misses; {} returned, {} discarded; {} out; {} kept of at most {}",
            self.hits,
            self.misses,
            self.returns,
            self.discards,
            self.outstanding,
            self.retained,
            self.max_retained
        )
    }
}
