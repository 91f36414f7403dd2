//! Why a string could not be interned.

use std::cell::Cell;

use crate::AllocError;

/// Why a [`StringPool`](crate::StringPool) could not take a new string.
///
/// Nothing is lost when interning fails: the pool is as it was, what it holds stays valid, and known strings
/// are still found.
///
/// # Examples
///
/// ```
/// use flow_arena::{InternError, StringPool};
///
/// let pool = StringPool::builder().memory_limit(64 * 1024).build();
/// let known = pool.intern("known");
/// let long = "x".repeat(100_000);
/// assert!(matches!(pool.try_intern(&long), Err(InternError::LimitReached { .. })));
/// assert!(std::ptr::eq(pool.intern("known"), known));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InternError {
    /// The pool's own memory limit leaves no room for the string, or for the larger table or the symbols it
    /// needs.
    #[error(
        "{requested} more bytes would exceed the string pool's memory limit of {limit} bytes: \
         raise the limit, or reset the pool"
    )]
    LimitReached {
        /// The limit of the pool, in bytes.
        limit: usize,
        /// What was needed beyond what the pool already keeps, in bytes.
        requested: usize,
    },
    /// The arena has no memory for the string.
    #[error("no room for another string in the arena of its pool: {0}")]
    Arena(#[from] AllocError),
    /// The global allocator returned no memory for a larger table or for more symbols.
    #[error("the global allocator has no memory for the string pool's tables")]
    OutOfMemory,
    /// Every symbol is in use. A pool has about 4.29 billion of them.
    #[error("the string pool has no symbol left: reset it, or use several pools")]
    SymbolsExhausted,
    /// The string is longer than `u32::MAX` bytes.
    #[error("a string of {len} bytes is too long to intern (the limit is {} bytes)", u32::MAX)]
    TooLong {
        /// Length of the string in bytes.
        len: usize,
    },
}

thread_local! {
    /// Why this thread could not intern the string that it is about to panic for.
    ///
    /// Here, because a hit must not pay for it: with the error in what a lookup returns, or with the line of the caller
    /// among its arguments, a hit takes six instructions of 136 more; with a second attempt, which would say why, five; so,
    /// two. No destructor: works at any time in the thread's life.
    static FAILURE: Cell<Option<InternError>> = const { Cell::new(None) };
}

/// Keeps `error` for [`failed`].
pub(super) fn note(error: InternError) {
    FAILURE.set(Some(error));
}

/// Panics with the error that was [noted](note) just now, and names the caller's line.
#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn failed() -> ! {
    match FAILURE.take() {
        Some(error) => panic!("{error}"),
        None => unreachable!("what fails says why"),
    }
}
