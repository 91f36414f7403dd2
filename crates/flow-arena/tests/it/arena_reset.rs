//! Reset, trim and free: what stays, what goes, and the destructors that run.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use flow_arena::{Arena, SharedArenaError, arena_format};
use flow_testkit::{TestAllocator, on_threads, panic_with_trouble, panics_with_trouble};

#[test]
fn a_second_cycle_allocates_nothing() {
    let mut arena = Arena::new();
    let work = |arena: &Arena| {
        for i in 0..1000_usize {
            arena.alloc(i);
            arena_format!(arena, "node-{i}");
            arena.to_uppercase("straße");
            arena.replace("a-b-c", "-", "::");
            arena.join(&["a", "b", "c"], ", ");
        }
        arena.alloc(300_000);
        arena.alloc(100_000);
        arena.alloc_with_drop(7_u64);
        let mut lane = arena.lane();
        lane.alloc(1000);
        lane.scope(|scratch| {
            scratch.alloc(100_000);
        });
    };
    work(&arena);
    let reserved = arena.stats().reserved;
    for _ in 0..5 {
        arena.reset();
        let ((), counts) = TestAllocator::count(|| work(&arena));
        assert_eq!(counts.allocations, 0, "{counts:?}");
        assert_eq!(arena.stats().reserved, reserved);
        let ((), counts) = TestAllocator::count(|| arena.reset());
        assert_eq!((counts.allocations, counts.deallocations), (0, 0));
    }
}

#[test]
fn oversized_blocks_are_found_again_in_any_order() {
    let mut arena = Arena::new();
    let mut sizes: Vec<usize> = (1..20).map(|i| i * 20_000).collect();
    for _ in 0..10 {
        sizes.rotate_left(7);
        for &size in &sizes {
            arena.alloc_uninit(size);
        }
        assert_eq!(arena.stats().oversized_blocks, sizes.len());
        arena.reset();
    }
}

#[test]
fn reset_sets_the_counts_back_and_keeps_the_blocks() {
    let mut arena = Arena::new();
    arena.alloc(100);
    arena.alloc(1 << 20);
    let before = arena.stats();
    arena.reset();
    let after = arena.stats();
    assert_eq!((after.allocations, after.requested, after.padding, after.wasted), (0, 0, 0, 0));
    assert_eq!((after.blocks, after.oversized_blocks), (1, 1));
    assert_eq!((after.reserved, after.peak_reserved), (before.reserved, before.reserved));
    assert_eq!(after.resets, 1);
}

#[test]
fn free_gives_the_memory_back() {
    let ((), counts) = TestAllocator::count(|| {
        let mut arena = Arena::new();
        for i in 0..1000 {
            arena.alloc(i);
        }
        arena.alloc(1 << 20);
        let held = arena.stats().reserved;
        assert!(held > 1 << 20);
        let ((), freed) = TestAllocator::count(|| arena.free());
        assert!(i64::try_from(held).unwrap() - 4096 <= -freed.live_bytes(), "{freed:?}");
        assert_eq!(arena.stats().reserved, 0);
        arena.alloc(10);
    });
    assert_eq!(counts.live_bytes(), 0, "{counts:?}");
}

#[test]
fn trim_keeps_what_it_is_told_to() {
    let mut arena = Arena::with_block_size(4096);
    for _ in 0..10 {
        arena.alloc(1000);
        // Four pages, of which nothing is left.
        arena.alloc(16_384 - 64);
    }
    arena.reset_and_trim(20_000);
    let stats = arena.stats();
    // Shared blocks stay rather than oversized ones.
    assert_eq!((stats.blocks, stats.oversized_blocks), (3, 0), "{stats}");
    assert_eq!(stats.reserved, 3 * 4096);
    arena.reset_and_trim(usize::MAX);
    assert_eq!(arena.stats().reserved, 3 * 4096);
    arena.reset_and_trim(4096);
    assert_eq!(arena.stats().reserved, 4096);
    arena.alloc(1000);
    assert_eq!(arena.stats().reserved, 4096);
}

#[test]
fn a_shared_arena_is_not_reset() {
    let mut arena = Arc::new(Arena::new());
    arena.alloc(10);
    let weak = Arc::downgrade(&arena);
    assert_eq!(Arena::try_reset(&mut arena), Err(SharedArenaError));
    assert_eq!(arena.stats().allocations, 1);
    drop(weak);
    assert_eq!(Arena::try_reset(&mut arena), Ok(()));
    assert_eq!(arena.stats().allocations, 0);
}

/// Notes its number when dropped, and panics if told to.
struct Noisy {
    number: usize,
    log: Arc<Mutex<Vec<usize>>>,
    panics: bool,
}

impl Drop for Noisy {
    fn drop(&mut self) {
        self.log.lock().unwrap().push(self.number);
        assert!(!self.panics, "{} panics", self.number);
    }
}

/// An arena with `count` values, those of `panicking` panicking, and their log.
fn noisy(count: usize, panicking: &[usize]) -> (Arena, Arc<Mutex<Vec<usize>>>) {
    let arena = Arena::with_block_size(1024);
    let log = Arc::default();
    for number in 0..count {
        arena.alloc_with_drop(Noisy { number, log: Arc::clone(&log), panics: panicking.contains(&number) });
        arena.alloc(10);
    }
    (arena, log)
}

