//! Threads that pass buffers on, come and go in numbers, use a pool when they are nearly gone, and are asked for what
//! they keep.

use std::{
    cell::RefCell,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{channel, sync_channel},
    },
    thread,
    time::Duration,
};

use flow_memory::{BufferPool, OwnedBuffer};
use flow_testkit::{TestAllocator, on_threads, within};

use crate::buffer_pool_ops::{check_stats, class_stats, fill, memory_left, memory_left_by_one_pool};

/// Far above what any test here takes, with any checker.
const LIMIT: Duration = Duration::from_secs(300);

/// More than two magazines of a thread, and one more that is on its way.
const CACHED: usize = 3 * 64;

/// Runs `first` on another thread, `meanwhile` on this one while the other is idle but alive, then `last` on the other
/// one, which then exits.
fn beside_an_idle_thread<T: Send>(
    first: impl FnOnce() -> T + Send,
    meanwhile: impl FnOnce(),
    last: impl FnOnce(T) + Send,
) {
    thread::scope(|scope| {
        let (ready, is_ready) = channel();
        let (go, may_go) = channel::<()>();
        let other = scope.spawn(move || {
            let value = first();
            ready.send(()).unwrap();
            // An error when the other end is dropped, also by a panic: that is the sign.
            may_go.recv().ok();
            last(value);
        });
        is_ready.recv().unwrap();
        meanwhile();
        drop(go);
        other.join().unwrap();
    });
}

#[test]
fn one_thread_gets_and_another_drops() {
    const IN_FLIGHT: usize = 16;
    const SIZE: usize = 1024;
    let count = if cfg!(flow_sanitize) { 20_000 } else { 1_000_000 };
    // With room for everything, and with hardly more than what is on its way.
    for budget in [128 << 20, 4 * CACHED * SIZE] {
        within(LIMIT, move || {
            let pool = BufferPool::builder().max_retained_bytes(budget).build();
            let warm = thread::scope(|scope| {
                let (sender, receiver) = sync_channel(IN_FLIGHT);
                scope.spawn(|| receiver.into_iter().for_each(drop));
                let mut warm = 0;
                for i in 0..count {
                    if i == count / 2 {
                        warm = pool.stats().misses;
                    }
                    sender.send(pool.get(SIZE)).unwrap();
                }
                drop(sender);
                warm
            });
            let stats = pool.stats();
            // Whatever is neither on its way nor with the thread that drops is in the queue, where the other one finds
            // it.
            let most = IN_FLIGHT + 2 + CACHED + 1;
            assert!(warm <= stats.misses && stats.misses <= most as u64, "{warm} after half of it; {stats}");
            assert_eq!((stats.hits + stats.misses, stats.returns, stats.discards), (count, count, 0));
            assert!(stats.retained <= most && stats.reserved_bytes <= budget, "{stats:?}");
            check_stats(&pool).unwrap();
        });
    }
}

#[test]
fn two_threads_drop_what_the_other_gets() {
    const IN_FLIGHT: usize = 8;
    let count = if cfg!(flow_sanitize) { 5_000 } else { 100_000 };
    within(LIMIT, move || {
        let pool = BufferPool::builder().max_retained_bytes(8 << 20).build();
        thread::scope(|scope| {
            let (to_left, left) = sync_channel(IN_FLIGHT);
            let (to_right, right) = sync_channel(IN_FLIGHT);
            for (mark, sender, receiver) in [(1, to_left, right), (2, to_right, left)] {
                let pool = &pool;
                scope.spawn(move || {
                    for _ in 0..count {
                        let mut buffer = pool.get_owned(1000);
                        fill(&mut buffer, mark, 1000);
                        sender.send(buffer).unwrap();
                        let got: OwnedBuffer = receiver.recv().unwrap();
                        assert_eq!(*got, [3 - mark; 1000]);
                    }
                });
            }
        });
        let stats = pool.stats();
        assert_eq!((stats.hits + stats.misses, stats.returns, stats.outstanding), (2 * count, 2 * count, 0));
        assert!(stats.misses <= 2 * (IN_FLIGHT + 2 + CACHED + 1) as u64, "{stats}");
        check_stats(&pool).unwrap();
    });
}

