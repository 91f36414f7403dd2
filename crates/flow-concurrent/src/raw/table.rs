//! One shard's table: hashbrown's, as dashmap has it, with growth that is ours.
//!
//! The invariant: no code of a user runs while entries are on the move. hashbrown hashes while it moves, and where it
//! moves in place, a `Hash` that panics would cost it entries. Here all hashes are taken first.

use std::{alloc::Layout, iter::FusedIterator, vec};

use dashmap::SharedValue;
use hashbrown_0_14::{
    TryReserveError,
    raw::{RawIntoIter, RawTable},
};

pub(crate) type Entry<K, V> = (K, SharedValue<V>);
pub(crate) type Table<K, V> = RawTable<Entry<K, V>>;

/// The entries of `table`, in the order in which `drain` yields them.
pub(crate) fn entries<K, V>(table: &Table<K, V>) -> impl Iterator<Item = (&K, &V)> {
    // SAFETY: the iterator borrows `table`, which therefore outlives it and does not change.
    unsafe { table.iter() }.map(|bucket| {
        // SAFETY: as above: the bucket is full, and stays so for as long as `table` is borrowed.
        let (key, value) = unsafe { bucket.as_ref() };
        (key, value.get())
    })
}

/// An empty table for `capacity` entries.
///
/// # Panics
///
/// Panics if no address space could hold it. Aborts if there is no memory.
pub(crate) fn allocate<K, V>(capacity: usize) -> Table<K, V> {
    match RawTable::try_with_capacity(capacity) {
        Ok(table) => table,
        Err(TryReserveError::AllocError { layout }) => no_memory(layout),
        Err(TryReserveError::CapacityOverflow) => capacity_overflow(),
    }
}

#[cold]
fn no_memory(layout: Layout) -> ! {
    std::alloc::handle_alloc_error(layout)
}

/// Panics as `Vec` does.
#[cold]
pub(crate) fn capacity_overflow() -> ! {
    panic!("capacity overflow")
}

/// Whether `table` may be full: one more entry needs [`grow`].
#[inline]
pub(crate) fn is_full<K, V>(table: &Table<K, V>) -> bool {
    table.capacity() == table.len()
}

/// Makes room for `additional` more entries in a table that lacks it: in a larger one or, where what was removed
/// takes the place, in one of the same size.
///
/// # Panics
///
/// Panics if `hash` does, or if no address space could hold the table. Then nothing has changed.
#[cold]
#[inline(never)]
pub(crate) fn grow<K, V>(table: &mut Table<K, V>, additional: usize, hash: impl Fn(&K) -> u64) {
    let Some(needed) = table.len().checked_add(additional) else { capacity_overflow() };
    let full = without_removed(table);
    // At least half of the new table is free, so that it pays for the move.
    rebuild(table, if needed <= full / 2 { full } else { needed.max(full + 1) }, hash);
}

/// Moves the entries into the smallest table that holds them, if that is smaller.
///
/// # Panics
///
/// Panics if `hash` does. Then nothing has changed.
pub(crate) fn shrink<K, V>(table: &mut Table<K, V>, hash: impl Fn(&K) -> u64) {
    // There is room for 3, 7, 14, 28, and so on, or for none.
    let full = without_removed(table);
    if (full > 3 && table.len() <= full / 2) || (full > 0 && table.is_empty()) {
        rebuild(table, table.len(), hash);
    }
}

/// How many entries a table of this size has room for if nothing was ever removed from it.
fn without_removed<K, V>(table: &Table<K, V>) -> usize {
    match table.buckets() {
        buckets @ 0..8 => buckets - 1,
        buckets => buckets / 8 * 7,
    }
}

fn rebuild<K, V>(table: &mut Table<K, V>, capacity: usize, hash: impl Fn(&K) -> u64) {
    let hashes: Vec<u64> = entries(table).map(|(key, _)| hash(key)).collect();
    let mut wider = allocate(capacity);
    for (hash, entry) in hashes.into_iter().zip(table.drain()) {
        put(&mut wider, hash, entry);
    }
    *table = wider;
}

