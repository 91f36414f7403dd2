//! What an object pool hands out, takes back, keeps and counts.

use std::{ptr, thread};

use flow_memory::{Object, ObjectPool, OwnedObject, PooledObject};

use crate::counted::{Counted, Tally};

#[test]
fn a_dropped_object_is_handed_out_again_and_clean() {
    let tally = Tally::new();
    let pool = tally.pool();
    let mut object = pool.get();
    object.text.push_str("of the first user");
    let address = ptr::from_ref::<Counted>(&object);
    drop(object);
    for round in 1..100 {
        let mut object = pool.get();
        assert!(ptr::eq(&raw const *object, address));
        assert_eq!((object.id, object.text.as_str()), (0, ""));
        object.text.push_str("more");
        drop(object);
        assert_eq!((tally.made(), tally.recycled(), tally.dropped()), (1, round + 1, 0));
    }
    let stats = pool.stats();
    assert_eq!((stats.hits, stats.misses, stats.returns, stats.discards), (99, 1, 100, 0));
}

#[test]
fn the_object_that_came_back_last_is_handed_out_first() {
    let tally = Tally::new();
    let pool = tally.pool();
    let (first, second) = (pool.get(), pool.get());
    drop(first);
    drop(second);
    assert_eq!(pool.get().id, 1);
    let (one, other) = (pool.get(), pool.get());
    assert_eq!((one.id, other.id), (1, 0));
}

#[test]
fn objects_are_made_only_when_none_is_kept() {
    let tally = Tally::new();
    let pool = tally.pool();
    assert_eq!(tally.made(), 0);
    for most in [1, 3, 2, 10, 5, 300, 299] {
        let objects: Vec<_> = (0..most).map(|_| pool.get()).collect();
        assert_eq!(pool.stats().outstanding, most);
        drop(objects);
    }
    // As many as were in use at once.
    assert_eq!((tally.made(), tally.dropped()), (300, 0));
    let stats = pool.stats();
    assert_eq!((stats.misses, stats.retained, stats.outstanding), (300, 300, 0));
}

#[test]
fn an_object_is_recycled_once_for_each_return_and_never_else() {
    let tally = Tally::new();
    let pool = tally.pool();
    let owned: OwnedObject<_> = PooledObject::into_owned(pool.get());
    assert_eq!(tally.recycled(), 0);
    drop(owned);
    assert_eq!(tally.recycled(), 1);
    drop(Object::detach(pool.get()));
    assert_eq!((tally.recycled(), tally.dropped()), (1, 1));
    pool.prefill(5);
    pool.trim();
    assert_eq!((tally.recycled(), tally.dropped()), (1, 6));
    drop(pool);
    assert_eq!((tally.recycled(), tally.alive()), (1, 0));
    // Also where the object is not kept.
    let tally = Tally::new();
    drop(tally.builder().max_retained(0).build().get());
    assert_eq!((tally.recycled(), tally.dropped()), (1, 1));
}

#[test]
fn a_detached_object_is_the_callers() {
    let tally = Tally::new();
    let pool = tally.pool();
    let mut object = pool.get();
    object.text.push_str("kept");
    let detached: Counted = Object::detach(object);
    let stats = pool.stats();
    assert_eq!((stats.outstanding, stats.retained, stats.returns, stats.discards), (0, 0, 0, 0));
    assert_eq!(pool.get().id, 1);
    drop(pool);
    assert_eq!((detached.text.as_str(), tally.alive()), ("kept", 1));
    drop(detached);
    assert_eq!((tally.alive(), tally.dropped()), (0, 2));
    // In the form that keeps the pool alive, and as its last handle.
    let owned = tally.pool().get_owned();
    let detached = Object::detach(owned);
    assert_eq!((detached.id, tally.alive()), (2, 1));
}

#[test]
fn a_handle_knows_its_pool() {
    let pool = ObjectPool::<String>::default();
    let borrowed = pool.get();
    assert!(ptr::eq(Object::pool(&borrowed), &raw const pool));
    let owned = pool.get_owned();
    let again = Object::pool(&owned).get();
    assert_eq!(pool.stats().outstanding, 3);
    drop(again);
    drop((borrowed, owned));
    assert_eq!((pool.stats().outstanding, pool.stats().retained), (0, 3));
}

#[test]
fn a_handle_passes_on_what_the_object_can() {
    let pool = ObjectPool::<String>::default();
    let mut text = pool.get();
    text.push_str("a \"text\"");
    assert_eq!((format!("{text}"), format!("{text:?}")), (text.to_string(), format!("{:?}", *text)));
    let inner: &String = text.as_ref();
    assert_eq!(inner, "a \"text\"");
    let inner: &mut String = text.as_mut();
    inner.clear();
    assert_eq!(*text, "");
}

