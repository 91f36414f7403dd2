//! loom models of a pool: items that go from thread to thread through the depot, caches that are given back when a thread
//! exits, the end of a pool, and trims.
//!
//! The number of a thread is in a static that loom does not know, so that the models borrow caches as
//! `RawPool::attach` does. What is written to an item is in a cell of loom's: it fails if two have an item at once, or
//! one does not see what the other wrote. The queue of the depot is a stand-in: see `sync.rs`.

use std::ptr::NonNull;

use flow_arena::internal::FirstPanic;
use loom::{
    cell::UnsafeCell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use super::{
    cache::Cache,
    magazine::{Item, Magazine, ROUNDS},
    pool::{RawPool, Refused},
    storage::Storage,
};

/// An item is a box with how often it was handed out.
type Uses = UnsafeCell<usize>;

/// Counts what it made and disposed of.
#[derive(Debug, Default)]
struct Boxes {
    made: AtomicUsize,
    disposed: Arc<AtomicUsize>,
}

// SAFETY: boxes may be sent, and `dispose` frees them.
unsafe impl Storage for Boxes {
    unsafe fn dispose(&self, _class: usize, item: Item) {
        // SAFETY: made in `make`.
        let uses = unsafe { Box::from_raw(item.cast::<Uses>().as_ptr()) };
        uses.with_mut(|_| ());
        self.disposed.fetch_add(1, Relaxed);
    }
}

type Pool = RawPool<Boxes>;

const CLASS: usize = 0;

fn pool(limit: usize) -> Arc<Pool> {
    Arc::new(RawPool::new(Boxes::default(), [(1, ROUNDS)].into_iter(), limit))
}

/// A pointer to caches that may be sent to the thread that owns them.
struct Caches(NonNull<Cache>);

// SAFETY: caches may be sent.
unsafe impl Send for Caches {}

impl Caches {
    fn borrow(pool: &Pool) -> Self {
        Self(pool.borrow_caches().expect("memory"))
    }

    fn give_back(self, pool: &Pool) {
        // SAFETY: borrowed from this pool.
        unsafe { pool.give_back_caches(self.0) };
    }

    /// An item that this thread has to itself.
    fn get(&self, pool: &Pool) -> Item {
        // SAFETY: ours.
        let item = unsafe { pool.get_in(self.0, CLASS) }.unwrap_or_else(|| {
            pool.storage().made.fetch_add(1, Relaxed);
            NonNull::from(Box::leak(Box::new(Uses::new(0)))).cast()
        });
        use_item(item);
        item
    }

    /// As `RawPool::put`, its slow path included. Whether the item was kept.
    fn put(&self, pool: &Pool, item: Item) -> bool {
        use_item(item);
        // SAFETY: ours.
        if unsafe { pool.cache(self.0, CLASS).push(item) }.is_ok() {
            return true;
        }
        // SAFETY: ours.
        let (trimmed, kept) = unsafe { (pool.heed_trim(self.0, CLASS), pool.put_in(self.0, CLASS, item)) };
        let mut panic = FirstPanic::default();
        trimmed.into_iter().flatten().for_each(|magazine| pool.dispose(CLASS, magazine, &mut panic));
        if let Err(Refused::Budget(item) | Refused::Room(item)) = kept {
            // SAFETY: the pool did not keep it.
            unsafe { pool.storage().dispose(CLASS, item) };
            return false;
        }
        true
    }
}

fn use_item(item: Item) {
    // SAFETY: made in `get`, and ours.
    unsafe { item.cast::<Uses>().as_ref() }.with_mut(|uses| {
        // SAFETY: loom checks that nobody else is here.
        unsafe { *uses += 1 };
    });
}

/// Two threads take and put, one more than two magazines hold, so that full ones go to the depot and empty ones come
/// back.
#[test]
fn loom_items_go_through_the_depot() {
    loom::model(|| {
        let pool = pool(100);
        let items = 2 * ROUNDS + 1;
        let producer = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                let caches = Caches::borrow(&pool);
                let taken: Vec<_> = (0..items).map(|_| caches.get(&pool)).collect();
                for item in taken {
                    assert!(caches.put(&pool, item));
                }
            })
        };
        let caches = Caches::borrow(&pool);
        let taken: Vec<_> = (0..ROUNDS + 1).map(|_| caches.get(&pool)).collect();
        for item in taken {
            assert!(caches.put(&pool, item));
        }
        producer.join().expect("no panic");
        let disposed = Arc::clone(&pool.storage().disposed);
        let made = pool.storage().made.load(Relaxed);
        assert_eq!(pool.counts()[CLASS].retained, made);
        assert!(pool.charged() >= made, "kept, but not paid for");
        drop(pool);
        assert_eq!(disposed.load(Relaxed), made);
    });
}

