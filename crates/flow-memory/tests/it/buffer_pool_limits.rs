//! Sizes at both ends, budgets, and memory that cannot be had.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use flow_memory::{AllocError, BufferPool};
use flow_testkit::{TestAllocator, is_alone, on_threads};

use crate::buffer_pool_ops::{check_stats, class_stats};

/// More than an allocation may be.
const TOO_LARGE: usize = isize::MAX as usize + 1;

#[test]
fn a_request_for_nothing_is_served_by_the_smallest_class() {
    let pool = BufferPool::new();
    let buffers =
        [pool.get(0), pool.try_get(0).unwrap(), pool.get_zeroed(0), pool.try_get_zeroed(0).unwrap()];
    for buffer in &buffers {
        assert_eq!((buffer.len(), buffer.capacity()), (0, 64));
    }
    assert_eq!((pool.get_owned(0).capacity(), pool.take(0).capacity()), (64, 64));
    drop(buffers);
    pool.put(Vec::new());
    let mut buffer = pool.get(0);
    buffer.append(&[]);
    buffer.reserve(0);
    assert_eq!(buffer.detach().capacity(), 64);
    // Nothing is left of it, and nothing comes back, but it can grow again.
    buffer.append(&[]);
    assert_eq!((buffer.capacity(), pool.stats().outstanding), (0, 0));
    let before = pool.stats();
    drop(buffer);
    assert_eq!(pool.stats(), before);
    assert_eq!(pool.prefill(0, 0), 0);
    assert_eq!((before.returns, before.discards, before.oversized), (5, 0, 0));
}

#[test]
fn impossible_requests_are_errors_that_name_the_size() {
    let pool = BufferPool::new();
    let mut buffer = pool.get(64);
    buffer.append(b"contents");
    let before = pool.stats();
    for size in [usize::MAX, usize::MAX - 63, TOO_LARGE] {
        let error = AllocError::TooLarge { requested: size };
        assert_eq!(pool.try_get(size).unwrap_err(), error);
        assert_eq!(pool.try_get_zeroed(size).unwrap_err(), error);
        assert_eq!(pool.try_get_owned(size).unwrap_err(), error);
        assert!(error.to_string().contains(&size.to_string()), "{error}");
    }
    let most = isize::MAX as usize;
    let error = AllocError::OutOfMemory { requested: most };
    assert_eq!(pool.try_get(most).unwrap_err(), error);
    assert_eq!(pool.try_get_zeroed(most).unwrap_err(), error);
    assert_eq!(pool.try_get_owned(most).unwrap_err(), error);
    assert!(error.to_string().contains(&most.to_string()), "{error}");
    // With its contents it exceeds what can be counted, or what can be allocated.
    let overflow = AllocError::TooLarge { requested: usize::MAX };
    assert_eq!(buffer.try_reserve(usize::MAX).unwrap_err(), overflow);
    assert_eq!(buffer.try_reserve(most).unwrap_err(), AllocError::TooLarge { requested: most + 8 });
    assert_eq!(buffer.try_reserve(most - 8).unwrap_err(), error);
    assert_eq!(*buffer, b"contents"[..]);
    assert_eq!(pool.stats(), before);
    assert_eq!((pool.prefill(usize::MAX, 10), pool.prefill(most, 10)), (0, 0));
}

#[test]
fn infallible_methods_panic_where_a_vector_would() {
    let pool = BufferPool::new();
    let mut buffer = pool.get(64);
    buffer.push(1);
    let says = |work: &mut dyn FnMut()| {
        let payload = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
        let message = payload.downcast_ref::<String>().unwrap();
        assert!(message.contains("exceed the largest possible allocation"), "{message}");
    };
    says(&mut || drop(pool.get(usize::MAX)));
    says(&mut || drop(pool.get(TOO_LARGE)));
    says(&mut || drop(pool.get_zeroed(usize::MAX)));
    says(&mut || drop(pool.get_owned(TOO_LARGE)));
    says(&mut || drop(pool.take(usize::MAX)));
    says(&mut || pool.with_buffer(usize::MAX, |_| ()));
    says(&mut || buffer.reserve(usize::MAX));
    assert_eq!(*buffer, [1]);
    drop(buffer);
    assert_eq!((pool.stats().outstanding, pool.stats().retained), (0, 1));
}

