//! A request that cannot be served panics where the user made it, not inside of this crate.

use std::sync::Arc;

use flow_arena::Arena;
use flow_memory::{BufferPool, ObjectPool, get_buffer, with_buffer};
use flow_testkit::panics_here;

#[test]
fn of_buffers() {
    const MOST: usize = usize::MAX;
    let pool = BufferPool::new();
    panics_here(|| drop(pool.get(MOST)));
    panics_here(|| drop(pool.get_zeroed(MOST)));
    panics_here(|| drop(pool.get_owned(MOST)));
    panics_here(|| drop(pool.take(MOST)));
    panics_here(|| drop(get_buffer(MOST)));
    panics_here(|| pool.with_buffer(MOST, |_| ()));
    panics_here(|| with_buffer(MOST, |_| ()));
    let mut buffer = pool.get(64);
    panics_here(|| buffer.reserve(MOST));
    assert_eq!(pool.stats().outstanding, 1);
}

#[test]
fn of_objects() {
    let arena = Arc::new(Arena::builder().memory_limit(0).build());
    let pool = ObjectPool::builder(String::new).arena(arena).build();
    panics_here(|| drop(pool.get()));
    panics_here(|| drop(pool.get_owned()));
    assert_eq!(pool.stats().outstanding, 0);
}
