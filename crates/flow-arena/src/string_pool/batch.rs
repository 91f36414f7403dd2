//! Many strings at once, with at most one lock a shard.

use std::hash::BuildHasher;

use super::{InternError, StringPool};
use crate::{Symbol, error::or_panic, raw::entry::Interned};

/// A string of a batch that was not found.
struct Missing {
    shard: usize,
    /// Position in the batch.
    position: usize,
    hash: u64,
}

impl<S: BuildHasher> StringPool<S> {
    /// Interns every string; the results are in the order of `texts`.
    ///
    /// Known strings take no lock; new ones take the lock of each shard they fall into at most once. A new
    /// string that occurs several times in the batch counts as one miss, and as a hit for every further time.
    /// New strings get their symbols shard by shard, not in the order of the batch.
    ///
    /// Allocates the result, a list of the same length, and, if there are new strings, a list of those.
    ///
    /// # Panics
    ///
    /// If [`try_intern_batch`](Self::try_intern_batch) would return an error.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// let strings = pool.intern_batch(&["b", "a", "b"]);
    /// assert_eq!(strings, ["b", "a", "b"]);
    /// assert!(std::ptr::eq(strings[0], strings[2]));
    /// assert_eq!((pool.stats().misses, pool.stats().hits), (2, 1));
    /// ```
    #[doc(alias = "InternBatch")]
    #[must_use]
    #[track_caller]
    pub fn intern_batch(&self, texts: &[&str]) -> Vec<&str> {
        or_panic(self.try_intern_batch(texts))
    }

    /// [`intern_batch`](Self::intern_batch), but returns an error instead of panicking.
    ///
    /// # Errors
    ///
    /// As for [`try_intern`](Self::try_intern), at the first string that fails. Strings that were interned
    /// until then stay.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::builder().shards(1).memory_limit(4096).build();
    /// let long = "long".repeat(2000);
    /// assert!(pool.try_intern_batch(&["short", &long]).is_err());
    /// assert!(pool.contains("short") && !pool.contains(&long));
    /// ```
    pub fn try_intern_batch(&self, texts: &[&str]) -> Result<Vec<&str>, InternError> {
        self.batch(texts, Interned::text)
    }

    /// The symbol of every string, in the order of `texts`; as [`intern_batch`](Self::intern_batch).
    ///
    /// # Panics
    ///
    /// If [`try_symbol_batch`](Self::try_symbol_batch) would return an error.
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// let symbols = pool.symbol_batch(&["name", "example"]);
    /// assert_eq!(pool.resolve(symbols[1]), Some("example"));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn symbol_batch(&self, texts: &[&str]) -> Vec<Symbol> {
        or_panic(self.try_symbol_batch(texts))
    }

    /// [`symbol_batch`](Self::symbol_batch), but returns an error instead of panicking.
    ///
    /// # Errors
    ///
    /// As for [`try_intern_batch`](Self::try_intern_batch).
    ///
    /// # Examples
    ///
    /// ```
    /// let pool = flow_arena::StringPool::default();
    /// let symbols = pool.try_symbol_batch(&["name", "example"])?;
    /// assert_eq!(pool.resolve(symbols[0]), Some("name"));
    /// # Ok::<(), flow_arena::InternError>(())
    /// ```
    pub fn try_symbol_batch(&self, texts: &[&str]) -> Result<Vec<Symbol>, InternError> {
        self.batch(texts, Interned::symbol)
    }

    fn batch<'a, T>(&'a self, texts: &[&str], output: fn(Interned<'a>) -> T) -> Result<Vec<T>, InternError> {
        let mut found = Vec::with_capacity(texts.len());
        let mut missing = Vec::new();
        for (position, text) in texts.iter().enumerate() {
            let hash = self.hash(text);
            let interned = self.interner.find(hash, text);
            if interned.is_none() {
                missing.push(Missing { shard: self.interner.shard_index(hash), position, hash });
            }
            found.push(interned);
        }
        let mut hits = texts.len() - missing.len();
        missing.sort_unstable_by_key(|missing| (missing.shard, missing.position));
        let added: Result<(), InternError> =
            missing.chunk_by(|a, b| a.shard == b.shard).try_for_each(|group| {
                let mut shard = self.interner.lock(group[0].shard);
                group.iter().try_for_each(|&Missing { position, hash, .. }| {
                    let added = shard.add(hash, texts[position])?;
                    hits += usize::from(!added.new);
                    found[position] = Some(added.interned);
                    Ok(())
                })
            });
        self.hits.add(hits as u64);
        added?;
        // Without a size hint, collecting them would grow the list again and again.
        let mut results = Vec::with_capacity(texts.len());
        results.extend(found.into_iter().flatten().map(output));
        Ok(results)
    }
}
