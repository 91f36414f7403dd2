//! A buffer from a pool: a vector of bytes that goes back when it is dropped.

#[cfg(feature = "bytes")]
mod bytes;

use std::{
    borrow::Borrow,
    fmt, io, mem,
    ops::{Deref, DerefMut},
};

use crate::{AllocError, BufferPool, error::or_raise, raw::Lent};

/// A buffer that borrows its pool: what [`BufferPool::get`] hands out.
///
/// # Examples
///
/// ```
/// use flow_memory::{BufferPool, PooledBuffer};
///
/// fn line<'p>(pool: &'p BufferPool, text: &str) -> PooledBuffer<'p> {
///     let mut line = pool.get(text.len() + 1);
///     line.extend(text.bytes().chain(*b"\n"));
///     line
/// }
///
/// assert_eq!(line(&BufferPool::new(), "example")[..], *b"example\n");
/// ```
pub type PooledBuffer<'p> = Buffer<&'p BufferPool>;

/// A buffer that keeps its pool alive, for tasks and other threads: what [`BufferPool::get_owned`] hands out.
///
/// Taking and giving back one changes a count that all handles of the pool share, which costs more the more threads do it
/// at once; [`PooledBuffer`] has no such cost. If the pool is there for good, lend it for good: a buffer of
/// `&*Box::leak(Box::new(pool))`, or of the [global pool](crate::global_pool), is a `PooledBuffer<'static>`, which can go
/// wherever an `OwnedBuffer` can.
///
/// # Examples
///
/// ```
/// use flow_memory::{BufferPool, OwnedBuffer};
///
/// struct Message {
///     body: OwnedBuffer, // No lifetime.
/// }
///
/// let mut message = Message { body: BufferPool::new().get_owned(64) };
/// message.body.append(b"the pool is alive");
/// assert_eq!(message.body.pool().stats().outstanding, 1);
/// ```
pub type OwnedBuffer = Buffer<BufferPool>;

/// A vector of bytes that goes back to its pool when it is dropped, on whatever thread. See its two forms,
/// [`PooledBuffer`] and [`OwnedBuffer`].
///
/// It dereferences to `Vec<u8>`, so that all of a vector's methods are there. Where a vector grows by itself, it does so
/// through the global allocator, as ever; [`append`](Self::append), [`reserve`](Self::reserve), [`io::Write`] and
/// [`Extend`] grow through the pool. Either way, the buffer goes back to the class that its capacity serves then: the
/// largest class that is not larger than the capacity.
///
/// `append`, `reserve` and `try_reserve` hide those of `Vec`: they grow through the pool, `append` takes a slice, which it
/// leaves as it is, and `try_reserve` returns [`AllocError`].
///
/// Whatever the last user wrote may still be in the spare capacity, out of reach of safe code, unless the pool
/// [clears buffers](crate::BufferPoolBuilder::zero_on_return).
///
/// # Examples
///
/// ```
/// use std::io::Write;
///
/// let pool = flow_memory::BufferPool::new();
/// let mut buffer = pool.get(64);
/// buffer.extend_from_slice(b"bytes, ");
/// write!(buffer, "and text: {}", 42)?;
/// assert_eq!(&buffer[..], b"bytes, and text: 42");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Buffer<P: Borrow<BufferPool>> {
    lent: Lent,
    pool: P,
}

impl<P: Borrow<BufferPool>> Buffer<P> {
    /// Only for a `P` that always borrows the same pool, which is the one that the buffer is from: `&BufferPool` or
    /// `BufferPool`.
    #[inline]
    pub(crate) fn new(lent: Lent, pool: P) -> Self {
        Self { lent, pool }
    }

    /// The pool that the buffer goes back to.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let buffer = pool.get(100);
    /// let another = buffer.pool().get(100); // Where only a buffer is at hand.
    /// assert_eq!(another.capacity(), buffer.capacity());
    /// ```
    #[inline]
    #[must_use]
    pub fn pool(&self) -> &BufferPool {
        self.pool.borrow()
    }