#[test]
fn what_a_thread_kept_is_found_by_others_after_its_exit() {
    for count in [1, 10, if cfg!(flow_sanitize) { 50 } else { 1000 }] {
        let pool = BufferPool::new();
        let sizes = [64, 1024, 30_000];
        let get_all =
            || (0..count).flat_map(|_| sizes).map(|size| pool.get(size)).collect::<Vec<_>>().len() as u64;
        let got = thread::scope(|scope| scope.spawn(get_all).join().unwrap());
        let stats = pool.stats();
        assert_eq!((stats.misses, stats.returns, stats.hits), (got, got, 0));
        // What is kept is charged, and nothing else.
        assert_eq!(stats.reserved_bytes, stats.retained_bytes);
        get_all();
        assert_eq!((pool.stats().misses, pool.stats().hits), (got, got));
    }
}

#[test]
fn ten_thousand_short_threads_keep_little_and_reuse_it() {
    const AT_ONCE: usize = 4;
    let rounds = if cfg!(flow_sanitize) { 100 } else { 2500 };
    let pool = BufferPool::builder().max_retained_bytes(1 << 20).build();
    let mut misses = 0;
    for round in 0..rounds {
        if round == rounds / 2 {
            misses = pool.stats().misses;
        }
        on_threads(AT_ONCE, |thread| {
            let (first, second) = (pool.get(1000), pool.get(100 * thread));
            drop((first, second));
            drop(pool.get_owned(1000));
        });
    }
    let stats = pool.stats();
    let requests = (3 * AT_ONCE * rounds) as u64;
    assert_eq!((stats.hits + stats.misses, stats.returns + stats.discards), (requests, requests));
    // A thread that takes a magazine has all that is in it, so that there must be one for each thread.
    assert!(stats.retained <= 4 * AT_ONCE * CACHED, "{stats}");
    // Nearly all are reused: later ones, if not all.
    let late = stats.misses - misses;
    assert!(late * 20 <= requests, "{late} of {} misses in the second half of {requests}", stats.misses);
    assert_eq!(stats.reserved_bytes, stats.retained_bytes, "nobody has room any more");
    check_stats(&pool).unwrap();
    assert_eq!(pool.trim(), stats.retained_bytes);
}

#[test]
fn what_many_threads_leave_one_by_one_fits_the_queue() {
    // More than the queue has places, so that they have to share magazines.
    let threads = if cfg!(flow_sanitize) { 1200 } else { 3000 };
    let pool = BufferPool::new();
    for _ in 0..threads {
        thread::scope(|scope| scope.spawn(|| pool.put(Vec::with_capacity(64))).join().unwrap());
    }
    assert_eq!((pool.stats().retained, pool.stats().discards), (threads, 0), "{}", pool.stats());
}

#[test]
fn a_thread_has_a_cache_in_each_of_two_hundred_pools() {
    let pools: Vec<_> = (0..200).map(|_| BufferPool::builder().largest_class(4096).build()).collect();
    on_threads(2, |_| {
        let addresses: Vec<_> = pools
            .iter()
            .map(|pool| {
                let buffer = pool.get(1000);
                buffer.as_ptr().addr()
            })
            .collect();
        for _ in 0..5 {
            for (pool, address) in pools.iter().zip(&addresses) {
                assert_eq!(pool.get(1000).as_ptr().addr(), *address);
            }
        }
    });
    for pool in &pools {
        let stats = pool.stats();
        // The second thread may have found what the first one, if that is gone already, left.
        assert_eq!(stats.hits + stats.misses, 12, "{stats}");
        assert!((1..=2).contains(&stats.misses) && stats.retained as u64 == stats.misses, "{stats}");
    }
}

#[test]
fn more_threads_than_there_are_places_in_a_pool_all_hit() {
    const THREADS: usize = 150;
    within(LIMIT, || {
        let pool = BufferPool::new();
        let all_have_one = Barrier::new(THREADS);
        let done = Barrier::new(THREADS);
        let allocations = on_threads(THREADS, |_| {
            // Both in use at once, so that there are as many as threads.
            let buffer = pool.get(1000);
            all_have_one.wait();
            drop(buffer);
            let ((), counts) = TestAllocator::count(|| (0..10).for_each(|_| drop(pool.get(1000))));
            // Nobody gives back its number meanwhile.
            done.wait();
            counts.allocations
        });
        assert!(allocations.iter().all(|&allocations| allocations == 0), "{allocations:?}");
        let stats = pool.stats();
        assert_eq!((stats.misses, stats.hits), (THREADS as u64, 10 * THREADS as u64));
        assert_eq!((stats.retained, stats.outstanding), (THREADS, 0));
        // Flushed by their threads too.
        assert_eq!(pool.trim(), THREADS * 1024);
        check_stats(&pool).unwrap();
    });
}

