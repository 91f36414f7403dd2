//! Model tests: the real structure and a simple model of it take the same operations, and must agree after each.
//!
//! The operations are an enum that implements `Arbitrary`, so that quickcheck generates and shrinks sequences of
//! them. [`run_model`] names the operation at which the two parted.
//!
//! ```
//! use std::collections::{BTreeSet, HashSet};
//!
//! use flow_testkit::{Arbitrary, Gen, TestResult, check, run_model_then, same};
//!
//! #[derive(Clone, Debug)]
//! enum Op {
//!     Insert(u8),
//!     Remove(u8),
//! }
//!
//! impl Arbitrary for Op {
//!     fn arbitrary(source: &mut Gen) -> Self {
//!         let item = u8::arbitrary(source) % 16;
//!         if bool::arbitrary(source) { Self::Insert(item) } else { Self::Remove(item) }
//!     }
//! }
//!
//! fn sets_agree(ops: Vec<Op>) -> TestResult {
//!     let state = (BTreeSet::new(), HashSet::new());
//!     run_model_then(
//!         state,
//!         &ops,
//!         |(real, model), op| {
//!             match *op {
//!                 Op::Insert(item) => same("insert", real.insert(item), model.insert(item))?,
//!                 Op::Remove(item) => same("remove", real.remove(&item), model.remove(&item))?,
//!             }
//!             same("len", real.len(), model.len())
//!         },
//!         |(real, model)| same("items", real, model.into_iter().collect::<BTreeSet<u8>>()),
//!     )
//! }
//!
//! check("arena", "sets_agree", sets_agree as fn(Vec<Op>) -> TestResult);
//! ```

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use quickcheck::TestResult;

use crate::threads::panic_message;

/// Takes `state`, both the real structure and its model, through `ops`; `step` applies one and compares the two.
///
/// The result fails with the index and the text of the first operation for which `step` returns an error or panics.
pub fn run_model<S, Op: Debug>(
    state: S,
    ops: &[Op],
    step: impl FnMut(&mut S, &Op) -> Result<(), String>,
) -> TestResult {
    run_model_then(state, ops, step, |_| Ok(()))
}

/// [`run_model`], then `finish`, which compares the whole of both.
pub fn run_model_then<S, Op: Debug>(
    mut state: S,
    ops: &[Op],
    mut step: impl FnMut(&mut S, &Op) -> Result<(), String>,
    finish: impl FnOnce(S) -> Result<(), String>,
) -> TestResult {
    for (index, op) in ops.iter().enumerate() {
        if let Err(problem) = caught(|| step(&mut state, op)) {
            return TestResult::error(format!("after operation {index} of {}, {op:?}: {problem}", ops.len()));
        }
    }
    match caught(|| finish(state)) {
        Ok(()) => TestResult::passed(),
        Err(problem) => TestResult::error(format!("after all {} operations: {problem}", ops.len())),
    }
}

/// Compares one answer of the real structure with the model's.
///
/// # Errors
///
/// Shows both, under the name `what`, if they differ.
pub fn same<A, B>(what: &str, real: A, model: B) -> Result<(), String>
where
    A: PartialEq<B> + Debug,
    B: Debug,
{
    if real == model { Ok(()) } else { Err(format!("{what}: real {real:?}, model {model:?}")) }
}

/// Turns a panic into an error, so that an `assert!` in a step is reported with its operation too.
///
/// The state may be inconsistent after a panic; it is only dropped then.
fn caught(work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|payload| Err(format!("panicked: {}", panic_message(payload.as_ref()))))
}

#[cfg(test)]
mod tests {
    //! A model that agrees, one that does not, and one that panics.

    use super::*;

    fn message(result: &TestResult) -> String {
        format!("{result:?}")
    }

    #[test]
    fn agreement_passes() {
        let result = run_model((0, 0), &[1, 2, 3], |(real, model), op| {
            *real += op;
            *model += op;
            same("sum", *real, *model)
        });
        assert!(!result.is_failure());
    }

    #[test]
    fn a_difference_names_the_operation() {
        let result = run_model((0, 0), &[1, 2, 30], |(real, model), op| {
            *real += op;
            *model += op % 10;
            same("sum", *real, *model)
        });
        assert!(result.is_error());
        assert!(message(&result).contains("after operation 2 of 3, 30: sum: real 33, model 3"), "{result:?}");
    }

    #[test]
    fn a_panic_names_the_operation() {
        let result = run_model((), &["fine", "bad"], |(), op| {
            assert_ne!(*op, "bad", "no bad ones");
            Ok(())
        });
        assert!(result.is_error());
        assert!(message(&result).contains("after operation 1 of 2"), "{result:?}");
        assert!(message(&result).contains("no bad ones"), "{result:?}");
    }

    #[test]
    fn the_end_is_compared_too() {
        let nothing: [u8; 0] = [];
        let result =
            run_model_then((1, 2), &nothing, |_, _| Ok(()), |(real, model)| same("all", real, model));
        assert!(message(&result).contains("after all 0 operations: all: real 1, model 2"), "{result:?}");
    }
}
