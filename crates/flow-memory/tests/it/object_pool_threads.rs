//! Object pools and threads: many at once, producers and consumers, threads that end, and pools that end before them.

use std::{
    cell::{Cell, RefCell},
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
};

use flow_memory::{Object, ObjectPool, OwnedObject, Recycle};
use flow_testkit::{on_threads, within};

use crate::counted::{Counted, LIMIT, Tally};

/// Fewer rounds where a checker watches each access.
const fn scaled(rounds: usize) -> usize {
    if cfg!(flow_sanitize) { rounds / 20 } else { rounds }
}

/// An object that knows whether somebody has it.
struct Owned {
    taken: AtomicBool,
    /// Not atomic: two threads at once would race on it.
    writes: usize,
    _counted: Counted,
}

impl Owned {
    fn take(&mut self) {
        assert!(!self.taken.swap(true, SeqCst), "somebody else has it");
        self.writes += 1;
    }
}

impl Recycle for Owned {
    fn recycle(&mut self) {
        assert!(self.taken.swap(false, SeqCst), "it comes back twice");
    }
}

fn owned_pool(tally: &Arc<Tally>, most: usize) -> ObjectPool<Owned> {
    let tally = Arc::clone(tally);
    let make = move || Owned { taken: AtomicBool::new(false), writes: 0, _counted: tally.make() };
    ObjectPool::builder(make).max_retained(most).build()
}

#[test]
fn an_object_has_one_user_at_a_time() {
    for (threads, most) in [(2, 1000), (4, 1000), (4, 20), (8, 3)] {
        let tally = Tally::new();
        let pool = owned_pool(&tally, most);
        on_threads(threads, |thread| {
            let mut held = Vec::new();
            for round in 0..scaled(20_000) {
                let mut object = pool.get();
                object.take();
                held.push(object);
                if held.len() > (round * (thread + 7)) % 13 {
                    held.clear();
                }
            }
        });
        let stats = pool.stats();
        assert_eq!((stats.outstanding, stats.retained), (0, tally.alive()), "{stats}");
        assert_eq!(stats.hits + stats.misses, (threads * scaled(20_000)) as u64);
        assert_eq!(stats.hits + stats.misses, stats.returns + stats.discards);
        assert!(stats.retained <= most);
        drop(pool);
        assert_eq!(tally.alive(), 0);
    }
}

#[test]
fn objects_pass_from_hand_to_hand() {
    within(LIMIT, || {
        const THREADS: usize = 4;
        let tally = Tally::new();
        let pool = owned_pool(&tally, 100);
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..THREADS).map(|_| mpsc::channel::<OwnedObject<Owned>>()).unzip();
        let barrier = Barrier::new(THREADS);
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for (thread, receiver) in receivers.into_iter().enumerate() {
                let next = senders[(thread + 1) % THREADS].clone();
                let (pool, barrier) = (&pool, &barrier);
                threads.push(scope.spawn(move || {
                    barrier.wait();
                    for _ in 0..scaled(5000) {
                        let mut object = pool.get_owned();
                        object.take();
                        next.send(object).expect("the next one listens");
                        // What this one gets, the one before took.
                        drop(receiver.recv().expect("the one before sends"));
                    }
                }));
            }
            drop(senders);
            // A scope alone does not wait for what threads do when they exit.
            threads.into_iter().for_each(|thread| thread.join().expect("nothing panics"));
        });
        let stats = pool.stats();
        assert_eq!((stats.outstanding, stats.retained), (0, tally.alive()), "{stats}");
        drop(pool);
        assert_eq!(tally.alive(), 0);
    });
}

#[test]
fn what_one_thread_takes_and_another_drops_is_made_once() {
    const AT_ONCE: usize = 16;
    const MOST: usize = 1000;
    let tally = Tally::new();
    let pool = owned_pool(&tally, MOST);
    let (sender, receiver) = mpsc::sync_channel::<OwnedObject<Owned>>(AT_ONCE);
    thread::scope(|scope| {
        let producing = &pool;
        let producer = scope.spawn(move || {
            for _ in 0..scaled(200_000) {
                let mut object = producing.get_owned();
                object.take();
                sender.send(object).expect("the consumer listens");
            }
        });
        for object in receiver {
            drop(object);
        }
        producer.join().expect("nothing panics");
    });
    let stats = pool.stats();
    // What is on the way, and what fills the consumer's magazines before the first goes back.
    assert!(tally.made() <= AT_ONCE + 2 + 3 * 64, "{stats}");
    assert_eq!((stats.outstanding, stats.retained), (0, tally.made()), "{stats}");
    assert_eq!(stats.returns, scaled(200_000) as u64);
}