/// Checks a buffer, gives it back, and uses the pool, when its thread's locals are dropped.
struct AtExit {
    pool: BufferPool,
    buffer: Option<OwnedBuffer>,
    done: Arc<AtomicUsize>,
}

impl AtExit {
    fn new(pool: &BufferPool, done: &Arc<AtomicUsize>) -> Option<Self> {
        let mut buffer = pool.get_owned(1000);
        fill(&mut buffer, 7, 1000);
        Some(Self { pool: pool.clone(), buffer: Some(buffer), done: Arc::clone(done) })
    }
}

impl Drop for AtExit {
    fn drop(&mut self) {
        assert_eq!(**self.buffer.as_ref().unwrap(), [7; 1000]);
        self.buffer = None;
        for i in 0..20 {
            let mut buffers: Vec<_> = (0..i).map(|_| self.pool.get(1000)).collect();
            buffers.iter_mut().for_each(|buffer| fill(buffer, 1, 100));
            let mut grown = self.pool.get(64);
            grown.append(&[2; 1000]);
            self.pool.put(Vec::with_capacity(300));
            assert!(buffers.iter().all(|buffer| **buffer == [1; 100]));
            self.pool.with_buffer(1 << 16, |buffer| buffer.push(1));
        }
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn pools_work_in_the_destructors_of_thread_locals() {
    thread_local! {
        static OLDER: RefCell<Option<AtExit>> = const { RefCell::new(None) };
        static YOUNGER: RefCell<Option<AtExit>> = const { RefCell::new(None) };
    }
    let rounds = if cfg!(flow_sanitize) { 12 } else { 60 };
    let (pool, other) = (BufferPool::new(), BufferPool::builder().zero_on_return(true).build());
    let done = Arc::new(AtomicUsize::new(0));
    for round in 0..rounds {
        let [mut first, mut second] = [AtExit::new(&pool, &done), AtExit::new(&other, &done)];
        thread::scope(|scope| {
            scope.spawn(move || {
                // Registered before and after the thread's first use of a pool, and dropped the other way round: one
                // after the thread's caches were flushed, one before. In some rounds, the destructors are the first
                // use.
                OLDER.set(first.take());
                if round % 3 != 0 {
                    OLDER.with_borrow(|older| drop(older.as_ref().unwrap().pool.get(100)));
                }
                YOUNGER.set(second.take());
                if round % 2 == 0 {
                    YOUNGER.with_borrow(|younger| drop(younger.as_ref().unwrap().pool.get(100)));
                }
            });
        });
    }
    // Joined by the scope, which does not wait for destructors.
    within(LIMIT, move || {
        while done.load(Ordering::Relaxed) < 2 * rounds {
            thread::yield_now();
        }
    });
    for pool in [pool, other] {
        let stats = pool.stats();
        assert_eq!((stats.outstanding, stats.outstanding_bytes), (0, 0), "{stats:?}");
        // Each request came back, and so did 20 foreign ones in each destructor.
        let foreign = 20 * rounds as u64;
        let requests = stats.hits + stats.misses + stats.oversized;
        assert_eq!(stats.returns + stats.discards, requests + foreign, "{stats:?}");
        check_stats(&pool).unwrap();
        // What was kept for exiting threads is in reach of a trim.
        assert_eq!(pool.trim(), stats.retained_bytes);
        assert_eq!((pool.stats().retained, pool.stats().reserved_bytes), (0, 0));
    }
}

#[test]
fn what_exiting_threads_give_back_is_found_by_living_ones() {
    struct Last(Option<OwnedBuffer>);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0 = None;
        }
    }
    thread_local!(static OLDER: RefCell<Last> = const { RefCell::new(Last(None)) });
    let take_and_exit = |pool: &BufferPool| {
        let buffer = pool.get_owned(1000);
        let thread = thread::spawn(move || {
            OLDER.with_borrow_mut(|older| older.0 = Some(buffer));
            // Registered later than that, and gone earlier: what the thread has of pools.
            drop(BufferPool::new().get(1));
        });
        thread.join().unwrap();
        assert_eq!(pool.stats().outstanding, 0);
    };
    let pool = BufferPool::new();
    (0..3).for_each(|_| take_and_exit(&pool));
    let stats = pool.stats();
    assert_eq!((stats.hits, stats.misses, stats.retained), (2, 1, 1), "{stats}");
    // One buffer in all: if what is given back stayed with nobody, no other would ever be kept.
    let pool = BufferPool::builder().max_retained_bytes(1024).build();
    (0..3).for_each(|_| take_and_exit(&pool));
    drop(pool.get(1000));
    drop(pool.get(1000));
    let stats = pool.stats();
    assert!(stats.hits != 0, "{stats}");
}

