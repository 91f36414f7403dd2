//! What a string pool promises to one thread.

use std::{
    collections::HashSet,
    hash::{BuildHasher, Hasher},
    panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind},
    ptr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use flow_arena::{
    Arena, DefaultHashBuilder, FrozenStringPool, InternError, StringPool, StringPoolBuilder, StringPoolIter,
    StringPoolStats, Symbol,
};
use flow_testkit::TestAllocator;

const COMMON: [&str; 22] = [
    "",
    "true",
    "false",
    "success",
    "failure",
    "pending",
    "running",
    "error",
    "skipped",
    "id",
    "name",
    "status",
    "result",
    "data",
    "input",
    "output",
    "node",
    "edge",
    "graph",
    "workflow",
    "completed",
    "failed",
];

const _: () = {
    const fn is_shareable<T: Send + Sync + UnwindSafe + RefUnwindSafe + 'static>() {}
    is_shareable::<StringPool>();
    is_shareable::<FrozenStringPool>();
    is_shareable::<StringPoolBuilder>();
    is_shareable::<StringPoolStats>();
    is_shareable::<Symbol>();
    is_shareable::<InternError>();
    is_shareable::<StringPoolIter<'static>>();
    is_shareable::<DefaultHashBuilder>();
    assert!(size_of::<Symbol>() == 4 && size_of::<Option<Symbol>>() == 4);
};

fn empty_pool() -> StringPool {
    StringPool::builder().without_common_strings().build()
}

fn symbol(index: usize) -> Symbol {
    Symbol::from_index(index).expect("a small index")
}

#[test]
fn equal_strings_have_one_address_and_one_symbol() {
    let pool = StringPool::default();
    let first = pool.intern("example");
    let second = pool.intern(&String::from("example"));
    assert!(ptr::eq(first, second));
    assert_eq!(pool.symbol("example"), pool.symbol("example"));
    assert!(!ptr::eq(first, pool.intern("another")));
    assert_ne!(pool.symbol("example"), pool.symbol("another"));
}

#[test]
fn interned_strings_do_not_borrow_their_argument() {
    let pool = StringPool::default();
    let interned = {
        let short_lived = String::from("short-lived");
        pool.intern(&short_lived)
    };
    assert_eq!(interned, "short-lived");
}

#[test]
fn the_common_strings_have_fixed_symbols() {
    let pool = StringPool::default();
    assert_eq!(pool.len(), COMMON.len());
    for (index, text) in COMMON.into_iter().enumerate() {
        assert_eq!(pool.get_symbol(text), Some(symbol(index)), "{text:?}");
        assert_eq!(pool.resolve(symbol(index)), Some(text));
        assert!(ptr::eq(pool.intern(text), pool.resolve(symbol(index)).expect("just found")));
    }
    assert_eq!(pool.stats().misses, 0);
    assert_eq!(pool.symbol("example"), symbol(22));
}

#[test]
fn a_pool_can_begin_without_the_common_strings() {
    let pool = empty_pool();
    assert!(pool.is_empty());
    assert_eq!(pool.get(""), None);
    assert_eq!(pool.symbol("name"), symbol(0));
    assert!(!pool.is_empty());
}

#[test]
fn own_strings_come_after_the_common_ones_and_each_once() {
    let pool =
        StringPool::builder().pre_interned(["GET", "name", "POST", "GET"]).pre_interned(["PUT"]).build();
    assert_eq!(pool.len(), 25);
    assert_eq!(pool.get_symbol("GET"), Some(symbol(22)));
    assert_eq!(pool.get_symbol("POST"), Some(symbol(23)));
    assert_eq!(pool.get_symbol("PUT"), Some(symbol(24)));
    assert_eq!(pool.get_symbol("name"), Some(symbol(10)));
}

#[test]
fn getting_does_not_intern() {
    let pool = StringPool::default();
    assert_eq!(
        (pool.get("example"), pool.get_symbol("example"), pool.contains("example")),
        (None, None, false)
    );
    assert_eq!(pool.len(), 22);
    let interned = pool.intern("example");
    assert!(pool.contains("example"));
    assert!(ptr::eq(pool.get("example").expect("interned"), interned));
    assert_eq!(pool.get_symbol("example"), Some(pool.symbol("example")));
}

