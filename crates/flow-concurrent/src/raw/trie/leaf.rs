//! Leaves: small dense tables.

use std::{
    alloc::Layout,
    marker::PhantomData,
    mem::{ManuallyDrop, offset_of},
    ptr::{self, NonNull},
    slice,
};

use super::{
    memory::{allocate, deallocate},
    node::ALIGN,
    tags::{self, GROUP},
};

/// A leaf: a header, a tag for each entry, in groups, and the entries, without gaps. Owns nothing.
pub(super) struct Leaf<K, V> {
    header: NonNull<Header>,
    of: PhantomData<(K, V)>,
}

impl<K, V> Clone for Leaf<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Leaf<K, V> {}

/// What comes before the tags.
#[repr(C)]
struct Header {
    /// The version that the leaf was made for.
    birth: u64,
    len: u32,
    /// How many entries there is memory for, above eight bits that tell how many bits of the hash all have in common:
    /// so that header and tags are half a cache line.
    capacity_and_depth: u32,
    /// The tags of the first entries; [`NO_TAG`](tags::NO_TAG) where there is no entry. Others follow the entries.
    tags: [u8; GROUP],
}

impl<K, V> Leaf<K, V> {
    #[inline]
    pub(super) fn from_pointer(header: NonNull<u8>) -> Self {
        Self { header: header.cast(), of: PhantomData }
    }

    #[inline]
    pub(super) fn pointer(self) -> NonNull<u8> {
        self.header.cast()
    }

    /// The layout for so many entries, and where the groups of tags after the first begin.
    fn layout(capacity: usize) -> (Layout, usize) {
        let too_many = "too many entries for a leaf";
        let entries = Layout::array::<(K, V)>(capacity).expect(too_many);
        let more_tags =
            Layout::array::<[u8; GROUP]>(capacity.div_ceil(GROUP).saturating_sub(1)).expect(too_many);
        let (layout, offset) = Layout::new::<Header>().extend(entries).expect(too_many);
        debug_assert_eq!(offset, Self::ENTRIES);
        let (layout, offset) = layout.extend(more_tags).expect(too_many);
        (layout.align_to(ALIGN).expect("a small power of two").pad_to_align(), offset)
    }

    /// Where the entries begin.
    const ENTRIES: usize = size_of::<Header>().next_multiple_of(align_of::<(K, V)>());

    /// # Safety
    ///
    /// Here and below, unless more is said: the leaf has not been freed, and nobody changes it meanwhile.
    #[inline]
    unsafe fn header(&self) -> &Header {
        // SAFETY: the caller's promise.
        unsafe { self.header.as_ref() }
    }

