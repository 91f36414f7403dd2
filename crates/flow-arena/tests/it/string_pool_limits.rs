//! Memory limits, running out of memory, and what either leaves behind.

use std::{ptr, sync::Arc};

use flow_arena::{AllocError, Arena, InternError, StringPool};
use flow_testkit::{TestAllocator, on_threads};

/// Interns new strings until one is refused; returns how many went in, and the error.
fn fill(pool: &StringPool) -> (usize, InternError) {
    for index in 0.. {
        if let Err(error) = pool.try_intern(&format!("string-{index}")) {
            return (index, error);
        }
        assert!(pool.stats().memory <= pool.memory_limit().expect("set"));
    }
    unreachable!("the limit is finite");
}

#[test]
fn the_limit_is_never_exceeded_and_known_strings_are_still_found() {
    for limit in (4000..40_000).step_by(1777) {
        let pool = StringPool::builder().shards(4).memory_limit(limit).build();
        assert_eq!(pool.memory_limit(), Some(limit));
        let known = pool.intern("known");
        let (count, error) = fill(&pool);
        assert!(
            matches!(error, InternError::LimitReached { limit: l, requested: 1.. } if l == limit),
            "{error:?}"
        );
        let stats = pool.stats();
        assert!(stats.memory <= limit);
        assert_eq!(stats.misses, count as u64 + 1);
        assert!(ptr::eq(pool.intern("known"), known));
        assert_eq!(pool.try_symbol("string-0").map(|symbol| pool.resolve(symbol)), Ok(Some("string-0")));
        assert_eq!(pool.stats().memory, stats.memory, "refusals cost nothing");
    }
}

#[test]
fn the_limit_is_exact_to_the_byte() {
    let unlimited = StringPool::builder().shards(1).build();
    let empty = unlimited.stats().memory;
    let text = "exactly this long";
    let needed = 8 + text.len();
    let exact = StringPool::builder().shards(1).memory_limit(empty + needed).build();
    assert_eq!(exact.try_intern(text), Ok(text));
    assert_eq!(exact.stats().memory, empty + needed);
    assert_eq!(exact.try_intern("x"), Err(InternError::LimitReached { limit: empty + needed, requested: 9 }));
    let one_less = StringPool::builder().shards(1).memory_limit(empty + needed - 1).build();
    let error = InternError::LimitReached { limit: empty + needed - 1, requested: needed };
    assert_eq!(one_less.try_intern(text), Err(error));
    assert_eq!(one_less.try_intern(&text[1..]), Ok(&text[1..]));
    assert_eq!(
        error.to_string(),
        format!(
            "{needed} more bytes would exceed the string pool's memory limit of {} bytes: raise the limit, or reset the pool",
            empty + needed - 1
        )
    );
}

#[test]
fn a_limit_too_small_for_an_empty_pool_is_refused_when_building() {
    let empty = StringPool::builder().shards(1).build().stats().memory;
    assert!(StringPool::builder().shards(1).memory_limit(empty).try_build().is_ok());
    for limit in (0..empty).step_by(7) {
        let error = StringPool::builder().shards(1).memory_limit(limit).try_build().expect_err("too small");
        assert!(matches!(error, InternError::LimitReached { limit: l, .. } if l == limit), "{error:?}");
    }
}

/// What the statistics call memory is what the pool takes from the global allocator, and from its arena.
#[test]
fn memory_is_what_is_allocated() {
    let arena = Arc::new(Arena::with_block_size(1 << 20));
    // The arena's block and lane, and this thread's number, are made before anything is counted.
    StringPool::new(Arc::clone(&arena)).intern("name");
    arena.alloc(1);
    for (shards, strings) in [(1, 0), (1, 1000), (8, 5000)] {
        let (pool, counts) = TestAllocator::count(|| {
            let pool =
                StringPool::builder().arena(Arc::clone(&arena)).shards(shards).pre_interned(["own"]).build();
            for index in 0..strings {
                pool.intern(&format!("string-{index}"));
            }
            pool
        });
        let stats = pool.stats();
        let in_arena = 8 * strings + stats.bytes - StringPool::default().stats().bytes - "own".len();
        // Beside what is counted: places for hits, 128 bytes each, and a pointer for each outgrown table.
        let allocated = usize::try_from(counts.live_bytes()).expect("the pool lives") + in_arena;
        let slack = allocated.checked_sub(stats.memory).expect("counts nothing that is not there");
        assert!(slack <= 128 * 128 + shards * 8 * 32, "{slack} bytes of {allocated} are not counted");
        assert_eq!((slack % 8, shards, strings), (0, shards, strings));
    }
}

#[test]
fn a_reset_refunds_what_it_frees() {
    let mut pool = StringPool::builder().shards(2).memory_limit(30_000).build();
    let (first, _) = fill(&pool);
    for _ in 0..5 {
        pool.reset();
        let (again, _) = fill(&pool);
        // The tables are as large as before, without the outgrown ones.
        assert!(again >= first, "{again} strings after a reset, {first} before");
    }
}

