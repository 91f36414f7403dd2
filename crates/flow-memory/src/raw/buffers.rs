//! Buffers from the global allocator, in classes whose sizes are powers of two.
//!
//! Invariant: an item of a class is a buffer whose capacity is exactly the size of the class, so that a pointer is all
//! that has to be kept of it. A buffer that comes back with a little more is shrunk to that.

use std::{
    alloc::{Layout, alloc_zeroed, realloc},
    mem::{self, ManuallyDrop},
    num::NonZero,
    ptr::NonNull,
};

use flow_arena::internal::{poison, unpoison};
use zeroize::Zeroize;

use super::{
    magazine::{Item, ROUNDS},
    pool::{ClassCounts, RawPool},
    storage::Storage,
};
use crate::{
    AllocError,
    sync::{Apart, AtomicU64, AtomicUsize, Ordering, of_process::Arc},
};

/// How a pool of buffers is made. Sizes in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    /// A power of two, at least 8.
    pub(crate) smallest: usize,
    /// A power of two, at least `smallest`.
    pub(crate) largest: usize,
    pub(crate) max_retained: usize,
    /// What a thread may keep of one class; at least two buffers, whatever it says.
    pub(crate) thread_cache: usize,
    pub(crate) zero_on_return: bool,
}

/// A pool of buffers: a handle, of which there may be many.
#[derive(Clone, Debug)]
pub(crate) struct Buffers(Arc<RawPool<Heap>>);

/// A buffer that was handed out, and what for: the size of its class, or what was asked for if that exceeds the largest
/// class, or 0 if the pool does not count it as outstanding.
///
/// Has no destructor, so that none is run after [`Buffers::give_back`] took the buffer out: a buffer that is forgotten
/// leaks.
#[derive(Debug)]
pub(crate) struct Lent {
    buffer: ManuallyDrop<Vec<u8>>,
    promised: usize,
}

impl Lent {
    #[inline]
    pub(crate) fn new(buffer: Vec<u8>, promised: usize) -> Self {
        Self { buffer: ManuallyDrop::new(buffer), promised }
    }

    #[inline]
    pub(crate) fn buffer(&self) -> &Vec<u8> {
        &self.buffer
    }

    #[inline]
    pub(crate) fn buffer_mut(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Takes it out and leaves nothing, for which nothing was promised.
    #[inline]
    pub(crate) fn take(&mut self) -> Self {
        mem::replace(self, Self::new(Vec::new(), 0))
    }

    pub(crate) fn into_parts(self) -> (Vec<u8>, usize) {
        (ManuallyDrop::into_inner(self.buffer), self.promised)
    }
}

/// What is counted of buffers that are of no class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unclassed {
    /// Buffers above the largest class that were handed out, ever.
    pub(crate) oversized: u64,
    /// Those that are in use, and their sizes.
    pub(crate) outstanding: usize,
    pub(crate) outstanding_bytes: usize,
    /// Buffers that came back and did not fit a class.
    pub(crate) refused: u64,
}

/// The sizes of the classes, and counts of what is of none.
#[derive(Debug)]
struct Heap {
    smallest: usize,
    /// `smallest - 1`, and its logarithm.
    smallest_offset: NonZero<usize>,
    offset_log2: u32,
    largest: usize,
    zero_on_return: bool,
    /// The buffers of `smallest..smallest + plain_span` bytes can go back as they are.
    plain_span: usize,
    unclassed: Apart<UnclassedCounters>,
}

/// See [`Unclassed`].
#[derive(Debug, Default)]
struct UnclassedCounters {
    oversized: AtomicU64,
    outstanding: AtomicUsize,
    outstanding_bytes: AtomicUsize,
    refused: AtomicU64,
}

impl Heap {
    /// The least class whose buffers have a capacity of at least `capacity`; beyond the last class if there is none.
    #[inline]
    fn class_above(&self, capacity: usize) -> usize {
        // The number of bits that `capacity - 1` takes, at least those that `smallest - 1` does, is the logarithm of
        // the size.
        let largest_offset = self.smallest_offset | capacity.saturating_sub(1);
        (largest_offset.ilog2() - self.offset_log2) as usize
    }

