//! The table from strings to entries: open addressing with linear probing, insert-only, read without locks.
//!
//! A slot is a pair of atomics, the full hash and the entry. The one writer (the holder of the shard's lock)
//! stores the hash first and the entry last, with Release; a reader loads the entry first, with Acquire, and
//! a null entry ends its search. Nothing is ever removed, so that a search needs no tombstones, no epochs and
//! no second look.
//!
//! Because the hash is stored whole, growing never reads a string, and two different strings are compared
//! only when all 64 bits of their hashes agree.
//!
//! Invariant: every table has at least one empty slot, so that every search ends. Invariant: a table's memory
//! stays until its owner frees it with exclusive access (see `shard.rs`), because readers hold no mark that
//! tells when they have left it.
//!
//! Linear probing is Knuth's algorithm 6.4 L. To publish an immutable entry through one atomic pointer, so
//! that readers of an insert-only table need no lock, is Cliff Click's idea (A Lock-Free Hash Table, 2007),
//! here with one writer.

use std::{marker::PhantomData, mem::ManuallyDrop, ptr, ptr::NonNull};

use super::entry::{Entry, Header, Interned};
use crate::sync::{AtomicPtr, AtomicU64, Ordering};

/// One place for a string.
#[derive(Debug)]
#[repr(C, align(16))]
struct Slot {
    /// The hash of the string; means nothing while `entry` is null.
    hash: AtomicU64,
    /// Null while the slot is empty.
    entry: AtomicPtr<Header>,
}

/// Slots in a [`Line`].
const LINE: usize = 4;

/// A cache line of slots, so that a table starts at a cache line and its address has [`TAG_BITS`] zero bits.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Line([Slot; LINE]);

/// The low bits of a table's address, where its size is kept.
const TAG_BITS: usize = 0x3f;

const _: () = assert!(align_of::<Line>() > TAG_BITS, "the tag must fit below the alignment");
const _: () = assert!(size_of::<Line>() == LINE * size_of::<Slot>(), "no padding between slots");
#[cfg(not(flow_loom))]
const _: () = assert!(size_of::<Line>() == 64);

/// The slots of the smallest table.
pub(crate) const MIN_CAPACITY: usize = if cfg!(any(flow_loom, flow_sanitize)) { LINE } else { 2 * LINE };

/// The strings that a table of `capacity` slots takes before it must grow: five eighths.
///
/// Half made finding a string faster by a sixth where tables are otherwise full, and tables twice as large
/// there; three quarters was slower by a tenth.
pub(crate) const fn max_load(capacity: usize) -> usize {
    capacity / 8 * 5 + capacity % 8 / 2
}

/// The slots of the smallest table that takes `strings`, or `None` if no memory could hold it.
pub(crate) fn capacity_for(strings: usize) -> Option<usize> {
    let mut capacity = strings.checked_next_power_of_two()?.max(MIN_CAPACITY);
    if strings > max_load(capacity) {
        capacity = capacity.checked_mul(2)?;
    }
    Some(capacity)
}

/// The bytes of a table of `capacity` slots, or `None` if no memory could hold it.
pub(crate) fn bytes_for(capacity: usize) -> Option<usize> {
    capacity.checked_mul(size_of::<Slot>()).filter(|&bytes| isize::try_from(bytes).is_ok())
}

/// A table that owns its memory.
///
/// It is one word: the address of the first line, with the base-2 logarithm of the capacity in its low bits,
/// so that a reader gets both with one load. It lives in an atomic pointer also where nobody shares it, for
/// `Send` and `Sync`.
#[derive(Debug)]
pub(crate) struct Table(AtomicPtr<Line>);

impl Table {
    /// An empty table of `capacity` slots; `None` if the global allocator has no memory for it.
    pub(crate) fn new(capacity: usize) -> Option<Self> {
        assert!(capacity.is_power_of_two() && capacity >= LINE, "a table of {capacity} slots");
        let lines = capacity / LINE;
        let mut memory = Vec::new();
        memory.try_reserve_exact(lines).ok()?;
        memory.extend((0..lines).map(|_| Line(std::array::from_fn(|_| Slot::empty()))));
        // From here on only raw pointers: readers use the memory while this owner is moved about.
        let start = Box::into_raw(memory.into_boxed_slice()).cast::<Line>();
        let log2 = capacity.trailing_zeros() as usize;
        Some(Self(AtomicPtr::new(start.map_addr(|address| address | log2))))
    }