    /// Adds `bytes` at the end. If the capacity does not suffice, the contents move to a larger buffer of the pool,
    /// and the old one goes back: see [`reserve`](Self::reserve).
    ///
    /// # Panics
    ///
    /// Panics if the capacity would exceed `isize::MAX` bytes. Aborts if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let mut buffer = pool.get(64);
    /// buffer.append(&[7; 1000]);
    /// assert_eq!((buffer.len(), buffer.capacity()), (1000, 1024));
    /// drop(buffer);
    /// assert_eq!(pool.stats().returns, 2);
    /// ```
    #[doc(alias = "AppendBuffer")]
    #[track_caller]
    pub fn append(&mut self, bytes: &[u8]) {
        or_raise(self.try_append(bytes));
    }

    /// [`append`](Self::append), but returns an error instead of panicking or aborting.
    ///
    /// # Errors
    ///
    /// [`AllocError`] says why there is no larger buffer. The contents are what they were.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let mut buffer = pool.get(64);
    /// buffer.try_append(&[7; 1000])?;
    /// assert_eq!(buffer.capacity(), 1024);
    /// # Ok::<(), flow_memory::AllocError>(())
    /// ```
    pub fn try_append(&mut self, bytes: &[u8]) -> Result<(), AllocError> {
        self.try_reserve(bytes.len())?;
        self.lent.buffer_mut().extend_from_slice(bytes);
        Ok(())
    }

    /// Makes room for at least `additional` bytes more. If the capacity does not suffice, the contents move to a
    /// buffer of at least twice the capacity, which the pool hands out, and the old one goes back.
    ///
    /// # Panics
    ///
    /// Panics if the capacity would exceed `isize::MAX` bytes. Aborts if there is no memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let mut buffer = pool.get(64);
    /// buffer.reserve(100);
    /// assert_eq!(buffer.capacity(), 128);
    /// ```
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        or_raise(self.try_reserve(additional));
    }

    /// [`reserve`](Self::reserve), but returns an error instead of panicking or aborting.
    ///
    /// # Errors
    ///
    /// [`AllocError`] says why there is no larger buffer. The contents are what they were.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_memory::{AllocError, BufferPool};
    ///
    /// let pool = BufferPool::new();
    /// let mut buffer = pool.get(64);
    /// assert!(matches!(buffer.try_reserve(usize::MAX), Err(AllocError::TooLarge { .. })));
    /// assert_eq!(buffer.capacity(), 64);
    /// ```
    #[inline]
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), AllocError> {
        if additional <= self.lent.buffer().capacity() - self.lent.buffer().len() {
            return Ok(());
        }
        self.grow(additional)
    }

    #[cold]
    fn grow(&mut self, additional: usize) -> Result<(), AllocError> {
        let contents = self.lent.buffer();
        let Some(needed) = contents.len().checked_add(additional) else {
            return Err(AllocError::TooLarge { requested: usize::MAX });
        };
        let pool = self.pool.borrow();
        let mut larger = match pool.lend(needed.max(contents.capacity().saturating_mul(2))) {
            Ok(larger) => larger,
            // Twice the capacity may be more than there is, where what is needed is not.
            Err(_) => pool.lend(needed)?,
        };
        larger.buffer_mut().extend_from_slice(contents);
        pool.buffers.give_back(&mut mem::replace(&mut self.lent, larger));
        Ok(())
    }

    /// Takes the vector away from the pool, and leaves an empty one without capacity.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let mut buffer = pool.get(64);
    /// buffer.extend_from_slice(b"kept");
    /// let vector: Vec<u8> = buffer.detach();
    /// assert_eq!(vector, b"kept");
    /// assert_eq!((buffer.len(), buffer.capacity()), (0, 0));
    /// assert_eq!(pool.stats().outstanding, 0);
    /// ```
    #[must_use = "the vector is freed, not given back to the pool, if it is not used"]
    pub fn detach(&mut self) -> Vec<u8> {
        let (buffer, promised) = self.lent.take().into_parts();
        self.pool.borrow().buffers.stop_counting(promised);
        buffer
    }

    /// Takes the vector away from the pool for good. [`BufferPool::put`] gives it back.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let vector = pool.get(64).into_vec();
    /// assert_eq!(vector.capacity(), 64);
    /// pool.put(vector);
    /// assert_eq!(pool.stats().retained_bytes, 64);
    /// ```
    #[must_use = "the vector is freed, not given back to the pool, if it is not used"]
    pub fn into_vec(mut self) -> Vec<u8> {
        self.detach()
    }
}