    /// The largest class that a buffer of `capacity` bytes can serve. `None` if it is smaller than all, or at least
    /// twice as large as all: keeping a small part of it would be no better than keeping none.
    fn class_below(&self, capacity: usize) -> Option<usize> {
        let fits = capacity >= self.smallest && capacity / 2 < self.largest;
        fits.then(|| (capacity.ilog2() - self.smallest.ilog2()) as usize)
    }

    /// The size of the buffers of a class, in bytes.
    #[inline]
    fn size(&self, class: usize) -> usize {
        self.smallest << class
    }
}

// SAFETY: buffers are memory of the global allocator, which takes it back on any thread, and `dispose` gives it back.
unsafe impl Storage for Heap {
    unsafe fn dispose(&self, class: usize, item: Item) {
        // SAFETY: the caller's.
        drop(unsafe { from_item(item, self.size(class)) });
    }
}

/// The memory of a buffer, of which only a pointer is left.
fn into_memory(buffer: Vec<u8>) -> Item {
    let mut buffer = ManuallyDrop::new(buffer);
    // SAFETY: a vector's pointer is never null.
    unsafe { NonNull::new_unchecked(buffer.as_mut_ptr()) }
}

/// The buffer that an item is.
///
/// # Safety
///
/// The item is the memory of a vector with a capacity of `size`, and is the caller's.
#[inline]
unsafe fn from_item(item: Item, size: usize) -> Vec<u8> {
    unpoison(item.as_ptr(), size);
    // SAFETY: it was a vector of that capacity, and the caller owns it.
    unsafe { Vec::from_raw_parts(item.as_ptr(), 0, size) }
}

/// A buffer of exactly `size` bytes, of which the first `len` are 0, and are its contents.
fn allocate(size: usize, len: usize) -> Result<Vec<u8>, AllocError> {
    let out_of_memory = AllocError::OutOfMemory { requested: size };
    let layout = Layout::array::<u8>(size).map_err(|_| AllocError::TooLarge { requested: size })?;
    if len == 0 {
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(size).map_err(|_| out_of_memory)?;
        return Ok(buffer);
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "`Vec` cannot ask for zeroed memory and report that there is none"
    )]
    // SAFETY: the size is not 0: it is at least `len`.
    let start = unsafe { alloc_zeroed(layout) };
    if start.is_null() {
        return Err(out_of_memory);
    }
    // SAFETY: allocated as a vector does, with `size` bytes, all initialized.
    Ok(unsafe { Vec::from_raw_parts(start, len, size) })
}

/// Shrinks a buffer to `size` bytes, which are not 0 and not more than it has. If the allocator cannot, the buffer is
/// freed.
fn shrink(mut buffer: Vec<u8>, size: usize) -> Option<Vec<u8>> {
    buffer.clear();
    if buffer.capacity() == size {
        return Some(buffer);
    }
    let layout = Layout::array::<u8>(buffer.capacity()).ok()?;
    #[expect(clippy::disallowed_methods, reason = "`Vec::shrink_to` aborts where the allocator cannot")]
    // SAFETY: the memory of a vector has this layout, and the new size is neither 0 nor more than the old one.
    let start = unsafe { realloc(buffer.as_mut_ptr(), layout, size) };
    if start.is_null() {
        return None;
    }
    // The old pointer is void.
    let _ = ManuallyDrop::new(buffer);
    // SAFETY: reallocated as a vector does.
    Some(unsafe { Vec::from_raw_parts(start, 0, size) })
}

impl Buffers {
    pub(crate) fn new(config: Config) -> Self {
        let Config { smallest, largest, max_retained, thread_cache, zero_on_return } = config;
        let heap = Heap {
            smallest,
            smallest_offset: NonZero::new(smallest - 1).expect("the smallest class is more than one byte"),
            offset_log2: smallest.ilog2() - 1,
            largest,
            zero_on_return,
            plain_span: if zero_on_return { 0 } else { largest - smallest + 1 },
            unclassed: Apart::new(UnclassedCounters::default()),
        };
        let sizes = (0..=heap.class_above(largest)).map(|class| smallest << class);
        let classes = sizes.map(|size| (size, u32::try_from(thread_cache / 2 / size).unwrap_or(ROUNDS)));
        Self(Arc::new(RawPool::new(heap, classes, max_retained)))
    }

