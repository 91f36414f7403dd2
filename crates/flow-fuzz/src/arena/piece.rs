//! What was allocated, and what must be in it.

use std::{alloc::Layout, collections::BTreeMap, ops::Range, ptr::NonNull};

use super::Dropping;

/// Memory that was handed out, with its expected content.
#[derive(Debug)]
pub(super) enum Piece<'m> {
    Bytes(&'m mut [u8], Vec<u8>),
    Words(&'m mut [u64], Vec<u64>),
    Text(&'m mut str, String),
    Value(&'m mut Dropping),
    /// Of this one, nothing but its place is known.
    Raw(Range<usize>),
}

impl<'m> Piece<'m> {
    /// Zeros, which are filled with `fill`.
    pub(super) fn zeroed(bytes: &'m mut [u8], fill: u8) -> Self {
        assert!(bytes.iter().all(|&byte| byte == 0), "not zeroed");
        bytes.fill(fill);
        let expected = bytes.to_vec();
        Self::Bytes(bytes, expected)
    }

    pub(super) fn bytes(copy: &'m mut [u8], original: &[u8]) -> Self {
        Self::Bytes(copy, original.to_vec()).checked()
    }

    /// `len` words, each the product of its index and `factor`.
    pub(super) fn words(words: &'m mut [u64], len: usize, factor: u64) -> Self {
        Self::Words(words, (0..).take(len).map(|index: u64| index * factor).collect()).checked()
    }

    pub(super) fn text(text: &'m mut str, expected: String) -> Self {
        Self::Text(text, expected).checked()
    }

    pub(super) fn value(value: &'m mut Dropping) -> Self {
        Self::Value(value)
    }

    pub(super) fn raw(start: NonNull<u8>, layout: Layout) -> Self {
        let start = start.addr().get();
        assert!(start.is_multiple_of(layout.align()), "{start:x} is not aligned for {layout:?}");
        Self::Raw(start..start + layout.size())
    }

    fn checked(self) -> Self {
        self.check();
        self
    }

    /// It is as it was written.
    pub(super) fn check(&self) {
        match self {
            Self::Bytes(bytes, expected) => assert_eq!(*bytes, expected),
            Self::Words(words, expected) => assert_eq!(*words, expected),
            Self::Text(text, expected) => assert_eq!(*text, expected),
            Self::Value(_) | Self::Raw(_) => {}
        }
    }

    /// Where it is.
    pub(super) fn range(&self) -> Range<usize> {
        let (start, len) = match self {
            Self::Bytes(bytes, _) => (bytes.as_ptr().addr(), bytes.len()),
            Self::Words(words, _) => (words.as_ptr().addr(), size_of_val(&**words)),
            Self::Text(text, _) => (text.as_ptr().addr(), text.len()),
            Self::Value(value) => (std::ptr::from_ref(&**value).addr(), size_of::<Dropping>()),
            Self::Raw(range) => return range.clone(),
        };
        start..start + len
    }
}

/// Ranges that do not overlap, by their starts.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeMap<usize, usize>);

impl Taken {
    /// Adds a range that is apart from all others.
    pub(super) fn insert(&mut self, range: &Range<usize>) {
        if range.is_empty() {
            return;
        }
        if let Some((&start, &end)) = self.0.range(..range.end).next_back() {
            assert!(end <= range.start, "{range:x?} overlaps {:x?}", start..end);
        }
        self.0.insert(range.start, range.end);
    }

    pub(super) fn remove(&mut self, range: &Range<usize>) {
        if !range.is_empty() {
            self.0.remove(&range.start);
        }
    }
}
