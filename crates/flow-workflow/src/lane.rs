//! Ready nodes of one participant of a run, from which the others may take.
//!
//! A lane is a stack of ranges of ids. Each slot is one word that says a whole range, and every node is taken by a
//! compare-and-swap of the word that has it: the owner takes the first of the topmost range, a thief takes the upper half
//! of the lowest one. A word means what it says, whenever it is read, so that there is nothing that could be mistaken
//! for something older (no ABA), and nodes are always in exactly one word or in somebody's hands.
//!
//! Invariant: only the owner makes an empty slot full, and all slots from its height on are empty. No slot from `used` on has
//! ever been full.

use std::ops::Range;

use crate::sync::{AtomicU64, AtomicUsize, Ordering};

/// What a lane has room for, in ranges; more goes where all find it.
const SLOTS: usize = if cfg!(any(flow_loom, flow_sanitize)) { 2 } else { 64 };

/// See above. Only its owner calls [`push`](Self::push), [`pop`](Self::pop) and [`spill`](Self::spill), with the same
/// height each time.
#[derive(Debug)]
pub(crate) struct Lane {
    slots: Box<[AtomicU64]>,
    /// How far others have to look. Only grows.
    used: AtomicUsize,
}

/// How many slots of its lane the owner has filled. Others don't know it.
#[derive(Debug, Default)]
pub(crate) struct Height(usize);

/// A range of ids as one word.
#[inline]
pub(crate) fn pack(range: Range<u32>) -> u64 {
    u64::from(range.start) << 32 | u64::from(range.end)
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "takes the word apart")]
pub(crate) fn unpack(word: u64) -> Range<u32> {
    (word >> 32) as u32..word as u32
}

const EMPTY: u64 = 0;

impl Lane {
    /// A lane for a graph of `nodes` nodes.
    pub(crate) fn new(nodes: usize) -> Self {
        let slots = (0..nodes.clamp(1, SLOTS)).map(|_| AtomicU64::new(EMPTY)).collect();
        Self { slots, used: AtomicUsize::new(0) }
    }

    /// Adds a range that is not empty; `Err` if there is no room. With `SHARED`, a load with `SeqCst` that follows comes
    /// after it in the order of all threads.
    #[inline]
    pub(crate) fn push<const SHARED: bool>(
        &self,
        height: &mut Height,
        range: Range<u32>,
    ) -> Result<(), Range<u32>> {
        debug_assert!(!range.is_empty(), "a word without nodes would hide those below it");
        let Some(slot) = self.slots.get(height.0) else { return Err(range) };
        // Relaxed: only the owner writes it.
        if height.0 >= self.used.load(Ordering::Relaxed) {
            // SeqCst, and before the slot: whoever could see that must look there.
            self.used.store(height.0 + 1, if SHARED { Ordering::SeqCst } else { Ordering::Relaxed });
        }
        if SHARED {
            // Pairs with the compare-and-swap in `steal`, and with `has_work` of a thread that is about to sleep.
            slot.swap(pack(range), Ordering::SeqCst);
        } else {
            slot.store(pack(range), Ordering::Relaxed);
        }
        height.0 += 1;
        Ok(())
    }

    /// Takes the first node of the topmost range.
    #[inline]
    pub(crate) fn pop<const SHARED: bool>(&self, height: &mut Height) -> Option<u32> {
        while height.0 > 0 {
            let slot = &self.slots[height.0 - 1];
            let mut word = slot.load(Ordering::Relaxed);
            loop {
                let Range { start, end } = unpack(word);
                if start >= end {
                    break;
                }
                let rest = if start + 1 == end { EMPTY } else { pack(start + 1..end) };
                if !SHARED {
                    slot.store(rest, Ordering::Relaxed);
                } else if let Err(changed) =
                    // What the owner takes it has put there itself: nothing to acquire.
                    slot.compare_exchange_weak(word, rest, Ordering::Relaxed, Ordering::Relaxed)
                {
                    word = changed;
                    continue;
                }
                if rest == EMPTY {
                    height.0 -= 1;
                }
                return Some(start);
            }
            height.0 -= 1;
        }
        None
    }

    /// Moves the lower half of the slots, as words, to `into`, for when there is no room; what is left moves down.
    pub(crate) fn spill(&self, height: &mut Height, into: &mut Vec<u64>) {
        let half = height.0.div_ceil(2);
        for slot in &self.slots[..half] {
            let word = slot.swap(EMPTY, Ordering::Relaxed);
            if word != EMPTY {
                into.push(word);
            }
        }
        for index in half..height.0 {
            let word = self.slots[index].swap(EMPTY, Ordering::Relaxed);
            // Pairs with the compare-and-swap in `steal`.
            self.slots[index - half].store(word, Ordering::Release);
        }
        height.0 -= half;
    }

    /// Takes a part of the lowest range, if there is one: half of it, or its only node.
    pub(crate) fn steal(&self) -> Option<Range<u32>> {
        // Relaxed: who misses something finds it when it looks whether there is work, before it sleeps.
        for slot in &self.slots[..self.used.load(Ordering::Relaxed)] {
            let mut word = slot.load(Ordering::Relaxed);
            loop {
                let Range { start, end } = unpack(word);
                if start >= end {
                    break;
                }
                let middle = start + (end - start) / 2;
                let rest = if middle == start { EMPTY } else { pack(start..middle) };
                // Pairs with the store in `push` or `spill`: what was done before a node became ready is visible.
                match slot.compare_exchange_weak(word, rest, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) => return Some(middle..end),
                    Err(changed) => word = changed,
                }
            }
        }
        None
    }

    /// Whether somebody could take something. Sees all that was pushed before, in the order of `SeqCst` operations.
    pub(crate) fn has_work(&self) -> bool {
        let used = &self.slots[..self.used.load(Ordering::SeqCst)];
        used.iter().any(|slot| !unpack(slot.load(Ordering::SeqCst)).is_empty())
    }

    /// Empties the lane; for the owner, or for one who has it alone.
    pub(crate) fn clear(&self, height: &mut Height) {
        for slot in &self.slots[..height.0] {
            slot.swap(EMPTY, Ordering::Relaxed);
        }
        height.0 = 0;
    }
}

#[cfg(all(test, flow_loom))]
mod loom_lane;
#[cfg(test)]
mod tests;
