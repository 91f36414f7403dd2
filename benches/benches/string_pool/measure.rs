//! How pools are measured, and with which strings.
//!
//! All threads of a benchmark use one pool at the same time. An iteration on a filled pool is [`OPERATIONS`]
//! operations, so that a median of `8.6 µs` means 8.6 ns an operation. What the pool is asked for lies in memory in
//! the order of the questions, apart from the pool's own copies, so that reading the questions is cheap and comparing
//! them with the pool's copies is not.

use divan::Bencher;
pub(crate) use flow_benches::measure::{OPERATIONS, measure, measure_each};
use flow_benches::{Access, SEED, accesses, identifiers, interners::Pool, measure, together::THREADS};

/// Strings one after the other in memory, in the order in which they are asked for.
#[derive(Debug)]
pub(crate) struct Texts {
    bytes: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(crate) fn new(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let (mut bytes, mut ends) = (String::new(), Vec::new());
        for text in texts {
            bytes.push_str(text.as_ref());
            ends.push(bytes.len());
        }
        Self { bytes, ends }
    }

    /// `distinct` different strings, each once.
    pub(crate) fn all(distinct: usize) -> Self {
        Self::new(identifiers(distinct, SEED))
    }

    pub(crate) fn slices(&self) -> Vec<&str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end]).collect()
    }
}

/// A set of strings, and the indices of those that are asked for, one after the other.
pub(crate) struct Workload {
    pub(crate) strings: Vec<String>,
    pub(crate) order: Vec<usize>,
}

impl Workload {
    pub(crate) fn new(distinct: usize, access: Access) -> Self {
        let questions = distinct.max(16 * OPERATIONS);
        Self { strings: identifiers(distinct, SEED), order: accesses(questions, distinct, access, SEED ^ 1) }
    }

    pub(crate) fn questions(&self) -> Texts {
        Texts::new(self.order.iter().map(|&index| &self.strings[index]))
    }
}

/// Measures `work` on a fresh pool in each sample, whose size must be 1. `fill` makes the pool what it is to be, outside
/// of what is timed. Each thread gets another of `shares`, all of which do as many operations.
pub(crate) fn measure_fresh<P: Pool, T: Sync>(
    bencher: Bencher<'_, '_>,
    shares: &[T; THREADS],
    operations: usize,
    fill: impl Fn(&P) + Sync,
    work: impl Fn(&P, &T) + Sync,
) {
    let make = || {
        let pool = P::new();
        fill(&pool);
        pool
    };
    measure::measure_fresh(bencher, shares, operations, make, work);
}

/// Defines a benchmark for each of the named contenders.
macro_rules! benches {
    ($($benches:tt)*) => { flow_benches::contenders! { flow_benches::interners; $($benches)* } };
}

pub(crate) use benches;
