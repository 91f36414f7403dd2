//! Object pools whose objects live in an arena.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flow_arena::{Arena, SharedArenaError};
use flow_memory::{AllocError, Object, ObjectPool, Recycle};
use flow_testkit::on_threads;

use crate::counted::{Counted, Tally, message};

fn address<T: Recycle + Send, P: std::borrow::Borrow<ObjectPool<T>>>(object: &Object<T, P>) -> usize {
    ptr::from_ref::<T>(object).addr()
}

#[test]
fn objects_lie_in_the_arena_side_by_side() {
    const SIZE: usize = size_of::<Counted>();
    let tally = Tally::new();
    let arena = Arc::new(Arena::new());
    let pool = tally.builder().arena(Arc::clone(&arena)).build();
    assert_eq!(arena.stats().allocations, 0);
    let objects: Vec<_> = (0..10).map(|_| pool.get()).collect();
    let stats = arena.stats();
    assert_eq!((stats.allocations, stats.requested), (10, 10 * SIZE));
    let mut addresses: Vec<_> = objects.iter().map(address).collect();
    addresses.sort_unstable();
    assert!(addresses.windows(2).all(|pair| pair[1] - pair[0] == SIZE), "{addresses:x?}");
    drop(objects);
    assert_eq!(pool.prefill(5), 5);
    assert_eq!(arena.stats().allocations, 15);
}

#[test]
fn the_places_of_dropped_objects_are_used_again() {
    let tally = Tally::new();
    let arena = Arc::new(Arena::new());
    let pool = tally.builder().arena(Arc::clone(&arena)).build();
    let mut seen = HashSet::new();
    for round in 0..20 {
        let objects: Vec<_> = (0..50).map(|_| pool.get()).collect();
        let addresses: HashSet<_> = objects.iter().map(address).collect();
        assert_eq!(addresses.len(), 50);
        if round == 0 {
            seen = addresses;
        } else {
            assert_eq!(addresses, seen);
        }
        // By all the ways that an object may go.
        for (i, object) in objects.into_iter().enumerate() {
            match i % 3 {
                0 => drop(Object::detach(object)),
                1 => drop(object),
                _ => {
                    tally.panic_in_recycle(1);
                    catch_unwind(AssertUnwindSafe(|| drop(object))).expect_err("it is to panic");
                }
            }
        }
        pool.trim();
        assert_eq!(tally.alive(), 0);
    }
    assert_eq!((arena.stats().allocations, tally.made()), (50, 1000));
    drop(pool);
    assert_eq!(tally.alive(), 0);
}

#[test]
fn the_place_of_an_object_whose_drop_panics_is_used_again() {
    let tally = Tally::new();
    let arena = Arc::new(Arena::new());
    let pool = tally.builder().arena(Arc::clone(&arena)).max_retained(0).build();
    for _ in 0..10 {
        let object = pool.get();
        tally.panic_in_drop(1);
        assert_eq!(message(catch_unwind(AssertUnwindSafe(|| drop(object)))), "drop panics");
    }
    assert_eq!((arena.stats().allocations, tally.dropped()), (1, 10));
}

#[test]
fn two_pools_share_an_arena_and_no_places() {
    let (one, other) = (Tally::new(), Tally::new());
    let arena = Arc::new(Arena::new());
    let pools = [&one, &other].map(|tally| tally.builder().arena(Arc::clone(&arena)).build());
    drop(pools[0].get());
    pools[0].trim();
    drop(pools[1].get());
    assert_eq!(arena.stats().allocations, 2);
    drop(pools);
    assert_eq!((one.dropped(), other.dropped()), (1, 1));
}

