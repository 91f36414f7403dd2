//! Pools of objects, with buffers of one size as the objects.

use std::sync::Arc;

use flow_benches::together::THREADS;
use lockfree_object_pool::{LinearObjectPool, LinearOwnedReusable, LinearReusable};
use object_pool::{Pool, Reusable, ReusableOwned};

use crate::contenders::{Contender, vectors};

/// object-pool: a stack behind a mutex.
pub(crate) struct ObjectPool(Pool<Vec<u8>>);

impl Contender for ObjectPool {
    type Buffer<'a> = Reusable<'a, Vec<u8>>;

    fn new(size: usize, live: usize) -> Self {
        Self(Pool::new(THREADS * live, || Vec::with_capacity(size)))
    }

    #[inline]
    fn get(&self, size: usize) -> Reusable<'_, Vec<u8>> {
        let mut buffer = self.0.pull(|| Vec::with_capacity(size));
        buffer.clear();
        buffer
    }
}

/// object-pool, with buffers that keep it alive.
pub(crate) struct ObjectPoolOwned(Arc<Pool<Vec<u8>>>);

impl Contender for ObjectPoolOwned {
    type Buffer<'a> = ReusableOwned<Vec<u8>>;

    fn new(size: usize, live: usize) -> Self {
        Self(Arc::new(ObjectPool::new(size, live).0))
    }

    #[inline]
    fn get(&self, size: usize) -> ReusableOwned<Vec<u8>> {
        let mut buffer = self.0.pull_owned(|| Vec::with_capacity(size));
        buffer.clear();
        buffer
    }
}

/// lockfree-object-pool: a list of pages, each with 32 buffers and a bit for each.
pub(crate) struct LockfreeObjectPool(LinearObjectPool<Vec<u8>>);

impl Contender for LockfreeObjectPool {
    type Buffer<'a> = LinearReusable<'a, Vec<u8>>;

    fn new(size: usize, _live: usize) -> Self {
        Self(LinearObjectPool::new(move || Vec::with_capacity(size), Vec::clear))
    }

    #[inline]
    fn get(&self, _size: usize) -> LinearReusable<'_, Vec<u8>> {
        self.0.pull()
    }
}

/// lockfree-object-pool, with buffers that keep it alive.
pub(crate) struct LockfreeObjectPoolOwned(Arc<LinearObjectPool<Vec<u8>>>);

impl Contender for LockfreeObjectPoolOwned {
    type Buffer<'a> = LinearOwnedReusable<Vec<u8>>;

    fn new(size: usize, live: usize) -> Self {
        Self(Arc::new(LockfreeObjectPool::new(size, live).0))
    }

    #[inline]
    fn get(&self, _size: usize) -> LinearOwnedReusable<Vec<u8>> {
        self.0.pull_owned()
    }
}

vectors!(
    Reusable<'_, Vec<u8>>,
    ReusableOwned<Vec<u8>>,
    LinearReusable<'_, Vec<u8>>,
    LinearOwnedReusable<Vec<u8>>,
);
