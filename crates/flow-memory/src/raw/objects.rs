//! Objects of one type, each in a slot: a box, or memory of an arena.
//!
//! Invariant: an item is a pointer to a slot with an object in it. Slots of an arena that have none are in a list,
//! each with a pointer to the next.

use std::{alloc::Layout, fmt, ptr::NonNull};

use flow_arena::{
    Arena,
    internal::{poison, unpoison},
};

use super::{
    magazine::{Item, ROUNDS},
    pool::{ClassCounts, RawPool},
    storage::Storage,
};
use crate::{
    AllocError,
    sync::{Mutex, lock, of_process::Arc},
};

/// The only class.
const CLASS: usize = 0;

/// A pool of objects: a handle, of which there may be many.
pub(crate) struct Objects<T: Send + 'static>(Arc<RawPool<Slots<T>>>);

// SAFETY: `RawPool` is `Send` and `Sync` for every storage, and `Slots<T>` is one. Said here, because the compiler
// cannot find that out of a `T` that has a pool of its own type in it: the way leads through `Storage`, which is no
// auto trait.
unsafe impl<T: Send> Send for Objects<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Objects<T> {}

impl<T: Send> Clone for Objects<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send> fmt::Debug for Objects<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An object that was handed out. Whoever has it gives it back, or moves the object out, or else it leaks.
pub(crate) struct Lease<T>(NonNull<T>);

// SAFETY: a lease owns its object, as a box does.
unsafe impl<T: Send> Send for Lease<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Lease<T> {}

impl<T> Lease<T> {
    #[inline]
    pub(crate) fn get(&self) -> &T {
        // SAFETY: the slot has an object, which is ours.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        // SAFETY: as in `get`.
        unsafe { self.0.as_mut() }
    }
}

/// Makes slots and takes them back.
struct Slots<T> {
    make: Box<dyn Fn() -> T + Send + Sync>,
    /// Where slots are, if not in boxes.
    arena: Option<(Arc<Arena>, Mutex<Vacant<T>>)>,
}

/// The first of a list of slots of an arena without an object.
struct Vacant<T>(*mut VacantSlot<T>);

// SAFETY: the slots in the list are the list's own.
unsafe impl<T> Send for Vacant<T> {}

/// What is in a slot of an arena: an object, or the pointer to the next one that has none.
union VacantSlot<T> {
    next: *mut VacantSlot<T>,
    _object: std::mem::ManuallyDrop<std::mem::MaybeUninit<T>>,
}

impl<T> Slots<T> {
    /// Puts an object into a new slot. If there is no memory, the object is dropped.
    fn place(&self, object: T) -> Result<NonNull<T>, AllocError> {
        let Some((arena, vacant)) = &self.arena else { return place_in_box(object) };
        let mut list = lock(vacant);
        let slot = match NonNull::new(list.0) {
            Some(slot) => {
                unpoison(slot.as_ptr().cast::<u8>(), size_of::<VacantSlot<T>>());
                // SAFETY: it is in the list, so that it has a pointer to the next and is ours.
                list.0 = unsafe { slot.as_ref().next };
                slot.cast()
            }
            None => arena.try_alloc_layout(Layout::new::<VacantSlot<T>>()).map_err(AllocError::Arena)?.cast(),
        };
        drop(list);
        // SAFETY: memory for a `VacantSlot<T>`, and so for a `T`, which is ours: nobody resets an arena that we have
        // an `Arc` of.
        unsafe { slot.write(object) };
        Ok(slot)
    }

    /// Takes back a slot whose object is gone.
    ///
    /// # Safety
    ///
    /// The slot comes from `place`, and nobody uses it any more.
    unsafe fn vacate(&self, slot: NonNull<T>) {
        match &self.arena {
            // SAFETY: the memory of a box, whose object is gone: a box of something that needs no drop.
            None => drop(unsafe { Box::from_raw(slot.cast::<std::mem::MaybeUninit<T>>().as_ptr()) }),
            Some((_, vacant)) => {
                let mut list = lock(vacant);
                let slot = slot.cast::<VacantSlot<T>>();
                // SAFETY: memory for a `VacantSlot<T>`, which is ours.
                unsafe { slot.write(VacantSlot { next: list.0 }) };
                poison(slot.as_ptr().cast::<u8>(), size_of::<VacantSlot<T>>());
                list.0 = slot.as_ptr();
            }
        }
    }
}

/// A box, if there is memory for it.
fn place_in_box<T>(object: T) -> Result<NonNull<T>, AllocError> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(1).map_err(|_| AllocError::OutOfMemory { requested: size_of::<T>() })?;
    memory.push(object);
    // A boxed slice of one is a box.
    Ok(NonNull::from(Box::leak(memory.into_boxed_slice())).cast())
}

