//! A pool of items of several classes: a cache for each thread and class, a depot for each class, one budget.
//!
//! This is the whole of a pool but its face, and what items are. It owns these rules:
//! - Caches belong to the pool. A thread has the use of those that its route leads to, from its first call until it
//!   exits; then its items go to the depot, and the caches to the next thread that comes. A thread that is already exiting has none
//!   of its own and shares some with its like, under a lock.
//! - The budget is charged before an item is kept, and refunded after it was disposed of, so that what is kept never
//!   exceeds it. The charge moves with the items.
//! - No code of a user, so no `Storage::dispose`, runs while a cache is worked on: items are taken out first.

mod counts;
mod disposal;
mod upkeep;

use std::{
    fmt,
    panic::{RefUnwindSafe, UnwindSafe},
    ptr::NonNull,
};

pub(crate) use counts::ClassCounts;

use flow_arena::internal::{
    Budget, FirstPanic,
    thread_index::{self, AtExit},
};

use super::{
    cache::{Cache, State},
    depot::Depot,
    magazine::{Item, Magazine, ROUNDS},
    routes::Routes,
    storage::Storage,
};
use crate::sync::{
    Apart, AtomicU64, Mutex, lock,
    of_process::{Arc, Weak},
};

/// The most items of a class in the depot.
const ITEMS: usize = 1024 * ROUNDS as usize;

/// The most empty magazines that are kept.
const EMPTY_MAGAZINES: usize = 64;

/// A class of items that can stand for one another.
#[derive(Debug)]
struct Class {
    /// What an item takes of the budget.
    weight: usize,
    /// Items in a full magazine.
    rounds: u32,
    depot: Depot,
}

/// See the module's documentation.
pub(crate) struct RawPool<S: Storage> {
    classes: Box<[Class]>,
    routes: Routes,
    budget: Apart<Budget>,
    empty: Depot,
    /// How many trims have asked other threads for what they keep.
    trims: AtomicU64,
    registry: Mutex<Registry>,
    /// For threads without caches of their own. Empty but while they are used.
    shared: Mutex<NonNull<Cache>>,
    storage: S,
}

/// All caches of a pool: each pointer is to the first of one for each class, allocated together.
#[derive(Debug, Default)]
struct Registry {
    all: Vec<NonNull<Cache>>,
    /// Those of no thread. Invariant: has capacity for all.
    idle: Vec<NonNull<Cache>>,
}

// SAFETY: caches, by whatever thread, are used as `Cache` wants it: by one owner at a time. Items are `Send`, and storage
// is `Send + Sync`, by `Storage`.
unsafe impl<S: Storage> Send for RawPool<S> {}
// SAFETY: as above.
unsafe impl<S: Storage> Sync for RawPool<S> {}

// No code of a user runs while a cache or a lock is worked on, so that a panic leaves nothing half done.
impl<S: Storage> UnwindSafe for RawPool<S> {}
impl<S: Storage> RefUnwindSafe for RawPool<S> {}

impl<S: Storage> fmt::Debug for RawPool<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawPool").field("classes", &self.classes).finish_non_exhaustive()
    }
}

/// Why an item was not kept.
#[derive(Debug)]
pub(super) enum Refused {
    /// The budget is spent.
    Budget(Item),
    /// The depot is full, or there is no memory for a magazine, or the pool was just trimmed.
    Room(Item),
}

impl<S: Storage> RawPool<S> {
    /// A pool that keeps items of a total weight of at most `limit`. Each class is given by the weight of an item, which
    /// is not 0, and by how many a magazine may hold.
    pub(crate) fn new(storage: S, classes: impl Iterator<Item = (usize, u32)>, limit: usize) -> Self {
        let class = |(weight, rounds): (usize, u32)| {
            // Two magazines of a thread take at most half of the budget: the rest is for others.
            let most = u32::try_from(limit / weight / 4).unwrap_or(ROUNDS);
            let rounds = rounds.min(most).clamp(1, ROUNDS);
            // As many as there can be items: magazines may be filled in part.
            Class { weight, rounds, depot: Depot::new((limit / weight).min(ITEMS / rounds as usize), rounds) }
        };
        let classes: Box<[_]> = classes.map(class).collect();
        let shared = (0..classes.len()).map(|_| Cache::new()).collect::<Box<[_]>>();
        Self {
            routes: Routes::new(),
            budget: Apart::new(Budget::new(limit)),
            empty: Depot::new(EMPTY_MAGAZINES, 0).ready(),
            trims: AtomicU64::new(0),
            registry: Mutex::new(Registry::default()),
            shared: Mutex::new(first_of(shared)),
            storage,
            classes,
        }
    }

