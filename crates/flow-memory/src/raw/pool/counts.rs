//! What a pool counts: each thread for itself, in its caches, and summed up when somebody asks.

use flow_arena::internal::thread_index;

use super::RawPool;
use crate::{
    raw::{
        cache::{Cache, Counter},
        storage::Storage,
    },
    sync::{lock, of_process::Arc},
};

/// The counts of a class, over all threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClassCounts {
    /// What one item takes of the budget.
    pub(crate) weight: usize,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    /// Items that were put back and kept.
    pub(crate) returns: u64,
    /// Items that were put back and not kept.
    pub(crate) discards: u64,
    /// Items that were handed out and not given up since.
    pub(crate) outstanding: u64,
    /// Items that are kept.
    pub(crate) retained: usize,
}

impl<S: Storage> RawPool<S> {
    /// Counts something of a class.
    #[inline]
    fn count(this: &Arc<Self>, class: usize, counter: impl FnOnce(&Cache) -> &Counter)
    where
        S: 'static,
    {
        assert!(class < this.classes.len(), "there is no class {class}");
        if let Some(caches) = this.routes.get_direct(thread_index::current()) {
            // SAFETY: this thread owns the caches, which are of this pool.
            return counter(unsafe { this.cache(caches, class) }).add_one();
        }
        // SAFETY: `with_caches` gives caches that are ours during the call.
        Self::with_caches(this, class, |caches| counter(unsafe { this.cache(caches, class) }).add_one());
    }

    /// Says that an item that was put, or will be, was not handed out from this class.
    pub(crate) fn count_adopted(this: &Arc<Self>, class: usize)
    where
        S: 'static,
    {
        Self::count(this, class, |cache| &cache.adopted);
    }

    /// Says that an item that was handed out from this class will not be put back there.
    pub(crate) fn count_left(this: &Arc<Self>, class: usize)
    where
        S: 'static,
    {
        Self::count(this, class, |cache| &cache.left);
    }

    /// Says that an item that was handed out from this class came back, but is not kept.
    pub(crate) fn count_discarded(this: &Arc<Self>, class: usize)
    where
        S: 'static,
    {
        Self::count(this, class, |cache| &cache.discards);
    }

    /// Calls `f` with each cache, of whatever thread, and its class.
    pub(super) fn for_each_cache(&self, mut f: impl FnMut(usize, &Cache)) {
        let registry = lock(&self.registry);
        let shared = lock(&self.shared);
        for &caches in registry.all.iter().chain([&*shared]) {
            for class in 0..self.classes.len() {
                // SAFETY: of this pool. Nothing is called here but what anybody may call.
                f(class, unsafe { self.cache(caches, class) });
            }
        }
    }

    /// The counts of all classes, over all threads. Exact while no thread uses the pool.
    pub(crate) fn counts(&self) -> Vec<ClassCounts> {
        let mut sums: Vec<_> = self
            .classes
            .iter()
            .map(|class| ClassCounts {
                weight: class.weight,
                retained: class.depot.items(),
                ..ClassCounts::default()
            })
            .collect();
        self.for_each_cache(|class, cache| {
            let sum = &mut sums[class];
            let (hits, misses) = (cache.hits.get(), cache.misses.get());
            let (returns, discards) = (cache.returns.get(), cache.discards.get());
            sum.hits += hits;
            sum.misses += misses;
            sum.returns += returns;
            sum.discards += discards;
            sum.retained += cache.items();
            // What one thread took another may have put, so that the sum of one alone may well be negative.
            let came_back = (returns + discards).wrapping_sub(cache.adopted.get());
            let gone = came_back.wrapping_add(cache.left.get());
            sum.outstanding = sum.outstanding.wrapping_add((hits + misses).wrapping_sub(gone));
        });
        for sum in &mut sums {
            // Below zero: a thread was counting meanwhile.
            if sum.outstanding > u64::MAX / 2 {
                sum.outstanding = 0;
            }
        }
        sums
    }

    /// What is charged: the weight of all that is kept, and of what threads may still keep without asking.
    pub(crate) fn charged(&self) -> usize {
        self.budget.spent()
    }
}
