//! The seeded property runner.
//!
//! quickcheck takes no seed from outside and prints none. [`check`] gives every case a generator of its own, made
//! from a seed and a size, so that a failure can be repeated: it panics with the shrunk input, the seed of the
//! failing case and the command that runs this case alone.
//!
//! Three environment variables steer it, and `cargo xtask props` sets them:
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FLOW_PROP_SEED` | seed of the first case; the next case takes the next number | [`Settings::DEFAULT_SEED`] |
//! | `FLOW_PROP_SIZE` | quickcheck's size: how long generated vectors and strings may be | 100 |
//! | `FLOW_PROP_CASES` | how many cases must pass | 100 |
//!
//! The default seed is fixed, so that `cargo test` gives the same answer twice; `cargo xtask props` picks a fresh
//! one for each run and prints it.
//!
//! ```
//! use flow_testkit::check;
//!
//! fn reversing_twice_changes_nothing(items: Vec<u8>) -> bool {
//!     let mut twice = items.clone();
//!     twice.reverse();
//!     twice.reverse();
//!     twice == items
//! }
//!
//! // In a `#[test]`. The names are those that `cargo xtask props` takes.
//! check("arena", "reversing_twice_changes_nothing", reversing_twice_changes_nothing as fn(Vec<u8>) -> bool);
//! ```

use std::fmt::{self, Debug};
use std::panic::{AssertUnwindSafe, catch_unwind};

use quickcheck::{Arbitrary, Gen, QuickCheck, TestResult, Testable};

use crate::threads::panic_message;

/// How many cases may be discarded for each one that must pass.
const DISCARDS_PER_CASE: u64 = 10;

/// A function that [`check`] can run: a function pointer of up to six arguments.
///
/// quickcheck reports the input only of a failure that it could shrink. This trait makes the original input again
/// from the seed, so that a failure is never reported without its input.
pub trait Property: Testable + Copy {
    /// The input that `source` leads to, as text.
    fn describe_input(source: &mut Gen) -> String;
}

macro_rules! properties {
    ($($argument:ident)+) => {
        impl<Outcome: Testable, $($argument: Arbitrary + Debug),+> Property for fn($($argument),+) -> Outcome {
            fn describe_input(source: &mut Gen) -> String {
                // The same call as quickcheck's own, so that the same values come out of the same generator.
                #[allow(non_snake_case, reason = "the names of the types serve as names of the values")]
                let ($($argument,)+) = <($($argument,)+) as Arbitrary>::arbitrary(source);
                [$(format!("{:?}", $argument)),+].join(", ")
            }
        }
    };
}

properties!(A);
properties!(A B);
properties!(A B C);
properties!(A B C D);
properties!(A B C D E);
properties!(A B C D E F);

/// How much a property is tried, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The seed of the first case.
    pub seed: u64,
    /// quickcheck's size.
    pub size: usize,
    /// How many cases must pass.
    pub cases: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: Self::DEFAULT_SEED, size: 100, cases: 100 }
    }
}

impl Settings {
    /// The seed without a `FLOW_PROP_SEED`. Any number would do; it only has to stay the same.
    pub const DEFAULT_SEED: u64 = 0x000f_1023;

    /// Reads `FLOW_PROP_SEED`, `FLOW_PROP_SIZE` and `FLOW_PROP_CASES`.
    ///
    /// # Panics
    ///
    /// Panics if one of them is set to something that is not a number, or if the size or the number of cases is
    /// zero: a run that tests nothing must not pass.
    #[must_use]
    pub fn from_env() -> Self {
        let read = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        match Self::from_variables(read) {
            Ok(settings) => settings,
            Err(problem) => panic!("{problem}"),
        }
    }

    /// The settings that `variable`, a look-up by name, leads to.
    ///
    /// # Errors
    ///
    /// Names the variable and its value if that is not a number in range.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let default = Self::default();
        let number = |name: &str, least: u64, default: u64| match variable(name) {
            None => Ok(default),
            Some(value) => parse_number(&value).filter(|&number| number >= least).ok_or_else(|| {
                format!(
                    "{name}={value:?} is not a whole number of at least {least}: unset it or set a number"
                )
            }),
        };
        let default_size = u64::try_from(default.size).unwrap_or(u64::MAX);
        let size = number("FLOW_PROP_SIZE", 1, default_size)?;
        Ok(Self {
            seed: number("FLOW_PROP_SEED", 0, default.seed)?,
            size: usize::try_from(size)
                .map_err(|_| format!("FLOW_PROP_SIZE={size} exceeds the address space"))?,
            cases: number("FLOW_PROP_CASES", 1, default.cases)?,
        })
    }
}

