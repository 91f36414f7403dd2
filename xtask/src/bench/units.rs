//! Numbers as people read them.

/// Nanoseconds, in the unit that reads best, with three digits.
pub(crate) fn time(nanoseconds: f64) -> String {
    let (value, unit) = scaled(nanoseconds);
    let decimals = match value {
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// The number and its unit.
pub(super) fn scaled(nanoseconds: f64) -> (f64, &'static str) {
    // What would be rounded up to 1000 is one of the next unit.
    match nanoseconds {
        value if value < 999.5 => (value, "ns"),
        value if value < 999.5e3 => (value / 1e3, "µs"),
        value if value < 999.5e6 => (value / 1e6, "ms"),
        value => (value / 1e9, "s"),
    }
}

/// How a ratio differs from 1, such as `-3.2 %`.
pub(crate) fn change(ratio: f64) -> String {
    let percent = (ratio - 1.0) * 100.0;
    // Not `-0.0 %`.
    let percent = if percent.abs() < 0.05 { 0.0 } else { percent };
    format!("{percent:+.1} %")
}

/// A part of one, such as `3.2 %`.
pub(super) fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

#[cfg(test)]
mod tests {
    //! Units and digits.

    use super::*;

    #[test]
    fn times_read_well() {
        for (nanoseconds, text) in [
            (0.316, "0.32 ns"),
            (2.1, "2.10 ns"),
            (9.996, "10.0 ns"),
            (61.21, "61.2 ns"),
            (812.4, "812 ns"),
            (999.7, "1.00 µs"),
            (1500.0, "1.50 µs"),
            (19.03e6, "19.0 ms"),
            (2e9, "2.00 s"),
        ] {
            assert_eq!(time(nanoseconds), text);
        }
    }

    #[test]
    fn changes_have_a_sign() {
        assert_eq!([change(1.0), change(0.9997), change(0.968)], ["+0.0 %", "+0.0 %", "-3.2 %"]);
        assert_eq!(percent(0.0321), "3.2 %");
    }
}
