//! The arenas that are compared, behind one trait.

use std::{
    alloc::Layout,
    fmt::{self, Write},
    hint::black_box,
    ptr::NonNull,
    sync::{Mutex, MutexGuard, PoisonError},
};

use blink_alloc::{Blink, LocalBlinkAlloc, SyncBlinkAlloc};
use bump_scope::{BumpPool, BumpPoolGuard};
use bumpalo::Bump;
use bumpalo_herd::{Herd, Member};
use flow_arena::{Arena, Lane};

use crate::measure::PerThread;

/// An arena that the threads of a benchmark share, in one way or another, if it is `Sync`; else one for a thread alone.
pub(crate) trait Contender: Send {
    /// What a thread allocates from during an iteration.
    type Handle<'a>: Allocate
    where
        Self: 'a;

    /// One for `threads` threads, with enough memory for `bytes` bytes on each, in requests of at most `request` bytes; in
    /// one piece where that is faster.
    fn new(threads: usize, bytes: usize, request: usize) -> Self;

    /// Makes all memory reusable and keeps it.
    fn reset(&mut self);

    /// Part of what is measured, once an iteration.
    fn handle(&self) -> Self::Handle<'_>;
}

/// The operations.
///
/// Where there is a choice of methods for the same job, the fastest is taken. Results go through `black_box`, as a
/// pointer, so that the memory counts as used.
pub(crate) trait Allocate {
    fn uninit<const SIZE: usize>(&self) -> NonNull<u8>;

    fn value<T: Copy>(&self, value: T) -> NonNull<T>;

    fn text(&self, text: &str) -> NonNull<str>;

    fn format(&self, arguments: fmt::Arguments<'_>) -> NonNull<str>;
}

const fn bytes_of(size: usize) -> Layout {
    match Layout::from_size_align(size, 1) {
        Ok(layout) => layout,
        Err(_) => panic!("too large"),
    }
}

/// `Arena`, shared by reference.
pub(crate) struct FlowArena(Arena);

impl Contender for FlowArena {
    type Handle<'a> = &'a Arena;

    fn new(threads: usize, bytes: usize, request: usize) -> Self {
        let mut arena = Arena::new();
        // As many blocks as the threads will fill, and one more for each. Larger requests have blocks of their own.
        let shared = arena.block_size() / 4 - 64;
        let step = if request > shared { request } else { shared };
        for _ in 0..threads * (bytes.div_ceil(step) + 4) {
            black_box(arena.alloc_uninit(step));
        }
        arena.reset();
        Self(arena)
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn handle(&self) -> &Arena {
        &self.0
    }
}

/// Lanes of one `Arena`.
pub(crate) struct FlowLane(FlowArena);

impl Contender for FlowLane {
    type Handle<'a> = Lane<'a>;

    fn new(threads: usize, bytes: usize, request: usize) -> Self {
        Self(FlowArena::new(threads, bytes, request))
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn handle(&self) -> Lane<'_> {
        self.0.0.lane()
    }
}

macro_rules! allocate_from_flow {
    ($($handle:ty),*) => {$(
        impl Allocate for $handle {
            #[inline]
            fn uninit<const SIZE: usize>(&self) -> NonNull<u8> {
                NonNull::from(self.alloc_uninit(SIZE)).cast()
            }

            #[inline]
            fn value<T: Copy>(&self, value: T) -> NonNull<T> {
                self.alloc_value(value).into()
            }

            #[inline]
            fn text(&self, text: &str) -> NonNull<str> {
                self.alloc_str(text).into()
            }

            #[inline]
            fn format(&self, arguments: fmt::Arguments<'_>) -> NonNull<str> {
                self.alloc_fmt(arguments).into()
            }
        }
    )*};
}

allocate_from_flow!(&Arena, Lane<'_>);

/// A `Bump` for each thread, with one chunk that is large enough.
pub(crate) struct Bumpalo(PerThread<Bump>);

impl Contender for Bumpalo {
    type Handle<'a> = MutexGuard<'a, Bump>;

    fn new(_threads: usize, bytes: usize, _request: usize) -> Self {
        Self(PerThread::new(|| Bump::with_capacity(bytes)))
    }

    fn reset(&mut self) {
        self.0.for_each(Bump::reset);
    }

    fn handle(&self) -> MutexGuard<'_, Bump> {
        self.0.mine()
    }
}

/// One `Bump`, for a thread that shares nothing.
pub(crate) struct OneBump(Bump);

impl Contender for OneBump {
    type Handle<'a> = &'a Bump;

