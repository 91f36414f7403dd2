//! Making the next version of a trie.

mod merge;
mod path;

use std::mem;

use self::path::{Path, descend};
use super::{
    LEAF_MAX, MAX_BITS, Node,
    branch::Branch,
    iter::Iter,
    leaf::{Builder, Leaf},
};

/// A version that is being made, on top of one that is published.
///
/// All code of the user (`Clone`, `Eq`, `Hash`) runs before anything is changed that it could see half done, so that
/// the edit stays as it was where that panics.
///
/// Owns the nodes it has made, and none of the others: dropped without [`finish`](Self::finish), it leaks them.
pub(crate) struct Edit<K, V> {
    pub(super) root: Node<K, V>,
    len: usize,
    /// The version that is being made; nodes with this birth are this edit's alone.
    birth: u64,
    /// What the new version does not reach any more: nodes of the published one, and of this edit.
    replaced: Vec<Node<K, V>>,
}

/// What an [`Edit`] has come to.
pub(crate) struct Edited<K, V> {
    pub(crate) root: Node<K, V>,
    pub(crate) len: usize,
    /// Nodes that nobody reaches from the new version.
    pub(crate) replaced: Vec<Node<K, V>>,
}

impl<K, V> Edit<K, V> {
    /// # Safety
    ///
    /// The trie below `root`, with `len` entries, is not freed while the edit lives; none of its nodes is born in
    /// `birth` or later.
    pub(crate) unsafe fn new(root: Node<K, V>, len: usize, birth: u64) -> Self {
        Self { root, len, birth, replaced: Vec::new() }
    }

    /// An edit of nothing.
    pub(crate) fn first(birth: u64) -> Self {
        Self { root: Self::empty(birth), len: 0, birth, replaced: Vec::new() }
    }

    /// A trie without entries.
    fn empty(birth: u64) -> Node<K, V> {
        let leaf = Node::from_leaf(Builder::new(0, 0, birth).finish());
        Node::from_branch(Branch::new(1, birth, |_| leaf))
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether anything was written.
    pub(crate) fn is_changed(&self) -> bool {
        // Whatever is written, the branches above it are made anew.
        // SAFETY: the nodes of an edit are not freed before its end.
        unsafe { self.root.birth() == self.birth }
    }

    /// The version is to be published.
    pub(crate) fn finish(self) -> Edited<K, V> {
        let Self { root, len, replaced, .. } = self;
        Edited { root, len, replaced }
    }

    /// The version is not to be published: the nodes that were made for it, which nobody reaches.
    pub(crate) fn discard(self) -> Vec<Node<K, V>> {
        let Self { root, birth, mut replaced, .. } = self;
        // SAFETY: the nodes of an edit are not freed before its end.
        unsafe {
            replaced.retain(|node| node.birth() == birth);
            // What is older has nothing younger below it.
            root.walk(&mut |node| replaced.push(node), &|node| node.birth() == birth);
        }
        replaced
    }

    pub(crate) fn iter(&self) -> Iter<'_, K, V> {
        // SAFETY: the nodes are not freed while the edit lives, and not changed while it is borrowed.
        unsafe { Iter::new(self.root, self.len) }
    }

    pub(crate) fn get(&self, hash: u64, is_wanted: impl FnMut(&K) -> bool) -> Option<&(K, V)> {
        // SAFETY: as for `iter`.
        unsafe { self.root.find(hash, 0, is_wanted) }
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        if self.len == 0 {
            return;
        }
        let root = mem::replace(&mut self.root, Self::empty(self.birth));
        // SAFETY: the nodes of an edit are not freed before its end.
        unsafe { root.walk(&mut |node| self.replaced.push(node), &|_| true) };
        self.len = 0;
    }

    /// Puts `node` where `leaf` was; `leaf` is to be given up by the caller.
    fn put(&mut self, path: &mut Path<K, V>, leaf: Leaf<K, V>, node: Leaf<K, V>) {
        self.own(path);
        let step = path.last();
        // SAFETY: `own` made the branch this edit's alone; the run is within it.
        unsafe {
            let (first, count) = step.run(leaf.depth());
            step.branch.set(first, count, Node::from_leaf(node));
        }
    }

