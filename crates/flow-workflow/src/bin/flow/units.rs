//! Times, numbers and paths as people write and read them.

use std::{borrow::Cow, time::Duration};

use crate::plain;

/// Reads a time: a number of seconds, or numbers with the units `h`, `m`, `s` and `ms`, as in `1h30m` or `250ms`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{}' is not a time: write it as 90, 1.5s, 250ms, 10m or 1h30m", shortened(text));
    let total = match text.trim().parse() {
        Ok(seconds) => seconds,
        Err(_) if text.trim().is_empty() => return Err(wrong()),
        Err(_) => sum(text.trim()).ok_or_else(wrong)?,
    };
    match Duration::try_from_secs_f64(total) {
        Ok(Duration::ZERO) => Err(format!("'{}' is too short: it has to be longer than 0", shortened(text))),
        Ok(time) => Ok(time),
        Err(_) => Err(wrong()),
    }
}

/// An argument as it was given, or the beginning of a long one.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 24;
    match text.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}...", &text[..end])),
    }
}

/// The seconds of numbers with units.
fn sum(mut text: &str) -> Option<f64> {
    let mut total = 0.0;
    while !text.is_empty() {
        let unit_at = text.find(|character: char| !(character.is_ascii_digit() || character == '.'))?;
        let (number, rest) = text.split_at(unit_at);
        let unit_end = rest.find(|character: char| character.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, rest) = rest.split_at(unit_end);
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        text = rest;
    }
    Some(total)
}

/// A time in the units in which people would say it, with three digits.
pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let whole = time.as_secs();
    // Where rounding would give 1000 of a unit, or 60 of seconds, the next one begins.
    match seconds {
        _ if seconds >= 3599.5 => format!("{} h {:02} min", (whole + 30) / 3600, (whole + 30) / 60 % 60),
        _ if seconds >= 99.95 => {
            let rounded = seconds.round();
            format!("{:.0} min {:02.0} s", (rounded / 60.0).floor(), rounded % 60.0)
        }
        _ if seconds >= 0.9995 => format!("{} s", digits(seconds)),
        _ if seconds >= 0.000_999_5 => format!("{} ms", digits(seconds * 1e3)),
        _ if seconds >= 0.000_000_999_5 => format!("{} µs", digits(seconds * 1e6)),
        _ => format!("{} ns", digits(seconds * 1e9)),
    }
}

/// A number with three digits that count.
pub(crate) fn digits(number: f64) -> String {
    match number {
        _ if number >= 99.95 => format!("{number:.0}"),
        _ if number >= 9.995 => format!("{number:.1}"),
        0.0 => "0".to_owned(),
        _ => format!("{number:.2}"),
    }
}

/// A count with its noun, which gets an `s` unless there is one: `1 task`, `12,345 tasks`.
pub(crate) fn count(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with commas between the thousands.
pub(crate) fn grouped(number: usize) -> String {
    let plain = number.to_string();
    let mut grouped = String::with_capacity(plain.len() * 4 / 3);
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A path of tasks: how many there are, and their names, of which those in the middle are left out if there are more than
/// `shown` at either end.
pub(crate) fn path(names: &[&str], shown: usize) -> String {
    let length = count(names.len(), "task");
    let mut names = names.to_vec();
    if names.len() > 2 * shown + 1 {
        names.splice(shown..names.len() - shown, ["..."]);
    }
    let names: Vec<_> = names.into_iter().map(plain::name).collect();
    if names.is_empty() { length } else { format!("{length}, {}", names.join(" -> ")) }
}

#[cfg(test)]
mod tests {
    //! There and back.

    use super::*;

    #[test]
    fn times_are_read_with_and_without_units() {
        for (text, milliseconds) in [
            ("90", 90_000),
            ("1.5", 1500),
            ("1.5s", 1500),
            ("250ms", 250),
            ("10m", 600_000),
            ("1h30m", 5_400_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", " ", "-1", "s", "1x", "1.2.3s", "inf", "NaN", "1e999", "1 h", "1é"] {
            let problem = parse(text).expect_err(text);
            assert!(problem.contains(&format!("'{text}'")) && problem.contains("1h30m"), "{problem}");
        }
        for text in ["0", "0s", "0.0000000001"] {
            let problem = parse(text).expect_err(text);
            assert_eq!(problem, format!("'{text}' is too short: it has to be longer than 0"));
        }
    }

    #[test]
    fn times_are_written_in_their_unit() {
        let nanoseconds = |nanoseconds: u64| time(Duration::from_nanos(nanoseconds));
        assert_eq!(nanoseconds(0), "0 ns");
        assert_eq!(nanoseconds(31), "31.0 ns");
        assert_eq!(nanoseconds(999_600), "1.00 ms");
        assert_eq!(nanoseconds(12_345_678), "12.3 ms");
        assert_eq!(nanoseconds(3_041_000_000), "3.04 s");
        assert_eq!(nanoseconds(99_960_000_000), "1 min 40 s");
        assert_eq!(time(Duration::from_secs(1362)), "22 min 42 s");
        assert_eq!(time(Duration::from_millis(3_599_600)), "1 h 00 min");
        assert_eq!(time(Duration::from_secs(7260)), "2 h 01 min");
    }

    #[test]
    fn paths_are_shortened_in_the_middle() {
        assert_eq!(path(&[], 1), "0 tasks");
        assert_eq!(path(&["a"], 1), "1 task, a");
        assert_eq!(path(&["a", "b", "c"], 1), "3 tasks, a -> b -> c");
        assert_eq!(path(&["a", "b", "c", "d"], 1), "4 tasks, a -> ... -> d");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(1, "task"), "1 task");
        assert_eq!(count(0, "task"), "0 tasks");
        assert_eq!(count(1_234_567, "task"), "1,234,567 tasks");
    }
}
