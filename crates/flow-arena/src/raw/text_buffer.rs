//! A string that grows in an arena, as the newest allocation of its lane where it can.

use std::{
    alloc::Layout,
    fmt,
    marker::PhantomData,
    ptr::{self, NonNull},
    slice, str,
};

use super::source::Source;
use crate::AllocError;

/// What the first piece of text reserves at least, in bytes. What is left over is given back at the end.
const MIN_CAPACITY: usize = 64;

/// Collects text of unknown length. Invariant: the first `len` of `capacity` bytes at `start` are UTF-8.
///
/// While it grows, anybody may allocate from the same arena: then the text moves.
#[derive(Debug)]
pub(crate) struct TextBuffer<'m, S: Source<'m>> {
    source: S,
    start: NonNull<u8>,
    len: usize,
    capacity: usize,
    /// Why a piece of text was not taken. No text is taken after it.
    error: Option<AllocError>,
    memory: PhantomData<&'m mut str>,
}

impl<'m, S: Source<'m>> TextBuffer<'m, S> {
    /// An empty buffer, which reserves memory for `expected` bytes.
    pub(crate) fn new(source: S, expected: usize) -> Result<Self, AllocError> {
        let mut buffer = Self {
            source,
            start: NonNull::dangling(),
            len: 0,
            capacity: 0,
            error: None,
            memory: PhantomData,
        };
        if expected != 0 {
            buffer.grow(expected)?;
        }
        Ok(buffer)
    }

    /// Appends `text`.
    pub(crate) fn push_str(&mut self, text: &str) -> Result<(), AllocError> {
        if self.capacity - self.len < text.len() {
            self.grow(text.len())?;
        }
        // SAFETY: there are `text.len()` free bytes behind the first `len`, which nobody else refers to.
        unsafe { ptr::copy_nonoverlapping(text.as_ptr(), self.start.as_ptr().add(self.len), text.len()) };
        self.len += text.len();
        Ok(())
    }

    /// Appends one character.
    pub(crate) fn push(&mut self, c: char) -> Result<(), AllocError> {
        self.push_str(c.encode_utf8(&mut [0; 4]))
    }

    /// The text. Bytes that were reserved and not used go back to the lane.
    pub(crate) fn finish(mut self) -> Result<&'m mut str, AllocError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.give_back(self.len);
        // Nothing is left for `drop` to give back.
        self.capacity = 0;
        // SAFETY: the first `len` bytes are UTF-8 by the invariant, reserved for `'m`, and no longer ours.
        Ok(unsafe { str::from_utf8_unchecked_mut(slice::from_raw_parts_mut(self.start.as_ptr(), self.len)) })
    }

    /// Makes room for `additional` bytes: in place if nobody allocated since, else elsewhere. Doubles the capacity,
    /// so that long texts move a logarithmic number of times, unless only less can be had.
    #[cold]
    fn grow(&mut self, additional: usize) -> Result<(), AllocError> {
        let needed =
            self.len.checked_add(additional).ok_or(AllocError::TooLarge { requested: usize::MAX })?;
        let generous = needed.max(self.capacity.saturating_mul(2)).max(MIN_CAPACITY);
        if self.resize_to(generous) || self.resize_to(needed) {
            return Ok(());
        }
        self.move_to(generous).or_else(|_| self.move_to(needed))
    }

    fn resize_to(&mut self, capacity: usize) -> bool {
        let resized = self.source.resize_newest(self.start, self.capacity, capacity);
        if let Some(start) = resized {
            (self.start, self.capacity) = (start, capacity);
        }
        resized.is_some()
    }

    fn move_to(&mut self, capacity: usize) -> Result<(), AllocError> {
        let layout =
            Layout::array::<u8>(capacity).map_err(|_| AllocError::TooLarge { requested: capacity })?;
        let start = self.source.reserve(layout)?;
        // SAFETY: `reserve` returned other memory than the old, and of more bytes than `len`.
        unsafe { ptr::copy_nonoverlapping(self.start.as_ptr(), start.as_ptr(), self.len) };
        (self.start, self.capacity) = (start, capacity);
        Ok(())
    }

    /// Keeps the first `keep` bytes, if the lane can still take the others back.
    fn give_back(&mut self, keep: usize) {
        if self.capacity != 0 {
            self.resize_to(keep);
        }
    }
}

impl<'m, S: Source<'m>> fmt::Write for TextBuffer<'m, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.error.is_none() {
            self.error = self.push_str(text).err();
        }
        if self.error.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}

impl<'m, S: Source<'m>> Drop for TextBuffer<'m, S> {
    fn drop(&mut self) {
        // The text was not finished: an allocation failed or a formatting implementation panicked.
        self.give_back(0);
    }
}