#[test]
fn where_the_arena_is_full_the_object_is_dropped_and_the_error_says_so() {
    const LIMIT: usize = 4096;
    let tally = Tally::new();
    let arena = Arc::new(Arena::builder().block_size(1024).memory_limit(LIMIT).build());
    let pool = tally.builder().arena(Arc::clone(&arena)).build();
    let mut objects = Vec::new();
    let error = loop {
        match pool.try_get() {
            Ok(object) => objects.push(object),
            Err(error) => break error,
        }
        assert!(objects.len() < LIMIT, "the limit is never reached");
    };
    let AllocError::Arena(inner) = error else { panic!("{error:?}") };
    assert!(matches!(inner, flow_arena::AllocError::LimitReached { limit: LIMIT, .. }), "{inner}");
    assert_eq!(error.to_string(), format!("no room for another object in the arena of its pool: {inner}"));
    assert!(std::error::Error::source(&error).is_some());
    // Made, and dropped.
    assert_eq!((tally.made(), tally.dropped()), (objects.len() + 1, 1));
    let stats = pool.stats();
    assert_eq!((stats.outstanding, stats.misses), (objects.len(), tally.made() as u64));

    let text = message(catch_unwind(AssertUnwindSafe(|| drop(pool.get()))));
    assert!(text.contains("no room for another object"), "{text}");
    let text = message(catch_unwind(AssertUnwindSafe(|| drop(pool.get_owned()))));
    assert!(text.contains("memory limit of 4096 bytes"), "{text}");
    assert_eq!((tally.dropped(), pool.stats().outstanding), (3, objects.len()));
    // Nothing can be made in advance, and nothing is charged for it.
    assert_eq!((pool.prefill(3), pool.stats().reserved), (0, 0));

    // What comes back makes room, kept or not.
    drop(objects.pop());
    assert_eq!(pool.try_get().map(|object| object.text.len()), Ok(0));
    drop(Object::detach(objects.pop().expect("more than one")));
    assert!(pool.try_get().is_ok());
    drop(objects);
    drop(pool);
    assert_eq!(tally.alive(), 0);
}

#[test]
fn prefilling_stops_where_the_arena_is_full() {
    let tally = Tally::new();
    let arena = Arc::new(Arena::builder().block_size(1024).memory_limit(4096).build());
    let pool = tally.builder().arena(arena).build();
    let made = pool.prefill(1000);
    assert!((10..1000).contains(&made), "{made}");
    let stats = pool.stats();
    assert_eq!((stats.retained, stats.reserved, tally.alive()), (made, made, made));
    assert_eq!((0..made).map(|_| pool.get()).collect::<Vec<_>>().len(), made);
    assert_eq!(pool.stats().misses, 0);
}

#[test]
fn the_arena_is_the_pools_as_long_as_there_is_the_pool_or_an_object() {
    let tally = Tally::new();
    let mut arena = Arc::new(Arena::new());
    let pool = tally.builder().arena(Arc::clone(&arena)).build();
    assert_eq!(Arena::try_reset(&mut arena), Err(SharedArenaError));
    let mut object = pool.get_owned();
    object.text.push_str("safe");
    drop(pool);
    assert_eq!(Arena::try_reset(&mut arena), Err(SharedArenaError));
    assert_eq!(object.text, "safe");
    drop(object);
    assert_eq!((Arena::try_reset(&mut arena), tally.alive()), (Ok(()), 0));
    // The memory is the arena's again, and can be written to.
    arena.alloc(1000).fill(7);

    // The pool has the last handle of the arena.
    let pool = tally.builder().arena(arena).build();
    let (kept, detached) = (pool.get(), Object::detach(pool.get()));
    drop(kept);
    drop(pool);
    assert_eq!(tally.alive(), 1);
    drop(detached);
}

#[test]
fn an_object_that_is_forgotten_stays_where_it_is() {
    struct Plain(u64);
    impl Recycle for Plain {
        fn recycle(&mut self) {
            self.0 = 0;
        }
    }
    let arena = Arc::new(Arena::new());
    let pool = ObjectPool::builder(|| Plain(0)).arena(Arc::clone(&arena)).build();
    let mut forgotten = pool.get();
    forgotten.0 = 7;
    let place = address(&forgotten);
    let _ = std::mem::ManuallyDrop::new(forgotten);
    assert_eq!((pool.stats().outstanding, pool.stats().retained), (1, 0));
    for _ in 0..10 {
        let objects: Vec<_> = (0..10).map(|_| pool.get()).collect();
        assert!(objects.iter().all(|object| address(object) != place));
        drop(objects);
        pool.trim();
    }
    assert_eq!((pool.stats().outstanding, arena.stats().allocations), (1, 11));
}