    pub(crate) fn storage(&self) -> &S {
        &self.storage
    }

    /// How many classes there are.
    #[inline]
    pub(crate) fn classes(&self) -> usize {
        self.classes.len()
    }

    /// The most that all kept items may weigh.
    pub(crate) fn limit(&self) -> usize {
        self.budget.limit()
    }

    /// The caches of this thread, if it has any of its own already: a pointer to the first of one for each class.
    fn route(&self) -> Option<NonNull<Cache>> {
        self.routes.get(thread_index::current())
    }

    /// The cache of a class.
    ///
    /// # Safety
    ///
    /// `caches` are of this pool, and there is such a class.
    #[inline]
    pub(super) unsafe fn cache(&self, caches: NonNull<Cache>, class: usize) -> &Cache {
        debug_assert!(class < self.classes.len(), "there is no class {class}");
        // SAFETY: one for each class, which live as long as the pool.
        unsafe { caches.add(class).as_ref() }
    }

    /// Takes a kept item. `None` if there is none: then the caller makes one, which counts as handed out. `None` also
    /// if there is no such class, and then nothing is counted.
    #[inline]
    pub(crate) fn get(this: &Arc<Self>, class: usize) -> Option<Item>
    where
        S: 'static,
    {
        if class >= this.classes.len() {
            return None;
        }
        if let Some(caches) = this.routes.get_direct(thread_index::current()) {
            // SAFETY: this thread owns the caches, which are of this pool.
            if let Some(item) = unsafe { this.cache(caches, class).pop() } {
                return Some(item);
            }
        }
        Self::get_slow(this, class)
    }

    #[cold]
    #[inline(never)]
    fn get_slow(this: &Arc<Self>, class: usize) -> Option<Item>
    where
        S: 'static,
    {
        // SAFETY: `with_caches` gives caches that are ours during the call.
        Self::with_caches(this, class, |caches| unsafe { this.get_in(caches, class) })
    }

    /// Keeps an item that was handed out from this class, or disposes of it: then it counts as discarded.
    ///
    /// # Safety
    ///
    /// There is such a class, the item is of this pool's storage and of this class, and the caller owns it.
    #[inline]
    pub(crate) unsafe fn put(this: &Arc<Self>, class: usize, item: Item)
    where
        S: 'static,
    {
        if let Some(caches) = this.routes.get_direct(thread_index::current()) {
            // SAFETY: this thread owns the caches, which are of this pool.
            let cache = unsafe { this.cache(caches, class) };
            // SAFETY: as above.
            if unsafe { cache.push(item) }.is_ok() {
                return;
            }
        }
        // SAFETY: the caller's.
        unsafe { Self::put_slow(this, class, item) };
    }

    /// # Safety
    ///
    /// As [`Self::put`].
    #[cold]
    #[inline(never)]
    unsafe fn put_slow(this: &Arc<Self>, class: usize, item: Item)
    where
        S: 'static,
    {
        let mut panic = FirstPanic::default();
        // SAFETY: here and below, `with_caches` gives caches that are ours during the call.
        let (trimmed, mut kept) = Self::with_caches(this, class, |caches| unsafe {
            (this.heed_trim(caches, class), this.put_in(caches, class, item))
        });
        trimmed.into_iter().flatten().for_each(|magazine| this.dispose(class, magazine, &mut panic));
        if let Err(Refused::Budget(item)) = kept
            && Self::make_room(this, class, &mut panic)
        {
            // SAFETY: as above.
            kept = Self::with_caches(this, class, |caches| unsafe { this.put_in(caches, class, item) });
        }
        if let Err(Refused::Budget(item) | Refused::Room(item)) = kept {
            Self::count_discarded(this, class);
            // SAFETY: the caller's, and the pool did not keep it.
            panic.catch(|| unsafe { this.storage.dispose(class, item) });
        }
        panic.resume();
    }

