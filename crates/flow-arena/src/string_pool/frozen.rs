//! [`FrozenStringPool`]: a pool that is only read.

use std::{fmt, hash::BuildHasher, sync::Arc};

use super::{StringPoolIter, StringPoolStats, hash};
use crate::{
    Arena, DefaultHashBuilder, Symbol,
    raw::{entry::Interned, interner::Interner},
};

/// A string pool to which nothing can be added, from [`StringPool::freeze`](crate::StringPool::freeze).
///
/// It finds and resolves as the pool did, with the same addresses and symbols, and keeps less memory: the
/// tables that the pool outgrew, and the per-thread counters, are gone. Nothing in it takes a lock, allocates
/// or counts. `Send + Sync` if the hasher is.
///
/// # Examples
///
/// ```
/// let pool = flow_arena::StringPool::default();
/// let symbol = pool.symbol("example");
/// let frozen = pool.freeze();
/// assert_eq!(frozen.get_symbol("example"), Some(symbol));
/// assert_eq!(frozen.get("unknown"), None);
/// ```
pub struct FrozenStringPool<S = DefaultHashBuilder> {
    interner: Interner<Arc<Arena>>,
    stats: StringPoolStats,
    hasher: S,
}

impl<S> FrozenStringPool<S> {
    pub(super) fn new(mut interner: Interner<Arc<Arena>>, hits: u64, hasher: S) -> Self {
        interner.drop_retired();
        let stats = StringPoolStats::new(&interner.usage(), hits);
        Self { interner, stats, hasher }
    }

    /// The string of a symbol, as [`StringPool::resolve`](crate::StringPool::resolve).
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// let symbols = pool.symbol_batch(&["a", "b"]);
    /// let frozen = pool.freeze();
    /// assert_eq!(symbols.iter().filter_map(|&symbol| frozen.resolve(symbol)).collect::<String>(), "ab");
    /// ```
    #[inline]
    #[must_use]
    pub fn resolve(&self, symbol: Symbol) -> Option<&str> {
        self.interner.resolve(symbol).map(Interned::text)
    }

    /// The number of strings.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::builder().without_common_strings().build();
    /// pool.intern("a");
    /// let frozen = pool.freeze();
    /// assert_eq!((frozen.len(), frozen.is_empty()), (1, false));
    /// assert!(frozen.contains("a") && !frozen.contains("b"));
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.stats.strings
    }

    /// Whether there are no strings.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every string with its symbol, in the order of the symbols.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::builder().without_common_strings().pre_interned(["a", "b"]).build();
    /// let frozen = pool.freeze();
    /// let texts: Vec<&str> = frozen.iter().map(|(_, text)| text).collect();
    /// assert_eq!(texts, ["a", "b"]);
    /// ```
    pub fn iter(&self) -> StringPoolIter<'_> {
        StringPoolIter::new(self.interner.symbols())
    }

    /// What the pool holds, and what it had done when it was frozen. A copy of what was known then.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// pool.intern("a name");
    /// let frozen = pool.freeze();
    /// assert_eq!(frozen.stats().strings, frozen.len());
    /// assert!(frozen.arena().stats().reserved > 0);
    /// ```
    #[must_use]
    pub fn stats(&self) -> StringPoolStats {
        self.stats
    }

    /// The arena that keeps the strings.
    #[must_use]
    pub fn arena(&self) -> &Arc<Arena> {
        self.interner.memory()
    }

    /// The hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// let same_seed = pool.hasher().clone();
    /// let others = flow_arena::StringPool::builder().hasher(same_seed).build();
    /// let _: &flow_arena::DefaultHashBuilder = others.freeze().hasher();
    /// ```
    #[must_use]
    pub fn hasher(&self) -> &S {
        &self.hasher
    }
}

impl<S: BuildHasher> FrozenStringPool<S> {
    /// The one copy of `text` in this pool, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// let address = pool.intern("example").as_ptr();
    /// let frozen = pool.freeze();
    /// assert_eq!(frozen.get("example").unwrap().as_ptr(), address);
    /// ```
    #[inline]
    #[must_use]
    pub fn get(&self, text: &str) -> Option<&str> {
        self.interner.find(hash(&self.hasher, text), text).map(Interned::text)
    }

    /// The symbol of `text`, if it is interned.
    #[inline]
    #[must_use]
    pub fn get_symbol(&self, text: &str) -> Option<Symbol> {
        self.interner.find(hash(&self.hasher, text), text).map(Interned::symbol)
    }

    /// Whether `text` is interned.
    #[inline]
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.get_symbol(text).is_some()
    }
}

impl<S> fmt::Debug for FrozenStringPool<S> {
    /// Counts, not the strings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrozenStringPool").field("stats", &self.stats).finish_non_exhaustive()
    }
}

impl<'a, S> IntoIterator for &'a FrozenStringPool<S> {
    type Item = (Symbol, &'a str);
    type IntoIter = StringPoolIter<'a>;

    fn into_iter(self) -> StringPoolIter<'a> {
        self.iter()
    }
}
