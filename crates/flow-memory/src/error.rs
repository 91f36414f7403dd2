//! Why a pool could not serve a request.

/// Why a pool has no memory for a request.
///
/// Nothing is lost when a request fails: what was handed out before stays valid, and a smaller request, or the same one
/// after others have given back what they have, may succeed.
///
/// # Examples
///
/// ```
/// use flow_memory::{AllocError, BufferPool};
///
/// let pool = BufferPool::new();
/// match pool.try_get(usize::MAX) {
///     Err(AllocError::TooLarge { requested }) => assert_eq!(requested, usize::MAX),
///     other => panic!("{other:?}"),
/// }
/// assert!(pool.try_get(64).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum AllocError {
    /// The global allocator returned no memory.
    #[error("the global allocator has no memory for {requested} bytes")]
    OutOfMemory {
        /// The size of the allocation that failed, in bytes.
        requested: usize,
    },
    /// The request exceeds the largest possible allocation, `isize::MAX` bytes.
    #[error("{requested} bytes exceed the largest possible allocation ({} bytes)", isize::MAX)]
    TooLarge {
        /// The size that was asked for, in bytes; `usize::MAX` if it is even more than that.
        requested: usize,
    },
    /// The arena that objects of a pool live in has no room for another one.
    #[error("no room for another object in the arena of its pool: {0}")]
    Arena(#[source] flow_arena::AllocError),
}

/// What `result` holds; or else what `Vec` does where there is no memory.
///
/// Not a closure in `unwrap_or_else`, which would be the caller that a panic names.
#[inline]
#[track_caller]
pub(crate) fn or_raise<T>(result: Result<T, AllocError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => error.raise(),
    }
}

impl AllocError {
    /// What `Vec` does in its place: panics if the request is too large, and aborts if there is no memory.
    #[cold]
    #[track_caller]
    fn raise(self) -> ! {
        match self {
            Self::OutOfMemory { requested } => match std::alloc::Layout::array::<u8>(requested) {
                Ok(layout) => std::alloc::handle_alloc_error(layout),
                Err(_) => panic!("{self}"),
            },
            Self::TooLarge { .. } | Self::Arena(_) => panic!("{self}"),
        }
    }
}
