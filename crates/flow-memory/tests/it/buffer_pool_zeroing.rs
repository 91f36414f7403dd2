//! What a pool with `zero_on_return` leaves in a buffer: nothing, to the last byte of its capacity.
//!
//! That buffers which are freed, not kept, were cleared before cannot be seen without reading freed memory, and is not
//! tested here.

use std::slice;

use flow_memory::{BufferPool, OwnedBuffer};
use flow_testkit::on_threads;

use crate::buffer_pool_ops::{class_stats, fill};

const SECRET: u8 = 0xA5;

fn clearing() -> BufferPool {
    BufferPool::builder().largest_class(64 << 10).zero_on_return(true).build()
}

/// Writes the secret to all of the capacity, and leaves `len` bytes of it in the contents.
fn write_secret(buffer: &mut Vec<u8>, len: usize) {
    fill(buffer, SECRET, len);
}

/// Whether a buffer that the pool kept is empty and all of its capacity is zero. It must have been kept: the memory of a
/// fresh one has never been written.
#[track_caller]
fn assert_cleared(buffer: &Vec<u8>) {
    assert!(buffer.is_empty());
    // SAFETY: the memory of the vector, all of which was written with the secret, and maybe again, before it came back.
    let bytes = unsafe { slice::from_raw_parts(buffer.as_ptr(), buffer.capacity()) };
    let left = bytes.iter().filter(|&&byte| byte != 0).count();
    assert_eq!(left, 0, "{left} of {} bytes are left", bytes.len());
}

/// A buffer of the class that was kept, and not a fresh one.
#[track_caller]
fn get_kept(pool: &BufferPool, size: usize) -> OwnedBuffer {
    let hits = pool.stats().hits;
    let buffer = pool.get_owned(size);
    assert_eq!(pool.stats().hits, hits + 1);
    buffer
}

#[test]
fn all_of_the_capacity_is_cleared() {
    let pool = clearing();
    for size in [1, 64, 100, 1000, 10_000, 60_000] {
        for len in [0, 1, size / 2, size] {
            let mut buffer = pool.get(size);
            write_secret(&mut buffer, len);
            let address = buffer.as_ptr();
            drop(buffer);
            let again = get_kept(&pool, size);
            assert_eq!(again.as_ptr(), address);
            assert_cleared(&again);
        }
    }
}

#[test]
fn buffers_from_the_queue_are_cleared() {
    let count = if cfg!(flow_sanitize) { 30 } else { 300 };
    let pool = clearing();
    on_threads(2, |_| {
        let mut buffers: Vec<_> = (0..count).map(|_| pool.get(200)).collect();
        buffers.iter_mut().for_each(|buffer| write_secret(buffer, 10));
    });
    let retained = pool.stats().retained;
    assert!(count <= retained);
    let buffers: Vec<_> = (0..retained).map(|_| get_kept(&pool, 200)).collect();
    buffers.iter().for_each(|buffer| assert_cleared(buffer));
}

#[test]
fn vectors_of_other_capacities_are_cleared() {
    let pool = clearing();
    // Foreign, with more than the class needs.
    let mut foreign = Vec::with_capacity(1500);
    write_secret(&mut foreign, 700);
    pool.put(foreign);
    assert_cleared(&get_kept(&pool, 1024).into_vec());
    // Grown by itself, into another class; between the largest class and twice its size.
    for capacity in [3000, 4096, 100_000] {
        let mut grown = pool.get(64);
        *grown = Vec::with_capacity(capacity);
        write_secret(&mut grown, capacity);
        drop(grown);
        let class = (1 << capacity.ilog2()).min(pool.largest_class());
        assert_cleared(&get_kept(&pool, class).into_vec());
    }
    // Taken as a vector, and put back.
    let mut vector = pool.take(500);
    write_secret(&mut vector, 500);
    pool.put(vector);
    assert_cleared(&get_kept(&pool, 500));
    // On another thread.
    let mut buffer = pool.get_owned(2048);
    write_secret(&mut buffer, 1);
    std::thread::spawn(move || drop(buffer)).join().unwrap();
    assert_cleared(&get_kept(&pool, 2048));
}

#[test]
fn growing_through_the_pool_clears_what_was_outgrown() {
    let pool = clearing();
    let mut buffer = pool.get(100);
    write_secret(&mut buffer, 128);
    let outgrown = buffer.as_ptr();
    buffer.append(&[SECRET; 1000]);
    assert_eq!(class_stats(&pool, 128).retained, 1);
    let again = get_kept(&pool, 100);
    assert_eq!(again.as_ptr(), outgrown);
    assert_cleared(&again);
    drop(again);
    assert_eq!(*buffer, [SECRET; 1128]);
    // By all that grows through the pool.
    let mut other = pool.get(100);
    write_secret(&mut other, 128);
    other.extend([SECRET; 10]);
    assert_cleared(&get_kept(&pool, 100));
    // What it grew into was written in part; the rest of fresh memory is made known first.
    write_secret(&mut other, 0);
    drop(other);
    assert_cleared(&get_kept(&pool, 256));
}

#[test]
fn closures_that_panic_leave_nothing() {
    let pool = clearing();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        pool.with_buffer(1000, |buffer| {
            write_secret(buffer, 10);
            std::panic::resume_unwind(Box::new(()));
        });
    }));
    panicked.unwrap_err();
    assert_cleared(&get_kept(&pool, 1000));
}

#[test]
fn zeroed_buffers_are_zero_in_any_pool() {
    for pool in [clearing(), BufferPool::new()] {
        for size in [1, 64, 100, 10_000, 200_000, 5 << 20] {
            for _ in 0..3 {
                let mut buffer = pool.get_zeroed(size);
                assert_eq!(buffer.len(), size);
                assert!(buffer.iter().all(|&byte| byte == 0));
                write_secret(&mut buffer, size);
            }
        }
    }
}
