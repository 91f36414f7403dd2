//! What is `Send`, `Sync` and `Copy`, and how large handles are, asserted at compile time.

use std::{
    cell::Cell,
    marker::PhantomData,
    panic::{RefUnwindSafe, UnwindSafe},
    rc::Rc,
    sync::MutexGuard,
};

use flow_concurrent::{
    CompareExchangeError, ConcurrentMap, ConcurrentMapBuilder, ConcurrentMapStats, DefaultHashBuilder, Diff,
    ReadMap, ReadMapStats, Reader, Snapshot, VersionMismatchError, concurrent_map, read_map,
};

const fn shared<T: Send + Sync>() {}
const fn copy<T: Copy>() {}
const fn error<T: std::error::Error + Send + Sync + 'static>() {}

const fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}

const _: () = {
    unwind_safe::<ConcurrentMap<String, u32>>();
    unwind_safe::<ReadMap<String, u32>>();
    shared::<ConcurrentMap<String, u32>>();
    shared::<ConcurrentMapBuilder<String, u32>>();
    shared::<concurrent_map::Iter<'static, String, u32, DefaultHashBuilder>>();
    copy::<ConcurrentMapStats>();
    error::<CompareExchangeError<u32>>();

    shared::<ReadMap<String, u32>>();
    shared::<Reader<String, u32>>();
    shared::<Snapshot<String, u32>>();
    shared::<read_map::Iter<'static, String, u32>>();
    shared::<Diff<'static, String, u32>>();
    copy::<ReadMapStats>();
    error::<VersionMismatchError>();
    copy::<VersionMismatchError>();
};

/// Says of a type whether it has a trait: the inherent constants, if their bound holds, hide the trait's.
struct Probe<T>(PhantomData<T>);

trait No {
    const IS_SEND: bool = false;
    const IS_SYNC: bool = false;
}

impl<T> No for Probe<T> {}

impl<T: Send> Probe<T> {
    const IS_SEND: bool = true;
}

impl<T: Sync> Probe<T> {
    const IS_SYNC: bool = true;
}

const _: () = assert!(Probe::<ReadMap<u8, u8>>::IS_SEND && Probe::<ReadMap<u8, u8>>::IS_SYNC);

// What must not leave its thread makes no map that does.
const _: () =
    assert!(!Probe::<ConcurrentMap<u8, Rc<u8>>>::IS_SEND && !Probe::<ConcurrentMap<u8, Rc<u8>>>::IS_SYNC);
const _: () = assert!(!Probe::<ReadMap<u8, Rc<u8>>>::IS_SEND && !Probe::<ReadMap<Rc<u8>, u8>>::IS_SYNC);
const _: () = assert!(!Probe::<Snapshot<u8, Rc<u8>>>::IS_SEND && !Probe::<Reader<Rc<u8>, u8>>::IS_SEND);

// What must not be shared: versions of a read map are seen from several threads, so it must not be sent either.
const _: () = assert!(!Probe::<ConcurrentMap<u8, Cell<u8>>>::IS_SYNC);
const _: () = assert!(!Probe::<ReadMap<u8, Cell<u8>>>::IS_SYNC && !Probe::<ReadMap<u8, Cell<u8>>>::IS_SEND);
const _: () = assert!(!Probe::<Snapshot<u8, Cell<u8>>>::IS_SYNC && !Probe::<Reader<u8, Cell<u8>>>::IS_SEND);
const _: () = assert!(!Probe::<read_map::Iter<'static, u8, Cell<u8>>>::IS_SEND);

// What may be shared, but not sent: it would be dropped by whoever writes next.
const _: () = assert!(!Probe::<ReadMap<u8, MutexGuard<'static, u8>>>::IS_SEND);
const _: () = assert!(!Probe::<ReadMap<u8, MutexGuard<'static, u8>>>::IS_SYNC);

const WORD: usize = size_of::<usize>();

const _: () = assert!(size_of::<ReadMap<String, String>>() == WORD);
const _: () = assert!(size_of::<Reader<String, String>>() == 2 * WORD);
const _: () = assert!(size_of::<Option<Snapshot<String, String>>>() == 2 * WORD);
