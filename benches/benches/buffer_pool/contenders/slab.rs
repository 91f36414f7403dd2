//! sharded-slab: pages for each thread, whose slots are cleared and used again.
//!
//! It is made to find things by key. What it gives out stays in its slot when the guard is dropped, until somebody clears
//! the slot; so here that is done after the guard is dropped. (Before, it has no effect in version 0.1.7.)

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sharded_slab::{
    Clear, Pool,
    pool::{OwnedRefMut, RefMut},
};

use crate::contenders::{Contender, vectors};

/// A pool of buffers. It makes them by `Default`, so a buffer gets its room when it is used first.
pub(crate) struct ShardedSlab(Pool<Vec<u8>>);

impl Contender for ShardedSlab {
    type Buffer<'a> = Slot<'a, Vec<u8>>;

    fn new(_size: usize, _live: usize) -> Self {
        Self(Pool::new())
    }

    #[inline]
    fn get(&self, size: usize) -> Slot<'_, Vec<u8>> {
        let mut buffer = Slot::new(&self.0);
        buffer.reserve_exact(size);
        buffer
    }
}

/// A pool of buffers that keep it alive.
pub(crate) struct ShardedSlabOwned(Arc<Pool<Vec<u8>>>);

impl Contender for ShardedSlabOwned {
    type Buffer<'a> = OwnedSlot<Vec<u8>>;

    fn new(_size: usize, _live: usize) -> Self {
        Self(Arc::new(Pool::new()))
    }

    #[inline]
    fn get(&self, size: usize) -> OwnedSlot<Vec<u8>> {
        let mut buffer = OwnedSlot::new(&self.0);
        buffer.reserve_exact(size);
        buffer
    }
}

/// A guard that clears its slot.
pub(crate) struct Slot<'a, T: Clear + Default> {
    /// `Some` until it is dropped.
    guard: Option<RefMut<'a, T>>,
    pool: &'a Pool<T>,
}

impl<'a, T: Clear + Default> Slot<'a, T> {
    #[inline]
    pub(crate) fn new(pool: &'a Pool<T>) -> Self {
        Self { guard: pool.create(), pool }
    }
}

/// [`Slot`], with a count of its own, because that of the guard is private.
pub(crate) struct OwnedSlot<T: Clear + Default> {
    /// `Some` until it is dropped.
    guard: Option<OwnedRefMut<T>>,
    pool: Arc<Pool<T>>,
}

impl<T: Clear + Default> OwnedSlot<T> {
    #[inline]
    fn new(pool: &Arc<Pool<T>>) -> Self {
        Self { guard: Arc::clone(pool).create_owned(), pool: Arc::clone(pool) }
    }
}

macro_rules! guards {
    ($($guard:ty;)*) => {$(
        impl<T: Clear + Default> Deref for $guard {
            type Target = T;

            #[inline]
            fn deref(&self) -> &T {
                self.guard.as_deref().expect("there is room")
            }
        }

        impl<T: Clear + Default> DerefMut for $guard {
            #[inline]
            fn deref_mut(&mut self) -> &mut T {
                self.guard.as_deref_mut().expect("there is room")
            }
        }

        impl<T: Clear + Default> Drop for $guard {
            #[inline]
            fn drop(&mut self) {
                if let Some(guard) = self.guard.take() {
                    let key = guard.key();
                    drop(guard);
                    self.pool.clear(key);
                }
            }
        }
    )*};
}

guards! {
    Slot<'_, T>;
    OwnedSlot<T>;
}

vectors!(Slot<'_, Vec<u8>>, OwnedSlot<Vec<u8>>);
