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
/// Neither trie is freed or changed as long as `'a`. They may be of different maps: then they share no node, and all
/// entries are found.
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
            (Kind::Branch(older), Kind::Branch(newer)) => compare_slots(older, newer, found),
            _ => {
                collect(older, &mut found.older);
                collect(newer, &mut found.newer);
            }
        }
    }
}

/// Compares run by run, where a run ends at a slot where in both branches another node begins.
///
/// Slots are counted as in the branch that has more of them, where one of the other is several. Then the other has fewer
/// than [`MAX_BITS`](super::MAX_BITS), and so only leaves: no branch is compared with one that is not for the same
/// hashes.
///
/// # Safety
///
/// As for [`compare`].
unsafe fn compare_slots<K, V>(older: Branch<K, V>, newer: Branch<K, V>, found: &mut Differences<'_, K, V>) {
    let bits = older.bits().max(newer.bits());
    let mut first = 0;
    while first < 1 << bits {
        // SAFETY: the caller's promise; the slots exist.
        unsafe {
            let ((old, old_end), (new, new_end)) = (run(older, bits, first), run(newer, bits, first));
            if old_end == new_end {
                compare(old, new, found);
                first = old_end;
                continue;
            }
            // A leaf was split, or leaves were merged: runs are powers of two, so the longer one covers whole others.
            let end = old_end.max(new_end);
            each_in(older, bits, first, end, |node| collect(node, &mut found.older));
            each_in(newer, bits, first, end, |node| collect(node, &mut found.newer));
            first = end;
        }
    }
}

/// The node that a slot points to, and the first slot after it that points elsewhere, both counted as in a branch of
/// `bits`.
///
/// # Safety
///
/// The branch has not been freed, and has at most so many bits and this slot.
unsafe fn run<K, V>(branch: Branch<K, V>, bits: u32, slot: usize) -> (Node<K, V>, usize) {
    let shift = bits - branch.bits();
    // SAFETY: the caller's promise.
    unsafe { (branch.slot(slot >> shift), branch.run_from(slot >> shift) << shift) }
}

/// Calls `visit` with each node that slots in that range point to, counted as in a branch of `bits`.
///
/// # Safety
///
/// As for [`run`]; a run begins at `first`.
unsafe fn each_in<K, V>(
    branch: Branch<K, V>,
    bits: u32,
    mut first: usize,
    end: usize,
    mut visit: impl FnMut(Node<K, V>),
) {
    while first < end {
        // SAFETY: the caller's promise.
        unsafe {
            let (node, next) = run(branch, bits, first);
            visit(node);
            first = next;
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