#[test]
fn a_small_bound_holds_between_producer_and_consumer() {
    const MOST: usize = 10;
    let tally = Tally::new();
    let pool = owned_pool(&tally, MOST);
    let (sender, receiver) = mpsc::sync_channel::<OwnedObject<Owned>>(100);
    thread::scope(|scope| {
        let producing = &pool;
        let producer = scope.spawn(move || {
            for _ in 0..scaled(20_000) {
                sender.send(producing.get_owned()).expect("the consumer listens");
            }
        });
        for (i, mut object) in receiver.into_iter().enumerate() {
            object.take();
            drop(object);
            if i % 100 == 0 {
                assert!(pool.stats().reserved <= MOST);
            }
        }
        producer.join().expect("nothing panics");
    });
    let stats = pool.stats();
    assert_eq!((stats.outstanding, stats.retained), (0, tally.alive()), "{stats}");
    assert!(stats.retained <= MOST);
}

#[test]
fn a_thread_that_exits_leaves_its_objects_to_all() {
    let tally = Tally::new();
    let pool = tally.pool();
    for round in 0..scaled(1000) {
        thread::scope(|scope| {
            let use_some = || drop((0..round % 7 + 1).map(|_| pool.get()).collect::<Vec<_>>());
            scope.spawn(use_some).join().expect("nothing panics");
        });
    }
    // As many as the greediest took, and nothing is charged for threads that are gone.
    let stats = pool.stats();
    assert_eq!((tally.made(), stats.retained, stats.reserved), (7, 7, 7));
    let objects: Vec<_> = (0..7).map(|_| pool.get()).collect();
    assert_eq!((tally.made(), objects.len()), (7, 7));
}

#[test]
fn more_threads_than_have_a_place_of_their_own() {
    within(LIMIT, || {
        const THREADS: usize = 100;
        let tally = Tally::new();
        let pool = owned_pool(&tally, 10_000);
        let barrier = Barrier::new(THREADS);
        on_threads(THREADS, |_| {
            for _ in 0..scaled(400) {
                let mut objects = [pool.get(), pool.get()];
                objects.iter_mut().for_each(|object| object.take());
            }
            barrier.wait();
            // All at once, so that each has caches of its own.
            let mut last = pool.get();
            last.take();
            barrier.wait();
        });
        let stats = pool.stats();
        assert_eq!((stats.outstanding, stats.retained), (0, tally.alive()), "{stats}");
        assert!(tally.made() <= 2 * THREADS, "{stats}");
        assert!(stats.misses <= 2 * THREADS as u64, "{stats}");
        drop(pool);
        assert_eq!(tally.alive(), 0);
    });
}

#[test]
fn statistics_are_read_while_others_work() {
    let tally = Tally::new();
    let pool = owned_pool(&tally, 30);
    let working = AtomicUsize::new(3);
    on_threads(4, |thread| {
        if thread == 0 {
            let mut last = pool.stats();
            while working.load(SeqCst) != 0 {
                let stats = pool.stats();
                assert!(stats.retained <= 30 && stats.reserved <= 30, "{stats}");
                assert!(last.hits <= stats.hits && last.misses <= stats.misses, "{last}, then {stats}");
                assert!(last.returns <= stats.returns && last.discards <= stats.discards);
                last = stats;
            }
        } else {
            for round in 0..scaled(5000) {
                drop(
                    (0..round % 20)
                        .map(|_| pool.get())
                        .map(|mut it| {
                            it.take();
                            it
                        })
                        .collect::<Vec<_>>(),
                );
            }
            working.fetch_sub(1, SeqCst);
        }
    });
    assert_eq!(pool.stats().outstanding, 0);
}

/// What is done when a thread's locals are dropped.
struct AtExit {
    pool: ObjectPool<Counted>,
    held: Option<OwnedObject<Counted>>,
}

impl Drop for AtExit {
    fn drop(&mut self) {
        drop(self.held.take());
        for _ in 0..20 {
            let (mut first, second) = (self.pool.get(), self.pool.get_owned());
            assert!(first.text.is_empty() && second.text.is_empty());
            first.text.push_str("late");
            drop(Object::detach(second));
        }
        self.pool.prefill(2);
        self.pool.shrink_to(1);
        assert!(self.pool.stats().retained <= self.pool.max_retained());
    }
}

