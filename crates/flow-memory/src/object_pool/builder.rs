//! How an object pool is configured.

use std::{fmt, sync::Arc};

use flow_arena::Arena;

use super::ObjectPool;
use crate::{Recycle, raw::Objects};

/// Configures an [`ObjectPool`].
///
/// # Examples
///
/// ```
/// use flow_memory::ObjectPool;
///
/// let pool = ObjectPool::builder(String::new).max_retained(1000).thread_cache(16).build();
/// assert_eq!(pool.max_retained(), 1000);
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct ObjectPoolBuilder<T> {
    make: Box<dyn Fn() -> T + Send + Sync>,
    arena: Option<Arc<Arena>>,
    max_retained: usize,
    thread_cache: usize,
}

impl<T: Recycle + Send + 'static> ObjectPoolBuilder<T> {
    pub(super) fn new(make: Box<dyn Fn() -> T + Send + Sync>) -> Self {
        Self { make, arena: None, max_retained: 1 << 16, thread_cache: usize::MAX }
    }

    /// The most objects that the pool keeps, over all threads: a hard bound, which holds at every moment. 65,536 by
    /// default; 0 keeps none. With `usize::MAX` there is no such bound; the queue that threads share still has room
    /// for 65,536 objects and no more.
    ///
    /// What threads keep for themselves counts, and so does room that they have for objects, up to as much again. A
    /// bound should therefore be a multiple of what is in use at once.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::ObjectPool::builder(String::new).max_retained(2).build();
    /// drop((pool.get(), pool.get(), pool.get()));
    /// assert_eq!((pool.stats().retained, pool.stats().discards), (2, 1));
    /// ```
    pub fn max_retained(mut self, objects: usize) -> Self {
        self.max_retained = objects;
        self
    }

    /// The most objects that one thread keeps for itself, the rest going to the queue that all threads share: from 2
    /// to 128, and at most half of [`max_retained`](Self::max_retained). 128 by default.
    pub fn thread_cache(mut self, objects: usize) -> Self {
        self.thread_cache = objects;
        self
    }

    /// Places objects in `arena` instead of in boxes of their own: side by side, without an allocator's overhead for each.
    /// The place of a dropped object is reused for a new one of this pool; its memory goes back with the arena.
    ///
    /// While a pool holds the arena, it cannot be reset: [`Arena::try_reset`] returns an error.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use flow_arena::Arena;
    /// use flow_memory::ObjectPool;
    ///
    /// let arena = Arc::new(Arena::new());
    /// let pool = ObjectPool::builder(String::new).arena(Arc::clone(&arena)).build();
    /// drop((pool.get(), pool.get()));
    /// assert_eq!(arena.stats().allocations, 2);
    /// ```
    pub fn arena(mut self, arena: Arc<Arena>) -> Self {
        self.arena = Some(arena);
        self
    }

    /// The pool. Allocates its tables, and makes no object.
    #[must_use]
    pub fn build(self) -> ObjectPool<T> {
        ObjectPool { objects: Objects::new(self.make, self.arena, self.max_retained, self.thread_cache) }
    }
}

impl<T> fmt::Debug for ObjectPoolBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectPoolBuilder")
            .field("max_retained", &self.max_retained)
            .field("thread_cache", &self.thread_cache)
            .field("arena", &self.arena.is_some())
            .finish_non_exhaustive()
    }
}
