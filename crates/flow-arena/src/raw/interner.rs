//! The interner behind a string pool: shards of strings, the symbols' entries, one budget.
//!
//! It takes hashes and never computes one, so that no code of a user runs under its locks.
//!
//! The order in which a new string becomes visible: its text is written, then its symbol resolves, then the
//! string is found. So whoever finds a string can resolve its symbol. Locks are taken in one order: a
//! shard's, then the one of a new segment or of the text's memory, and never two shards'.

use std::{alloc::Layout, ptr::NonNull, sync::Arc};

use super::{
    budget::Budget,
    entry::{Entry, Interned},
    preset::Preset,
    shard::{LockedShard, Shard},
    symbols::Symbols,
};
use crate::{AllocError, Arena, InternError, Symbol};

/// Where the texts of an interner live.
///
/// # Safety
///
/// Memory from [`TextMemory::try_alloc`] is valid for reads and writes of the layout, belongs to the caller
/// alone, and stays so until the implementor is dropped or given out as `&mut`.
pub(crate) unsafe trait TextMemory {
    fn try_alloc(&self, layout: Layout) -> Result<NonNull<u8>, AllocError>;
}

// SAFETY: the arena's memory is valid, and ours alone, until the arena is reset, freed or dropped, all of
// which need it by value or as `&mut Arena`. An `Arc` yields neither while it is shared, and the `Arc` itself
// is the implementor: it is dropped, or given out as `&mut Arc`, exactly when `TextMemory` says that the
// memory may end.
unsafe impl TextMemory for Arc<Arena> {
    fn try_alloc(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.try_alloc_layout(layout)
    }
}

/// The most shards: the bits of a hash that choose one.
pub(crate) const MAX_SHARDS: usize = 1 << 16;

/// How an interner is made.
#[derive(Debug)]
pub(crate) struct Config {
    /// Rounded up to a power of two, at most [`MAX_SHARDS`].
    pub(crate) shards: usize,
    /// Strings to make room for, beside the preset ones.
    pub(crate) capacity: usize,
    /// In bytes; `usize::MAX` for none.
    pub(crate) limit: usize,
    /// The most strings.
    pub(crate) max_symbols: u32,
}

/// What an interner keeps, in bytes and counts.
#[derive(Debug)]
pub(crate) struct Usage {
    pub(crate) strings: usize,
    pub(crate) text: usize,
    pub(crate) misses: u64,
    pub(crate) memory: usize,
    pub(crate) limit: Option<usize>,
}

/// Strings, each once.
#[derive(Debug)]
pub(crate) struct Interner<M> {
    /// Invariant: their number is a power of two, and not 0.
    shards: Box<[Shard]>,
    symbols: Symbols,
    spending: Spending,
    preset: Preset,
    /// Keeps the texts that are not preset.
    memory: M,
}

impl<M: TextMemory> Interner<M> {
    /// An interner with the `preset` strings, each with its hash; their symbols are their positions.
    ///
    /// The strings should differ; a repeated one costs a symbol that no lookup returns.
    ///
    /// # Errors
    ///
    /// The limit, or the memory, is too small to begin with.
    pub(crate) fn new(config: &Config, preset: &[(u64, &str)], memory: M) -> Result<Self, InternError> {
        let spending = Spending::new(config.limit);
        let count = config.shards.clamp(1, MAX_SHARDS).next_power_of_two();
        let per_shard = config.capacity.div_ceil(count);
        let shards = spending.charged(count * size_of::<Shard>(), || {
            let mut shards = Vec::new();
            shards.try_reserve_exact(count).map_err(|_| InternError::OutOfMemory)?;
            for shard in 0..count {
                let own = preset.iter().filter(|(hash, _)| shard_of(*hash, count) == shard).count();
                let strings = own.checked_add(per_shard).ok_or(InternError::OutOfMemory)?;
                shards.push(Shard::new(strings, &spending)?);
            }
            Ok(shards.into_boxed_slice())
        })?;
        let symbols = Symbols::new(config.max_symbols);
        let strings = config.capacity.checked_add(preset.len()).ok_or(InternError::OutOfMemory)?;
        symbols.prepare(u32::try_from(strings).map_err(|_| InternError::SymbolsExhausted)?, &spending)?;
        let preset = Preset::new(preset, &spending)?;
        let interner = Self { shards, symbols, spending, preset, memory };
        interner.insert_preset()?;
        Ok(interner)
    }