#[test]
fn symbols_are_dense_and_resolve_to_their_strings() {
    let pool = empty_pool();
    for index in 0..5000 {
        let text = format!("string-{index}");
        assert_eq!(pool.symbol(&text), symbol(index));
        assert_eq!(pool.resolve(symbol(index)), Some(&*text));
    }
}

#[test]
fn addresses_stay_while_tables_and_segments_grow() {
    let pool = StringPool::builder().shards(2).build();
    let texts: Vec<String> = (0..3000).map(|index| format!("string-{index}")).collect();
    let interned: Vec<&str> = texts.iter().map(|text| pool.intern(text)).collect();
    for (text, first) in texts.iter().zip(interned) {
        assert!(ptr::eq(pool.intern(text), first));
        assert!(ptr::eq(pool.resolve(pool.symbol(text)).expect("interned"), first));
    }
}

#[test]
fn foreign_symbols_resolve_to_nothing_or_to_a_string_of_the_pool() {
    let pool = empty_pool();
    pool.intern("only");
    assert_eq!(pool.resolve(symbol(0)), Some("only"));
    for index in
        [1, 2, 63, 64, 65, 1000, 1 << 20, (1 << 32) - 66, (1 << 32) - 65, (1 << 32) - 64, (1 << 32) - 2]
    {
        assert_eq!(pool.resolve(symbol(index)), None, "{index}");
    }
}

#[test]
fn symbols_come_from_indices_and_go_back() {
    for index in [0, 1, 255, 1 << 16, (1 << 32) - 2] {
        assert_eq!(symbol(index).index(), index);
    }
    assert_eq!(Symbol::from_index((1 << 32) - 1), None);
    assert_eq!(Symbol::from_index(usize::MAX), None);
    assert!(symbol(1) < symbol(2));
    assert_eq!(format!("{:?}", symbol(7)), "Symbol(7)");
}

#[test]
fn iteration_goes_by_symbol_from_both_ends() {
    let pool = empty_pool();
    for text in ["a", "b", "c", "d"] {
        pool.intern(text);
    }
    let forward: Vec<_> = pool.iter().collect();
    assert_eq!(forward, [(symbol(0), "a"), (symbol(1), "b"), (symbol(2), "c"), (symbol(3), "d")]);
    let backward: Vec<_> = pool.iter().rev().map(|(_, text)| text).collect();
    assert_eq!(backward, ["d", "c", "b", "a"]);
    let mut both = (&pool).into_iter();
    assert_eq!((both.next(), both.next_back()), (Some((symbol(0), "a")), Some((symbol(3), "d"))));
    assert_eq!(both.size_hint(), (0, Some(2)));
    assert_eq!(
        (both.next(), both.next(), both.next(), both.next_back()),
        (Some((symbol(1), "b")), Some((symbol(2), "c")), None, None)
    );
}

#[test]
fn interning_during_iteration_is_fine() {
    let pool = empty_pool();
    pool.intern("a");
    for (_, text) in &pool {
        pool.intern(&format!("{text}{text}"));
    }
    assert_eq!(pool.iter().map(|(_, text)| text).collect::<Vec<_>>(), ["a", "aa"]);
}

#[test]
fn a_batch_keeps_its_order_and_counts_repetitions_as_hits() {
    let pool = StringPool::default();
    let known = pool.intern("known");
    let strings = pool.intern_batch(&["new", "known", "name", "new", "other", "new"]);
    assert_eq!(strings, ["new", "known", "name", "new", "other", "new"]);
    assert!(ptr::eq(strings[0], strings[3]) && ptr::eq(strings[0], strings[5]));
    assert!(ptr::eq(strings[1], known));
    let stats = pool.stats();
    assert_eq!((stats.misses, stats.hits, stats.strings), (3, 4, 25));
    assert!(pool.intern_batch(&[]).is_empty());
}

#[test]
fn a_batch_of_symbols_matches_the_strings() {
    let pool = StringPool::default();
    let texts: Vec<String> = (0..500).map(|index| format!("string-{}", index % 300)).collect();
    let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
    let symbols = pool.try_symbol_batch(&texts).expect("no limit");
    for (text, symbol) in texts.iter().zip(&symbols) {
        assert_eq!(pool.resolve(*symbol), Some(*text));
    }
    assert_eq!(symbols.iter().collect::<HashSet<_>>().len(), 300);
    assert_eq!(pool.symbol_batch(&texts), symbols);
    assert_eq!((pool.stats().misses, pool.stats().hits), (300, 200 + 500));
}

