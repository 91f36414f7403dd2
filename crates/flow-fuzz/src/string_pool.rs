//! The string pool, beside a list of texts: equal texts have one address and one symbol, until a reset and beyond a freeze.

use std::{collections::HashMap, sync::Arc};

use flow_arena::{Arena, FrozenStringPool, InternError, StringPool, StringPoolBuilder, Symbol};

use crate::{hashers::Chosen, input::Input};

type Pool = StringPool<Chosen>;

/// Everything that a pool can do from one thread, with limits that are met.
///
/// # Panics
///
/// If something is wrong.
pub fn string_pool(data: &[u8]) {
    let mut input = Input::new(data);
    while !input.is_empty() {
        let Ok(mut pool) = configured(&mut input).try_build() else { continue };
        let mut model = Model::new(&pool);
        loop {
            match input.below(32) {
                0 => break,
                1 => {
                    pool.reset();
                    model.reset();
                }
                kind => model.step(&pool, kind, &mut input),
            }
            model.check_counts(&pool);
            if input.is_empty() {
                break;
            }
        }
        model.check_all(&pool);
        model.check_frozen(&pool.freeze(), &mut input);
    }
}

fn configured(input: &mut Input<'_>) -> StringPoolBuilder<Chosen> {
    let mut builder = StringPool::builder().hasher(Chosen::decode(input)).shards(input.below(9).into());
    if input.bool() {
        builder = builder.without_common_strings();
    }
    if input.bool() {
        builder = builder.pre_interned(input.texts(4));
    }
    if input.bool() {
        builder = builder.capacity(input.byte().into());
    }
    if input.bool() {
        builder = builder.memory_limit(usize::from(input.u16()));
    }
    let mut arena = Arena::builder().block_size(1024);
    if input.bool() {
        arena = arena.memory_limit(usize::from(input.u16()));
    }
    builder.arena(Arc::new(arena.build()))
}

/// What a pool must hold.
struct Model {
    /// By their symbols, each with its address.
    texts: Vec<(String, usize)>,
    by_text: HashMap<String, usize>,
    /// How many are there after a reset.
    preset: usize,
    hits: u64,
    misses: u64,
}

impl Model {
    fn new(pool: &Pool) -> Self {
        let (texts, by_text) = (Vec::new(), HashMap::new());
        let mut model = Self { texts, by_text, preset: 0, hits: 0, misses: 0 };
        for (symbol, text) in pool {
            model.add(symbol.index(), text);
        }
        model.preset = model.texts.len();
        model
    }

    /// A text that is new.
    fn add(&mut self, index: usize, text: &str) {
        assert_eq!(index, self.texts.len(), "the symbol of the new text {text:?}");
        self.texts.push((text.to_owned(), text.as_ptr().addr()));
        assert_eq!(self.by_text.insert(text.to_owned(), index), None, "{text:?} has two symbols");
    }

    fn reset(&mut self) {
        for (text, _) in self.texts.drain(self.preset..) {
            self.by_text.remove(&text);
        }
        (self.hits, self.misses) = (0, 0);
    }

    fn step(&mut self, pool: &Pool, kind: u8, input: &mut Input<'_>) {
        match kind {
            2..=11 => {
                let text = input.text();
                self.one(pool, &text, pool.try_intern(&text).map(|_| ()));
            }
            12..=16 => {
                let text = input.text();
                self.one(pool, &text, pool.try_symbol(&text).map(|_| ()));
            }
            17..=20 => self.batch(pool, &input.texts(12), input.bool()),
            21..=25 => self.check_text(pool, &input.text()),
            26..=30 => {
                let index = usize::from(input.u16() % 512);
                let symbol = Symbol::from_index(index).expect("small");
                assert_eq!(pool.resolve(symbol), self.texts.get(index).map(|(text, _)| &**text));
            }
            _ => self.check_all(pool),
        }
    }

    /// After an attempt to intern one text.
    fn one(&mut self, pool: &Pool, text: &str, result: Result<(), InternError>) {
        match result {
            Ok(()) if self.by_text.contains_key(text) => self.hits += 1,
            Ok(()) => {
                self.misses += 1;
                let symbol = pool.get_symbol(text).expect("just interned");
                self.add(symbol.index(), pool.get(text).expect("just interned"));
            }
            Err(error) => {
                assert!(!self.by_text.contains_key(text), "{text:?} is there, and {error}");
                check_error(pool, &error);
            }
        }
        self.check_text(pool, text);
    }