#[test]
fn a_pool_may_be_dropped_before_threads_that_kept_something() {
    const SIZES: [usize; 3] = [64, 1024, 1 << 20];
    let pool = BufferPool::new();
    let total: usize = SIZES.iter().sum();
    let mut handle = Some(pool.clone());
    let mut last = Some(pool);
    beside_an_idle_thread(
        move || {
            let pool = handle.take().unwrap();
            SIZES.iter().for_each(|&size| drop(pool.get(size)));
        },
        || {
            let ((), counts) = TestAllocator::count(|| drop(last.take()));
            assert!(total as u64 <= counts.deallocated_bytes, "{counts:?}");
        },
        |()| {
            // It can use others.
            let pool = BufferPool::new();
            drop(pool.get(100));
            drop(pool.get(100));
            assert_eq!(pool.stats().hits, 1);
        },
    );
    // The other way round: the thread goes first.
    let pool = BufferPool::new();
    let handle = pool.clone();
    thread::spawn(move || SIZES.map(|size| drop(handle.get(size)))).join().unwrap();
    assert_eq!(pool.stats().retained_bytes, total);
    let ((), counts) = TestAllocator::count(|| drop(pool));
    assert!(total as u64 <= counts.deallocated_bytes, "{counts:?}");
}

#[test]
fn an_owned_buffer_may_outlive_every_handle_of_its_pool() {
    let ((), left) = memory_left(|| {
        let pool = BufferPool::new();
        let buffers: Vec<_> = (0..10).map(|_| pool.get_owned(100)).collect();
        drop(pool.get(5000));
        drop(pool);
        for mut buffer in buffers {
            buffer.append(&[1; 1000]);
            assert_eq!(buffer.pool().stats().outstanding_bytes % 128, 0);
            drop(buffer.pool().get(64));
        }
    });
    assert_eq!(left, memory_left_by_one_pool());
    // Also on another thread.
    let buffer = BufferPool::new().get_owned(100);
    thread::spawn(move || drop(buffer)).join().unwrap();
}

#[test]
fn another_thread_frees_what_it_keeps_at_its_next_drop() {
    for bytes in [0, 1000] {
        let pool = BufferPool::new();
        beside_an_idle_thread(
            || {
                drop([1; 5].map(|_| pool.get(1000)));
                drop([1; 3].map(|_| pool.get(100)));
            },
            || {
                assert_eq!(pool.shrink_to(bytes), 0, "out of reach");
                assert_eq!(pool.stats().retained, 8);
            },
            |()| {
                // Whatever was asked for: a get alone frees nothing.
                let buffer = pool.get(1000);
                assert_eq!(pool.stats().retained, 7);
                drop(buffer);
                assert_eq!((class_stats(&pool, 1024).retained, class_stats(&pool, 128).retained), (1, 3));
                drop(pool.get(100));
                assert_eq!((class_stats(&pool, 1024).retained, class_stats(&pool, 128).retained), (1, 1));
                // Once, not for ever.
                drop([1; 5].map(|_| pool.get(1000)));
                assert_eq!(class_stats(&pool, 1024).retained, 5);
                check_stats(&pool).unwrap();
            },
        );
    }
}

