//! Properties of string pools, over random strings and random sequences of operations.

use std::{collections::HashSet, ptr};

use flow_arena::{StringPool, Symbol};
use flow_testkit::{Arbitrary, Gen, TestResult, check, on_threads, run_model_then, same};
use lasso::{Key, Rodeo, Spur};
use string_interner::{DefaultBackend, StringInterner, Symbol as _};

#[test]
fn interning_preserves_identity() {
    fn property(strings: Vec<String>, shards: u8) -> bool {
        let pool = StringPool::builder().shards(shards.into()).build();
        let first: Vec<&str> = strings.iter().map(|text| pool.intern(text)).collect();
        strings.iter().zip(first).all(|(text, first)| {
            let symbol = pool.symbol(text);
            first == text
                && !ptr::eq(first.as_ptr(), text.as_ptr())
                && ptr::eq(pool.intern(text), first)
                && pool.get(text).is_some_and(|found| ptr::eq(found, first))
                && pool.resolve(symbol).is_some_and(|resolved| ptr::eq(resolved, first))
        })
    }
    check("string-pool", "interning_preserves_identity", property as fn(Vec<String>, u8) -> bool);
}

#[test]
fn reference_equality() {
    fn property(a: String, b: String, others: Vec<String>) -> bool {
        let pool: StringPool = others.iter().collect();
        let (x, y) = (pool.intern(&a), pool.intern(&b));
        let equal = a == b;
        // Empty strings have an address too: that of their place in the pool.
        ptr::eq(x, y) == equal && (pool.symbol(&a) == pool.symbol(&b)) == equal
    }
    check("string-pool", "reference_equality", property as fn(String, String, Vec<String>) -> bool);
}

#[test]
fn pre_interned_strings() {
    fn property(own: Vec<String>, others: Vec<String>, common: bool) -> bool {
        let builder = StringPool::builder().pre_interned(&own);
        let mut pool = if common { builder.build() } else { builder.without_common_strings().build() };
        let preset: Vec<(usize, String, usize)> = pool
            .iter()
            .map(|(symbol, text)| (symbol.index(), text.to_owned(), text.as_ptr().addr()))
            .collect();
        let unchanged = |pool: &StringPool| {
            preset.iter().all(|(index, text, address)| {
                let found = pool.get(text);
                found.is_some_and(|found| found.as_ptr().addr() == *address)
                    && pool.get_symbol(text).map(Symbol::index) == Some(*index)
                    && pool.intern(text).as_ptr().addr() == *address
            })
        };
        let all_there = own.iter().all(|text| pool.contains(text)) && preset.len() == pool.len();
        for _ in 0..2 {
            for text in &others {
                pool.intern(text);
            }
            if !unchanged(&pool) {
                return false;
            }
            pool.reset();
            if pool.len() != preset.len() || !unchanged(&pool) {
                return false;
            }
        }
        all_there
    }
    check("string-pool", "pre_interned_strings", property as fn(Vec<String>, Vec<String>, bool) -> bool);
}

#[test]
fn concurrent_interning() {
    fn property(strings: Vec<String>, threads: u8, shards: u8) -> bool {
        let pool = StringPool::builder().shards(shards.into()).build();
        let threads = usize::from(threads % 4) + 1;
        let results = on_threads(threads, |thread| {
            // Each thread in an order of its own, every other one in batches.
            let rotated: Vec<usize> = (0..strings.len())
                .map(|index| (index + thread * strings.len() / threads) % strings.len())
                .collect();
            let mut results = vec![(0, 0); strings.len()];
            if thread % 2 == 0 {
                for index in rotated {
                    let interned = pool.intern(&strings[index]);
                    results[index] = (interned.as_ptr().addr(), pool.symbol(interned).index());
                }
            } else {
                let batch: Vec<&str> = rotated.iter().map(|&index| &*strings[index]).collect();
                let interned = pool.intern_batch(&batch);
                for (index, interned) in rotated.into_iter().zip(interned) {
                    results[index] = (interned.as_ptr().addr(), pool.symbol(interned).index());
                }
            }
            results
        });
        let distinct: HashSet<&str> = strings.iter().map(|text| &**text).collect();
        let new =
            distinct.iter().filter(|text| pool.get_symbol(text).is_some_and(|symbol| symbol.index() >= 22));
        results.iter().all(|result| *result == results[0])
            && pool.stats().misses == new.count() as u64
            && pool.iter().count() == pool.len()
    }
    check("string-pool", "concurrent_interning", property as fn(Vec<String>, u8, u8) -> bool);
}