#[test]
fn racing_threads_never_exceed_the_limit() {
    for round in 0..20 {
        let limit = 20_000 + round * 97;
        let pool = StringPool::builder().shards(4).memory_limit(limit).build();
        let added: Vec<u64> = on_threads(4, |thread| {
            let mut added = 0;
            for index in 0..2000 {
                match pool.try_intern(&format!("string-{thread}-{index}")) {
                    Ok(_) => added += 1,
                    Err(InternError::LimitReached { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
                assert!(pool.stats().memory <= limit);
            }
            added
        });
        assert_eq!(added.iter().sum::<u64>(), pool.stats().misses);
        assert_eq!(pool.len() as u64, 22 + pool.stats().misses);
        assert_eq!(pool.iter().count(), pool.len(), "no holes");
    }
}

#[test]
fn an_arena_at_its_limit_is_an_error_that_costs_nothing() {
    let arena = Arc::new(Arena::builder().block_size(4096).memory_limit(8192).build());
    let pool = StringPool::builder().arena(arena).shards(1).build();
    let mut index = 0;
    let error = loop {
        match pool.try_intern(&format!("{index:0100}")) {
            Ok(_) => index += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, InternError::Arena(AllocError::LimitReached { .. })), "{error:?}");
    assert!(error.to_string().contains("memory limit of 8192 bytes"), "the reason is told: {error}");
    let stats = pool.stats();
    assert_eq!((stats.misses, pool.len()), (index, 22 + usize::try_from(index).expect("small")));
    for _ in 0..3 {
        assert!(pool.try_intern(&format!("{index:0100}")).is_err());
    }
    assert_eq!(pool.stats(), stats);
    assert_eq!(pool.intern(&format!("{:0100}", 0)), format!("{:0100}", 0));
    let symbols: Vec<usize> = pool.iter().map(|(symbol, _)| symbol.index()).collect();
    assert!(symbols.into_iter().eq(0..pool.len()), "a refused string takes no symbol");
}

#[test]
fn any_allocation_may_fail() {
    let texts: Vec<String> = (0..300).map(|index| format!("string-{index}")).collect();
    let pool = StringPool::builder().shards(1).build();
    // This thread's lane in the arena, whose making cannot be refused.
    pool.intern("first");
    let (mut failures, mut added) = (0, 0);
    for text in &texts {
        // Fails at the first allocation, then at the second, and so on until there is none left to fail.
        for allowed in 0.. {
            let before = pool.stats();
            match TestAllocator::failing_after(allowed, || pool.try_intern(text)) {
                Ok(interned) => {
                    assert_eq!(interned, text);
                    added += 1;
                    break;
                }
                Err(InternError::OutOfMemory | InternError::Arena(AllocError::OutOfMemory { .. })) => {
                    failures += 1;
                }
                Err(other) => panic!("{other}"),
            }
            let after = pool.stats();
            assert_eq!(
                (after.strings, after.misses, after.bytes),
                (before.strings, before.misses, before.bytes)
            );
            assert_eq!(pool.get(text), None);
            assert_eq!(pool.intern("name"), "name");
        }
        assert_eq!(pool.len(), 23 + added);
    }
    assert!(failures > 4, "tables and segments were made: {failures}");
    assert!(texts.iter().all(|text| pool.contains(text)));
}

#[test]
fn building_may_fail_at_any_allocation_and_leaks_nothing() {
    // The processors are counted once.
    drop(StringPool::default());
    let (failures, counts) = TestAllocator::count(|| {
        for allowed in 0.. {
            let builder = StringPool::builder().pre_interned(["own"]).shards(4).capacity(1000);
            let builder = builder.arena(Arc::new(Arena::new()));
            match TestAllocator::failing_after(allowed, || builder.try_build()) {
                Ok(_) => return allowed,
                Err(error) => assert_eq!(error, InternError::OutOfMemory),
            }
        }
        unreachable!("enough allocations were allowed");
    });
    assert!(failures > 10, "lists, shards, tables, segments, pre-interned strings and counters: {failures}");
    assert!(counts.live_bytes() <= 0, "{counts:?}");
}

#[test]
fn a_batch_that_fails_keeps_what_it_added() {
    let pool = StringPool::builder().shards(1).memory_limit(6000).build();
    let texts: Vec<String> = (0..2000).map(|index| format!("string-{index}")).collect();
    let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
    let error = pool.try_intern_batch(&texts).expect_err("too much");
    assert!(matches!(error, InternError::LimitReached { .. }));
    let stats = pool.stats();
    assert!(0 < stats.misses && stats.memory <= 6000);
    assert_eq!(pool.iter().count(), pool.len());
    assert_eq!(pool.intern("string-0"), "string-0");
}

#[test]
fn a_batch_of_known_strings_allocates_two_lists() {
    let pool = StringPool::default();
    let texts: Vec<String> = (0..100).map(|index| index.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let first = pool.intern_batch(&texts);
    let (again, counts) = TestAllocator::count(|| pool.intern_batch(&texts));
    assert_eq!((again, counts.allocations, counts.deallocations), (first, 2, 1));
    let (_symbols, counts) = TestAllocator::count(|| pool.symbol_batch(&texts));
    assert_eq!((counts.allocations, counts.deallocations), (2, 1));
}
