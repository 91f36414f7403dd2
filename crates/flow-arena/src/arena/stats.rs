//! What an arena says about itself.

use std::fmt;

/// What an [`Arena`](crate::Arena) holds and has done.
///
/// The counts of allocations and bytes are of what is allocated now: [`reset`](crate::Arena::reset) sets them back to
/// zero, the end of a [`scope`](crate::Lane::scope) to what they were at its start.
///
/// `requested + padding + wasted` never exceeds `reserved` once no thread allocates; the difference is what lanes have
/// left in their blocks, free blocks, and the blocks' overhead.
///
/// # Examples
///
/// ```
/// let arena = flow_arena::Arena::new();
/// arena.alloc(10);
/// println!("{}", arena.stats());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ArenaStats {
    /// Allocations. Those of zero bytes don't count.
    pub allocations: usize,
    /// Bytes that these allocations asked for.
    pub requested: usize,
    /// Bytes skipped to align them.
    pub padding: usize,
    /// Bytes abandoned at the ends of blocks, which are of use again after a reset.
    pub wasted: usize,
    /// Bytes held in blocks now, used or not, the blocks' overhead included.
    pub reserved: usize,
    /// The most bytes ever held in blocks at once.
    pub peak_reserved: usize,
    /// Blocks that are shared by many allocations.
    pub blocks: usize,
    /// Blocks that were made for one large allocation each.
    pub oversized_blocks: usize,
    /// Lanes that have a block. A new thread, or a new [`Lane`](crate::Lane), takes over the lane of one that is gone, so
    /// that there are no more than the most that lived at once.
    pub lanes: usize,
    /// Resets since the arena was made, of any kind.
    pub resets: u64,
    /// The [memory limit](crate::ArenaBuilder::memory_limit) in bytes.
    pub limit: Option<usize>,
}

impl fmt::Display for ArenaStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} allocations of {} bytes (padding {}, wasted {}); {} bytes reserved (peak {}",
            self.allocations, self.requested, self.padding, self.wasted, self.reserved, self.peak_reserved
        )?;
        if let Some(limit) = self.limit {
            write!(f, ", limit {limit}")?;
        }
        write!(
            f,
            ") in {} blocks and {} oversized ones; {} lanes, {} resets",
            self.blocks, self.oversized_blocks, self.lanes, self.resets
        )
    }
}