/// A decimal number, or a hexadecimal one after `0x`.
fn parse_number(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Why a property does not hold, or could not be tried often enough.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Failure {
    /// A case failed.
    Falsified {
        /// The smallest failing input that shrinking found.
        input: String,
        /// What the property said of it, if it said anything.
        message: Option<String>,
        /// The seed of the failing case, not of the run.
        seed: u64,
        /// quickcheck's size.
        size: usize,
        /// How many cases had passed before.
        passed: u64,
        /// The command that runs this case alone.
        replay: String,
    },
    /// The property discarded so many inputs that too few were left.
    TooManyDiscards {
        /// How many cases passed.
        passed: u64,
        /// How many were discarded.
        discarded: u64,
        /// How many had to pass.
        wanted: u64,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Falsified { input, message, seed, size, passed, replay } => {
                writeln!(f, "  input (shrunk): {input}")?;
                if let Some(message) = message {
                    writeln!(f, "  says: {}", message.replace('\n', "\n    "))?;
                }
                writeln!(f, "  seed: {seed}, size: {size}, after {passed} passed cases")?;
                write!(f, "  repeat: {replay}")
            }
            Self::TooManyDiscards { passed, discarded, wanted } => write!(
                f,
                "  only {passed} of {wanted} cases passed before {discarded} inputs were discarded: \
                 generate inputs that the property accepts instead of discarding"
            ),
        }
    }
}

/// Tries `prop` as often as the environment says, and panics at the first input for which it does not hold.
///
/// `component` and `property` are the names by which `cargo xtask props` finds this test, so `property` is the name
/// of the test function too.
///
/// # Panics
///
/// Panics with the shrunk input, the seed, the size and the command that repeats the case, if the property fails;
/// if it discards nearly all inputs; or if the environment holds a malformed setting.
#[track_caller]
pub fn check<P: Property>(component: &str, property: &str, prop: P) {
    if let Err(failure) = check_with(Settings::from_env(), component, property, prop) {
        panic!("property {component}/{property} does not hold\n{failure}");
    }
}

/// Turns a problem into a panic, which the runner reports with the input: what a property of more than one line returns.
///
/// # Panics
///
/// Panics with the problem.
#[must_use]
#[track_caller]
pub fn holds(result: Result<(), String>) -> bool {
    match result {
        Ok(()) => true,
        Err(problem) => panic!("{problem}"),
    }
}

/// [`check`] with settings of its own and a `Result`; returns how many cases passed.
///
/// # Errors
///
/// Says for which input the property fails, or that too many inputs were discarded.
pub fn check_with<P: Property>(
    settings: Settings,
    component: &str,
    property: &str,
    prop: P,
) -> Result<u64, Failure> {
    let Settings { size, cases, .. } = settings;
    let attempts = cases.saturating_mul(1 + DISCARDS_PER_CASE);
    // quickcheck reads its own variables when it is made, so one runner serves all cases.
    let mut runner = QuickCheck::new().tests(1).max_tests(1);
    let mut passed = 0;
    for attempt in 0..attempts {
        let seed = settings.seed.wrapping_add(attempt);
        runner = runner.rng(Gen::from_size_and_seed(size, seed));
        match runner.quicktest(prop) {
            // Zero for a discarded input.
            Ok(counted) => passed += counted,
            Err(result) => {
                let (input, message) = explain(result);
                let input =
                    input.unwrap_or_else(|| P::describe_input(&mut Gen::from_size_and_seed(size, seed)));
                let replay =
                    format!("cargo xtask props {component} {property} --seed {seed} --size {size} --cases 1");
                return Err(Failure::Falsified { input, message, seed, size, passed, replay });
            }
        }
        if passed == cases {
            return Ok(passed);
        }
    }
    Err(Failure::TooManyDiscards { passed, discarded: attempts - passed, wanted: cases })
}

/// The shrunk input of a failed result, and its message.
///
/// The fields of a `TestResult` are private, but a result is itself something to test: quickcheck then panics with
/// both.
fn explain(result: TestResult) -> (Option<String>, Option<String>) {
    let report = catch_unwind(AssertUnwindSafe(|| QuickCheck::new().tests(1).quickcheck(result)));
    let text = match report {
        Ok(()) => return (None, None),
        Err(payload) => panic_message(payload.as_ref()),
    };
    split_report(&text)
}

/// Splits quickcheck's text into the input and the message.
fn split_report(text: &str) -> (Option<String>, Option<String>) {
    let (head, message) = match text.split_once("\nError: ") {
        Some((head, message)) => (head, Some(unquote(message))),
        None => (text, None),
    };
    let input = head
        .split_once("Arguments: (")
        .and_then(|(_, arguments)| arguments.strip_suffix(')'))
        .map(str::to_owned);
    (input, message)
}

/// Undoes the `{:?}` with which quickcheck shows the message of a panic, so that its lines are lines again.
fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some(escaped @ ('"' | '\'' | '\\')) => plain.push(escaped),
            other => plain.extend(['\\'].into_iter().chain(other)),
        }
    }
    plain
}

#[cfg(test)]
mod tests;
