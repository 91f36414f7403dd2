//! Branches: arrays of pointers.

use std::{alloc::Layout, marker::PhantomData, ptr::NonNull};

use super::{
    memory::{allocate, deallocate},
    node::{ALIGN, Node},
};

/// A branch: the version it was made for, then its slots. Owns nothing.
pub(super) struct Branch<K, V> {
    header: NonNull<Header>,
    bits: u32,
    of: PhantomData<(K, V)>,
}

impl<K, V> Clone for Branch<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Branch<K, V> {}

#[repr(C)]
struct Header {
    birth: u64,
}

impl<K, V> Branch<K, V> {
    #[inline]
    pub(super) fn from_pointer(header: NonNull<u8>, bits: u32) -> Self {
        Self { header: header.cast(), bits, of: PhantomData }
    }

    #[inline]
    pub(super) fn pointer(self) -> NonNull<u8> {
        self.header.cast()
    }

    #[inline]
    pub(super) fn bits(self) -> u32 {
        self.bits
    }

    /// How many slots there are.
    #[inline]
    pub(super) fn slots(self) -> usize {
        1 << self.bits
    }

    /// The slot for the highest bits of `rest`.
    #[inline]
    pub(super) fn index_of(self, rest: u64) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "at most fifteen bits are left")]
        return (rest >> (u64::BITS - self.bits)) as usize;
    }

    fn layout(bits: u32) -> Layout {
        let slots = Layout::array::<Node<K, V>>(1 << bits).expect("at most 2^15 pointers");
        let (layout, offset) = Layout::new::<Header>().extend(slots).expect("as above");
        debug_assert_eq!(offset, size_of::<Header>());
        layout.align_to(ALIGN).expect("a small power of two").pad_to_align()
    }

    /// A branch of 2^`bits` slots, filled by `slot`, which must not panic.
    pub(super) fn new(bits: u32, birth: u64, slot: impl Fn(usize) -> Node<K, V>) -> Self {
        let header: NonNull<Header> = allocate(Self::layout(bits)).cast();
        let branch = Self { header, bits, of: PhantomData };
        // SAFETY: the memory is new and big enough for the header and the slots.
        unsafe {
            header.write(Header { birth });
            for index in 0..branch.slots() {
                branch.at(index).write(slot(index));
            }
        }
        branch
    }

    /// # Safety
    ///
    /// The branch has not been freed, and has more than `index` slots.
    #[inline]
    pub(super) unsafe fn at(self, index: usize) -> NonNull<Node<K, V>> {
        debug_assert!(index < self.slots());
        // SAFETY: the slots follow the header, which is as big as a pointer is aligned.
        unsafe { self.header.add(1).cast::<Node<K, V>>().add(index) }
    }

    /// # Safety
    ///
    /// The branch has not been freed, and has more than `index` slots.
    #[inline]
    pub(super) unsafe fn slot(self, index: usize) -> Node<K, V> {
        // SAFETY: the caller's promise.
        unsafe { self.at(index).read() }
    }

    /// The first slot after `slot` that points elsewhere.
    ///
    /// # Safety
    ///
    /// The branch has not been freed, and has this slot.
    pub(super) unsafe fn run_from(self, slot: usize) -> usize {
        // SAFETY: the caller's promise.
        unsafe {
            let node = self.slot(slot);
            (slot + 1..self.slots()).find(|&next| self.slot(next) != node).unwrap_or(self.slots())
        }
    }

    /// Sets `count` slots from `first` on.
    ///
    /// # Safety
    ///
    /// The branch has not been freed, has these slots, and nobody else reaches it.
    pub(super) unsafe fn set(self, first: usize, count: usize, node: Node<K, V>) {
        for index in first..first + count {
            // SAFETY: the caller's promise.
            unsafe { self.at(index).write(node) };
        }
    }

    /// # Safety
    ///
    /// The branch has not been freed.
    pub(super) unsafe fn birth(self) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { self.header.as_ref().birth }
    }

    /// A copy of this branch, made for version `birth`.
    ///
    /// # Safety
    ///
    /// The branch has not been freed.
    pub(super) unsafe fn copy(self, birth: u64) -> Self {
        let copy = Self { header: allocate(Self::layout(self.bits)).cast(), ..self };
        // SAFETY: the caller's promise; the copy has as many slots.
        unsafe {
            copy.header.write(Header { birth });
            copy.at(0).copy_from_nonoverlapping(self.at(0), self.slots());
        }
        copy
    }

    /// Gives back the memory, not what the slots point to.
    ///
    /// # Safety
    ///
    /// Nobody reaches the branch any more.
    pub(super) unsafe fn free(self) {
        // SAFETY: it was allocated with this layout; the rest is the caller's promise.
        unsafe { deallocate(self.pointer(), Self::layout(self.bits)) };
    }
}