    /// # Safety
    ///
    /// As for `header`.
    #[inline]
    pub(super) unsafe fn len(self) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.header().len as usize }
    }

    /// # Safety
    ///
    /// As for `header`.
    pub(super) unsafe fn birth(self) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { self.header().birth }
    }

    /// # Safety
    ///
    /// As for `header`.
    pub(super) unsafe fn depth(self) -> u32 {
        // SAFETY: the caller's promise.
        unsafe { self.header().capacity_and_depth & 0xff }
    }

    /// # Safety
    ///
    /// As for `header`.
    unsafe fn capacity(self) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.header().capacity_and_depth as usize >> 8 }
    }

    /// Where the tag of an entry is.
    ///
    /// # Safety
    ///
    /// As for `header`; the index is less than the capacity.
    unsafe fn tag_at(self, index: usize) -> NonNull<u8> {
        // SAFETY: within the allocation: `layout` put them there.
        unsafe {
            debug_assert!(index < self.capacity());
            if index < GROUP {
                return self.pointer().add(offset_of!(Header, tags) + index);
            }
            self.pointer().add(Self::layout(self.capacity()).1 + index - GROUP)
        }
    }

    /// # Safety
    ///
    /// As for `header`.
    #[inline]
    unsafe fn entries_pointer(self) -> NonNull<(K, V)> {
        // SAFETY: the caller's promise; within the allocation, and aligned: `layout` put them there.
        unsafe { self.pointer().add(Self::ENTRIES).cast() }
    }

    /// # Safety
    ///
    /// As for `header`, as long as `'a`.
    #[inline]
    pub(super) unsafe fn entries<'a>(self) -> &'a [(K, V)] {
        // SAFETY: the first `len` entries are there.
        unsafe { slice::from_raw_parts(self.entries_pointer().as_ptr(), self.len()) }
    }

    /// # Safety
    ///
    /// As for `header`, as long as `'a`; the leaf has more than `index` entries.
    #[inline]
    pub(super) unsafe fn entry<'a>(self, index: usize) -> &'a (K, V) {
        // SAFETY: the caller's promise.
        unsafe { self.entries_pointer().add(index).as_ref() }
    }

    /// Which entry has the tag of `hash`, and is the wanted one.
    ///
    /// # Safety
    ///
    /// As for `header`.
    #[inline]
    pub(super) unsafe fn find(self, hash: u64, mut is_wanted: impl FnMut(&K) -> bool) -> Option<usize> {
        // SAFETY: the caller's promise.
        unsafe {
            let found = self.find_in(&self.header().tags, 0, hash, &mut is_wanted);
            if found.is_some() || self.capacity() <= GROUP {
                return found;
            }
            self.find_beyond(hash, is_wanted)
        }
    }

    /// [`find`](Self::find) in all groups of tags but the first.
    #[cold]
    unsafe fn find_beyond(self, hash: u64, mut is_wanted: impl FnMut(&K) -> bool) -> Option<usize> {
        // SAFETY: the caller's promise; there are tags for the whole capacity, in whole groups.
        unsafe {
            (GROUP..self.len()).step_by(GROUP).find_map(|first| {
                let tags = self.tag_at(first).cast::<[u8; GROUP]>().as_ref();
                self.find_in(tags, first, hash, &mut is_wanted)
            })
        }
    }

    /// [`find`](Self::find) in the group of tags that begins with that of the entry `first`.
    #[inline]
    unsafe fn find_in(
        self,
        tags: &[u8; GROUP],
        first: usize,
        hash: u64,
        is_wanted: &mut impl FnMut(&K) -> bool,
    ) -> Option<usize> {
        let mut candidates = tags::matches(tags, tags::tag_of(hash));
        while candidates != 0 {
            let index = first + candidates.trailing_zeros() as usize;
            // SAFETY: only entries that are there have a tag.
            if is_wanted(unsafe { &self.entries_pointer().add(index).as_ref().0 }) {
                return Some(index);
            }
            candidates &= candidates - 1;
        }
        None
    }

    /// Adds an entry, if there is room.
    ///
    /// # Safety
    ///
    /// The leaf has not been freed, and nobody else reaches it.
    pub(super) unsafe fn push(self, hash: u64, entry: (K, V)) -> Result<(), (K, V)> {
        // SAFETY: the caller's promise; the place behind the last entry is within the capacity.
        unsafe {
            let len = self.len();
            if len == self.capacity() {
                return Err(entry);
            }
            self.tag_at(len).write(tags::tag_of(hash));
            self.entries_pointer().add(len).write(entry);
            (*self.header.as_ptr()).len += 1;
        }
        Ok(())
    }

    /// Takes an entry out; the last one gets its place.
    ///
    /// # Safety
    ///
    /// The leaf has not been freed, has this entry, and nobody else reaches it.
    pub(super) unsafe fn swap_remove(self, index: usize) -> (K, V) {
        // SAFETY: the caller's promise.
        unsafe {
            let last = self.len() - 1;
            debug_assert!(index <= last);
            let entries = self.entries_pointer();
            entries.add(index).swap(entries.add(last));
            self.tag_at(index).write(self.tag_at(last).replace(tags::NO_TAG));
            if index == last {
                self.tag_at(last).write(tags::NO_TAG);
            }
            (*self.header.as_ptr()).len -= 1;
            entries.add(last).read()
        }
    }

    /// # Safety
    ///
    /// The leaf has not been freed, has this entry, and nobody else reaches it, as long as `'a`.
    pub(super) unsafe fn value_mut<'a>(self, index: usize) -> &'a mut V
    where
        K: 'a,
    {
        // SAFETY: the caller's promise.
        unsafe {
            debug_assert!(index < self.len());
            &mut self.entries_pointer().add(index).as_mut().1
        }
    }

    /// Drops the entries and gives back the memory.
    ///
    /// # Safety
    ///
    /// Nobody reaches the leaf any more.
    pub(super) unsafe fn free(self) {
        // Whatever unwinds out of the entries, the memory is given back.
        let entries = Owned(self);
        // SAFETY: the entries are there, and used for the last time.
        unsafe {
            let all = ptr::slice_from_raw_parts_mut(self.entries_pointer().as_ptr(), self.len());
            ptr::drop_in_place(all);
        }
        drop(entries);
    }

    /// Gives back the memory of a leaf whose entries have been moved out.
    ///
    /// # Safety
    ///
    /// Nobody reaches the leaf any more.
    pub(super) unsafe fn free_moved(self) {
        drop(Owned(self));
    }
}