/// What an exiting thread kept is found by the next one, also if that takes its caches over at the same time.
#[test]
fn loom_a_thread_exits_while_another_begins() {
    loom::model(|| {
        let pool = pool(100);
        let first = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                let caches = Caches::borrow(&pool);
                let item = caches.get(&pool);
                assert!(caches.put(&pool, item));
                caches.give_back(&pool);
            })
        };
        let caches = Caches::borrow(&pool);
        let item = caches.get(&pool);
        assert!(caches.put(&pool, item));
        caches.give_back(&pool);
        first.join().expect("no panic");
        let made = pool.storage().made.load(Relaxed);
        assert_eq!((pool.counts()[CLASS].retained, pool.charged()), (made, made));
        // All of it is within reach of a thread that begins now.
        let caches = Caches::borrow(&pool);
        let taken: Vec<_> = (0..made).map(|_| caches.get(&pool)).collect();
        assert_eq!(pool.storage().made.load(Relaxed), made);
        for item in taken {
            assert!(caches.put(&pool, item));
        }
    });
}

/// Whoever has the pool last disposes of all items, those of the other thread's caches too.
#[test]
fn loom_the_last_one_drops_the_pool() {
    loom::model(|| {
        let pool = pool(100);
        let disposed = Arc::clone(&pool.storage().disposed);
        let other = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                let caches = Caches::borrow(&pool);
                let item = caches.get(&pool);
                assert!(caches.put(&pool, item));
                // As `AtExit` does, with a pool that is upgraded from a weak pointer.
                caches.give_back(&pool);
            })
        };
        let caches = Caches::borrow(&pool);
        let items = [caches.get(&pool), caches.get(&pool)];
        for item in items {
            assert!(caches.put(&pool, item));
        }
        drop(pool);
        other.join().expect("no panic");
        // Either thread may have taken what the other gave back.
        assert!((2..=3).contains(&disposed.load(Relaxed)));
    });
}

/// Two threads keep items of which only one fits the budget. What is kept is charged, and never too much.
#[test]
fn loom_the_budget_holds() {
    loom::model(|| {
        const LIMIT: usize = 1;
        let pool = pool(LIMIT);
        let keep = |pool: &Pool| {
            let caches = Caches::borrow(pool);
            let item = caches.get(pool);
            let kept = caches.put(pool, item);
            assert!(pool.charged() <= LIMIT);
            caches.give_back(pool);
            kept
        };
        let other = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || keep(&pool))
        };
        let kept = [keep(&pool), other.join().expect("no panic")];
        assert!(kept.contains(&true));
        assert_eq!((pool.counts()[CLASS].retained, pool.charged()), (1, 1));
    });
}

/// A trim that comes while the owner of a cache renews its limit is not lost: the next item takes the slow path.
#[test]
fn loom_a_trim_is_not_lost() {
    loom::model(|| {
        let pool = pool(100);
        let caches = Caches::borrow(&pool);
        let first = caches.get(&pool);
        let second = caches.get(&pool);
        assert!(caches.put(&pool, first));
        let other = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.ask_all_to_trim())
        };
        // Takes the slow path, and renews the limit.
        caches.put(&pool, second);
        other.join().expect("no panic");
        // One of the two learns of the trim.
        let third = caches.get(&pool);
        caches.put(&pool, third);
        assert_ne!(pool.storage().disposed.load(Relaxed), 0);
    });
}

/// An empty magazine that goes to and fro.
#[test]
fn loom_magazines_are_used_again() {
    loom::model(|| {
        let pool = pool(100);
        let other = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.keep_empty(Magazine::try_new().expect("memory")))
        };
        let caches = Caches::borrow(&pool);
        let item = caches.get(&pool);
        assert!(caches.put(&pool, item));
        caches.give_back(&pool);
        other.join().expect("no panic");
    });
}