#[test]
fn destructors_run_newest_first_and_once() {
    let newest_first: Vec<usize> = (0..100).rev().collect();
    let (mut arena, log) = noisy(100, &[]);
    arena.reset();
    assert_eq!(*log.lock().unwrap(), newest_first);
    arena.reset();
    arena.free();
    drop(arena);
    assert_eq!(*log.lock().unwrap(), newest_first);
    // `free` and the end of the arena run them, too.
    let (mut arena, log) = noisy(100, &[]);
    arena.free();
    assert_eq!(*log.lock().unwrap(), newest_first);
    let (arena, log) = noisy(100, &[]);
    drop(arena);
    assert_eq!(*log.lock().unwrap(), newest_first);
}

#[test]
fn a_panicking_destructor_stops_neither_the_others_nor_the_reset() {
    for finish in [Arena::reset, Arena::free, |arena: &mut Arena| arena.reset_and_trim(0)] {
        let (mut arena, log) = noisy(10, &[7, 3]);
        let panic = catch_unwind(AssertUnwindSafe(|| finish(&mut arena))).unwrap_err();
        // The first panic is told.
        assert_eq!(panic.downcast_ref::<String>().unwrap(), "7 panics");
        assert_eq!(log.lock().unwrap().len(), 10);
        assert_eq!((arena.stats().allocations, arena.stats().resets), (0, 1));
        assert_eq!(arena.alloc_str("usable"), "usable");
    }
    let (arena, log) = noisy(10, &[7, 3]);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(arena))).is_err());
    assert_eq!(log.lock().unwrap().len(), 10);
}

/// Counts that it is dropped, then panics with a payload that panics when it is dropped.
struct Trouble(Arc<Mutex<usize>>);

impl Drop for Trouble {
    fn drop(&mut self) {
        *self.0.lock().unwrap() += 1;
        panic_with_trouble();
    }
}

#[test]
fn the_payloads_of_panics_stop_nothing_either() {
    for finish in [Arena::reset, Arena::free, |arena: &mut Arena| arena.reset_and_trim(0)] {
        let mut arena = Arena::new();
        let dropped = Arc::default();
        on_threads(2, |_| {
            for _ in 0..3 {
                arena.alloc_with_drop(Trouble(Arc::clone(&dropped)));
            }
        });
        panics_with_trouble(|| finish(&mut arena));
        assert_eq!(*dropped.lock().unwrap(), 6);
        assert_eq!((arena.stats().allocations, arena.stats().resets), (0, 1));
    }
}

#[test]
fn a_scope_that_ends_by_a_panic_survives_the_payloads_of_others() {
    let arena = Arena::new();
    let dropped = Arc::default();
    let mut lane = arena.lane();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        lane.scope(|scratch| {
            scratch.alloc_with_drop(Trouble(Arc::clone(&dropped)));
            scratch.alloc_with_drop(Trouble(Arc::clone(&dropped)));
            panic!("in the scope");
        });
    }));
    // The first panic is told.
    assert_eq!(*panic.unwrap_err().downcast_ref::<&str>().unwrap(), "in the scope");
    assert_eq!((*dropped.lock().unwrap(), arena.stats().allocations), (2, 0));
}

#[test]
fn values_of_other_threads_are_dropped_here() {
    let mut arena = Arena::new();
    let log: Arc<Mutex<Vec<usize>>> = Arc::default();
    on_threads(4, |thread| {
        for i in 0..100 {
            let number = thread * 100 + i;
            arena.alloc_with_drop(Noisy { number, log: Arc::clone(&log), panics: false });
        }
    });
    arena.reset();
    let mut log = Arc::into_inner(log).unwrap().into_inner().unwrap();
    log.sort_unstable();
    assert_eq!(log, (0..400).collect::<Vec<_>>());
}

#[test]
fn a_value_that_could_not_be_stored_is_dropped_at_once() {
    let arena = Arena::builder().memory_limit(0).build();
    let log = Arc::default();
    let refused = arena.try_alloc_with_drop(Noisy { number: 1, log: Arc::clone(&log), panics: false });
    assert!(refused.is_err());
    assert_eq!(*log.lock().unwrap(), [1]);
}

#[test]
fn over_aligned_and_empty_values_are_dropped() {
    #[repr(align(256))]
    struct Aligned(#[expect(dead_code, reason = "for its destructor")] Noisy);
    struct Empty;
    static DROPS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    impl Drop for Empty {
        fn drop(&mut self) {
            DROPS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let log = Arc::default();
    let mut arena = Arena::new();
    let value = arena.alloc_with_drop(Aligned(Noisy { number: 5, log: Arc::clone(&log), panics: false }));
    assert!((&raw const *value).addr().is_multiple_of(256));
    arena.alloc_with_drop(Empty);
    arena.reset();
    assert_eq!(*log.lock().unwrap(), [5]);
    assert_eq!(DROPS.load(std::sync::atomic::Ordering::Relaxed), 1);
}