    fn new(threads: usize, bytes: usize, _request: usize) -> Self {
        assert_eq!(threads, 1, "a `Bump` is of one thread");
        Self(Bump::with_capacity(bytes))
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn handle(&self) -> &Bump {
        &self.0
    }
}

macro_rules! allocate_from_bumpalo {
    ($($handle:ty, $bump:ident;)*) => {$(
        impl Allocate for $handle {
            #[inline]
            fn uninit<const SIZE: usize>(&self) -> NonNull<u8> {
                self.$bump().alloc_layout(bytes_of(SIZE))
            }

            #[inline]
            fn value<T: Copy>(&self, value: T) -> NonNull<T> {
                self.$bump().alloc(value).into()
            }

            #[inline]
            fn text(&self, text: &str) -> NonNull<str> {
                self.$bump().alloc_str(text).into()
            }

            /// What `bumpalo::format!` does.
            #[inline]
            fn format(&self, arguments: fmt::Arguments<'_>) -> NonNull<str> {
                let bump = self.$bump();
                let mut text = bumpalo::collections::String::new_in(&bump);
                text.write_fmt(arguments).expect("memory is there");
                text.into_bump_str().into()
            }
        }
    )*};
}

trait Lend {
    fn lend(&self) -> &Bump;
}

impl Lend for MutexGuard<'_, Bump> {
    #[inline]
    fn lend(&self) -> &Bump {
        self
    }
}

impl Lend for &Bump {
    #[inline]
    fn lend(&self) -> &Bump {
        self
    }
}

impl Lend for Member<'_> {
    #[inline]
    fn lend(&self) -> &Bump {
        self.as_bump()
    }
}

allocate_from_bumpalo! {
    MutexGuard<'_, Bump>, lend;
    &Bump, lend;
    Member<'_>, lend;
    &MutexBump, lock;
}

/// Members of one `Herd`.
pub(crate) struct BumpaloHerd(Herd);

impl Contender for BumpaloHerd {
    type Handle<'a> = Member<'a>;

    fn new(threads: usize, bytes: usize, _request: usize) -> Self {
        let mut herd = Herd::new();
        let members: Vec<Member<'_>> = (0..threads).map(|_| herd.get()).collect();
        for member in &members {
            black_box(member.alloc_layout(bytes_of(bytes)));
        }
        drop(members);
        // Each member keeps its newest chunk, which is large enough.
        herd.reset();
        Self(herd)
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn handle(&self) -> Member<'_> {
        self.0.get()
    }
}

/// One `Bump` behind a mutex, which is locked for each operation.
pub(crate) struct MutexBump(Mutex<Bump>);

impl MutexBump {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, Bump> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contender for MutexBump {
    type Handle<'a> = &'a Self;

    fn new(threads: usize, bytes: usize, _request: usize) -> Self {
        Self(Mutex::new(Bump::with_capacity(threads * bytes)))
    }

    fn reset(&mut self) {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).reset();
    }

    fn handle(&self) -> &Self {
        self
    }
}

/// Guards of one `BumpPool`.
pub(crate) struct BumpScopePool(BumpPool);

impl Contender for BumpScopePool {
    type Handle<'a> = BumpPoolGuard<'a>;

    fn new(threads: usize, bytes: usize, _request: usize) -> Self {
        let pool = BumpPool::new();
        let guards: Vec<BumpPoolGuard<'_>> = (0..threads).map(|_| pool.get_with_size(bytes)).collect();
        drop(guards);
        Self(pool)
    }

    fn reset(&mut self) {
        self.0.reset_to_start();
    }

    fn handle(&self) -> BumpPoolGuard<'_> {
        self.0.get()
    }
}

