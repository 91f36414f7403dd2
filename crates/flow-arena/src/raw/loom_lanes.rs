//! loom models of what lanes share: the depot, the limit, and cores that go from one owner to the next.
//!
//! A thread's own lane is found by the thread's number, which is in a static that loom does not know; its core goes from
//! one thread to the next through the mutex of the numbers, as those of the pool do through its mutex here.

use std::alloc::Layout;

use loom::{sync::Arc, thread};

use super::{
    depot::{Depot, NO_BLOCK},
    lane_core::LaneCore,
    lane_pool::LanePool,
};

const WORD: Layout = Layout::new::<u64>();
const BLOCK: usize = 1024;

/// A pool and a depot, as an arena has them.
struct Shared {
    pool: LanePool,
    depot: Depot,
}

impl Shared {
    fn with_limit(limit: usize) -> Arc<Self> {
        Arc::new(Self { pool: LanePool::new(), depot: Depot::new(BLOCK, BLOCK, limit) })
    }

    /// One allocation through a lane that is checked out for it. Its address.
    fn allocate(&self) -> Option<usize> {
        let (core, index) = self.pool.check_out();
        let start = core
            .bump(WORD)
            .or_else(|| self.depot.acquire(WORD, core.chain(), |span| core.bump_in(span, WORD)).ok());
        let address = start.map(|start| {
            // SAFETY: just allocated, and this lane's alone. loom does not see the write; two owners at once would give the
            // same address twice.
            unsafe { start.cast::<u64>().write(1) };
            start.addr().get()
        });
        self.pool.give_back(index);
        address
    }

    fn allocations(&self) -> usize {
        let mut sum = 0;
        self.depot.while_no_lane_changes_blocks(|| {
            self.pool.for_each(|core: &LaneCore| {
                let counts = core.counts();
                // No model allocates more. A cursor read with another block's start would be far off.
                assert!(counts.requested <= 3 * WORD.size(), "{counts:?}");
                sum += counts.allocations;
            });
        });
        sum
    }
}

#[test]
fn loom_a_lane_goes_from_owner_to_owner() {
    loom::model(|| {
        let shared = Shared::with_limit(usize::MAX);
        let other = Arc::clone(&shared);
        let thread = thread::spawn(move || [other.allocate(), other.allocate()]);
        let mut addresses = vec![shared.allocate()];
        addresses.extend(thread.join().unwrap());
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), 3, "{addresses:x?}");
        assert_eq!(shared.allocations(), 3);
    });
}

#[test]
fn loom_statistics_never_go_back() {
    loom::model(|| {
        let shared = Shared::with_limit(usize::MAX);
        // The reader is the spawned thread: loom remembers only the last access to each atomic, and would not let a
        // write of a spawned thread come before a look of this one.
        let other = Arc::clone(&shared);
        let reader = thread::spawn(move || {
            let first = other.allocations();
            let second = other.allocations();
            assert!(first <= second && second <= 2, "{first}, then {second}");
        });
        shared.allocate();
        shared.allocate();
        reader.join().unwrap();
        assert_eq!(shared.allocations(), 2);
    });
}

#[test]
fn loom_the_limit_admits_one_of_two_blocks() {
    loom::model(|| {
        let shared = Shared::with_limit(BLOCK + BLOCK / 2);
        let whole = Layout::from_size_align(BLOCK - 64, 8).unwrap();
        let other = Arc::clone(&shared);
        let thread = thread::spawn(move || other.depot.acquire(whole, NO_BLOCK, drop).is_ok());
        let here = shared.depot.acquire(whole, NO_BLOCK, drop).is_ok();
        let there = thread.join().unwrap();
        assert!(here != there, "one block fits, not {here} and {there}");
        assert_eq!(shared.depot.budget().spent(), BLOCK);
    });
}

#[test]
fn loom_a_released_block_is_handed_out_once() {
    loom::model(|| {
        let shared = Shared::with_limit(BLOCK);
        let span = shared.depot.acquire(WORD, NO_BLOCK, |span| span).unwrap();
        let other = Arc::clone(&shared);
        let thread = thread::spawn(move || other.depot.acquire(WORD, NO_BLOCK, drop).is_ok());
        shared.depot.release(span.block, NO_BLOCK, || ());
        let here = shared.depot.acquire(WORD, NO_BLOCK, drop).is_ok();
        assert!(!(here && thread.join().unwrap()), "one block, two owners");
    });
}
