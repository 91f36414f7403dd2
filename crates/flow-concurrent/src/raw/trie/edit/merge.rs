//! Becoming smaller, after an entry was taken out.

use super::{Edit, path::Path};
use crate::raw::trie::{
    MERGE_MAX, Node,
    branch::Branch,
    leaf::{Builder, Leaf},
    node::Kind,
};

impl<K: Clone, V: Clone> Edit<K, V> {
    /// Merges a leaf with its neighbours as long as they fit into one, and gives up branches that have only that
    /// left.
    ///
    /// # Safety
    ///
    /// The leaf is there, at the end of the path, and both are this edit's own.
    pub(super) unsafe fn merge(&mut self, path: &Path<K, V>, mut leaf: Leaf<K, V>) {
        // SAFETY: the caller's promise, for each round.
        unsafe {
            let mut steps = path.steps();
            while let Some((&step, above)) = steps.split_last() {
                let parent = above.last().map(|step| (step.branch, step.index));
                while leaf.depth() > step.base {
                    let (first, count) = step.run(leaf.depth());
                    let buddy = step.branch.slot(first ^ count);
                    let Some(merged) = self.merged(leaf, buddy) else {
                        self.halve(step.branch, parent);
                        return;
                    };
                    let (first, count) = step.run(merged.depth());
                    step.branch.set(first, count, Node::from_leaf(merged));
                    leaf = merged;
                }
                // Nothing else is left in the branch.
                let Some(parent) = parent else {
                    self.halve(step.branch, None);
                    return;
                };
                self.link(Some(parent), Node::from_leaf(leaf));
                step.branch.free();
                steps = above;
            }
        }
    }

    /// Both leaves in one, if they are buddies and fit.
    ///
    /// # Safety
    ///
    /// Both are there, and not used again if the result is a leaf; `leaf` is this edit's own.
    unsafe fn merged(&mut self, leaf: Leaf<K, V>, buddy: Node<K, V>) -> Option<Leaf<K, V>> {
        let Kind::Leaf(buddy) = buddy.kind() else { return None };
        // SAFETY: the caller's promise.
        unsafe {
            let len = leaf.len() + buddy.len();
            if buddy.depth() != leaf.depth() || len > MERGE_MAX {
                return None;
            }
            // What may panic comes first.
            let mut builder = Builder::new(len, leaf.depth() - 1, self.birth);
            if buddy.birth() == self.birth {
                builder.push_moved(buddy, |_| true);
            } else {
                builder.push_clones(buddy, |_| true);
            }
            builder.push_moved(leaf, |_| true);
            self.give_up(buddy);
            self.give_up(leaf);
            Some(builder.finish())
        }
    }

    /// Halves a branch as long as no leaf needs its last bit.
    ///
    /// # Safety
    ///
    /// The branch is this edit's own, and linked at `parent`.
    unsafe fn halve(&mut self, mut branch: Branch<K, V>, parent: Option<(Branch<K, V>, usize)>) {
        // SAFETY: the caller's promise.
        unsafe {
            while branch.bits() > 1
                && (0..branch.slots()).step_by(2).all(|slot| branch.slot(slot) == branch.slot(slot + 1))
            {
                let half = Branch::new(branch.bits() - 1, self.birth, |index| branch.slot(index * 2));
                self.link(parent, Node::from_branch(half));
                branch.free();
                branch = half;
            }
        }
    }
}