#[test]
fn the_builder_rounds() {
    let classes = |smallest, largest| {
        let pool = BufferPool::builder().smallest_class(smallest).largest_class(largest).build();
        assert_eq!(pool.class_stats().first().map(|class| class.size), Some(pool.smallest_class()));
        assert_eq!(pool.class_stats().last().map(|class| class.size), Some(pool.largest_class()));
        (pool.smallest_class(), pool.largest_class())
    };
    assert_eq!(classes(1000, 5000), (1024, 8192));
    assert_eq!(classes(1024, 8192), (1024, 8192));
    assert_eq!(classes(1000, 100), (1024, 1024));
    assert_eq!(classes(0, 0), (8, 8));
    let (smallest, largest) = classes(0, usize::MAX);
    assert_eq!(smallest, 8);
    assert!(largest.is_power_of_two() && largest < isize::MAX as usize);
    assert_eq!(classes(usize::MAX, usize::MAX), (largest, largest));
    // They work, and nothing overflows on the way.
    let pool = BufferPool::builder().smallest_class(0).largest_class(usize::MAX).build();
    drop((pool.get(1), pool.get(1000)));
    assert_eq!(pool.try_get(largest).unwrap_err(), AllocError::OutOfMemory { requested: largest });
    pool.put(Vec::with_capacity(1000));
    assert_eq!((pool.stats().retained_bytes, pool.stats().outstanding), (8 + 1024 + 512, 0));
    let pool = BufferPool::builder().smallest_class(usize::MAX).max_retained_bytes(usize::MAX).build();
    assert!(pool.try_get(0).is_err());
    pool.put(Vec::with_capacity(1000));
    assert_eq!((pool.stats().retained_bytes, pool.stats().discards), (0, 1));
    // The same whatever the order of the calls.
    let pool = BufferPool::builder().largest_class(64).smallest_class(1000).build();
    assert_eq!((pool.smallest_class(), pool.largest_class()), (1024, 1024));
}

#[test]
fn without_a_budget_nothing_is_kept() {
    for budget in [0, 1, 63] {
        let pool = BufferPool::builder().max_retained_bytes(budget).build();
        for _ in 0..10 {
            let buffers = [pool.get(1), pool.get(1000), pool.get(1 << 20)];
            drop(buffers);
            pool.put(Vec::with_capacity(100));
            assert_eq!((pool.prefill(1, 1), pool.trim()), (0, 0));
        }
        let stats = pool.stats();
        assert_eq!((stats.hits, stats.misses, stats.returns, stats.discards), (0, 30, 0, 40));
        assert_eq!((stats.retained, stats.reserved_bytes, stats.max_retained_bytes), (0, 0, budget));
    }
    // Too small for the large ones only.
    let pool = BufferPool::builder().max_retained_bytes(1000).build();
    for _ in 0..10 {
        drop((pool.get(1000), pool.get(512)));
    }
    assert_eq!((class_stats(&pool, 1024).hits, class_stats(&pool, 512).hits), (0, 9));
}

#[test]
fn a_budget_of_n_buffers_keeps_n() {
    for n in (1..40).chain([100, 1000]) {
        for extra in [0, 1023] {
            let budget = n * 1024 + extra;
            let pool = BufferPool::builder().max_retained_bytes(budget).build();
            for _ in 0..3 {
                let buffers: Vec<_> = (0..n + 5).map(|_| pool.get(1024)).collect();
                drop(buffers);
                let stats = pool.stats();
                assert_eq!((stats.retained, stats.retained_bytes), (n, n * 1024), "budget {budget}: {stats}");
                assert!(stats.reserved_bytes <= budget, "{stats:?}");
            }
            // All of them are hits.
            assert_eq!(pool.stats().hits, 2 * n as u64);
            assert_eq!(pool.stats().discards, 15);
            pool.trim();
            assert_eq!(pool.prefill(1024, n + 5), n, "budget {budget}");
        }
    }
}

#[test]
fn prefill_one_by_one_fills_the_budget() {
    for n in [1, 2, 5, 10, 100] {
        let pool = BufferPool::builder().max_retained_bytes(n * 1024).build();
        let made: usize = (0..n + 5).map(|_| pool.prefill(1024, 1)).sum();
        assert_eq!((made, pool.stats().retained), (n, n), "{}", pool.stats());
    }
}

#[test]
fn no_budget_is_no_bound() {
    let pool = BufferPool::builder().max_retained_bytes(usize::MAX).build();
    let count = if cfg!(flow_sanitize) { 500 } else { 5000 };
    for _ in 0..3 {
        let buffers: Vec<_> = (0..count).map(|_| (pool.get(64), pool.get(4096))).collect();
        drop(buffers);
        check_stats(&pool).unwrap();
    }
    let stats = pool.stats();
    assert_eq!((stats.retained, stats.misses, stats.hits), (2 * count, 2 * count as u64, 4 * count as u64));
    assert_eq!(pool.trim(), stats.retained_bytes);
}

