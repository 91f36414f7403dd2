//! A warm pool allocates nothing: whichever way a buffer is taken and given back. And the global pool.

use std::{
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Barrier, Mutex},
    time::Duration,
};

use flow_memory::{BufferPool, PooledBuffer, get_buffer, global_pool, put_buffer, with_buffer};
use flow_testkit::{AllocCounts, TestAllocator, assert_allocates_nothing, is_alone, on_threads, within};

use crate::buffer_pool_ops::{class_stats, configs};

#[test]
fn getting_and_dropping() {
    for builder in configs() {
        let pool = builder.build();
        let most = pool.largest_class().min(pool.max_retained_bytes() / 8);
        assert_allocates_nothing(|| {
            for size in [0, 1, 64, 100, 1000, 1024, 60_000, 1 << 20] {
                let size = size.min(most);
                drop(pool.get(size));
                drop(pool.try_get(size).unwrap());
                drop(pool.get_zeroed(size));
                drop(pool.get(size).into_owned());
                pool.put(pool.take(size));
            }
        });
    }
}

#[test]
fn owned_buffers() {
    let pool = BufferPool::new();
    assert_allocates_nothing(|| {
        let buffers = [pool.get_owned(1000), pool.get_owned(1000)];
        let handle = buffers[0].pool().clone();
        drop(buffers);
        drop(handle.try_get_owned(64).unwrap());
    });
}

#[test]
fn a_burst_of_a_thousand() {
    // Far beyond what a thread keeps, so that magazines go to the queue and come back.
    let count = if cfg!(flow_sanitize) { 100 } else { 1000 };
    for size in [64, 1000, 10_000] {
        let pool = BufferPool::new();
        let mut buffers = Vec::with_capacity(count);
        assert_allocates_nothing(|| {
            (0..count).for_each(|_| buffers.push(pool.get(size)));
            buffers.clear();
        });
        assert_eq!(pool.stats().misses, count as u64);
    }
}

#[test]
fn buffers_that_are_dropped_by_another_thread() {
    const WARM: usize = 1000;
    within(Duration::from_secs(300), || {
        let pool = BufferPool::new();
        let slot: Mutex<Option<PooledBuffer<'_>>> = Mutex::new(None);
        let turn = Barrier::new(2);
        let step = |thread| {
            if thread == 0 {
                *slot.lock().unwrap() = Some(pool.get(1000));
            }
            turn.wait();
            if thread == 1 {
                drop(slot.lock().unwrap().take());
            }
            turn.wait();
        };
        let counts = on_threads(2, |thread| {
            (0..WARM).for_each(|_| step(thread));
            TestAllocator::count(|| (0..WARM).for_each(|_| step(thread))).1
        });
        assert_eq!(counts, [AllocCounts::default(); 2]);
        assert!(pool.stats().misses <= 3 * 64, "{}", pool.stats());
    });
}

#[test]
fn contents_within_the_capacity() {
    let pool = BufferPool::new();
    assert_allocates_nothing(|| {
        let mut buffer = pool.get(1000);
        buffer.append(&[1; 100]);
        buffer.write_all(&[2; 100]).unwrap();
        write!(buffer, "{}", 12_345).unwrap();
        buffer.extend([3; 100]);
        buffer.extend(&[4; 100]);
        buffer.reserve(1024 - 405);
        buffer.try_append(&[5; 1024 - 405]).unwrap();
        assert_eq!((buffer.len(), buffer.capacity()), (1024, 1024));
    });
    // Beyond it, through a warm pool.
    let chunk = [6; 100];
    assert_allocates_nothing(|| {
        let mut buffer = pool.get(0);
        (0..100).for_each(|_| buffer.append(&chunk));
        assert_eq!((buffer.len(), buffer.capacity()), (10_000, 16_384));
    });
}

#[test]
fn closures_that_return_fail_or_panic() {
    let pool = BufferPool::new();
    assert_allocates_nothing(|| {
        let sum: usize = pool.with_buffer(100, |buffer| {
            buffer.append(&[1; 128]);
            pool.with_buffer(100, |inner| buffer.len() + inner.capacity())
        });
        assert_eq!(sum, 256);
        let failed = pool.with_buffer(100, |_| Err::<(), _>(io::ErrorKind::Other));
        assert_eq!(failed, Err(io::ErrorKind::Other));
    });
    let before = pool.stats();
    for _ in 0..10 {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            pool.with_buffer(100, |buffer| {
                buffer.append(b"lost");
                // Without a message on the console.
                resume_unwind(Box::new(buffer.len()));
            });
        }));
        assert_eq!(*panicked.unwrap_err().downcast::<usize>().unwrap(), 4);
    }
    let stats = pool.stats();
    assert_eq!((stats.misses, stats.retained, stats.outstanding), (before.misses, 2, 0));
    assert_eq!((stats.hits - before.hits, stats.returns - before.returns), (10, 10));
    assert!(pool.get(100).is_empty());
}

// Each test below uses classes of its own, since they share the pool.

#[test]
fn the_pool_of_the_process() {
    assert_allocates_nothing(|| {
        let mut buffer = get_buffer(100);
        buffer.append(&[1; 100]);
        put_buffer(buffer);
        let written = with_buffer(100, |buffer| {
            write!(buffer, "{:?}", [1, 2, 3])?;
            Ok::<_, io::Error>(buffer.len())
        });
        assert_eq!(written.unwrap(), 9);
        drop(global_pool().get_owned(100));
    });
    let stats = class_stats(global_pool(), 128);
    // Three requests each time, of which the very first found nothing.
    assert_eq!((stats.misses, (stats.hits + 1) % 3, stats.outstanding), (1, 0, 0));
    let panicked = catch_unwind(|| with_buffer(100, |_| resume_unwind(Box::new(1))));
    panicked.unwrap_err();
    assert_eq!(class_stats(global_pool(), 128).retained, 1);
    // Handed out for as long as the process lives, to whatever thread.
    let buffer: PooledBuffer<'static> = get_buffer(5000);
    std::thread::spawn(move || put_buffer(buffer)).join().unwrap();
    drop(get_buffer(5000));
    assert_eq!((class_stats(global_pool(), 8192).misses, class_stats(global_pool(), 8192).hits), (1, 1));
}

#[test]
fn the_pool_of_the_process_is_not_replaced() {
    drop(get_buffer(30_000));
    let before = global_pool().max_retained_bytes();
    let error = BufferPool::builder().max_retained_bytes(1).build_global().unwrap_err();
    let message = error.to_string();
    assert!(message.contains("configure it before its first use"), "{message}");
    assert_eq!(global_pool().max_retained_bytes(), before);
    drop(get_buffer(30_000));
    assert_eq!(class_stats(global_pool(), 1 << 15).hits, 1);
}

#[test]
fn the_pool_of_the_process_can_be_configured() {
    // In a process of its own, where nobody has used it yet.
    if !is_alone("buffer_pool_allocations::the_pool_of_the_process_can_be_configured") {
        return;
    }
    let pool = BufferPool::builder().smallest_class(1000).max_retained_bytes(1 << 16).build_global().unwrap();
    assert!(std::ptr::eq(pool, global_pool()));
    assert_eq!((get_buffer(1).capacity(), pool.max_retained_bytes()), (1024, 1 << 16));
    assert!(BufferPool::builder().build_global().is_err());
    assert_eq!(pool.stats().returns, 1);
}
