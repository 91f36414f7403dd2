//! What an object does when it goes back into its pool.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};

/// What is kept in an [`ObjectPool`](crate::ObjectPool): something that can be made as good as new.
///
/// Collections of the standard library are emptied and keep their capacity.
///
/// # Examples
///
/// ```
/// use flow_memory::{ObjectPool, Recycle};
///
/// #[derive(Default)]
/// struct Request {
///     path: String,
///     headers: Vec<(String, String)>,
/// }
///
/// impl Recycle for Request {
///     fn recycle(&mut self) {
///         self.path.clear();
///         self.headers.clear();
///     }
/// }
///
/// let pool = ObjectPool::<Request>::default();
/// let mut request = pool.get();
/// request.path.push_str("/index.html");
/// drop(request);
/// assert!(pool.get().path.is_empty());
/// ```
pub trait Recycle {
    /// Removes all that the next user must not see. Called once each time the object goes back into the pool, on the
    /// thread that gives it back, while no lock is held; it may use any pool.
    ///
    /// # Panics
    ///
    /// If it panics, the object is dropped instead of kept, the pool is as if it had never come back, and the panic
    /// goes on to whoever gave the object back.
    #[doc(alias = "Reset")]
    fn recycle(&mut self);
}

macro_rules! clear {
    ($([$($parameters:tt)*] $type:ty;)*) => {$(
        impl<$($parameters)*> Recycle for $type {
            fn recycle(&mut self) {
                self.clear();
            }
        }
    )*};
}

clear! {
    [] String;
    [T] Vec<T>;
    [T] VecDeque<T>;
    [T: Ord] BinaryHeap<T>;
    [T: Ord] BTreeSet<T>;
    [K: Ord, V] BTreeMap<K, V>;
    [T, S] HashSet<T, S>;
    [K, V, S] HashMap<K, V, S>;
}

impl<T: Recycle + ?Sized> Recycle for Box<T> {
    fn recycle(&mut self) {
        (**self).recycle();
    }
}