#[test]
fn a_class_that_nobody_asks_for_gives_way() {
    // The queue holds fewer buffers where magazines are small.
    const BUDGET: usize = if cfg!(flow_sanitize) { 1 << 17 } else { 1 << 20 };
    let sizes = [64, 1024, 8192];
    for (first, then) in [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)].map(|(a, b)| (sizes[a], sizes[b])) {
        let pool = BufferPool::builder().max_retained_bytes(BUDGET).build();
        drop((0..=BUDGET / first).map(|_| pool.get(first)).collect::<Vec<_>>());
        assert_eq!(pool.stats().retained_bytes, BUDGET, "{first} bytes");
        // Two at a time; the first rounds make room, a magazine each, and then each request is a hit.
        for round in 0..1000 {
            let misses = class_stats(&pool, then).misses;
            drop((pool.get(then), pool.get(then)));
            if 500 < round {
                assert_eq!(class_stats(&pool, then).misses, misses, "{first}, then {then} bytes");
            }
        }
        // As much as was necessary, and not more.
        assert!(class_stats(&pool, first).retained * first >= BUDGET / 2, "{}", class_stats(&pool, first));
        check_stats(&pool).unwrap();
    }
}

#[test]
fn what_this_thread_keeps_of_other_classes_gives_way_too() {
    // Few enough that none goes to the queue: the whole budget is in the caches of this thread.
    const BUDGET: usize = 64 << 10;
    let pool = BufferPool::builder().max_retained_bytes(BUDGET).build();
    drop((pool.get(32 << 10), pool.get(32 << 10)));
    assert_eq!(pool.stats().retained_bytes, BUDGET);
    for _ in 0..10 {
        drop(pool.get(1024));
    }
    assert_eq!(class_stats(&pool, 1024).hits, 9);
    assert_eq!(class_stats(&pool, 32 << 10).retained, 0);
}

#[test]
fn room_that_is_not_used_gives_way_first() {
    const BUDGET: usize = 64 << 10;
    let pool = BufferPool::builder().max_retained_bytes(BUDGET).build();
    // The room for three buffers of 8 KiB is room for four.
    drop((pool.get(8 << 10), pool.get(8 << 10), pool.get(8 << 10)));
    assert_eq!(pool.stats().reserved_bytes, 32 << 10);
    drop((pool.get(32 << 10), pool.get(1024)));
    let stats = pool.stats();
    assert_eq!((stats.retained_bytes, stats.discards), ((24 + 32 + 1) << 10, 0), "{stats}");
}

#[test]
fn thread_caches_are_as_large_as_configured() {
    // What a thread keeps for itself another one does not find, all else it does. At least two buffers.
    for (bytes, keeps) in [(0, 2), (1, 2), (8 * 1024, 8), (usize::MAX, 128)] {
        let most = if cfg!(flow_sanitize) { keeps.min(8) } else { keeps };
        let pool = BufferPool::builder().thread_cache_bytes(bytes).build();
        drop((0..1000).map(|_| pool.get(1024)).collect::<Vec<_>>());
        let found = thread::scope(|scope| {
            let count = || (0..1000).map(|_| pool.get(1024)).collect::<Vec<_>>().len();
            scope.spawn(count).join().unwrap();
            usize::try_from(pool.stats().hits).unwrap()
        });
        // One of the two magazines may be empty, or nearly.
        assert!((1000 - most..1000).contains(&found), "{found} with {bytes} bytes");
    }
}

#[test]
fn shrinking_to_what_is_kept_frees_nothing() {
    // Room that a thread has and does not use is not something that the pool keeps.
    let pool = BufferPool::new();
    drop([1; 5].map(|size| pool.get(size)));
    let stats = pool.stats();
    assert_eq!((stats.retained, pool.shrink_to(stats.retained_bytes)), (5, 0));
    assert_eq!((pool.stats().retained, pool.stats().reserved_bytes), (5, stats.retained_bytes));
    drop([1; 5].map(|size| pool.get(size)));
    assert_eq!((pool.stats().hits, pool.stats().retained), (5, 5));
    check_stats(&pool).unwrap();
}

