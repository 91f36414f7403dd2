//! Says which tests failed and why, from what the test runners print: at the end, since what they print may be long.

use crate::outcome::Outcome;
use crate::tally::{Tally, strip_colors};

/// How many lines of a panic's message are repeated.
const LINES: usize = 6;

/// The outcome of a run, named `what`, that printed `output` and failed.
pub(crate) fn failed(what: &str, output: &str) -> Outcome {
    let plain = strip_colors(output);
    let lines: Vec<&str> = plain.lines().map(str::trim).collect();
    let mut why = format!("{what} failed");
    for (index, name) in names(&lines).into_iter().enumerate() {
        why.push_str(if index == 0 { ":\n  " } else { "\n  " });
        why.push_str(name);
        for line in panic_of(name, &lines) {
            why.push_str("\n    ");
            why.push_str(line);
        }
    }
    Outcome::failed(why, Tally::parse(output))
}

/// The names of the tests that failed.
fn names<'o>(lines: &[&'o str]) -> Vec<&'o str> {
    // nextest: after its summary, `FAIL [   0.154s] (2/5) flow-arena::it some::test`. A test that was killed has
    // another word there; one that was only slow has not failed.
    if let Some(summary) = lines.iter().rposition(|line| line.starts_with("Summary [")) {
        let named = lines[summary..].iter().filter(|line| !line.starts_with("SLOW"));
        return named.filter_map(|line| Some(line.split_once("] (")?.1.split_once(") ")?.1.trim())).collect();
    }
    // libtest: a list under this heading, where it is not the one of their output, which an empty line follows.
    let lists = lines.split(|line| *line == "failures:").skip(1);
    lists.flat_map(|list| list.iter().take_while(|line| !line.is_empty())).copied().collect()
}

/// Where the test of this name panicked last, and the beginning of the message: panics before it may have been wanted, or
/// steps of shrinking.
fn panic_of<'o>(name: &str, lines: &[&'o str]) -> impl Iterator<Item = &'o str> {
    // nextest has the binary before the path.
    let path = name.rsplit(' ').next().unwrap_or(name);
    let thread = format!("thread '{path}' ");
    let start = lines.iter().rposition(|line| line.starts_with(&thread)).unwrap_or(lines.len());
    lines[start..]
        .iter()
        .take_while(|line| {
            !(line.is_empty() || line.starts_with("stack backtrace:") || line.starts_with("note:"))
        })
        .take(1 + LINES)
        .copied()
}

#[cfg(test)]
mod tests {
    //! What the runners print of tests that fail.

    use super::*;
    use crate::outcome::Status;

    fn why(output: &str) -> (String, Tally) {
        let Outcome { status: Status::Failed(why), tests } = failed("tests", output) else {
            panic!("it failed")
        };
        (why, tests)
    }

    const LIBTEST: &str = "\
test one ... FAILED
test two ... FAILED
test three ... ok

failures:

---- one stdout ----

thread '<unnamed>' (7) panicked at src/lib.rs:5:44:
inner

thread 'one' (8) panicked at src/lib.rs:1:1:
it is caught

thread 'one' (8) panicked at src/lib.rs:2:21:
assertion `left == right` failed: numbers
  left: 1
 right: 2
stack backtrace:
   0: __rustc::rust_begin_unwind

---- two stdout ----
Error: \"no\"


failures:
    one
    two

test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.12s

error: test failed, to rerun pass `--lib`
";

    #[test]
    fn libtest_names_tests_and_the_place_of_the_last_panic() {
        let (why, tests) = why(LIBTEST);
        assert_eq!(
            why,
            "tests failed:\n  one\n    thread 'one' (8) panicked at src/lib.rs:2:21:\n    \
             assertion `left == right` failed: numbers\n    left: 1\n    right: 2\n  two"
        );
        assert_eq!(tests, Tally { passed: 1, failed: 2, skipped: 1 });
    }

    #[test]
    fn nextest_counts_a_test_once_though_it_shows_what_libtest_says() {
        let (why, tests) = why("\
        FAIL [   0.154s] (2/5) some-crate::it module::one
  stdout ───

    running 1 test
    test module::one ... FAILED

    failures:

    failures:
        module::one

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.15s

  stderr ───

    thread 'module::one' (9154) panicked at src/lib.rs:2:21:
    no
    note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.

────────────
     Summary [   0.175s] 5 tests run: 2 passed (1 slow), 3 failed, 1 skipped
        SLOW [  60.175s] (1/5) some-crate::it module::slow
        FAIL [   0.154s] (2/5) some-crate::it module::one
     SIGABRT [   0.011s] (4/5) some-crate six
     TIMEOUT [   0.011s] (5/5) some-crate seven
error: test run failed
");
        assert_eq!(
            why,
            "tests failed:\n  some-crate::it module::one\n    \
             thread 'module::one' (9154) panicked at src/lib.rs:2:21:\n    no\n  \
             some-crate six\n  some-crate seven"
        );
        assert_eq!(tests, Tally { passed: 2, failed: 3, skipped: 1 });
    }

    #[test]
    fn a_build_that_fails_names_no_test() {
        assert_eq!(why("error: could not compile"), ("tests failed".to_owned(), Tally::default()));
    }

    #[test]
    fn a_long_message_is_cut() {
        let long = LIBTEST.replace("  left: 1\n", &"  more\n".repeat(50));
        assert_eq!(why(&long).0.lines().filter(|line| line.trim() == "more").count(), LINES - 1);
    }
}
