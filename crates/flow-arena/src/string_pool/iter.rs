//! [`StringPoolIter`]: the strings of a pool, by symbol.

use std::iter::FusedIterator;

use crate::{Symbol, raw::symbols::Symbols};

/// Every string of a pool with its symbol, from [`StringPool::iter`](crate::StringPool::iter) or
/// [`FrozenStringPool::iter`](crate::FrozenStringPool::iter).
///
/// # Examples
///
/// ```
/// let pool = flow_arena::StringPool::default();
/// pool.intern("example");
/// let (symbol, text) = pool.iter().next_back().unwrap();
/// assert_eq!((symbol.index(), text), (22, "example"));
/// ```
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy"]
pub struct StringPoolIter<'a> {
    symbols: &'a Symbols,
    /// Indices that are still to come.
    front: u32,
    back: u32,
}

impl<'a> StringPoolIter<'a> {
    pub(super) fn new(symbols: &'a Symbols) -> Self {
        Self { symbols, front: 0, back: symbols.len() }
    }

    fn item(&self, index: u32) -> Option<(Symbol, &'a str)> {
        // `None` for a string that another thread has begun to publish.
        self.symbols.get(index).map(|interned| (interned.symbol(), interned.text()))
    }
}

impl<'a> Iterator for StringPoolIter<'a> {
    type Item = (Symbol, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        while self.front < self.back {
            let index = self.front;
            self.front += 1;
            if let Some(item) = self.item(index) {
                return Some(item);
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some((self.back - self.front) as usize))
    }
}

impl DoubleEndedIterator for StringPoolIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        while self.front < self.back {
            self.back -= 1;
            if let Some(item) = self.item(self.back) {
                return Some(item);
            }
        }
        None
    }
}

impl FusedIterator for StringPoolIter<'_> {}