    /// A buffer that was kept, without contents and with a capacity of at least `capacity`. `None` if there is none; then
    /// [`Self::make`] has to follow.
    #[inline]
    pub(crate) fn get(&self, capacity: usize) -> Option<Lent> {
        let heap = self.0.storage();
        let class = heap.class_above(capacity);
        let item = RawPool::get(&self.0, class)?;
        let promised = heap.size(class);
        // SAFETY: an item of this class, which the pool gave up.
        Some(Lent::new(unsafe { from_item(item, promised) }, promised))
    }

    /// Makes a buffer with a capacity of at least `capacity`, whose contents are `len` zeros; `len <= capacity`.
    #[cold]
    #[inline(never)]
    pub(crate) fn make(&self, capacity: usize, len: usize) -> Result<Lent, AllocError> {
        let heap = self.0.storage();
        let class = heap.class_above(capacity);
        if class < self.0.classes() {
            let promised = heap.size(class);
            return match allocate(promised, len) {
                Ok(buffer) => Ok(Lent::new(buffer, promised)),
                Err(error) => {
                    // The miss counts as handed out.
                    RawPool::count_left(&self.0, class);
                    Err(error)
                }
            };
        }
        let buffer = allocate(capacity, len)?;
        // Relaxed, here and below: numbers for statistics.
        heap.unclassed.oversized.fetch_add(1, Ordering::Relaxed);
        heap.unclassed.outstanding.fetch_add(1, Ordering::Relaxed);
        heap.unclassed.outstanding_bytes.fetch_add(capacity, Ordering::Relaxed);
        Ok(Lent::new(buffer, capacity))
    }

