//! A lane that one owner has to itself. What allocates is in `allocation_methods.rs` and `text_methods.rs`.

use std::fmt;

use crate::{allocation_methods::allocation_methods, raw::CheckedOut, text_methods::text_methods};

/// An exclusive lane of an [`Arena`](crate::Arena), for many allocations from one thread.
///
/// It offers every allocation method of the arena, without the thread-local lookup, and [`scope`](Self::scope). What it
/// allocates lives as long as the arena is borrowed, `'m`, and so may outlive the lane.
///
/// With the feature `allocator-api2`, `&Lane` is an `Allocator`, so that collections can live in the arena. The newest
/// allocation of a lane grows and shrinks where it stands.
///
/// # When not to use it
///
/// For only a few allocations: getting a lane locks a mutex and giving it back locks one again, which pays off from a few
/// dozen allocations on.
///
/// # Thread safety
///
/// `Send`, not `Sync`: a lane may move to another thread, and only one uses it at a time.
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<flow_arena::Lane<'_>>();
/// ```
///
/// # Examples
///
/// ```
/// use flow_arena::Arena;
///
/// let arena = Arena::new();
/// let mut lane = arena.lane();
/// let kept = lane.alloc_str("kept");
/// let sum: u64 = lane.scope(|scratch| {
///     let squares = scratch.alloc_slice_fill_with(1000, |i| (i * i) as u64);
///     squares.iter().sum()
/// }); // The memory of `squares` is free again.
/// assert_eq!((sum, &*kept), (332_833_500, "kept"));
/// ```
pub struct Lane<'m> {
    pub(crate) core: CheckedOut<'m>,
}

impl<'m> Lane<'m> {
    pub(crate) fn new(core: CheckedOut<'m>) -> Self {
        Self { core }
    }

    /// Calls `f` with this lane under a shorter lifetime, and afterwards takes back everything that was allocated in it.
    ///
    /// Values from [`alloc_with_drop`](Self::alloc_with_drop) are dropped then, newest first. Blocks that the scope took
    /// go back to the arena, for any lane to use; the block that the lane has open stays, and a lane without one takes one
    /// first. Scopes nest. Costs a few loads and stores, and a mutex if a block goes back.
    ///
    /// What is allocated in the scope cannot leave it:
    ///
    /// ```compile_fail
    /// let arena = flow_arena::Arena::new();
    /// let text = arena.lane().scope(|scratch| scratch.alloc_str("gone"));
    /// ```
    ///
    /// # Panics
    ///
    /// If `f` or a destructor does. The memory is taken back all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let arena = flow_arena::Arena::new();
    /// let mut lane = arena.lane();
    /// for _ in 0..1000 {
    ///     let len = lane.scope(|scratch| scratch.concat(&["a", "b"]).len());
    ///     assert_eq!(len, 2);
    /// }
    /// assert_eq!(arena.stats().requested, 0);
    /// ```
    pub fn scope<R>(&mut self, f: impl for<'s> FnOnce(&mut Lane<'s>) -> R) -> R {
        self.core.scope(|core| f(&mut Lane { core }))
    }

    fn source(&self) -> &CheckedOut<'m> {
        &self.core
    }
}

impl<'m> Lane<'m> {
    allocation_methods!(
        source,
        "let arena = flow_arena::Arena::new();\nlet lane = arena.lane();",
        "lane",
        'm
    );
    text_methods!(
        source,
        "let arena = flow_arena::Arena::new();\nlet lane = arena.lane();",
        "lane",
        'm
    );
}

impl fmt::Debug for Lane<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").finish_non_exhaustive()
    }
}
