//! [`Symbol`]: the four-byte name of an interned string.

use std::{fmt, num::NonZeroU32};

/// A small handle for a string of a [`StringPool`](crate::StringPool): four bytes, and `Option<Symbol>` is
/// four too.
///
/// The symbols of a pool are dense: its first string has index 0, the next new one 1, and so on, so that
/// [`index`](Symbol::index) can index a table beside the pool. Two symbols **of the same pool** are equal
/// exactly when their strings are. They are ordered by index, that is in the order in which the strings were
/// first interned, not alphabetically.
///
/// A symbol does not know its pool. Asking another pool for it is safe:
/// [`resolve`](crate::StringPool::resolve) then answers `None`, or the string which that pool knows by the
/// same index.
///
/// # Examples
///
/// ```
/// use flow_arena::{StringPool, Symbol};
///
/// let pool = StringPool::default();
/// let symbol = pool.symbol("example");
/// assert_eq!(pool.resolve(symbol), Some("example"));
/// assert_eq!(size_of::<Option<Symbol>>(), 4);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Symbol(
    /// One more than the index.
    NonZeroU32,
);

const _: () = assert!(size_of::<Symbol>() == 4 && size_of::<Option<Symbol>>() == 4);

impl Symbol {
    /// The position of the string in its pool, from 0: in the order in which the strings were first interned.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::builder().without_common_strings().build();
    /// let mut lengths = Vec::new(); // A table beside the pool.
    /// for text in ["one", "three", "one"] {
    ///     let index = pool.symbol(text).index();
    ///     lengths.resize(pool.len(), 0);
    ///     lengths[index] = text.len();
    /// }
    /// assert_eq!(lengths, [3, 5]);
    /// ```
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        // Lossless on every platform with 32-bit pointers or wider, the ones that have the atomics we need.
        self.number() as usize
    }

    /// The index, in as many bits as it takes.
    #[inline]
    pub(crate) const fn number(self) -> u32 {
        self.0.get() - 1
    }

    /// The symbol with this index, or `None` if the index is `u32::MAX` or more, which no symbol has.
    ///
    /// The symbol need not belong to any pool. `from_index(symbol.index())` is `symbol` again, for instance after the
    /// index was stored as a number.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::Symbol;
    ///
    /// let symbol = Symbol::from_index(3).unwrap();
    /// assert_eq!(symbol.index(), 3);
    /// assert_eq!(Symbol::from_index(u32::MAX as usize), None);
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_index(index: usize) -> Option<Self> {
        if index >= u32::MAX as usize {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked above")]
        let raw = index as u32 + 1;
        match NonZeroU32::new(raw) {
            Some(raw) => Some(Self(raw)),
            None => None,
        }
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Symbol").field(&self.index()).finish()
    }
}
