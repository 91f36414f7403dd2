//! Where items come from, and how they are given back for good.

use super::magazine::Item;

/// Owns the memory of items that are in no magazine.
///
/// # Safety
///
/// Items may be sent to other threads. `dispose` accepts each item of its class once.
pub(crate) unsafe trait Storage: Send + Sync {
    /// Gives up an item of a class.
    ///
    /// # Safety
    ///
    /// The item is of this storage and this class, and nobody uses it any more.
    unsafe fn dispose(&self, class: usize, item: Item);
}