    /// Looks a string up. Takes no lock and never waits.
    #[inline]
    pub(crate) fn find(&self, hash: u64, text: &str) -> Option<Interned<'_>> {
        self.shards[shard_of(hash, self.shards.len())].find(hash, text)
    }

    /// Looks a symbol up. Takes no lock and never waits.
    #[inline]
    pub(crate) fn resolve(&self, symbol: Symbol) -> Option<Interned<'_>> {
        self.symbols.get(symbol.number())
    }

    /// The symbols, which is all that iterating needs.
    pub(crate) fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Adds a string that [`Self::find`] did not find, unless another thread has added it meanwhile.
    #[cold]
    #[inline(never)]
    pub(crate) fn add(&self, hash: u64, text: &str) -> Result<Added<'_>, InternError> {
        self.lock(self.shard_index(hash)).add(hash, text)
    }

    /// The index of the shard that a hash belongs to.
    pub(crate) fn shard_index(&self, hash: u64) -> usize {
        shard_of(hash, self.shards.len())
    }

    /// Locks a shard, for adding several strings.
    pub(crate) fn lock(&self, shard: usize) -> Locked<'_, M> {
        Locked { interner: self, index: shard, shard: self.shards[shard].lock() }
    }

    /// Forgets everything but the preset strings, whose addresses and symbols stay, then gives `memory` out:
    /// nothing points into it any more.
    pub(crate) fn reset(&mut self, memory: impl FnOnce(&mut M)) {
        self.spending.refund(self.added_bytes());
        for shard in &mut self.shards {
            shard.reset(&self.spending);
        }
        self.symbols.clear();
        let inserted = self.insert_preset();
        debug_assert!(inserted.is_ok(), "tables and segments had room for the preset strings from the start");
        memory(&mut self.memory);
    }

    /// Drops the tables that were outgrown.
    pub(crate) fn drop_retired(&mut self) {
        for shard in &mut self.shards {
            shard.drop_retired(&self.spending);
        }
    }

    /// Where the texts live.
    pub(crate) fn memory(&self) -> &M {
        &self.memory
    }

    /// The limit in bytes, if there is one.
    pub(crate) fn limit(&self) -> Option<usize> {
        self.spending.0.finite_limit()
    }

    /// What is kept now. While other threads add strings, the numbers may be of slightly different moments.
    pub(crate) fn usage(&self) -> Usage {
        let tables: usize = self.shards.iter().map(Shard::table_bytes).sum();
        let added: usize = self.shards.iter().map(Shard::text).sum();
        Usage {
            strings: self.symbols.len() as usize,
            text: self.preset.text() + added,
            misses: self.shards.iter().map(Shard::misses).sum(),
            memory: size_of_val(&*self.shards)
                + tables
                + self.symbols.bytes()
                + self.preset.bytes()
                + self.added_bytes(),
            limit: self.limit(),
        }
    }

    /// Bytes of the strings that are not preset, with their headers.
    fn added_bytes(&self) -> usize {
        self.shards.iter().map(Shard::entry_bytes).sum()
    }

    fn insert_preset(&self) -> Result<(), InternError> {
        for (hash, entry) in self.preset.entries() {
            let mut shard = self.shards[self.shard_index(hash)].lock();
            shard.make_room(&self.spending)?;
            let symbol = self.symbols.reserve(&self.spending)?.commit();
            // SAFETY: room was made under this lock, and the caller of `new` promised that the strings
            // differ. The entries are written and live as long as `self`, and the n-th has the n-th symbol,
            // which was just committed: only `new` and `reset` call this, with nothing interned before and
            // nobody else about.
            unsafe {
                debug_assert_eq!(entry.interned().symbol(), symbol);
                self.symbols.publish(symbol, entry);
                shard.insert(hash, entry);
            }
        }
        Ok(())
    }
}

