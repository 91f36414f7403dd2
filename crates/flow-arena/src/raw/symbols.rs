//! The way from symbols to entries: append-only segments of doubling size, read without locks.
//!
//! Ids are dense. Before anything that can fail, a writer *reserves* an id without learning which; when
//! nothing can fail any more it *commits* and gets the next one. So a failed attempt leaves no hole, and
//! running out of ids or of memory is noticed before anything was made.
//!
//! Invariant: `claimed <= reserved`, and every id below `reserved` has its segment.
//!
//! Doubling segments behind a fixed directory are the arrays of Brodnik et al. (Resizable Arrays in Optimal
//! Time and Space, 1999), as in many concurrent vectors: an element never moves.

use std::ptr;

use super::{
    entry::{Entry, Header, Interned},
    interner::Spending,
};
use crate::{
    InternError, Symbol,
    sync::{AtomicPtr, AtomicU32, Mutex, Ordering, lock},
};

/// Entries of the first segment, a power of two.
///
/// Under loom, two threads can be two segments apart; under sanitizers, tests reach many segments.
pub(crate) const FIRST: u32 = if cfg!(flow_loom) {
    1
} else if cfg!(flow_sanitize) {
    2
} else {
    64
};

/// The most symbols that the segments hold.
pub(crate) const MAX_SYMBOLS: u32 = u32::MAX - FIRST + 1;

/// Segments that [`MAX_SYMBOLS`] need.
const SEGMENTS: usize = (u32::BITS - FIRST.trailing_zeros()) as usize;

type Place = AtomicPtr<Header>;

/// Every entry by the index of its symbol.
#[derive(Debug)]
pub(crate) struct Symbols {
    /// Null until a segment is needed. Segment `n` has `FIRST << n` places.
    segments: [AtomicPtr<Place>; SEGMENTS],
    /// Ids that were claimed, and reservations that are still open.
    reserved: AtomicU32,
    /// Ids that were claimed: the next id.
    claimed: AtomicU32,
    /// At most [`MAX_SYMBOLS`].
    max: u32,
    /// Held while a segment is made, so that no two threads make the same one.
    growth: Mutex<()>,
}

/// Where an index lives: the segment, and the place in it. `None` for an index that no symbol can have.
#[inline]
fn locate(index: u32) -> Option<(usize, usize)> {
    let shifted = index.checked_add(FIRST)?;
    let log2 = shifted.ilog2();
    Some(((log2 - FIRST.trailing_zeros()) as usize, (shifted - (1 << log2)) as usize))
}

/// The number of places in a segment.
fn places(segment: usize) -> usize {
    (FIRST as usize) << segment
}

