//! Where everything is in the picture, in pixels, and how time becomes a place.

use std::time::Duration;

use super::colors::{Colors, LONGEST};

/// The size of most text.
pub(super) const TEXT: i32 = 13;
/// Around everything.
pub(super) const PADDING: i32 = 16;

const WIDTH: i32 = 1200;
/// How wide a letter is, about.
const LETTER: i32 = 7;

/// Where everything is.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) width: i32,
    pub(super) height: i32,
    /// Of the rows.
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) top: i32,
    pub(super) bottom: i32,
    pub(super) row_height: i32,
    legend_columns: i32,
    legend_width: i32,
    legend_top: i32,
}

impl Layout {
    pub(super) fn of(threads: usize, colors: &Colors<'_>) -> Self {
        let threads = small(threads);
        // A picture of a few threads has high rows; one of many is as high as it must be.
        let row_height = (420 / threads).clamp(6, 64);
        let left = PADDING + LETTER * 11;
        let top = PADDING + 18 + 14;
        let bottom = top + threads * row_height;
        let legend_top = bottom + 3 * TEXT + 22;
        let longest = colors.legend().map(|legend| legend.label.chars().count()).max().unwrap_or(0);
        let legend_width = LETTER * small(longest.clamp(8, LONGEST)) + 2 * TEXT + 18;
        let legend_columns = ((WIDTH - PADDING - left) / legend_width).max(1);
        let lines = small(colors.legend().count()).div_euclid(legend_columns)
            + i32::from(small(colors.legend().count()) % legend_columns > 0);
        let height = legend_top + lines * (TEXT + 8) + PADDING;
        Self {
            width: WIDTH,
            height,
            left,
            right: WIDTH - 2 * PADDING,
            top,
            bottom,
            row_height,
            legend_columns,
            legend_width,
            legend_top,
        }
    }

    /// The upper end of a row.
    pub(super) fn row(&self, row: usize) -> i32 {
        self.top + small(row) * self.row_height
    }

    pub(super) fn bar_height(&self) -> i32 {
        self.row_height - (self.row_height / 8).max(1)
    }

    /// Every how many rows there is room for a label.
    pub(super) fn label_step(&self) -> usize {
        usize::try_from((TEXT + 2).div_euclid(self.row_height)).unwrap_or(0) + 1
    }

    /// Places for the lines of the legend, one after another.
    pub(super) fn legend_places(&self) -> impl Iterator<Item = (i32, i32)> {
        (0..).map(|index: i32| {
            let (column, line) = (index % self.legend_columns, index / self.legend_columns);
            (self.left + column * self.legend_width, self.legend_top + line * (TEXT + 8))
        })
    }
}

fn small(number: usize) -> i32 {
    i32::try_from(number.min(100_000)).unwrap_or(i32::MAX)
}

/// The axis of time.
#[derive(Debug)]
pub(super) struct Axis {
    /// What its numbers count.
    pub(super) unit: &'static str,
    /// How many seconds the unit has.
    scale: f64,
    /// How many units the axis is long.
    length: f64,
}

/// How many steps the axis has at most.
const STEPS: f64 = 12.0;

impl Axis {
    pub(super) fn of(length: Duration) -> Self {
        let seconds = length.as_secs_f64().max(1e-9);
        let (unit, scale) = match seconds {
            _ if seconds >= 7200.0 => ("hours", 3600.0),
            _ if seconds >= 300.0 => ("minutes", 60.0),
            _ if seconds >= 1.0 => ("seconds", 1.0),
            _ if seconds >= 1e-3 => ("milliseconds", 1e-3),
            _ => ("microseconds", 1e-6),
        };
        Self { unit, scale, length: seconds / scale }
    }

    /// Between the left and the right end of the rows.
    pub(super) fn place(&self, time: Duration, layout: &Layout) -> i32 {
        between(layout.left, layout.right, time.as_secs_f64() / self.scale / self.length)
    }

    /// Places with their labels, at multiples of 1, 2 or 5 times a power of ten.
    pub(super) fn ticks(&self, left: i32, right: i32) -> impl Iterator<Item = (i32, String)> {
        let power = 10_f64.powf((self.length / STEPS).log10().ceil());
        let step =
            [0.2, 0.5, 1.0].into_iter().map(|part| part * power).find(|step| self.length / step <= STEPS);
        let step = step.unwrap_or(power);
        let decimals = usize::try_from(decimals_of(step)).unwrap_or(0);
        let ticks = (0_u32..=100).map(move |tick| f64::from(tick) * step);
        let length = self.length;
        ticks
            .take_while(move |&tick| tick <= length * 1.000_001)
            .map(move |tick| (between(left, right, tick / length), format!("{tick:.decimals$}")))
    }
}

/// How many decimals a step needs.
#[expect(clippy::cast_possible_truncation, reason = "of a number between -20 and 20")]
fn decimals_of(step: f64) -> i32 {
    (-(step * 1.000_001).log10().floor()).clamp(0.0, 12.0) as i32
}

#[expect(clippy::cast_possible_truncation, reason = "between two numbers of the type")]
fn between(left: i32, right: i32, part: f64) -> i32 {
    (f64::from(left) + f64::from(right - left) * part.clamp(0.0, 1.0)).round() as i32
}

#[cfg(test)]
mod tests {
    //! Units and steps.

    use super::*;

    fn labels(length: Duration) -> (Vec<String>, &'static str) {
        let axis = Axis::of(length);
        (axis.ticks(0, 1000).map(|(_, label)| label).collect(), axis.unit)
    }

    #[test]
    fn steps_are_round_numbers() {
        let (ticks, unit) = labels(Duration::from_millis(3040));
        assert_eq!((ticks.len(), unit), (7, "seconds"));
        assert_eq!(ticks[..3], ["0.0", "0.5", "1.0"]);
        let (ticks, unit) = labels(Duration::from_micros(120));
        assert_eq!((ticks[1].as_str(), unit), ("10", "microseconds"));
        let (ticks, unit) = labels(Duration::from_secs(3600));
        assert_eq!((ticks[1].as_str(), unit), ("5", "minutes"));
        assert_eq!(labels(Duration::ZERO).0.len(), 11);
    }

    #[test]
    fn time_becomes_a_place_between_the_ends() {
        let colors = Colors::of(std::iter::empty(), false);
        let (axis, layout) = (Axis::of(Duration::from_secs(10)), Layout::of(4, &colors));
        assert_eq!(axis.place(Duration::ZERO, &layout), layout.left);
        assert_eq!(axis.place(Duration::from_secs(10), &layout), layout.right);
        assert_eq!(axis.place(Duration::from_secs(99), &layout), layout.right);
    }
}
