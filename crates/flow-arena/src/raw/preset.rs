//! The entries that an interner has from the start, in memory of its own.
//!
//! They are not in the arena, so that resetting the interner neither moves nor loses them.
//!
//! Invariant: the memory is one entry after the other, each as long as its header says, rounded up to whole
//! words; the symbol of the n-th is n.

use std::ptr::{self, NonNull};

use super::{entry::Entry, interner::Spending};
use crate::{
    InternError, Symbol,
    sync::{AtomicPtr, Ordering},
};

/// Entries are made of these, for their alignment.
type Word = u32;

/// The strings that an interner starts with, and starts again with after each reset.
#[derive(Debug)]
pub(crate) struct Preset {
    /// The first word. In an atomic for `Send` and `Sync`; never stored to again.
    memory: AtomicPtr<Word>,
    words: usize,
    /// Where each entry starts, in words, and the hash of its text.
    entries: Box<[(usize, u64)]>,
    /// Bytes of the texts.
    text: usize,
}

impl Preset {
    /// Copies the strings, each of which comes with its hash.
    ///
    /// # Errors
    ///
    /// A string is too long, or they are more than the limit or the memory allows.
    pub(crate) fn new(strings: &[(u64, &str)], spending: &Spending) -> Result<Self, InternError> {
        let mut words: usize = 0;
        let mut text: usize = 0;
        for (_, string) in strings {
            let layout = Entry::layout(string).ok_or(InternError::TooLong { len: string.len() })?;
            words = words
                .checked_add(layout.size().div_ceil(size_of::<Word>()))
                .ok_or(InternError::OutOfMemory)?;
            text += string.len();
        }
        let bytes = Self::bytes_for(words, strings.len()).ok_or(InternError::OutOfMemory)?;
        let (memory, mut entries) = spending.charged(bytes, || {
            let mut memory = Vec::<Word>::new();
            memory.try_reserve_exact(words).map_err(|_| InternError::OutOfMemory)?;
            memory.resize(words, 0);
            let mut entries = Vec::new();
            entries.try_reserve_exact(strings.len()).map_err(|_| InternError::OutOfMemory)?;
            Ok((memory.into_boxed_slice(), entries))
        })?;
        let memory = Box::into_raw(memory).cast::<Word>();
        let mut at = 0;
        for (index, (hash, string)) in strings.iter().enumerate() {
            entries.push((at, *hash));
            let symbol = Symbol::from_index(index).ok_or(InternError::SymbolsExhausted)?;
            // SAFETY: `words` is the sum of what every entry needs, so that this one begins within the memory
            // and ends there too; nobody else knows the memory yet.
            unsafe {
                let start = NonNull::new_unchecked(memory.add(at)).cast::<u8>();
                Entry::write(start, string, symbol);
            }
            at += (super::entry::HEADER + string.len()).div_ceil(size_of::<Word>());
        }
        Ok(Self { memory: AtomicPtr::new(memory), words, entries: entries.into_boxed_slice(), text })
    }

    fn bytes_for(words: usize, entries: usize) -> Option<usize> {
        let memory = words.checked_mul(size_of::<Word>())?;
        memory.checked_add(entries.checked_mul(size_of::<(usize, u64)>())?)
    }

    /// Each entry with its hash, in the order of the symbols. The entries are valid until `self` is dropped.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, Entry)> {
        // Relaxed: never stored to after `new`.
        let memory = self.memory.load(Ordering::Relaxed);
        self.entries.iter().filter_map(move |&(at, hash)| {
            // SAFETY: `new` wrote an entry there, through this very pointer.
            let entry = unsafe { Entry::from_ptr(memory.add(at).cast()) };
            entry.map(|entry| (hash, entry))
        })
    }

    /// Bytes of the texts alone.
    pub(crate) fn text(&self) -> usize {
        self.text
    }

    /// Bytes of the memory.
    pub(crate) fn bytes(&self) -> usize {
        self.words * size_of::<Word>() + size_of_val(&*self.entries)
    }
}

impl Drop for Preset {
    fn drop(&mut self) {
        let memory = ptr::slice_from_raw_parts_mut(self.memory.load(Ordering::Relaxed), self.words);
        // SAFETY: `new` made it from a boxed slice of this many words, and nobody else frees it.
        drop(unsafe { Box::from_raw(memory) });
    }
}

#[cfg(all(test, not(flow_loom)))]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_in_order() {
        let spending = Spending::new(usize::MAX - 1);
        let strings = [(9, ""), (8, "a"), (7, "four"), (6, "seventeen letters")];
        let preset = Preset::new(&strings, &spending).expect("no limit");
        for (index, ((hash, entry), expected)) in preset.entries().zip(strings).enumerate() {
            // SAFETY: `preset` lives.
            let interned = unsafe { entry.interned() };
            assert_eq!((hash, interned.text()), expected);
            assert_eq!(interned.symbol().index(), index);
        }
        assert_eq!((preset.entries().count(), preset.text(), preset.bytes()), (4, 22, spending.spent()));
    }

    #[test]
    fn a_limit_that_is_too_small_is_refused() {
        let spending = Spending::new(10);
        assert!(matches!(
            Preset::new(&[(1, "name")], &spending),
            Err(InternError::LimitReached { limit: 10, .. })
        ));
        assert_eq!(spending.spent(), 0);
    }
}