impl Allocate for BumpPoolGuard<'_> {
    #[inline]
    fn uninit<const SIZE: usize>(&self) -> NonNull<u8> {
        self.alloc_uninit_slice::<u8>(SIZE).into_raw().cast()
    }

    #[inline]
    fn value<T: Copy>(&self, value: T) -> NonNull<T> {
        self.alloc(value).into_raw()
    }

    #[inline]
    fn text(&self, text: &str) -> NonNull<str> {
        self.alloc_str(text).into_raw()
    }

    #[inline]
    fn format(&self, arguments: fmt::Arguments<'_>) -> NonNull<str> {
        self.alloc_fmt(arguments).into_raw()
    }
}

/// One `SyncBlinkAlloc`, shared by reference.
pub(crate) struct BlinkSync(SyncBlinkAlloc);

impl Contender for BlinkSync {
    type Handle<'a> = Blink<&'a SyncBlinkAlloc>;

    fn new(threads: usize, bytes: usize, _request: usize) -> Self {
        let mut blink = SyncBlinkAlloc::new();
        black_box(blink.allocate(bytes_of(threads * bytes)).expect("memory is there"));
        blink.reset();
        Self(blink)
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn handle(&self) -> Blink<&SyncBlinkAlloc> {
        Blink::new_in(&self.0)
    }
}

/// Local proxies of one `SyncBlinkAlloc`.
pub(crate) struct BlinkLocal(BlinkSync);

impl Contender for BlinkLocal {
    type Handle<'a> = Blink<LocalBlinkAlloc<'a>>;

    fn new(threads: usize, bytes: usize, request: usize) -> Self {
        // A proxy takes chunks of doubling sizes from what is shared.
        Self(BlinkSync::new(threads, 4 * bytes, request))
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn handle(&self) -> Blink<LocalBlinkAlloc<'_>> {
        Blink::new_in(self.0.0.local())
    }
}

macro_rules! allocate_from_blink {
    ($($handle:ty),*) => {$(
        impl Allocate for $handle {
            #[inline]
            fn uninit<const SIZE: usize>(&self) -> NonNull<u8> {
                self.allocator().allocate(bytes_of(SIZE)).expect("memory is there").cast()
            }

            #[inline]
            fn value<T: Copy>(&self, value: T) -> NonNull<T> {
                self.put_no_drop(value).into()
            }

            #[inline]
            fn text(&self, text: &str) -> NonNull<str> {
                self.copy_str(text).into()
            }

            /// The crate cannot format: through a `String`, as one does then.
            #[inline]
            fn format(&self, arguments: fmt::Arguments<'_>) -> NonNull<str> {
                self.copy_str(&fmt::format(arguments)).into()
            }
        }
    )*};
}

allocate_from_blink!(Blink<&SyncBlinkAlloc>, Blink<LocalBlinkAlloc<'_>>);

/// Each operation on both.
impl<A: Allocate> Allocate for (A, A) {
    #[inline]
    fn uninit<const SIZE: usize>(&self) -> NonNull<u8> {
        black_box(self.0.uninit::<SIZE>());
        self.1.uninit::<SIZE>()
    }

    #[inline]
    fn value<T: Copy>(&self, value: T) -> NonNull<T> {
        black_box(self.0.value(value));
        self.1.value(value)
    }

    #[inline]
    fn text(&self, text: &str) -> NonNull<str> {
        black_box(self.0.text(text));
        self.1.text(text)
    }

    #[inline]
    fn format(&self, arguments: fmt::Arguments<'_>) -> NonNull<str> {
        black_box(self.0.format(arguments));
        self.1.format(arguments)
    }
}

/// Two contenders, used in turn.
pub(crate) struct Two<C>(C, C);

impl<C: Contender> Contender for Two<C> {
    type Handle<'a>
        = (C::Handle<'a>, C::Handle<'a>)
    where
        C: 'a;

    fn new(threads: usize, bytes: usize, request: usize) -> Self {
        Self(C::new(threads, bytes, request), C::new(threads, bytes, request))
    }

    fn reset(&mut self) {
        self.0.reset();
        self.1.reset();
    }

    fn handle(&self) -> (C::Handle<'_>, C::Handle<'_>) {
        (self.0.handle(), self.1.handle())
    }
}
