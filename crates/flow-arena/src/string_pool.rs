//! [`StringPool`]: equal strings, one address.

mod batch;
mod builder;
mod error;
mod frozen;
mod hits;
mod iter;
mod stats;
mod traits;

use std::{
    hash::{BuildHasher, Hasher},
    sync::Arc,
};

pub use builder::StringPoolBuilder;
pub use error::InternError;
pub use frozen::FrozenStringPool;
pub use iter::StringPoolIter;
pub use stats::{StringPoolStats, hit_rate};

use crate::{
    Arena, DefaultHashBuilder, Symbol,
    raw::{entry::Interned, interner::Interner},
};
use error::failed;
use hits::Hits;

/// The strings that every pool begins with, unless its builder was told otherwise.
///
/// The position of each is the index of its symbol. The list and its order are part of the interface: strings
/// may be added behind the last, none is ever moved or removed.
pub(crate) const COMMON: [&str; 22] = [
    "",
    "true",
    "false",
    "success",
    "failure",
    "pending",
    "running",
    "error",
    "skipped",
    "id",
    "name",
    "status",
    "result",
    "data",
    "input",
    "output",
    "node",
    "edge",
    "graph",
    "workflow",
    "completed",
    "failed",
];

/// A pool that keeps one copy of each string, for any number of threads.
///
/// # When not to use it
///
/// - In one thread: [string-interner](https://docs.rs/string-interner) needs no atomics.
/// - For strings that must be given back one by one: a pool only grows, until [`reset`](Self::reset) forgets
///   all of it. A pool filled with what strangers send needs a
///   [`memory_limit`](StringPoolBuilder::memory_limit).
/// - For a set of strings known when the program is compiled: constants and a perfect hash are faster.
/// - For strings that hardly ever repeat: a new string costs more than `Box<str>` does.
///
/// # What it gives
///
/// Strings that are equal share one address, so that comparing pointers compares texts, and a [`Symbol`] of
/// four bytes can stand for the text. An interned string stays where it is until the pool is reset or
/// dropped, and borrows the pool, so that the compiler rules out a dangling one.
///
/// # Cost
///
/// | operation | cost |
/// |---|---|
/// | [`intern`](Self::intern), [`symbol`](Self::symbol) of a known string | one hash, one probe, one comparison; no lock, no allocation, no shared write |
/// | the same of a new string | the lock of one shard of the pool; a copy into the arena; now and then a table of twice the size |
/// | [`get`](Self::get), [`get_symbol`](Self::get_symbol), [`contains`](Self::contains) | as a known string, also when the answer is no |
/// | [`resolve`](Self::resolve) | two dependent loads; no lock |
/// | [`iter`](Self::iter) | no lock; goes by symbol |
///
/// A known string is found without waiting for anybody, also while other threads add strings or a table
/// grows: a lookup takes a bounded number of steps, whatever other threads do. It writes one counter of its
/// own thread, for the statistics.
///
/// # How it works
///
/// High bits of the hash choose a shard, low bits a place in its table, which is open-addressed, insert-only
/// and made of atomics. A new string is written to the arena, then published with one store. A table that is
/// full is copied to one of twice the size; the old one stays until [`reset`](Self::reset),
/// [`freeze`](Self::freeze) or drop, because readers may still be in it, and nobody has to keep track of
/// them.
///
/// # Thread safety
///
/// `StringPool` is `Send + Sync` (if the hasher is) and is meant to be shared by reference or in an [`Arc`].
/// No code of the user runs under its locks: a hasher that panics leaves the pool as it was. Interning from
/// the destructor of a thread-local works; such calls may count in a shared counter instead of the thread's.
///
/// # Examples
///
/// ```
/// use flow_arena::{StringPool, Symbol};
///
/// let pool = StringPool::default();
/// let a: &str = pool.intern("example");
/// let b: &str = pool.intern(&String::from("example"));
/// assert!(std::ptr::eq(a, b));
///
/// let symbol: Symbol = pool.symbol("example");
/// assert_eq!(pool.resolve(symbol), Some("example"));
/// ```
pub struct StringPool<S = DefaultHashBuilder> {
    interner: Interner<Arc<Arena>>,
    hits: Hits,
    hasher: S,
}

