//! What is `Send`, `Sync` and unwind safe, asserted at compile time.

use std::panic::{RefUnwindSafe, UnwindSafe};

use flow_arena::{AllocError, Arena, ArenaBuilder, ArenaStats, Lane, SharedArenaError, StringPoolBuilder};

const fn send<T: Send>() {}
const fn sync<T: Sync>() {}
const fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
const fn copy<T: Copy>() {}
const fn builder<T: Clone + Default>() {}

const _: () = {
    send::<Arena>();
    sync::<Arena>();
    unwind_safe::<Arena>();
    send::<ArenaBuilder>();
    sync::<ArenaBuilder>();
    builder::<ArenaBuilder>();
    builder::<StringPoolBuilder>();
    copy::<ArenaStats>();
    send::<Lane<'static>>();
    copy::<AllocError>();
    copy::<SharedArenaError>();
};