/// Defines a type, and checks pools of it in an arena.
macro_rules! shapes {
    ($($test:ident: $type:ty = $value:expr;)*) => {$(
        #[test]
        fn $test() {
            #[derive(Debug, PartialEq)]
            struct Shape($type);
            impl Recycle for Shape {
                fn recycle(&mut self) {
                    assert_eq!(*self, Self($value));
                }
            }
            let arena = Arc::new(Arena::with_block_size(1024));
            let pool = ObjectPool::builder(|| Shape($value)).arena(Arc::clone(&arena)).build();
            for _ in 0..3 {
                let objects: Vec<_> = (0..30).map(|_| pool.get()).collect();
                for object in &objects {
                    assert!(address(object).is_multiple_of(align_of::<Shape>()));
                    assert_eq!(**object, Shape($value));
                }
                let distinct = objects.iter().map(address).collect::<HashSet<_>>().len();
                // Each place holds a pointer while it has no object, so that they differ even where objects have no size.
                assert_eq!(distinct, 30);
                drop(objects);
                assert_eq!(Object::detach(pool.get()), Shape($value));
                pool.shrink_to(3);
                pool.prefill(2);
            }
            assert!(arena.stats().allocations <= 30);
            let owned = pool.get_owned();
            drop(pool);
            drop(arena);
            assert_eq!(*owned, Shape($value));
        }
    )*};
}

/// As much alignment as a page has.
#[repr(align(4096))]
#[derive(Debug, PartialEq)]
struct Aligned(u8);

/// Alignment and nothing else.
#[repr(align(256))]
#[derive(Debug, PartialEq)]
struct AlignedNothing;

shapes! {
    bytes_in_an_arena: u8 = 7;
    nothing_in_an_arena: () = ();
    three_bytes_in_an_arena: [u8; 3] = [1, 2, 3];
    a_pointer_in_an_arena: Box<u32> = Box::new(5);
    pages_in_an_arena: Aligned = Aligned(9);
    aligned_nothing_in_an_arena: AlignedNothing = AlignedNothing;
    more_than_a_block_in_an_arena: [u64; 1000] = [3; 1000];
}

#[test]
fn many_threads_share_the_places() {
    const THREADS: usize = 4;
    const AT_ONCE: usize = 10;
    let rounds = if cfg!(flow_sanitize) { 100 } else { 2000 };
    let tally = Tally::new();
    let arena = Arc::new(Arena::new());
    // So few are kept that most places are vacated and used anew.
    let pool = tally.builder().arena(Arc::clone(&arena)).max_retained(8).build();
    on_threads(THREADS, |thread| {
        for round in 0..rounds {
            let mut objects: Vec<_> = (0..=round % AT_ONCE).map(|_| pool.get()).collect();
            for object in &mut objects {
                assert!(object.text.is_empty());
                object.text.push_str(if thread % 2 == 0 { "even" } else { "odd" });
            }
            for object in &objects {
                assert_eq!(object.text, if thread % 2 == 0 { "even" } else { "odd" });
            }
            if round % 16 == 0 {
                drop(objects.pop().map(Object::detach));
            }
        }
    });
    let stats = pool.stats();
    assert_eq!((stats.outstanding, stats.retained), (0, tally.alive()));
    // As many places as objects were alive at once, and one more for each thread that makes one.
    assert!(arena.stats().allocations <= THREADS * (AT_ONCE + 1) + 8, "{}", arena.stats());
    drop(pool);
    assert_eq!(tally.alive(), 0);
}

#[test]
fn objects_in_an_arena_go_to_other_threads() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Named(String);
    impl Drop for Named {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, SeqCst);
        }
    }
    impl Recycle for Named {
        fn recycle(&mut self) {
            self.0.recycle();
        }
    }
    let arena = Arc::new(Arena::with_block_size(1024));
    let pool = ObjectPool::builder(|| Named(String::new())).arena(arena).build();
    // All of them first: what one thread drops would serve the next one.
    let objects: Vec<_> = (0..20).map(|_| pool.get_owned()).collect();
    let threads: Vec<_> = objects
        .into_iter()
        .enumerate()
        .map(|(i, mut object)| {
            object.0.push_str("from here");
            thread::spawn(move || {
                object.0.push_str(" to there");
                assert_eq!(object.0, "from here to there");
                if i % 2 == 0 { Some(object) } else { None }
            })
        })
        .collect();
    let back: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("nothing panics")).collect();
    drop(pool);
    assert!(back.iter().flatten().all(|object| object.0 == "from here to there"));
    assert_eq!((back.iter().flatten().count(), DROPPED.load(SeqCst)), (10, 0));
    drop(back);
    assert_eq!(DROPPED.load(SeqCst), 20);
}