impl StringPool {
    /// A pool that keeps its strings in `arena`, with the 22 common strings already in it.
    ///
    /// The arena may be shared with other pools and other users. It cannot be reset while the pool lives,
    /// which keeps one reference to it; see [`reset`](Self::reset).
    ///
    /// Allocates the shards, their tables and the first symbols: see [`StringPoolBuilder::shards`].
    ///
    /// # Panics
    ///
    /// If the global allocator has no memory. [`StringPoolBuilder::try_build`] reports it instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use flow_arena::{Arena, StringPool};
    ///
    /// let arena = Arc::new(Arena::new());
    /// let pool = StringPool::new(Arc::clone(&arena));
    /// assert_eq!(pool.len(), 22);
    /// assert!(pool.contains("workflow"));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(arena: Arc<Arena>) -> Self {
        Self::builder().arena(arena).build()
    }

    /// Configures a pool: its arena, hasher, shards, capacity, memory limit and first strings.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::StringPool;
    ///
    /// let pool = StringPool::builder().capacity(1000).memory_limit(1 << 20).build();
    /// assert_eq!(pool.memory_limit(), Some(1 << 20));
    /// ```
    pub fn builder() -> StringPoolBuilder {
        StringPoolBuilder::new()
    }
}

impl<S: BuildHasher> StringPool<S> {
    /// A pool that keeps its strings in `arena` and hashes them with `hasher`.
    ///
    /// A string is hashed with one [`Hasher::write`] of its bytes, without the suffix that `Hash for str`
    /// adds. The pool uses the low 32 bits of the result and those from the 41st up. A hasher that collides
    /// makes it slow, never wrong.
    ///
    /// # Panics
    ///
    /// If the hasher does, or if the global allocator has no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{hash::RandomState, sync::Arc};
    ///
    /// use flow_arena::{Arena, StringPool};
    ///
    /// let pool = StringPool::with_hasher(Arc::new(Arena::new()), RandomState::new());
    /// assert_eq!(pool.intern("example"), "example");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_hasher(arena: Arc<Arena>, hasher: S) -> Self {
        StringPool::builder().arena(arena).hasher(hasher).build()
    }

    /// The one copy of `text` in this pool, made now if there is none.
    ///
    /// A known string costs a hash, a probe and a comparison: no lock, no allocation. A new one takes the
    /// lock of one shard and is copied into the arena; it costs `8 + text.len()` bytes there and up to a few
    /// dozen bytes of tables (`docs/string-pool.md` has the formula).
    ///
    /// # Panics
    ///
    /// If [`try_intern`](Self::try_intern) would return an error.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// assert!(std::ptr::eq(pool.intern("example"), pool.intern("example")));
    /// ```
    #[doc(alias = "Intern")]
    #[inline]
    #[track_caller]
    pub fn intern(&self, text: &str) -> &str {
        match self.known_or_new(text) {
            Some(interned) => interned.text(),
            None => failed(),
        }
    }

    /// [`intern`](Self::intern), but returns an error instead of panicking.
    ///
    /// # Errors
    ///
    /// The memory limit or the number of symbols is reached, the arena or the global allocator has no memory,
    /// or the string is longer than `u32::MAX` bytes. The pool is as it was before the call, and everything
    /// interned stays valid. Known strings never fail.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::{InternError, StringPool};
    ///
    /// let pool = StringPool::builder().shards(1).memory_limit(4096).try_build()?;
    /// let error = pool.try_intern(&"long".repeat(2000)).unwrap_err();
    /// assert!(matches!(error, InternError::LimitReached { limit: 4096, requested: 8008, .. }));
    /// assert_eq!(pool.try_intern("short"), Ok("short"));
    /// # Ok::<(), InternError>(())
    /// ```
    #[inline]
    pub fn try_intern(&self, text: &str) -> Result<&str, InternError> {
        self.entry(text).map(Interned::text)
    }

    /// The symbol of `text`, which is interned first if it is new.
    ///
    /// Costs what [`intern`](Self::intern) costs.
    ///
    /// # Panics
    ///
    /// If [`try_symbol`](Self::try_symbol) would return an error.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// let symbol = pool.symbol("example");
    /// assert_eq!(symbol, pool.symbol("example"));
    /// assert_ne!(symbol, pool.symbol("another"));
    /// ```
    #[inline]
    #[track_caller]
    pub fn symbol(&self, text: &str) -> Symbol {
        match self.known_or_new(text) {
            Some(interned) => interned.symbol(),
            None => failed(),
        }
    }

    /// [`symbol`](Self::symbol), but returns an error instead of panicking.
    ///
    /// # Errors
    ///
    /// As for [`try_intern`](Self::try_intern).
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::builder().shards(1).memory_limit(4096).build();
    /// assert!(pool.try_symbol(&"long".repeat(2000)).is_err());
    /// assert_eq!(pool.try_symbol("short")?, pool.symbol("short"));
    /// # Ok::<(), flow_arena::InternError>(())
    /// ```
    #[inline]
    pub fn try_symbol(&self, text: &str) -> Result<Symbol, InternError> {
        self.entry(text).map(Interned::symbol)
    }

    /// The one copy of `text` in this pool, if there is one. Takes no lock, allocates nothing, counts
    /// nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// assert_eq!(pool.get("example"), None);
    /// let interned = pool.intern("example");
    /// assert!(std::ptr::eq(pool.get("example").unwrap(), interned));
    /// ```
    #[inline]
    #[must_use]
    pub fn get(&self, text: &str) -> Option<&str> {
        self.interner.find(self.hash(text), text).map(Interned::text)
    }

    /// The symbol of `text`, if it is interned. Takes no lock, allocates nothing, counts nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// assert_eq!(pool.get_symbol("example"), None);
    /// let symbol = pool.symbol("example");
    /// assert_eq!(pool.get_symbol("example"), Some(symbol));
    /// ```
    #[inline]
    #[must_use]
    pub fn get_symbol(&self, text: &str) -> Option<Symbol> {
        self.interner.find(self.hash(text), text).map(Interned::symbol)
    }

    /// Whether `text` is interned. Takes no lock, allocates nothing, counts nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// assert!(!pool.contains("example"));
    /// pool.intern("example");
    /// assert!(pool.contains("example"));
    /// ```
    #[inline]
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.get_symbol(text).is_some()
    }

    /// The entry of `text`, made if it is new. `None` if it cannot be made: then [`failed`] has to follow.
    ///
    /// Apart from [`Self::entry`] so that a hit makes no `Result`.
    #[inline]
    fn known_or_new(&self, text: &str) -> Option<Interned<'_>> {
        let hash = self.hash(text);
        if let Some(interned) = self.interner.find(hash, text) {
            self.hits.add(1);
            return Some(interned);
        }
        self.add_or_note(hash, text)
    }

    #[cold]
    #[inline(never)]
    fn add_or_note(&self, hash: u64, text: &str) -> Option<Interned<'_>> {
        self.add(hash, text).map_err(error::note).ok()
    }

    /// The entry of `text`, made if it is new.
    #[inline]
    fn entry(&self, text: &str) -> Result<Interned<'_>, InternError> {
        let hash = self.hash(text);
        if let Some(interned) = self.interner.find(hash, text) {
            self.hits.add(1);
            return Ok(interned);
        }
        self.add(hash, text)
    }

    #[cold]
    #[inline(never)]
    fn add(&self, hash: u64, text: &str) -> Result<Interned<'_>, InternError> {
        let added = self.interner.add(hash, text)?;
        if !added.new {
            self.hits.add(1);
        }
        Ok(added.interned)
    }

    #[inline]
    fn hash(&self, text: &str) -> u64 {
        hash(&self.hasher, text)
    }
}

