//! An object from a pool, which goes back when it is dropped.

use std::{
    borrow::Borrow,
    fmt,
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
};

use crate::{ObjectPool, Recycle, raw::Lease};

/// An object that borrows its pool: what [`ObjectPool::get`] hands out.
///
/// ```compile_fail,E0505
/// let pool = flow_memory::ObjectPool::<String>::default();
/// let text = pool.get();
/// drop(pool);
/// assert_eq!(*text, "");
/// ```
pub type PooledObject<'p, T> = Object<T, &'p ObjectPool<T>>;

/// An object that keeps its pool alive, for tasks and other threads: what [`ObjectPool::get_owned`] hands out.
///
/// Taking and giving back one changes a count that all handles of the pool share; [`PooledObject`] has no such cost.
///
/// # Examples
///
/// ```
/// use flow_memory::{ObjectPool, OwnedObject};
///
/// let pool = ObjectPool::<Vec<u32>>::default();
/// let mut list: OwnedObject<Vec<u32>> = pool.get_owned();
/// let sum = std::thread::spawn(move || {
///     list.extend([1, 2, 3]);
///     list.iter().sum::<u32>()
/// });
/// assert_eq!((sum.join().unwrap(), pool.stats().returns), (6, 1));
/// ```
pub type OwnedObject<T> = Object<T, ObjectPool<T>>;

/// An object that goes back to its pool when it is dropped, on whatever thread, after [`Recycle::recycle`]. See its two
/// forms, [`PooledObject`] and [`OwnedObject`].
///
/// It may be shared between threads if the object may:
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<flow_memory::OwnedObject<Vec<std::cell::Cell<u8>>>>();
/// ```
///
/// # Panics
///
/// Dropping panics if `recycle` does. Then the object is dropped, not kept. While its thread panics, an object is
/// recycled and kept as ever, so `recycle` has to put up with one that was left half changed.
pub struct Object<T: Recycle + Send + 'static, P: Borrow<ObjectPool<T>>> {
    /// Invariant: `None` only once the object is on its way back.
    lease: Option<Lease<T>>,
    pool: P,
}

/// What [`Object::lease`] says where it is broken.
const GONE: &str = "an object that is in use was given back";

impl<T: Recycle + Send, P: Borrow<ObjectPool<T>>> Object<T, P> {
    /// Only for a `P` that always borrows the same pool, which is the one that the object is from: `&ObjectPool` or
    /// `ObjectPool`.
    #[inline]
    pub(crate) fn new(lease: Lease<T>, pool: P) -> Self {
        Self { lease: Some(lease), pool }
    }

    /// Takes the object away from its pool for good, as it is: it is not recycled. Moves it.
    ///
    /// A function, not a method, so that it hides none of the object's: `Object::detach(object)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_memory::{Object, ObjectPool};
    ///
    /// let pool = ObjectPool::<String>::default();
    /// let mut name = pool.get();
    /// name.push_str("kept");
    /// let name: String = Object::detach(name);
    /// assert_eq!((name.as_str(), pool.stats().outstanding), ("kept", 0));
    /// ```
    #[must_use = "the object is dropped, not given back to the pool, if it is not used"]
    #[expect(clippy::missing_panics_doc, reason = "a handle has its object until it is consumed")]
    pub fn detach(mut object: Self) -> T {
        let lease = object.lease.take().expect(GONE);
        object.pool.borrow().objects.detach(lease)
    }

    /// The pool that the object goes back to.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_memory::{Object, ObjectPool};
    ///
    /// let pool = ObjectPool::<String>::default();
    /// let name = pool.get();
    /// let other = Object::pool(&name).get();
    /// assert_eq!((pool.stats().outstanding, other.len()), (2, 0));
    /// ```
    #[inline]
    #[must_use]
    pub fn pool(object: &Self) -> &ObjectPool<T> {
        object.pool.borrow()
    }
}

impl<T: Recycle + Send> PooledObject<'_, T> {
    /// The same object, in the form that keeps the pool alive.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_memory::{ObjectPool, PooledObject};
    ///
    /// let pool = ObjectPool::<Vec<u32>>::default();
    /// let list = PooledObject::into_owned(pool.get());
    /// std::thread::spawn(move || drop(list)).join().unwrap();
    /// assert_eq!(pool.stats().returns, 1);
    /// ```
    #[must_use]
    pub fn into_owned(mut object: Self) -> OwnedObject<T> {
        Object { lease: object.lease.take(), pool: object.pool.clone() }
    }
}

impl<T: Recycle + Send, P: Borrow<ObjectPool<T>>> Drop for Object<T, P> {
    #[inline]
    fn drop(&mut self) {
        /// Discards the object if `recycle` panics.
        struct Returning<'a, T: Recycle + Send + 'static>(Option<Lease<T>>, &'a ObjectPool<T>);
        impl<T: Recycle + Send> Drop for Returning<'_, T> {
            fn drop(&mut self) {
                if let Some(lease) = self.0.take() {
                    self.1.objects.discard(lease);
                }
            }
        }
        let mut returning = Returning(self.lease.take(), self.pool.borrow());
        if let Some(lease) = &mut returning.0 {
            lease.get_mut().recycle();
        }
        if let Some(lease) = returning.0.take() {
            // Nothing is left to discard: without looking, this is 19 instructions shorter.
            let returning = ManuallyDrop::new(returning);
            returning.1.objects.give_back(lease);
        }
    }
}

impl<T: Recycle + Send, P: Borrow<ObjectPool<T>>> Deref for Object<T, P> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.lease.as_ref().expect(GONE).get()
    }
}

impl<T: Recycle + Send, P: Borrow<ObjectPool<T>>> DerefMut for Object<T, P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.lease.as_mut().expect(GONE).get_mut()
    }
}

impl<T: Recycle + Send, P: Borrow<ObjectPool<T>>> AsRef<T> for Object<T, P> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: Recycle + Send, P: Borrow<ObjectPool<T>>> AsMut<T> for Object<T, P> {
    fn as_mut(&mut self) -> &mut T {
        self
    }
}

impl<T: Recycle + Send + fmt::Debug, P: Borrow<ObjectPool<T>>> fmt::Debug for Object<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Recycle + Send + fmt::Display, P: Borrow<ObjectPool<T>>> fmt::Display for Object<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