#[test]
fn memory_efficiency() {
    fn property(strings: Vec<String>, repetitions: u8) -> bool {
        let pool = StringPool::builder().without_common_strings().shards(1).build();
        let empty = pool.stats().memory;
        for text in &strings {
            pool.intern(text);
        }
        let once = pool.stats();
        for _ in 0..repetitions % 8 {
            for text in &strings {
                pool.intern(text);
            }
        }
        let again = pool.stats();
        let distinct: HashSet<&str> = strings.iter().map(|text| &**text).collect();
        let text: usize = distinct.iter().map(|text| text.len()).sum();
        // A header; 92 bytes of the current table for a group of seven, which is at least 3/8 full (a quarter of that under
        // the sanitizers), and as much again of the outgrown ones; two places of a segment; the smallest of each.
        let table = if cfg!(flow_sanitize) { 92 } else { 36 };
        let bound = empty + text + distinct.len() * (8 + 2 * table + 2 * 8) + 1024;
        once.bytes == text
            && once.strings == distinct.len()
            && (again.memory, again.bytes, again.strings) == (once.memory, once.bytes, once.strings)
            && once.memory <= bound
    }
    check("string-pool", "memory_efficiency", property as fn(Vec<String>, u8) -> bool);
}

#[test]
fn a_limit_is_never_exceeded() {
    fn property(strings: Vec<String>, room: u16) -> TestResult {
        // One shard: with more, the memory of an empty pool depends on how its strings happen to spread.
        let empty = StringPool::builder().shards(1).build().stats().memory;
        let limit = empty + usize::from(room % 4096);
        let pool = StringPool::builder().shards(1).memory_limit(limit).build();
        let mut kept = HashSet::new();
        for text in &strings {
            let before = pool.stats();
            match pool.try_intern(text) {
                Ok(interned) => {
                    assert_eq!(interned, text);
                    kept.insert(text);
                }
                Err(error) => {
                    let after = pool.stats();
                    assert_eq!((after.strings, after.bytes), (before.strings, before.bytes), "{error}");
                }
            }
            assert!(pool.stats().memory <= limit);
        }
        TestResult::from_bool(kept.into_iter().all(|text| pool.contains(text)))
    }
    check("string-pool", "a_limit_is_never_exceeded", property as fn(Vec<String>, u16) -> TestResult);
}

#[derive(Clone, Debug)]
enum Op {
    Intern(String),
    Symbol(String),
    Get(String),
    Batch(Vec<String>),
    Resolve(u8),
    Reset,
}

/// A word of a small vocabulary, so that strings repeat, or any string.
fn word(source: &mut Gen) -> String {
    match u8::arbitrary(source) {
        0..=199 => format!("word-{}", u8::arbitrary(source) % 50),
        200..=219 => "x".repeat(usize::from(u8::arbitrary(source))),
        220..=255 => String::arbitrary(source),
    }
}

impl Arbitrary for Op {
    fn arbitrary(source: &mut Gen) -> Self {
        match u8::arbitrary(source) % 32 {
            0..=9 => Self::Intern(word(source)),
            10..=15 => Self::Symbol(word(source)),
            16..=21 => Self::Get(word(source)),
            22..=26 => Self::Batch((0..u8::arbitrary(source) % 20).map(|_| word(source)).collect()),
            27..=30 => Self::Resolve(u8::arbitrary(source)),
            _ => Self::Reset,
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match self {
            Self::Batch(words) => Box::new(words.shrink().map(Self::Batch)),
            _ => Box::new(std::iter::empty()),
        }
    }
}

/// The pool, and two interners of others that give symbols in the same order.
struct Three {
    pool: StringPool,
    rodeo: Rodeo,
    interner: StringInterner<DefaultBackend>,
}

impl Three {
    /// Interns in the other two; both must say what the pool said.
    fn others_intern(&mut self, text: &str, index: usize) -> Result<(), String> {
        same("lasso's key", index, self.rodeo.get_or_intern(text).into_usize())?;
        same("string-interner's symbol", index, self.interner.get_or_intern(text).to_usize())
    }

