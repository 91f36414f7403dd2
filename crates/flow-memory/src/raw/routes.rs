//! From the number of a thread to its caches in a pool.
//!
//! Those of the first threads are in the pool itself. The others are in buckets of doubling size, which never move, so
//! that a thread finds its own without a lock while others are made. Only the thread that has a number reads or writes
//! its route; numbers go from thread to thread through a lock (`flow_arena::internal::thread_index`).

use std::ptr::{self, NonNull};

use super::cache::Cache;
use crate::sync::{AtomicPtr, Ordering, of_process::OnceLock};

/// Threads whose routes are in no bucket, a power of two. Numbers are dense, so that only programs with more threads
/// than that at once need a bucket.
const DIRECT: usize = 64;

/// Buckets for more threads than there can be.
const BUCKETS: usize = 26;

/// A pointer to a thread's caches, null if it has none.
type Route = AtomicPtr<Cache>;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Routes {
    direct: [Route; DIRECT],
    /// Bucket `n` has `DIRECT << n` routes.
    buckets: [OnceLock<Box<[Route]>>; BUCKETS],
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self {
            direct: std::array::from_fn(|_| Route::new(ptr::null_mut())),
            buckets: [const { OnceLock::new() }; BUCKETS],
        }
    }

    /// The bucket of a thread from `DIRECT` on, and its place there. For the number that stands for none, there is no
    /// such bucket.
    fn place(thread: usize) -> (usize, usize) {
        let highest_bit = thread.ilog2();
        ((highest_bit - DIRECT.ilog2()) as usize, thread ^ (1 << highest_bit))
    }

    /// The route of the thread with this number. `None` if its bucket was not made.
    fn route(&self, thread: usize) -> Option<&Route> {
        if thread < DIRECT {
            return self.direct.get(thread);
        }
        let (bucket, place) = Self::place(thread);
        self.buckets.get(bucket)?.get()?.get(place)
    }

    /// The first of the caches of the thread with this number, if it has any.
    pub(crate) fn get(&self, thread: usize) -> Option<NonNull<Cache>> {
        // Relaxed: this thread, or one before it with the same number, wrote it.
        NonNull::new(self.route(thread)?.load(Ordering::Relaxed))
    }

    /// As [`Self::get`], but finds nothing for a thread whose route is in a bucket. Half of the instructions.
    #[inline]
    pub(crate) fn get_direct(&self, thread: usize) -> Option<NonNull<Cache>> {
        // Relaxed: as above.
        NonNull::new(self.direct.get(thread)?.load(Ordering::Relaxed))
    }

    /// Sets the route of this thread, by its number. `None` if there is no memory for the bucket.
    pub(crate) fn set(&self, thread: usize, caches: NonNull<Cache>) -> Option<()> {
        if self.route(thread).is_none() {
            let (bucket, _) = Self::place(thread);
            let len = DIRECT << bucket;
            let mut routes = Vec::new();
            routes.try_reserve_exact(len).ok()?;
            routes.resize_with(len, || Route::new(ptr::null_mut()));
            self.buckets[bucket].get_or_init(|| routes.into_boxed_slice());
        }
        self.route(thread)?.store(caches.as_ptr(), Ordering::Relaxed);
        Some(())
    }

    /// Removes the route of this thread, by its number, and says where it led.
    pub(crate) fn take(&self, thread: usize) -> Option<NonNull<Cache>> {
        let route = self.route(thread)?;
        let caches = NonNull::new(route.load(Ordering::Relaxed));
        route.store(ptr::null_mut(), Ordering::Relaxed);
        caches
    }
}

#[cfg(all(test, not(flow_loom)))]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_thread_has_a_place_of_its_own() {
        let places: HashSet<_> = (DIRECT..100_000).map(Routes::place).collect();
        assert_eq!(places.len(), 100_000 - DIRECT);
        assert!(places.iter().all(|&(bucket, place)| bucket < BUCKETS && place < DIRECT << bucket));
        assert_eq!(Routes::place(u32::MAX as usize).0, BUCKETS - 1);
        assert!(Routes::place(usize::MAX).0 >= BUCKETS);
    }

    #[test]
    fn routes_are_set_and_taken() {
        let routes = Routes::new();
        let mut caches = [Cache::new(), Cache::new()];
        let [first, second] = caches.each_mut().map(NonNull::from);
        assert_eq!((routes.get(0), routes.get(usize::MAX), routes.take(1000)), (None, None, None));
        assert_eq!((routes.set(0, first), routes.set(1000, second)), (Some(()), Some(())));
        assert_eq!((routes.get(0), routes.get(1), routes.get(1000)), (Some(first), None, Some(second)));
        assert_eq!(routes.take(1000), Some(second));
        assert_eq!((routes.get(1000), routes.take(usize::MAX)), (None, None));
    }
}