#[test]
fn statistics_count_calls_and_bytes() {
    // With room, so that no table grows.
    let pool = StringPool::builder().shards(1).capacity(10).build();
    let fresh = pool.stats();
    assert_eq!((fresh.strings, fresh.hits, fresh.misses), (22, 0, 0));
    assert_eq!(fresh.bytes, COMMON.iter().map(|text| text.len()).sum::<usize>());
    pool.intern("example");
    pool.intern("example");
    pool.symbol("name");
    assert!(pool.contains("name"));
    let stats = pool.stats();
    assert_eq!((stats.strings, stats.hits, stats.misses), (23, 2, 1));
    assert_eq!(stats.bytes, fresh.bytes + 7);
    assert_eq!(stats.memory, fresh.memory + 8 + 7);
    assert_eq!(
        stats.to_string(),
        format!("23 strings of {} bytes in {} bytes of memory, 2 hits, 1 misses", stats.bytes, stats.memory)
    );
}

#[test]
fn a_hit_allocates_nothing() {
    let pool = StringPool::default();
    let symbol = pool.symbol("example");
    pool.intern("example");
    let ((), counts) = TestAllocator::count(|| {
        for _ in 0..100 {
            assert_eq!(pool.intern("example"), "example");
            assert_eq!(pool.symbol("name").index(), 10);
            assert_eq!(pool.get("unknown"), None);
            assert_eq!(pool.resolve(symbol), Some("example"));
            assert_eq!(pool.iter().count(), 23);
        }
    });
    assert_eq!((counts.allocations, counts.deallocations), (0, 0));
}

#[test]
fn a_reset_keeps_what_was_pre_interned_and_forgets_the_rest() {
    let mut pool = StringPool::builder().pre_interned(["GET", "a rather long string of the caller"]).build();
    let addresses =
        |pool: &StringPool| -> Vec<_> { pool.iter().take(24).map(|(_, text)| text.as_ptr()).collect() };
    let before = addresses(&pool);
    for round in 0..5 {
        for index in 0..1000 {
            pool.intern(&format!("round-{round}-{index}"));
        }
        assert_eq!(pool.symbol("first").index(), 1024);
        pool.reset();
        assert_eq!(pool.len(), 24);
        assert_eq!(addresses(&pool), before);
        assert_eq!(pool.get("first"), None);
        assert_eq!(pool.resolve(symbol(24)), None);
        assert_eq!(pool.resolve(symbol(1024)), None);
        assert_eq!((pool.stats().hits, pool.stats().misses), (0, 0));
        assert_eq!(pool.get_symbol("GET"), Some(symbol(22)));
    }
}

#[test]
fn a_reset_pool_keeps_its_tables() {
    let mut pool = StringPool::default();
    let fill = |pool: &StringPool| {
        for index in 0..2000 {
            pool.intern(&format!("string-{index}"));
        }
        pool.stats().memory
    };
    let grown = fill(&pool);
    pool.reset();
    let kept = pool.stats().memory;
    let again = fill(&pool);
    assert!(again < grown, "the outgrown tables are gone: {again} of {grown} bytes");
    pool.reset();
    assert_eq!(pool.stats().memory, kept);
    assert_eq!(fill(&pool), again);
}

#[test]
fn a_pool_alone_in_its_arena_uses_the_memory_again() {
    let mut pool = StringPool::default();
    let mut fill = || {
        for index in 0..20_000 {
            pool.intern(&format!("a string that takes some memory, number {index}"));
        }
        pool.reset();
    };
    fill();
    let ((), counts) = TestAllocator::count(&mut fill);
    assert!(counts.live_bytes() <= 0, "{counts:?}");
}

