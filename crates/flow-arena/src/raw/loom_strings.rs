//! loom models of what the interner promises across threads. They run the real code, with texts in leaked
//! memory.
//!
//! Where one thread writes and another reads, the writer is the model's main thread. loom (0.7) remembers
//! only the last access to each atomic: a write after the writer's own look at the same place would hide an
//! earlier look of the reader, and loom would never try to let the write come first. A read always leads back
//! to the last write.

use std::{alloc::Layout, ptr::NonNull};

use loom::thread;

use super::{
    budget::Budget,
    entry::{Entry, HEADER},
    interner::{Config, Interner, Spending, TextMemory},
    symbols::{FIRST, MAX_SYMBOLS, Symbols},
    table::{MIN_GROUPS, max_load},
};
use crate::{
    AllocError,
    sync::{Arc, AtomicPtr, AtomicU64, Ordering},
};

/// Memory that is never freed.
#[derive(Debug)]
struct Leaked;

// SAFETY: fresh memory each time, of whole words, and never freed.
unsafe impl TextMemory for Leaked {
    fn try_alloc(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        assert!(layout.align() <= align_of::<u64>());
        Ok(NonNull::from(Vec::leak(vec![0_u64; layout.size().div_ceil(size_of::<u64>())])).cast())
    }
}

fn interner(shards: usize, limit: usize) -> Interner<Leaked> {
    let config = Config { shards, capacity: 0, limit, max_symbols: MAX_SYMBOLS };
    Interner::new(&config, &[], Leaked).expect("the limit is large enough for an empty interner")
}

/// What `StringPool::intern` does.
fn intern(interner: &Interner<Leaked>, hash: u64, text: &str) -> (usize, usize) {
    let interned = match interner.find(hash, text) {
        Some(interned) => interned,
        None => interner.add(hash, text).expect("no limit").interned,
    };
    assert_eq!(interned.text(), text);
    (interned.text().as_ptr().addr(), interned.symbol().index())
}

#[test]
fn loom_two_threads_publish_one_string_once() {
    loom::model(|| {
        let interner = Arc::new(interner(1, usize::MAX));
        let other = thread::spawn({
            let interner = Arc::clone(&interner);
            move || intern(&interner, 7, "a")
        });
        let here = intern(&interner, 7, "a");
        assert_eq!(here, other.join().expect("no panic"));
        let usage = interner.usage();
        assert_eq!((here.1, usage.strings, usage.misses), (0, 1, 1));
    });
}

#[test]
fn loom_two_threads_add_different_strings_to_one_shard() {
    loom::model(|| {
        let interner = Arc::new(interner(1, usize::MAX));
        let other = thread::spawn({
            let interner = Arc::clone(&interner);
            // The same place in the table.
            move || intern(&interner, 3, "a")
        });
        let here = intern(&interner, 3, "b");
        let there = other.join().expect("no panic");
        assert_eq!(here.1 + there.1, 1, "symbols 0 and 1");
        assert_eq!(interner.find(3, "a").map(|interned| interned.symbol().index()), Some(there.1));
        assert_eq!(interner.find(3, "b").map(|interned| interned.symbol().index()), Some(here.1));
    });
}

/// A reader beside a writer that publishes: it finds nothing, or all of the string, and can resolve its
/// symbol.
#[test]
fn loom_who_finds_a_string_can_resolve_its_symbol() {
    loom::model(|| {
        let interner = Arc::new(interner(1, usize::MAX));
        let reader = thread::spawn({
            let interner = Arc::clone(&interner);
            move || {
                let Some(found) = interner.find(7, "text") else { return };
                let resolved = interner.resolve(found.symbol()).expect("published before the string");
                assert!(std::ptr::eq(resolved.text(), found.text()));
            }
        });
        intern(&interner, 7, "text");
        assert!(interner.find(7, "text").is_some(), "what was interned before is found");
        reader.join().expect("no panic");
    });
}

/// A reader that asks for a symbol it was not told gets nothing, or all of the string.
#[test]
fn loom_a_symbol_resolves_completely_or_not_at_all() {
    loom::model(|| {
        let interner = Arc::new(interner(1, usize::MAX));
        let reader = thread::spawn({
            let interner = Arc::clone(&interner);
            move || {
                let first = crate::Symbol::from_index(0).expect("in range");
                let Some(resolved) = interner.resolve(first) else { return };
                assert_eq!((resolved.text(), resolved.symbol()), ("text", first));
            }
        });
        intern(&interner, 7, "text");
        reader.join().expect("no panic");
    });
}

/// A reader beside a writer that grows the table: strings that were there are found at every moment, in
/// either table.
#[test]
fn loom_growing_hides_no_string() {
    const { assert!(max_load(MIN_GROUPS) == 2) };
    loom::model(|| {
        let interner = Arc::new(interner(1, usize::MAX));
        let first = intern(&interner, 0, "a");
        // The same place, so that it is moved when the table grows.
        intern(&interner, 4, "b");
        let reader = thread::spawn({
            let interner = Arc::clone(&interner);
            move || {
                let found = interner.find(0, "a").expect("interned before");
                assert_eq!(found.text().as_ptr().addr(), first.0);
                assert_eq!(interner.find(4, "b").expect("interned before").text(), "b");
                if let Some(new) = interner.find(1, "c") {
                    assert_eq!(new.text(), "c");
                }
            }
        });
        let added = intern(&interner, 1, "c");
        assert_eq!(intern(&interner, 1, "c"), added);
        reader.join().expect("no panic");
    });
}

