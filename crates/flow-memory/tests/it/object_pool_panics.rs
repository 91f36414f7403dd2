//! Panics in what a user gives to an object pool: in `make`, in `recycle`, and in the drop of objects.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flow_arena::Arena;
use flow_memory::{Object, ObjectPool, ObjectPoolBuilder, Recycle};
use flow_testkit::{panic_with_trouble, panics_with_trouble, within};

use crate::counted::{Counted, LIMIT, Tally, message};

/// Runs a test with objects in boxes, and with objects in an arena.
fn with_each_storage(test: impl Fn(&Arc<Tally>, ObjectPoolBuilder<Counted>)) {
    let tally = Tally::new();
    test(&tally, tally.builder());
    assert_eq!(tally.alive(), 0);
    let tally = Tally::new();
    test(&tally, tally.builder().arena(Arc::new(Arena::new())));
    assert_eq!(tally.alive(), 0);
}

/// Takes `count` objects and gives them back.
fn fill(pool: &ObjectPool<Counted>, count: usize) {
    drop((0..count).map(|_| pool.get()).collect::<Vec<_>>());
}

#[test]
fn an_object_that_cannot_be_made_is_not_counted() {
    with_each_storage(|tally, builder| {
        let pool = builder.build();
        for round in 1..5 {
            tally.panic_in_make(1);
            assert_eq!(message(catch_unwind(|| drop(pool.get()))), "make panics");
            tally.panic_in_make(1);
            assert_eq!(message(catch_unwind(|| drop(pool.try_get()))), "make panics");
            tally.panic_in_make(1);
            assert_eq!(message(catch_unwind(|| drop(pool.get_owned()))), "make panics");
            let stats = pool.stats();
            assert_eq!((stats.outstanding, stats.retained, stats.reserved), (0, 0, 0));
            assert_eq!((stats.hits, stats.misses, stats.returns, stats.discards), (0, 3 * round, 0, 0));
        }
        assert_eq!(tally.made(), 0);
        drop(pool.get());
        assert_eq!((pool.stats().retained, pool.stats().outstanding), (1, 0));
    });
}

#[test]
fn an_object_that_cannot_be_made_in_advance_takes_no_room() {
    with_each_storage(|tally, builder| {
        let pool = builder.max_retained(30).build();
        for nth in [1, 2, 3, 4, 5, 10] {
            tally.panic_in_make(nth);
            assert_eq!(message(catch_unwind(|| pool.prefill(20))), "make panics");
            let stats = pool.stats();
            assert_eq!((stats.outstanding, stats.retained), (0, tally.alive()));
            assert_eq!(stats.reserved, stats.retained);
            assert!(stats.retained < nth, "{stats}");
            pool.trim();
        }
        // No room is lost.
        assert_eq!((pool.prefill(100), pool.stats().retained), (30, 30));
    });
}

#[test]
fn an_object_whose_recycling_panics_is_dropped_and_counted_as_a_discard() {
    with_each_storage(|tally, builder| {
        let pool = builder.build();
        fill(&pool, 3);
        let mut object = pool.get();
        object.text.push_str("half clean");
        let id = object.id;
        tally.panic_in_recycle(1);
        assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(object)))), "recycle panics");
        assert_eq!((tally.dropped(), tally.alive()), (1, 2));
        let stats = pool.stats();
        assert_eq!((stats.returns, stats.discards, stats.outstanding, stats.retained), (3, 1, 0, 2));
        // Nobody ever sees it again.
        let objects: Vec<_> = (0..10).map(|_| pool.get()).collect();
        assert!(objects.iter().all(|object| object.id != id && object.text.is_empty()));
        drop(objects);
        // The same in the form that keeps the pool alive, as its last handle.
        let last = pool.get_owned();
        drop(pool);
        tally.panic_in_recycle(1);
        assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(last)))), "recycle panics");
    });
}

#[test]
fn of_many_objects_one_may_panic() {
    with_each_storage(|tally, builder| {
        let pool = builder.build();
        let objects: Vec<_> = (0..20).map(|_| pool.get()).collect();
        tally.panic_in_recycle(7);
        // The vector drops the rest while it unwinds.
        assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(objects)))), "recycle panics");
        let stats = pool.stats();
        assert_eq!((stats.returns, stats.discards, stats.outstanding, stats.retained), (19, 1, 0, 19));
        assert_eq!(tally.alive(), 19);
    });
}

