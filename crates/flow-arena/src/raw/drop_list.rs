//! The destructors that a lane owes: a list that runs through the arena's own memory.
//!
//! Each value that needs dropping lies behind a [`Link`] to the one before it, so that the list costs no memory of
//! its own and runs last in, first out. Only the lane's owner changes the list, or whoever holds the arena `&mut`.

use std::{
    alloc::Layout,
    ptr::{self, NonNull},
};

use crate::{
    first_panic::FirstPanic,
    sync::{AtomicPtr, Ordering::Relaxed},
};

/// A list of values to drop.
#[derive(Debug)]
pub(crate) struct DropList {
    newest: AtomicPtr<Link>,
}

/// A place in a list, for [`DropList::run_to`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark(*mut Link);

impl Mark {
    /// Before the first value.
    pub(crate) const START: Self = Self(ptr::null_mut());
}

#[derive(Debug)]
struct Link {
    before: *mut Link,
    /// Drops the value behind this link, which must be the one that it was pushed with.
    drop_value: unsafe fn(*mut Link),
}

/// A link and its value, as they lie in the arena.
#[repr(C)]
struct Linked<T> {
    link: Link,
    value: T,
}

/// The memory that a value of type `T` needs together with its link.
pub(crate) const fn linked_layout<T>() -> Layout {
    Layout::new::<Linked<T>>()
}

impl DropList {
    pub(crate) fn new() -> Self {
        Self { newest: AtomicPtr::new(ptr::null_mut()) }
    }

    /// The list's end, as it is now.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.newest.load(Relaxed))
    }

    /// Writes `value` to `place` and puts it on the list. The value is then dropped by [`Self::run_to`].
    ///
    /// # Safety
    ///
    /// `place` has [`linked_layout::<T>()`](linked_layout), belongs to the caller, and stays valid until the list has
    /// run. The caller owns the list, and the list runs on a thread where a `T` may be dropped, while `T` is valid.
    pub(crate) unsafe fn push<T>(&self, place: NonNull<u8>, value: T) -> NonNull<T> {
        let linked = place.cast::<Linked<T>>().as_ptr();
        let link = Link { before: self.newest.load(Relaxed), drop_value: drop_value::<T> };
        // SAFETY: `place` has the layout of a `Linked<T>` and is the caller's.
        unsafe { linked.write(Linked { link, value }) };
        // The link is the first field, and `#[repr(C)]`: the same address, and provenance over the whole `Linked`.
        self.newest.store(linked.cast::<Link>(), Relaxed);
        // SAFETY: `linked` is valid, so its field is, and neither is null.
        unsafe { NonNull::new_unchecked(&raw mut (*linked).value) }
    }

    /// Drops the values that were pushed since `mark`, newest first, and takes them off the list.
    ///
    /// All of them are dropped, also when some panic: `panic` keeps what the first panics with.
    ///
    /// # Safety
    ///
    /// The caller owns the list, nobody uses those values any more, and their memory is still valid.
    pub(crate) unsafe fn run_to(&self, mark: Mark, panic: &mut FirstPanic) {
        loop {
            let newest = self.newest.load(Relaxed);
            if Mark(newest) == mark {
                return;
            }
            // SAFETY: every link on the list is a valid one, by `push`.
            let Link { before, drop_value } = unsafe { newest.read() };
            // Off the list first: a destructor that panics must not run again.
            self.newest.store(before, Relaxed);
            // SAFETY: `drop_value` was stored with this very link, and the caller lets its value be dropped.
            panic.catch(|| unsafe { drop_value(newest) });
        }
    }
}

/// Drops the `T` behind `link`.
///
/// # Safety
///
/// `link` is the link of a valid `Linked<T>` whose value was not dropped yet, with provenance over all of it.
unsafe fn drop_value<T>(link: *mut Link) {
    // SAFETY: by the caller; `#[repr(C)]` puts the link first.
    unsafe { ptr::drop_in_place(&raw mut (*link.cast::<Linked<T>>()).value) }
}