impl PooledBuffer<'_> {
    /// The same buffer, in the form that keeps the pool alive.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::new();
    /// let mut buffer = pool.get(64);
    /// buffer.push(1);
    /// let buffer = buffer.into_owned();
    /// let thread = std::thread::spawn(move || buffer.len());
    /// assert_eq!(thread.join().unwrap(), 1);
    /// ```
    #[must_use]
    pub fn into_owned(mut self) -> OwnedBuffer {
        Buffer { lent: self.lent.take(), pool: self.pool.clone() }
    }
}

impl<P: Borrow<BufferPool>> Drop for Buffer<P> {
    #[expect(clippy::inline_always, reason = "see `Buffers::give_back`")]
    #[inline(always)]
    fn drop(&mut self) {
        self.pool.borrow().buffers.give_back(&mut self.lent);
    }
}

impl<P: Borrow<BufferPool>> Deref for Buffer<P> {
    type Target = Vec<u8>;

    #[inline]
    fn deref(&self) -> &Vec<u8> {
        self.lent.buffer()
    }
}

impl<P: Borrow<BufferPool>> DerefMut for Buffer<P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        self.lent.buffer_mut()
    }
}

impl<P: Borrow<BufferPool>> AsRef<[u8]> for Buffer<P> {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl<P: Borrow<BufferPool>> AsMut<[u8]> for Buffer<P> {
    fn as_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl<P: Borrow<BufferPool>> fmt::Debug for Buffer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lent.buffer().fmt(f)
    }
}

impl<P: Borrow<BufferPool>, Q: Borrow<BufferPool>> PartialEq<Buffer<Q>> for Buffer<P> {
    fn eq(&self, other: &Buffer<Q>) -> bool {
        **self == **other
    }
}

impl<P: Borrow<BufferPool>> Eq for Buffer<P> {}

impl<P: Borrow<BufferPool>> PartialEq<[u8]> for Buffer<P> {
    fn eq(&self, other: &[u8]) -> bool {
        **self == *other
    }
}

impl<P: Borrow<BufferPool>, const N: usize> PartialEq<[u8; N]> for Buffer<P> {
    fn eq(&self, other: &[u8; N]) -> bool {
        **self == *other
    }
}

impl<P: Borrow<BufferPool>> From<Buffer<P>> for Vec<u8> {
    fn from(buffer: Buffer<P>) -> Self {
        buffer.into_vec()
    }
}

/// Adds at the end, like [`append`](Self::append). Never fails but for lack of memory, which is
/// [`io::ErrorKind::OutOfMemory`].
impl<P: Borrow<BufferPool>> io::Write for Buffer<P> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.try_append(bytes).map_err(|error| io::Error::new(io::ErrorKind::OutOfMemory, error))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Adds at the end; grows like [`reserve`](Self::reserve).
impl<P: Borrow<BufferPool>> Extend<u8> for Buffer<P> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = u8>>(&mut self, bytes: I) {
        let mut bytes = bytes.into_iter();
        let (least, most) = bytes.size_hint();
        self.reserve(least);
        if most == Some(least) {
            // The standard library knows better how to do this for many iterators.
            return self.lent.buffer_mut().extend(bytes);
        }
        while let Some(byte) = bytes.next() {
            if self.lent.buffer().len() == self.lent.buffer().capacity() {
                self.reserve(bytes.size_hint().0.saturating_add(1));
            }
            self.lent.buffer_mut().push(byte);
        }
    }
}

impl<'a, P: Borrow<BufferPool>> Extend<&'a u8> for Buffer<P> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a u8>>(&mut self, bytes: I) {
        self.extend(bytes.into_iter().copied());
    }
}
