//! Threads that come, go, end in the middle, and allocate when they are nearly gone.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use flow_arena::Arena;
use flow_testkit::{is_alone, on_threads};

use crate::arena_ops::check_stats;

#[test]
fn short_threads_share_the_lanes_of_the_most_that_lived_at_once() {
    // Other tests of a process hold numbers of threads, too.
    if !is_alone("arena_threads::short_threads_share_the_lanes_of_the_most_that_lived_at_once") {
        return;
    }
    const THREADS: usize = 10_000;
    const AT_ONCE: usize = 4;
    let arena = Arena::with_block_size(4096);
    for _ in 0..THREADS / AT_ONCE {
        on_threads(AT_ONCE, |thread| arena.alloc(thread + 1)[0] = 1);
    }
    let stats = arena.stats();
    assert_eq!(stats.allocations, THREADS);
    // A thread gives its number back a moment after others see that it has ended.
    assert!(stats.lanes <= 4 * AT_ONCE, "{stats}");
    assert!(stats.blocks <= stats.lanes + THREADS * 16 / 4000, "{stats}");
}

#[test]
fn what_a_dead_thread_allocated_stays() {
    let arena = Arena::with_block_size(1024);
    let texts: Vec<&str> = thread::scope(|scope| {
        let spawn = |i| {
            let arena = &arena;
            scope.spawn(move || &*arena.alloc_fmt(format_args!("thread {i}"))).join().unwrap()
        };
        (0..100).map(spawn).collect()
    });
    for (i, text) in texts.iter().enumerate() {
        assert_eq!(*text, format!("thread {i}"));
    }
}

#[test]
fn a_thread_that_panics_leaves_the_arena_usable() {
    let arena = Arena::new();
    thread::scope(|scope| {
        let ended = scope.spawn(|| {
            arena.alloc(10);
            panic!("the thread ends");
        });
        assert!(ended.join().is_err());
    });
    arena.alloc(10);
    assert_eq!(arena.stats().allocations, 2);
}

#[test]
fn statistics_can_be_read_while_others_allocate() {
    let arena = Arena::with_block_size(1024);
    let reads = AtomicUsize::new(0);
    on_threads(3, |thread| {
        if thread == 0 {
            let mut last = 0;
            while reads.fetch_add(1, Ordering::Relaxed) < 1000 {
                let allocations = arena.stats().allocations;
                assert!(last <= allocations);
                last = allocations;
            }
        } else {
            for i in 0.. {
                arena.alloc(i % 50);
                if 1000 < reads.load(Ordering::Relaxed) {
                    break;
                }
            }
        }
    });
    check_stats(&arena.stats()).unwrap();
}

/// Allocates, and notes what it got, when its thread's locals are dropped.
struct AtExit {
    arena: Arc<Arena>,
    text: String,
}

impl Drop for AtExit {
    fn drop(&mut self) {
        for _ in 0..100 {
            assert_eq!(*self.arena.alloc_str(&self.text), *self.text);
            assert_eq!(*self.arena.lane().alloc_str(&self.text), *self.text);
        }
    }
}

#[test]
fn allocating_in_the_destructor_of_a_thread_local_works() {
    thread_local! {
        static OLDER: RefCell<Option<AtExit>> = const { RefCell::new(None) };
        static YOUNGER: RefCell<Option<AtExit>> = const { RefCell::new(None) };
    }
    let arena = Arc::new(Arena::new());
    let other = Arc::new(Arena::new());
    for round in 0..50 {
        on_threads(2, |thread| {
            let at_exit = |text: &str, arena: &Arc<Arena>| {
                Some(AtExit { arena: Arc::clone(arena), text: format!("{text} {round} {thread}") })
            };
            // Registered before and after the thread's first allocation, and dropped the other way round: one after the
            // thread gave its number back, one before.
            OLDER.set(at_exit("older", &arena));
            if round % 2 == 0 {
                arena.alloc_str("now");
            }
            YOUNGER.set(at_exit("younger", if round % 3 == 0 { &other } else { &arena }));
        });
    }
    let (here, there) = (arena.stats(), other.stats());
    assert_eq!(here.allocations + there.allocations, 50 * 2 * 2 * 200 + 25 * 2);
    // Nobody lost a lane for good: those of the threads and those of the pool, as many as there were at once.
    assert!(here.lanes + there.lanes <= 128, "{here}, {there}");
}

#[test]
fn alternating_between_arenas_keeps_their_memory_apart() {
    let arenas = [Arena::new(), Arena::new(), Arena::new()];
    on_threads(2, |_| {
        for i in 0..1000 {
            for arena in &arenas {
                let value = arena.alloc_value(i);
                assert_eq!(*value, i);
            }
        }
    });
    for mut arena in arenas {
        assert_eq!(arena.stats().allocations, 2000);
        // Freed lanes are forgotten by the threads that used them.
        arena.free();
        assert_eq!(*arena.alloc_value(1), 1);
        assert_eq!(arena.stats().lanes, 1);
    }
}
