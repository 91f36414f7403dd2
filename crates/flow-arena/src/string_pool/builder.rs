//! [`StringPoolBuilder`].

use std::{collections::HashSet, fmt, hash::BuildHasher, sync::Arc};

use super::{
    COMMON, InternError, StringPool, hash,
    hits::{Hits, four_per_processor},
};
use crate::{
    Arena, DefaultHashBuilder,
    error::or_panic,
    raw::{
        interner::{Config, Interner},
        symbols::MAX_SYMBOLS,
    },
};

/// Configures a [`StringPool`].
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use flow_arena::{Arena, StringPool};
///
/// let arena = Arc::new(Arena::new());
/// let pool = StringPool::builder()
///     .arena(arena)
///     .capacity(10_000)
///     .memory_limit(16 << 20)
///     .pre_interned(["GET", "POST"])
///     .try_build()?;
/// assert_eq!(pool.get_symbol("GET").unwrap().index(), 22);
/// # Ok::<(), flow_arena::InternError>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct StringPoolBuilder<S = DefaultHashBuilder> {
    arena: Option<Arc<Arena>>,
    hasher: S,
    shards: Option<usize>,
    capacity: usize,
    limit: usize,
    common: bool,
    own: Vec<Box<str>>,
}

impl StringPoolBuilder {
    pub(super) fn new() -> Self {
        Self {
            arena: None,
            hasher: DefaultHashBuilder::default(),
            shards: None,
            capacity: 0,
            limit: usize::MAX,
            common: true,
            own: Vec::new(),
        }
    }
}

impl<S> StringPoolBuilder<S> {
    /// The arena that keeps the strings. Without it, the pool makes one for itself.
    pub fn arena(mut self, arena: Arc<Arena>) -> Self {
        self.arena = Some(arena);
        self
    }

    /// The hasher; see [`StringPool::with_hasher`] for what it must be able to do.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use flow_arena::StringPool;
    ///
    /// let pool: StringPool<RandomState> = StringPool::builder().hasher(RandomState::new()).build();
    /// assert_eq!(pool.intern("example"), "example");
    /// ```
    pub fn hasher<T>(self, hasher: T) -> StringPoolBuilder<T> {
        let Self { arena, hasher: _, shards, capacity, limit, common, own } = self;
        StringPoolBuilder { arena, hasher, shards, capacity, limit, common, own }
    }

    /// How many parts the pool has, each with its own lock for new strings; known strings need none.
    ///
    /// Rounded up to a power of two, and kept between 1 and 65,536. The default is four for each processor.
    /// More shards let more threads add strings at once, and cost 220 bytes each when empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::StringPool;
    ///
    /// let [one, many] = [1, 64].map(|shards| StringPool::builder().shards(shards).build());
    /// assert!(one.stats().memory < many.stats().memory);
    /// ```
    pub fn shards(mut self, shards: usize) -> Self {
        self.shards = Some(shards);
        self
    }

    /// Makes room for this many strings beside the pre-interned ones, so that no table grows while they are
    /// added.
    ///
    /// A hint about the number of strings, not about their texts, which the arena keeps. Some shards get more
    /// strings than others, and a few tables may still grow.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::StringPool;
    ///
    /// let pool = StringPool::builder().capacity(10_000).build();
    /// assert!(pool.stats().memory > StringPool::default().stats().memory);
    /// ```
    pub fn capacity(mut self, strings: usize) -> Self {
        self.capacity = strings;
        self
    }

