//! The index with the standard library alone: threads that take files by number, a map each, put together in the end.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{Entry, Index, STOP_WORDS, words};

pub(crate) fn run(files: &[PathBuf], threads: usize) -> io::Result<Index> {
    let stop_words: HashSet<&str> = STOP_WORDS.iter().copied().collect();
    let next = AtomicUsize::new(0);
    let total = Mutex::new(HashMap::<String, Entry>::new());
    let work = || {
        let mut own = HashMap::<String, Entry>::new();
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            index(&fs::read(path)?, &stop_words, &mut own);
        }
        let mut total = total.lock().expect("nobody panics");
        for (word, entry) in own {
            let sum = total.entry(word).or_default();
            sum.files += entry.files;
            sum.count += entry.count;
        }
        Ok::<_, io::Error>(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("nobody panics"))
    })?;
    Ok(total.into_inner().expect("nobody panics").into_iter().collect())
}

/// Adds the words of one file.
fn index(bytes: &[u8], stop_words: &HashSet<&str>, own: &mut HashMap<String, Entry>) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut of_file = HashMap::<String, u64>::new();
    for word in words(text) {
        let word = word.to_lowercase();
        if !stop_words.contains(word.as_str()) {
            *of_file.entry(word).or_default() += 1;
        }
    }
    for (word, count) in of_file {
        let entry = own.entry(word).or_default();
        entry.files += 1;
        entry.count += count;
    }
}
