//! A shard: a table, the lock of its one writer, and the tables that it outgrew.
//!
//! Invariant: a table that was ever published stays until exclusive access ends all reading
//! ([`Shard::reset`], [`Shard::drop_retired`] or dropping the shard), because a reader may be in it at any
//! time. Each is half as large as the next, so that together they take less than the current one.

use super::{
    entry::{Entry, HEADER, Interned},
    interner::Spending,
    table::{GROUP, Key, Table, groups_for, hash_bytes, max_load, table_bytes},
};
use crate::{
    InternError,
    sync::{AtomicU64, AtomicUsize, Mutex, MutexGuard, Ordering, lock},
};

/// One part of the table of strings. Padded so that no two shards share a cache line, nor the pair of lines
/// that processors fetch together.
#[derive(Debug)]
#[repr(C, align(128))]
pub(crate) struct Shard {
    table: Table,
    writer: Mutex<Writer>,
    /// New strings since the last reset. Only the holder of the lock stores, so that no read-modify-write is
    /// needed.
    misses: AtomicU64,
    /// Bytes of their texts; stored like `misses`.
    text: AtomicUsize,
    /// Bytes of all the tables, and of the current one's hashes; stored like `misses`.
    table_bytes: AtomicUsize,
}

/// What only the holder of the lock may know.
#[derive(Debug, Default)]
struct Writer {
    /// Strings in the table.
    strings: usize,
    /// The low bits of each string's hash, by its place in the table: what growing needs to know.
    hashes: Vec<u32>,
    /// Outgrown tables.
    retired: Vec<Table>,
}

impl Shard {
    /// An empty shard whose table takes `strings` before it grows.
    pub(crate) fn new(strings: usize, spending: &Spending) -> Result<Self, InternError> {
        let groups = groups_for(strings).ok_or(InternError::OutOfMemory)?;
        let (table, hashes, bytes) = make_table(groups, spending)?;
        Ok(Self {
            table,
            writer: Mutex::new(Writer { strings: 0, hashes, retired: Vec::new() }),
            misses: AtomicU64::new(0),
            text: AtomicUsize::new(0),
            table_bytes: AtomicUsize::new(bytes),
        })
    }

    /// Looks a string up, without a lock.
    #[inline]
    pub(crate) fn find(&self, hash: u64, text: &str) -> Option<Interned<'_>> {
        self.table.acquire().find(hash, text)
    }

    /// Locks the shard for its writer.
    pub(crate) fn lock(&self) -> LockedShard<'_> {
        LockedShard { shard: self, writer: lock(&self.writer) }
    }

    /// Strings added since the last reset.
    pub(crate) fn misses(&self) -> u64 {
        // Relaxed, here and below: a statistic, which orders nothing.
        self.misses.load(Ordering::Relaxed)
    }

    /// Bytes of the texts added since the last reset.
    pub(crate) fn text(&self) -> usize {
        self.text.load(Ordering::Relaxed)
    }

    /// Bytes of the strings added since the last reset, with their headers.
    pub(crate) fn entry_bytes(&self) -> usize {
        // As many headers as there are in memory, which is less than `isize::MAX` bytes.
        self.text() + usize::try_from(self.misses()).map_or(0, |misses| misses * HEADER)
    }

    /// Bytes of the current table and of the outgrown ones.
    pub(crate) fn table_bytes(&self) -> usize {
        self.table_bytes.load(Ordering::Relaxed)
    }

    /// Drops the outgrown tables.
    pub(crate) fn drop_retired(&mut self, spending: &Spending) {
        let retired = std::mem::take(&mut lock(&self.writer).retired);
        drop(retired);
        let groups = self.table.writer_view().groups();
        let current = table_bytes(groups).unwrap_or_default() + hash_bytes(groups);
        spending.refund(self.table_bytes() - current);
        self.table_bytes.store(current, Ordering::Relaxed);
    }

    /// Forgets every string; the current table's memory stays.
    pub(crate) fn reset(&mut self, spending: &Spending) {
        self.drop_retired(spending);
        self.table.clear();
        lock(&self.writer).strings = 0;
        self.misses.store(0, Ordering::Relaxed);
        self.text.store(0, Ordering::Relaxed);
    }
}

