//! What differs between two versions of a trie, without looking at what they share.

use super::{Node, branch::Branch, node::Kind};

/// Entries that are in a part of one version that the other does not share; not all of them differ.
pub(crate) struct Differences<'a, K, V> {
    pub(crate) older: Vec<&'a (K, V)>,
    pub(crate) newer: Vec<&'a (K, V)>,
}

/// Collects the entries below both roots in all nodes that only one of them reaches.
///
/// # Safety
///
/// Both are versions of the same map, neither freed nor changed as long as `'a`.
pub(crate) unsafe fn differences<'a, K, V>(older: Node<K, V>, newer: Node<K, V>) -> Differences<'a, K, V> {
    let mut found = Differences { older: Vec::new(), newer: Vec::new() };
    // SAFETY: the caller's promise.
    unsafe { compare(older, newer, &mut found) };
    found
}

/// # Safety
///
/// As for [`differences`]; both nodes are for the same hashes.
unsafe fn compare<K, V>(older: Node<K, V>, newer: Node<K, V>, found: &mut Differences<'_, K, V>) {
    if older == newer {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        match (older.kind(), newer.kind()) {
            (Kind::Branch(older), Kind::Branch(newer)) if older.bits() == newer.bits() => {
                compare_slots(older, newer, found);
            }
            _ => {
                collect(older, &mut found.older);
                collect(newer, &mut found.newer);
            }
        }
    }
}

/// Compares run by run, where a run ends at a slot where in both branches another node begins.
///
/// # Safety
///
/// As for [`compare`]; both have as many slots.
unsafe fn compare_slots<K, V>(older: Branch<K, V>, newer: Branch<K, V>, found: &mut Differences<'_, K, V>) {
    let mut first = 0;
    while first < older.slots() {
        // SAFETY: the caller's promise; the slots exist.
        unsafe {
            let (old_end, new_end) = (older.run_from(first), newer.run_from(first));
            if old_end == new_end {
                compare(older.slot(first), newer.slot(first), found);
                first = old_end;
                continue;
            }
            // A leaf was split, or leaves were merged: runs are powers of two, so the longer one covers whole others.
            let end = old_end.max(new_end);
            each_in(older, first, end, |node| collect(node, &mut found.older));
            each_in(newer, first, end, |node| collect(node, &mut found.newer));
            first = end;
        }
    }
}

/// Calls `visit` with each node that slots in that range point to.
///
/// # Safety
///
/// The branch has not been freed, and has these slots.
unsafe fn each_in<K, V>(
    branch: Branch<K, V>,
    mut first: usize,
    end: usize,
    mut visit: impl FnMut(Node<K, V>),
) {
    while first < end {
        // SAFETY: the caller's promise.
        unsafe {
            visit(branch.slot(first));
            first = branch.run_from(first);
        }
    }
}

/// # Safety
///
/// As for [`differences`].
unsafe fn collect<K, V>(node: Node<K, V>, into: &mut Vec<&(K, V)>) {
    let mut add = |node: Node<K, V>| {
        if let Kind::Leaf(leaf) = node.kind() {
            // SAFETY: the caller's promise.
            into.extend(unsafe { leaf.entries() });
        }
    };
    // SAFETY: the caller's promise, and `add` frees nothing.
    unsafe { node.walk(&mut add, &|_| true) };
}