    fn step(&mut self, op: &Op) -> Result<(), String> {
        match op {
            Op::Intern(text) => {
                same("text", self.pool.intern(text), text)?;
                let index = self.pool.get_symbol(text).ok_or("just interned")?.index();
                self.others_intern(text, index)?;
            }
            Op::Symbol(text) => {
                let index = self.pool.symbol(text).index();
                self.others_intern(text, index)?;
            }
            Op::Get(text) => {
                let index = self.pool.get_symbol(text).map(Symbol::index);
                same("get, lasso", index, self.rodeo.get(text).map(Key::into_usize))?;
                same("get, string-interner", index, self.interner.get(text).map(|symbol| symbol.to_usize()))?;
                same("contains", self.pool.contains(text), index.is_some())?;
                same("get", self.pool.get(text), index.map(|_| &**text))?;
            }
            Op::Batch(words) => {
                let batch: Vec<&str> = words.iter().map(|text| &**text).collect();
                same("batch", &self.pool.intern_batch(&batch), &batch)?;
                // New strings of a batch get their symbols shard by shard.
                let mut symbols: Vec<(usize, &str)> =
                    self.pool.symbol_batch(&batch).iter().map(|symbol| symbol.index()).zip(batch).collect();
                symbols.sort_unstable();
                for (index, text) in symbols {
                    self.others_intern(text, index)?;
                }
            }
            Op::Resolve(index) => {
                let symbol = Symbol::from_index((*index).into()).ok_or("a small index")?;
                let resolved = self.pool.resolve(symbol);
                let theirs = Spur::try_from_usize((*index).into());
                same("resolve, lasso", resolved, theirs.and_then(|key| self.rodeo.try_resolve(&key)))?;
                let theirs = string_interner::DefaultSymbol::try_from_usize((*index).into());
                same(
                    "resolve, string-interner",
                    resolved,
                    theirs.and_then(|symbol| self.interner.resolve(symbol)),
                )?;
            }
            Op::Reset => {
                self.pool.reset();
                self.rodeo.clear();
                self.interner = StringInterner::new();
            }
        }
        same("len, lasso", self.pool.len(), self.rodeo.len())?;
        same("len, string-interner", self.pool.len(), self.interner.len())?;
        let theirs = self.rodeo.iter().next_back().map(|(_, text)| text);
        same("last", self.pool.iter().next_back().map(|(_, text)| text), theirs)
    }

    fn finish(&self) -> Result<(), String> {
        let ours = self.pool.iter().map(|(symbol, text)| (symbol.index(), text));
        let theirs = self.rodeo.iter().map(|(key, text)| (key.into_usize(), text));
        same("all, lasso", ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>())?;
        let theirs: Vec<&str> = self.interner.iter().map(|(_, text)| text).collect();
        same("all, string-interner", self.pool.iter().map(|(_, text)| text).collect::<Vec<_>>(), theirs)
    }
}

#[test]
fn differential_lasso_and_string_interner() {
    fn property(ops: Vec<Op>, shards: u8) -> TestResult {
        let three = Three {
            pool: StringPool::builder().without_common_strings().shards((shards % 9).into()).build(),
            rodeo: Rodeo::new(),
            interner: StringInterner::new(),
        };
        run_model_then(three, &ops, Three::step, |three| three.finish())
    }
    check("string-pool", "differential_lasso_and_string_interner", property as fn(Vec<Op>, u8) -> TestResult);
}