impl<S> StringPool<S> {
    /// The string of a symbol. Takes no lock, allocates nothing, and is checked.
    ///
    /// `None` if no string of this pool has the symbol: it belongs to another pool, or to this one before a
    /// [`reset`](Self::reset). Such a symbol may also happen to name a string of this pool, and then yields
    /// that string.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::{StringPool, Symbol};
    ///
    /// let pool = StringPool::default();
    /// assert_eq!(pool.resolve(pool.symbol("example")), Some("example"));
    /// assert_eq!(pool.resolve(Symbol::from_index(1_000_000).unwrap()), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn resolve(&self, symbol: Symbol) -> Option<&str> {
        self.interner.resolve(symbol).map(Interned::text)
    }

    /// The number of strings, the common ones included. One load.
    #[must_use]
    pub fn len(&self) -> usize {
        self.interner.symbols().len() as usize
    }

    /// Whether there are no strings at all, not even common ones.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::builder().without_common_strings().build();
    /// assert!(pool.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every string with its symbol, in the order of the symbols. Takes no lock.
    ///
    /// Goes over the strings that exist when it is made; one that another thread is interning at that very
    /// moment may be left out, or come before [`get`](Self::get) finds it. Interning while iterating is fine.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::StringPool;
    ///
    /// let pool = StringPool::builder().without_common_strings().pre_interned(["a", "b"]).build();
    /// let strings: Vec<(usize, &str)> = pool.iter().map(|(symbol, text)| (symbol.index(), text)).collect();
    /// assert_eq!(strings, [(0, "a"), (1, "b")]);
    /// ```
    pub fn iter(&self) -> StringPoolIter<'_> {
        StringPoolIter::new(self.interner.symbols())
    }

    /// What the pool holds and what it has done. Takes no lock; costs a pass over the shards and the threads.
    ///
    /// Exact when no thread is interning. While some are, every number was true at some moment during the
    /// call.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// pool.intern("example");
    /// pool.intern("example");
    /// let stats = pool.stats();
    /// assert_eq!((stats.strings, stats.misses, stats.hits), (23, 1, 1));
    /// ```
    #[doc(alias = "Stats")]
    #[must_use]
    pub fn stats(&self) -> StringPoolStats {
        StringPoolStats::new(&self.interner.usage(), self.hits.total())
    }

    /// The limit that [`StringPoolBuilder::memory_limit`] set, in bytes.
    #[must_use]
    pub fn memory_limit(&self) -> Option<usize> {
        self.interner.limit()
    }

    /// Forgets every string that was not pre-interned, and sets the counters to zero.
    ///
    /// Pre-interned strings keep their addresses and their symbols; the symbols behind theirs are given out
    /// again. The current tables keep their size, the outgrown ones are freed. Costs a pass over the tables.
    ///
    /// The arena is reset too if this pool is the only one that holds it, so that its memory is used again.
    /// If it is shared, the texts stay in it as dead weight until all who share it let go.
    ///
    /// # Panics
    ///
    /// If the arena is reset too and a destructor of a [value in it](Arena::alloc_with_drop) panics. The pool and the
    /// arena are reset all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut pool = flow_arena::StringPool::default();
    /// let example = pool.symbol("example");
    /// pool.reset();
    /// assert_eq!(pool.resolve(example), None);
    /// assert_eq!(pool.len(), 22);
    /// ```
    #[doc(alias = "Reset")]
    pub fn reset(&mut self) {
        self.hits.reset();
        self.interner.reset(|arena| {
            if let Some(arena) = Arc::get_mut(arena) {
                arena.reset();
            }
        });
    }

    /// Ends all interning: a pool to read from, without the tables that were outgrown.
    ///
    /// Addresses and symbols stay what they are, but strings borrowed from `self` must be looked up anew.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// let symbol = pool.symbol("example");
    /// let frozen = pool.freeze();
    /// assert_eq!(frozen.resolve(symbol), Some("example"));
    /// ```
    #[must_use]
    pub fn freeze(self) -> FrozenStringPool<S> {
        FrozenStringPool::new(self.interner, self.hits.total(), self.hasher)
    }

    /// The arena that keeps the strings.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// pool.intern("example");
    /// assert_eq!(pool.arena().stats().allocations, 1); // Common strings are not in it.
    /// ```
    #[must_use]
    pub fn arena(&self) -> &Arc<Arena> {
        self.interner.memory()
    }

    /// The hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::StringPool;
    ///
    /// let pool = StringPool::default();
    /// let other = StringPool::builder().hasher(pool.hasher().clone()).build();
    /// assert!(other.get("a name").is_none()); // and hashes as `pool` does
    /// ```
    #[must_use]
    pub fn hasher(&self) -> &S {
        &self.hasher
    }
}

/// The hash of a string: of its bytes alone, in one piece.
#[inline]
fn hash(hasher: &impl BuildHasher, text: &str) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}
