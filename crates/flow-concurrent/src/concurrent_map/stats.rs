//! What a `ConcurrentMap` says about itself.

use std::fmt;

/// How large a [`ConcurrentMap`](crate::ConcurrentMap) is.
///
/// # Examples
///
/// ```
/// let map = flow_concurrent::ConcurrentMap::from([(1, 2)]);
/// println!("{}", map.stats());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ConcurrentMapStats {
    /// The entries.
    pub entries: usize,
    /// How many entries the tables have room for, if the keys spread evenly over them.
    pub capacity: usize,
    /// The shards, each with a lock and a table.
    pub shards: usize,
    /// Bytes of shards and tables. What keys and values own elsewhere is not known.
    pub memory: usize,
}

impl fmt::Display for ConcurrentMapStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, capacity, shards, memory } = self;
        write!(f, "{entries} entries of {capacity} in {shards} shards, {memory} bytes of memory")
    }
}
