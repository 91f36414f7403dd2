//! String pools under many threads.

use std::{
    cell::RefCell,
    collections::HashMap,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use flow_arena::{Arena, StringPool, Symbol};
use flow_testkit::on_threads;

const THREADS: usize = 8;

/// Fewer where each step is slow.
const STRINGS: usize = if cfg!(flow_sanitize) { 300 } else { 2000 };

fn texts() -> Vec<String> {
    (0..STRINGS).map(|index| format!("string-{index}")).collect()
}

/// Goes over `0..STRINGS` in an order that differs from thread to thread.
fn order(thread: usize) -> impl Iterator<Item = usize> {
    // Odd factors, and no factor of `STRINGS`: each index comes once.
    let step = [1, 7, 11, 13, 17, 19, 23, 29][thread % 8];
    (0..STRINGS).map(move |index| (index * step + thread * 31) % STRINGS)
}

#[test]
fn racing_threads_agree_on_address_and_symbol() {
    let texts = texts();
    for shards in [1, 16] {
        let pool = StringPool::builder().shards(shards).build();
        let seen = on_threads(THREADS, |thread| {
            let mut seen = HashMap::new();
            for index in order(thread) {
                let interned = pool.intern(&texts[index]);
                assert_eq!(interned, texts[index]);
                let symbol = pool.symbol(interned);
                assert!(ptr::eq(pool.resolve(symbol).expect("just interned"), interned));
                seen.insert(index, (interned.as_ptr().addr(), symbol));
            }
            seen
        });
        for other in &seen {
            assert_eq!(*other, seen[0]);
        }
        let stats = pool.stats();
        assert_eq!((stats.strings, stats.misses), (22 + STRINGS, STRINGS as u64));
        assert_eq!(stats.hits + stats.misses, 2 * (THREADS * STRINGS) as u64);
        let mut symbols: Vec<usize> = seen[0].values().map(|(_, symbol)| symbol.index()).collect();
        symbols.sort_unstable();
        assert!(symbols.into_iter().eq(22..22 + STRINGS), "dense, without holes");
    }
}

#[test]
fn racing_batches_agree() {
    let texts = texts();
    let pool = StringPool::builder().shards(4).build();
    let seen = on_threads(THREADS, |thread| {
        let mut seen = vec![0; STRINGS];
        let order: Vec<usize> = order(thread).collect();
        for indices in order.chunks(37) {
            let batch: Vec<&str> = indices.iter().map(|&index| &*texts[index]).collect();
            for (&index, interned) in indices.iter().zip(pool.intern_batch(&batch)) {
                assert_eq!(interned, texts[index]);
                seen[index] = interned.as_ptr().addr();
            }
        }
        seen
    });
    for other in &seen {
        assert_eq!(*other, seen[0]);
    }
    let stats = pool.stats();
    assert_eq!((stats.misses, stats.hits), (STRINGS as u64, ((THREADS - 1) * STRINGS) as u64));
}

#[test]
fn known_strings_are_found_while_tables_grow() {
    let pool = StringPool::builder().shards(1).build();
    let known: Vec<&str> = (0..50).map(|index| pool.intern(&format!("known-{index}"))).collect();
    let symbols: Vec<Symbol> = known.iter().map(|text| pool.symbol(text)).collect();
    let done = AtomicBool::new(false);
    on_threads(4, |thread| {
        if thread == 0 {
            for index in 0..20 * STRINGS {
                pool.intern(&format!("new-{index}"));
            }
            done.store(true, Ordering::Release);
        }
        loop {
            for (text, symbol) in known.iter().zip(&symbols) {
                assert!(ptr::eq(pool.get(text).expect("known"), *text));
                assert!(ptr::eq(pool.resolve(*symbol).expect("known"), *text));
            }
            if done.load(Ordering::Acquire) {
                break;
            }
        }
    });
}

#[test]
fn a_symbol_from_another_thread_resolves() {
    let pool = StringPool::default();
    let (sender, receiver) = mpsc::channel::<(usize, Symbol)>();
    thread::scope(|scope| {
        scope.spawn(|| {
            let sender = sender;
            for index in 0..STRINGS {
                sender.send((index, pool.symbol(&format!("string-{index}")))).expect("the receiver lives");
            }
        });
        for (index, symbol) in receiver {
            assert_eq!(pool.resolve(symbol), Some(&*format!("string-{index}")));
        }
    });
}

#[test]
fn iteration_and_statistics_hold_while_others_intern() {
    let pool = StringPool::builder().shards(2).build();
    let done = AtomicBool::new(false);
    on_threads(3, |thread| {
        if thread > 0 {
            for index in 0..STRINGS {
                pool.intern(&format!("string-{thread}-{index}"));
            }
            done.store(true, Ordering::Release);
            return;
        }
        let mut before = pool.stats();
        loop {
            let finished = done.load(Ordering::Acquire);
            let mut next = 0;
            for (symbol, text) in &pool {
                assert!(next <= symbol.index(), "in order");
                next = symbol.index() + 1;
                // A string resolves before it is found, so that `get_symbol` may miss one that is just being added.
                // Interning it waits for whoever adds it.
                assert!(pool.get_symbol(text).is_none_or(|found| found == symbol), "{text}");
                assert_eq!(pool.symbol(text), symbol, "{text}");
            }
            let now = pool.stats();
            assert!(before.strings <= now.strings && before.misses <= now.misses);
            assert!(before.bytes <= now.bytes && before.memory <= now.memory);
            before = now;
            if finished {
                break;
            }
        }
    });
}

#[test]
fn hits_are_counted_exactly_also_by_more_threads_than_have_a_place() {
    let pool = StringPool::default();
    // Four places for each processor, at most 128.
    let threads = if cfg!(flow_sanitize) { 40 } else { 150 };
    on_threads(threads, |_| {
        for _ in 0..100 {
            pool.intern("name");
        }
    });
    assert_eq!(pool.stats().hits, threads as u64 * 100);
}

#[test]
fn a_thousand_short_threads_leave_nothing_wrong() {
    let pool = StringPool::default();
    for index in 0..1000 {
        thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(pool.intern(&format!("string-{}", index % 10)), format!("string-{}", index % 10));
                assert_eq!(pool.symbol("name").index(), 10);
            });
        });
    }
    let stats = pool.stats();
    assert_eq!((stats.strings, stats.misses, stats.hits), (32, 10, 1990));
}

