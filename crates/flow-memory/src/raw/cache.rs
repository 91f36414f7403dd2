//! What a thread keeps of one class: a loaded magazine that it takes from and puts to, and the previous one.
//!
//! Two magazines, so that a thread that goes up and down at the border of one does not visit the depot each time: after
//! a visit, there are a whole magazine's operations to the next (Bonwick and Adams, "Magazines and Vmem", 2001).
//!
//! Each cache has one owner at a time, a thread or the holder of a lock, who alone calls what is `unsafe` here. Others
//! read the counters, and lower `limit` to ask the owner for a visit of its slow path.
//!
//! Invariant: the budget is charged for `credit` items, and `len + previous_len <= credit`. The owner fills the loaded
//! magazine up to `limit` without asking the budget: `limit + previous_len <= credit`, and `limit` is 0 without a
//! magazine.

use std::{
    cell::Cell,
    ptr::{self, NonNull},
};

use super::magazine::{Body, Item, Magazine, ROUNDS};
use crate::sync::{AtomicU32, AtomicU64, Exclusive, Ordering};

/// A number that its owner changes and anybody reads: no read-modify-write.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Only for the owner: two at once would lose counts.
    #[inline]
    pub(crate) fn add_one(&self) {
        // Relaxed: the number is about nothing but itself.
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// See the module's documentation. What the fast path touches is in the first half of a cache line.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Cache {
    /// Null if there is none; then `len` and `limit` are 0.
    loaded: Cell<*mut Body>,
    len: AtomicU32,
    limit: AtomicU32,
    /// Items that were taken out of this cache, and those that were put in by who had them from the pool.
    pub(crate) hits: Counter,
    pub(crate) returns: Counter,
    /// Null if there is none; then `previous_len` is 0.
    previous: Cell<*mut Body>,
    previous_len: AtomicU32,
    credit: Cell<u32>,
    /// The number of the last trim that the owner knows of.
    trims: Cell<u64>,
    /// Calls that found nothing.
    pub(crate) misses: Counter,
    /// Returned items that were not kept.
    pub(crate) discards: Counter,
    /// Returned items that were not handed out from this class.
    pub(crate) adopted: Counter,
    /// Items handed out from this class that will not return to it.
    pub(crate) left: Counter,
    exclusive: Exclusive,
}

// SAFETY: a cache goes from one owner to the next as a whole, by what orders the two: the number of a thread, a lock. All
// that others may touch are atomics.
unsafe impl Send for Cache {}
// SAFETY: as above; the cells are accessed by the owner only, in functions that are `unsafe` for that reason.
unsafe impl Sync for Cache {}

impl Cache {
    pub(crate) fn new() -> Self {
        Self {
            loaded: Cell::new(ptr::null_mut()),
            len: AtomicU32::new(0),
            limit: AtomicU32::new(0),
            hits: Counter::default(),
            returns: Counter::default(),
            previous: Cell::new(ptr::null_mut()),
            previous_len: AtomicU32::new(0),
            credit: Cell::new(0),
            trims: Cell::new(0),
            misses: Counter::default(),
            discards: Counter::default(),
            adopted: Counter::default(),
            left: Counter::default(),
            exclusive: Exclusive::new(),
        }
    }

    /// How many items there are. Anybody may ask; the answer is exact while the owner is idle.
    pub(crate) fn items(&self) -> usize {
        // Relaxed: a number for statistics.
        self.len.load(Ordering::Relaxed) as usize + self.previous_len.load(Ordering::Relaxed) as usize
    }

    /// Takes the item that was put in last, out of the loaded magazine. Counts a hit.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    #[inline]
    pub(crate) unsafe fn pop(&self) -> Option<Item> {
        self.exclusive.used();
        // Relaxed, here and in all that the owner does: it wrote the number itself, or took the cache over from who did.
        let len = self.len.load(Ordering::Relaxed).checked_sub(1)?;
        // SAFETY: `len` was not 0, so that there is a magazine, which is ours, with an item there.
        let item = unsafe { (*self.loaded.get()).get(len) };
        self.len.store(len, Ordering::Relaxed);
        self.hits.add_one();
        Some(item)
    }

    /// Puts an item into the loaded magazine, if its limit allows. Counts a return.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    #[inline]
    pub(crate) unsafe fn push(&self, item: Item) -> Result<(), Item> {
        self.exclusive.used();
        let len = self.len.load(Ordering::Relaxed);
        if len >= self.limit.load(Ordering::Relaxed) {
            return Err(item);
        }
        // SAFETY: the limit is not 0, so that there is a magazine, which is ours; and it is at most `ROUNDS`.
        unsafe { (*self.loaded.get()).set(len, item) };
        self.len.store(len + 1, Ordering::Relaxed);
        self.returns.add_one();
        Ok(())
    }

