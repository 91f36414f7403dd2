//! The default hasher, under names of this crate.

use std::{
    fmt,
    hash::{BuildHasher, Hasher},
};

use foldhash::fast::{FoldHasher, RandomState};

/// The hasher of a [`StringPool`](crate::StringPool) unless it is given another one: fast, and seeded anew
/// for each pool.
///
/// The seed makes it hard to guess strings that collide, but the algorithm (foldhash's fast variant) is not
/// cryptographic. When an adversary chooses the strings and can watch how long interning takes, give the pool
/// [`std::hash::RandomState`], which is.
///
/// # Examples
///
/// ```
/// use std::{hash::RandomState, sync::Arc};
///
/// use flow_arena::{Arena, StringPool};
///
/// let pool = StringPool::with_hasher(Arc::new(Arena::new()), RandomState::new());
/// assert_eq!(pool.intern("example"), "example");
/// ```
#[derive(Clone, Default)]
pub struct DefaultHashBuilder(RandomState);

impl fmt::Debug for DefaultHashBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the seed, here and below: knowing it is what makes collisions easy to find.
        f.debug_struct("DefaultHashBuilder").finish_non_exhaustive()
    }
}

impl BuildHasher for DefaultHashBuilder {
    type Hasher = DefaultHasher;

    #[inline]
    fn build_hasher(&self) -> DefaultHasher {
        DefaultHasher(self.0.build_hasher())
    }
}

/// What [`DefaultHashBuilder`] builds.
///
/// # Examples
///
/// ```
/// use std::hash::{BuildHasher, Hasher};
///
/// use flow_arena::{DefaultHashBuilder, DefaultHasher};
///
/// let builder = DefaultHashBuilder::default();
/// let (mut one, mut other): (DefaultHasher, DefaultHasher) = (builder.build_hasher(), builder.build_hasher());
/// one.write(b"text");
/// other.write(b"text");
/// assert_eq!(one.finish(), other.finish());
/// ```
#[derive(Clone)]
pub struct DefaultHasher(FoldHasher<'static>);

impl fmt::Debug for DefaultHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefaultHasher").finish_non_exhaustive()
    }
}

impl Hasher for DefaultHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0.finish()
    }
}