    /// Takes back a buffer: keeps it, or frees it. Leaves nothing in `lent`.
    #[expect(
        clippy::inline_always,
        reason = "a call, and the buffer on the stack for it, made the pair of get and drop 1.2x slower"
    )]
    #[inline(always)]
    pub(crate) fn give_back(&self, lent: &mut Lent) {
        let heap = self.0.storage();
        let (buffer, promised) = lent.take().into_parts();
        let mut buffer = ManuallyDrop::new(buffer);
        let capacity = buffer.capacity();
        // SAFETY: a vector's pointer is never null.
        let start = unsafe { NonNull::new_unchecked(buffer.as_mut_ptr()) };
        if capacity == promised && promised.wrapping_sub(heap.smallest) < heap.plain_span {
            // SAFETY: it is at least the smallest class, so not 0.
            let log2 = unsafe { NonZero::new_unchecked(promised) }.ilog2();
            let class = (log2 - heap.offset_log2 - 1) as usize;
            // SAFETY: the memory of a vector, which we have forgotten, with the capacity of the class.
            unsafe { self.keep(class, start, promised) };
        } else {
            // SAFETY: the pieces of a vector, which we have forgotten.
            unsafe { self.give_back_slow(start, capacity, promised) };
        }
    }

    /// Takes in a buffer that was not handed out: keeps it, or frees it.
    pub(crate) fn adopt(&self, buffer: Vec<u8>) {
        let heap = self.0.storage();
        let capacity = buffer.capacity();
        let start = into_memory(buffer);
        if capacity.is_power_of_two() && capacity.wrapping_sub(heap.smallest) < heap.plain_span {
            let class = heap.class_above(capacity);
            RawPool::count_adopted(&self.0, class);
            // SAFETY: the memory of a vector with the capacity of the class.
            unsafe { self.keep(class, start, capacity) };
        } else {
            // SAFETY: the memory of a vector with that capacity.
            unsafe { self.give_back_slow(start, capacity, 0) };
        }
    }

    /// Keeps a buffer, or frees it.
    ///
    /// # Safety
    ///
    /// It is the memory of a vector with a capacity of `size`, which is the size of the class, and it is the caller's.
    #[inline]
    unsafe fn keep(&self, class: usize, start: Item, size: usize) {
        poison(start.as_ptr(), size);
        // SAFETY: an item of this class.
        unsafe { RawPool::put(&self.0, class, start) };
    }

    /// Takes back a buffer that has to be cleared, or has another capacity than when it was handed out, or is of no
    /// class.
    ///
    /// # Safety
    ///
    /// It is the memory of a vector with that capacity, and is the caller's. (The pieces of a vector fit registers;
    /// the vector itself would have to be written to the stack even where this is not called.)
    #[cold]
    #[inline(never)]
    unsafe fn give_back_slow(&self, start: Item, capacity: usize, promised: usize) {
        // SAFETY: the caller's.
        let mut buffer = unsafe { Vec::from_raw_parts(start.as_ptr(), 0, capacity) };
        let heap = self.0.storage();
        if heap.zero_on_return {
            // With all of its capacity, and so that the compiler cannot leave it out.
            buffer.zeroize();
        }
        let origin = self.class_of_promise(promised);
        // What was asked for above the largest class is not kept, though a class might serve with a part of it.
        let target = if promised > heap.largest { None } else { heap.class_below(capacity) };
        if target.is_none() || target != origin {
            self.stop_counting(promised);
        }
        let Some(class) = target else {
            // An empty one was moved out of its handle: nothing came back.
            if capacity != 0 {
                heap.unclassed.refused.fetch_add(1, Ordering::Relaxed);
            }
            return;
        };
        if target != origin {
            RawPool::count_adopted(&self.0, class);
        }
        let size = heap.size(class);
        match shrink(buffer, size) {
            // SAFETY: its capacity is now that of the class.
            Some(buffer) => unsafe { self.keep(class, into_memory(buffer), size) },
            None => RawPool::count_discarded(&self.0, class),
        }
    }

    /// The class that a buffer was handed out from, if it was from one.
    fn class_of_promise(&self, promised: usize) -> Option<usize> {
        let heap = self.0.storage();
        (heap.smallest..=heap.largest).contains(&promised).then(|| heap.class_above(promised))
    }

    /// Says that a buffer that was handed out will not come back, or as another one. By what was promised for it.
    pub(crate) fn stop_counting(&self, promised: usize) {
        let heap = self.0.storage();
        if let Some(class) = self.class_of_promise(promised) {
            RawPool::count_left(&self.0, class);
        } else if promised != 0 {
            heap.unclassed.outstanding.fetch_sub(1, Ordering::Relaxed);
            heap.unclassed.outstanding_bytes.fetch_sub(promised, Ordering::Relaxed);
        }
    }

    /// See [`RawPool::shrink_to`].
    pub(crate) fn shrink_to(&self, bytes: usize) -> usize {
        RawPool::shrink_to(&self.0, bytes)
    }

    /// Makes buffers in advance, for requests of `capacity` bytes. How many were made and kept.
    pub(crate) fn prefill(&self, capacity: usize, count: usize) -> usize {
        let heap = self.0.storage();
        let class = heap.class_above(capacity);
        if class >= self.0.classes() {
            return 0;
        }
        let size = heap.size(class);
        self.0.prefill(class, count, || {
            let start = into_memory(shrink(allocate(size, 0).ok()?, size)?);
            poison(start.as_ptr(), size);
            Some(start)
        })
    }

    pub(crate) fn limit(&self) -> usize {
        self.0.limit()
    }

    pub(crate) fn smallest_class(&self) -> usize {
        self.0.storage().smallest
    }

    pub(crate) fn largest_class(&self) -> usize {
        self.0.storage().largest
    }

    /// The counts of all classes, by size.
    pub(crate) fn counts(&self) -> Vec<ClassCounts> {
        self.0.counts()
    }

    /// See [`RawPool::charged`].
    pub(crate) fn charged(&self) -> usize {
        self.0.charged()
    }

    pub(crate) fn unclassed(&self) -> Unclassed {
        let counters = &self.0.storage().unclassed;
        Unclassed {
            oversized: counters.oversized.load(Ordering::Relaxed),
            outstanding: counters.outstanding.load(Ordering::Relaxed),
            outstanding_bytes: counters.outstanding_bytes.load(Ordering::Relaxed),
            refused: counters.refused.load(Ordering::Relaxed),
        }
    }
}