/// Interns when its thread exits.
struct AtExit {
    pool: Arc<StringPool>,
    text: &'static str,
}

impl Drop for AtExit {
    fn drop(&mut self) {
        for _ in 0..3 {
            assert_eq!(self.pool.intern(self.text), self.text);
            assert_eq!(self.pool.intern("name"), "name");
        }
        assert_eq!(self.pool.intern_batch(&["in a batch", "name"]), ["in a batch", "name"]);
    }
}

thread_local! {
    static EARLY: RefCell<Vec<AtExit>> = const { RefCell::new(Vec::new()) };
    static LATE: RefCell<Vec<AtExit>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn interning_works_while_a_thread_exits() {
    let at_exit = |pool: &Arc<StringPool>, text| AtExit { pool: Arc::clone(pool), text };
    // Destructors run newest first: the early one after the pool's own thread-local, the late one before.
    for used_before in [false, true] {
        let pool = Arc::new(StringPool::new(Arc::new(Arena::new())));
        thread::spawn({
            let pool = Arc::clone(&pool);
            move || {
                EARLY.with_borrow_mut(|slot| slot.push(at_exit(&pool, "early")));
                if used_before {
                    pool.intern("name");
                    pool.intern("used before");
                }
                LATE.with_borrow_mut(|slot| slot.push(at_exit(&pool, "late")));
            }
        })
        .join()
        .expect("no panic in a destructor");
        for text in ["early", "late", "in a batch"] {
            assert!(pool.contains(text), "{text}");
        }
        let used = u64::from(used_before);
        let stats = pool.stats();
        assert_eq!((stats.misses, stats.hits), (3 + used, 2 * (2 + 3 + 1) + 1 + used));
    }
}

#[test]
fn a_frozen_pool_is_read_by_many() {
    let pool = StringPool::default();
    let texts = texts();
    for text in &texts {
        pool.intern(text);
    }
    let frozen = pool.freeze();
    on_threads(THREADS, |thread| {
        for index in order(thread) {
            let symbol = frozen.get_symbol(&texts[index]).expect("interned");
            assert_eq!(frozen.resolve(symbol), Some(&*texts[index]));
        }
    });
}
