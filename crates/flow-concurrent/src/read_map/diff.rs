//! [`Diff`]: what happened between two snapshots.

use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash},
};

use crate::raw::read_core::View;

/// What differs between an older and a newer [`Snapshot`](super::Snapshot), in no particular order. Made by
/// [`diff`](super::Snapshot::diff).
///
/// # Examples
///
/// ```
/// use flow_concurrent::ReadMap;
///
/// let prices = ReadMap::from([("tea", 3), ("cake", 5)]);
/// let before = prices.snapshot();
/// prices.update(|next| {
///     next.insert("tea", 4);
///     next.remove("cake");
/// });
/// let after = prices.snapshot();
/// let diff = before.diff(&after);
/// assert_eq!(diff.removed, [(&"cake", &5)]);
/// assert_eq!((diff.changed[0].old, diff.changed[0].new), (&3, &4));
/// assert!(diff.added.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diff<'a, K, V> {
    /// Entries whose keys only the newer one has.
    pub added: Vec<(&'a K, &'a V)>,
    /// Entries whose keys only the older one has.
    pub removed: Vec<(&'a K, &'a V)>,
    /// Keys that both have, with different values.
    pub changed: Vec<Change<'a, K, V>>,
}

/// A key with two values.
///
/// # Examples
///
/// ```
/// use flow_concurrent::{ReadMap, read_map::Change};
///
/// let prices = ReadMap::from([("tea", 3)]);
/// let before = prices.snapshot();
/// prices.insert("tea", 4);
/// let after = prices.snapshot();
/// for Change { key, old, new, .. } in before.diff(&after).changed {
///     assert_eq!(format!("{key}: {old} -> {new}"), "tea: 3 -> 4");
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change<'a, K, V> {
    /// The key, as the newer snapshot has it.
    pub key: &'a K,
    /// Its value in the older snapshot.
    pub old: &'a V,
    /// Its value in the newer snapshot.
    pub new: &'a V,
}

impl<K, V> Diff<'_, K, V> {
    /// Whether both snapshots have equal entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

impl<'a, K: Hash + Eq, V: PartialEq> Diff<'a, K, V> {
    pub(super) fn between<S: BuildHasher>(
        older: View<'a, K, V>,
        older_hasher: &S,
        newer: View<'a, K, V>,
        newer_hasher: &S,
    ) -> Self {
        let mut diff = Self { added: Vec::new(), removed: Vec::new(), changed: Vec::new() };
        // They may lie side by side with what was written, and be the same.
        let only = older.differences(newer);
        for (key, old) in only.older {
            match newer.get(newer_hasher, key.borrow()) {
                None => diff.removed.push((key, old)),
                Some((key, new)) if new != old => diff.changed.push(Change { key, old, new }),
                Some(_) => {}
            }
        }
        for (key, new) in only.newer {
            if older.get(older_hasher, key.borrow()).is_none() {
                diff.added.push((key, new));
            }
        }
        diff
    }
}
