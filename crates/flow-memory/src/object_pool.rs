//! The object pool: what hands out objects, and its limits.

mod builder;
mod stats;

use std::fmt;

pub use builder::ObjectPoolBuilder;
pub use stats::ObjectPoolStats;

use crate::{AllocError, Object, OwnedObject, PooledObject, Recycle, error::or_raise, raw::Objects};

/// A thread-safe pool of objects of one type: the machinery of [`BufferPool`](crate::BufferPool) for anything that can be
/// [recycled](Recycle).
///
/// An object is recycled and goes back when its handle is dropped, and is kept for the next request, as long as there
/// are not [too many](ObjectPoolBuilder::max_retained). Objects don't move: the pool keeps pointers, and an object
/// stays at its address from when it is made to when it is dropped or [detached](Object::detach).
///
/// The pool is a handle: a clone is the same pool. All objects that it keeps are dropped when the last clone and the last
/// [`OwnedObject`] are gone.
///
/// # When not to use it
///
/// - When an object is cheap to make and owns no memory: keep it on the stack.
/// - When many objects die together: use an arena.
/// - When an object must be dropped right after its use, or on a certain thread: the pool keeps it, and drops it on any
///   thread.
///
/// # Cost
///
/// As for [`BufferPool`](crate::BufferPool): each thread keeps two magazines of up to 64 objects, and while these suffice,
/// getting and dropping are a thread-local lookup and a few plain loads and stores, and [`Recycle::recycle`]. Otherwise a
/// magazine goes to, or comes from, a queue. Where there is nothing, an object is made, in a box or, with
/// [`ObjectPoolBuilder::arena`], in an arena.
///
/// # Thread safety
///
/// `Send + Sync` for every `T: Send`, since an object is only ever used by who has its handle. It may be dropped on
/// any thread. There is no pool for objects that must stay on their thread:
///
/// ```compile_fail,E0277
/// let pool = flow_memory::ObjectPool::new(Vec::<std::rc::Rc<str>>::new);
/// ```
///
/// A thread that exits holds on to its pools for as long as it gives back what it kept. So the last objects of a pool
/// may be dropped by such a thread, shortly after the last handle.
///
/// # Examples
///
/// ```
/// use flow_memory::ObjectPool;
///
/// let pool = ObjectPool::new(|| Vec::<u32>::with_capacity(100));
/// let mut list = pool.get();
/// list.extend([1, 2, 3]);
/// drop(list);
///
/// let list = pool.get();
/// assert!(list.is_empty() && list.capacity() >= 100);
/// assert_eq!(pool.stats().hits, 1);
/// ```
pub struct ObjectPool<T: Recycle + Send + 'static> {
    pub(crate) objects: Objects<T>,
}

impl<T: Recycle + Send> ObjectPool<T> {
    /// A pool whose objects `make` makes, with the defaults of [`builder`](Self::builder). Makes none yet.
    ///
    /// `make` is called on the thread that asks for an object, while no lock is held; it may use any pool.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::ObjectPool::new(|| String::with_capacity(80));
    /// assert!(pool.get().capacity() >= 80);
    /// ```
    #[must_use]
    #[doc(alias = "NewNodePool")]
    pub fn new(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self::builder(make).build()
    }

    /// Configures a pool whose objects `make` makes.
    pub fn builder(make: impl Fn() -> T + Send + Sync + 'static) -> ObjectPoolBuilder<T> {
        ObjectPoolBuilder::new(Box::new(make))
    }

