//! How much memory each string pool takes for 100,000 strings: prints a Markdown table.
//!
//! Counts the bytes that are live in the global allocator, as they were asked for: what an allocation costs besides (16
//! bytes are usual) is not in it, but the number of allocations is told. What a pool allocates ahead counts.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    hint::black_box,
    sync::atomic::{AtomicIsize, Ordering},
};

use flow_arena::StringPool;
use flow_benches::{
    SEED, identifiers,
    interners::{Dash, GlobalUstr, Intern, Lasso, MutexMap, MutexStringInterner, Papaya, Pool, Symbols},
};
use symbol_table::SymbolTable;

/// The system's allocator, which counts.
struct Counting;

static BYTES: AtomicIsize = AtomicIsize::new(0);
static ALLOCATIONS: AtomicIsize = AtomicIsize::new(0);

fn count(bytes: usize, sign: isize) {
    BYTES.fetch_add(sign * bytes.cast_signed(), Ordering::Relaxed);
    ALLOCATIONS.fetch_add(sign, Ordering::Relaxed);
}

// SAFETY: does what `System` does.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(start, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What is live now: bytes and allocations.
fn live() -> (isize, isize) {
    (BYTES.load(Ordering::Relaxed), ALLOCATIONS.load(Ordering::Relaxed))
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn row<P: Pool>(name: &str, strings: &[String], add: impl Fn(&P, &str)) {
    let before = live();
    let pool = P::new();
    let empty = live();
    for string in strings {
        add(&pool, string);
    }
    let full = live();
    drop(black_box(pool));
    println!(
        "| {name} | {:.1} | {} | {} |",
        (full.0 - before.0) as f64 / strings.len() as f64,
        full.1 - before.1,
        empty.0 - before.0
    );
}

fn intern<P: Intern>(pool: &P, text: &str) {
    black_box(pool.intern(text));
}

fn symbol<P: Symbols>(pool: &P, text: &str) {
    black_box(pool.symbol(text));
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    let strings = identifiers(100_000, SEED);
    let text: usize = strings.iter().map(String::len).sum();
    println!("{} strings of {} bytes together\n", strings.len(), text);
    println!("| pool | bytes a string | allocations | bytes when empty |");
    println!("|---|---:|---:|---:|");
    row("flow_string_pool", &strings, intern::<StringPool>);
    row("lasso", &strings, intern::<Lasso>);
    row("symbol_table", &strings, intern::<SymbolTable>);
    row("ustr", &strings, intern::<GlobalUstr>);
    row("dashmap", &strings, intern::<Dash>);
    row("papaya", &strings, intern::<Papaya>);
    row("mutex_map", &strings, intern::<MutexMap>);
    row("mutex_string_interner", &strings, symbol::<MutexStringInterner>);
}
