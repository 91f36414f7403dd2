//! String pools side by side: [`flow_arena::StringPool`] against lasso, ustr, `symbol_table`, string-interner, and
//! interners that are made of a map: dashmap, papaya, and the standard library's behind a lock.
//!
//! The names of the implementations; all threads of a benchmark share one pool:
//!
//! | name | what it is |
//! |---|---|
//! | `flow_string_pool` | `StringPool` over an `Arena` |
//! | `flow_intern_batch`, `flow_intern_loop` | `StringPool`: by `intern_batch`, or by a loop over `intern`; in `batch` |
//! | `lasso`, `lasso_siphash` | `ThreadedRodeo`; the second with its default hasher |
//! | `ustr` | the global cache of `Ustr`, which is emptied between benchmarks |
//! | `symbol_table` | `SymbolTable` |
//! | `dashmap`, `papaya` | `DashMap<&'static str, ()>` and `papaya::HashMap<&'static str, ()>` of leaked strings |
//! | `mutex_map`, `rwlock_map` | `HashSet<&'static str>` of leaked strings, behind a `Mutex` or an `RwLock` |
//! | `mutex_string_interner`, `rwlock_string_interner` | `StringInterner` behind a `Mutex` or an `RwLock`; symbols only |
//!
//! All hash with foldhash, where the hasher can be chosen: what is compared is the pools, not the hash functions.
//! ustr (ahash) and `symbol_table` (foldhash with a fixed seed) have their own.

mod batch;
mod create;
mod get_absent;
mod intern_hit;
mod intern_miss;
mod measure;
mod mixed;
mod resolve;
mod symbol_hit;
mod symbol_miss;

fn main() {
    divan::main();
}
