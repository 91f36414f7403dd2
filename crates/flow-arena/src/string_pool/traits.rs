//! The traits of a `StringPool` that every collection has.

use std::{fmt, hash::BuildHasher, sync::Arc};

use super::{StringPool, StringPoolIter};
use crate::{Arena, Symbol};

// For the default hasher alone, so that `StringPool::default()` needs no annotation.
impl Default for StringPool {
    /// A pool with an arena of its own, and the 22 common strings already in it.
    #[track_caller]
    fn default() -> Self {
        Self::new(Arc::new(Arena::new()))
    }
}

impl<S> fmt::Debug for StringPool<S> {
    /// Counts, not the strings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StringPool").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl<'a, S> IntoIterator for &'a StringPool<S> {
    type Item = (Symbol, &'a str);
    type IntoIter = StringPoolIter<'a>;

    fn into_iter(self) -> StringPoolIter<'a> {
        self.iter()
    }
}

impl<T: AsRef<str>, S: BuildHasher> Extend<T> for StringPool<S> {
    /// Interns each string.
    ///
    /// # Panics
    ///
    /// As for [`intern`](StringPool::intern).
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, strings: I) {
        for text in strings {
            self.intern(text.as_ref());
        }
    }
}

impl<T: AsRef<str>> FromIterator<T> for StringPool {
    /// A default pool, the common strings included, with these strings behind them.
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(strings: I) -> Self {
        let mut pool = Self::default();
        pool.extend(strings);
        pool
    }
}