    /// Makes all branches of the path this edit's own.
    fn own(&mut self, path: &mut Path<K, V>) {
        let mut above: Option<(Branch<K, V>, usize)> = None;
        for step in path.steps_mut() {
            // SAFETY: the nodes are there; what is written to is this edit's alone, as made here or before.
            unsafe {
                if step.branch.birth() != self.birth {
                    self.replaced.push(Node::from_branch(step.branch));
                    step.branch = step.branch.copy(self.birth);
                    self.link(above, Node::from_branch(step.branch));
                }
            }
            above = Some((step.branch, step.index));
        }
    }

    /// Sets one slot, or the root.
    ///
    /// # Safety
    ///
    /// The branch is this edit's alone, and has the slot.
    unsafe fn link(&mut self, slot: Option<(Branch<K, V>, usize)>, node: Node<K, V>) {
        match slot {
            None => self.root = node,
            // SAFETY: the caller's promise.
            Some((branch, index)) => unsafe { branch.set(index, 1, node) },
        }
    }

    /// Gives up a leaf whose entries have been cloned, or moved if it is this edit's own.
    fn give_up(&mut self, leaf: Leaf<K, V>) {
        // SAFETY: the leaf is there, and not linked any more.
        unsafe {
            if leaf.birth() == self.birth {
                leaf.free_moved();
            } else {
                self.replaced.push(Node::from_leaf(leaf));
            }
        }
    }
}

impl<K: Clone, V: Clone> Edit<K, V> {
    /// A builder with the chosen entries of `leaf`: clones, or the entries themselves if the leaf is this edit's own.
    ///
    /// # Safety
    ///
    /// The leaf is there; if it is this edit's own, the chosen entries are not used there again.
    unsafe fn take_from(
        &self,
        leaf: Leaf<K, V>,
        more: usize,
        depth: u32,
        choose: impl Fn(usize) -> bool,
    ) -> Builder<K, V> {
        // SAFETY: the caller's promise.
        unsafe {
            let chosen = (0..leaf.len()).filter(|&index| choose(index)).count();
            let mut builder = Builder::new(chosen + more, depth, self.birth);
            if leaf.birth() == self.birth {
                builder.push_moved(leaf, choose);
            } else {
                builder.push_clones(leaf, choose);
            }
            builder
        }
    }

    /// The value of the wanted entry, to be changed.
    pub(crate) fn get_mut(&mut self, hash: u64, is_wanted: impl FnMut(&K) -> bool) -> Option<&mut V> {
        // SAFETY: the nodes of an edit are there until its end; the leaf is its own where it is written to.
        unsafe {
            let (mut path, leaf) = descend(self.root, hash);
            let index = leaf.find(hash, is_wanted)?;
            if leaf.birth() == self.birth {
                return Some(leaf.value_mut(index));
            }
            let copy = self.take_from(leaf, 0, leaf.depth(), |_| true).finish();
            self.put(&mut path, leaf, copy);
            self.give_up(leaf);
            Some(copy.value_mut(index))
        }
    }

    /// Inserts an entry, whose key is known to be absent.
    ///
    /// `rehash` hashes keys that are there, to find out which half of a leaf they belong to.
    pub(crate) fn insert_new(&mut self, hash: u64, entry: (K, V), rehash: impl Fn(&K) -> u64) {
        loop {
            // SAFETY: the nodes of an edit are there until its end.
            unsafe {
                let (mut path, leaf) = descend(self.root, hash);
                if leaf.len() >= LEAF_MAX && self.split(&mut path, leaf, hash, &rehash) {
                    continue;
                }
                self.append(&mut path, leaf, hash, entry);
            }
            self.len += 1;
            return;
        }
    }

