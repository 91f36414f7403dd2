//! Looking things up in a version, and going through it.

use std::{borrow::Borrow, fmt, iter::FusedIterator, marker::PhantomData, ptr::NonNull, slice};

use super::{Node, branch::Branch, node::Kind};

/// The root of a trie, with what a lookup needs of it first.
#[derive(Debug)]
pub(crate) struct Root<K, V> {
    node: Node<K, V>,
    slots: NonNull<Node<K, V>>,
    /// How far the hash is shifted to be the number of a slot.
    shift: u32,
}

// SAFETY: as for `Node`, of which it is only a part spelled out.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for Root<K, V> {}
// SAFETY: as above.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Root<K, V> {}

impl<K, V> Root<K, V> {
    /// # Safety
    ///
    /// `node` is a branch that has not been freed.
    pub(crate) unsafe fn new(node: Node<K, V>) -> Self {
        let Kind::Branch(branch) = node.kind() else { unreachable!("the root is a branch") };
        // SAFETY: a branch has a first slot.
        Self { node, slots: unsafe { branch.at(0) }, shift: u64::BITS - branch.bits() }
    }

    pub(crate) fn node(&self) -> Node<K, V> {
        self.node
    }

    /// The entry at `key`, which has this hash.
    ///
    /// # Safety
    ///
    /// The trie is neither freed nor changed as long as `'a`.
    #[inline]
    pub(crate) unsafe fn get<'a, Q: Eq + ?Sized>(&self, hash: u64, key: &Q) -> Option<&'a (K, V)>
    where
        K: Borrow<Q>,
    {
        #[expect(clippy::cast_possible_truncation, reason = "the number of a slot")]
        let slot = (hash >> self.shift) as usize;
        // SAFETY: the caller's promise; there is such a slot.
        unsafe {
            let below = self.slots.add(slot).read();
            below.find(hash, u64::BITS - self.shift, |there| there.borrow() == key)
        }
    }
}

impl<K, V> Node<K, V> {
    /// The wanted entry among those with `hash`, of which `base` bits are used up above.
    ///
    /// # Safety
    ///
    /// The trie below this node is neither freed nor changed as long as `'a`.
    #[inline]
    pub(crate) unsafe fn find<'a>(
        self,
        hash: u64,
        mut base: u32,
        is_wanted: impl FnMut(&K) -> bool,
    ) -> Option<&'a (K, V)> {
        let mut node = self;
        loop {
            match node.kind() {
                // SAFETY: the caller's promise; the index is one of this leaf.
                Kind::Leaf(leaf) => unsafe {
                    let index = leaf.find(hash, is_wanted)?;
                    return Some(leaf.entry(index));
                },
                Kind::Branch(branch) => {
                    // SAFETY: the caller's promise; so many bits are the number of a slot.
                    node = unsafe { branch.slot(branch.index_of(hash << base)) };
                    base += branch.bits();
                }
            }
        }
    }
}

/// The entries of a trie, in the order of their hashes, roughly.
pub(crate) struct Iter<'a, K, V> {
    /// The branches above `leaf`, and the slot after the one that was taken.
    above: Vec<(Branch<K, V>, usize)>,
    leaf: slice::Iter<'a, (K, V)>,
    left: usize,
    of: PhantomData<&'a (K, V)>,
}

impl<K, V> Iter<'_, K, V> {
    /// # Safety
    ///
    /// The trie below `root` has `len` entries, and is neither freed nor changed as long as `'a`.
    pub(crate) unsafe fn new(root: Node<K, V>, len: usize) -> Self {
        let mut iter = Self { above: Vec::new(), leaf: [].iter(), left: len, of: PhantomData };
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

impl<K, V> Branch<K, V> {
    /// The first slot after `slot` that points elsewhere.
    ///
    /// # Safety
    ///
    /// The branch has not been freed, and has this slot.
    pub(super) unsafe fn run_from(self, slot: usize) -> usize {
        // SAFETY: the caller's promise.
        unsafe {
            let node = self.slot(slot);
            (slot + 1..self.slots()).find(|&next| self.slot(next) != node).unwrap_or(self.slots())
        }
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
        Self { above: self.above.clone(), leaf: self.leaf.clone(), left: self.left, of: PhantomData }
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