/// Adds an entry, whose key is not there, to a table that is not [full](is_full).
#[inline]
pub(crate) fn put<K, V>(table: &mut Table<K, V>, hash: u64, entry: Entry<K, V>) {
    if table.try_insert_no_grow(hash, entry).is_err() {
        unreachable!("the caller has made room");
    }
}

/// The memory behind `table`, in bytes.
pub(crate) fn bytes<K, V>(table: &Table<K, V>) -> usize {
    table.allocation_info().1.size()
}

/// The entries of tables that nobody else has.
pub(crate) struct IntoEntries<K, V> {
    current: Option<RawIntoIter<Entry<K, V>>>,
    tables: vec::IntoIter<Table<K, V>>,
    left: usize,
}

impl<K, V> IntoEntries<K, V> {
    pub(crate) fn new(tables: Vec<Table<K, V>>) -> Self {
        let left = tables.iter().map(RawTable::len).sum();
        Self { current: None, tables: tables.into_iter(), left }
    }
}

impl<K, V> Iterator for IntoEntries<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        loop {
            if let Some((key, value)) = self.current.as_mut().and_then(Iterator::next) {
                self.left -= 1;
                return Some((key, value.into_inner()));
            }
            self.current = Some(self.tables.next()?.into_iter());
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> ExactSizeIterator for IntoEntries<K, V> {}

impl<K, V> FusedIterator for IntoEntries<K, V> {}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn table(keys: u64) -> Table<u64, u64> {
        let mut table = Table::new();
        for key in 0..keys {
            if is_full(&table) {
                grow(&mut table, 1, |key: &_| *key);
            }
            put(&mut table, key, (key, SharedValue::new(key)));
        }
        table
    }

    fn keys(table: &Table<u64, u64>) -> Vec<u64> {
        let mut keys: Vec<_> = entries(table).map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn tables_of_all_sizes() {
        for count in 0..300 {
            let mut table = table(count);
            assert_eq!(keys(&table), (0..count).collect::<Vec<_>>());
            assert!(table.capacity() <= (3 * table.len()).max(3));
            shrink(&mut table, |key: &_| *key);
            assert!(table.capacity() < (2 * table.len()).max(4));
            assert!((0..count).all(|key| table.get(key, |entry| entry.0 == key).is_some()));
        }
    }

    #[test]
    fn a_panic_changes_nothing() {
        let mut table = table(56);
        for fuse in 0..56 {
            let hash = |key: &u64| {
                assert!(*key != fuse, "fuse");
                *key
            };
            assert!(catch_unwind(AssertUnwindSafe(|| grow(&mut table, 1, hash))).is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| grow(&mut table, usize::MAX, hash))).is_err());
            assert!((0..56).all(|key| table.get(key, |entry| entry.0 == key).is_some()));
        }
    }

    #[test]
    fn what_was_removed_makes_room() {
        let mut table = table(28);
        let buckets = table.buckets();
        // From the middle of full groups, so that the places stay marked as used.
        (3..26).for_each(|key| assert!(table.erase_entry(key, |entry| entry.0 == key)));
        while !is_full(&table) {
            let key = 100 + table.len() as u64;
            put(&mut table, key, (key, SharedValue::new(key)));
        }
        let before = keys(&table);
        let few = table.len() < table.buckets() / 2;
        grow(&mut table, 1, |key: &_| *key);
        assert_eq!(keys(&table), before);
        assert!(!is_full(&table) && (!few || table.buckets() == buckets));
    }

    #[test]
    fn entries_that_nobody_has() {
        let mut all = IntoEntries::new(vec![table(0), table(3), Table::new(), table(20)]);
        assert_eq!(all.len(), 23);
        assert_eq!(all.by_ref().map(|(key, _)| key).sum::<u64>(), 3 + 190);
        assert_eq!((all.len(), all.next()), (0, None));
    }
}
