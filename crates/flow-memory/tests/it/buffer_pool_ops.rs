//! What the tests of the buffer pool share: configurations, sizes, the rules of the classes written down a second time,
//! and threads of a test's own.

use std::{ops::Range, thread};

use flow_memory::{BufferClassStats, BufferPool, BufferPoolBuilder};
use flow_testkit::{Arbitrary, Gen, TestAllocator};

/// Pools of several shapes: the defaults, small classes, a tiny budget, one that clears, small thread caches.
pub(crate) fn configs() -> [BufferPoolBuilder; 5] {
    let to_64k = || BufferPool::builder().largest_class(64 << 10);
    [
        BufferPool::builder(),
        BufferPool::builder().smallest_class(8).largest_class(256),
        BufferPool::builder().largest_class(4096).max_retained_bytes(10_000),
        to_64k().max_retained_bytes(4 << 20).zero_on_return(true),
        to_64k().thread_cache_bytes(0),
    ]
}

/// Runs `test` on pools of all shapes.
pub(crate) fn with_each_config(test: impl Fn(BufferPool) -> Result<(), String>) -> Result<(), String> {
    configs().into_iter().try_for_each(|builder| {
        let shape = format!("{builder:?}");
        test(builder.build()).map_err(|problem| format!("{shape}: {problem}"))
    })
}

/// The size of the class that serves a request; `None` above the largest.
pub(crate) fn class_for(pool: &BufferPool, request: usize) -> Option<usize> {
    (request <= pool.largest_class()).then(|| request.next_power_of_two().max(pool.smallest_class()))
}

/// The capacity that a request leads to.
pub(crate) fn promised(pool: &BufferPool, request: usize) -> usize {
    class_for(pool, request).unwrap_or(request)
}

/// The size of the class that a vector of this capacity may be kept in. `None` if it is freed.
pub(crate) fn class_of(pool: &BufferPool, capacity: usize) -> Option<usize> {
    let kept = pool.smallest_class() <= capacity && capacity < 2 * pool.largest_class();
    kept.then(|| (1 << capacity.ilog2()).min(pool.largest_class()))
}

/// The statistics of the class with buffers of this size.
pub(crate) fn class_stats(pool: &BufferPool, size: usize) -> BufferClassStats {
    *pool.class_stats().iter().find(|class| class.size == size).expect("there is such a class")
}

/// A size in bytes: mostly small, often around the border of a class, now and then large.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size(pub(crate) usize);

impl Arbitrary for Size {
    fn arbitrary(g: &mut Gen) -> Self {
        let byte = usize::from(u8::arbitrary(g));
        Self(match u8::arbitrary(g) % 8 {
            0 => byte % 2,
            1 => ((1 << (byte % 20)) + usize::from(u8::arbitrary(g) % 3)).saturating_sub(1),
            2 => usize::from(u16::arbitrary(g)),
            3 | 4 => byte * 16,
            _ => byte,
        })
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.0.shrink().map(Self))
    }
}

/// Where a vector's memory is, with all of its capacity.
pub(crate) fn range(buffer: &Vec<u8>) -> Range<usize> {
    let start = buffer.as_ptr().addr();
    start..start + buffer.capacity()
}

/// Fills all of the capacity with `fill`, so that a checker sees whether it is really there, and leaves `len` bytes.
pub(crate) fn fill(buffer: &mut Vec<u8>, fill: u8, len: usize) {
    let capacity = buffer.capacity();
    buffer.clear();
    buffer.resize(capacity, fill);
    buffer.truncate(len);
}

/// Whether the statistics agree with each other and with the budget. For moments when no thread uses the pool.
pub(crate) fn check_stats(pool: &BufferPool) -> Result<(), String> {
    let stats = pool.stats();
    let classes = pool.class_stats();
    let kept: usize = classes.iter().map(|class| class.retained * class.size).sum();
    let consistent = kept == stats.retained_bytes
        && kept <= stats.reserved_bytes
        && stats.reserved_bytes <= stats.max_retained_bytes
        && classes.iter().map(|class| class.retained).sum::<usize>() == stats.retained
        && classes.iter().map(|class| class.hits).sum::<u64>() == stats.hits
        && classes.iter().map(|class| class.misses).sum::<u64>() == stats.misses
        && classes.iter().map(|class| class.returns).sum::<u64>() == stats.returns;
    if consistent { Ok(()) } else { Err(format!("inconsistent: {stats:?}, {kept} bytes in {classes:?}")) }
}

/// What `work` returns, and how much memory is left over when it and all that it made is dropped, in bytes.
///
/// On a thread of its own, where nothing was left over before: a thread remembers the pools that it used, also some that
/// are gone. So what is left is not 0, but the same whatever was done with one pool.
pub(crate) fn memory_left<T: Send>(work: impl FnOnce() -> T + Send) -> (T, i64) {
    let on_thread = || {
        let (value, counts) = TestAllocator::count(work);
        (value, counts.live_bytes())
    };
    thread::scope(|scope| scope.spawn(on_thread).join().expect("the work does not panic"))
}

/// How much [`memory_left`] finds after one use of one pool.
pub(crate) fn memory_left_by_one_pool() -> i64 {
    memory_left(|| drop(BufferPool::new().get(64))).1
}
