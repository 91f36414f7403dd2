//! [`StringPoolStats`].

use std::fmt;

use crate::raw::interner::Usage;

/// What a [`StringPool`](crate::StringPool) holds and has done, from [`stats`](crate::StringPool::stats).
///
/// ```
/// let pool = flow_arena::StringPool::default();
/// pool.intern("example");
/// let stats = pool.stats();
/// assert_eq!(stats.strings, 23);
/// assert!(stats.to_string().starts_with("23 strings"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
}

impl StringPoolStats {
    pub(super) fn new(usage: &Usage, hits: u64) -> Self {
        Self { strings: usage.strings, bytes: usage.text, memory: usage.memory, hits, misses: usage.misses }
    }
}

impl fmt::Display for StringPoolStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { strings, bytes, memory, hits, misses } = self;
        write!(
            f,
            "{strings} strings of {bytes} bytes in {memory} bytes of memory, {hits} hits, {misses} misses"
        )
    }
}
