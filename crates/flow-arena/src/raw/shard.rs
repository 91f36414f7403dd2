//! A shard: a table, the lock of its one writer, and the tables that it outgrew.
//!
//! Invariant: a table that was ever published stays until exclusive access ends all reading
//! ([`Shard::reset`], [`Shard::drop_retired`] or dropping the shard), because a reader may be in it at any
//! time. Each is half as large as the next, so that together they take less than the current one.

use super::{
    entry::{Entry, HEADER, Interned},
    interner::Spending,
    table::{Table, bytes_for, capacity_for, max_load},
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
    /// Bytes of all the tables; stored like `misses`.
    table_bytes: AtomicUsize,
}

/// What only the holder of the lock may know.
#[derive(Debug, Default)]
struct Writer {
    /// Strings in the table.
    strings: usize,
    /// Outgrown tables.
    retired: Vec<Table>,
}

impl Shard {
    /// An empty shard whose table takes `strings` before it grows.
    pub(crate) fn new(strings: usize, spending: &Spending) -> Result<Self, InternError> {
        let capacity = capacity_for(strings).ok_or(InternError::OutOfMemory)?;
        let bytes = bytes_for(capacity).ok_or(InternError::OutOfMemory)?;
        let table = spending.charged(bytes, || Table::new(capacity).ok_or(InternError::OutOfMemory))?;
        Ok(Self {
            table,
            writer: Mutex::default(),
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
        let current = bytes_for(self.table.writer_view().capacity()).unwrap_or_default();
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
        let capacity = self.shard.table.writer_view().capacity();
        if self.writer.strings < max_load(capacity) { Ok(()) } else { self.grow(capacity, spending) }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, capacity: usize, spending: &Spending) -> Result<(), InternError> {
        let doubled = capacity.checked_mul(2).ok_or(InternError::OutOfMemory)?;
        let bytes = bytes_for(doubled).ok_or(InternError::OutOfMemory)?;
        self.writer.retired.try_reserve(1).map_err(|_| InternError::OutOfMemory)?;
        let next = spending.charged(bytes, || Table::new(doubled).ok_or(InternError::OutOfMemory))?;
        let table = &self.shard.table;
        // SAFETY: the lock is held, so that this is the only writer. `next` is twice as large as a table
        // whose strings are all different. `retired` keeps the old table for those who still read it.
        unsafe {
            table.writer_view().copy_into(next.writer_view());
            self.writer.retired.push(table.publish(next));
        }
        // Relaxed, and no read-modify-write: only the holder of the lock stores.
        self.shard.table_bytes.store(self.shard.table_bytes() + bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Adds a string to the table without counting it as a miss.
    ///
    /// # Safety
    ///
    /// [`Self::make_room`] succeeded before, under this lock, for this string alone, and [`Self::find`] did
    /// not find it. The entry is completely written, and valid until the shard is reset or dropped.
    pub(crate) unsafe fn insert(&mut self, hash: u64, entry: Entry) {
        // SAFETY: the lock makes this the only writer; the rest is the caller's promise, and a table at its
        // load limit has two empty slots or more.
        unsafe { self.shard.table.writer_view().insert(hash, entry) };
        self.writer.strings += 1;
    }

    /// Counts a new string.
    pub(crate) fn count_miss(&mut self, text: &str) {
        // Relaxed, and no read-modify-writes: only the holder of the lock stores.
        self.shard.misses.store(self.shard.misses() + 1, Ordering::Relaxed);
        self.shard.text.store(self.shard.text() + text.len(), Ordering::Relaxed);
    }
}
