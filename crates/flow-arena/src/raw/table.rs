//! The table from strings to entries: open addressing in groups of seven, insert-only, read without locks.
//!
//! A group is one cache line: seven pointers to entries, and one word with a byte of hash for each, the tags. A search
//! loads the word, compares all seven tags at once, and follows a pointer only where the tag agrees, so that it nearly
//! always touches one line of the table and then the string itself. A group that is not full ends the search; a full one
//! sends it to the next. The one writer (the holder of the shard's lock) stores the pointer first and its tag last, with
//! Release; a reader loads the tags with Acquire. Nothing is ever removed, so that a search needs no tombstones, no
//! epochs and no second look.
//!
//! Growing reads no string and no group but the one it copies from: the writer keeps the hashes beside the table.
//!
//! Invariant: the entries of a group are filled from the first on, and the tag of a filled one has its high bit set.
//! Invariant: every table has a group that is not full, so that every search ends.
//! Invariant: a table's memory stays until its owner frees it with exclusive access (see `shard.rs`), because readers
//! hold no mark that tells when they have left it.
//!
//! Linear probing is Knuth's algorithm 6.4 L; comparing many tags of a group at once is from Swiss tables (Abseil, 2018)
//! and F14 (Folly, 2019). To publish an immutable entry through one atomic word, so that readers of an insert-only table
//! need no lock, is Cliff Click's idea (A Lock-Free Hash Table, 2007), here with one writer.

use std::{marker::PhantomData, mem::ManuallyDrop, ptr};

use super::entry::{Entry, Header, Interned};
use crate::sync::{AtomicPtr, AtomicU64, Ordering};

/// Entries of a group: with the tags, they fill a cache line.
pub(crate) const GROUP: usize = 7;

/// Places for [`GROUP`] strings.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Group {
    /// A byte for each entry, from the low end: its tag, or zero while there is none. The highest byte stays zero.
    tags: AtomicU64,
    /// Null where the tag is zero.
    entries: [AtomicPtr<Header>; GROUP],
}

/// The low bits of a table's address, where its size is kept.
const SIZE_BITS: usize = 0x3f;

const _: () = assert!(align_of::<Group>() > SIZE_BITS, "the size must fit below the alignment");
#[cfg(all(not(flow_loom), target_pointer_width = "64"))]
const _: () = assert!(size_of::<Group>() == 64);

/// The groups of the smallest table.
pub(crate) const MIN_GROUPS: usize = 1;

/// The strings that a table of `groups` groups takes before it must grow: three quarters of its places.
pub(crate) const fn max_load(groups: usize) -> usize {
    // Fewer where the checkers run, so that they see many tables grow.
    const OF_FOUR_GROUPS: usize = if cfg!(any(flow_loom, flow_sanitize)) { 8 } else { 3 * GROUP };
    (groups / 4).saturating_mul(OF_FOUR_GROUPS) + groups % 4 * OF_FOUR_GROUPS / 4
}

/// The groups of the smallest table that takes `strings`, or `None` if no memory could hold it.
pub(crate) fn groups_for(strings: usize) -> Option<usize> {
    let mut groups = (strings / GROUP).checked_next_power_of_two()?.max(MIN_GROUPS);
    while max_load(groups) < strings {
        groups = groups.checked_mul(2)?;
    }
    Some(groups)
}

/// The bytes of a table of `groups` groups, or `None` if no memory could hold it.
pub(crate) fn table_bytes(groups: usize) -> Option<usize> {
    groups.checked_mul(size_of::<Group>()).filter(|&bytes| isize::try_from(bytes).is_ok())
}

/// The bytes of the hashes that the writer of such a table keeps. Less than the table's.
pub(crate) fn hash_bytes(groups: usize) -> usize {
    groups * GROUP * size_of::<u32>()
}

/// What a table must know of a string's hash.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// Chooses the first group: the low bits, of which the table's mask takes what it needs.
    pub(crate) low: u32,
    /// Bits that choose neither group nor shard, and the high bit.
    tag: u8,
}

impl Key {
    /// The key of a string whose hash is `hash`.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "takes the bits it is to take")]
    pub(crate) fn new(hash: u64) -> Self {
        Self { low: hash as u32, tag: (hash >> 40) as u8 | 0x80 }
    }
}

/// A table that owns its memory.
///
/// It is one word: the address of the first group, with the base-2 logarithm of their number in its low bits, so that a
/// reader gets both with one load. It lives in an atomic pointer also where nobody shares it, for `Send` and `Sync`.
#[derive(Debug)]
pub(crate) struct Table(AtomicPtr<Group>);

