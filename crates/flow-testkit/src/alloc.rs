//! A global allocator that counts, and that fails on purpose.
//!
//! A test binary installs it once:
//!
//! ```
//! use flow_testkit::TestAllocator;
//!
//! #[global_allocator]
//! static ALLOCATOR: TestAllocator = TestAllocator;
//!
//! let (text, counts) = TestAllocator::count(|| String::from("on the heap"));
//! assert_eq!(counts.allocations, 1);
//! assert_eq!(counts.live_bytes(), 11);
//! # drop(text);
//!
//! let mut items: Vec<u8> = Vec::new();
//! let reserved = TestAllocator::with_failing(|| items.try_reserve(1024));
//! assert!(reserved.is_err());
//! ```
//!
//! Counts and failures belong to the thread that asks for them, so that tests of one binary do not disturb each
//! other. Only [`TestAllocator::live_bytes`] and [`TestAllocator::peak_bytes`] speak of the whole process, and a test
//! that uses them needs a binary of its own or a tolerance.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that are allocated now, in the whole process.
static LIVE: AtomicUsize = AtomicUsize::new(0);
/// The most that `LIVE` ever was.
static PEAK: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    // Without destructors and initialized at compile time: an allocator must not allocate, and is called while a
    // thread ends.
    static COUNTS: Cell<AllocCounts> = const { Cell::new(AllocCounts::NONE) };
    // How many more allocations succeed; `None` when all do.
    static ALLOWED: Cell<Option<usize>> = const { Cell::new(None) };
}

/// What one thread asked of the global allocator.
///
/// A reallocation counts as an allocation of the new size and a deallocation of the old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllocCounts {
    /// Successful allocations.
    pub allocations: u64,
    /// Deallocations.
    pub deallocations: u64,
    /// Bytes of all allocations.
    pub allocated_bytes: u64,
    /// Bytes of all deallocations.
    pub deallocated_bytes: u64,
    /// Allocations that failed on purpose.
    pub failures: u64,
}

impl AllocCounts {
    const NONE: Self =
        Self { allocations: 0, deallocations: 0, allocated_bytes: 0, deallocated_bytes: 0, failures: 0 };

    /// Bytes allocated and not deallocated; negative if more was given back than taken.
    #[must_use]
    pub fn live_bytes(&self) -> i64 {
        self.allocated_bytes.wrapping_sub(self.deallocated_bytes).cast_signed()
    }

    fn since(self, before: Self) -> Self {
        Self {
            allocations: self.allocations - before.allocations,
            deallocations: self.deallocations - before.deallocations,
            allocated_bytes: self.allocated_bytes - before.allocated_bytes,
            deallocated_bytes: self.deallocated_bytes - before.deallocated_bytes,
            failures: self.failures - before.failures,
        }
    }
}

/// The system's allocator, with counters and a way to fail.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestAllocator;

impl TestAllocator {
    /// Runs `work` and says what this thread asked of the allocator meanwhile.
    ///
    /// The value comes back, so that dropping it is the caller's and not counted.
    ///
    /// # Panics
    ///
    /// Panics if this is not the global allocator of the binary: every count would be zero, and a test that wants
    /// zero would pass for nothing.
    #[track_caller]
    pub fn count<T>(work: impl FnOnce() -> T) -> (T, AllocCounts) {
        assert_installed();
        let before = COUNTS.get();
        let value = work();
        (value, COUNTS.get().since(before))
    }

    /// Runs `work` while every allocation of this thread fails.
    ///
    /// Other threads are not affected. A panic inside is allowed to allocate its message, so that assertions work.
    ///
    /// # Panics
    ///
    /// Panics if this is not the global allocator of the binary.
    #[track_caller]
    pub fn with_failing<T>(work: impl FnOnce() -> T) -> T {
        Self::failing_after(0, work)
    }

    /// Runs `work` while `allowed` more allocations of this thread succeed, and then none.
    ///
    /// Called with 0, 1, 2 and so on, it makes each allocation of an operation fail in turn.
    ///
    /// # Panics
    ///
    /// Panics if this is not the global allocator of the binary.
    #[track_caller]
    pub fn failing_after<T>(allowed: usize, work: impl FnOnce() -> T) -> T {
        assert_installed();
        let _restored = Restore(ALLOWED.replace(Some(allowed)));
        work()
    }

    /// Bytes that the whole process has allocated now.
    #[must_use]
    pub fn live_bytes() -> usize {
        // Relaxed, as all accesses to the two totals: they guard no memory, and a test that wants exact numbers
        // joins its threads first.
        LIVE.load(Ordering::Relaxed)
    }

