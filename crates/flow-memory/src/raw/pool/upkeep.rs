//! What keeps a pool within its limits, and what fills it in advance.

use std::ptr::NonNull;

use flow_arena::internal::FirstPanic;

use super::{Class, RawPool};
use crate::{
    raw::{
        cache::Cache,
        magazine::{Item, Magazine},
        storage::Storage,
    },
    sync::{Ordering, of_process::Arc},
};

impl<S: Storage> RawPool<S> {
    /// Makes room in the budget for an item of a class, at the cost of other classes: they give up the room that this
    /// thread has for more of them, and then a magazine or two, from the depot or else of this thread, so that what
    /// nobody asks for any more gives way. `false` if there was nothing.
    pub(super) fn make_room(this: &Arc<Self>, class: usize, panic: &mut FirstPanic) -> bool
    where
        S: 'static,
    {
        let before = this.budget.spent();
        for other in 0..this.classes.len() {
            // SAFETY: here and below, `with_caches` gives caches that are ours during the call.
            Self::with_caches(this, other, |caches| unsafe { this.return_credit(caches, other) });
        }
        if this.budget.spent() < before {
            return true;
        }
        let others = || (0..this.classes.len()).filter(|&other| other != class);
        let weight = |class: usize, items: usize| items.saturating_mul(this.classes[class].weight);
        let heaviest = others().max_by_key(|&other| weight(other, this.classes[other].depot.items()));
        if let Some(heaviest) = heaviest
            && let Some(magazine) = this.classes[heaviest].depot.pop()
        {
            this.dispose(heaviest, magazine, panic);
            return true;
        }
        // SAFETY: as above.
        let kept =
            |other| Self::with_caches(this, other, |caches| unsafe { this.cache(caches, other) }.items());
        let Some(heaviest) = others().max_by_key(|&other| weight(other, kept(other))) else { return false };
        // SAFETY: as above.
        let magazines =
            Self::with_caches(this, heaviest, |caches| unsafe { this.take_all(caches, heaviest) });
        let mut found = false;
        for magazine in magazines.into_iter().flatten() {
            found |= magazine.len() != 0;
            this.dispose(heaviest, magazine, panic);
        }
        found
    }

    /// Disposes of kept items, the heaviest first, until what is charged is at most `target`, as far as they are in
    /// the depot or in this thread's caches. If that is not enough, asks the other threads to dispose of what they
    /// keep when they next put something back. Returns the weight of what was disposed of here.
    pub(crate) fn shrink_to(this: &Arc<Self>, target: usize) -> usize
    where
        S: 'static,
    {
        let mut panic = FirstPanic::default();
        let mut disposed = 0;
        let mut dispose = |class: usize, magazine: Magazine| {
            disposed += magazine.len() as usize * this.classes[class].weight;
            this.dispose(class, magazine, &mut panic);
        };
        let classes = 0..this.classes.len();
        for class in classes.clone() {
            // SAFETY: here and below, `with_caches` gives caches that are ours during the call.
            Self::with_caches(this, class, |caches| unsafe { this.return_credit(caches, class) });
        }
        for class in classes.clone().rev() {
            while this.budget.spent() > target
                && let Some(magazine) = this.classes[class].depot.pop()
            {
                dispose(class, magazine);
            }
        }
        for class in classes.rev() {
            if this.budget.spent() > target {
                // SAFETY: as above.
                let own = Self::with_caches(this, class, |caches| unsafe { this.take_all(caches, class) });
                own.into_iter().flatten().for_each(|magazine| dispose(class, magazine));
            }
        }
        if this.budget.spent() > target {
            this.ask_all_to_trim();
            if let Some(own) = this.route() {
                // SAFETY: ours, and emptied.
                unsafe { this.learn_of_trims(own) };
            }
        }
        panic.resume();
        disposed
    }

    /// Gives up the room that a cache has for more items than it holds.
    ///
    /// # Safety
    ///
    /// `caches` are of this pool, and the caller owns them.
    unsafe fn return_credit(&self, caches: NonNull<Cache>, class: usize) {
        // SAFETY: the caller's, in the whole block.
        unsafe {
            let cache = self.cache(caches, class);
            let state = cache.state();
            let items = state.loaded.unwrap_or(0) + state.previous_len;
            cache.set_credit(items);
            cache.renew_limit(self.classes[class].rounds, &self.trims);
            self.refund(class, state.credit - items);
        }
    }

    /// Has every owner of caches dispose of what it keeps of a class when it next puts something of that class.
    pub(in crate::raw) fn ask_all_to_trim(&self) {
        // Before the owners are asked, in `ask_to_visit`, which publishes it.
        self.trims.fetch_add(1, Ordering::Relaxed);
        self.for_each_cache(|_, cache| cache.ask_to_visit());
    }

    /// Puts items that `make` makes into the depot, until there are `count`, the budget is spent, the depot is full,
    /// or `make` has no more. How many were put there.
    pub(crate) fn prefill(
        &self,
        class: usize,
        count: usize,
        mut make: impl FnMut() -> Option<Item>,
    ) -> usize {
        let Class { weight, rounds, .. } = self.classes[class];
        let mut panic = FirstPanic::default();
        let mut kept = 0;
        loop {
            let wanted = rounds.min(u32::try_from(count - kept).unwrap_or(rounds));
            let Some(mut magazine) = self.empty.pop().or_else(Magazine::try_new) else { break };
            while magazine.len() < wanted && self.budget.charge(weight) {
                let mut made = None;
                panic.catch(|| made = make());
                let Some(item) = made else {
                    self.budget.refund(weight);
                    break;
                };
                magazine.push(item);
            }
            let filled = magazine.len();
            if filled == 0 {
                self.keep_empty(magazine);
                break;
            }
            let disposed = self.deposit(class, magazine, &mut panic);
            kept = (kept + filled as usize).saturating_sub(disposed);
            if filled < wanted || disposed != 0 || kept == count {
                break;
            }
        }
        panic.resume();
        kept
    }
}