    /// Adds an entry to a leaf that has room for it, or may grow.
    ///
    /// # Safety
    ///
    /// The leaf is there, at the end of the path.
    unsafe fn append(&mut self, path: &mut Path<K, V>, leaf: Leaf<K, V>, hash: u64, entry: (K, V)) {
        // SAFETY: the caller's promise; the leaf is only pushed to if it is this edit's own.
        unsafe {
            let entry = if leaf.birth() == self.birth {
                match leaf.push(hash, entry) {
                    Ok(()) => return,
                    Err(entry) => entry,
                }
            } else {
                entry
            };
            // Beyond what a leaf usually has, all hashes are equal: then it grows by half, since it may grow long.
            let more = if leaf.len() < LEAF_MAX { 1 } else { leaf.len() / 2 };
            let mut builder = self.take_from(leaf, more, leaf.depth(), |_| true);
            builder.push(hash, entry);
            self.put(path, leaf, builder.finish());
            self.give_up(leaf);
        }
    }

    /// Splits a full leaf by the next bit of the hash, unless that could not help, now or later, an entry with
    /// `hash`.
    ///
    /// # Safety
    ///
    /// The leaf is there, at the end of the path.
    unsafe fn split(
        &mut self,
        path: &mut Path<K, V>,
        leaf: Leaf<K, V>,
        hash: u64,
        rehash: &impl Fn(&K) -> u64,
    ) -> bool {
        // SAFETY: the caller's promise; what is written to is this edit's own after `own`.
        unsafe {
            let depth = leaf.depth();
            let hashes: Vec<u64> = leaf.entries().iter().map(|(key, _)| rehash(key)).collect();
            let rest = |hash: u64| hash.checked_shl(depth).unwrap_or(0);
            if hashes.iter().all(|&other| rest(other) == rest(hash)) {
                return false;
            }
            let is_high = |hash: u64| (hash >> (63 - depth)) & 1 == 1;
            let high = |index: usize| is_high(hashes[index]);
            let low = |index: usize| !is_high(hashes[index]);
            // Both are made before anything is linked: cloning may panic.
            let (low, high) =
                (self.take_from(leaf, 1, depth + 1, low), self.take_from(leaf, 1, depth + 1, high));
            let (low, high) = (low.finish(), high.finish());

            self.own(path);
            let step = self.make_room(path, leaf);
            let (first, count) = step.run(depth);
            step.branch.set(first, count / 2, Node::from_leaf(low));
            step.branch.set(first + count / 2, count / 2, Node::from_leaf(high));
            self.give_up(leaf);
            true
        }
    }

    /// Makes the leaf one with two slots or more: doubles its branch, or puts another branch between the two.
    ///
    /// # Safety
    ///
    /// The leaf is there, at the end of the path, which is this edit's own.
    unsafe fn make_room(&mut self, path: &Path<K, V>, leaf: Leaf<K, V>) -> path::Step<K, V> {
        // SAFETY: the caller's promise; a branch that is given up here is not linked any more.
        unsafe {
            let depth = leaf.depth();
            let node = Node::from_leaf(leaf);
            let (last, above) = (path.last(), path.above());
            let path::Step { branch, index, base } = last;
            if last.run(depth).1 > 1 {
                return last;
            }
            if branch.bits() == MAX_BITS {
                let below = Branch::new(1, self.birth, |_| node);
                branch.set(index, 1, Node::from_branch(below));
                return path::Step { branch: below, index: 0, base: base + MAX_BITS };
            }
            let doubled = Branch::new(branch.bits() + 1, self.birth, |index| branch.slot(index / 2));
            self.link(above.last().map(|step| (step.branch, step.index)), Node::from_branch(doubled));
            branch.free();
            path::Step { branch: doubled, index: index * 2, base }
        }
    }

    /// Takes the wanted entry out: the entry itself, or a clone if the published version still has it.
    pub(crate) fn remove(&mut self, hash: u64, is_wanted: impl FnMut(&K) -> bool) -> Option<(K, V)> {
        // SAFETY: the nodes of an edit are there until its end; what is written to is its own.
        unsafe {
            let (mut path, leaf) = descend(self.root, hash);
            let index = leaf.find(hash, is_wanted)?;
            let (removed, rest) = if leaf.birth() == self.birth {
                (leaf.swap_remove(index), leaf)
            } else {
                let removed = leaf.entries()[index].clone();
                let rest = self.take_from(leaf, 0, leaf.depth(), |other| other != index).finish();
                self.put(&mut path, leaf, rest);
                self.give_up(leaf);
                (removed, rest)
            };
            self.len -= 1;
            self.merge(&path, rest);
            Some(removed)
        }
    }
}