    /// Calls `f` with caches that nobody else uses during the call: this thread's own, or the shared ones, which are
    /// empty. `f` must not run a user's code, and may leave something of this class in the caches.
    fn with_caches<R>(this: &Arc<Self>, class: usize, f: impl FnOnce(NonNull<Cache>) -> R) -> R
    where
        S: 'static,
    {
        if let Some(caches) = this.route().or_else(|| Self::attach(this)) {
            return f(caches);
        }
        let shared = lock(&this.shared);
        let result = f(*shared);
        // SAFETY: ours while we have the lock.
        let magazines = unsafe { this.take_all(*shared, class) };
        drop(shared);
        // Where living threads find it. A panic of a destructor has been told, and goes no further in an exiting thread.
        let mut panic = FirstPanic::default();
        for magazine in magazines.into_iter().flatten() {
            this.deposit(class, magazine, &mut panic);
        }
        result
    }

    /// Gives this thread caches of its own, until it exits. `None` if it is already exiting, or there is no memory.
    fn attach(this: &Arc<Self>) -> Option<NonNull<Cache>>
    where
        S: 'static,
    {
        let thread = thread_index::get_or_assign()?;
        let caches = this.borrow_caches()?;
        // SAFETY: borrowed just now. Nothing is in them that a trim could have asked for.
        unsafe { this.learn_of_trims(caches) };
        let listener: Weak<dyn AtExit> = Arc::<Self>::downgrade(this);
        // Without a listener, nobody would give the caches back.
        if this.routes.set(thread, caches).is_some() && thread_index::at_exit(listener) {
            return Some(caches);
        }
        this.routes.take(thread);
        // Nothing is in them yet.
        lock(&this.registry).idle.push(caches);
        None
    }

    /// Caches for the caller, until it gives them back with [`Self::give_back_caches`]. `None` if there is no memory
    /// for them.
    pub(super) fn borrow_caches(&self) -> Option<NonNull<Cache>> {
        let mut registry = lock(&self.registry);
        if let Some(caches) = registry.idle.pop() {
            return Some(caches);
        }
        let all = registry.all.len() + 1;
        let idle = registry.idle.len();
        registry.all.try_reserve(1).ok()?;
        registry.idle.try_reserve(all - idle).ok()?;
        let mut caches = Vec::new();
        caches.try_reserve_exact(self.classes.len()).ok()?;
        caches.resize_with(self.classes.len(), Cache::new);
        let caches = first_of(caches.into_boxed_slice());
        registry.all.push(caches);
        Some(caches)
    }

    /// Empties caches into the depot and takes them back.
    ///
    /// # Safety
    ///
    /// `caches` were borrowed from this pool by the caller.
    pub(super) unsafe fn give_back_caches(&self, caches: NonNull<Cache>) {
        let mut panic = FirstPanic::default();
        for class in 0..self.classes.len() {
            // SAFETY: the caller's.
            let (trimmed, kept) = unsafe { (self.heed_trim(caches, class), self.take_all(caches, class)) };
            trimmed.into_iter().flatten().for_each(|magazine| self.dispose(class, magazine, &mut panic));
            for magazine in kept.into_iter().flatten() {
                self.deposit(class, magazine, &mut panic);
            }
        }
        lock(&self.registry).idle.push(caches);
        panic.resume();
    }