    /// The most bytes that the pool keeps at any moment, exactly.
    ///
    /// Counted are the strings (8 bytes each, and the text), the tables, outgrown ones included, the symbols,
    /// the shards and the pre-interned strings: [`StringPoolStats::memory`](crate::StringPoolStats::memory).
    /// Each is charged before it is made and refunded if that fails. Not counted are the arena's own overhead
    /// (the unused rest of its blocks, alignment), the pool's own fields, 8 bytes for each outgrown table,
    /// and 128 bytes for each place that hits are counted in (four for each processor, at most 128).
    ///
    /// Interning fails with [`InternError::LimitReached`] when a new string, or the larger table it would
    /// need, does not fit. Without a limit nothing is counted, and new strings are a little faster.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::{InternError, StringPool};
    ///
    /// let pool = StringPool::builder().memory_limit(1 << 20).build();
    /// let error = (0..).find_map(|n: u32| pool.try_intern(&n.to_string()).err());
    /// assert!(matches!(error, Some(InternError::LimitReached { .. })));
    /// assert!(pool.stats().memory <= 1 << 20);
    /// ```
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Strings that the pool has from the start, and still has after each [`reset`](StringPool::reset).
    ///
    /// They get the symbols behind the common ones, in this order; may be called more than once. Strings that
    /// are there already are ignored. They live in the pool's own memory, not in the arena.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::StringPool;
    ///
    /// let mut pool = StringPool::builder().pre_interned(["GET", "POST"]).build();
    /// let post = pool.symbol("POST");
    /// pool.reset();
    /// assert_eq!((post.index(), pool.resolve(post)), (23, Some("POST")));
    /// ```
    pub fn pre_interned<T: AsRef<str>>(mut self, strings: impl IntoIterator<Item = T>) -> Self {
        self.own.extend(strings.into_iter().map(|text| Box::from(text.as_ref())));
        self
    }

    /// Leaves the 22 common strings out, so that the first string gets the symbol with index 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::builder().without_common_strings().build();
    /// assert!(pool.is_empty());
    /// assert_eq!(pool.symbol("first").index(), 0);
    /// ```
    pub fn without_common_strings(mut self) -> Self {
        self.common = false;
        self
    }
}

impl<S: BuildHasher> StringPoolBuilder<S> {
    /// Makes the pool.
    ///
    /// # Panics
    ///
    /// If [`try_build`](Self::try_build) would return an error, and if the hasher does.
    #[must_use]
    #[track_caller]
    pub fn build(self) -> StringPool<S> {
        or_panic(self.try_build())
    }

    /// Makes the pool.
    ///
    /// # Errors
    ///
    /// The memory limit is too small for an empty pool of these settings, the global allocator has no memory,
    /// or a pre-interned string is longer than `u32::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_arena::{InternError, StringPool};
    ///
    /// let error = StringPool::builder().memory_limit(10).try_build().unwrap_err();
    /// assert!(matches!(error, InternError::LimitReached { limit: 10, .. }));
    /// ```
    pub fn try_build(self) -> Result<StringPool<S>, InternError> {
        let Self { arena, hasher, shards, capacity, limit, common, own } = self;
        let common = if common { &COMMON[..] } else { &[] };
        let (mut seen, mut preset) = (HashSet::new(), Vec::new());
        let most = common.len() + own.len();
        seen.try_reserve(most).map_err(|_| InternError::OutOfMemory)?;
        preset.try_reserve_exact(most).map_err(|_| InternError::OutOfMemory)?;
        for text in common.iter().copied().chain(own.iter().map(|text| &**text)) {
            if seen.insert(text) {
                preset.push((hash(&hasher, text), text));
            }
        }
        let shards = shards.unwrap_or_else(four_per_processor);
        let config = Config { shards, capacity, limit, max_symbols: MAX_SYMBOLS };
        let arena = arena.unwrap_or_else(|| Arc::new(Arena::new()));
        let interner = Interner::new(&config, &preset, arena)?;
        let hits = Hits::new().ok_or(InternError::OutOfMemory)?;
        Ok(StringPool { interner, hits, hasher })
    }
}

impl Default for StringPoolBuilder {
    /// The configuration of [`StringPool::default`].
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for StringPoolBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StringPoolBuilder")
            .field("shards", &self.shards)
            .field("capacity", &self.capacity)
            .field("limit", &self.limit)
            .field("common", &self.common)
            .field("own", &self.own.len())
            .finish_non_exhaustive()
    }
}
