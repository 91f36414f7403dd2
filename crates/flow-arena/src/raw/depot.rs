//! The depot: owns every block of an arena, and hands whole blocks to lanes.
//!
//! Blocks are named by their index in one table, so that all bookkeeping is safe code. A block is either free (in one
//! of the two free lists) or in the chain of exactly one lane; a chain's links lie in the table, its head in the lane.
//! Invariant: the free lists have room for every block of the table, so that giving blocks back never allocates and
//! never fails.
//!
//! Only a lane's slow path comes here, once a block.

use std::{alloc::Layout, cmp::Reverse, ptr::NonNull};

use super::{block::Block, budget::Budget, poison};
use crate::{
    AllocError,
    sync::{Mutex, MutexGuard, lock},
};

/// The end of a chain.
pub(crate) const NO_BLOCK: u32 = u32::MAX;

/// A request of more than this fraction of a block gets a block of its own, so that it abandons no large tail.
const DEDICATED_FRACTION: usize = 4;

/// The memory of a block that was handed out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// The block's index, the new head of the lane's chain.
    pub(crate) block: u32,
    /// The first byte.
    pub(crate) start: NonNull<u8>,
    /// Bytes from `start` on.
    pub(crate) capacity: usize,
}

/// What a depot holds, for the statistics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holdings {
    /// Blocks that are shared by many requests.
    pub(crate) blocks: usize,
    /// Blocks made for one request each.
    pub(crate) dedicated: usize,
    /// What was charged for all of them.
    pub(crate) reserved: usize,
    /// The most that `reserved` ever was.
    pub(crate) peak: usize,
}

/// Owns the blocks. See the module's documentation.
#[derive(Debug)]
pub(crate) struct Depot {
    table: Mutex<Table>,
    budget: Budget,
    block_size: usize,
    largest_block: usize,
}

#[derive(Debug)]
struct Table {
    entries: Vec<Entry>,
    /// Free shared blocks; the last one is handed out first.
    free: Vec<u32>,
    /// Free dedicated blocks by capacity, ascending; of equal ones the oldest last, which is the first to be handed out.
    free_dedicated: Vec<(usize, Reverse<u32>)>,
    /// The size of the next shared block to be made.
    next_size: usize,
    /// What was charged for the entries. The budget may have more: what is charged for blocks that are being made.
    reserved: usize,
    /// The most that `reserved` ever was.
    peak: usize,
}

#[derive(Debug)]
struct Entry {
    block: Block,
    /// What was charged for the block.
    charged: usize,
    dedicated: bool,
    /// The next block of the lane's chain; meaningless while the block is free.
    next: u32,
}

impl Depot {
    /// An empty depot. Sizes are results of [`Block::round_size`].
    pub(crate) fn new(block_size: usize, largest_block: usize, limit: usize) -> Self {
        let table = Table {
            entries: Vec::new(),
            free: Vec::new(),
            free_dedicated: Vec::new(),
            next_size: block_size,
            reserved: 0,
            peak: 0,
        };
        Self { table: Mutex::new(table), budget: Budget::new(limit), block_size, largest_block }
    }

    /// Hands a block with room for `layout` to `take`, put before `chain`, the lane's blocks until now.
    ///
    /// Takes a free block where one fits, in the order in which they were made, and makes one otherwise. `take` is
    /// called under the lock: see [`Self::while_no_lane_changes_blocks`].
    pub(crate) fn acquire<R>(
        &self,
        layout: Layout,
        chain: u32,
        take: impl FnOnce(Span) -> R,
    ) -> Result<R, AllocError> {
        let room = Block::room_for(layout)?;
        let least = Block::size_for(room)?;
        let mut table = self.lock();
        // The next block's size, be it made or found: what a cycle of work takes blocks of its own for, the next cycle
        // does, too.
        let preferred =
            table.free.last().map_or(table.next_size, |&index| table.entries[index as usize].charged);
        let dedicated = room > preferred / DEDICATED_FRACTION;
        if let Some(index) = table.take(room, dedicated) {
            return Ok(take(table.hand_out(index, chain)));
        }
        // The global allocator may be slow: a block is made without the lock. Only the table's own growth happens under it.
        drop(table);
        let made = self.make(least, if dedicated { least } else { preferred });
        let mut table = self.lock();
        let added = made.and_then(|(block, charged)| {
            let entry = Entry { block, charged, dedicated, next: NO_BLOCK };
            table.add(entry).map_err(|entry| {
                self.budget.refund(entry.charged);
                AllocError::OutOfMemory { requested: entry.charged }
            })
        });
        match added {
            Ok(index) => {
                if !dedicated {
                    table.next_size =
                        preferred.saturating_mul(2).min(self.largest_block).max(table.next_size);
                }
                Ok(take(table.hand_out(index, chain)))
            }
            // Better an odd block than none: a limit that is reached is reached only when nothing free would do.
            Err(error) => match table.take(room, !dedicated) {
                Some(index) => Ok(take(table.hand_out(index, chain))),
                None => Err(error),
            },
        }
    }

    /// Makes a block of `preferred` bytes, or of less, down to `least`, where memory is short.
    fn make(&self, least: usize, preferred: usize) -> Result<(Block, usize), AllocError> {
        let mut size = preferred.max(least);
        loop {
            match self.make_exactly(size) {
                Ok(made) => return Ok(made),
                Err(error) if size == least => return Err(error),
                Err(_) => size = Block::round_size(size / 2).unwrap_or(least).max(least),
            }
        }
    }

