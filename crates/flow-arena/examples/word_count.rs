//! Counts the words of text files on all cores: an arena for scratch memory, a string pool for the words.
//!
//! `cargo run --release --example word_count -- FILE...`; without a file it counts the words of this crate's README.

#![expect(clippy::print_stdout, reason = "an example talks to its terminal")]

use std::{collections::HashMap, env, error::Error, fs, sync::Arc, thread};

use flow_arena::{Arena, StringPool, Symbol};

fn main() -> Result<(), Box<dyn Error>> {
    let mut texts = Vec::new();
    for path in env::args().skip(1) {
        texts.push(fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?);
    }
    if texts.is_empty() {
        texts.push(include_str!("../README.md").to_owned());
    }

    let arena = Arc::new(Arena::new());
    let words = StringPool::new(Arc::clone(&arena));
    // Each text on a thread of its own. A word is counted by its symbol: four bytes, equal for equal words.
    let counts: Vec<HashMap<Symbol, usize>> = thread::scope(|scope| {
        let threads: Vec<_> = texts.iter().map(|text| scope.spawn(|| count(text, &arena, &words))).collect();
        threads.into_iter().map(|thread| thread.join().expect("counting does not panic")).collect()
    });
    let mut total: HashMap<Symbol, usize> = HashMap::new();
    for (word, count) in counts.into_iter().flatten() {
        *total.entry(word).or_default() += count;
    }

    let mut total: Vec<(usize, &str)> =
        total.into_iter().filter_map(|(word, count)| Some((count, words.resolve(word)?))).collect();
    total.sort_unstable_by(|a, b| b.cmp(a));
    for (count, word) in total.iter().take(10) {
        println!("{count:6} {word}");
    }
    println!("{}", words.stats());
    println!("{}", arena.stats());
    Ok(())
}

/// The words of `text`, in lower case, and how often each occurs.
fn count(text: &str, arena: &Arena, words: &StringPool) -> HashMap<Symbol, usize> {
    let mut counts = HashMap::new();
    let mut lane = arena.lane();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        // The lower case word is needed until it is interned: its memory is free again at the end of the scope.
        let symbol = lane.scope(|scratch| words.symbol(scratch.to_lowercase(word)));
        *counts.entry(symbol).or_default() += 1;
    }
    counts
}
