//! Limits, sizes at both ends, and memory that cannot be had.

use std::{alloc::Layout, panic::catch_unwind};

use flow_arena::{AllocError, Arena};
use flow_testkit::{TestAllocator, on_threads};

#[test]
fn the_limit_is_exact_over_all_threads() {
    const LIMIT: usize = 1 << 20;
    let mut arena = Arena::builder().block_size(4096).memory_limit(LIMIT).build();
    for _ in 0..3 {
        let live = on_threads(4, |_| {
            let (refused, counts) = TestAllocator::count(|| {
                loop {
                    if let Err(error) = arena.try_alloc(1000) {
                        break error;
                    }
                    assert!(arena.stats().reserved <= LIMIT);
                }
            });
            assert!(matches!(refused, AllocError::LimitReached { limit: LIMIT, .. }), "{refused}");
            counts.live_bytes()
        });
        // What the limit counts is what the global allocator gave, but for the table of blocks and the lanes.
        let live: i64 = live.iter().sum();
        let stats = arena.stats();
        assert!(live <= i64::try_from(LIMIT + 64 * 1024).unwrap(), "{live}");
        // Nothing is left that a request of 1000 bytes could use.
        assert!(LIMIT - stats.reserved < 2048, "{stats}");
        assert_eq!(stats.peak_reserved, stats.reserved);
        // Recoverable.
        arena.reset();
        assert!(arena.try_alloc(1000).is_ok());
        arena.free();
    }
}

#[test]
fn a_limit_below_the_block_size_still_serves_what_fits() {
    let arena = Arena::builder().memory_limit(3000).build();
    assert_eq!(arena.try_alloc(500).unwrap().len(), 500);
    assert_eq!(arena.try_alloc(400).unwrap().len(), 400);
    let refused = arena.try_alloc(4000).unwrap_err();
    assert_eq!(refused, AllocError::LimitReached { limit: 3000, requested: 4096 });
    assert!(arena.stats().reserved <= 3000);
}

/// The smallest blocks take more than their size, which the error must not hide.
#[test]
fn a_limit_that_is_raised_to_what_was_requested_is_enough() {
    for limit in 0..1024 {
        let arena = Arena::builder().memory_limit(limit).build();
        let Err(error) = arena.try_alloc(1) else { continue };
        let AllocError::LimitReached { limit: reached, requested } = error else { panic!("{error}") };
        assert!(reached == limit && requested > limit, "{error}");
        let raised = Arena::builder().memory_limit(requested).build();
        assert!(raised.try_alloc(1).is_ok(), "{requested}");
    }
}

#[test]
fn what_could_not_be_had_was_never_held() {
    let arena = Arena::new();
    arena.alloc(1);
    let before = arena.stats();
    let size = isize::MAX.unsigned_abs() - 8192;
    let refused = arena.try_alloc(size).unwrap_err();
    let AllocError::OutOfMemory { requested } = refused else { panic!("{refused:?}") };
    assert!((size..=size + 8192).contains(&requested), "{refused}");
    assert_eq!(arena.stats(), before);
    assert_eq!(before.peak_reserved, before.reserved);
}

#[test]
fn free_blocks_of_either_kind_serve_when_the_limit_is_reached() {
    let mut arena = Arena::builder().block_size(64 * 1024).memory_limit(128 * 1024).build();
    // Two shared blocks, then large requests.
    for _ in 0..120 {
        arena.alloc(1000);
    }
    arena.reset();
    assert!(arena.try_alloc(60_000).is_ok());
    assert!(arena.try_alloc(60_000).is_ok());
    assert!(arena.try_alloc(60_000).is_err());
    arena.free();
    // One large block, then small requests.
    arena.alloc(120_000);
    arena.reset();
    for _ in 0..110 {
        arena.alloc(1000);
    }
}

#[test]
fn no_memory_at_all_under_a_limit_of_zero() {
    let arena = Arena::builder().memory_limit(0).build();
    assert!(matches!(arena.try_alloc(1), Err(AllocError::LimitReached { limit: 0, .. })));
    assert!(arena.try_alloc(0).unwrap().is_empty());
    assert_eq!(arena.stats().reserved, 0);
}

