//! Identifiers: known ones of a pool with 10,000, and new ones into a pool that has room for them.

use std::{hint::black_box, sync::Arc};

use flow_arena::{Arena, StringPool, Symbol};
use flow_benches::{Access, SEED, accesses, identifiers};

use crate::{
    OPERATIONS, Operations,
    cases::{on_each, once_on_each},
};

const STRINGS: usize = 10_000;

/// A pool of so many strings, with room for some more.
fn pool(strings: &[String]) -> StringPool {
    let mut arena = Arena::new();
    // Blocks for all of them, and more.
    arena.alloc(64 * STRINGS);
    for _ in 0..64 {
        black_box(arena.alloc_uninit(arena.block_size() / 8));
    }
    arena.reset();
    let pool = StringPool::builder().arena(Arc::new(arena)).capacity(4 * STRINGS).build();
    for text in strings {
        pool.intern(text);
    }
    pool
}

/// Copies of known strings, which lie apart from those that the pool was given.
fn questions(strings: &[String]) -> &'static [String] {
    let order = accesses(OPERATIONS, strings.len(), Access::Uniform, SEED ^ 1);
    order.into_iter().map(|index| strings[index].clone()).collect::<Vec<_>>().leak()
}

pub(crate) fn intern_hit() -> Operations {
    let strings = identifiers(STRINGS, SEED);
    let pool = pool(&strings);
    on_each(questions(&strings), move |text| _ = black_box(pool.intern(text)))
}

pub(crate) fn symbol_hit() -> Operations {
    let strings = identifiers(STRINGS, SEED);
    let pool = pool(&strings);
    on_each(questions(&strings), move |text| _ = black_box(pool.symbol(text)))
}

pub(crate) fn resolve() -> Operations {
    let strings = identifiers(STRINGS, SEED);
    let pool = pool(&strings);
    let symbols: Vec<Symbol> = questions(&strings).iter().map(|text| pool.symbol(text)).collect();
    on_each(symbols.leak(), move |&symbol| _ = black_box(pool.resolve(symbol)))
}

pub(crate) fn intern_miss() -> Operations {
    let mut strings = identifiers(STRINGS + OPERATIONS, SEED);
    let new = strings.split_off(STRINGS);
    let pool = pool(&strings);
    once_on_each(new.leak(), move |text| _ = black_box(pool.intern(text)))
}