impl Table {
    /// An empty table of `groups` groups; `None` if the global allocator has no memory for it.
    pub(crate) fn new(groups: usize) -> Option<Self> {
        assert!(groups.is_power_of_two(), "a table of {groups} groups");
        let mut memory = Vec::new();
        memory.try_reserve_exact(groups).ok()?;
        memory.extend((0..groups).map(|_| Group::empty()));
        // From here on only raw pointers: readers use the memory while this owner is moved about.
        let start = Box::into_raw(memory.into_boxed_slice()).cast::<Group>();
        let log2 = groups.trailing_zeros() as usize;
        Some(Self(AtomicPtr::new(start.map_addr(|address| address | log2))))
    }

    /// The groups behind a value of `self.0`.
    #[inline]
    fn view(&self, sized: *mut Group) -> View<'_> {
        let log2 = sized.addr() & SIZE_BITS;
        // The size was put there with `map_addr`, so that taking it off stays in the allocation.
        let start = sized.wrapping_byte_sub(log2);
        View { start, mask: (1 << log2) - 1, owner: PhantomData }
    }

    /// The table as a reader sees it, who may hold no lock.
    #[inline]
    pub(crate) fn acquire(&self) -> View<'_> {
        // Acquire: pairs with the Release store in `publish`, so that the reader sees the groups copied before it.
        self.view(self.0.load(Ordering::Acquire))
    }

    /// The table as its writer sees it, who holds the shard's lock or has exclusive access.
    pub(crate) fn writer_view(&self) -> View<'_> {
        // Relaxed: only lock holders store, and the lock orders them.
        self.view(self.0.load(Ordering::Relaxed))
    }

    /// Puts `next` in the place of this table and returns the old one.
    ///
    /// # Safety
    ///
    /// The caller is the only writer, and keeps the returned table until no reader can be in it.
    pub(crate) unsafe fn publish(&self, next: Self) -> Self {
        let old = self.0.load(Ordering::Relaxed);
        // Release: pairs with the Acquire load in `acquire`. The new table's groups were stored before this.
        self.0.store(ManuallyDrop::new(next).0.load(Ordering::Relaxed), Ordering::Release);
        Self(AtomicPtr::new(old))
    }

    /// Empties every group.
    pub(crate) fn clear(&mut self) {
        let view = self.writer_view();
        for index in 0..view.groups() {
            // Relaxed: `&mut self` excludes readers, and whatever hands the table to them afterwards orders this.
            let group = view.group(index);
            group.tags.store(0, Ordering::Relaxed);
            group.entries.iter().for_each(|entry| entry.store(ptr::null_mut(), Ordering::Relaxed));
        }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        let view = self.writer_view();
        let groups = ptr::slice_from_raw_parts_mut(view.start, view.groups());
        // SAFETY: `new` made the memory from a boxed slice of this many groups; this is its one owner, and `publish`
        // promises that no reader is in a table that is dropped.
        drop(unsafe { Box::from_raw(groups) });
    }
}

/// A table's groups, for as long as its memory is borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    start: *mut Group,
    mask: usize,
    owner: PhantomData<&'a Table>,
}

impl<'a> View<'a> {
    /// The number of groups.
    pub(crate) fn groups(self) -> usize {
        self.mask + 1
    }

    /// The group at `index`, modulo their number.
    #[inline]
    fn group(self, index: usize) -> &'a Group {
        // SAFETY: masked, hence within the table, whose memory is borrowed for `'a`; groups are only ever shared.
        unsafe { &*self.start.add(index & self.mask) }
    }

    /// The entry of `text`, whose hash is `hash`.
    #[inline]
    pub(crate) fn find(self, hash: u64, text: &str) -> Option<Interned<'a>> {
        let key = Key::new(hash);
        let mut index = key.low as usize;
        loop {
            let group = self.group(index);
            // Acquire: pairs with the Release store in `insert`, or with that in `publish` if growing moved the entry
            // here. It makes the group's entries, their headers and their texts visible.
            let tags = group.tags.load(Ordering::Acquire);
            let mut candidates = places_with(tags, key.tag);
            while candidates != 0 {
                let place = candidates.trailing_zeros() as usize / 8;
                // Relaxed: stored before its tag, which was acquired above.
                let entry = group.entries[place].load(Ordering::Relaxed);
                // SAFETY: `insert` promises that what it stores is valid as long as the table is, hence for `'a`.
                let interned = unsafe { Entry::from_ptr(entry)?.interned::<'a>() };
                if equal(interned.text().as_bytes(), text.as_bytes()) {
                    return Some(interned);
                }
                candidates &= candidates - 1;
            }
            if filled(tags) < GROUP {
                return None;
            }
            index = index.wrapping_add(1);
        }
    }

    /// Adds an entry, which readers see from then on. Returns the number of its place, below [`GROUP`] times the groups.
    ///
    /// # Safety
    ///
    /// The caller is the only writer. The table has two empty places or more, and does not have this string. The entry
    /// is completely written, and valid until the table is cleared or dropped.
    pub(crate) unsafe fn insert(self, key: Key, entry: Entry) -> usize {
        let mut index = key.low as usize;
        loop {
            let group = self.group(index);
            // Relaxed: only this writer stores.
            let tags = group.tags.load(Ordering::Relaxed);
            let place = filled(tags);
            if place < GROUP {
                group.entries[place].store(entry.as_ptr(), Ordering::Relaxed);
                // Release: pairs with the Acquire load in `find`. Entries of earlier writers happened before this one,
                // by the lock, so that it publishes them with its own.
                group.tags.store(tags | u64::from(key.tag) << (8 * place), Ordering::Release);
                return (index & self.mask) * GROUP + place;
            }
            index = index.wrapping_add(1);
        }
    }

    /// Copies every entry into `next`. `hashes` are the low hashes by place, and `next_hashes` gets those of `next`.
    ///
    /// # Safety
    ///
    /// As for [`Self::insert`], for the whole of this table; `next` is not published yet.
    pub(crate) unsafe fn copy_into(self, next: View<'_>, hashes: &[u32], next_hashes: &mut [u32]) {
        for index in 0..self.groups() {
            let group = self.group(index);
            // Relaxed, here and below: only this writer stores in either table, and `publish` releases the new one.
            let tags = group.tags.load(Ordering::Relaxed);
            for (place, entry) in group.entries.iter().enumerate().take(filled(tags)) {
                let key = Key { low: hashes[index * GROUP + place], tag: tags.to_le_bytes()[place] };
                // SAFETY: what a filled place holds came from `insert`; the rest is the caller's promise.
                if let Some(entry) = unsafe { Entry::from_ptr(entry.load(Ordering::Relaxed)) } {
                    // SAFETY: the caller's promise.
                    let copied = unsafe { next.insert(key, entry) };
                    next_hashes[copied] = key.low;
                }
            }
        }
    }
}

