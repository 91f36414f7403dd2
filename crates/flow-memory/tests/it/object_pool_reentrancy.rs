//! Code of a user that uses pools in the middle of an operation of a pool: in `make`, in `recycle`, and in a drop.

use std::{
    cell::Cell,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flow_memory::{Object, ObjectPool, PooledObject, Recycle};
use flow_testkit::within;

use crate::counted::LIMIT;

/// How deep calls nest.
const DEPTH: usize = 2;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

/// Objects that there are, and calls of what a user writes.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
static MADE: AtomicUsize = AtomicUsize::new(0);
static RECYCLED: AtomicUsize = AtomicUsize::new(0);
static DROPPED: AtomicUsize = AtomicUsize::new(0);

/// Pools that objects can reach: the one that they are of, or another one.
static POOLS: LazyLock<[ObjectPool<Meddler>; 2]> = LazyLock::new(|| {
    let pool = || ObjectPool::builder(Meddler::new).max_retained(20).thread_cache(8).build();
    [pool(), pool()]
});

struct Meddler;

impl Meddler {
    fn new() -> Self {
        MADE.fetch_add(1, SeqCst);
        meddle();
        ALIVE.fetch_add(1, SeqCst);
        Self
    }
}

impl Recycle for Meddler {
    fn recycle(&mut self) {
        RECYCLED.fetch_add(1, SeqCst);
        meddle();
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, SeqCst);
        meddle();
        ALIVE.fetch_sub(1, SeqCst);
    }
}

/// Calls every method of both pools, unless this is deep enough.
fn meddle() {
    if CALLS.get() == DEPTH {
        return;
    }
    CALLS.set(CALLS.get() + 1);
    for pool in &*POOLS {
        use_all(pool);
    }
    CALLS.set(CALLS.get() - 1);
}

fn use_all(pool: &ObjectPool<Meddler>) {
    let first = pool.get();
    let second = pool.try_get().expect("there is memory");
    let owned = pool.get_owned();
    drop(PooledObject::into_owned(first));
    drop(Object::detach(second));
    assert_eq!(Object::pool(&owned).max_retained(), 20);
    pool.prefill(1);
    pool.shrink_to(3);
    drop(owned);
    let stats = pool.clone().stats();
    assert!(stats.retained <= stats.max_retained, "{stats}");
    assert!(!format!("{pool:?} {stats}").is_empty());
    pool.trim();
}

#[test]
fn every_method_may_be_called_from_make_recycle_and_drop() {
    within(LIMIT, || {
        use_all(&POOLS[0]);
        // A thread that exits with objects in its caches, and one that is trimmed by another.
        let threads: Vec<_> = (0..3)
            .map(|_| {
                thread::spawn(|| {
                    let objects: Vec<_> = (0..4).map(|_| POOLS[1].get()).collect();
                    drop(objects);
                    use_all(&POOLS[0]);
                    drop((POOLS[0].get(), POOLS[1].get()));
                })
            })
            .collect();
        for thread in threads {
            thread.join().expect("nothing panics");
        }
        CALLS.set(DEPTH);
        for pool in &*POOLS {
            let stats = pool.stats();
            assert_eq!(stats.outstanding, 0, "{stats}");
        }
        let kept: usize = POOLS.iter().map(|pool| pool.stats().retained).sum();
        assert_eq!(ALIVE.load(SeqCst), kept);
        for calls in [&MADE, &RECYCLED, &DROPPED] {
            assert!(calls.load(SeqCst) > 10);
        }
    });
}

/// Keeps the last object of a pool that is dropped in the middle of an operation of another pool.
struct Holder {
    held: Option<ObjectPool<Vec<u8>>>,
}

impl Recycle for Holder {
    fn recycle(&mut self) {
        if let Some(pool) = self.held.take() {
            drop([pool.get(), pool.get()]);
        }
    }
}

#[test]
fn a_pool_may_be_dropped_in_the_middle_of_another_one() {
    within(LIMIT, || {
        let pool = ObjectPool::new(|| Holder { held: None });
        for _ in 0..100 {
            let mut objects = [pool.get(), pool.get(), pool.get()];
            for object in &mut objects {
                object.held = Some(ObjectPool::new(|| vec![0; 100]));
            }
        }
        // In drops of objects, too.
        let mut last = Object::detach(pool.get());
        last.held = Some(ObjectPool::new(|| vec![0; 100]));
        drop(last);
        assert_eq!((pool.stats().outstanding, pool.stats().retained), (0, 2));
    });
}

/// A chain of pools, each of which is kept by an object that the one before keeps.
struct Link {
    _next: Option<ObjectPool<Link>>,
}

impl Recycle for Link {
    fn recycle(&mut self) {}
}

#[test]
fn pools_in_pools_are_dropped_with_the_first_one() {
    static LINKS: AtomicUsize = AtomicUsize::new(0);
    struct Counting(Link);
    impl Drop for Counting {
        fn drop(&mut self) {
            LINKS.fetch_sub(1, SeqCst);
        }
    }
    impl Recycle for Counting {
        fn recycle(&mut self) {
            self.0.recycle();
        }
    }
    fn chain(depth: usize) -> ObjectPool<Counting> {
        let pool = ObjectPool::new(move || {
            LINKS.fetch_add(1, SeqCst);
            let next = (depth != 0).then(|| {
                let next = chain(depth - 1);
                drop(next.get());
                ObjectPool::new(move || {
                    let _kept = &next;
                    Link { _next: None }
                })
            });
            Counting(Link { _next: next })
        });
        drop(pool.get());
        pool
    }
    within(LIMIT, || {
        let pool = chain(20);
        assert_eq!(LINKS.load(SeqCst), 21);
        drop(pool);
        assert_eq!(LINKS.load(SeqCst), 0);
    });
}
