//! The index with Flow: a node for each file, and one that collects.
//!
//! | component | what for |
//! |---|---|
//! | `NodePool`, `Workflow`, `Executor` | a node for each file, taken by whichever thread is free |
//! | `BufferPool` | the bytes of a file |
//! | `Arena`, `Lane` | words in lower case, until they are looked up |
//! | `StringPool` | words, each once; a word is a number from then on |
//! | `ReadMap` | the stop words, which anybody may change meanwhile |
//! | `ConcurrentMap` | the counts of all files |

use std::{
    collections::HashMap,
    fs::File,
    io::Read,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use flow_arena::{Arena, StringPool, Symbol};
use flow_concurrent::{ConcurrentMap, DefaultHashBuilder, ReadMap};
use flow_memory::BufferPool;
use flow_workflow::{ActionError, Context, Data, Executor, NodePool, Workflow};

use crate::{Entry, Index, STOP_WORDS, words};

/// What the nodes share.
struct Shared {
    files: Vec<PathBuf>,
    buffers: BufferPool,
    scratch: Arena,
    words: StringPool,
    stop_words: ReadMap<Symbol, ()>,
    counts: ConcurrentMap<Symbol, Entry>,
    index: Mutex<Index>,
}

/// A workflow that makes the index, as often as it is run.
pub(crate) struct Indexer {
    shared: Arc<Shared>,
    workflow: Workflow,
    executor: Executor,
    nodes: NodePool,
}

impl Indexer {
    pub(crate) fn new(files: &[PathBuf], threads: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let words = StringPool::new(Arc::new(Arena::new()));
        let stop_words = STOP_WORDS.iter().map(|word| (words.symbol(word), ())).collect();
        let shared = Arc::new(Shared {
            files: files.to_vec(),
            buffers: BufferPool::new(),
            scratch: Arena::new(),
            words,
            stop_words,
            counts: ConcurrentMap::new(),
            index: Mutex::default(),
        });
        let nodes = NodePool::new();
        let (of_files, of_collector) = (Arc::clone(&shared), Arc::clone(&shared));
        nodes.register("index a file", move |context: &Context| of_files.index(context));
        nodes.register("collect", move |_: &Context| of_collector.collect());

        // A node is called by the number of its file.
        let mut collector = nodes.get();
        collector.set_name("collect").set_action("collect");
        let mut builder = Workflow::builder("word index");
        for number in 0..files.len() {
            let mut node = nodes.get();
            node.set_name(&number.to_string()).set_action("index a file");
            collector.add_dependency(node.name());
            builder = builder.add_node(&node);
        }
        let workflow = builder.add_node(&collector).build()?;
        drop(collector);
        Ok(Self { shared, workflow, executor: Executor::new(threads), nodes })
    }

    pub(crate) fn run(&self) -> Result<Index, Box<dyn std::error::Error>> {
        self.executor.run(&self.workflow, &Data::new())?;
        let mut index = self.shared.index.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut index))
    }

    /// What the components did.
    pub(crate) fn summary(&self) -> String {
        let Shared { buffers, words, scratch, .. } = &*self.shared;
        format!(
            "executor: {}\nbuffers: {}\nwords: {}\nscratch: {} blocks, {} bytes\nnodes: {}",
            self.executor.stats(),
            buffers.stats(),
            words.stats(),
            scratch.stats().blocks,
            scratch.stats().reserved,
            self.nodes.stats()
        )
    }
}

impl Shared {
    /// Counts the words of one file, and adds them to those of all.
    fn index(&self, context: &Context) -> Result<(), ActionError> {
        let path = &self.files[context.node().parse::<usize>()?];
        let cannot_read = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
        let mut file = File::open(path).map_err(cannot_read)?;
        let length = usize::try_from(file.metadata().map_err(cannot_read)?.len())?;
        // One more, so that the end is found without a larger buffer.
        let mut buffer = self.buffers.get(length + 1);
        file.read_to_end(&mut buffer).map_err(cannot_read)?;
        let Ok(text) = std::str::from_utf8(&buffer) else { return Ok(()) };

        let mut counts = HashMap::<Symbol, u64, DefaultHashBuilder>::default();
        let mut stop_words = self.stop_words.reader();
        self.scratch.lane().scope(|scratch| {
            for word in words(text) {
                let is_lower = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
                let word = match is_lower {
                    true => self.words.symbol(word),
                    false => scratch.scope(|scratch| self.words.symbol(scratch.to_lowercase(word))),
                };
                *counts.entry(word).or_default() += 1;
            }
        });
        for (word, count) in counts.into_iter().filter(|(word, _)| !stop_words.contains_key(word)) {
            let add = |entry: &mut Entry| {
                entry.files += 1;
                entry.count += count;
            };
            self.counts.upsert(word, || Entry { files: 1, count }, add);
        }
        Ok(())
    }

    /// Hands the counts over, and begins anew.
    fn collect(&self) -> Result<(), ActionError> {
        let text = |word| self.words.resolve(word).unwrap_or_default().to_owned();
        let entries = self.counts.items().into_iter().map(|(word, entry)| (text(word), entry)).collect();
        self.counts.clear();
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = entries;
        Ok(())
    }
}
