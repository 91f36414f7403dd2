//! lasso's traits, behind the feature `lasso`: code written for them takes a [`StringPool`].
//!
//! [`Symbol`] is a [`Key`]. [`StringPool`], `&StringPool` and `Arc<StringPool>` are [`Interner`]s (lasso's
//! methods take `&mut self`, which a clone of the reference or of the `Arc` provides), hence [`Reader`]s and
//! [`Resolver`]s, and a pool turns into a [`FrozenStringPool`] through [`IntoReader`] and [`IntoResolver`].
//!
//! Where lasso's contract leaves room:
//! - `resolve` and `resolve_unchecked` panic for a symbol that the pool does not know; the latter checks too,
//!   because the check costs next to nothing.
//! - `get_or_intern_static` copies the string into the arena, so that every string of a pool is in one place.
//! - [`LassoError`] has no public constructor. Ours are provoked from tiny interners of lasso itself, on the
//!   error path alone; running out of memory is reported as a memory limit reached, because lasso's own error
//!   for it cannot be provoked.

use std::{hash::BuildHasher, sync::Arc};

use lasso::{
    Capacity, Interner, IntoReader, IntoResolver, Key, LassoError, LassoResult, MemoryLimits, Reader,
    Resolver, Rodeo,
};

use crate::{FrozenStringPool, InternError, StringPool, Symbol};

// SAFETY: lasso asks that the two conversions are inverses of each other. `from_index(index)` is the one
// symbol whose `index()` is `index`, for every index that a symbol can have, and `None` for every other.
unsafe impl Key for Symbol {
    #[inline]
    fn into_usize(self) -> usize {
        self.index()
    }

    #[inline]
    fn try_from_usize(index: usize) -> Option<Self> {
        Self::from_index(index)
    }
}

/// What all the pools say of a symbol that is not theirs.
#[cold]
#[inline(never)]
#[track_caller]
fn unknown(symbol: Symbol) -> ! {
    panic!("{symbol:?} is not a symbol of this string pool")
}

macro_rules! impl_reader {
    ($pool:ident, $($via:ty)?) => {
        impl<S> Resolver<Symbol> for impl_reader!(@target $pool $($via)?) {
            #[inline]
            #[track_caller]
            fn resolve<'a>(&'a self, key: &Symbol) -> &'a str {
                match $pool::resolve(self, *key) {
                    Some(text) => text,
                    None => unknown(*key),
                }
            }

            #[inline]
            fn try_resolve<'a>(&'a self, key: &Symbol) -> Option<&'a str> {
                $pool::resolve(self, *key)
            }

            #[inline]
            #[track_caller]
            unsafe fn resolve_unchecked<'a>(&'a self, key: &Symbol) -> &'a str {
                Resolver::resolve(self, key)
            }

            #[inline]
            fn contains_key(&self, key: &Symbol) -> bool {
                $pool::resolve(self, *key).is_some()
            }

            #[inline]
            fn len(&self) -> usize {
                $pool::len(self)
            }
        }

        impl<S: BuildHasher> Reader<Symbol> for impl_reader!(@target $pool $($via)?) {
            #[inline]
            fn get(&self, text: &str) -> Option<Symbol> {
                $pool::get_symbol(self, text)
            }

            #[inline]
            fn contains(&self, text: &str) -> bool {
                $pool::contains(self, text)
            }
        }
    };
    (@target $pool:ident) => { $pool<S> };
    (@target $pool:ident $via:ty) => { $via };
}

// `&StringPool` has these through lasso.
impl_reader!(StringPool,);
impl_reader!(StringPool, Arc<StringPool<S>>);
impl_reader!(FrozenStringPool,);
impl_reader!(FrozenStringPool, Arc<FrozenStringPool<S>>);

macro_rules! impl_interner {
    ($target:ty) => {
        impl<S: BuildHasher> Interner<Symbol> for $target {
            #[inline]
            #[track_caller]
            fn get_or_intern(&mut self, text: &str) -> Symbol {
                self.symbol(text)
            }

            #[inline]
            fn try_get_or_intern(&mut self, text: &str) -> LassoResult<Symbol> {
                self.try_symbol(text).map_err(|error| lasso_error(&error))
            }

            #[inline]
            #[track_caller]
            fn get_or_intern_static(&mut self, text: &'static str) -> Symbol {
                self.symbol(text)
            }

            #[inline]
            fn try_get_or_intern_static(&mut self, text: &'static str) -> LassoResult<Symbol> {
                self.try_get_or_intern(text)
            }
        }
    };
}

impl_interner!(StringPool<S>);
impl_interner!(&StringPool<S>);
impl_interner!(Arc<StringPool<S>>);

/// For code that is written for lasso's traits.
///
/// # Examples
///
/// ```
/// use flow_arena::{StringPool, Symbol};
/// use lasso::{Interner, IntoReader, Reader};
///
/// fn read_only<I: Interner<Symbol> + IntoReader<Symbol> + 'static>(mut words: I) -> I::Reader {
///     words.get_or_intern("example");
///     words.into_reader()
/// }
///
/// assert!(read_only(StringPool::default()).contains("example"));
/// ```
impl<S: BuildHasher> IntoReader<Symbol> for StringPool<S> {
    type Reader = FrozenStringPool<S>;

    fn into_reader(self) -> FrozenStringPool<S>
    where
        Self: 'static,
    {
        self.freeze()
    }

    fn into_reader_boxed(self: Box<Self>) -> FrozenStringPool<S>
    where
        Self: 'static,
    {
        self.freeze()
    }
}

impl<S: BuildHasher> IntoResolver<Symbol> for StringPool<S> {
    type Resolver = FrozenStringPool<S>;

    fn into_resolver(self) -> FrozenStringPool<S>
    where
        Self: 'static,
    {
        self.freeze()
    }

    fn into_resolver_boxed(self: Box<Self>) -> FrozenStringPool<S>
    where
        Self: 'static,
    {
        self.freeze()
    }
}

/// A key of which there is none, so that an interner with such keys is exhausted from the start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NoKey {}

// SAFETY: there is no key to convert, and no number converts to one.
unsafe impl Key for NoKey {
    fn into_usize(self) -> usize {
        match self {}
    }

    fn try_from_usize(_: usize) -> Option<Self> {
        None
    }
}

/// The lasso error nearest to ours.
#[cold]
#[inline(never)]
fn lasso_error(error: &InternError) -> LassoError {
    let provoked = match error {
        InternError::SymbolsExhausted => {
            Rodeo::<NoKey>::with_capacity(Capacity::minimal()).try_get_or_intern("").map(drop)
        }
        // A string more than twice as long as the one bucket, beyond a limit that is spent: lasso refuses
        // before it makes anything.
        _ => Rodeo::<Symbol>::with_capacity_and_memory_limits(Capacity::minimal(), MemoryLimits::new(0))
            .try_get_or_intern("a longer string than the smallest capacity holds")
            .map(drop),
    };
    match provoked {
        Err(provoked) => provoked,
        Ok(()) => panic!("lasso has no error for: {error}"),
    }
}