// SAFETY: `T: Send`, and so are boxes, and memory of an arena. `dispose` drops the object where it is.
unsafe impl<T: Send> Storage for Slots<T> {
    unsafe fn dispose(&self, _class: usize, item: Item) {
        // SAFETY: it was put into the pool by `give_back`, and the pool gave it up.
        let object = unsafe { from_item::<T>(item) };
        self.dispose_object(object);
    }
}

impl<T> Slots<T> {
    /// Drops an object, and takes its slot back, also if that panics.
    fn dispose_object(&self, object: Lease<T>) {
        /// Vacates when dropped.
        struct Vacate<'a, T>(&'a Slots<T>, NonNull<T>);
        impl<T> Drop for Vacate<'_, T> {
            fn drop(&mut self) {
                // SAFETY: the object was dropped, or what is left of it after a panic must not be touched.
                unsafe { self.0.vacate(self.1) };
            }
        }
        let vacate = Vacate(self, object.0);
        // SAFETY: the lease owns the object.
        unsafe { object.0.drop_in_place() };
        drop(vacate);
    }
}

#[inline]
fn into_item<T>(object: Lease<T>) -> Item {
    poison(object.0.as_ptr().cast::<u8>(), size_of::<T>());
    object.0.cast()
}

/// # Safety
///
/// The item comes from [`into_item`] and is used for nothing else any more.
#[inline]
unsafe fn from_item<T>(item: Item) -> Lease<T> {
    unpoison(item.as_ptr(), size_of::<T>());
    Lease(item.cast())
}

impl<T: Send> Objects<T> {
    /// Keeps at most `limit` objects, of which each thread may keep `thread_cache` for itself, but two in any case.
    pub(crate) fn new(
        make: Box<dyn Fn() -> T + Send + Sync>,
        arena: Option<Arc<Arena>>,
        limit: usize,
        thread_cache: usize,
    ) -> Self {
        let arena = arena.map(|arena| (arena, Mutex::new(Vacant(std::ptr::null_mut()))));
        let rounds = u32::try_from(thread_cache / 2).unwrap_or(ROUNDS);
        Self(Arc::new(RawPool::new(Slots { make, arena }, [(1, rounds)].into_iter(), limit)))
    }

    /// An object that was kept. `None` if there is none; then [`Self::make`] has to follow.
    #[inline]
    pub(crate) fn get(&self) -> Option<Lease<T>> {
        // SAFETY: put in by `give_back` or `prefill`, and the pool gave it up.
        RawPool::get(&self.0, CLASS).map(|item| unsafe { from_item(item) })
    }

    /// Makes an object.
    #[cold]
    #[inline(never)]
    pub(crate) fn make(&self) -> Result<Lease<T>, AllocError> {
        /// Takes back that the miss counts as handed out, unless something was.
        struct Uncount<'a, T: Send + 'static>(Option<&'a Objects<T>>);
        impl<T: Send> Drop for Uncount<'_, T> {
            fn drop(&mut self) {
                if let Some(objects) = self.0 {
                    RawPool::count_left(&objects.0, CLASS);
                }
            }
        }
        let mut uncount = Uncount(Some(self));
        let slots = self.0.storage();
        let slot = slots.place((slots.make)())?;
        uncount.0 = None;
        Ok(Lease(slot))
    }

    /// Takes back an object: keeps it, or drops it.
    #[inline]
    pub(crate) fn give_back(&self, object: Lease<T>) {
        // SAFETY: leases are of this pool's only class.
        unsafe { RawPool::put(&self.0, CLASS, into_item(object)) };
    }

    /// Drops an object that was handed out.
    pub(crate) fn discard(&self, object: Lease<T>) {
        RawPool::count_discarded(&self.0, CLASS);
        self.0.storage().dispose_object(object);
    }

    /// Moves an object out of its slot: it is not the pool's any more.
    pub(crate) fn detach(&self, object: Lease<T>) -> T {
        RawPool::count_left(&self.0, CLASS);
        // SAFETY: the slot has an object, which is ours and is not used there any more.
        let value = unsafe { object.0.read() };
        // SAFETY: as above.
        unsafe { self.0.storage().vacate(object.0) };
        value
    }

    /// See [`RawPool::shrink_to`].
    pub(crate) fn shrink_to(&self, objects: usize) -> usize {
        RawPool::shrink_to(&self.0, objects)
    }

    /// Makes objects in advance. How many were made and kept.
    pub(crate) fn prefill(&self, count: usize) -> usize {
        let slots = self.0.storage();
        self.0.prefill(CLASS, count, || slots.place((slots.make)()).ok().map(|slot| into_item(Lease(slot))))
    }

    pub(crate) fn limit(&self) -> usize {
        self.0.limit()
    }

    pub(crate) fn counts(&self) -> ClassCounts {
        self.0.counts()[CLASS]
    }

    /// See [`RawPool::charged`].
    pub(crate) fn charged(&self) -> usize {
        self.0.charged()
    }
}
