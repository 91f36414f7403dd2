//! What is dangerous: the tables of dashmap's shards, how they are locked, grown and moved; and the nodes of a
//! persistent trie, and when they are freed. Everything outside this folder is safe code.

mod changes;
#[cfg(all(test, flow_loom))]
mod loom_changes;
#[cfg(all(test, flow_loom))]
mod loom_stages;
pub(crate) mod read_core;
mod shards;
mod stages;
mod store;
mod table;
mod trie;
mod versions;

pub(crate) use shards::{Copies, Note};
pub(crate) use stages::Cursor;
pub(crate) use store::{Reading, Store, Writing};
pub(crate) use table::IntoEntries;