    fn make_exactly(&self, size: usize) -> Result<(Block, usize), AllocError> {
        let over = |requested| AllocError::LimitReached { limit: self.budget.limit(), requested };
        if !self.budget.charge(size) {
            return Err(over(size));
        }
        let block = Block::new(size).inspect_err(|_| self.budget.refund(size))?;
        // `size` foresees what `Bump` asks for. Should it ever ask for more, that counts too.
        let excess = block.allocated().saturating_sub(size);
        if self.budget.charge(excess) {
            Ok((block, size + excess))
        } else {
            drop(block);
            self.budget.refund(size);
            Err(over(size + excess))
        }
    }

    /// Frees the blocks of a chain, from `chain` down to `until`, which stays its lane's. `leave` is called before, under
    /// the lock.
    pub(crate) fn release(&self, chain: u32, until: u32, leave: impl FnOnce()) {
        let mut table = self.lock();
        leave();
        let mut index = chain;
        while index != until {
            let entry = &table.entries[index as usize];
            let next = entry.next;
            let (capacity, dedicated) = (entry.block.capacity(), entry.dedicated);
            poison::poison(entry.block.start().as_ptr(), capacity);
            if dedicated {
                let freed = (capacity, Reverse(index));
                let at = table.free_dedicated.partition_point(|&free| free < freed);
                table.free_dedicated.insert(at, freed);
            } else {
                table.free.push(index);
            }
            index = next;
        }
    }

    /// Frees every block for reuse, in the order in which they were made, and keeps all of them.
    pub(crate) fn release_all(&mut self) {
        lock(&self.table).release_all();
    }

    /// Returns blocks to the global allocator, dedicated ones first and the largest first, until at most `retain`
    /// bytes are reserved. Every block must be free.
    pub(crate) fn trim(&mut self, retain: usize) {
        let mut table = lock(&self.table);
        debug_assert_eq!(table.free.len() + table.free_dedicated.len(), table.entries.len());
        // Shared blocks first and in their order, then dedicated ones from small to large: what is cut off at the
        // end goes first. The sort is stable and rare, and allocates nothing that is kept.
        table.entries.sort_by_key(|entry| (entry.dedicated, if entry.dedicated { entry.charged } else { 0 }));
        while self.budget.spent() > retain {
            let Some(entry) = table.entries.pop() else { break };
            self.budget.refund(entry.charged);
            table.reserved -= entry.charged;
        }
        if table.entries.is_empty() {
            table.next_size = self.block_size;
        }
        table.release_all();
    }

    /// The arena-wide account of bytes.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The size of the first block, in bytes.
    pub(crate) fn block_size(&self) -> usize {
        self.block_size
    }

    /// Calls `look` under the lock that every lane holds when it goes from one block to another, and counts the blocks.
    pub(crate) fn while_no_lane_changes_blocks<R>(&self, look: impl FnOnce() -> R) -> (R, Holdings) {
        let table = self.lock();
        let dedicated = table.entries.iter().filter(|entry| entry.dedicated).count();
        let Table { reserved, peak, .. } = *table;
        (look(), Holdings { blocks: table.entries.len() - dedicated, dedicated, reserved, peak })
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        lock(&self.table)
    }
}

impl Table {
    /// Takes a free block with `room` usable bytes out of its list.
    ///
    /// Dedicated blocks are taken by best fit, so that the same requests find blocks again in any order, and in the same
    /// order the same ones: the padding of a large alignment depends on the block's address.
    fn take(&mut self, room: usize, dedicated: bool) -> Option<u32> {
        if dedicated {
            let first = self.free_dedicated.partition_point(|&(capacity, _)| capacity < room);
            let &(best, _) = self.free_dedicated.get(first)?;
            // The last of those that are as large, so that the others need not move.
            let end = self.free_dedicated.partition_point(|&(capacity, _)| capacity <= best);
            Some(self.free_dedicated.remove(end - 1).1.0)
        } else {
            // The last one fits unless memory was so short that a smaller block was made.
            let fits = |&index: &u32| room <= self.entries[index as usize].block.capacity();
            let at = self.free.iter().rposition(fits)?;
            Some(self.free.remove(at))
        }
    }

    /// Adds a block, or gives it back when the table cannot grow.
    fn add(&mut self, entry: Entry) -> Result<u32, Entry> {
        let count = self.entries.len() + 1;
        let index = u32::try_from(self.entries.len()).ok().filter(|&index| index != NO_BLOCK);
        let room = self
            .entries
            .try_reserve(1)
            .and_then(|()| self.free.try_reserve(count - self.free.len()))
            .and_then(|()| self.free_dedicated.try_reserve(count - self.free_dedicated.len()));
        match (index, room) {
            (Some(index), Ok(())) => {
                self.reserved += entry.charged;
                self.peak = self.peak.max(self.reserved);
                self.entries.push(entry);
                Ok(index)
            }
            _ => Err(entry),
        }
    }

    fn hand_out(&mut self, index: u32, chain: u32) -> Span {
        let entry = &mut self.entries[index as usize];
        entry.next = chain;
        Span { block: index, start: entry.block.start(), capacity: entry.block.capacity() }
    }

    fn release_all(&mut self) {
        self.free.clear();
        self.free_dedicated.clear();
        for (index, entry) in (0_u32..).zip(&self.entries) {
            poison::poison(entry.block.start().as_ptr(), entry.block.capacity());
            if entry.dedicated {
                self.free_dedicated.push((entry.block.capacity(), Reverse(index)));
            } else {
                self.free.push(index);
            }
        }
        // The oldest last, which is the first to be handed out.
        self.free.reverse();
        self.free_dedicated.sort_unstable();
    }
}
