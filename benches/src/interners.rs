//! The string pools that are compared, behind traits: one for `&str`, one to look without adding, one for symbols.
//!
//! Strings come back as pointers, so that pools which cannot let go of a lock with a `&str` in hand can take part.

use std::{
    collections::HashSet,
    hash::{BuildHasher, Hash},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use dashmap::DashMap;
use flow_arena::{Arena, StringPool, Symbol};
use foldhash::fast::RandomState;
use lasso::{Spur, ThreadedRodeo};
use string_interner::{StringInterner, backend::StringBackend, symbol::SymbolU32};
use symbol_table::SymbolTable;
use ustr::Ustr;

/// A pool that threads share.
pub trait Pool: Send + Sync {
    /// An empty one, with no capacity asked for.
    #[must_use]
    fn new() -> Self;
}

/// From a string to its one copy.
pub trait Intern: Pool {
    /// The one copy of `text`, made now if there is none.
    fn intern(&self, text: &str) -> *const str;
}

/// For pools that can look without adding.
pub trait Lookup: Intern {
    /// The one copy of `text`, if there is one.
    fn get(&self, text: &str) -> Option<*const str>;
}

/// From a string to a small value that stands for it, and back.
pub trait Symbols: Pool {
    /// Small, and equal for equal strings.
    type Symbol: Copy + Eq + Hash + Send + Sync;

    /// The symbol of `text`, which is added if it is new.
    fn symbol(&self, text: &str) -> Self::Symbol;

    /// The string of a symbol of this pool.
    fn resolve(&self, symbol: Self::Symbol) -> *const str;
}

impl Pool for StringPool {
    fn new() -> Self {
        Self::new(Arc::new(Arena::new()))
    }
}

impl Intern for StringPool {
    #[inline]
    fn intern(&self, text: &str) -> *const str {
        self.intern(text)
    }
}

impl Lookup for StringPool {
    #[inline]
    fn get(&self, text: &str) -> Option<*const str> {
        self.get(text).map(std::ptr::from_ref)
    }
}

impl Symbols for StringPool {
    type Symbol = Symbol;

    #[inline]
    fn symbol(&self, text: &str) -> Symbol {
        self.symbol(text)
    }

    #[inline]
    fn resolve(&self, symbol: Symbol) -> *const str {
        self.resolve(symbol).expect("a symbol of this pool")
    }
}

/// `ThreadedRodeo`, with the hasher that all have.
pub type Lasso = ThreadedRodeo<Spur, RandomState>;

/// `ThreadedRodeo`, with the hasher that it has when nobody chooses one (slower, and hard to attack).
pub type LassoSipHash = ThreadedRodeo<Spur, std::hash::RandomState>;

impl<S: BuildHasher + Clone + Default + Send + Sync> Pool for ThreadedRodeo<Spur, S> {
    fn new() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<S: BuildHasher + Clone + Default + Send + Sync> Intern for ThreadedRodeo<Spur, S> {
    #[inline]
    fn intern(&self, text: &str) -> *const str {
        self.resolve(&self.get_or_intern(text))
    }
}

impl<S: BuildHasher + Clone + Default + Send + Sync> Lookup for ThreadedRodeo<Spur, S> {
    #[inline]
    fn get(&self, text: &str) -> Option<*const str> {
        self.get(text).map(|key| std::ptr::from_ref(self.resolve(&key)))
    }
}

impl<S: BuildHasher + Clone + Default + Send + Sync> Symbols for ThreadedRodeo<Spur, S> {
    type Symbol = Spur;

    #[inline]
    fn symbol(&self, text: &str) -> Spur {
        self.get_or_intern(text)
    }

    #[inline]
    fn resolve(&self, symbol: Spur) -> *const str {
        self.resolve(&symbol)
    }
}

/// The global cache of `Ustr`.
#[derive(Debug)]
pub struct GlobalUstr;

impl Pool for GlobalUstr {
    fn new() -> Self {
        // SAFETY: a benchmark has one pool at a time, and uses no `Ustr` that it got from an earlier one.
        unsafe { ustr::_clear_cache() };
        Self
    }
}

impl Intern for GlobalUstr {
    #[inline]
    fn intern(&self, text: &str) -> *const str {
        Ustr::from(text).as_str()
    }
}

impl Lookup for GlobalUstr {
    #[inline]
    fn get(&self, text: &str) -> Option<*const str> {
        Ustr::from_existing(text).map(|found| std::ptr::from_ref(found.as_str()))
    }
}

impl Symbols for GlobalUstr {
    type Symbol = Ustr;

    #[inline]
    fn symbol(&self, text: &str) -> Ustr {
        Ustr::from(text)
    }

    #[inline]
    fn resolve(&self, symbol: Ustr) -> *const str {
        symbol.as_str()
    }
}

impl Pool for SymbolTable {
    fn new() -> Self {
        Self::new()
    }
}

impl Intern for SymbolTable {
    #[inline]
    fn intern(&self, text: &str) -> *const str {
        self.resolve(self.intern(text))
    }
}

impl Symbols for SymbolTable {
    type Symbol = symbol_table::Symbol;

    #[inline]
    fn symbol(&self, text: &str) -> symbol_table::Symbol {
        self.intern(text)
    }

    #[inline]
    fn resolve(&self, symbol: symbol_table::Symbol) -> *const str {
        self.resolve(symbol)
    }
}

/// Makes a copy that stays where it is. Freed by [`free`] only.
fn leak(text: &str) -> &'static str {
    Box::leak(Box::from(text))
}

/// Frees a string.
///
/// # Safety
///
/// It is of [`leak`], and used nowhere any more.
unsafe fn free(text: &'static str) {
    // SAFETY: by the caller, it was a `Box<str>` once and is nobody else's.
    drop(unsafe { Box::from_raw(std::ptr::from_ref(text).cast_mut()) });
}

/// A sharded map behind locks.
#[derive(Debug)]
pub struct Dash(DashMap<&'static str, (), RandomState>);

impl Pool for Dash {
    fn new() -> Self {
        Self(DashMap::with_hasher(RandomState::default()))
    }
}

impl Intern for Dash {
    #[inline]
    fn intern(&self, text: &str) -> *const str {
        if let Some(known) = self.get(text) {
            return known;
        }
        let new = leak(text);
        match self.0.entry(new) {
            dashmap::Entry::Occupied(occupied) => {
                // SAFETY: another thread was faster, and `new` went nowhere.
                unsafe { free(new) };
                *occupied.key()
            }
            dashmap::Entry::Vacant(vacant) => *vacant.insert(()).key(),
        }
    }
}

impl Lookup for Dash {
    #[inline]
    fn get(&self, text: &str) -> Option<*const str> {
        self.0.get(text).map(|found| std::ptr::from_ref(*found.key()))
    }
}

impl Drop for Dash {
    fn drop(&mut self) {
        for entry in &self.0 {
            // SAFETY: every key is of `leak`; the map goes now, without looking at keys.
            unsafe { free(entry.key()) };
        }
    }
}

/// A lock-free map with deferred reclamation.
#[derive(Debug)]
pub struct Papaya(papaya::HashMap<&'static str, (), RandomState>);

impl Pool for Papaya {
    fn new() -> Self {
        Self(papaya::HashMap::with_hasher(RandomState::default()))
    }
}

impl Intern for Papaya {
    #[inline]
    fn intern(&self, text: &str) -> *const str {
        let map = self.0.pin();
        if let Some((known, ())) = map.get_key_value(text) {
            return *known;
        }
        let new = leak(text);
        if map.try_insert(new, ()).is_ok() {
            return new;
        }
        // SAFETY: another thread was faster, and `new` went nowhere.
        unsafe { free(new) };
        *map.get_key_value(text).expect("nothing is removed").0
    }
}

impl Lookup for Papaya {
    #[inline]
    fn get(&self, text: &str) -> Option<*const str> {
        self.0.pin().get_key_value(text).map(|(found, ())| std::ptr::from_ref(*found))
    }
}

impl Drop for Papaya {
    fn drop(&mut self) {
        for text in self.0.pin().keys() {
            // SAFETY: every key is of `leak`; the map goes now, without looking at keys.
            unsafe { free(text) };
        }
    }
}

type Set = HashSet<&'static str, RandomState>;

fn insert(set: &mut Set, text: &str) -> *const str {
    if let Some(known) = set.get(text) {
        return *known;
    }
    let new = leak(text);
    set.insert(new);
    new
}

fn free_all(set: &mut Set) {
    for text in set.drain() {
        // SAFETY: every string of the set is of `leak`.
        unsafe { free(text) };
    }
}

/// A set behind one mutex.
#[derive(Debug)]
pub struct MutexMap(Mutex<Set>);

impl MutexMap {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, Set> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool for MutexMap {
    fn new() -> Self {
        Self(Mutex::new(Set::default()))
    }
}

impl Intern for MutexMap {
    #[inline]
    fn intern(&self, text: &str) -> *const str {
        insert(&mut self.lock(), text)
    }
}

impl Lookup for MutexMap {
    #[inline]
    fn get(&self, text: &str) -> Option<*const str> {
        self.lock().get(text).map(|found| std::ptr::from_ref(*found))
    }
}

impl Drop for MutexMap {
    fn drop(&mut self) {
        free_all(&mut self.lock());
    }
}

/// A set behind one readers-writer lock.
#[derive(Debug)]
pub struct RwLockMap(RwLock<Set>);

impl RwLockMap {
    #[inline]
    fn read(&self) -> RwLockReadGuard<'_, Set> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn write(&self) -> RwLockWriteGuard<'_, Set> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool for RwLockMap {
    fn new() -> Self {
        Self(RwLock::new(Set::default()))
    }
}

impl Intern for RwLockMap {
    #[inline]
    fn intern(&self, text: &str) -> *const str {
        self.get(text).unwrap_or_else(|| insert(&mut self.write(), text))
    }
}

impl Lookup for RwLockMap {
    #[inline]
    fn get(&self, text: &str) -> Option<*const str> {
        self.read().get(text).map(|found| std::ptr::from_ref(*found))
    }
}

impl Drop for RwLockMap {
    fn drop(&mut self) {
        free_all(&mut self.write());
    }
}

type OneThreaded = StringInterner<StringBackend, RandomState>;

/// `StringInterner` behind one mutex.
#[derive(Debug)]
pub struct MutexStringInterner(Mutex<OneThreaded>);

impl MutexStringInterner {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, OneThreaded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool for MutexStringInterner {
    fn new() -> Self {
        Self(Mutex::new(OneThreaded::with_hasher(RandomState::default())))
    }
}

impl Symbols for MutexStringInterner {
    type Symbol = SymbolU32;

    #[inline]
    fn symbol(&self, text: &str) -> SymbolU32 {
        self.lock().get_or_intern(text)
    }

    #[inline]
    fn resolve(&self, symbol: SymbolU32) -> *const str {
        self.lock().resolve(symbol).expect("a symbol of this interner")
    }
}

/// `StringInterner` behind one readers-writer lock.
#[derive(Debug)]
pub struct RwLockStringInterner(RwLock<OneThreaded>);

impl RwLockStringInterner {
    #[inline]
    fn read(&self) -> RwLockReadGuard<'_, OneThreaded> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool for RwLockStringInterner {
    fn new() -> Self {
        Self(RwLock::new(OneThreaded::with_hasher(RandomState::default())))
    }
}

impl Symbols for RwLockStringInterner {
    type Symbol = SymbolU32;

    #[inline]
    fn symbol(&self, text: &str) -> SymbolU32 {
        let known = self.read().get(text);
        known.unwrap_or_else(|| self.0.write().unwrap_or_else(PoisonError::into_inner).get_or_intern(text))
    }

    #[inline]
    fn resolve(&self, symbol: SymbolU32) -> *const str {
        self.read().resolve(symbol).expect("a symbol of this interner")
    }
}