    /// Takes out the loaded magazine, empty or not, if there is one.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(crate) unsafe fn take_loaded(&self) -> Option<Magazine> {
        self.exclusive.used();
        let len = self.len.load(Ordering::Relaxed);
        self.len.store(0, Ordering::Relaxed);
        self.limit.store(0, Ordering::Relaxed);
        let body = NonNull::new(self.loaded.replace(ptr::null_mut()))?;
        // SAFETY: it was ours, with that many items.
        Some(unsafe { Magazine::from_parts(body, len) })
    }

    /// Takes out the previous magazine, empty or not, if there is one.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(crate) unsafe fn take_previous(&self) -> Option<Magazine> {
        self.exclusive.used();
        let len = self.previous_len.load(Ordering::Relaxed);
        self.previous_len.store(0, Ordering::Relaxed);
        let body = NonNull::new(self.previous.replace(ptr::null_mut()))?;
        // SAFETY: it was ours, with that many items.
        Some(unsafe { Magazine::from_parts(body, len) })
    }

    /// Puts a magazine into the empty place of the loaded one. The limit stays 0: see [`Self::renew_limit`].
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(crate) unsafe fn load(&self, magazine: Magazine) {
        self.exclusive.used();
        debug_assert!(self.loaded.get().is_null(), "there is a magazine, which would leak");
        let (body, len) = magazine.into_parts();
        self.loaded.set(body.as_ptr());
        self.len.store(len, Ordering::Relaxed);
    }

    /// Makes the previous magazine the loaded one, and the other way round. The limit becomes 0.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(crate) unsafe fn swap(&self) {
        self.exclusive.used();
        self.limit.store(0, Ordering::Relaxed);
        self.loaded.swap(&self.previous);
        let len = self.len.load(Ordering::Relaxed);
        self.len.store(self.previous_len.load(Ordering::Relaxed), Ordering::Relaxed);
        self.previous_len.store(len, Ordering::Relaxed);
    }

    /// What the owner sees of the cache.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(crate) unsafe fn state(&self) -> State {
        self.exclusive.used();
        State {
            loaded: (!self.loaded.get().is_null()).then(|| self.len.load(Ordering::Relaxed)),
            previous_len: self.previous_len.load(Ordering::Relaxed),
            credit: self.credit.get(),
        }
    }

    /// Says for how many items the budget is charged.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(crate) unsafe fn set_credit(&self, credit: u32) {
        self.exclusive.used();
        self.credit.set(credit);
    }

    /// Allows to fill the loaded magazine up to `rounds` items, as far as the credit goes. `false` if there was a
    /// trim, by its number, that the owner does not know of; then the limit is 0, so that the next item that is put in
    /// takes the slow path.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(crate) unsafe fn renew_limit(&self, rounds: u32, trims: &AtomicU64) {
        // SAFETY: the caller is the owner.
        let state = unsafe { self.state() };
        let limit = match state.loaded {
            Some(_) => rounds.min(ROUNDS).min(state.credit - state.previous_len),
            None => 0,
        };
        // A read-modify-write, so that it comes before or after the one in `ask_to_visit`. If it comes after, it sees
        // that one, and the new number of trims with it. Acquire: pairs with the Release there.
        self.limit.swap(limit, Ordering::Acquire);
        if trims.load(Ordering::Relaxed) != self.trims.get() {
            self.limit.store(0, Ordering::Relaxed);
        }
    }

    /// Whether there was a trim since the owner was last told of one, by the number of trims.
    ///
    /// # Safety
    ///
    /// The caller is the owner.
    pub(crate) unsafe fn learn_of_trim(&self, trims: &AtomicU64) -> bool {
        self.exclusive.used();
        // Relaxed: what a trim is about is the owner's own. A number that is seen late is seen at the next visit.
        let trims = trims.load(Ordering::Relaxed);
        self.trims.replace(trims) != trims
    }

    /// Has the owner's next call of [`Self::push`] fail, so that it takes the slow path and learns of a trim. For
    /// everybody.
    pub(crate) fn ask_to_visit(&self) {
        // Release: pairs with the Acquire in `renew_limit`, and publishes the new number of trims.
        self.limit.swap(0, Ordering::Release);
    }
}

/// What the owner sees of its cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    /// Items in the loaded magazine, if there is one.
    pub(crate) loaded: Option<u32>,
    /// Items in the previous magazine.
    pub(crate) previous_len: u32,
    /// Items that the budget is charged for.
    pub(crate) credit: u32,
}