#[test]
fn destructors_of_thread_locals_use_pools() {
    thread_local! {
        static OLDER: RefCell<Option<AtExit>> = const { RefCell::new(None) };
        static YOUNGER: RefCell<Option<AtExit>> = const { RefCell::new(None) };
    }
    let (tally, other_tally) = (Tally::new(), Tally::new());
    let (pool, other) = (tally.builder().max_retained(50).build(), other_tally.pool());
    for round in 0..scaled(200) {
        on_threads(2, |_| {
            let at_exit = |pool: &ObjectPool<Counted>| {
                Some(AtExit { pool: pool.clone(), held: (round % 4 == 0).then(|| pool.get_owned()) })
            };
            // Registered before and after the thread's first use of a pool, and dropped the other way round: one after
            // the thread has given its number back, one before.
            OLDER.set(at_exit(&pool));
            if round % 2 == 0 {
                drop(pool.get());
            }
            YOUNGER.set(at_exit(if round % 3 == 0 { &other } else { &pool }));
        });
    }
    for (pool, tally) in [(pool, tally), (other, other_tally)] {
        let stats = pool.stats();
        assert_eq!((stats.outstanding, stats.retained), (0, tally.alive()), "{stats}");
        drop(pool);
        assert_eq!(tally.alive(), 0);
    }
}

#[test]
fn the_last_handle_may_be_in_a_thread_local() {
    thread_local! {
        static LAST: RefCell<Option<ObjectPool<Counted>>> = const { RefCell::new(None) };
        static HELD: RefCell<Option<OwnedObject<Counted>>> = const { RefCell::new(None) };
    }
    for early in [true, false] {
        let tally = Tally::new();
        thread::scope(|scope| {
            let work = || {
                let pool = tally.pool();
                if early {
                    LAST.set(Some(pool.clone()));
                }
                drop([pool.get(), pool.get(), pool.get()]);
                HELD.set(Some(pool.get_owned()));
                if !early {
                    LAST.set(Some(pool));
                }
            };
            scope.spawn(work).join().expect("nothing panics");
        });
        assert_eq!((tally.alive(), tally.made()), (0, 3));
    }
}

#[test]
fn a_pool_may_be_dropped_while_threads_still_have_caches_of_it() {
    within(LIMIT, || {
        for _ in 0..scaled(100) {
            let tally = Tally::new();
            let pool = tally.pool();
            let barrier = Barrier::new(4);
            let slot = std::sync::Mutex::new(Some(pool));
            on_threads(4, |thread| {
                let mine = slot.lock().expect("nothing panics").clone().expect("not taken as yet");
                drop((0..10).map(|_| mine.get()).collect::<Vec<_>>());
                drop(mine);
                barrier.wait();
                if thread == 0 {
                    // The last handle, while the caches of all four hold objects.
                    drop(slot.lock().expect("nothing panics").take());
                    assert_eq!(tally.alive(), 0);
                }
                barrier.wait();
                // A new pool may be where the old one was, and must not be taken for it.
                let other = Tally::new();
                drop(other.pool().get());
                assert_eq!((other.made(), other.alive()), (1, 0));
            });
        }
    });
}

#[test]
fn the_last_handle_may_go_while_threads_exit() {
    for _ in 0..scaled(500) {
        let tally = Tally::new();
        let pool = tally.pool();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let pool = pool.clone();
                thread::spawn(move || drop([pool.get(), pool.get()]))
            })
            .collect();
        drop(pool);
        for thread in threads {
            thread.join().expect("nothing panics");
        }
        assert_eq!(tally.alive(), 0);
    }
}

#[test]
fn many_pools_on_one_thread_are_kept_apart() {
    let tallies: Vec<_> = (0..50).map(|_| Tally::new()).collect();
    let pools: Vec<_> = tallies.iter().map(Tally::pool).collect();
    on_threads(2, |_| {
        for round in 0..scaled(2000) {
            let pool = &pools[round % pools.len()];
            let (first, second) = (pool.get(), pools[round * 7 % pools.len()].get());
            drop(first);
            drop(second);
        }
    });
    for (pool, tally) in pools.into_iter().zip(tallies) {
        assert_eq!(pool.stats().retained, tally.alive());
        assert!(tally.made() <= 4);
        drop(pool);
        assert_eq!(tally.alive(), 0);
    }
}

/// May be sent, but not shared: a plain count.
struct Alone {
    uses: Cell<usize>,
}

impl Recycle for Alone {
    fn recycle(&mut self) {
        self.uses.set(self.uses.get() + 1);
    }
}

#[test]
fn objects_that_must_not_be_shared_go_from_thread_to_thread() {
    let pool = ObjectPool::new(|| Alone { uses: Cell::new(0) });
    on_threads(4, |_| {
        for _ in 0..scaled(10_000) {
            let object = pool.get();
            object.uses.set(object.uses.get() + 1);
        }
    });
    // All uses are counted, so that each was seen by the next.
    let kept = pool.stats().retained;
    let uses: usize = (0..kept).map(|_| Object::detach(pool.get()).uses.get()).sum();
    assert_eq!(uses, 2 * 4 * scaled(10_000));
    assert_eq!(pool.stats().retained, 0);
}
