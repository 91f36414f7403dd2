//! How a value becomes a place: linear, or logarithmic where values are far apart.

use crate::bench::units::scaled;

/// From this ratio between the largest and the least value on, a scale is logarithmic.
const FAR_APART: f64 = 20.0;

/// A scale from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    pub(super) is_log: bool,
}

impl Scale {
    /// For times that are drawn as lengths: from 0, or from well below the least.
    pub(super) fn of_times(times: impl Iterator<Item = f64>) -> Self {
        let (least, most) =
            times.fold((f64::INFINITY, 0.0_f64), |(least, most), time| (least.min(time), most.max(time)));
        if least > 0.0 && most / least > FAR_APART {
            Self { low: round_down(least * 0.7), high: most * 1.1, is_log: true }
        } else {
            Self { low: 0.0, high: if most > 0.0 { most * 1.05 } else { 1.0 }, is_log: false }
        }
    }

    /// For sizes, which grow by factors, with a margin on both sides.
    pub(super) fn of_sizes(least: f64, most: f64) -> Self {
        let margin = (most / least).powf(0.04);
        Self { low: least / margin, high: most * margin, is_log: true }
    }

    /// For a few whole numbers, such as threads.
    pub(super) fn of_numbers(least: f64, most: f64) -> Self {
        let margin = (most - least) * 0.15;
        Self { low: least - margin, high: most + margin, is_log: false }
    }

    /// Where `value` is, between 0 and 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        let place = if self.is_log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.clamp(0.0, 1.0)
    }

    /// At most `most` round times with their labels.
    pub(super) fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        let values = if self.is_log { self.powers(most) } else { self.steps(most) };
        values.into_iter().map(|value| (value, tick(value))).collect()
    }

    /// Powers of ten; with 2 and 5 times them where there is room, and only each second or third where there is none.
    fn powers(&self, most: usize) -> Vec<f64> {
        let exponents = || (-3..=12).map(|exponent| 10_f64.powi(exponent));
        let inside = |value: &f64| (self.low..=self.high).contains(value);
        let fine: Vec<f64> =
            exponents().flat_map(|power| [1.0, 2.0, 5.0].map(|part| part * power)).filter(inside).collect();
        if fine.len() <= most {
            return fine;
        }
        let coarse: Vec<f64> = exponents().filter(inside).collect();
        let step = coarse.len().div_ceil(most).max(1);
        coarse.into_iter().step_by(step).collect()
    }

    /// Multiples of 1, 2 or 5 times a power of ten.
    fn steps(&self, most: usize) -> Vec<f64> {
        let parts = (-4..=12).flat_map(|exponent| [1.0, 2.0, 5.0].map(|part| part * 10_f64.powi(exponent)));
        let step =
            parts.into_iter().find(|step| self.high / step < f64::from(small(most))).unwrap_or(self.high);
        (0..small(most)).map(|index| f64::from(index) * step).filter(|value| *value <= self.high).collect()
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The next lower 1, 2 or 5 times a power of ten.
fn round_down(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [5.0, 2.0].into_iter().map(|part| part * power).find(|round| *round <= value).unwrap_or(power)
}

/// Nanoseconds with as few digits as they have, for the ticks of an axis.
fn tick(nanoseconds: f64) -> String {
    let (value, unit) = scaled(nanoseconds);
    let text = format!("{value:.3}");
    format!("{} {unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A size, such as `64`, `10k` or `1M`.
pub(super) fn size_label(number: u64) -> String {
    match number {
        number if number >= 1_000_000 && number.is_multiple_of(1_000_000) => {
            format!("{}M", number / 1_000_000)
        }
        number if number >= 1000 && number.is_multiple_of(1000) => format!("{}k", number / 1000),
        number if number >= 1 << 20 && number.is_multiple_of(1 << 20) => format!("{}Mi", number >> 20),
        number if number >= 1 << 10 && number.is_multiple_of(1 << 10) => format!("{}Ki", number >> 10),
        number => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    //! Round numbers at the right places.

    use super::*;

    fn labels(scale: &Scale, most: usize) -> Vec<String> {
        scale.ticks(most).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn near_times_are_linear_and_begin_at_zero() {
        let scale = Scale::of_times([2.0, 36.0].into_iter());
        assert!(!scale.is_log);
        assert_eq!(labels(&scale, 5), ["0 ns", "10 ns", "20 ns", "30 ns"]);
        assert_eq!(scale.place(0.0), 0.0);
        assert!((scale.place(18.9) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn far_times_are_logarithmic() {
        let scale = Scale::of_times([3.0, 3e6].into_iter());
        assert!(scale.is_log);
        assert_eq!(scale.low, 2.0);
        assert_eq!(labels(&scale, 4), ["10 ns", "1 µs", "100 µs"]);
        assert_eq!(
            labels(&Scale::of_times([1.5, 40.0].into_iter()), 6),
            ["1 ns", "2 ns", "5 ns", "10 ns", "20 ns"]
        );
        assert!(scale.place(1.0) == 0.0 && scale.place(1e9) == 1.0);
    }

    #[test]
    fn extreme_times_have_a_scale() {
        assert_eq!(Scale::of_times([0.0].into_iter()).place(0.0), 0.0);
        assert_eq!(Scale::of_times(std::iter::empty()).place(0.5), 0.5);
        assert!(labels(&Scale::of_times([5.0, 5.0].into_iter()), 5).len() > 2);
        assert!(!labels(&Scale::of_times([0.3, 3e9].into_iter()), 4).is_empty());
    }

    #[test]
    fn sizes_and_numbers_have_margins() {
        let sizes = Scale::of_sizes(64.0, 4096.0);
        assert!(sizes.place(64.0) > 0.02 && sizes.place(4096.0) < 0.98);
        assert!((sizes.place(512.0) - 0.5).abs() < 1e-9);
        let threads = Scale::of_numbers(1.0, 2.0);
        assert!(threads.place(1.0) > 0.1 && threads.place(2.0) < 0.9);
        assert_eq!([64, 1024, 1_000_000].map(size_label), ["64", "1Ki", "1M"]);
    }

    #[test]
    fn ticks_have_no_zeros_at_the_end() {
        for (nanoseconds, text) in
            [(0.5, "0.5 ns"), (20.0, "20 ns"), (1e3, "1 µs"), (2.5e6, "2.5 ms"), (0.0, "0 ns")]
        {
            assert_eq!(tick(nanoseconds), text);
        }
    }

    #[test]
    fn counts_are_short_where_they_are_round() {
        for (number, text) in [
            (64, "64"),
            (1000, "1k"),
            (1024, "1Ki"),
            (64_000, "64k"),
            (1 << 20, "1Mi"),
            (1_000_000, "1M"),
            (1 << 22, "4Mi"),
        ] {
            assert_eq!(size_label(number), text);
        }
    }
}