#[test]
fn the_largest_are_freed_first() {
    let sizes = [64, 1024, 4096, 1 << 16, 1 << 20];
    for in_queue in [false, true] {
        let pool = BufferPool::new();
        for size in sizes {
            if in_queue {
                assert_eq!(pool.prefill(size, 1), 1);
            } else {
                drop(pool.get(size));
            }
        }
        for last in (1..sizes.len()).rev() {
            let left = sizes[..last].iter().sum();
            assert_eq!(pool.shrink_to(left), sizes[last], "in the queue: {in_queue}");
            assert_eq!(pool.stats().retained_bytes, left);
        }
    }
}

/// Lets each allocation of `work` fail in turn, on a thread of its own, which has not used a pool before.
fn failing_in_turn(work: impl Fn(usize) + Sync) {
    for allowed in 0..12 {
        thread::scope(|scope| scope.spawn(|| work(allowed)).join())
            .unwrap_or_else(|_| panic!("{allowed} allowed"));
    }
}

#[test]
fn a_request_that_finds_no_memory_is_an_error() {
    failing_in_turn(|allowed| {
        let pool = BufferPool::new();
        for size in [100, 5 << 20] {
            let misses = pool.stats().misses;
            let served = TestAllocator::failing_after(allowed, || pool.try_get(size).map(drop));
            let promised = if size == 100 { 128 } else { size };
            if let Err(error) = served {
                assert_eq!(error, AllocError::OutOfMemory { requested: promised });
            }
            let zeroed = TestAllocator::failing_after(allowed, || pool.try_get_zeroed(size).map(drop));
            if let Err(error) = zeroed {
                assert_eq!(error, AllocError::OutOfMemory { requested: promised });
            }
            let owned = TestAllocator::failing_after(allowed, || pool.try_get_owned(size).map(drop));
            let served = [served, zeroed, owned].iter().filter(|served| served.is_ok()).count();
            if allowed == 0 {
                assert_eq!(served, 0);
            }
            let stats = pool.stats();
            assert_eq!((stats.outstanding, stats.outstanding_bytes), (0, 0), "{stats:?}");
            assert!(size != 100 || stats.misses != misses, "{stats:?}");
            check_stats(&pool).unwrap();
        }
        // It works again.
        drop(pool.get(100));
        let hits = pool.stats().hits;
        drop(pool.get(100));
        assert_eq!(pool.stats().hits, hits + 1);
    });
}

#[test]
fn an_append_that_finds_no_memory_changes_nothing() {
    failing_in_turn(|allowed| {
        let pool = BufferPool::new();
        let mut buffer = pool.get(64);
        buffer.append(&[7; 64]);
        let address = buffer.as_ptr();
        let appended = TestAllocator::failing_after(allowed, || buffer.try_append(&[8; 100]));
        let stats = pool.stats();
        assert_eq!((stats.outstanding, stats.outstanding_bytes), (1, buffer.capacity()), "{stats:?}");
        match appended {
            Ok(()) => assert_eq!((buffer.len(), buffer.capacity(), &buffer[..64]), (164, 256, &[7; 64][..])),
            Err(error) => {
                assert_eq!(error, AllocError::OutOfMemory { requested: 256 });
                assert_eq!((buffer.as_ptr(), &buffer[..]), (address, &[7; 64][..]));
            }
        }
        assert_eq!(appended.is_ok(), 0 < allowed);
        drop(buffer);
        check_stats(&pool).unwrap();
        assert_eq!(pool.stats().outstanding, 0);
    });
}

#[test]
fn a_drop_that_finds_no_memory_frees_the_buffer_or_keeps_it() {
    failing_in_turn(|allowed| {
        let pool = BufferPool::new();
        let buffers: Vec<_> = (0..3).map(|_| pool.get(1024)).collect();
        let foreign = [Vec::with_capacity(3000), Vec::with_capacity(100), Vec::with_capacity(10)];
        // Dropping a buffer never needs memory to succeed.
        TestAllocator::failing_after(allowed, || {
            drop(buffers);
            foreign.into_iter().for_each(|vector| pool.put(vector));
        });
        let stats = pool.stats();
        assert_eq!((stats.outstanding, stats.returns + stats.discards), (0, 6), "{stats:?}");
        check_stats(&pool).unwrap();
    });
}

