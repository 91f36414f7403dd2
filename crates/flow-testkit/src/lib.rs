//! Seeded property runner, model-test helpers and test allocators, written once for the tests of every crate.
//!
//! | module | for |
//! |---|---|
//! | [`property`] | properties whose failure prints a seed and the command that repeats it |
//! | [`model`] | sequences of operations on a real structure and on a simple model of it, side by side |
//! | [`alloc`] | counting allocations, failing them on purpose, "memory is back", what must not overlap |
//! | [`linearizability`] | whether an order of the calls of real threads explains what they saw |
//! | [`panics`] | where a panic says that it happened, panics that are trouble to catch, errors that panic |
//! | [`processes`] | tests that need a process to themselves |
//! | [`threads`] | threads that start together, and a watchdog for code that must not hang |
//!
//! For tests only: nothing here is published, and no crate depends on it but as a dev-dependency.

pub mod alloc;
pub mod linearizability;
pub mod model;
pub mod panics;
pub mod processes;
pub mod property;
pub mod threads;

pub use alloc::{AllocCounts, TestAllocator, assert_allocates_nothing, check_apart};
pub use model::{run_model, run_model_then, same};
pub use panics::{Unreadable, panic_with_trouble, panics_here, panics_with_trouble};
pub use processes::is_alone;
pub use property::{check, holds};
pub use quickcheck::{Arbitrary, Gen, TestResult, Testable};
pub use threads::{on_threads, within};