#[test]
fn two_objects_may_be_swapped() {
    let tally = Tally::new();
    let pools = [tally.pool(), tally.pool()];
    let [mut here, mut there] = pools.each_ref().map(ObjectPool::get);
    std::mem::swap(&mut *here, &mut *there);
    assert_eq!((here.id, there.id), (1, 0));
    drop((here, there));
    assert_eq!((pools[0].get().id, pools[1].get().id), (1, 0));
    drop(pools);
    assert_eq!((tally.alive(), tally.dropped()), (0, 2));
}

#[test]
fn owned_objects_travel_and_outlive_every_handle_of_the_pool() {
    let tally = Tally::new();
    let pool = tally.pool();
    let mut objects: Vec<OwnedObject<Counted>> = (0..10).map(|_| pool.get_owned()).collect();
    let kept = objects.split_off(5);
    thread::spawn(move || {
        for object in &mut objects {
            object.text.push_str("there");
        }
        drop(objects);
    })
    .join()
    .expect("nothing panics");
    let stats = pool.stats();
    assert_eq!((stats.outstanding, stats.retained, stats.returns), (5, 5, 5));
    // What came back on the other thread is found here.
    assert!(pool.get().id < 5 && pool.stats().hits == 1);
    drop(pool);
    assert_eq!(tally.alive(), 10, "the pool lives as long as its objects");
    drop(kept);
    assert_eq!(tally.alive(), 0);
}

#[test]
fn a_clone_is_the_same_pool() {
    let tally = Tally::new();
    let pool = tally.pool();
    let clone = pool.clone();
    drop(pool.get());
    drop(clone.get());
    assert_eq!((tally.made(), pool.stats()), (1, clone.stats()));
    drop(pool);
    assert_eq!((tally.alive(), clone.get().id), (1, 0));
    drop(clone);
    assert_eq!(tally.alive(), 0);
}

#[test]
fn the_bound_is_exact() {
    const OBJECTS: usize = 200;
    for most in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 33, 64, 100, 128, 199, 200, 201, 1000, usize::MAX] {
        let tally = Tally::new();
        let pool = tally.builder().max_retained(most).build();
        assert_eq!((pool.max_retained(), pool.stats().max_retained), (most, most));
        for round in 1..=3 {
            let objects: Vec<_> = (0..OBJECTS).map(|_| pool.get()).collect();
            for object in objects {
                drop(object);
                let stats = pool.stats();
                assert!(stats.retained <= stats.reserved && stats.reserved <= most, "{most}: {stats}");
            }
            let stats = pool.stats();
            assert_eq!(stats.retained, most.min(OBJECTS), "{most}");
            assert_eq!((tally.alive(), stats.outstanding), (stats.retained, 0), "{most}");
            assert_eq!(stats.returns + stats.discards, (round * OBJECTS) as u64, "{most}");
            assert_eq!(tally.dropped() as u64, stats.discards, "{most}");
        }
        drop(pool);
        assert_eq!(tally.alive(), 0, "{most}");
    }
}

#[test]
fn by_default_a_pool_keeps_65536_objects() {
    assert_eq!(ObjectPool::<String>::default().max_retained(), 65_536);
    assert_eq!(ObjectPool::new(String::new).max_retained(), 65_536);
}

/// How many of 100 objects that this thread gave back another one finds.
fn found_by_another_thread(thread_cache: usize) -> usize {
    let tally = Tally::new();
    let pool = tally.builder().thread_cache(thread_cache).build();
    drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
    let find = || drop((0..100).map(|_| pool.get()).collect::<Vec<_>>());
    thread::scope(|scope| scope.spawn(find).join().expect("nothing panics"));
    pool.stats().hits.try_into().expect("at most 100")
}

#[test]
fn a_thread_keeps_at_most_its_cache_for_itself() {
    for (thread_cache, kept) in [(0, 2), (1, 2), (2, 2), (3, 2), (4, 4), (5, 4), (8, 8)] {
        let found = found_by_another_thread(thread_cache);
        assert!((100 - kept..100).contains(&found), "{found} with a cache of {thread_cache}");
    }
    if cfg!(not(flow_sanitize)) {
        let found = found_by_another_thread(64);
        assert!((36..100).contains(&found), "{found}");
        assert_eq!(found_by_another_thread(1000), found_by_another_thread(usize::MAX));
        assert_eq!(found_by_another_thread(1000), 0, "two magazines of 64 hold them all");
    }
    // At most half of the bound.
    let tally = Tally::new();
    let pool = tally.builder().max_retained(20).build();
    drop((0..20).map(|_| pool.get()).collect::<Vec<_>>());
    thread::scope(|scope| {
        let find = || drop((0..10).map(|_| pool.get()).collect::<Vec<_>>());
        scope.spawn(find).join().expect("nothing panics");
    });
    assert_eq!(tally.made(), 20, "half of the bound was for others");
}

