//! Giving back what a pool keeps: `trim`, `shrink_to`, and what other threads do then.

use std::{sync::Barrier, thread};

use flow_testkit::{on_threads, within};

use crate::counted::{LIMIT, Tally};

#[test]
fn trim_drops_all_that_is_kept_and_nothing_else() {
    let tally = Tally::new();
    let pool = tally.pool();
    let mut objects: Vec<_> = (0..300).map(|_| pool.get()).collect();
    let in_use = objects.split_off(290);
    drop(objects);
    assert_eq!(pool.stats().retained, 290);
    pool.trim();
    let stats = pool.stats();
    assert_eq!((stats.retained, stats.reserved, stats.outstanding), (0, 0, 10));
    assert_eq!((tally.alive(), tally.dropped()), (10, 290));
    // Counted neither as discards nor as anything else.
    assert_eq!((stats.returns, stats.discards), (290, 0));
    pool.trim();
    drop(in_use);
    assert_eq!((pool.stats().retained, tally.alive()), (10, 10));
    assert_eq!(pool.get().id, 299);
}

#[test]
fn shrinking_reaches_its_aim() {
    for target in [0, 1, 2, 5, 64, 100, 127, 128, 129, 250, 299, 300, 301, usize::MAX] {
        let tally = Tally::new();
        let pool = tally.pool();
        drop((0..300).map(|_| pool.get()).collect::<Vec<_>>());
        pool.shrink_to(target);
        let stats = pool.stats();
        assert!(stats.retained <= target, "{target}: {stats}");
        assert_eq!(tally.alive(), stats.retained, "{target}");
        drop((0..300).map(|_| pool.get()).collect::<Vec<_>>());
        assert_eq!(pool.stats().retained, 300);
    }
}

#[test]
fn shrinking_to_what_is_kept_drops_nothing() {
    for kept in (0..20).chain([63, 64, 65, 100, 127, 128, 129, 200]) {
        let tally = Tally::new();
        let pool = tally.pool();
        drop((0..kept).map(|_| pool.get()).collect::<Vec<_>>());
        pool.shrink_to(kept);
        assert_eq!((pool.stats().retained, tally.dropped()), (kept, 0));
        // What is kept is in use as before.
        drop((0..kept).map(|_| pool.get()).collect::<Vec<_>>());
        assert_eq!((tally.made(), pool.stats().retained), (kept, kept));
    }
}

#[test]
fn a_prefilled_pool_shrinks() {
    let tally = Tally::new();
    let pool = tally.pool();
    pool.prefill(200);
    pool.shrink_to(100);
    let retained = pool.stats().retained;
    // A magazine at a time.
    assert!((36..=100).contains(&retained), "{retained}");
    assert_eq!(tally.alive(), retained);
}

/// Runs `after` on a thread that keeps `kept` objects while the main thread trims between `before` and `after`.
fn trimmed_by_another(kept: usize, after: impl Fn(&flow_memory::ObjectPool<crate::counted::Counted>) + Sync) {
    let tally = Tally::new();
    let pool = tally.pool();
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            drop((0..kept).map(|_| pool.get()).collect::<Vec<_>>());
            barrier.wait();
            barrier.wait();
            after(&pool);
        });
        barrier.wait();
        pool.trim();
        assert_eq!(pool.stats().retained, kept, "what another thread keeps cannot be dropped here");
        barrier.wait();
        other.join().expect("nothing panics");
    });
    drop(pool);
    assert_eq!(tally.alive(), 0);
}

#[test]
fn another_thread_drops_what_it_keeps_at_its_next_return() {
    within(LIMIT, || {
        trimmed_by_another(5, |pool| {
            drop(pool.get());
            // All but the one that came back.
            assert_eq!(pool.stats().retained, 1);
            // And only once.
            drop((0..5).map(|_| pool.get()).collect::<Vec<_>>());
            assert_eq!(pool.stats().retained, 5);
        });
    });
}

#[test]
fn another_thread_still_uses_what_it_keeps() {
    within(LIMIT, || {
        trimmed_by_another(5, |pool| {
            let objects: Vec<_> = (0..5).map(|_| pool.get()).collect();
            assert_eq!((pool.stats().hits, pool.stats().misses), (5, 5));
            drop(objects);
            assert_eq!(pool.stats().retained, 5);
        });
    });
}

#[test]
fn a_thread_that_exits_after_a_trim_leaves_nothing() {
    within(LIMIT, || {
        let tally = Tally::new();
        let pool = tally.pool();
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                drop((0..5).map(|_| pool.get()).collect::<Vec<_>>());
                barrier.wait();
                barrier.wait();
            });
            barrier.wait();
            pool.trim();
            barrier.wait();
            other.join().expect("nothing panics");
        });
        assert_eq!((pool.stats().retained, tally.alive()), (0, 0));
    });
}

#[test]
fn a_thread_that_comes_after_a_trim_keeps_what_it_takes() {
    within(LIMIT, || {
        let tally = Tally::new();
        let pool = tally.pool();
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            // Somebody else keeps something, so that the trim asks all threads, and stays, so that the next gets
            // caches that are new.
            let other = scope.spawn(|| {
                drop(pool.get());
                barrier.wait();
                barrier.wait();
                drop(pool.get());
                barrier.wait();
                barrier.wait();
            });
            barrier.wait();
            pool.trim();
            barrier.wait();
            barrier.wait();
            pool.prefill(4);
            let before = tally.dropped();
            scope.spawn(|| drop(pool.get())).join().expect("nothing panics");
            assert_eq!((tally.dropped(), pool.stats().retained), (before, 5));
            barrier.wait();
            other.join().expect("nothing panics");
            // Caches of the one that is gone know of the trim, too.
            scope.spawn(|| drop(pool.get())).join().expect("nothing panics");
            assert_eq!((tally.dropped(), pool.stats().retained), (before, 5));
        });
    });
}

#[test]
fn a_thread_that_trims_keeps_what_it_takes_afterwards() {
    within(LIMIT, || {
        let tally = Tally::new();
        let pool = tally.pool();
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                drop(pool.get());
                barrier.wait();
                barrier.wait();
            });
            barrier.wait();
            drop(pool.get());
            pool.trim();
            pool.prefill(4);
            drop(pool.get());
            assert_eq!((tally.dropped(), pool.stats().retained), (1, 5));
            barrier.wait();
        });
    });
}

#[test]
fn trimming_while_others_work_loses_nothing() {
    let rounds = if cfg!(flow_sanitize) { 300 } else { 3000 };
    let tally = Tally::new();
    let pool = tally.builder().max_retained(50).build();
    on_threads(4, |thread| {
        for round in 0..rounds {
            if thread == 0 {
                pool.shrink_to(round % 7);
                pool.prefill(round % 3);
                assert!(pool.stats().reserved <= 50);
            } else {
                drop((0..round % 9).map(|_| pool.get()).collect::<Vec<_>>());
            }
        }
    });
    let stats = pool.stats();
    assert_eq!((stats.outstanding, stats.retained), (0, tally.alive()));
    assert!(stats.retained <= stats.reserved && stats.reserved <= 50, "{stats}");
    drop(pool);
    assert_eq!(tally.alive(), 0);
}