    /// Takes a kept item from the caches or from the depot, or counts that there is none.
    ///
    /// # Safety
    ///
    /// `caches` are of this pool, and the caller owns them.
    pub(super) unsafe fn get_in(&self, caches: NonNull<Cache>, class: usize) -> Option<Item> {
        // SAFETY: the caller's, here and below.
        let cache = unsafe { self.cache(caches, class) };
        let Class { rounds, ref depot, .. } = self.classes[class];
        // SAFETY: as above, in the whole block.
        unsafe {
            if let Some(item) = cache.pop() {
                return Some(item);
            }
            let State { previous_len, credit, .. } = cache.state();
            if previous_len != 0 {
                cache.swap();
            } else if let Some(full) = depot.pop() {
                // What was charged for the full magazine comes with it, and takes the place of what this cache did not
                // use.
                let needed = credit.max(full.len());
                self.refund(class, credit + full.len() - needed);
                if let Some(empty) = cache.take_loaded() {
                    self.keep_empty(empty);
                }
                cache.load(full);
                cache.set_credit(needed);
            } else {
                cache.misses.add_one();
                return None;
            }
            cache.renew_limit(rounds, &self.trims);
            cache.pop()
        }
    }

    /// Keeps an item in the caches, which may mean that a magazine goes to the depot.
    ///
    /// # Safety
    ///
    /// `caches` are of this pool, and the caller owns them.
    pub(super) unsafe fn put_in(
        &self,
        caches: NonNull<Cache>,
        class: usize,
        item: Item,
    ) -> Result<(), Refused> {
        // SAFETY: the caller's, here and below.
        let cache = unsafe { self.cache(caches, class) };
        let Class { rounds, ref depot, .. } = self.classes[class];
        // SAFETY: as above, in the whole block.
        unsafe {
            // Here the fast path may not have been tried: see `Routes::get_direct`.
            if cache.push(item).is_ok() {
                return Ok(());
            }
            loop {
                let state = cache.state();
                match state.loaded {
                    Some(len) if len < rounds => {
                        if !self.extend_credit(class, cache, state.previous_len + len + 1) {
                            return Err(Refused::Budget(item));
                        }
                        cache.renew_limit(rounds, &self.trims);
                        return cache.push(item).map_err(Refused::Room);
                    }
                    Some(_) => {
                        cache.swap();
                        if state.previous_len == 0 {
                            continue;
                        }
                        // Both are full. The one that was not used for longer goes.
                        let Some(full) = cache.take_loaded() else { continue };
                        let items = full.len();
                        if let Err(full) = depot.push(full) {
                            cache.load(full);
                            cache.swap();
                            return Err(Refused::Room(item));
                        }
                        cache.set_credit(state.credit - items);
                    }
                    None => match self.empty.pop().or_else(Magazine::try_new) {
                        Some(empty) => cache.load(empty),
                        None => return Err(Refused::Room(item)),
                    },
                }
            }
        }
    }

    /// Charges the budget until a cache may keep `needed` items, and some more if that can be had, so that it does not
    /// have to ask for each.
    ///
    /// # Safety
    ///
    /// The caller owns the cache, and `needed` is at most two magazines.
    unsafe fn extend_credit(&self, class: usize, cache: &Cache, needed: u32) -> bool {
        let Class { weight, rounds, .. } = self.classes[class];
        // SAFETY: the caller's.
        let State { credit, .. } = unsafe { cache.state() };
        debug_assert!(needed <= credit + 1, "{needed} needed, {credit} paid");
        if needed <= credit {
            return true;
        }
        let twice = (2 * credit).min(2 * rounds).max(needed);
        let charge =
            |to: u32| self.budget.charge(((to - credit) as usize).saturating_mul(weight)).then_some(to);
        let Some(credit) = charge(twice).or_else(|| charge(needed)) else { return false };
        // SAFETY: as above.
        unsafe { cache.set_credit(credit) };
        true
    }

    /// Gives back to the budget what was charged for some items.
    fn refund(&self, class: usize, items: u32) {
        // Often it is nothing, which need not be written where all threads look.
        if items != 0 {
            self.budget.refund(items as usize * self.classes[class].weight);
        }
    }

