//! A request that cannot be served panics where the user made it, not inside of this crate.

use std::{
    cell::RefCell,
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::{Arc, Once},
};

use flow_arena::Arena;
use flow_memory::{BufferPool, ObjectPool, get_buffer, with_buffer};

thread_local! {
    static FILE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Calls `work`, and checks that it panics in this file.
#[track_caller]
fn panics_here(work: impl FnOnce()) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // Not on a thread that is nearly gone.
            FILE.try_with(|file| {
                *file.borrow_mut() = info.location().map_or_else(String::new, |at| at.file().to_owned());
            })
            .ok();
            others(info);
        }));
    });
    FILE.take();
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
    let file = FILE.take();
    assert!(file.ends_with("panic_locations.rs"), "the panic is in {file}");
}

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