impl Symbols {
    /// Holds up to `max` symbols, and has no segment yet.
    #[cfg_attr(
        flow_loom,
        expect(
            clippy::unnecessary_min_or_max,
            reason = "with a first segment of one place, every number is a symbol"
        )
    )]
    pub(crate) fn new(max: u32) -> Self {
        Self {
            segments: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            reserved: AtomicU32::new(0),
            claimed: AtomicU32::new(0),
            max: max.min(MAX_SYMBOLS),
            growth: Mutex::new(()),
        }
    }

    /// The number of ids claimed. Whoever knows of an id has it counted here.
    pub(crate) fn len(&self) -> u32 {
        // Acquire: pairs with the AcqRel in `commit`, so that `len` never runs behind what the caller may
        // know.
        self.claimed.load(Ordering::Acquire)
    }

    /// The entry at `index`, if it is published.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<Interned<'_>> {
        let (segment, place) = locate(index)?;
        // Acquire: pairs with the Release store in `make_segment`.
        let start = self.segments[segment].load(Ordering::Acquire);
        if start.is_null() {
            return None;
        }
        // SAFETY: `locate` gives a place below the segment's length, and segments live until `self` is
        // dropped.
        let place = unsafe { &*start.add(place) };
        // Acquire: pairs with the Release store in `publish`; makes the header and the text visible.
        let entry = place.load(Ordering::Acquire);
        // SAFETY: what `publish` stored is valid until `&mut self`, hence while `self` is borrowed.
        unsafe { Some(Entry::from_ptr(entry)?.interned()) }
    }

    /// Reserves an id, and makes the segment that it may need.
    ///
    /// # Errors
    ///
    /// No id is left, or no memory for a segment. Nothing changed then.
    pub(crate) fn reserve(&self, spending: &Spending) -> Result<Reservation<'_>, InternError> {
        // Relaxed: a wrong guess fails the exchange below.
        let mut reserved = self.reserved.load(Ordering::Relaxed);
        loop {
            if reserved >= self.max {
                return Err(InternError::SymbolsExhausted);
            }
            let (segment, _) = locate(reserved).ok_or(InternError::SymbolsExhausted)?;
            self.ensure(segment, spending)?;
            // AcqRel, partner of every other change of `reserved`: all reservations are ordered, so that this
            // thread has seen the segments of all the ids below its own, whoever made them. (The lock under
            // which segments are made orders them too; this does not lean on it.)
            match self.reserved.compare_exchange_weak(
                reserved,
                reserved + 1,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(Reservation { symbols: Some(self) }),
                Err(changed) => reserved = changed,
            }
        }
    }

    /// Makes the segments for `count` ids.
    pub(crate) fn prepare(&self, count: u32, spending: &Spending) -> Result<(), InternError> {
        let Some(last) = count.checked_sub(1) else { return Ok(()) };
        let (last, _) = locate(last).ok_or(InternError::SymbolsExhausted)?;
        (0..=last).try_for_each(|segment| self.ensure(segment, spending))
    }

    fn ensure(&self, segment: usize, spending: &Spending) -> Result<(), InternError> {
        // Acquire: pairs with the Release store in `make_segment`. Who reserves with this segment vouches for
        // it.
        if self.segments[segment].load(Ordering::Acquire).is_null() {
            self.make_segment(segment, spending)?;
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn make_segment(&self, segment: usize, spending: &Spending) -> Result<(), InternError> {
        let _growing = lock(&self.growth);
        // Relaxed: only lock holders store.
        if !self.segments[segment].load(Ordering::Relaxed).is_null() {
            return Ok(());
        }
        let count = places(segment);
        let bytes = size_of::<Place>().checked_mul(count).ok_or(InternError::SymbolsExhausted)?;
        let made = spending.charged(bytes, || {
            let mut memory = Vec::new();
            memory.try_reserve_exact(count).map_err(|_| InternError::OutOfMemory)?;
            memory.extend((0..count).map(|_| Place::new(ptr::null_mut())));
            Ok(memory.into_boxed_slice())
        })?;
        // Release: pairs with the Acquire loads in `get` and `ensure`; the places were written before.
        self.segments[segment].store(Box::into_raw(made).cast::<Place>(), Ordering::Release);
        Ok(())
    }

    /// Makes `entry` resolvable.
    ///
    /// # Safety
    ///
    /// The caller committed a reservation and got `symbol`, which nobody published before. The entry is
    /// completely written, has this symbol, and is valid until `self` is cleared or dropped.
    pub(crate) unsafe fn publish(&self, symbol: Symbol, entry: Entry) {
        let located = locate(symbol.number());
        debug_assert!(located.is_some());
        // SAFETY: a committed id is below `MAX_SYMBOLS`, so that `locate` answered.
        let (segment, place) = unsafe { located.unwrap_unchecked() };
        // Relaxed: `commit` acquired what the maker of the segment released.
        let start = self.segments[segment].load(Ordering::Relaxed);
        debug_assert!(!start.is_null(), "an id without a segment");
        // SAFETY: the segment exists, by the invariant of this module, and `place` is within it.
        let place = unsafe { &*start.add(place) };
        // Release: pairs with the Acquire load in `get`.
        place.store(entry.as_ptr(), Ordering::Release);
    }

    /// Forgets every symbol; the segments stay.
    pub(crate) fn clear(&mut self) {
        // Relaxed throughout: `&mut self` excludes everybody else.
        for index in 0..self.claimed.load(Ordering::Relaxed) {
            if let Some((segment, place)) = locate(index) {
                let start = self.segments[segment].load(Ordering::Relaxed);
                // SAFETY: a claimed id has a segment, and `place` is within it.
                unsafe { &*start.add(place) }.store(ptr::null_mut(), Ordering::Relaxed);
            }
        }
        self.reserved.store(0, Ordering::Relaxed);
        self.claimed.store(0, Ordering::Relaxed);
    }

    /// Bytes of all the segments.
    pub(crate) fn bytes(&self) -> usize {
        let made = self.segments.iter().enumerate().filter(|(_, start)| {
            // Relaxed: counted, not followed.
            !start.load(Ordering::Relaxed).is_null()
        });
        made.map(|(segment, _)| places(segment) * size_of::<Place>()).sum()
    }
}

impl Drop for Symbols {
    fn drop(&mut self) {
        for (segment, start) in self.segments.iter().enumerate() {
            // Relaxed: `&mut self`.
            let start = start.load(Ordering::Relaxed);
            if !start.is_null() {
                // SAFETY: `make_segment` made it from a boxed slice of this length, and nobody else frees it.
                drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(start, places(segment))) });
            }
        }
    }
}

