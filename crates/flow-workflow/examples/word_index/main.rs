//! An index of the words of all files below a directory, made by all six components of Flow together, and by the standard
//! library alone, side by side.
//!
//! ```text
//! cargo run --release -p flow-workflow --example word_index -- [DIRECTORY] [THREADS] [ROUNDS]
//! ```
//!
//! Both programs do the same, each as one would write it: see `with_flow.rs` and `with_std.rs`. They must agree on every
//! word. Rounds alternate. From the second on, Flow has the words of the first, and its buffers; so both the first round
//! and the fastest are shown.

#![expect(clippy::print_stdout, reason = "an example talks to its terminal")]

mod with_flow;
mod with_std;

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

/// What is known of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entry {
    /// In how many files it is.
    files: u64,
    /// How often it is there, in all files together.
    count: u64,
}

/// The words by their text.
type Index = BTreeMap<String, Entry>;

/// Words that say nothing about a text.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "if", "in", "is", "it", "its",
    "not", "of", "on", "or", "that", "the", "this", "to", "was", "were", "will", "with",
];

/// Files that are larger are hardly text.
const LARGEST: u64 = 4 << 20;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let directory = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let threads = number(std::thread::available_parallelism().map_or(1, usize::from))?.max(1);
    let rounds = number(5)?.max(1);

    let mut files = Vec::new();
    list(&directory, &mut files).map_err(|error| format!("cannot list {}: {error}", directory.display()))?;
    files.sort();
    println!("{} files below {}, {threads} threads", files.len(), directory.display());

    let with_flow = with_flow::Indexer::new(&files, threads)?;
    let mut times = Vec::new();
    let mut index = Index::new();
    for _ in 0..rounds {
        let (by_flow, ours) = timed(|| with_flow.run());
        let (by_std, plain) = timed(|| with_std::run(&files, threads));
        times.push((ours, plain));
        index = by_flow?;
        if index != by_std? {
            return Err("the two disagree".into());
        }
    }
    let mut words: Vec<_> = index.iter().collect();
    words.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.count));
    println!("{} words; the most frequent:", words.len());
    for (word, Entry { files, count }) in words.iter().take(10) {
        println!("{count:>10} times in {files:>6} files: {word}");
    }
    let fastest = times.iter().copied().reduce(|best, next| (best.0.min(next.0), best.1.min(next.1)));
    for (what, times) in [("first round", times.first().copied()), ("fastest", fastest)] {
        let (ours, plain) = times.unwrap_or_default();
        let ratio = ours.as_secs_f64() / plain.as_secs_f64();
        println!("{what}: with Flow {ours:.1?}, with std alone {plain:.1?}, ratio {ratio:.2}");
    }
    println!("{}", with_flow.summary());
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// All files below `directory` but hidden ones, build outputs and what is too large.
fn list(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let kind = entry.file_type()?;
        if name.as_encoded_bytes().starts_with(b".") || name == "target" {
            continue;
        }
        if kind.is_dir() {
            list(&entry.path(), files)?;
        } else if kind.is_file() && entry.metadata()?.len() <= LARGEST {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// The words of a text: runs of letters, digits and underscores, of two characters at least.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| word.len() > 1)
}
