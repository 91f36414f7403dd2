//! What a `ReadMap` says about itself.

use std::fmt;

/// What there is in a [`ReadMap`](super::ReadMap), from [`stats`](super::ReadMap::stats).
///
/// # Examples
///
/// ```
/// let map = flow_concurrent::ReadMap::from([("a", 1)]);
/// let _kept = map.snapshot();
/// map.insert("b", 2);
/// let stats = map.stats();
/// assert_eq!((stats.entries, stats.version, stats.live_versions), (2, 1, 2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(::serde::Serialize))]
#[non_exhaustive]
pub struct ReadMapStats {
    /// How many keys the newest version has.
    pub entries: usize,
    /// The number of the newest version.
    pub version: u64,
    /// How many versions are kept: the newest one, those of readers and snapshots, and perhaps some that no write has
    /// looked at since they were dropped.
    pub live_versions: usize,
    /// How many nodes are kept for older versions alone. A node has up to 16 entries, or up to 1024 pointers.
    pub retired_nodes: usize,
}

impl fmt::Display for ReadMapStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, version, live_versions, retired_nodes } = self;
        write!(
            f,
            "{entries} entries at version {version}; {live_versions} versions in use, {retired_nodes} nodes for older ones alone"
        )
    }
}
