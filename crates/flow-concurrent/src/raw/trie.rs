//! A persistent hash table: a trie by the bits of the hash, from the highest down, whose leaves are small dense
//! tables.
//!
//! ```text
//! root ─▶ branch, 2^bits slots, by the next bits of the hash
//!            │└─▶ leaf: a tag of 8 bits for each entry, then the entries
//!            └──▶ branch, where a leaf would have too many entries
//! ```
//!
//! It grows as extendible hashing does (Fagin, Nievergelt, Pippenger and Strong, 1979), once at each level: several
//! neighbouring slots of a branch share a leaf while it is small; a leaf that is full is split in two; a branch whose
//! slots are all used by one leaf doubles; and only a branch of [`MAX_BITS`] gets branches below it. So up to some
//! ten thousand entries there is one branch, and up to some ten million there are two above each leaf.
//!
//! A version is never changed once it is published. [`Edit`] makes the next one: it copies a leaf and the branches
//! above it, or changes them in place where it has made them itself. A node knows the version that it was made for
//! ([`Node::birth`]), but not who points to it: there are no reference counts to touch when a branch of 1024 slots is
//! copied. Which nodes nobody can reach any more is found out from the versions that are still in use: see
//! `versions`.
//!
//! Invariants, which all of the code under here relies on:
//!
//! 1. A leaf of depth `d` is reached by exactly the slots of one branch whose hashes agree with its own in the first
//!    `d` bits: a run of `2^(base + bits - d)` slots, where `base` is how many bits are used up above that branch.
//! 2. The root is a branch. Any other branch is reached by exactly one slot, of a branch with [`MAX_BITS`].
//! 3. What is born in the version that is being made is reached by nobody but its `Edit`; all above it is as young.
//! 4. The number of entries in a leaf exceeds [`LEAF_MAX`] only when all of its hashes are equal from its depth on.

mod branch;
mod diff;
mod edit;
mod iter;
mod leaf;
mod lookup;
mod memory;
mod node;
mod tags;

#[cfg(test)]
mod tests;

pub(crate) use diff::{Differences, differences};
pub(crate) use edit::{Edit, Edited};
pub(crate) use iter::Iter;
pub(crate) use lookup::Root;
pub(crate) use node::Node;

/// The most bits of the hash that one branch takes: 1024 slots of 8 bytes, so that a write copies two pages or four.
/// With one bit less, maps of 10,000 entries have two levels; with more, writes take longer than it gains. See
/// docs/decisions/0005.
const MAX_BITS: u32 = if cfg!(any(test, flow_loom, flow_sanitize)) { 3 } else { 10 };

/// The most entries of a leaf, unless their hashes are equal. One comparison of vectors finds a tag among them.
const LEAF_MAX: usize = tags::GROUP;

/// Two leaves become one when together they have no more than this. Far below [`LEAF_MAX`], so that removing and
/// inserting in turn does not merge and split each time.
const MERGE_MAX: usize = LEAF_MAX / 2;

/// The most branches above a leaf: each but the lowest takes [`MAX_BITS`] of 64.
const MAX_LEVELS: usize = 64_usize.div_ceil(MAX_BITS as usize) + 1;