#[test]
fn sizes_beyond_all_memory_are_errors() {
    let arena = Arena::new();
    for len in [usize::MAX, usize::MAX / 2 + 1, isize::MAX as usize, isize::MAX as usize - 4096] {
        assert!(arena.try_alloc(len).is_err(), "{len}");
        assert!(arena.try_alloc_uninit(len).is_err(), "{len}");
        assert!(arena.try_alloc_slice_fill_with(len, |_| 0_u64).is_err(), "{len}");
        assert!(arena.lane().try_alloc(len).is_err(), "{len}");
    }
    let too_large = |requested| AllocError::TooLarge { requested };
    assert_eq!(arena.try_alloc(usize::MAX).unwrap_err(), too_large(usize::MAX));
    assert_eq!(arena.try_alloc_slice_fill_with(1 << 62, |_| 0_u16).unwrap_err(), too_large(1 << 63));
    assert_eq!(arena.try_alloc_slice_fill_with(1 << 62, |_| 0_u64).unwrap_err(), too_large(usize::MAX));
    let huge = Layout::from_size_align(isize::MAX as usize - 15, 16).unwrap();
    assert_eq!(arena.try_alloc_layout(huge).unwrap_err(), too_large(huge.size()));
    let aligned = Layout::from_size_align(1, 1 << 62).unwrap();
    assert!(arena.try_alloc_layout(aligned).is_err());
    assert_eq!(arena.stats().reserved, 0);
    assert_eq!(*arena.alloc_value(7), 7);
}

#[test]
fn extreme_block_sizes_are_clamped() {
    assert_eq!(Arena::with_block_size(0).block_size(), 1024);
    assert_eq!(Arena::with_block_size(usize::MAX).block_size(), 1 << 30);
    let arena = Arena::builder().block_size(4096).largest_block(1).build();
    assert_eq!(arena.block_size(), 4096);
    arena.alloc(100);
    assert_eq!(arena.stats().reserved, 4096);
}

#[test]
fn nothing_is_allocated_for_nothing() {
    let arena = Arena::new();
    let (_, counts) = TestAllocator::count(|| {
        assert!(arena.alloc(0).is_empty());
        assert_eq!(arena.alloc_str(""), "");
        assert_eq!(arena.concat(&[]), "");
        assert_eq!(arena.join(&["", ""], ""), "");
        assert_eq!(arena.alloc_fmt(format_args!("")), "");
        assert_eq!(arena.replace("", "a", "b"), "");
        assert!(arena.alloc_slice_copy::<u64>(&[]).is_empty());
        arena.alloc_value(());
    });
    assert_eq!(counts.allocations, 0);
    let aligned = arena.alloc_layout(Layout::from_size_align(0, 4096).unwrap());
    assert!(aligned.addr().get().is_multiple_of(4096));
    assert_eq!(arena.stats().allocations, 0);
}

#[test]
fn every_alignment_up_to_large_pages() {
    for align in (0..=21).map(|bits| 1_usize << bits) {
        for size in [1, 7, 8, 100, align] {
            let arena = Arena::with_block_size(4096);
            arena.alloc(3);
            let start = arena.alloc_layout(Layout::from_size_align(size, align).unwrap());
            assert!(start.addr().get().is_multiple_of(align), "{size} bytes aligned to {align} at {start:?}");
            // SAFETY: just allocated.
            unsafe { start.write_bytes(0xff, size) };
        }
    }
}

#[test]
fn a_failing_global_allocator_is_an_error_and_loses_nothing() {
    let mut arena = Arena::with_block_size(4096);
    // The thread's lane and the depot's table, which don't come back as errors when they fail.
    arena.alloc(1);
    let kept = arena.alloc_str("kept");
    let before = arena.stats();
    let refused = TestAllocator::with_failing(|| {
        // The block that is there is used up first.
        while arena.try_alloc(256).is_ok() {}
        [arena.try_alloc(10_000).unwrap_err(), arena.try_alloc(256).unwrap_err()]
    });
    let out_of_memory = |error| matches!(error, AllocError::OutOfMemory { .. });
    assert!(refused.into_iter().all(out_of_memory), "{refused:?}");
    assert_eq!(kept, "kept");
    assert_eq!(arena.stats().reserved, before.reserved);
    assert_eq!(arena.alloc(256).len(), 256);
    // Also where the second try, with a smaller block, succeeds, or the table cannot grow.
    for allowed in 0..10 {
        arena.reset();
        let mut made = 0;
        TestAllocator::failing_after(allowed, || {
            while arena.try_alloc(1000).is_ok() {
                made += 1;
            }
        });
        assert!(3 * allowed.saturating_sub(4) <= made, "{made} of {allowed}");
        arena.free();
        assert_eq!(arena.stats().reserved, 0);
        arena.alloc(1);
    }
}

#[test]
fn infallible_methods_panic_with_the_error() {
    let arena = Arena::builder().memory_limit(1024).build();
    let panic = catch_unwind(|| {
        arena.alloc(10_000);
    })
    .unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("memory limit of 1024 bytes"), "{message}");
    assert_eq!(*arena.alloc_value(1), 1);
}