/// The right to one id. Dropping it gives the right back.
#[derive(Debug)]
pub(crate) struct Reservation<'a> {
    /// `None` once committed.
    symbols: Option<&'a Symbols>,
}

impl Reservation<'_> {
    /// Claims the next id.
    pub(crate) fn commit(mut self) -> Symbol {
        let symbols = self.symbols.take();
        // AcqRel, partner of every other commit: of the first `n + 1` commits, one had reserved when at least
        // `n` ids were reserved, and had therefore seen the segment of id `n`. It may have been another
        // thread's.
        let claimed = symbols.map(|symbols| symbols.claimed.fetch_add(1, Ordering::AcqRel));
        let symbol = claimed.and_then(|index| Symbol::from_index(index as usize));
        debug_assert!(symbol.is_some(), "a reservation is committed once, for an id below the limit");
        // SAFETY: `symbols` was `Some`, because only `commit`, which consumes, takes it; and `reserve` kept
        // the id below `MAX_SYMBOLS`, so that it is a symbol's.
        unsafe { symbol.unwrap_unchecked() }
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if let Some(symbols) = self.symbols {
            // AcqRel: keeps the chain of reservations that `reserve` relies on.
            symbols.reserved.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

#[cfg(all(test, not(flow_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_index_has_its_own_place() {
        let mut expected = (0, 0);
        for index in 0..FIRST * 64 {
            assert_eq!(locate(index), Some(expected), "index {index}");
            expected.1 += 1;
            if expected.1 == places(expected.0) {
                expected = (expected.0 + 1, 0);
            }
        }
        assert_eq!(locate(MAX_SYMBOLS - 1), Some((SEGMENTS - 1, places(SEGMENTS - 1) - 1)));
        assert_eq!(locate(MAX_SYMBOLS), None);
        assert_eq!(locate(u32::MAX), None);
    }

    #[test]
    fn reservations_that_are_dropped_leave_no_hole() {
        let spending = Spending::new(usize::MAX - 1);
        let symbols = Symbols::new(MAX_SYMBOLS);
        let first = symbols.reserve(&spending).expect("ids are left");
        let second = symbols.reserve(&spending).expect("ids are left");
        drop(first);
        assert_eq!(second.commit().index(), 0);
        assert_eq!(symbols.reserve(&spending).expect("ids are left").commit().index(), 1);
        assert_eq!(symbols.len(), 2);
    }

    #[test]
    fn exhausted_ids_are_an_error_that_costs_nothing() {
        let spending = Spending::new(usize::MAX - 1);
        let symbols = Symbols::new(3);
        for index in 0..3 {
            assert_eq!(symbols.reserve(&spending).expect("ids are left").commit().index(), index);
        }
        for _ in 0..5 {
            assert!(matches!(symbols.reserve(&spending), Err(InternError::SymbolsExhausted)));
        }
        assert_eq!(symbols.len(), 3);
    }

    #[test]
    fn preparing_makes_the_segments_that_ids_need_and_no_more() {
        for count in [0, 1, FIRST - 1, FIRST, FIRST + 1, 3 * FIRST, 3 * FIRST + 1, 100 * FIRST] {
            let spending = Spending::new(usize::MAX - 1);
            let symbols = Symbols::new(MAX_SYMBOLS);
            symbols.prepare(count, &spending).expect("no limit");
            let needed = count.checked_sub(1).map_or(0, |last| locate(last).expect("in range").0 + 1);
            let bytes: usize = (0..needed).map(|segment| places(segment) * size_of::<Place>()).sum();
            assert_eq!(symbols.bytes(), bytes, "{count} ids");
        }
    }

    #[test]
    fn preparing_for_more_ids_than_there_are_makes_nothing() {
        let spending = Spending::new(usize::MAX - 1);
        let symbols = Symbols::new(MAX_SYMBOLS);
        assert_eq!(symbols.prepare(MAX_SYMBOLS + 1, &spending), Err(InternError::SymbolsExhausted));
        assert_eq!((symbols.bytes(), spending.spent()), (0, 0));
    }

    #[test]
    fn a_segment_beyond_the_limit_is_refused_and_nothing_is_spent() {
        let first = places(0) * size_of::<Place>();
        let spending = Spending::new(first + 1);
        let symbols = Symbols::new(MAX_SYMBOLS);
        for _ in 0..FIRST {
            symbols.reserve(&spending).expect("within the first segment").commit();
        }
        for _ in 0..3 {
            assert!(matches!(
                symbols.reserve(&spending),
                Err(InternError::LimitReached { limit, requested }) if limit == first + 1 && requested == 2 * first
            ));
        }
        assert_eq!((symbols.len(), spending.spent()), (FIRST, first));
    }
}