#[test]
fn the_wish_of_another_thread_is_not_forgotten_over_a_visit_of_the_queue() {
    const COUNT: usize = 3;
    let pool = BufferPool::new();
    beside_an_idle_thread(
        || drop(pool.get(1000)),
        || {
            assert_eq!(pool.trim(), 0);
            assert_eq!(pool.prefill(1000, COUNT), COUNT);
        },
        |()| {
            // The first is what the thread kept, the second comes from the queue, with others.
            let buffers = (pool.get(1000), pool.get(1000));
            assert_eq!((pool.stats().hits, pool.stats().retained), (2, COUNT - 1));
            drop(buffers.0);
            assert_eq!(pool.stats().retained, 1);
            drop(buffers.1);
            assert_eq!(pool.stats().retained, 2);
        },
    );
}

#[test]
fn another_thread_frees_what_it_keeps_when_it_exits() {
    let pool = BufferPool::new();
    beside_an_idle_thread(|| drop(pool.get(1000)), || assert_eq!(pool.trim(), 0), |()| ());
    assert_eq!((pool.stats().retained, pool.stats().reserved_bytes), (0, 0));
}

#[test]
fn another_thread_keeps_what_need_not_be_freed() {
    let count = 2 * CACHED;
    let pool = BufferPool::new();
    beside_an_idle_thread(
        || drop([1; 5].map(|_| pool.get(1000))),
        || {
            assert_eq!(pool.prefill(1000, count), count);
            // The queue has enough of it.
            assert!(pool.shrink_to(CACHED * 1024) >= CACHED * 1024);
            assert!(pool.stats().retained_bytes <= CACHED * 1024);
        },
        |()| {
            let retained = pool.stats().retained;
            drop(pool.get(1000));
            assert_eq!(pool.stats().retained, retained);
        },
    );
}

#[test]
fn a_trim_is_no_concern_of_what_comes_later() {
    const COUNT: usize = 10;
    let pool = BufferPool::new();
    beside_an_idle_thread(
        || drop(pool.get(1000)),
        || {
            assert_eq!(pool.trim(), 0);
            // The thread that called it has given up all already.
            assert_eq!(pool.prefill(5000, COUNT), COUNT);
            drop(pool.get(5000));
            assert_eq!(class_stats(&pool, 8192).retained, COUNT);
            drop([1; COUNT].map(|_| pool.get(5000)));
            pool.shrink_to(COUNT * 8192);
            // Threads that start now had nothing to give up.
            assert_eq!(pool.prefill(64, COUNT), COUNT);
            thread::scope(|scope| scope.spawn(|| drop(pool.get(64))).join().unwrap());
            assert_eq!(class_stats(&pool, 64).retained, COUNT);
        },
        |()| (),
    );
}

#[test]
fn statistics_can_be_read_while_others_work() {
    let done = AtomicBool::new(false);
    let pool = BufferPool::builder().max_retained_bytes(1 << 20).build();
    let rounds = if cfg!(flow_sanitize) { 2000 } else { 50_000 };
    on_threads(3, |thread| {
        if thread != 0 {
            for i in 0..rounds {
                let buffers = (pool.get(i % 5000), pool.get_owned(100));
                drop(buffers);
                if i % 100 == 0 {
                    pool.shrink_to(1 << 18);
                }
            }
            done.store(true, Ordering::Relaxed);
            return;
        }
        let mut last = pool.stats();
        while !done.load(Ordering::Relaxed) {
            let stats = pool.stats();
            assert!(last.hits <= stats.hits && last.misses <= stats.misses, "{last:?}, then {stats:?}");
            assert!(
                last.returns <= stats.returns && last.discards <= stats.discards,
                "{last:?}, then {stats:?}"
            );
            assert!(stats.retained_bytes <= stats.max_retained_bytes, "{stats:?}");
            assert!(stats.reserved_bytes <= stats.max_retained_bytes, "{stats:?}");
            assert!(
                pool.class_stats().iter().all(|class| class.outstanding <= 4),
                "{:?}",
                pool.class_stats()
            );
            last = stats;
        }
    });
    let stats = pool.stats();
    assert_eq!((stats.hits + stats.misses, stats.outstanding), (4 * rounds as u64, 0));
    check_stats(&pool).unwrap();
}
