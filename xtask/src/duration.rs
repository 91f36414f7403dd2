//! Durations on the command line: `90s`, `10m`, `1h30m`.

use std::time::Duration;

/// Reads a duration of hours, minutes and seconds; each number needs its unit.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a duration: write it as 90s, 10m or 1h30m");
    let mut seconds = 0_u64;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let unit_at = rest.find(|character: char| !character.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(unit_at);
        let (factor, tail) = match tail.split_at_checked(1) {
            Some(("h", tail)) => (3600, tail),
            Some(("m", tail)) => (60, tail),
            Some(("s", tail)) => (1, tail),
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let more = number.checked_mul(factor).ok_or_else(wrong)?;
        seconds = seconds.checked_add(more).ok_or_else(wrong)?;
        rest = tail;
    }
    if seconds == 0 { Err(wrong()) } else { Ok(Duration::from_secs(seconds)) }
}

#[cfg(test)]
mod tests {
    //! Good ones and bad ones.

    use super::*;

    #[test]
    fn units_add_up() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h30m", 5400), ("1h1m1s", 3661), (" 2s ", 2)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "0s",
            "10",
            "m",
            "-1s",
            "1.5h",
            "10x",
            "10ms",
            "1é",
            "99999999999999999999s",
            "9999999999999999999h",
        ] {
            let problem = parse(text).expect_err(text);
            assert!(problem.contains(&format!("{text:?}")) && problem.contains("1h30m"), "{problem}");
        }
    }
}