    /// Takes both magazines out of a cache, and refunds what was charged for more items than they hold.
    ///
    /// # Safety
    ///
    /// `caches` are of this pool, and the caller owns them.
    unsafe fn take_all(&self, caches: NonNull<Cache>, class: usize) -> [Option<Magazine>; 2] {
        // SAFETY: the caller's, in all of the function.
        unsafe {
            let cache = self.cache(caches, class);
            let State { credit, .. } = cache.state();
            let magazines = [cache.take_loaded(), cache.take_previous()];
            let items: u32 = magazines.iter().flatten().map(Magazine::len).sum();
            self.refund(class, credit - items);
            cache.set_credit(0);
            magazines
        }
    }

    /// What a cache has to give up because of a trim that its owner did not know of.
    ///
    /// # Safety
    ///
    /// `caches` are of this pool, and the caller owns them.
    pub(super) unsafe fn heed_trim(&self, caches: NonNull<Cache>, class: usize) -> [Option<Magazine>; 2] {
        // SAFETY: the caller's.
        if unsafe { self.cache(caches, class).learn_of_trim(&self.trims) } {
            // SAFETY: as above.
            unsafe { self.take_all(caches, class) }
        } else {
            [None, None]
        }
    }

    /// Has the owner of caches not give up anything because of the trims up to now.
    ///
    /// # Safety
    ///
    /// `caches` are of this pool, and the caller owns them.
    pub(super) unsafe fn learn_of_trims(&self, caches: NonNull<Cache>) {
        for class in 0..self.classes.len() {
            // SAFETY: the caller's.
            unsafe { self.cache(caches, class).learn_of_trim(&self.trims) };
        }
    }

    /// Puts a magazine into the depot, or disposes of it if that is full. One that is not full is filled up from
    /// another, so that many short threads don't fill the depot with magazines of a few items. Returns how many items
    /// were disposed of.
    fn deposit(&self, class: usize, mut magazine: Magazine, panic: &mut FirstPanic) -> usize {
        let Class { rounds, ref depot, .. } = self.classes[class];
        let other = if magazine.len() < rounds { depot.pop() } else { None };
        let other = other.map(|mut other| {
            while other.len() < rounds
                && let Some(item) = magazine.pop()
            {
                other.push(item);
            }
            other
        });
        let mut disposed = 0;
        for magazine in other.into_iter().chain([magazine]) {
            if magazine.len() == 0 {
                self.keep_empty(magazine);
            } else if let Err(magazine) = depot.push(magazine) {
                disposed += magazine.len() as usize;
                self.dispose(class, magazine, panic);
            }
        }
        disposed
    }

    pub(super) fn keep_empty(&self, magazine: Magazine) {
        // Where there are enough, it is freed.
        drop(self.empty.push(magazine));
    }
}

impl<S: Storage> AtExit for RawPool<S> {
    fn thread_exits(&self, thread: usize) {
        if let Some(caches) = self.routes.take(thread) {
            // SAFETY: they were this thread's, and without a route nobody finds them any more.
            unsafe { self.give_back_caches(caches) };
        }
    }
}

impl<S: Storage> Drop for RawPool<S> {
    fn drop(&mut self) {
        let mut panic = FirstPanic::default();
        let registry = std::mem::take(&mut *lock(&self.registry));
        let shared = *lock(&self.shared);
        for class in 0..self.classes.len() {
            while let Some(magazine) = self.classes[class].depot.pop() {
                self.dispose(class, magazine, &mut panic);
            }
            for &caches in registry.all.iter().chain([&shared]) {
                // SAFETY: of this pool. Nobody has the pool any more, so nobody uses its caches.
                let magazines = unsafe { self.take_all(caches, class) };
                magazines
                    .into_iter()
                    .flatten()
                    .for_each(|magazine| self.dispose(class, magazine, &mut panic));
            }
        }
        for &caches in registry.all.iter().chain([&shared]) {
            // SAFETY: made by `first_of`, with one for each class, and used by nobody any more.
            drop(unsafe {
                Box::from_raw(std::ptr::slice_from_raw_parts_mut(caches.as_ptr(), self.classes.len()))
            });
        }
        panic.resume();
    }
}

/// A pointer to the first cache, which stands for all. They are the caller's to free.
fn first_of(caches: Box<[Cache]>) -> NonNull<Cache> {
    NonNull::from(Box::leak(caches)).cast()
}
