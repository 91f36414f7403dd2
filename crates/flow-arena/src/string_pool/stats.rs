//! [`StringPoolStats`].

use std::fmt;

use crate::raw::interner::Usage;

/// What a [`StringPool`](crate::StringPool) holds and has done, from [`stats`](crate::StringPool::stats).
///
/// # Examples
///
/// ```
/// let pool = flow_arena::StringPool::default();
/// pool.intern("example");
/// let stats = pool.stats();
/// assert_eq!(stats.strings, 23);
/// assert!(stats.to_string().starts_with("23 strings"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct StringPoolStats {
    /// Number of strings, the pre-interned ones included.
    pub strings: usize,
    /// Bytes of their texts alone, without headers.
    pub bytes: usize,
    /// Bytes of everything that the pool keeps: what [`memory_limit`](crate::StringPoolBuilder::memory_limit)
    /// limits.
    pub memory: usize,
    /// Calls that interned a string which was there, since the pool was made or reset.
    pub hits: u64,
    /// Calls that interned a new string, since the pool was made or reset. Pre-interned strings are not
    /// counted.
    pub misses: u64,
    /// The [memory limit](crate::StringPoolBuilder::memory_limit) in bytes.
    pub limit: Option<usize>,
}

impl StringPoolStats {
    pub(super) fn new(usage: &Usage, hits: u64) -> Self {
        let &Usage { strings, text, misses, memory, limit } = usage;
        Self { strings, bytes: text, memory, hits, misses, limit }
    }

    /// The part of the calls that interned a string which was there: from 0 to 1, and 0 if there was no call.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// (0..4).for_each(|_| _ = pool.intern("example"));
    /// assert_eq!(pool.stats().hit_rate(), 0.75);
    /// ```
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        hit_rate(self.hits, self.misses)
    }
}

/// The part of the hits in all: from 0 to 1, and 0 if there were none at all.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 53 bits")]
pub fn hit_rate(hits: u64, misses: u64) -> f64 {
    hits as f64 / hits.saturating_add(misses).max(1) as f64
}

impl fmt::Display for StringPoolStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { strings, bytes, memory, hits, misses, limit } = self;
        write!(f, "{strings} strings of {bytes} bytes in {memory} bytes of memory")?;
        if let Some(limit) = limit {
            write!(f, " (limit {limit})")?;
        }
        write!(f, ", {hits} hits, {misses} misses")
    }
}
