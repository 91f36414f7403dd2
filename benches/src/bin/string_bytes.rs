//! How much memory each string pool takes for 100,000 strings: prints a Markdown table.
//!
//! Counts the bytes that are live in the global allocator, as they were asked for: what an allocation costs besides (16
//! bytes are usual) is not in it, but the number of allocations is told. What a pool allocates ahead counts.

use std::hint::black_box;

use flow_arena::StringPool;
use flow_benches::{
    SEED, identifiers,
    interners::{Dash, GlobalUstr, Intern, Lasso, MutexMap, MutexStringInterner, Papaya, Pool, Symbols},
    live::{Counting, live},
};
use symbol_table::SymbolTable;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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