/// A shard whose lock is held: there is one writer at a time.
#[derive(Debug)]
pub(crate) struct LockedShard<'a> {
    shard: &'a Shard,
    writer: MutexGuard<'a, Writer>,
}

impl<'a> LockedShard<'a> {
    /// Looks a string up: nobody can be adding it now.
    pub(crate) fn find(&self, hash: u64, text: &str) -> Option<Interned<'a>> {
        self.shard.table.writer_view().find(hash, text)
    }

    /// Makes room for one more string.
    ///
    /// # Errors
    ///
    /// No memory is left for a larger table. Nothing changed then.
    pub(crate) fn make_room(&mut self, spending: &Spending) -> Result<(), InternError> {
        let groups = self.shard.table.writer_view().groups();
        if self.writer.strings < max_load(groups) { Ok(()) } else { self.grow(groups, spending) }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, groups: usize, spending: &Spending) -> Result<(), InternError> {
        let doubled = groups.checked_mul(2).ok_or(InternError::OutOfMemory)?;
        self.writer.retired.try_reserve(1).map_err(|_| InternError::OutOfMemory)?;
        let (next, mut hashes, bytes) = make_table(doubled, spending)?;
        let table = &self.shard.table;
        // SAFETY: the lock is held, so that this is the only writer. `next` is twice as large as a table
        // whose strings are all different. `retired` keeps the old table for those who still read it.
        unsafe {
            table.writer_view().copy_into(next.writer_view(), &self.writer.hashes, &mut hashes);
            self.writer.retired.push(table.publish(next));
        }
        // The old table stays, its hashes don't.
        self.writer.hashes = hashes;
        spending.refund(hash_bytes(groups));
        let bytes = self.shard.table_bytes() + bytes - hash_bytes(groups);
        // Relaxed, and no read-modify-write: only the holder of the lock stores.
        self.shard.table_bytes.store(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Adds a string to the table without counting it as a miss.
    ///
    /// # Safety
    ///
    /// [`Self::make_room`] succeeded before, under this lock, for this string alone, and [`Self::find`] did
    /// not find it. The entry is completely written, and valid until the shard is reset or dropped.
    pub(crate) unsafe fn insert(&mut self, hash: u64, entry: Entry) {
        let key = Key::new(hash);
        // SAFETY: the lock makes this the only writer; the rest is the caller's promise, and a table at its
        // load limit has two empty places or more.
        let place = unsafe { self.shard.table.writer_view().insert(key, entry) };
        self.writer.hashes[place] = key.low;
        self.writer.strings += 1;
    }

    /// Counts a new string.
    pub(crate) fn count_miss(&mut self, text: &str) {
        // Relaxed, and no read-modify-writes: only the holder of the lock stores.
        self.shard.misses.store(self.shard.misses() + 1, Ordering::Relaxed);
        self.shard.text.store(self.shard.text() + text.len(), Ordering::Relaxed);
    }
}

/// An empty table with the place for its hashes, and the bytes that were charged for both.
fn make_table(groups: usize, spending: &Spending) -> Result<(Table, Vec<u32>, usize), InternError> {
    let bytes = table_bytes(groups).ok_or(InternError::OutOfMemory)?;
    let bytes = bytes.checked_add(hash_bytes(groups)).ok_or(InternError::OutOfMemory)?;
    spending.charged(bytes, || {
        let mut hashes = Vec::new();
        hashes.try_reserve_exact(groups * GROUP).map_err(|_| InternError::OutOfMemory)?;
        hashes.resize(groups * GROUP, 0);
        let table = Table::new(groups).ok_or(InternError::OutOfMemory)?;
        Ok((table, hashes, bytes))
    })
}