/// Which shard a hash belongs to, of a power of two: high bits, because the low ones choose the group.
#[inline]
fn shard_of(hash: u64, shards: usize) -> usize {
    let high = (hash >> 48) as usize;
    high & (shards - 1)
}

/// What [`Interner::add`] did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Added<'a> {
    pub(crate) interned: Interned<'a>,
    /// Whether it was not there before.
    pub(crate) new: bool,
}

/// A locked shard of an interner.
#[derive(Debug)]
pub(crate) struct Locked<'a, M> {
    interner: &'a Interner<M>,
    index: usize,
    shard: LockedShard<'a>,
}

impl<'a, M: TextMemory> Locked<'a, M> {
    /// Adds a string, unless it is there.
    ///
    /// # Errors
    ///
    /// Some limit is reached. Nothing changed then, except that a table may have grown, or a segment been
    /// made.
    pub(crate) fn add(&mut self, hash: u64, text: &str) -> Result<Added<'a>, InternError> {
        let Interner { symbols, spending, memory, .. } = self.interner;
        debug_assert_eq!(self.index, self.interner.shard_index(hash));
        if let Some(interned) = self.shard.find(hash, text) {
            return Ok(Added { interned, new: false });
        }
        let layout = Entry::layout(text).ok_or(InternError::TooLong { len: text.len() })?;
        self.shard.make_room(spending)?;
        let reservation = symbols.reserve(spending)?;
        let place = spending.charged(layout.size(), || Ok(memory.try_alloc(layout)?))?;
        // From here on nothing fails.
        let symbol = reservation.commit();
        // SAFETY: the memory is fresh, ours, and has the layout of `text`. It is valid until `memory` is
        // dropped or given out exclusively, which needs exclusive access to `interner`: see
        // `Interner::reset`.
        let (entry, interned) = unsafe {
            let entry = Entry::write(place, text, symbol);
            (entry, entry.interned())
        };
        // SAFETY: this symbol was committed just now, and the entry has it. Room was made and the string not
        // found, under the lock that is still held. The symbol comes first: whoever finds the string may
        // resolve it.
        unsafe {
            symbols.publish(symbol, entry);
            self.shard.insert(hash, entry);
        }
        self.shard.count_miss(text);
        Ok(Added { interned, new: true })
    }
}

/// What the interner spends, against its limit.
#[derive(Debug)]
pub(crate) struct Spending(Budget);

impl Spending {
    pub(crate) fn new(limit: usize) -> Self {
        Self(Budget::new(limit))
    }

    pub(crate) fn limit(&self) -> usize {
        self.0.limit()
    }

    /// Charges `bytes`, then makes what they are for; what cannot be made costs nothing.
    pub(crate) fn charged<T>(
        &self,
        bytes: usize,
        make: impl FnOnce() -> Result<T, InternError>,
    ) -> Result<T, InternError> {
        self.charge(bytes)?;
        make().inspect_err(|_| self.refund(bytes))
    }

    fn charge(&self, bytes: usize) -> Result<(), InternError> {
        // Without a limit nothing is counted: a shared counter would cost each new string a contended write.
        if self.limit() == usize::MAX || self.0.charge(bytes) {
            Ok(())
        } else {
            Err(InternError::LimitReached { limit: self.limit(), requested: bytes })
        }
    }

    pub(crate) fn refund(&self, bytes: usize) {
        if self.limit() != usize::MAX {
            self.0.refund(bytes);
        }
    }

    /// Bytes spent, if there is a limit.
    #[cfg(test)]
    pub(crate) fn spent(&self) -> usize {
        self.0.spent()
    }
}

#[cfg(all(test, not(flow_loom)))]
mod tests {
    use std::{hash::BuildHasher, sync::Arc, time::Duration};

    use flow_testkit::within;

    use super::*;
    use crate::{Arena, DefaultHashBuilder, raw::symbols::MAX_SYMBOLS};

