//! The end of items: they are given up to the storage, and then their weight is refunded.
//!
//! Giving up an object runs its destructor, which may panic. Then the others are given up all the same, all of the
//! pool's books are in order, and the first panic goes on.

use flow_arena::internal::FirstPanic;

use super::RawPool;
use crate::raw::{magazine::Magazine, storage::Storage};

impl<S: Storage> RawPool<S> {
    /// Disposes of items whose weight is charged, and refunds it.
    pub(in crate::raw) fn dispose(&self, class: usize, mut magazine: Magazine, panic: &mut FirstPanic) {
        while let Some(item) = magazine.pop() {
            // SAFETY: it was in a magazine of this class, so nobody uses it, and it is in none any more.
            panic.catch(|| unsafe { self.storage.dispose(class, item) });
            self.budget.refund(self.classes[class].weight);
        }
        self.keep_empty(magazine);
    }
}