#[test]
fn nothing_aborts_where_a_queue_or_a_magazine_finds_no_memory() {
    // In a process of its own, which an abort would end.
    if !is_alone("buffer_pool_limits::nothing_aborts_where_a_queue_or_a_magazine_finds_no_memory") {
        return;
    }
    let count = if cfg!(flow_sanitize) { 20 } else { 200 };
    failing_in_turn(|allowed| {
        let pool = BufferPool::new();
        // More than a thread keeps: magazines go to the queue, which is made when the first one comes. Whether there
        // is memory for it is asked before, so that only somebody who takes that memory in between makes this abort.
        let buffers: Vec<_> = (0..count).map(|_| pool.get(1024)).collect();
        if allowed == 0 {
            TestAllocator::with_failing(|| drop(buffers));
        } else {
            drop(buffers);
            pool.trim();
            let buffers: Vec<_> = (0..count).map(|_| pool.get(1024)).collect();
            TestAllocator::failing_after(allowed, || drop(buffers));
        }
        let stats = pool.stats();
        assert_eq!(
            stats.returns + stats.discards,
            if allowed == 0 { count } else { 2 * count } as u64,
            "{stats:?}"
        );
        check_stats(&pool).unwrap();
        // They come from the queue, and an empty magazine has to go somewhere.
        drop((0..count).map(|_| pool.get(1024)).collect::<Vec<_>>());
        let kept = pool.stats().retained;
        let mut buffers = Vec::with_capacity(count);
        TestAllocator::failing_after(allowed, || {
            while let Some(buffer) = (buffers.len() < kept).then(|| pool.try_get(1024).ok()).flatten() {
                buffers.push(buffer);
            }
        });
        assert_eq!(buffers.len(), kept, "what is kept needs no memory");
        drop(buffers);
        TestAllocator::failing_after(allowed, || pool.trim());
        assert_eq!((pool.stats().retained, pool.stats().reserved_bytes), (0, 0));
        let pool = BufferPool::new();
        // The queue is made, as above.
        assert_eq!(pool.prefill(1024, 1), 1);
        TestAllocator::failing_after(allowed, || pool.prefill(1024, count));
        check_stats(&pool).unwrap();
        drop((0..count).map(|_| pool.get(1024)).collect::<Vec<_>>());
        TestAllocator::failing_after(allowed, || drop(pool));
    });
}

#[test]
fn the_budget_bounds_memory_while_threads_work() {
    // In a process of its own, so that all memory of the process is this test's.
    if !is_alone("buffer_pool_limits::the_budget_bounds_memory_while_threads_work") {
        return;
    }
    const BUDGET: usize = 1 << 20;
    const WORKERS: usize = 4;
    const HELD: usize = 20;
    const SIZES: [usize; 4] = [100, 1000, 10_000, 60_000];
    // Tables and queues of the classes that are used, caches and magazines of the threads, the threads themselves.
    const BOOKKEEPING: usize = 256 << 10;
    let rounds = if cfg!(flow_sanitize) { 500 } else { 10_000 };
    let pool = BufferPool::builder().max_retained_bytes(BUDGET).build();
    let before = TestAllocator::live_bytes();
    TestAllocator::reset_peak();
    let done = AtomicBool::new(false);
    let working = Barrier::new(WORKERS);
    on_threads(WORKERS + 1, |thread| {
        if thread == WORKERS {
            while !done.load(Ordering::Relaxed) {
                let stats = pool.stats();
                assert!(stats.reserved_bytes <= BUDGET && stats.retained_bytes <= BUDGET, "{stats:?}");
                let kept = pool.class_stats().iter().map(|class| class.retained * class.size).sum::<usize>();
                // A magazine on its way may be counted twice.
                assert!(kept <= 2 * BUDGET, "{kept}");
            }
            return;
        }
        let mut held = Vec::with_capacity(HELD);
        for i in 0..rounds {
            let size = SIZES[(i / 7 + thread) % SIZES.len()];
            held.push(pool.get(size));
            if held.len() == HELD {
                held.drain(i % 5..);
            }
        }
        drop(held);
        working.wait();
        done.store(true, Ordering::Relaxed);
    });
    let most_held = WORKERS * HELD * (64 << 10);
    let peak = TestAllocator::peak_bytes() - before;
    assert!(peak <= BUDGET + most_held + BOOKKEEPING, "{peak} bytes at once");
    // Everything is back, so that only what is kept is left.
    let left = TestAllocator::live_bytes() - before;
    let stats = pool.stats();
    assert!(left <= stats.retained_bytes + BOOKKEEPING, "{left} bytes are left, {stats}");
    assert!(stats.outstanding == 0 && stats.hits != 0 && stats.retained_bytes <= BUDGET, "{stats}");
    pool.trim();
    let left = TestAllocator::live_bytes() - before;
    assert!(left <= BOOKKEEPING, "{left} bytes are left after a trim");
}