    /// An object: one that was recycled, or a new one.
    ///
    /// # Panics
    ///
    /// Panics if making one panics, or the [arena](ObjectPoolBuilder::arena) is full. Aborts if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::ObjectPool::<String>::default();
    /// pool.get().push_str("text");
    /// assert_eq!(*pool.get(), "");
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    #[doc(alias("Get", "GetNode"))]
    pub fn get(&self) -> PooledObject<'_, T> {
        or_raise(self.try_get())
    }

    /// [`get`](Self::get), but returns an error if there is no room for a new object.
    ///
    /// # Errors
    ///
    /// [`AllocError`] says why there is no place for a new object. One that was made for it is dropped.
    ///
    /// # Panics
    ///
    /// Panics if making an object panics. The pool is what it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use flow_arena::Arena;
    /// use flow_memory::{AllocError, ObjectPool};
    ///
    /// let arena = Arc::new(Arena::builder().memory_limit(0).build());
    /// let pool = ObjectPool::builder(String::new).arena(arena).build();
    /// assert!(matches!(pool.try_get(), Err(AllocError::Arena(_))));
    /// ```
    #[inline]
    pub fn try_get(&self) -> Result<PooledObject<'_, T>, AllocError> {
        let lease = match self.objects.get() {
            Some(lease) => lease,
            None => self.objects.make()?,
        };
        Ok(Object::new(lease, self))
    }

    /// [`get`](Self::get) in the form that keeps the pool alive: for tasks, threads, and structures without a lifetime.
    ///
    /// # Panics
    ///
    /// As for [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use flow_memory::ObjectPool;
    ///
    /// let pool = Arc::new(ObjectPool::new(Vec::<u8>::new));
    /// let mut lines = pool.get_owned();
    /// let written = std::thread::spawn(move || {
    ///     lines.extend_from_slice(b"from another thread");
    ///     lines.len()
    /// });
    /// assert_eq!(written.join().unwrap(), 19);
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn get_owned(&self) -> OwnedObject<T> {
        or_raise(self.try_get_owned())
    }

    /// [`get_owned`](Self::get_owned), but returns an error if there is no room for a new object.
    ///
    /// # Errors
    ///
    /// As for [`try_get`](Self::try_get).
    ///
    /// # Panics
    ///
    /// As for [`try_get`](Self::try_get).
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::ObjectPool::<String>::default();
    /// let text = pool.try_get_owned()?;
    /// std::thread::spawn(move || drop(text));
    /// # Ok::<(), flow_memory::AllocError>(())
    /// ```
    #[inline]
    pub fn try_get_owned(&self) -> Result<OwnedObject<T>, AllocError> {
        self.try_get().map(PooledObject::into_owned)
    }

    /// Drops all objects that the pool keeps, as [`shrink_to(0)`](Self::shrink_to) does. Returns how many were dropped.
    ///
    /// # Panics
    ///
    /// As for [`shrink_to`](Self::shrink_to).
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::ObjectPool::<String>::default();
    /// drop(pool.get());
    /// assert_eq!(pool.trim(), 1);
    /// assert_eq!(pool.stats().retained, 0);
    /// ```
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn trim(&self) -> usize {
        self.shrink_to(0)
    }

    /// Drops objects that the pool keeps until it keeps at most `objects`. Returns how many were dropped.
    ///
    /// First those in the shared queue are dropped, a magazine at a time, then those that this thread keeps. Those of
    /// other threads cannot be dropped by this one: if all that was not enough, each of the others drops all that it
    /// keeps when it next puts an object back, or exits.
    ///
    /// # Panics
    ///
    /// If dropping an object panics. The others are dropped all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::ObjectPool::<String>::default();
    /// pool.prefill(1000);
    /// let dropped = pool.shrink_to(500);
    /// assert!(dropped >= 500 && pool.stats().retained == 1000 - dropped);
    /// ```
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn shrink_to(&self, objects: usize) -> usize {
        self.objects.shrink_to(objects)
    }

    /// Makes `count` objects in advance, where all threads find them. Returns how many were made: fewer if
    /// the pool then keeps [as many as it may](ObjectPoolBuilder::max_retained), or the memory runs out.
    ///
    /// # Panics
    ///
    /// Panics if making an object panics. Those that were made before are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::ObjectPool::new(|| Vec::<u8>::with_capacity(4096));
    /// assert_eq!(pool.prefill(100), 100);
    /// drop(pool.get());
    /// assert_eq!(pool.stats().misses, 0);
    /// ```
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn prefill(&self, count: usize) -> usize {
        self.objects.prefill(count)
    }

    /// The most objects that the pool keeps, over all threads.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::ObjectPool::builder(String::new).max_retained(10).build();
    /// assert_eq!(pool.max_retained(), 10);
    /// ```
    #[must_use]
    pub fn max_retained(&self) -> usize {
        self.objects.limit()
    }

    /// What the pool holds and has done. Takes a lock that only new threads and exiting ones want, and looks at each
    /// thread's counters: may be called at any time, from any thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::ObjectPool::<String>::default();
    /// let first = pool.get();
    /// drop(pool.get());
    /// let stats = pool.stats();
    /// assert_eq!((stats.misses, stats.outstanding, stats.retained), (2, 1, 1));
    /// ```
    #[must_use]
    #[doc(alias = "GetStats")]
    pub fn stats(&self) -> ObjectPoolStats {
        ObjectPoolStats::new(&self.objects)
    }
}

/// Another handle of the same pool.
impl<T: Recycle + Send> Clone for ObjectPool<T> {
    fn clone(&self) -> Self {
        Self { objects: self.objects.clone() }
    }
}

/// A pool whose objects are `T::default()`.
impl<T: Recycle + Send + Default> Default for ObjectPool<T> {
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: Recycle + Send> fmt::Debug for ObjectPool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectPool").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
