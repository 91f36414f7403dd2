//! Going through a version.

use std::{fmt, iter::FusedIterator, slice};

use super::{Node, branch::Branch, node::Kind};

/// The entries of a trie, in the order of their hashes, roughly.
pub(crate) struct Iter<'a, K, V> {
    /// The branches above `leaf`, and the slot after the one that was taken.
    above: Vec<(Branch<K, V>, usize)>,
    leaf: slice::Iter<'a, (K, V)>,
    left: usize,
}

impl<K, V> Iter<'_, K, V> {
    /// # Safety
    ///
    /// The trie below `root` has `len` entries, and is neither freed nor changed as long as `'a`.
    pub(crate) unsafe fn new(root: Node<K, V>, len: usize) -> Self {
        let mut iter = Self { above: Vec::new(), leaf: [].iter(), left: len };
        // SAFETY: the caller's promise.
        unsafe { iter.enter(root) };
        iter
    }

    /// Goes down to the first leaf below `node`.
    ///
    /// # Safety
    ///
    /// As for `new`.
    unsafe fn enter(&mut self, mut node: Node<K, V>) {
        // SAFETY: the caller's promise; a branch has at least two slots.
        unsafe {
            loop {
                match node.kind() {
                    Kind::Leaf(leaf) => {
                        self.leaf = leaf.entries().iter();
                        return;
                    }
                    Kind::Branch(branch) => {
                        node = branch.slot(0);
                        self.above.push((branch, branch.run_from(0)));
                    }
                }
            }
        }
    }

    /// Goes to the next leaf, if there is one.
    fn advance(&mut self) -> bool {
        while let Some((branch, next)) = self.above.last_mut() {
            if *next == branch.slots() {
                self.above.pop();
                continue;
            }
            // SAFETY: as `new` was promised; the slot exists.
            unsafe {
                let node = branch.slot(*next);
                *next = branch.run_from(*next);
                self.enter(node);
            }
            return true;
        }
        false
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = &'a (K, V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.leaf.next() {
                self.left -= 1;
                return Some(entry);
            }
            // A leaf may be empty.
            if !self.advance() {
                return None;
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

impl<K, V> FusedIterator for Iter<'_, K, V> {}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { above: self.above.clone(), leaf: self.leaf.clone(), left: self.left }
    }
}

impl<K, V> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("left", &self.left).finish_non_exhaustive()
    }
}

// SAFETY: an iterator is references to entries; the nodes it points to are not written to while it is there.
unsafe impl<K: Sync, V: Sync> Send for Iter<'_, K, V> {}
// SAFETY: as above.
unsafe impl<K: Sync, V: Sync> Sync for Iter<'_, K, V> {}