#[test]
fn objects_of_a_thread_that_panics_are_recycled_and_kept() {
    with_each_storage(|tally, builder| {
        let pool = builder.build();
        let caught = catch_unwind(|| {
            let mut object = pool.get();
            object.text.push_str("half done");
            let _owned = pool.get_owned();
            panic!("between");
        });
        assert_eq!(message(caught), "between");
        let stats = pool.stats();
        assert_eq!((stats.returns, stats.outstanding, stats.retained), (2, 0, 2));
        assert_eq!(tally.recycled(), 2);
        assert!(pool.get().text.is_empty());
        // A whole thread.
        let ended = thread::scope(|scope| {
            let ended = scope.spawn(|| {
                let _objects = (pool.get(), pool.get_owned(), pool.get());
                panic!("between");
            });
            ended.join()
        });
        assert_eq!(message(ended), "between");
        assert_eq!((pool.stats().outstanding, pool.stats().retained), (0, 5));
    });
}

#[test]
fn a_drop_that_panics_in_trim_takes_no_other_object_with_it() {
    for nth in [1, 2, 3, 4, 5, 60, 70, 130, 199, 200] {
        with_each_storage(|tally, builder| {
            let pool = builder.build();
            fill(&pool, 200);
            tally.panic_in_drop(nth);
            assert_eq!(message(catch_unwind(|| pool.trim())), "drop panics");
            let stats = pool.stats();
            // What is still kept was not begun with.
            assert_eq!((stats.retained, stats.outstanding), (tally.alive(), 0), "{nth}");
            assert!(stats.reserved <= 200, "{stats}");
            pool.trim();
            let stats = pool.stats();
            assert_eq!((tally.dropped(), stats.retained, stats.reserved), (200, 0, 0), "{nth}");
            fill(&pool, 10);
            assert_eq!(pool.stats().retained, 10);
        });
    }
}

#[test]
fn a_drop_that_panics_in_shrink_to_frees_its_room() {
    with_each_storage(|tally, builder| {
        let pool = builder.max_retained(100).build();
        fill(&pool, 100);
        tally.panic_in_drop(2);
        assert_eq!(message(catch_unwind(|| pool.shrink_to(10))), "drop panics");
        assert_eq!(pool.stats().retained, tally.alive());
        pool.shrink_to(10);
        assert!(pool.stats().retained <= 10 && tally.alive() == pool.stats().retained);
        fill(&pool, 100);
        assert_eq!((pool.stats().retained, tally.alive()), (100, 100));
    });
}

#[test]
fn a_drop_that_panics_with_the_pool_takes_no_other_object_with_it() {
    for nth in [1, 2, 3, 4, 5, 60, 70, 130, 199, 200] {
        with_each_storage(|tally, builder| {
            let pool = builder.build();
            pool.prefill(100);
            fill(&pool, 200);
            // Another thread leaves some, and one keeps some that are not in the queue.
            thread::scope(|scope| scope.spawn(|| fill(&pool, 5)).join().expect("nothing panics"));
            let made = tally.made();
            tally.panic_in_drop(nth);
            assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(pool)))), "drop panics");
            assert_eq!((tally.dropped(), tally.alive()), (made, 0), "{nth}");
        });
    }
}

#[test]
fn a_drop_that_panics_with_the_last_object_out_takes_no_other_with_it() {
    with_each_storage(|tally, builder| {
        let pool = builder.build();
        fill(&pool, 20);
        let last = pool.get_owned();
        drop(pool);
        tally.panic_in_drop(3);
        assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(last)))), "drop panics");
    });
}

#[test]
fn a_refused_object_whose_drop_panics_is_gone() {
    with_each_storage(|tally, builder| {
        let pool = builder.max_retained(0).build();
        let objects = [pool.get(), pool.get(), pool.get()];
        tally.panic_in_drop(2);
        assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(objects)))), "drop panics");
        let stats = pool.stats();
        assert_eq!((stats.discards, stats.outstanding, tally.alive()), (3, 0, 0));
        // A detached one is nobody's business but the caller's.
        let detached = Object::detach(pool.get());
        tally.panic_in_drop(1);
        assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(detached)))), "drop panics");
    });
}

#[test]
fn a_drop_that_panics_after_a_trim_of_another_thread_loses_no_object() {
    within(LIMIT, || {
        with_each_storage(|tally, builder| {
            // Two threads keep two objects each, which is all that may be kept.
            let pool = builder.max_retained(4).build();
            let barrier = Barrier::new(2);
            thread::scope(|scope| {
                let other = scope.spawn(|| {
                    let held = [pool.get(), pool.get(), pool.get()];
                    let [first, second, last] = held;
                    drop((first, second));
                    barrier.wait();
                    barrier.wait();
                    // What is kept here goes because of the trim, and there is no room for what comes.
                    tally.panic_in_drop(1);
                    let caught = catch_unwind(AssertUnwindSafe(|| drop(last)));
                    assert_eq!(message(caught), "drop panics");
                    barrier.wait();
                });
                barrier.wait();
                fill(&pool, 2);
                pool.trim();
                fill(&pool, 2);
                assert_eq!(pool.stats().reserved, 4);
                barrier.wait();
                barrier.wait();
                let stats = pool.stats();
                assert_eq!((stats.outstanding, stats.retained), (0, tally.alive()), "{stats}");
                other.join().expect("nothing panics");
            });
        });
    });
}