    /// A batch, of texts or of symbols.
    fn batch(&mut self, pool: &Pool, texts: &[String], symbols: bool) {
        let batch: Vec<&str> = texts.iter().map(|text| &**text).collect();
        let found = if symbols {
            let found = pool.try_symbol_batch(&batch);
            found.map(|all| all.into_iter().map(|symbol| pool.resolve(symbol)).collect::<Vec<_>>())
        } else {
            pool.try_intern_batch(&batch).map(|all| all.into_iter().map(Some).collect())
        };
        // New texts got their symbols shard by shard; after an error, some are there.
        let known = self.texts.len();
        for (symbol, text) in pool.iter().skip(known) {
            assert!(batch.contains(&text), "{text:?} is not of the batch {batch:?}");
            self.add(symbol.index(), text);
        }
        self.misses += (self.texts.len() - known) as u64;
        match found {
            Ok(found) => {
                assert_eq!(found, batch.iter().copied().map(Some).collect::<Vec<_>>());
                self.hits += (batch.len() - (self.texts.len() - known)) as u64;
            }
            Err(error) => {
                check_error(pool, &error);
                // How many were found before it failed depends on the shards.
                self.hits = pool.stats().hits;
            }
        }
        batch.iter().for_each(|text| self.check_text(pool, text));
    }

    /// All ways to look up `text` say what the model says.
    fn check_text(&self, pool: &Pool, text: &str) {
        let index = self.by_text.get(text).copied();
        assert_eq!(pool.contains(text), index.is_some(), "contains {text:?}");
        assert_eq!(pool.get_symbol(text).map(Symbol::index), index, "the symbol of {text:?}");
        let found = pool.get(text).map(|found| (found, found.as_ptr().addr()));
        assert_eq!(found, index.map(|index| (&*self.texts[index].0, self.texts[index].1)), "get {text:?}");
    }

    fn check_counts(&self, pool: &Pool) {
        let stats = pool.stats();
        let bytes: usize = self.texts.iter().map(|(text, _)| text.len()).sum();
        assert_eq!((stats.strings, stats.bytes, pool.len()), (self.texts.len(), bytes, self.texts.len()));
        assert_eq!((stats.hits, stats.misses), (self.hits, self.misses), "hits and misses");
        assert!(pool.memory_limit().is_none_or(|limit| stats.memory <= limit), "{stats:?}");
        assert_eq!(pool.is_empty(), self.texts.is_empty());
    }

    fn check_all(&self, pool: &Pool) {
        let found = pool.iter().map(|(symbol, text)| (symbol.index(), text, text.as_ptr().addr()));
        assert!(found.eq(self.expected()), "{:?}, not {:?}", pool.iter().collect::<Vec<_>>(), self.texts);
        self.texts.iter().for_each(|(text, _)| self.check_text(pool, text));
    }

    fn check_frozen(&self, pool: &FrozenStringPool<Chosen>, input: &mut Input<'_>) {
        let found = pool.iter().map(|(symbol, text)| (symbol.index(), text, text.as_ptr().addr()));
        assert!(found.eq(self.expected()), "{:?}, not {:?}", pool.iter().collect::<Vec<_>>(), self.texts);
        assert_eq!((pool.len(), pool.is_empty()), (self.texts.len(), self.texts.is_empty()));
        let texts = self.texts.iter().map(|(text, _)| text.clone()).chain([input.text()]);
        for text in texts {
            let index = self.by_text.get(&text).copied();
            assert_eq!(pool.get_symbol(&text).map(Symbol::index), index, "the symbol of {text:?}");
            assert_eq!(pool.get(&text).is_some(), index.is_some(), "get {text:?}");
            assert_eq!(pool.contains(&text), index.is_some(), "contains {text:?}");
        }
        for index in [0, self.texts.len().saturating_sub(1), self.texts.len(), usize::from(input.u16())] {
            let symbol = Symbol::from_index(index).expect("small");
            assert_eq!(pool.resolve(symbol), self.texts.get(index).map(|(text, _)| &**text));
        }
    }

    fn expected(&self) -> impl Iterator<Item = (usize, &str, usize)> {
        self.texts.iter().enumerate().map(|(index, (text, address))| (index, &**text, *address))
    }
}

/// Nothing but a limit may be in the way, and it is one that was set.
fn check_error(pool: &Pool, error: &InternError) {
    match *error {
        InternError::LimitReached { limit, requested } => {
            assert_eq!(pool.memory_limit(), Some(limit));
            let memory = pool.stats().memory;
            assert!(memory + requested > limit, "{requested} bytes fit beside {memory} into {limit}");
        }
        InternError::Arena(_) => assert!(pool.arena().stats().limit.is_some(), "{error}"),
        _ => panic!("{error}"),
    }
}