impl Group {
    fn empty() -> Self {
        Self { tags: AtomicU64::new(0), entries: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())) }
    }
}

/// A word with the high bit of each byte set where `tags` has `tag`, which is not zero.
#[inline]
fn places_with(tags: u64, tag: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let different = tags ^ u64::from_le_bytes([tag; 8]);
    // The addition carries into a byte's high bit if any of its low bits is set, and never further.
    !(((different & LOW) + LOW) | different | LOW)
}

/// How many places of a group are filled.
#[inline]
fn filled(tags: u64) -> usize {
    8 - tags.leading_zeros() as usize / 8
}

/// Whether two texts are equal. Short ones are compared in place, in two overlapping pieces, because the call
/// to `memcmp` takes longer than the comparison.
#[inline]
fn equal(a: &[u8], b: &[u8]) -> bool {
    /// Compares the first and the last `N` bytes, if there are as many.
    #[inline]
    fn ends<const N: usize>(a: &[u8], b: &[u8]) -> Option<bool> {
        Some(a.first_chunk::<N>()? == b.first_chunk()? && a.last_chunk::<N>()? == b.last_chunk()?)
    }
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        8..=16 => ends::<8>(a, b).unwrap_or(false),
        4..8 => ends::<4>(a, b).unwrap_or(false),
        17..=32 => ends::<16>(a, b).unwrap_or(false),
        _ => equal_rare(a, b),
    }
}

/// Long texts, where the call does not matter, and tiny ones.
#[inline(never)]
fn equal_rare(a: &[u8], b: &[u8]) -> bool {
    a == b
}

#[cfg(all(test, not(flow_loom)))]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_where_they_are_and_nowhere_else() {
        for tag in 0x80..=0xff_u8 {
            for filled_places in 0..=GROUP {
                for neighbours in [tag ^ 1, tag.wrapping_sub(1) | 0x80, tag.wrapping_add(1) | 0x80, tag] {
                    let mut bytes = [0; 8];
                    for (place, byte) in bytes.iter_mut().enumerate().take(filled_places) {
                        *byte = if place % 2 == 0 { tag } else { neighbours };
                    }
                    let expected = bytes.map(|byte| if byte == tag { 0x80 } else { 0 });
                    let tags = u64::from_le_bytes(bytes);
                    assert_eq!(places_with(tags, tag), u64::from_le_bytes(expected), "{bytes:x?}");
                    assert_eq!(filled(tags), filled_places);
                }
            }
        }
    }

    #[test]
    fn tables_take_what_they_are_asked_for_and_keep_a_place_free() {
        for strings in 0..10_000 {
            let groups = groups_for(strings).expect("small");
            assert!(groups.is_power_of_two() && strings <= max_load(groups), "{strings}");
            assert!(groups == MIN_GROUPS || max_load(groups / 2) < strings, "{strings}");
            assert!(max_load(groups) + 1 < groups * GROUP, "{groups}");
        }
        assert_eq!(groups_for(usize::MAX).and_then(table_bytes), None);
    }
}