    /// The most bytes that the process had allocated at once, since its start or the last
    /// [`reset_peak`](Self::reset_peak).
    #[must_use]
    pub fn peak_bytes() -> usize {
        PEAK.load(Ordering::Relaxed)
    }

    /// Lets the peak begin again at what is allocated now.
    pub fn reset_peak() {
        PEAK.store(Self::live_bytes(), Ordering::Relaxed);
    }
}

/// Calls `work` until it is warm, and then so that nothing may be allocated or freed.
///
/// # Panics
///
/// Panics if something is, or if [`TestAllocator`] is not the global allocator of the binary.
#[track_caller]
pub fn assert_allocates_nothing(mut work: impl FnMut()) {
    (0..4).for_each(|_| work());
    let ((), counts) = TestAllocator::count(|| (0..20).for_each(|_| work()));
    assert_eq!(counts, AllocCounts::default());
}

/// Whether no two ranges of addresses overlap.
///
/// # Errors
///
/// Shows two that do.
pub fn check_apart(ranges: impl IntoIterator<Item = Range<usize>>) -> Result<(), String> {
    let mut ranges: Vec<_> = ranges.into_iter().filter(|range| !range.is_empty()).collect();
    ranges.sort_by_key(|range| range.start);
    match ranges.windows(2).find(|pair| pair[1].start < pair[0].end) {
        Some(pair) => Err(format!("{:x?} and {:x?} overlap", pair[0], pair[1])),
        None => Ok(()),
    }
}

/// Puts the failing mode back as it was, also when the work panics.
struct Restore(Option<usize>);

impl Drop for Restore {
    fn drop(&mut self) {
        ALLOWED.set(self.0);
    }
}

/// Allocates once and looks whether it was seen, then forgets it, so that an outer count stays true.
#[track_caller]
fn assert_installed() {
    let allowed = Restore(ALLOWED.replace(None));
    let before = COUNTS.get();
    drop(black_box(Box::new(black_box(0_u64))));
    let seen = COUNTS.replace(before) != before;
    drop(allowed);
    assert!(
        seen,
        "TestAllocator counts nothing in this binary: \
         add `#[global_allocator] static ALLOCATOR: TestAllocator = TestAllocator;`"
    );
}

/// Whether the next allocation of this thread is to fail.
fn must_fail() -> bool {
    // A thread that panics formats and boxes its message; failing that would abort the process.
    if std::thread::panicking() {
        return false;
    }
    ALLOWED.try_with(|allowed| match allowed.get() {
        None => false,
        Some(0) => true,
        Some(left) => {
            allowed.set(Some(left - 1));
            false
        }
    }) == Ok(true)
}

fn update(change: impl FnOnce(&mut AllocCounts)) {
    let change_now = |counts: &Cell<AllocCounts>| {
        let mut now = counts.get();
        change(&mut now);
        counts.set(now);
    };
    // The access fails only on a thread whose storage is gone; what it still frees concerns no test.
    COUNTS.try_with(change_now).ok();
}

fn record_allocation(bytes: usize) {
    update(|counts| {
        counts.allocations += 1;
        counts.allocated_bytes += bytes as u64;
    });
    let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(live, Ordering::Relaxed);
}

fn record_deallocation(bytes: usize) {
    update(|counts| {
        counts.deallocations += 1;
        counts.deallocated_bytes += bytes as u64;
    });
    LIVE.fetch_sub(bytes, Ordering::Relaxed);
}

/// Counts a failure and returns what says so.
fn fail() -> *mut u8 {
    update(|counts| counts.failures += 1);
    ptr::null_mut()
}

/// Counts the allocation behind `memory`, unless the system had none.
fn counted(memory: *mut u8, bytes: usize) -> *mut u8 {
    if !memory.is_null() {
        record_allocation(bytes);
    }
    memory
}

// SAFETY: every call goes to `System` with the caller's own arguments, or returns null, as an allocator may. The
// counters neither allocate nor unwind: they are thread-locals without destructors, and atomics.
unsafe impl GlobalAlloc for TestAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if must_fail() {
            return fail();
        }
        // SAFETY: the caller keeps `GlobalAlloc::alloc`'s contract, which is `System`'s.
        counted(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if must_fail() {
            return fail();
        }
        // SAFETY: the caller keeps `GlobalAlloc::alloc_zeroed`'s contract, which is `System`'s.
        counted(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        record_deallocation(layout.size());
        // SAFETY: `memory` came from `System` through this allocator, with the same layout.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if must_fail() {
            return fail();
        }
        // SAFETY: `memory` came from `System` through this allocator, with the same layout; the caller vouches for
        // the new size.
        let moved = unsafe { System.realloc(memory, layout, new_size) };
        if !moved.is_null() {
            record_allocation(new_size);
            record_deallocation(layout.size());
        }
        moved
    }
}
