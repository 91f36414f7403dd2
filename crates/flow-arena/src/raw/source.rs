//! Where typed allocations come from: an arena or a lane, behind one trait, and the typed allocations themselves.
//!
//! No function here runs a user's code while it is inside a lane: memory is reserved first, then the closure runs,
//! then its result is written. A closure may therefore allocate from the same arena.

use std::{alloc::Layout, mem::MaybeUninit, ptr::NonNull, slice};

use super::drop_list::linked_layout;
use crate::AllocError;

/// Something to allocate from, for `'m`.
///
/// # Safety
///
/// [`reserve`](Self::reserve) and [`resize_newest`](Self::resize_newest) return memory that fits what was asked, that
/// nothing else refers to, and that stays valid for `'m`.
pub(crate) unsafe trait Source<'m>: Copy {
    /// Memory for `layout`, uninitialized. Dangling if its size is zero.
    fn reserve(self, layout: Layout) -> Result<NonNull<u8>, AllocError>;

    /// Resizes the newest allocation where it stands, as [`LaneCore::resize_newest`] does. `None` leaves it as it is.
    ///
    /// [`LaneCore::resize_newest`]: super::lane_core::LaneCore::resize_newest
    fn resize_newest(self, start: NonNull<u8>, old: usize, new: usize) -> Option<NonNull<u8>>;

    /// Moves `value` to `place`, to be dropped before that memory is reused.
    ///
    /// # Safety
    ///
    /// `place` was reserved from this source for [`linked_layout::<T>()`](linked_layout), and is the caller's.
    unsafe fn store_for_drop<T: Send + 'static>(self, place: NonNull<u8>, value: T) -> NonNull<T>;
}

/// `len` uninitialized values.
#[inline]
pub(crate) fn uninit_slice<'m, T>(
    source: impl Source<'m>,
    len: usize,
) -> Result<&'m mut [MaybeUninit<T>], AllocError> {
    let layout = Layout::array::<T>(len).map_err(|_| AllocError::array_too_large(len, size_of::<T>()))?;
    let start = source.reserve(layout)?.cast::<MaybeUninit<T>>().as_ptr();
    // SAFETY: `reserve` returned exclusive memory for `len` values, valid for `'m`, and any bytes are a `MaybeUninit`.
    Ok(unsafe { slice::from_raw_parts_mut(start, len) })
}

/// `len` zeroes.
#[inline]
pub(crate) fn zeroed<'m>(source: impl Source<'m>, len: usize) -> Result<&'m mut [u8], AllocError> {
    let bytes = uninit_slice(source, len)?;
    bytes.fill(MaybeUninit::new(0));
    // SAFETY: every byte was just written.
    Ok(unsafe { bytes.assume_init_mut() })
}

/// A copy of `values`.
#[inline]
pub(crate) fn copied<'m, T: Copy>(source: impl Source<'m>, values: &[T]) -> Result<&'m mut [T], AllocError> {
    Ok(uninit_slice(source, values.len())?.write_copy_of_slice(values))
}

/// `len` values, each the result of `fill` with its index.
#[inline]
pub(crate) fn filled_with<'m, T>(
    source: impl Source<'m>,
    len: usize,
    mut fill: impl FnMut(usize) -> T,
) -> Result<&'m mut [T], AllocError> {
    const { assert!(!std::mem::needs_drop::<T>(), "the arena would not drop these values: use alloc_with_drop") };
    let values = uninit_slice(source, len)?;
    for (index, value) in values.iter_mut().enumerate() {
        value.write(fill(index));
    }
    // SAFETY: the loop wrote every value; a panic in `fill` does not come here.
    Ok(unsafe { values.assume_init_mut() })
}

/// `value`, moved.
#[inline]
pub(crate) fn value<'m, T>(source: impl Source<'m>, value: T) -> Result<&'m mut T, AllocError> {
    const { assert!(!std::mem::needs_drop::<T>(), "the arena would not drop this value: use alloc_with_drop") };
    let mut place = source.reserve(Layout::new::<T>())?.cast::<MaybeUninit<T>>();
    // SAFETY: `reserve` returned exclusive memory for a `T`, valid for `'m`.
    Ok(unsafe { place.as_mut() }.write(value))
}

/// `value`, moved, to be dropped with the arena's next reset.
#[inline]
pub(crate) fn value_with_drop<'m, T: Send + 'static>(
    source: impl Source<'m>,
    value: T,
) -> Result<&'m mut T, AllocError> {
    let place = source.reserve(linked_layout::<T>())?;
    // SAFETY: `place` was just reserved for this layout.
    let mut value = unsafe { source.store_for_drop(place, value) };
    // SAFETY: `store_for_drop` returned an initialized `T` in exclusive memory that is valid for `'m`: its destructor
    // runs only once that memory is reused.
    Ok(unsafe { value.as_mut() })
}

/// A copy of `text`.
#[inline]
pub(crate) fn str_copy<'m>(source: impl Source<'m>, text: &str) -> Result<&'m mut str, AllocError> {
    let bytes = copied(source, text.as_bytes())?;
    // SAFETY: a copy of a `str`'s bytes.
    Ok(unsafe { std::str::from_utf8_unchecked_mut(bytes) })
}

/// The parts, one after the other, with `separator` between them.
pub(crate) fn joined<'m>(
    source: impl Source<'m>,
    parts: &[&str],
    separator: &str,
) -> Result<&'m mut str, AllocError> {
    let separators = separator.len().checked_mul(parts.len().saturating_sub(1));
    let len = separators
        .and_then(|separators| parts.iter().map(|part| part.len()).try_fold(separators, usize::checked_add));
    let bytes = uninit_slice(source, len.ok_or(AllocError::TooLarge { requested: usize::MAX })?)?;
    let mut at = 0;
    for (index, part) in parts.iter().enumerate() {
        if index != 0 {
            at = write_at(bytes, at, separator);
        }
        at = write_at(bytes, at, part);
    }
    debug_assert_eq!(at, bytes.len());
    // SAFETY: the pieces were written one after the other and their lengths add up to the whole.
    let bytes = unsafe { bytes.assume_init_mut() };
    // SAFETY: whole `str`s in a row are UTF-8.
    Ok(unsafe { std::str::from_utf8_unchecked_mut(bytes) })
}

/// Writes `text` at `at`, and returns where it ends.
fn write_at(bytes: &mut [MaybeUninit<u8>], at: usize, text: &str) -> usize {
    let end = at + text.len();
    bytes[at..end].write_copy_of_slice(text.as_bytes());
    end
}
