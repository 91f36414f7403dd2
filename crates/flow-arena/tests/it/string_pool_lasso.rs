//! A string pool where code expects an interner of lasso's.

use std::sync::Arc;

use flow_arena::{FrozenStringPool, StringPool, Symbol};
use lasso::{Interner, IntoReader, IntoResolver, Key, LassoErrorKind, Reader, Resolver};

/// Code written for lasso.
fn count_words<I: Interner<Symbol>>(mut interner: I, text: &str) -> (I, Vec<Symbol>) {
    let words = text.split(' ').map(|word| interner.get_or_intern(word)).collect();
    (interner, words)
}

fn join<R: Resolver<Symbol>>(resolver: &R, words: &[Symbol]) -> String {
    words.iter().map(|word| resolver.resolve(word)).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_pool_by_value_by_reference_and_in_an_arc_is_an_interner() {
    let text = "the node and the edge of the graph";
    let (pool, words) = count_words(StringPool::default(), text);
    assert_eq!(join(&pool, &words), text);
    assert_eq!(words[0], words[3]);

    let pool = StringPool::default();
    let (_, words) = count_words(&pool, text);
    assert_eq!(join(&&pool, &words), text);

    let pool = Arc::new(StringPool::default());
    let (again, words) = count_words(Arc::clone(&pool), text);
    assert_eq!(join(&again, &words), text);
    assert_eq!(pool.get_symbol("the"), Some(words[0]));
}

#[test]
fn threads_share_an_interner() {
    let pool = StringPool::default();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| count_words(&pool, "a b c a"));
        }
    });
    assert_eq!(pool.len(), 25);
}

#[track_caller]
fn check_reader<R: Reader<Symbol>>(reader: &R, symbol: Symbol) {
    assert_eq!(reader.get("example"), Some(symbol));
    assert_eq!(
        (reader.get("unknown"), reader.contains("example"), reader.contains("unknown")),
        (None, true, false)
    );
    assert_eq!((reader.len(), reader.is_empty()), (23, false));
    assert_eq!((reader.resolve(&symbol), reader.try_resolve(&symbol)), ("example", Some("example")));
    let foreign = Symbol::from_index(23).expect("a small index");
    assert_eq!(
        (reader.try_resolve(&foreign), reader.contains_key(&foreign), reader.contains_key(&symbol)),
        (None, false, true)
    );
    // SAFETY: the symbol is of this reader.
    assert_eq!(unsafe { reader.resolve_unchecked(&symbol) }, "example");
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| reader.resolve(&foreign).len()));
    let message =
        *caught.expect_err("not a symbol of the pool").downcast::<String>().expect("a formatted message");
    assert_eq!(message, "Symbol(23) is not a symbol of this string pool");
}

#[test]
fn pools_and_frozen_pools_are_readers() {
    let pool = StringPool::default();
    let symbol = pool.symbol("example");
    check_reader(&pool, symbol);
    check_reader(&&pool, symbol);
    let pool = Arc::new(pool);
    check_reader(&pool, symbol);
    let frozen: FrozenStringPool = Arc::into_inner(pool).expect("the only owner").into_reader();
    check_reader(&frozen, symbol);
    check_reader(&Arc::new(frozen), symbol);
}

#[test]
fn pools_become_readers_and_resolvers() {
    let make = || {
        let pool = StringPool::default();
        let symbol = pool.symbol("example");
        (pool, symbol)
    };
    let (pool, symbol) = make();
    assert_eq!(pool.into_resolver().resolve(symbol), Some("example"));
    let (pool, symbol) = make();
    check_reader(&Box::new(pool).into_reader(), symbol);
    let (pool, symbol) = make();
    assert_eq!(Resolver::resolve(&Box::new(pool).into_resolver(), &symbol), "example");
}

#[test]
fn static_strings_are_copied_like_any_other() {
    static TEXT: &str = "a static string";
    let mut pool = StringPool::default();
    let symbol = pool.get_or_intern_static(TEXT);
    assert_eq!(pool.try_get_or_intern_static(TEXT), Ok(symbol));
    assert!(!std::ptr::eq(pool.resolve(symbol).expect("interned"), TEXT));
}

#[test]
fn errors_become_lasso_errors() {
    let mut pool = StringPool::builder().shards(1).memory_limit(4096).build();
    let error = pool.try_get_or_intern(&"long".repeat(2000)).expect_err("beyond the limit");
    assert_eq!(error.kind(), LassoErrorKind::MemoryLimitReached);
    assert!(pool.try_get_or_intern("short").is_ok());
}

#[test]
fn symbols_are_keys() {
    for index in [0, 1, 1000, (1 << 32) - 2] {
        assert_eq!(Symbol::try_from_usize(index).map(Key::into_usize), Some(index));
    }
    assert_eq!(Symbol::try_from_usize((1 << 32) - 1), None);
    assert_eq!(Symbol::try_from_usize(usize::MAX), None);
    // Also the other way round: lasso's own interners take them.
    let mut rodeo = lasso::Rodeo::<Symbol>::new();
    assert_eq!(rodeo.get_or_intern("first").index(), 0);
}