    fn interner(shards: usize, limit: usize, max_symbols: u32) -> Interner<Arc<Arena>> {
        let config = Config { shards, capacity: 0, limit, max_symbols };
        Interner::new(&config, &[(5, "first"), (6, "second")], Arc::default())
            .expect("large enough for two strings")
    }

    #[test]
    fn known_strings_are_found_while_every_lock_is_held() {
        within(Duration::from_secs(60), || {
            let interner = interner(4, usize::MAX, MAX_SYMBOLS);
            let added = interner.add(7 << 48, "added").expect("no limit").interned;
            let held: Vec<_> = (0..4).map(|shard| interner.lock(shard)).collect();
            // This thread holds the locks: taking one again would hang or panic.
            assert_eq!(interner.find(5, "first").map(Interned::text), Some("first"));
            assert_eq!(interner.find(7 << 48, "added").map(Interned::symbol), Some(added.symbol()));
            assert!(interner.find(8, "unknown").is_none());
            assert_eq!(interner.resolve(added.symbol()).map(Interned::text), Some("added"));
            assert_eq!((interner.symbols().len(), interner.usage().misses), (3, 1));
            drop(held);
        });
    }

    #[test]
    fn every_shard_is_locked_on_its_own() {
        within(Duration::from_secs(60), || {
            let interner = interner(4, usize::MAX, MAX_SYMBOLS);
            let held = interner.lock(1);
            for shard in [0, 2, 3] {
                assert!(interner.add(shard << 48, "new").expect("no limit").new);
            }
            drop(held);
        });
    }

    #[test]
    fn running_out_of_symbols_is_an_error_that_loses_nothing() {
        let interner = interner(2, usize::MAX, 4);
        assert!(interner.add(1, "third").expect("a symbol is left").new);
        assert!(interner.add(2, "fourth").expect("a symbol is left").new);
        // In the shard that is empty, whose table need not grow.
        let fifth = 1 << 48;
        let before = interner.usage();
        for _ in 0..3 {
            assert!(matches!(interner.add(fifth, "fifth"), Err(InternError::SymbolsExhausted)));
        }
        assert!(!interner.add(2, "fourth").expect("known").new);
        let after = interner.usage();
        assert_eq!((after.strings, after.misses, after.memory), (4, before.misses, before.memory));
        assert!(interner.find(fifth, "fifth").is_none());
    }

    #[test]
    fn too_few_symbols_for_the_preset_strings_is_an_error() {
        let config = Config { shards: 1, capacity: 0, limit: usize::MAX, max_symbols: 1 };
        let error = Interner::new(&config, &[(5, "first"), (6, "second")], Arc::default())
            .expect_err("two strings, one symbol");
        assert_eq!(error, InternError::SymbolsExhausted);
    }

    #[test]
    fn what_is_spent_is_what_is_kept() {
        let hasher = DefaultHashBuilder::default();
        let mut interner = interner(2, 1 << 20, MAX_SYMBOLS);
        for round in 0..3 {
            assert_eq!(interner.spending.spent(), interner.usage().memory, "round {round}");
            for index in 0..500 {
                let text = format!("string-{index}");
                interner.add(hasher.hash_one(&text), &text).expect("within the limit");
                assert_eq!(
                    interner.spending.spent(),
                    interner.usage().memory,
                    "round {round}, string {index}"
                );
            }
            if round == 1 {
                interner.drop_retired();
                assert_eq!(interner.spending.spent(), interner.usage().memory);
            }
            interner.reset(|_| ());
        }
        assert_eq!(interner.usage().strings, 2);
    }

    #[test]
    fn strings_with_one_hash_are_told_apart() {
        let interner = interner(1, usize::MAX, MAX_SYMBOLS);
        let texts: Vec<String> = (0..100).map(|index| format!("string-{index}")).collect();
        for text in &texts {
            assert!(interner.add(5, text).expect("no limit").new);
        }
        for (index, text) in texts.iter().enumerate() {
            assert_eq!(interner.find(5, text).map(|interned| interned.symbol().index()), Some(index + 2));
        }
        assert_eq!(interner.find(5, "first").map(|interned| interned.symbol().index()), Some(0));
        assert!(interner.find(5, "unknown").is_none());
    }
}