#[test]
fn prefilled_objects_are_for_all_threads() {
    let tally = Tally::new();
    let pool = tally.pool();
    assert_eq!((pool.prefill(0), tally.made()), (0, 0));
    assert_eq!((pool.prefill(1), pool.prefill(150), tally.made()), (1, 150, 151));
    let stats = pool.stats();
    assert_eq!((stats.retained, stats.hits, stats.misses, stats.returns), (151, 0, 0, 0));
    thread::scope(|scope| {
        let take = || (0..151).map(|_| pool.get()).collect::<Vec<_>>().len();
        assert_eq!(scope.spawn(take).join().expect("nothing panics"), 151);
    });
    let stats = pool.stats();
    assert_eq!((stats.hits, stats.misses, stats.retained), (151, 0, 151));
    drop(pool);
    assert_eq!(tally.alive(), 0);
}

#[test]
fn prefilling_stops_at_the_bound() {
    for most in [0, 1, 2, 3, 10, 99] {
        let tally = Tally::new();
        let pool = tally.builder().max_retained(most).build();
        assert_eq!((pool.prefill(100), tally.made(), pool.stats().retained), (most, most, most));
        assert_eq!((pool.prefill(1), tally.alive()), (0, most));
        // What is handed out makes no room: it comes back.
        let taken: Vec<_> = (0..most).map(|_| pool.get()).collect();
        assert_eq!(tally.made(), most);
        drop(taken);
        assert_eq!((pool.stats().retained, pool.stats().discards), (most, 0));
    }
}

#[test]
fn the_bound_and_not_the_cache_of_a_thread_says_how_much_is_kept() {
    const OBJECTS: usize = if cfg!(flow_sanitize) { 2500 } else { 5000 };
    let tally = Tally::new();
    let pool = tally.builder().thread_cache(2).build();
    assert!(OBJECTS < pool.max_retained());
    assert_eq!(pool.prefill(OBJECTS), OBJECTS);
    drop((0..OBJECTS).map(|_| pool.get()).collect::<Vec<_>>());
    let stats = pool.stats();
    assert_eq!((stats.retained, stats.discards, stats.misses), (OBJECTS, 0, 0));
}

#[test]
fn statistics_are_exact_when_all_is_quiet() {
    let tally = Tally::new();
    let pool = tally.builder().max_retained(100).build();
    assert_eq!(pool.stats().hit_rate(), 0.0);
    let mut objects: Vec<_> = (0..150).map(|_| pool.get_owned()).collect();
    let others = objects.split_off(75);
    let both = thread::scope(|scope| {
        let there = scope.spawn(|| drop(others));
        there.join().expect("nothing panics");
        drop(objects);
        (0..10).map(|_| pool.get()).map(Object::detach).collect::<Vec<_>>()
    });
    let stats = pool.stats();
    assert_eq!((stats.hits, stats.misses), (10, 150));
    assert_eq!(stats.returns + stats.discards, 150);
    assert_eq!((stats.outstanding, stats.max_retained), (0, 100));
    assert_eq!(tally.alive(), stats.retained + both.len());
    assert_eq!(tally.dropped() as u64, stats.discards);
    assert!((stats.hit_rate() - 0.0625).abs() < 1e-9);
    let expected = format!(
        "10 hits, 150 misses; {} returned, {} discarded; 0 out; {} kept of at most 100",
        stats.returns, stats.discards, stats.retained
    );
    assert_eq!(stats.to_string(), expected);
    assert_eq!(stats, { stats });
}

#[test]
fn debug_texts_name_what_matters() {
    let pool = ObjectPool::<String>::default();
    let text = format!("{pool:?}");
    assert!(text.starts_with("ObjectPool { stats: ObjectPoolStats { hits: 0, misses: 0"), "{text}");
    // Of objects that cannot be shown, too.
    struct Plain;
    impl flow_memory::Recycle for Plain {
        fn recycle(&mut self) {}
    }
    assert!(!format!("{:?}", ObjectPool::new(|| Plain)).is_empty());
    let text = format!("{:?}", ObjectPool::builder(|| Plain).max_retained(7));
    assert!(text.contains("max_retained: 7") && text.contains("arena: false"), "{text}");
}
