//! Why an allocation or a reset failed.

use std::fmt;

/// Why an arena could not serve a request.
///
/// Nothing is lost when an allocation fails: what the arena handed out before stays valid, its statistics stay
/// true, and a smaller request, or the same one after a [`reset`](crate::Arena::reset), may succeed.
///
/// # Examples
///
/// ```
/// use flow_arena::{AllocError, Arena};
///
/// let mut arena = Arena::builder().block_size(4096).memory_limit(4096).build();
/// assert!(arena.try_alloc(1000).is_ok());
/// assert!(matches!(arena.try_alloc(100_000), Err(AllocError::LimitReached { limit: 4096, .. })));
/// arena.reset();
/// assert!(arena.try_alloc(1000).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum AllocError {
    /// The request needs a new block, and the smallest block that would do exceeds the arena's memory limit.
    #[error(
        "a block of {requested} bytes would exceed the arena's memory limit of {limit} bytes: \
         raise the limit, or reset or free the arena"
    )]
    LimitReached {
        /// The limit of the whole arena, in bytes.
        limit: usize,
        /// The size of the smallest block that would have served the request, in bytes.
        requested: usize,
    },
    /// The global allocator returned no memory for a new block.
    #[error("the global allocator has no memory for another block of the arena, of {requested} bytes")]
    OutOfMemory {
        /// The size of the block that could not be made, in bytes.
        requested: usize,
    },
    /// The request exceeds the largest possible allocation, `isize::MAX` bytes with its alignment.
    #[error("{requested} bytes exceed the largest possible allocation ({} bytes)", isize::MAX)]
    TooLarge {
        /// The size that was asked for, in bytes; `usize::MAX` if it is even more than that.
        requested: usize,
    },
}

impl AllocError {
    /// The error for an array that exceeds every allocation.
    #[cold]
    pub(crate) fn array_too_large(len: usize, size_of_value: usize) -> Self {
        Self::TooLarge { requested: len.saturating_mul(size_of_value) }
    }
}

/// The arena was not reset because somebody else holds it: see [`Arena::try_reset`](crate::Arena::try_reset).
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use flow_arena::{Arena, SharedArenaError, StringPool};
///
/// let mut arena = Arc::new(Arena::new());
/// let pool = StringPool::new(Arc::clone(&arena));
/// assert_eq!(Arena::try_reset(&mut arena), Err(SharedArenaError));
/// drop(pool);
/// assert_eq!(Arena::try_reset(&mut arena), Ok(()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the arena is shared: drop every other `Arc` and `Weak` to it, among them those of string pools, then reset it"
)]
pub struct SharedArenaError;

/// What `result` holds; or else a panic that says why there is nothing.
///
/// Not a closure in `unwrap_or_else`, which would be the caller that a panic names.
#[inline]
#[track_caller]
pub(crate) fn or_panic<T, E: fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => fail(&error),
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn fail(error: &dyn fmt::Display) -> ! {
    panic!("{error}")
}