/// Two threads claim ids of different segments, a third gives its reservation back: no hole, and every
/// claimed id has its place, also when the thread that claims it is not the one that made its segment.
#[test]
fn loom_ids_have_no_holes() {
    const { assert!(FIRST == 1) };
    /// What adding a string does with its symbol.
    fn claim(symbols: &Symbols, spending: &Spending) -> usize {
        let symbol = symbols.reserve(spending).expect("no limit").commit();
        let layout = Entry::layout("").expect("short");
        let memory = Leaked.try_alloc(layout).expect("never fails");
        // SAFETY: fresh memory of the right layout, never freed; the symbol was committed just now.
        unsafe { symbols.publish(symbol, Entry::write(memory, "", symbol)) };
        symbol.index()
    }
    let mut model = loom::model::Builder::new();
    // Three threads: all interleavings with up to two forced switches.
    model.preemption_bound = Some(2);
    model.check(|| {
        let shared = Arc::new((Symbols::new(MAX_SYMBOLS), Spending::new(usize::MAX)));
        let claiming = thread::spawn({
            let shared = Arc::clone(&shared);
            move || claim(&shared.0, &shared.1)
        });
        let giving_back = thread::spawn({
            let shared = Arc::clone(&shared);
            move || drop(shared.0.reserve(&shared.1).expect("no limit"))
        });
        let here = claim(&shared.0, &shared.1);
        let there = claiming.join().expect("no panic");
        giving_back.join().expect("no panic");
        let mut claimed = [here, there];
        claimed.sort_unstable();
        assert_eq!(claimed, [0, 1]);
        for index in claimed {
            let entry = u32::try_from(index).ok().and_then(|index| shared.0.get(index));
            assert_eq!(entry.expect("published").symbol().index(), index);
        }
        assert_eq!(shared.0.len(), 2);
    });
}

/// Two threads that need the same new segment make one, so that a limit with room for one refuses neither.
#[test]
fn loom_a_segment_is_made_and_charged_once() {
    loom::model(|| {
        let limit = 3 * size_of::<AtomicPtr<u8>>();
        let shared = Arc::new((Symbols::new(MAX_SYMBOLS), Spending::new(limit)));
        // The first segment has one place, the second has two.
        shared.0.reserve(&shared.1).expect("room for the first segment").commit();
        let other = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.0.reserve(&shared.1).expect("room for the second segment").commit()
        });
        let here = shared.0.reserve(&shared.1).expect("room for the second segment").commit();
        assert_ne!(here, other.join().expect("no panic"));
        assert_eq!((shared.1.spent(), shared.0.bytes()), (limit, limit));
    });
}

/// Two strings, a limit with room for one: exactly one gets in, and what failed costs nothing.
#[test]
fn loom_the_limit_holds_exactly() {
    loom::model(|| {
        let empty = interner(1, usize::MAX);
        let limit = empty.usage().memory + size_of::<AtomicPtr<u8>>() + HEADER + 1;
        let interner = Arc::new(interner(1, limit));
        let other = thread::spawn({
            let interner = Arc::clone(&interner);
            move || interner.add(1, "a").is_ok()
        });
        let here = interner.add(2, "b").is_ok();
        assert!(here != other.join().expect("no panic"), "one of two fits");
        let usage = interner.usage();
        assert_eq!((usage.strings, usage.misses, usage.memory), (1, 1, limit));
        assert_eq!(interner.find(1, "a").is_some(), !here);
        assert_eq!(interner.find(2, "b").is_some(), here);
    });
}

#[test]
fn loom_a_budget_is_never_exceeded() {
    loom::model(|| {
        let budget = Arc::new(Budget::new(10));
        let other = thread::spawn({
            let budget = Arc::clone(&budget);
            move || {
                let charged = budget.charge(6);
                assert!(budget.spent() <= 10);
                charged
            }
        });
        let here = budget.charge(5);
        assert!(budget.spent() <= 10);
        let there = other.join().expect("no panic");
        assert!(here != there, "11 bytes do not fit, either alone does");
        assert_eq!(budget.spent(), if here { 5 } else { 6 });
    });
}

#[test]
fn loom_what_is_refunded_can_be_charged_again() {
    loom::model(|| {
        let budget = Arc::new(Budget::new(10));
        assert!(budget.charge(8));
        let refunding = thread::spawn({
            let budget = Arc::clone(&budget);
            move || budget.refund(8)
        });
        let early = budget.charge(4);
        refunding.join().expect("no panic");
        assert!(budget.charge(if early { 6 } else { 10 }), "all of the rest");
        assert!(!budget.charge(1));
        assert_eq!(budget.spent(), 10);
    });
}

/// The pattern of the pool's statistics: the one writer stores without a read-modify-write, readers see whole
/// values.
#[test]
fn loom_counters_of_a_shard_never_run_backwards() {
    loom::model(|| {
        let counter = Arc::new(AtomicU64::new(0));
        let writer = thread::spawn({
            let counter = Arc::clone(&counter);
            move || {
                for _ in 0..2 {
                    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                }
            }
        });
        let (first, second) = (counter.load(Ordering::Relaxed), counter.load(Ordering::Relaxed));
        assert!(first <= second && second <= 2);
        writer.join().expect("no panic");
        assert_eq!(counter.load(Ordering::Relaxed), 2);
    });
}
