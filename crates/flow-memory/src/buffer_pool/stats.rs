//! What a buffer pool says about itself.

use std::fmt;

use flow_arena::internal::hit_rate;

use crate::raw::{Buffers, ClassCounts};

/// What a [`BufferPool`](crate::BufferPool) holds and has done since it was made.
///
/// The counts are kept by each thread for itself and summed up when they are asked for, so that they cost the hot path
/// one plain addition each. They are exact while no thread uses the pool; otherwise each is one that was true at some
/// moment of the call, more or less.
///
/// # Examples
///
/// ```
/// let pool = flow_memory::BufferPool::new();
/// drop(pool.get(100));
/// println!("{}", pool.stats());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BufferPoolStats {
    /// Requests that were served with a buffer that was kept.
    pub hits: u64,
    /// Requests of a class for which a buffer had to be made.
    pub misses: u64,
    /// Buffers that came back and were kept.
    pub returns: u64,
    /// Buffers that came back and were freed: the budget was spent, or they were of no class any more. Oversized ones
    /// count here too.
    pub discards: u64,
    /// Requests above the largest class.
    pub oversized: u64,
    /// Buffers that are handed out now, oversized ones included. Those that were detached or taken as vectors are not.
    pub outstanding: usize,
    /// What was promised for these, in bytes: the sizes of the classes that they were taken from.
    pub outstanding_bytes: usize,
    /// Buffers that are kept now, by whatever thread.
    pub retained: usize,
    /// The capacity of these, in bytes. Never more than the budget.
    pub retained_bytes: usize,
    /// What is charged to the budget, in bytes: what is kept, and what threads may still keep without asking.
    pub reserved_bytes: usize,
    /// The budget, in bytes.
    pub max_retained_bytes: usize,
}

impl BufferPoolStats {
    pub(super) fn new(buffers: &Buffers) -> Self {
        let unclassed = buffers.unclassed();
        let mut stats = Self {
            discards: unclassed.refused,
            oversized: unclassed.oversized,
            outstanding: unclassed.outstanding,
            outstanding_bytes: unclassed.outstanding_bytes,
            reserved_bytes: buffers.charged(),
            max_retained_bytes: buffers.limit(),
            ..Self::default()
        };
        for class in buffers.counts().iter().map(BufferClassStats::new) {
            stats.hits += class.hits;
            stats.misses += class.misses;
            stats.returns += class.returns;
            stats.discards += class.discards;
            stats.outstanding += class.outstanding;
            stats.outstanding_bytes += class.outstanding * class.size;
            stats.retained += class.retained;
            stats.retained_bytes += class.retained * class.size;
        }
        // A magazine that moves while it is counted may be counted twice. What is kept is less than what is charged,
        // always.
        stats.retained_bytes = stats.retained_bytes.min(stats.max_retained_bytes);
        stats
    }

    /// The part of the requests for a class that was served with a kept buffer: from 0 to 1, and 0 if there was no
    /// request.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// (0..4).for_each(|_| drop(pool.get(100)));
    /// assert_eq!(pool.stats().hit_rate(), 0.75);
    /// ```
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        hit_rate(self.hits, self.misses)
    }
}

impl fmt::Display for BufferPoolStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} hits, {} misses, {} oversized; {} returned, {} discarded; {} out with {} bytes; {} kept with {} bytes of at \
             most {}",
            self.hits,
            self.misses,
            self.oversized,
            self.returns,
            self.discards,
            self.outstanding,
            self.outstanding_bytes,
            self.retained,
            self.retained_bytes,
            self.max_retained_bytes
        )
    }
}

/// What is in one class of a [`BufferPool`](crate::BufferPool): see [`class_stats`](crate::BufferPool::class_stats).
/// The counts are those of [`BufferPoolStats`].
///
/// # Examples
///
/// ```
/// let pool = flow_memory::BufferPool::new();
/// let _buffers = (pool.get(1000), pool.get(900));
/// let class = pool.class_stats().into_iter().find(|class| class.size == 1024).unwrap();
/// assert_eq!((class.misses, class.outstanding, class.hit_rate()), (2, 2, 0.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BufferClassStats {
    /// The size of the class's buffers, in bytes.
    pub size: usize,
    /// Requests that were served with a buffer that was kept.
    pub hits: u64,
    /// Requests for which a buffer had to be made.
    pub misses: u64,
    /// Buffers that came back to this class and were kept.
    pub returns: u64,
    /// Buffers that came back to this class and were freed.
    pub discards: u64,
    /// Buffers that were taken from this class and are handed out now.
    pub outstanding: usize,
    /// Buffers that are kept now.
    pub retained: usize,
}

impl BufferClassStats {
    pub(super) fn new(counts: &ClassCounts) -> Self {
        let &ClassCounts { weight, hits, misses, returns, discards, outstanding, retained } = counts;
        let outstanding = usize::try_from(outstanding).unwrap_or(usize::MAX);
        Self { size: weight, hits, misses, returns, discards, outstanding, retained }
    }

    /// The part of the requests that was served with a kept buffer: from 0 to 1, and 0 if there was no request.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        hit_rate(self.hits, self.misses)
    }
}

impl fmt::Display for BufferClassStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} bytes: {} hits, {} misses; {} returned, {} discarded; {} out, {} kept",
            self.size, self.hits, self.misses, self.returns, self.discards, self.outstanding, self.retained
        )
    }
}
