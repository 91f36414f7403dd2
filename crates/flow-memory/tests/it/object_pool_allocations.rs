//! A warm object pool asks nobody for memory.

use std::sync::Arc;

use flow_arena::Arena;
use flow_memory::{Object, ObjectPool, ObjectPoolBuilder};
use flow_testkit::{TestAllocator, assert_allocates_nothing};

/// Runs a test with objects in boxes, and with objects in an arena.
fn with_each_storage(test: impl Fn(ObjectPoolBuilder<Vec<u64>>)) {
    let builder = || ObjectPool::builder(|| Vec::with_capacity(100));
    test(builder());
    test(builder().arena(Arc::new(Arena::new())));
}

#[test]
fn getting_and_dropping_allocates_nothing() {
    with_each_storage(|builder| {
        let pool = builder.build();
        assert_allocates_nothing(|| {
            let (mut first, second) = (pool.get(), pool.get());
            first.extend(0..100);
            drop(second);
        });
    });
}

#[test]
fn owned_objects_allocate_nothing() {
    with_each_storage(|builder| {
        let pool = builder.build();
        assert_allocates_nothing(|| drop((pool.get_owned(), pool.clone(), pool.get_owned())));
    });
}

#[test]
fn many_objects_at_once_allocate_nothing() {
    with_each_storage(|builder| {
        let pool = builder.build();
        // So many that magazines come and go, and not more than wait to be filled again where they are small.
        let count = if cfg!(flow_sanitize) { 200 } else { 300 };
        let mut objects = Vec::with_capacity(count);
        assert_allocates_nothing(|| {
            objects.extend((0..count).map(|_| pool.get()));
            objects.clear();
        });
    });
}

#[test]
fn a_prefilled_pool_makes_nothing() {
    with_each_storage(|builder| {
        let pool = builder.build();
        let mut objects = Vec::with_capacity(50);
        // The caches of this thread, and the place where empty magazines wait, are made by the first two rounds.
        for round in 0..5 {
            pool.prefill(50);
            let ((), counts) = TestAllocator::count(|| objects.extend((0..50).map(|_| pool.get())));
            assert!(round < 2 || counts.allocations == 0, "{round}: {counts:?}");
            objects.drain(..).for_each(|object| drop(Object::detach(object)));
        }
        assert_eq!(pool.stats().misses, 0);
    });
}

#[test]
fn vacant_places_of_an_arena_need_no_memory() {
    let pool = ObjectPool::builder(|| [0_u64; 10].map(|_| Vec::<u8>::new()).into_iter().collect::<Vec<_>>())
        .max_retained(0)
        .arena(Arc::new(Arena::new()))
        .build();
    drop(pool.get());
    // A new object each time: its vector is allocated and freed, its place is not.
    let ((), counts) = TestAllocator::count(|| (0..100).for_each(|_| drop(Object::detach(pool.get()))));
    assert_eq!((counts.allocations, counts.deallocations), (100, 100), "{counts:?}");
}

#[test]
fn statistics_of_objects_are_read_while_all_is_in_use() {
    let pool = ObjectPool::<String>::default();
    let held = pool.get();
    let (stats, counts) = TestAllocator::count(|| pool.stats());
    assert_eq!(stats.outstanding, 1);
    assert_eq!(counts.live_bytes(), 0);
    drop(held);
}

#[test]
fn without_memory_no_object_is_handed_out() {
    let pool = ObjectPool::new(|| 0_u64.to_string());
    let zero = || pool.try_get().map(drop);
    assert_eq!(zero(), Ok(()));
    pool.trim();
    let vectors = ObjectPool::new(Vec::<u8>::new);
    drop(vectors.get());
    vectors.trim();
    let failed = TestAllocator::with_failing(|| vectors.try_get().map(drop));
    let requested = size_of::<Vec<u8>>();
    assert_eq!(failed, Err(flow_memory::AllocError::OutOfMemory { requested }));
    let failed = TestAllocator::with_failing(|| vectors.prefill(5));
    assert_eq!((failed, vectors.stats().outstanding, vectors.stats().reserved), (0, 0, 0));
    assert!(vectors.try_get().is_ok());
    // Each allocation of a first use fails in turn: of the object, of what a thread keeps, of a magazine.
    for allowed in 0..12 {
        let vectors = ObjectPool::new(Vec::<u8>::new);
        let mut objects = Vec::with_capacity(3);
        TestAllocator::failing_after(allowed, || {
            objects.extend((0..3).filter_map(|_| vectors.try_get().ok()));
            objects.clear();
        });
        let stats = vectors.stats();
        assert_eq!(stats.outstanding, 0, "{allowed}: {stats}");
        drop(vectors.get());
        assert_eq!(vectors.stats().outstanding, 0);
    }
}
