//! The global pool, for those who don't want one of their own.

use super::{BufferPool, BufferPoolBuilder};
use crate::{PooledBuffer, sync::of_process::OnceLock};

static GLOBAL: OnceLock<BufferPool> = OnceLock::new();

/// The global pool: one for the whole process, which [`get_buffer`] and [`with_buffer`] use. It is made, with the defaults, by the first
/// call, unless [`BufferPoolBuilder::build_global`] made it before. It is never dropped.
///
/// # Examples
///
/// ```
/// drop(flow_memory::get_buffer(100));
/// println!("{}", flow_memory::global_pool().stats());
/// ```
#[inline]
#[must_use]
pub fn global_pool() -> &'static BufferPool {
    GLOBAL.get_or_init(BufferPool::new)
}

/// [`BufferPool::get`] of the [global pool](global_pool).
///
/// # Panics
///
/// As for [`BufferPool::get`].
///
/// # Examples
///
/// ```
/// let mut buffer = flow_memory::get_buffer(64);
/// buffer.append(&[1; 100]);
/// assert_eq!(buffer.len(), 100);
/// ```
#[inline]
#[must_use]
#[track_caller]
#[doc(alias = "GetBuffer")]
pub fn get_buffer(capacity: usize) -> PooledBuffer<'static> {
    global_pool().get(capacity)
}

/// Gives a buffer back to the pool that it is from: the explicit form of dropping it.
///
/// # Examples
///
/// ```
/// let buffer = flow_memory::get_buffer(64);
/// flow_memory::put_buffer(buffer);
/// ```
#[inline]
#[doc(alias = "PutBuffer")]
pub fn put_buffer(buffer: PooledBuffer<'_>) {
    drop(buffer);
}

/// [`BufferPool::with_buffer`] of the [global pool](global_pool).
///
/// # Panics
///
/// As for [`BufferPool::with_buffer`].
///
/// # Examples
///
/// ```
/// use std::io::{self, Write};
///
/// let written = flow_memory::with_buffer(1024, |buffer| {
///     write!(buffer, "{:?}", [1, 2, 3])?;
///     Ok::<_, io::Error>(buffer.len())
/// })?;
/// assert_eq!(written, 9);
/// # Ok::<(), io::Error>(())
/// ```
#[doc(alias = "WithBuffer")]
#[track_caller]
pub fn with_buffer<R>(capacity: usize, f: impl FnOnce(&mut PooledBuffer<'static>) -> R) -> R {
    f(&mut get_buffer(capacity))
}

impl BufferPoolBuilder {
    /// Makes the [global pool](global_pool), which must not have been used before: best at the start of `main`.
    ///
    /// # Errors
    ///
    /// [`GlobalPoolError`] if the pool exists already. It stays as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_memory::BufferPool::builder().max_retained_bytes(1 << 20).build_global()?;
    /// assert_eq!(flow_memory::global_pool().max_retained_bytes(), 1 << 20);
    /// # assert!(flow_memory::BufferPool::builder().build_global().is_err());
    /// # Ok::<(), flow_memory::GlobalPoolError>(())
    /// ```
    pub fn build_global(self) -> Result<&'static BufferPool, GlobalPoolError> {
        GLOBAL.set(self.build()).map_err(|_| GlobalPoolError(()))?;
        Ok(global_pool())
    }
}

/// The global pool exists already: see [`BufferPoolBuilder::build_global`].
///
/// # Examples
///
/// ```
/// use flow_memory::{BufferPool, GlobalPoolError, get_buffer};
///
/// drop(get_buffer(64)); // Makes the pool, with the defaults.
/// let late: Result<_, GlobalPoolError> = BufferPool::builder().build_global();
/// assert!(late.unwrap_err().to_string().contains("configure it before its first use"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the global buffer pool exists already: configure it before its first use")]
pub struct GlobalPoolError(());
