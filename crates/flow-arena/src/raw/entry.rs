//! One interned string in memory: a header of eight bytes, then the text.
//!
//! Invariant: an [`Entry`] points at a header and a text that are completely written and never change until
//! the interner that owns the entry is reset or dropped, both of which need exclusive access to it. Whoever
//! gets an entry from another thread got it through an Acquire load of the pointer that a Release store
//! published.

use std::{alloc::Layout, marker::PhantomData, ptr::NonNull, slice, str};

use crate::{Symbol, sync::Tracked};

/// What precedes the text.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Header {
    /// Length of the text in bytes.
    len: u32,
    symbol: Symbol,
    tracked: Tracked,
}

/// Bytes that each string takes beside its text.
pub(crate) const HEADER: usize = size_of::<Header>();

#[cfg(not(flow_loom))]
const _: () = assert!(HEADER == 8 && align_of::<Header>() == 4);

/// A pointer to an interned string, valid for as long as its interner says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry(NonNull<Header>);

impl Entry {
    /// The memory that `text` needs; `None` when the text is too long for a header.
    pub(crate) fn layout(text: &str) -> Option<Layout> {
        let len = u32::try_from(text.len()).ok()?;
        let size = HEADER.checked_add(usize::try_from(len).ok()?)?;
        Layout::from_size_align(size, align_of::<Header>()).ok()
    }

    /// Writes `text` into `memory`.
    ///
    /// # Safety
    ///
    /// `memory` is valid for writes of `Entry::layout(text)`, which is `Some`, and nobody else uses it.
    pub(crate) unsafe fn write(memory: NonNull<u8>, text: &str, symbol: Symbol) -> Self {
        let header = memory.cast::<Header>();
        debug_assert!(header.is_aligned() && Self::layout(text).is_some());
        #[expect(clippy::cast_possible_truncation, reason = "the caller checked that the length fits")]
        let len = text.len() as u32;
        // SAFETY: the caller owns the memory, which is aligned for a header and has room for it and the text
        // behind it; `text` cannot overlap memory that nobody else uses.
        unsafe {
            header.write(Header { len, symbol, tracked: Tracked::written() });
            header.add(1).cast::<u8>().copy_from_nonoverlapping(NonNull::from(text).cast::<u8>(), text.len());
        }
        Self(header)
    }

    /// The entry that an atomic pointer holds, `None` for null.
    ///
    /// # Safety
    ///
    /// `header` is null or was returned by [`Self::as_ptr`], and the memory is still valid.
    pub(crate) unsafe fn from_ptr(header: *mut Header) -> Option<Self> {
        NonNull::new(header).map(Self)
    }

    /// The pointer to publish.
    pub(crate) fn as_ptr(self) -> *mut Header {
        self.0.as_ptr()
    }

    /// Ties the entry to the borrow of what keeps its memory.
    ///
    /// # Safety
    ///
    /// The memory stays valid and unchanged for `'a`.
    pub(crate) unsafe fn interned<'a>(self) -> Interned<'a> {
        Interned { entry: self, keeper: PhantomData }
    }
}

/// An [`Entry`] whose memory is valid for `'a`, so that reading it is safe.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interned<'a> {
    entry: Entry,
    keeper: PhantomData<&'a str>,
}

impl<'a> Interned<'a> {
    /// The canonical text.
    #[inline]
    pub(crate) fn text(self) -> &'a str {
        let len = self.header().len as usize;
        // SAFETY: valid and unchanging for `'a`, and the pointer reaches over the text too, because it comes
        // from the allocation of both; `len` bytes behind the header were copied from a `str`.
        unsafe {
            let text = self.entry.0.add(1).cast::<u8>();
            str::from_utf8_unchecked(slice::from_raw_parts(text.as_ptr(), len))
        }
    }

    /// The symbol.
    #[inline]
    pub(crate) fn symbol(self) -> Symbol {
        self.header().symbol
    }

    #[inline]
    fn header(self) -> &'a Header {
        // SAFETY: valid and unchanging for `'a`. The reference is to the header alone; `text` does not use
        // it.
        let header = unsafe { self.entry.0.as_ref() };
        header.tracked.read();
        header
    }
}

#[cfg(all(test, not(flow_loom)))]
mod tests {
    use super::*;

    #[test]
    fn entries_hold_what_was_written() {
        for text in ["", "a", "name", "a string of many bytes, with ünïcödé in it"] {
            let mut memory = vec![0_u32; 2 + text.len().div_ceil(4)];
            let start = NonNull::new(memory.as_mut_ptr().cast::<u8>()).expect("a vector's memory");
            let symbol = Symbol::from_index(7).expect("in range");
            // SAFETY: aligned for a header, with room for the text, and used by nobody else.
            let entry = unsafe { Entry::write(start, text, symbol) };
            // SAFETY: `memory` outlives the reads below.
            let interned = unsafe { entry.interned() };
            assert_eq!((interned.text(), interned.symbol()), (text, symbol));
        }
    }

    #[cfg(all(target_pointer_width = "64", not(flow_sanitize)))]
    #[test]
    fn texts_beyond_the_header_have_no_layout() {
        // Zeroed memory, which the system provides only where it is touched.
        let zeros = vec![0_u8; u32::MAX as usize + 1];
        // SAFETY: zeros are UTF-8. (Checking it would read four gigabytes.)
        let text = unsafe { str::from_utf8_unchecked(&zeros) };
        assert_eq!(Entry::layout(text), None);
        assert_eq!(Entry::layout(&text[1..]).map(|layout| layout.size()), Some(HEADER + u32::MAX as usize));
    }

    #[test]
    fn layouts_are_header_and_text() {
        let layout = Entry::layout("four").expect("short");
        assert_eq!((layout.size(), layout.align()), (12, 4));
    }
}
