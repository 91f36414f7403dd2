//! Pointers to nodes.

use std::{fmt, marker::PhantomData, ptr::NonNull};

use super::{branch::Branch, leaf::Leaf};

/// The alignment of nodes, whose lowest bits a pointer has for itself.
pub(super) const ALIGN: usize = 16;

/// A pointer to a node of the trie, which says in its lowest bits what it points to: a leaf, or a branch with so many
/// bits. So a lookup need not wait for the node itself to know which of its slots to load.
///
/// It owns nothing. Whoever uses one relies on the invariants of the [module](super).
pub(crate) struct Node<K, V> {
    pointer: NonNull<u8>,
    of: PhantomData<(K, V)>,
}

impl<K, V> Clone for Node<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Node<K, V> {}

impl<K, V> PartialEq for Node<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.pointer == other.pointer
    }
}

impl<K, V> fmt::Debug for Node<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pointer.fmt(f)
    }
}

// SAFETY: a node is entries, which are sent to another thread and dropped there, and seen from several at once.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for Node<K, V> {}
// SAFETY: as above.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Node<K, V> {}

/// What a [`Node`] points to.
pub(super) enum Kind<K, V> {
    Leaf(Leaf<K, V>),
    Branch(Branch<K, V>),
}

impl<K, V> Node<K, V> {
    #[inline]
    pub(super) fn from_leaf(leaf: Leaf<K, V>) -> Self {
        Self { pointer: leaf.pointer().cast(), of: PhantomData }
    }

    #[inline]
    pub(super) fn from_branch(branch: Branch<K, V>) -> Self {
        let bits = branch.bits() as usize;
        debug_assert!((1..ALIGN).contains(&bits));
        // `map_addr` keeps what the pointer may reach.
        Self { pointer: branch.pointer().cast().map_addr(|address| address | bits), of: PhantomData }
    }

    /// How many bits of the hash the branch takes; 0 for a leaf.
    #[inline]
    pub(super) fn bits(self) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "four bits")]
        return (self.pointer.addr().get() & (ALIGN - 1)) as u32;
    }

    #[inline]
    pub(super) fn kind(self) -> Kind<K, V> {
        let bits = self.bits();
        if bits == 0 {
            return Kind::Leaf(Leaf::from_pointer(self.pointer.cast()));
        }
        // SAFETY: the address of a node is not zero, and a multiple of `ALIGN`.
        let pointer = unsafe {
            NonNull::new_unchecked(self.pointer.as_ptr().map_addr(|address| address - bits as usize))
        };
        Kind::Branch(Branch::from_pointer(pointer.cast(), bits))
    }

    /// The version that this node was made for.
    ///
    /// # Safety
    ///
    /// The node has not been freed.
    pub(crate) unsafe fn birth(self) -> u64 {
        // SAFETY: the caller's promise.
        unsafe {
            match self.kind() {
                Kind::Leaf(leaf) => leaf.birth(),
                Kind::Branch(branch) => branch.birth(),
            }
        }
    }

    /// Gives up this node: drops the entries of a leaf, and leaves alone what a branch points to.
    ///
    /// # Safety
    ///
    /// Nobody reaches the node any more.
    pub(crate) unsafe fn free(self) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.kind() {
                Kind::Leaf(leaf) => leaf.free(),
                Kind::Branch(branch) => branch.free(),
            }
        }
    }

    /// Calls `visit` with this node and all below it, each once, those below first. Leaves out each node that `enter`
    /// refuses, with all below it.
    ///
    /// # Safety
    ///
    /// The nodes have not been freed; `visit` may free the one that it is given.
    pub(crate) unsafe fn walk(self, visit: &mut impl FnMut(Self), enter: &impl Fn(Self) -> bool) {
        if !enter(self) {
            return;
        }
        if let Kind::Branch(branch) = self.kind() {
            let mut last = None;
            for slot in 0..branch.slots() {
                // SAFETY: the branch is not freed before the end, and it has so many slots.
                let child = unsafe { branch.slot(slot) };
                // The slots of one leaf are neighbours.
                if last.replace(child) != Some(child) {
                    // SAFETY: the caller's promise.
                    unsafe { child.walk(visit, enter) };
                }
            }
        }
        visit(self);
    }
}
