//! The test allocator, in a binary where it is the global one.

use std::hint::black_box;
use std::panic::catch_unwind;
use std::sync::Barrier;
use std::thread;

use flow_testkit::TestAllocator;

#[global_allocator]
static ALLOCATOR: TestAllocator = TestAllocator;

#[test]
fn counts_what_the_closure_allocates() {
    let (items, counts) = TestAllocator::count(|| black_box(Vec::<u8>::with_capacity(100)));
    assert_eq!((counts.allocations, counts.deallocations, counts.allocated_bytes), (1, 0, 100));
    assert_eq!(counts.live_bytes(), 100);
    let ((), counts) = TestAllocator::count(|| drop(items));
    assert_eq!((counts.allocations, counts.deallocations, counts.live_bytes()), (0, 1, -100));
}

#[test]
fn counts_nothing_when_nothing_happens() {
    let (sum, counts) = TestAllocator::count(|| black_box(1) + black_box(2));
    assert_eq!((sum, counts.allocations, counts.live_bytes()), (3, 0, 0));
}

#[test]
fn a_reallocation_is_both() {
    let mut items: Vec<u8> = Vec::with_capacity(10);
    let ((), counts) = TestAllocator::count(|| items.reserve_exact(1000));
    assert_eq!((counts.allocations, counts.deallocations), (1, 1));
    assert_eq!(counts.live_bytes(), 990);
}

#[test]
fn other_threads_are_not_counted() {
    let turn = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            turn.wait();
            drop(black_box(vec![0_u8; 4096]));
            turn.wait();
        });
        let (_, counts) = TestAllocator::count(|| (turn.wait(), turn.wait()));
        assert_eq!((counts.allocations, counts.deallocations), (0, 0));
    });
}

#[test]
fn counts_and_failures_nest() {
    let ((inner, failed), outer) = TestAllocator::count(|| {
        let (block, inner) = TestAllocator::count(|| black_box(Box::new(1)));
        drop(block);
        let failed = TestAllocator::with_failing(|| {
            let allowed = TestAllocator::failing_after(1, || Vec::<u8>::new().try_reserve(8).is_ok());
            (allowed, Vec::<u8>::new().try_reserve(8).is_err())
        });
        (inner, failed)
    });
    assert_eq!((inner.allocations, failed), (1, (true, true)));
    assert_eq!((outer.allocations, outer.deallocations, outer.failures), (2, 2, 1));
}

#[test]
fn failing_fails_and_ends() {
    let mut items: Vec<u8> = Vec::new();
    let (failed, counts) =
        TestAllocator::count(|| TestAllocator::with_failing(|| items.try_reserve(64).is_err()));
    assert!(failed);
    assert_eq!(counts.failures, 1);
    assert!(items.try_reserve(64).is_ok());
}

#[test]
fn each_allocation_can_fail_in_turn() {
    let reserve_twice = || {
        let (mut first, mut second) = (Vec::<u8>::new(), Vec::<u8>::new());
        (first.try_reserve(64).is_ok(), second.try_reserve(64).is_ok())
    };
    assert_eq!(TestAllocator::failing_after(0, reserve_twice), (false, false));
    assert_eq!(TestAllocator::failing_after(1, reserve_twice), (true, false));
    assert_eq!(TestAllocator::failing_after(2, reserve_twice), (true, true));
}

#[test]
fn failing_reaches_zeroed_memory_and_growth() {
    let mut grown: Vec<u8> = Vec::with_capacity(8);
    assert!(TestAllocator::with_failing(|| grown.try_reserve(4096).is_err()));
    assert_eq!(grown.capacity(), 8);
}

#[test]
fn failing_ends_when_the_closure_panics() {
    let caught = catch_unwind(|| TestAllocator::with_failing(|| panic!("formatted {}", black_box(1))));
    let payload = caught.expect_err("the closure panics");
    assert_eq!(payload.downcast_ref::<String>().map(String::as_str), Some("formatted 1"));
    assert!(Vec::<u8>::new().try_reserve(64).is_ok());
}

#[test]
fn the_process_has_totals() {
    const BYTES: usize = 128 << 20;
    let before = TestAllocator::live_bytes();
    let block = black_box(vec![0_u8; BYTES]);
    // Other tests allocate meanwhile, also for backtraces, but far less than this.
    assert!(TestAllocator::live_bytes() >= before + BYTES / 2);
    assert!(TestAllocator::peak_bytes() >= BYTES);
    drop(block);
    assert!(TestAllocator::live_bytes() < before + BYTES / 2);
}