#[test]
fn a_shared_arena_is_not_reset() {
    let mut arena = Arc::new(Arena::new());
    let mut pool = StringPool::new(Arc::clone(&arena));
    let other = StringPool::new(Arc::clone(&arena));
    let kept = other.intern("kept by the other pool");
    pool.intern("forgotten");
    pool.reset();
    for index in 0..1000 {
        pool.intern(&format!("string-{index}"));
    }
    assert_eq!(kept, "kept by the other pool");
    assert!(Arc::get_mut(&mut arena).is_none(), "the pools keep the arena from being reset");
    drop((pool, other));
    assert!(Arc::get_mut(&mut arena).is_some());
}

#[test]
fn freezing_keeps_addresses_and_symbols() {
    let pool = StringPool::builder().shards(4).build();
    let entries: Vec<(String, Symbol, *const u8)> = (0..2000)
        .map(|index| {
            let text = format!("string-{index}");
            let interned = pool.intern(&text);
            (text.clone(), pool.symbol(&text), interned.as_ptr())
        })
        .collect();
    let before = pool.stats();
    let frozen = pool.freeze();
    for (text, symbol, address) in &entries {
        assert_eq!(frozen.get(text).expect("interned").as_ptr(), *address);
        assert_eq!(frozen.get_symbol(text), Some(*symbol));
        assert_eq!(frozen.resolve(*symbol), Some(&**text));
    }
    assert_eq!(
        (frozen.get("unknown"), frozen.contains("unknown"), frozen.contains("name")),
        (None, false, true)
    );
    assert_eq!((frozen.len(), frozen.is_empty(), frozen.iter().count()), (2022, false, 2022));
    assert_eq!((&frozen).into_iter().next(), Some((symbol(0), "")));
    let after = frozen.stats();
    assert_eq!((after.strings, after.hits, after.misses), (before.strings, before.hits, before.misses));
    assert!(after.memory < before.memory);
    assert_eq!(frozen.arena().stats().allocations, 2000);
}

#[test]
fn pools_collect_and_extend() {
    let mut pool: StringPool = ["a", "b", "a"].into_iter().collect();
    assert_eq!(pool.len(), 24);
    pool.extend([String::from("b"), String::from("c")]);
    assert_eq!(pool.get_symbol("c"), Some(symbol(24)));
}

