//! The runner itself: failures that can be repeated, discards, and settings.

use std::cell::RefCell;
use std::collections::HashMap;

use super::*;

fn settings(seed: u64, cases: u64) -> Settings {
    Settings { seed, cases, ..Settings::default() }
}

fn variables(pairs: &[(&str, &str)]) -> Result<Settings, String> {
    let map: HashMap<_, _> = pairs.iter().map(|&(name, value)| (name, value.to_owned())).collect();
    Settings::from_variables(|name| map.get(name).cloned())
}

fn short_vectors_only(items: Vec<u8>) -> bool {
    items.len() < 5
}

const SHORT_VECTORS_ONLY: fn(Vec<u8>) -> bool = short_vectors_only;

#[test]
fn a_true_property_passes_every_case() {
    fn holds(left: u32, right: u32) -> bool {
        left.wrapping_add(right) == right.wrapping_add(left)
    }
    let passed = check_with(settings(1, 250), "c", "p", holds as fn(u32, u32) -> bool);
    assert_eq!(passed.expect("addition commutes"), 250);
}

#[test]
fn a_failure_is_shrunk_and_can_be_repeated() {
    let Err(Failure::Falsified { input, seed, size, replay, .. }) =
        check_with(settings(7, 100), "arena", "short_vectors_only", SHORT_VECTORS_ONLY)
    else {
        panic!("vectors of five and more must be found");
    };
    assert_eq!(input, "[0, 0, 0, 0, 0]");
    assert_eq!(
        replay,
        format!("cargo xtask props arena short_vectors_only --seed {seed} --size {size} --cases 1")
    );
    // The seed is the case's own, so the one case of the repetition fails at once.
    let again =
        check_with(Settings { seed, size, cases: 1 }, "arena", "short_vectors_only", SHORT_VECTORS_ONLY);
    assert!(matches!(again, Err(Failure::Falsified { passed: 0, seed: same, .. }) if same == seed));
}

#[test]
fn the_same_seed_gives_the_same_inputs() {
    thread_local! {
        static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }
    fn remember(text: String, number: u64) -> bool {
        SEEN.with_borrow_mut(|seen| seen.push(format!("{text:?} {number}")));
        true
    }
    let inputs = |seed| {
        SEEN.take();
        check_with(settings(seed, 20), "c", "p", remember as fn(String, u64) -> bool).expect("always true");
        SEEN.take()
    };
    assert_eq!(inputs(3), inputs(3));
    assert_ne!(inputs(3), inputs(1000));
    // A run from the seed of its third case begins with that case.
    assert_eq!(inputs(3)[2..], inputs(5)[..18]);
}

#[test]
fn an_input_that_cannot_be_shrunk_is_shown() {
    #[derive(Clone, Debug)]
    struct Fixed(u64);
    impl Arbitrary for Fixed {
        fn arbitrary(source: &mut Gen) -> Self {
            Self(u64::arbitrary(source))
        }
    }
    fn never(fixed: Fixed) -> bool {
        fixed.0 == 0
    }
    let Err(Failure::Falsified { input, seed, size, .. }) =
        check_with(settings(11, 1), "c", "p", never as fn(Fixed) -> bool)
    else {
        panic!("a random number is not zero");
    };
    assert_eq!(input, format!("{:?}", Fixed::arbitrary(&mut Gen::from_size_and_seed(size, seed))));
}

#[test]
fn messages_of_results_and_panics_are_shown() {
    fn says(_: u8) -> TestResult {
        TestResult::error("plainly\nwrong")
    }
    fn panics(_: u8) {
        panic!("line \"one\"\nline two");
    }
    let message = |failure: Result<u64, Failure>| match failure {
        Err(Failure::Falsified { message, .. }) => message.expect("both say something"),
        other => panic!("must fail, got {other:?}"),
    };
    assert_eq!(message(check_with(settings(1, 1), "c", "p", says as fn(u8) -> TestResult)), "plainly\nwrong");
    assert_eq!(message(check_with(settings(1, 1), "c", "p", panics as fn(u8))), "line \"one\"\nline two");
}

#[test]
fn the_panic_of_check_holds_all_that_a_reader_needs() {
    let caught = catch_unwind(|| check("arena", "short_vectors_only", SHORT_VECTORS_ONLY));
    let text = panic_message(caught.expect_err("the property is false").as_ref());
    for part in [
        "property arena/short_vectors_only does not hold",
        "input (shrunk): [0, 0, 0, 0, 0]",
        "seed: ",
        "repeat: cargo xtask props arena short_vectors_only --seed ",
        " --cases 1",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn discarded_inputs_do_not_count_as_passed() {
    fn half(number: u8) -> TestResult {
        if number.is_multiple_of(2) { TestResult::discard() } else { TestResult::passed() }
    }
    fn all(_: u8) -> TestResult {
        TestResult::discard()
    }
    let passed = check_with(settings(1, 100), "c", "p", half as fn(u8) -> TestResult);
    assert_eq!(passed.expect("half of the inputs are enough"), 100);
    let failure = check_with(settings(1, 100), "c", "p", all as fn(u8) -> TestResult);
    assert!(
        matches!(failure, Err(Failure::TooManyDiscards { passed: 0, discarded: 1100, wanted: 100 })),
        "{failure:?}"
    );
}

#[test]
fn settings_come_from_variables() {
    assert_eq!(variables(&[]), Ok(Settings::default()));
    assert_eq!(
        variables(&[("FLOW_PROP_SEED", "0xff"), ("FLOW_PROP_SIZE", "7"), ("FLOW_PROP_CASES", "10000")]),
        Ok(Settings { seed: 255, size: 7, cases: 10_000 })
    );
    assert_eq!(variables(&[("FLOW_PROP_SEED", "18446744073709551615")]).map(|read| read.seed), Ok(u64::MAX));
}

#[test]
fn malformed_settings_are_named() {
    for (name, value) in [
        ("FLOW_PROP_SEED", "seven"),
        ("FLOW_PROP_SEED", "-1"),
        ("FLOW_PROP_SEED", ""),
        ("FLOW_PROP_SIZE", "0"),
        ("FLOW_PROP_CASES", "0"),
        ("FLOW_PROP_CASES", "1e3"),
    ] {
        let problem = variables(&[(name, value)]).expect_err("not a setting");
        assert!(problem.contains(&format!("{name}={value:?}")), "{problem}");
    }
}
