//! What is `Send`, `Sync` and unwind safe, and how large handles are, asserted at compile time.

use std::{
    cell::{Cell, RefCell},
    marker::PhantomData,
    panic::{RefUnwindSafe, UnwindSafe},
};

use flow_memory::{
    AllocError, Buffer, BufferClassStats, BufferPool, BufferPoolBuilder, BufferPoolStats, GlobalPoolError,
    ObjectPool, ObjectPoolBuilder, ObjectPoolStats, OwnedBuffer, OwnedObject, PooledBuffer, PooledObject,
    Recycle,
};

/// May be sent, but not shared.
struct Alone(Cell<u8>);

impl Recycle for Alone {
    fn recycle(&mut self) {
        self.0.set(0);
    }
}

const fn send<T: Send>() {}
const fn sync<T: Sync>() {}
const fn unpin<T: Unpin>() {}
const fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
const fn copy<T: Copy>() {}
const fn builder<T: Clone + Default>() {}
const fn error<T: std::error::Error + Send + Sync + 'static>() {}

const _: () = {
    send::<BufferPool>();
    sync::<BufferPool>();
    unpin::<BufferPool>();
    unwind_safe::<BufferPool>();
    send::<BufferPoolBuilder>();
    sync::<BufferPoolBuilder>();
    builder::<BufferPoolBuilder>();
    send::<PooledBuffer<'static>>();
    sync::<PooledBuffer<'static>>();
    unpin::<PooledBuffer<'static>>();
    unwind_safe::<PooledBuffer<'static>>();
    send::<OwnedBuffer>();
    sync::<OwnedBuffer>();
    unpin::<OwnedBuffer>();
    unwind_safe::<OwnedBuffer>();
    copy::<BufferPoolStats>();
    copy::<BufferClassStats>();
    error::<AllocError>();
    copy::<AllocError>();
    error::<GlobalPoolError>();

    send::<ObjectPool<String>>();
    sync::<ObjectPool<String>>();
    unpin::<ObjectPool<String>>();
    unwind_safe::<ObjectPool<String>>();
    send::<ObjectPoolBuilder<String>>();
    sync::<ObjectPoolBuilder<String>>();
    send::<PooledObject<'static, String>>();
    sync::<PooledObject<'static, String>>();
    unpin::<PooledObject<'static, String>>();
    unwind_safe::<PooledObject<'static, String>>();
    send::<OwnedObject<String>>();
    sync::<OwnedObject<String>>();
    unpin::<OwnedObject<String>>();
    unwind_safe::<OwnedObject<String>>();
    copy::<ObjectPoolStats>();

    // Objects that must not be shared are in pools that may.
    send::<ObjectPool<Alone>>();
    sync::<ObjectPool<Alone>>();
    send::<PooledObject<'static, Alone>>();
    send::<OwnedObject<Alone>>();
};

/// Says of a type whether it is `Sync`: the inherent constant, if its bound holds, hides the trait's.
struct Probe<T>(PhantomData<T>);

trait No {
    const IS_SYNC: bool = false;
}

impl<T> No for Probe<T> {}

impl<T: Sync> Probe<T> {
    const IS_SYNC: bool = true;
}

// A reference to a handle is one to the object.
const _: () = assert!(Probe::<OwnedObject<String>>::IS_SYNC);
const _: () = assert!(!Probe::<OwnedObject<Alone>>::IS_SYNC);
const _: () = assert!(!Probe::<PooledObject<'static, Alone>>::IS_SYNC);
const _: () = assert!(!Probe::<OwnedObject<Vec<RefCell<u8>>>>::IS_SYNC);

const WORD: usize = size_of::<usize>();

// A vector, what was promised, and the pool.
const _: () = assert!(size_of::<PooledBuffer<'static>>() == 5 * WORD);
const _: () = assert!(size_of::<OwnedBuffer>() == 5 * WORD);
const _: () = assert!(size_of::<Option<PooledBuffer<'static>>>() == 5 * WORD);
const _: () = assert!(size_of::<Option<OwnedBuffer>>() == 5 * WORD);
const _: () = assert!(size_of::<BufferPool>() == WORD);

// The object and the pool.
const _: () = assert!(size_of::<PooledObject<'static, Vec<u64>>>() == 2 * WORD);
const _: () = assert!(size_of::<OwnedObject<Vec<u64>>>() == 2 * WORD);
const _: () = assert!(size_of::<Option<PooledObject<'static, Vec<u64>>>>() == 2 * WORD);
const _: () = assert!(size_of::<Option<OwnedObject<Vec<u64>>>>() == 2 * WORD);
const _: () = assert!(size_of::<ObjectPool<String>>() == WORD);

/// A handle may be used where a shorter lifetime of its pool is wanted.
#[expect(dead_code, reason = "it is enough that it compiles")]
fn shorter<'short>(
    buffer: PooledBuffer<'static>,
    object: PooledObject<'static, String>,
) -> (Buffer<&'short BufferPool>, PooledObject<'short, String>) {
    (buffer, object)
}