    /// The slots behind a value of `self.0`.
    #[inline]
    fn view(&self, tagged: *mut Line) -> View<'_> {
        let log2 = tagged.addr() & TAG_BITS;
        // The tag was put there with `map_addr`, so that taking it off stays in the allocation.
        let start = tagged.wrapping_byte_sub(log2).cast::<Slot>();
        View { start, mask: (1 << log2) - 1, owner: PhantomData }
    }

    /// The table as a reader sees it, who may hold no lock.
    #[inline]
    pub(crate) fn acquire(&self) -> View<'_> {
        // Acquire: pairs with the Release store in `publish`, so that the reader sees the slots copied before
        // it.
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
        // Release: pairs with the Acquire load in `acquire`. The new table's slots were stored Relaxed,
        // before this.
        self.0.store(ManuallyDrop::new(next).0.load(Ordering::Relaxed), Ordering::Release);
        Self(AtomicPtr::new(old))
    }

    /// Empties every slot.
    pub(crate) fn clear(&mut self) {
        let view = self.writer_view();
        for index in 0..view.capacity() {
            // Relaxed: `&mut self` excludes readers, and whatever hands the table to them afterwards orders
            // this.
            view.slot(index).entry.store(ptr::null_mut(), Ordering::Relaxed);
        }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        let view = self.writer_view();
        let lines = NonNull::slice_from_raw_parts(view.first(), view.capacity() / LINE);
        // SAFETY: `new` made the memory from a boxed slice of this many lines; this is its one owner, and
        // `publish` promises that no reader is in a table that is dropped.
        drop(unsafe { Box::from_raw(lines.as_ptr()) });
    }
}

/// A table's slots, for as long as its memory is borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    start: *mut Slot,
    mask: usize,
    owner: PhantomData<&'a Table>,
}

impl<'a> View<'a> {
    /// The number of slots.
    pub(crate) fn capacity(self) -> usize {
        self.mask + 1
    }

    fn first(self) -> NonNull<Line> {
        // SAFETY: `Table::new` made `start` from the pointer of a box.
        unsafe { NonNull::new_unchecked(self.start.cast()) }
    }

    /// The slot at `index`, modulo the capacity.
    #[inline]
    fn slot(self, index: usize) -> &'a Slot {
        // SAFETY: masked, hence within the table, whose memory is borrowed for `'a`; slots are only ever
        // shared.
        unsafe { &*self.start.add(index & self.mask) }
    }

    /// The entry of `text`, whose hash is `hash`.
    #[inline]
    pub(crate) fn find(self, hash: u64, text: &str) -> Option<Interned<'a>> {
        let (interned, index) = self.find_hash(hash, start_of(hash))?;
        if equal(interned.text().as_bytes(), text.as_bytes()) {
            return Some(interned);
        }
        self.find_further(hash, text, index.wrapping_add(1))
    }

    /// Goes on from `index`: another string has the same hash, which a good hasher hardly ever does.
    #[cold]
    #[inline(never)]
    fn find_further(self, hash: u64, text: &str, mut index: usize) -> Option<Interned<'a>> {
        loop {
            let (interned, found) = self.find_hash(hash, index)?;
            if interned.text() == text {
                return Some(interned);
            }
            index = found.wrapping_add(1);
        }
    }

    /// The first entry with this hash from `index` on, and where it is.
    #[inline]
    fn find_hash(self, hash: u64, mut index: usize) -> Option<(Interned<'a>, usize)> {
        loop {
            let slot = self.slot(index);
            // Acquire: pairs with the Release store in `insert`, or with that in `publish` if growing moved
            // the entry here. It makes the header, the text and the slot's hash visible.
            let entry = slot.entry.load(Ordering::Acquire);
            // SAFETY: `insert` promises that what it stores is valid as long as the table is, hence for `'a`.
            let interned = unsafe { Entry::from_ptr(entry)?.interned::<'a>() };
            // Relaxed: stored before the entry, which was acquired above.
            if slot.hash.load(Ordering::Relaxed) == hash {
                return Some((interned, index));
            }
            index = index.wrapping_add(1);
        }
    }

    /// Adds an entry, which readers see from then on.
    ///
    /// # Safety
    ///
    /// The caller is the only writer. The table has two empty slots or more, and does not have this string.
    /// The entry is completely written, and valid until the table is cleared or dropped.
    pub(crate) unsafe fn insert(self, hash: u64, entry: Entry) {
        let mut index = start_of(hash);
        // Relaxed: only this writer stores.
        while !self.slot(index).entry.load(Ordering::Relaxed).is_null() {
            index = index.wrapping_add(1);
        }
        let slot = self.slot(index);
        slot.hash.store(hash, Ordering::Relaxed);
        // Release: pairs with the Acquire load in `find`.
        slot.entry.store(entry.as_ptr(), Ordering::Release);
    }

    /// Copies every entry into `next`.
    ///
    /// # Safety
    ///
    /// As for [`Self::insert`], for the whole of this table; `next` is not published yet.
    pub(crate) unsafe fn copy_into(self, next: View<'_>) {
        for index in 0..self.capacity() {
            let slot = self.slot(index);
            // Relaxed, here and below: only this writer stores in either table, and `publish` releases the
            // new one. SAFETY: what a slot holds came from `insert`.
            if let Some(entry) = unsafe { Entry::from_ptr(slot.entry.load(Ordering::Relaxed)) } {
                // SAFETY: the caller's promise.
                unsafe { next.insert(slot.hash.load(Ordering::Relaxed), entry) };
            }
        }
    }
}

impl Slot {
    fn empty() -> Self {
        Self { hash: AtomicU64::new(0), entry: AtomicPtr::new(ptr::null_mut()) }
    }
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

/// Where the search for a hash starts: its low bits, of which the table's mask takes what it needs.
#[expect(clippy::cast_possible_truncation, reason = "the high bits choose the shard")]
#[inline]
fn start_of(hash: u64) -> usize {
    hash as usize
}
