//! The way from the root to a leaf.

use std::ptr::NonNull;

use super::super::{MAX_LEVELS, Node, branch::Branch, leaf::Leaf, node::Kind};

/// A branch on the way, and the slot that was taken.
pub(super) struct Step<K, V> {
    pub(super) branch: Branch<K, V>,
    pub(super) index: usize,
    /// How many bits of the hash are used up above the branch.
    pub(super) base: u32,
}

impl<K, V> Clone for Step<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Step<K, V> {}

impl<K, V> Step<K, V> {
    /// The slots that reach a leaf of that depth: the first, and how many.
    pub(super) fn run(self, depth: u32) -> (usize, usize) {
        debug_assert!((self.base..=self.base + self.branch.bits()).contains(&depth));
        let count = 1 << (self.base + self.branch.bits() - depth);
        (self.index & !(count - 1), count)
    }
}

/// The branches on the way, from the root on.
pub(super) struct Path<K, V> {
    steps: [Step<K, V>; MAX_LEVELS],
    len: usize,
}

impl<K, V> Path<K, V> {
    pub(super) fn steps(&self) -> &[Step<K, V>] {
        &self.steps[..self.len]
    }

    pub(super) fn steps_mut(&mut self) -> &mut [Step<K, V>] {
        &mut self.steps[..self.len]
    }

    /// The step to the leaf. There is one: the root is a branch.
    pub(super) fn last(&self) -> Step<K, V> {
        self.steps[self.len - 1]
    }

    /// All steps but the last.
    pub(super) fn above(&self) -> &[Step<K, V>] {
        &self.steps[..self.len - 1]
    }
}

/// The leaf where `hash` belongs, and the way there.
///
/// # Safety
///
/// The nodes have not been freed.
pub(super) unsafe fn descend<K, V>(root: Node<K, V>, hash: u64) -> (Path<K, V>, Leaf<K, V>) {
    // Never looked at beyond `len`.
    let nowhere = Step { branch: Branch::from_pointer(NonNull::dangling(), 1), index: 0, base: 0 };
    let mut path = Path { steps: [nowhere; MAX_LEVELS], len: 0 };
    let (mut node, mut base) = (root, 0);
    loop {
        match node.kind() {
            Kind::Leaf(leaf) => return (path, leaf),
            Kind::Branch(branch) => {
                let index = branch.index_of(hash << base);
                path.steps[path.len] = Step { branch, index, base };
                path.len += 1;
                base += branch.bits();
                // SAFETY: the caller's promise.
                node = unsafe { branch.slot(index) };
            }
        }
    }
}
