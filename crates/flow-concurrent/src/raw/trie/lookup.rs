//! Looking things up in a version.

use std::{borrow::Borrow, ptr::NonNull};

use super::{Node, node::Kind};

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