#[test]
fn debug_shows_counts_and_no_strings() {
    let pool = StringPool::default();
    pool.intern("a secret");
    for text in [
        format!("{pool:?}"),
        format!("{:?}", StringPool::builder().pre_interned(["a secret"])),
        format!("{:?}", pool.freeze()),
    ] {
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn strings_of_every_length_survive() {
    let pool = empty_pool();
    let longest = "x".repeat(1 << 20);
    let lengths = (0..300).chain([1000, 4096, 65_535, 65_536, 70_000, 1 << 20]);
    let interned: Vec<&str> = lengths.clone().map(|len| pool.intern(&longest[..len])).collect();
    for (text, len) in interned.into_iter().zip(lengths) {
        assert_eq!(text, &longest[..len]);
        assert!(ptr::eq(pool.intern(&longest[..len]), text));
    }
}

#[test]
fn texts_that_differ_in_one_byte_are_different() {
    // Every length that is compared in its own way, and every position.
    let pool = StringPool::builder().without_common_strings().hasher(Colliding(0)).build();
    for len in 1..40 {
        let text = "a".repeat(len);
        let original = pool.symbol(&text);
        for position in 0..len {
            let mut changed = text.clone();
            changed.replace_range(position..=position, "b");
            assert_ne!(pool.symbol(&changed), original, "{changed}");
        }
        assert_eq!(pool.symbol(&text), original);
    }
}

/// Gives every string one and the same hash.
#[derive(Clone, Copy)]
struct Colliding(u64);

impl BuildHasher for Colliding {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}

impl Hasher for Colliding {
    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The first eight bytes, as they are.
#[derive(Clone, Copy, Default)]
struct Identity(u64);

impl BuildHasher for Identity {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl Hasher for Identity {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[track_caller]
fn check_hasher<S: BuildHasher>(hasher: S) {
    let pool = StringPool::with_hasher(Arc::new(Arena::new()), hasher);
    let texts: Vec<String> = (0..400).map(|index| format!("same-prefix-{index}")).collect();
    let symbols: Vec<Symbol> = texts.iter().map(|text| pool.symbol(text)).collect();
    assert_eq!(pool.len(), 422);
    for (text, symbol) in texts.iter().zip(&symbols) {
        assert_eq!(pool.get_symbol(text), Some(*symbol));
        assert_eq!(pool.resolve(*symbol), Some(&**text));
    }
    assert_eq!(pool.get("same-prefix-400"), None);
}

#[test]
fn hashers_that_collide_are_slow_and_correct() {
    check_hasher(Colliding(0));
    check_hasher(Colliding(u64::MAX));
    check_hasher(Colliding(1 << 63));
    check_hasher(Identity(0));
    check_hasher(std::hash::RandomState::new());
    check_hasher(DefaultHashBuilder::default());
}

#[test]
fn a_string_is_hashed_with_one_write_of_its_bytes() {
    #[derive(Clone, Default)]
    struct Recording(Arc<Mutex<Vec<Vec<u8>>>>);

    impl BuildHasher for Recording {
        type Hasher = Self;

        fn build_hasher(&self) -> Self {
            self.clone()
        }
    }

    impl Hasher for Recording {
        fn write(&mut self, bytes: &[u8]) {
            self.0.lock().expect("no panic").push(bytes.to_vec());
        }

        fn finish(&self) -> u64 {
            7
        }
    }

    let hasher = Recording::default();
    let pool = StringPool::builder().without_common_strings().hasher(hasher.clone()).build();
    pool.intern("new");
    pool.intern("new");
    assert_eq!(*hasher.0.lock().expect("no panic"), [b"new", b"new"]);
}

#[test]
fn a_hasher_that_panics_leaves_the_pool_as_it_was() {
    #[derive(Clone)]
    struct Fragile(Arc<AtomicBool>, DefaultHashBuilder);

    impl BuildHasher for Fragile {
        type Hasher = <DefaultHashBuilder as BuildHasher>::Hasher;

        fn build_hasher(&self) -> Self::Hasher {
            assert!(!self.0.load(Ordering::Relaxed), "the hasher fails");
            self.1.build_hasher()
        }
    }

    let fails = Arc::new(AtomicBool::new(false));
    let hasher = Fragile(Arc::clone(&fails), DefaultHashBuilder::default());
    let mut pool = StringPool::with_hasher(Arc::new(Arena::new()), hasher);
    let before = pool.symbol("before");
    let stats = pool.stats();
    fails.store(true, Ordering::Relaxed);
    assert!(catch_unwind(AssertUnwindSafe(|| pool.intern("never"))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| pool.intern_batch(&["never", "before"]))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| pool.get("before"))).is_err());
    assert_eq!(pool.resolve(before), Some("before"), "resolving hashes nothing");
    assert_eq!(pool.stats(), stats);
    pool.reset();
    fails.store(false, Ordering::Relaxed);
    assert_eq!(pool.len(), 22, "resetting hashes nothing");
    assert_eq!(pool.symbol("name").index(), 10);
    assert_eq!(pool.intern("never"), "never");
}

#[test]
fn shards_are_rounded_up_and_kept_in_bounds() {
    for shards in [0, 1, 3, 64, 1000] {
        let pool = StringPool::builder().shards(shards).build();
        for index in 0..200 {
            pool.intern(&index.to_string());
        }
        assert_eq!(pool.len(), 222);
        assert_eq!(pool.get("199"), Some("199"));
    }
}

#[test]
fn capacity_makes_room_beforehand() {
    let pool = StringPool::builder().shards(1).capacity(10_000).build();
    let before = pool.stats().memory;
    for index in 0..10_000 {
        pool.intern(&index.to_string());
    }
    let stats = pool.stats();
    assert_eq!(
        stats.memory - before,
        8 * 10_000 + (stats.bytes - COMMON.concat().len()),
        "strings and nothing else"
    );
}

#[test]
fn dropping_a_pool_gives_everything_back() {
    let ((), counts) = TestAllocator::count(|| {
        for frozen in [false, true] {
            let pool = StringPool::builder().pre_interned(["own"]).build();
            for index in 0..3000 {
                pool.intern(&format!("string-{index}"));
            }
            if frozen {
                drop(pool.freeze());
            }
        }
    });
    // The process keeps the thread's number and the like, once.
    assert!(counts.live_bytes() < 1024, "{counts:?}");
}
