//! A magazine: a stack of items in one piece of memory, which moves from a thread to the depot and back as a whole.
//!
//! Invariant: of `len` items, each is owned by the magazine, and stands below `len`.

use std::{cell::Cell, mem::MaybeUninit, ptr::NonNull};

use crate::sync::Exclusive;

/// What is pooled: memory that somebody owns. What is in it is the storage's business.
pub(crate) type Item = NonNull<u8>;

/// The most items in a magazine. One operation of the depot moves that many.
pub(crate) const ROUNDS: u32 = if cfg!(flow_loom) {
    2
} else if cfg!(flow_sanitize) {
    4
} else {
    64
};

/// Items in cells, since a thread that has the magazine loaded works with a shared pointer to it.
#[derive(Debug)]
pub(crate) struct Body {
    items: [Cell<MaybeUninit<Item>>; ROUNDS as usize],
    exclusive: Exclusive,
}

impl Body {
    /// Memory for a magazine; `None` if there is none.
    fn allocate() -> Option<NonNull<Self>> {
        let mut memory = Vec::new();
        memory.try_reserve_exact(1).ok()?;
        memory.push(Self {
            items: [const { Cell::new(MaybeUninit::uninit()) }; ROUNDS as usize],
            exclusive: Exclusive::new(),
        });
        NonNull::new(Box::into_raw(memory.into_boxed_slice()).cast())
    }

    /// Writes an item at `index`.
    ///
    /// # Safety
    ///
    /// `index < ROUNDS`, and no other thread uses the body.
    #[inline]
    pub(crate) unsafe fn set(&self, index: u32, item: Item) {
        debug_assert!(index < ROUNDS, "{index} is beyond the magazine");
        self.exclusive.used();
        // SAFETY: in bounds, as the caller promises.
        unsafe { self.items.get_unchecked(index as usize) }.set(MaybeUninit::new(item));
    }

    /// The item at `index`.
    ///
    /// # Safety
    ///
    /// An item was written at `index`, and no other thread uses the body.
    #[inline]
    pub(crate) unsafe fn get(&self, index: u32) -> Item {
        debug_assert!(index < ROUNDS, "{index} is beyond the magazine");
        self.exclusive.used();
        // SAFETY: in bounds and written, as the caller promises.
        unsafe { self.items.get_unchecked(index as usize).get().assume_init() }
    }
}

/// A magazine that its holder owns. Its items must be taken out before it is dropped: it does not know how to.
#[derive(Debug)]
pub(crate) struct Magazine {
    body: NonNull<Body>,
    len: u32,
}

// SAFETY: a magazine owns its memory, and items are `Send`: see `Storage`.
unsafe impl Send for Magazine {}

impl Magazine {
    /// An empty magazine; `None` if there is no memory for it.
    pub(crate) fn try_new() -> Option<Self> {
        Some(Self { body: Body::allocate()?, len: 0 })
    }

    /// Puts together what [`Self::into_parts`] took apart.
    ///
    /// # Safety
    ///
    /// `body` comes from `into_parts`, is not used by anybody else, and owns `len` items.
    pub(crate) unsafe fn from_parts(body: NonNull<Body>, len: u32) -> Self {
        debug_assert!(len <= ROUNDS, "{len} items in a magazine");
        Self { body, len }
    }

    /// The memory and the number of items, which the caller owns from now on.
    pub(crate) fn into_parts(self) -> (NonNull<Body>, u32) {
        let this = std::mem::ManuallyDrop::new(self);
        (this.body, this.len)
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    pub(crate) fn push(&mut self, item: Item) {
        assert!(self.len < ROUNDS, "the magazine is full");
        // SAFETY: in bounds, and the body is ours.
        unsafe { self.body.as_ref().set(self.len, item) };
        self.len += 1;
    }

    pub(crate) fn pop(&mut self) -> Option<Item> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: it is below what `len` was, so that it was written, and the body is ours.
        Some(unsafe { self.body.as_ref().get(self.len) })
    }
}

impl Drop for Magazine {
    fn drop(&mut self) {
        debug_assert_eq!(self.len, 0, "items in a magazine are lost");
        // SAFETY: made of a boxed slice of one body, in `allocate`, and owned by us.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(self.body.as_ptr(), 1)) });
    }
}
