//! What the benchmarks share: seeded workloads, the contenders behind one trait for each kind, and how the threads of a
//! benchmark run at the same time.
//!
//! | module | what is there |
//! |---|---|
//! | [`workload`] | random numbers, identifiers, texts, and the order in which they are asked for |
//! | [`interners`], [`maps`], [`engines`] | string pools, maps, and engines of workflows, ours and the peers |
//! | [`graphs`] | what engines run |
//! | [`together`] | threads that run at the same time, each on a processor of its own |
//! | [`measure`] | benchmarks made of that, for divan |
//! | [`live`] | an allocator that counts, for the programs that print memory |

pub mod engines;
pub mod graphs;
pub mod interners;
pub mod live;
pub mod maps;
pub mod measure;
pub mod together;
pub mod workload;

pub use workload::{Access, Random, SEED, accesses, identifiers, texts};