/// Owns the memory of a leaf, not its entries.
struct Owned<K, V>(Leaf<K, V>);

impl<K, V> Drop for Owned<K, V> {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and owned.
        unsafe { deallocate(self.0.pointer(), Leaf::<K, V>::layout(self.0.capacity()).0) };
    }
}

/// A leaf that is being made. Dropped half way, by a panic of `Clone`, it drops what it has.
pub(super) struct Builder<K, V>(Leaf<K, V>);

impl<K, V> Builder<K, V> {
    /// A leaf with room for `capacity` entries or a few more.
    pub(super) fn new(capacity: usize, depth: u32, birth: u64) -> Self {
        // A few more, so that those who insert many at once do not copy for each; and whole groups beyond the first.
        let capacity = capacity.next_multiple_of(if capacity <= GROUP { 4 } else { GROUP });
        let (layout, more_tags) = Leaf::<K, V>::layout(capacity);
        let leaf: Leaf<K, V> = Leaf::from_pointer(allocate(layout));
        let capacity_and_depth = u32::try_from((capacity << 8) | depth as usize);
        let capacity_and_depth = capacity_and_depth.expect("too many keys with equal hashes");
        let header = Header { birth, len: 0, capacity_and_depth, tags: [tags::NO_TAG; GROUP] };
        // SAFETY: the memory is new and big enough for the header and all tags, which are set as a whole, since they
        // are read in groups.
        unsafe {
            leaf.header.write(header);
            let count = capacity.saturating_sub(GROUP);
            leaf.pointer().add(more_tags).write_bytes(tags::NO_TAG, count);
        }
        Self(leaf)
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, hash: u64, entry: (K, V)) {
        // SAFETY: the leaf is this builder's alone.
        let pushed = unsafe { self.0.push(hash, entry) };
        debug_assert!(pushed.is_ok(), "made for fewer entries");
    }

    /// Adds clones of the entries of `leaf` for which `choose` says so.
    ///
    /// # Safety
    ///
    /// `leaf` has not been freed, and nobody changes it.
    pub(super) unsafe fn push_clones(&mut self, leaf: Leaf<K, V>, choose: impl Fn(usize) -> bool)
    where
        K: Clone,
        V: Clone,
    {
        // SAFETY: the caller's promise. A tag is the lowest bits of a hash, so it stands for one.
        unsafe {
            for (index, entry) in leaf.entries().iter().enumerate() {
                if choose(index) {
                    let tag = leaf.tag_at(index).read();
                    self.push(u64::from(tag), entry.clone());
                }
            }
        }
    }

    /// Adds the entries of `leaf` for which `choose` says so, without cloning them.
    ///
    /// # Safety
    ///
    /// `leaf` has not been freed, nobody else reaches it, and the chosen entries are not used there again.
    pub(super) unsafe fn push_moved(&mut self, leaf: Leaf<K, V>, choose: impl Fn(usize) -> bool) {
        // SAFETY: the caller's promise.
        unsafe {
            for index in (0..leaf.len()).filter(|&index| choose(index)) {
                let tag = leaf.tag_at(index).read();
                self.push(u64::from(tag), leaf.entries_pointer().add(index).read());
            }
        }
    }

    pub(super) fn finish(self) -> Leaf<K, V> {
        ManuallyDrop::new(self).0
    }
}

impl<K, V> Drop for Builder<K, V> {
    fn drop(&mut self) {
        // SAFETY: the leaf is this builder's alone.
        unsafe { self.0.free() };
    }
}