#[test]
fn a_drop_that_panics_when_a_thread_exits_takes_no_other_object_with_it() {
    for nth in [1, 2, 3, 4] {
        with_each_storage(|tally, builder| {
            let pool = builder.max_retained(100).build();
            let barrier = Barrier::new(2);
            thread::scope(|scope| {
                let other = scope.spawn(|| {
                    drop([pool.get(), pool.get(), pool.get(), pool.get()]);
                    barrier.wait();
                    // The pool is trimmed, so that what this thread keeps is dropped when it exits.
                    barrier.wait();
                    tally.panic_in_drop(nth);
                });
                barrier.wait();
                assert_eq!(pool.stats().retained, 4);
                pool.trim();
                barrier.wait();
                other.join().expect("the panic goes no further than the thread's end");
            });
            let stats = pool.stats();
            assert_eq!((stats.outstanding, stats.retained), (0, 0), "{nth}: {stats}");
            assert_eq!((stats.reserved, tally.alive()), (0, 0), "{nth}: {stats}");
            tally.panic_in_drop(0);
            // The caches of the thread that is gone serve the next one.
            thread::scope(|scope| scope.spawn(|| fill(&pool, 6)).join().expect("nothing panics"));
            assert_eq!((pool.stats().outstanding, pool.stats().retained), (0, tally.alive()));
        });
    }
}

/// An object of which the first field panics when it is dropped, if the second says so.
struct Fields {
    _first: Bomb,
    _second: Counted,
}

struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(self.0.fetch_add(1, SeqCst) != 1, "the second panics");
    }
}

impl Recycle for Fields {
    fn recycle(&mut self) {}
}

#[test]
fn the_fields_after_one_that_panics_are_dropped() {
    let tally = Tally::new();
    let drops = Arc::new(AtomicUsize::new(0));
    let making = (Arc::clone(&drops), Arc::clone(&tally));
    let pool =
        ObjectPool::new(move || Fields { _first: Bomb(Arc::clone(&making.0)), _second: making.1.make() });
    drop([pool.get(), pool.get(), pool.get()]);
    assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(pool)))), "the second panics");
    assert_eq!((drops.load(SeqCst), tally.alive()), (3, 0));
}

/// Counts that it is dropped, then panics with a payload that panics when it is dropped.
struct Trouble(Arc<AtomicUsize>);

impl Drop for Trouble {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        panic_with_trouble();
    }
}

impl Recycle for Trouble {
    fn recycle(&mut self) {}
}

/// A pool, and how many of its objects were dropped.
fn pool_of_trouble() -> (ObjectPool<Trouble>, Arc<AtomicUsize>) {
    let drops = Arc::new(AtomicUsize::new(0));
    let of_pool = Arc::clone(&drops);
    (ObjectPool::new(move || Trouble(Arc::clone(&of_pool))), drops)
}

#[test]
fn the_payloads_of_panics_take_no_object_with_them() {
    let (pool, drops) = pool_of_trouble();
    pool.prefill(100);
    drop([pool.get(), pool.get(), pool.get()]);
    panics_with_trouble(|| _ = pool.trim());
    let stats = pool.stats();
    assert_eq!((drops.load(SeqCst), stats.retained, stats.reserved), (100, 0, 0), "{stats}");
    pool.prefill(100);
    panics_with_trouble(|| drop(pool));
    assert_eq!(drops.load(SeqCst), 200);
}

#[test]
fn a_thread_that_exits_survives_the_payloads_of_panics() {
    let (pool, drops) = pool_of_trouble();
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            drop([pool.get(), pool.get(), pool.get()]);
            barrier.wait();
            // The pool is trimmed, so that what this thread keeps is dropped when it exits.
            barrier.wait();
        });
        barrier.wait();
        pool.trim();
        barrier.wait();
        other.join().expect("the panics go no further than the thread's end");
    });
    assert_eq!((drops.load(SeqCst), pool.stats().retained), (3, 0));
}

/// Takes objects from the pool that it belongs to when it is recycled, then panics.
struct Greedy(Option<ObjectPool<Greedy>>);

impl Recycle for Greedy {
    fn recycle(&mut self) {
        if let Some(pool) = self.0.take() {
            drop([pool.get(), pool.get(), pool.get()]);
            panic!("enough");
        }
    }
}

#[test]
fn a_recycling_may_use_its_pool_and_panic_then() {
    let pool = ObjectPool::new(|| Greedy(None));
    for round in 1..=5 {
        let mut object = pool.get();
        object.0 = Some(pool.clone());
        assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(object)))), "enough");
        let stats = pool.stats();
        assert_eq!((stats.discards, stats.outstanding), (round, 0));
        assert!((2..=3).contains(&stats.retained), "{stats}");
    }
}
