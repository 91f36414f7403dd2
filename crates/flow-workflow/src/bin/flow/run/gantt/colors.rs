//! Which kind of task has which color.

use std::{collections::HashMap, time::Duration};

use plotters::style::RGBColor;

use crate::{plain, units::count};

/// Colors that can be told from each other, side by side and in gray. Red is for failures.
const PALETTE: [RGBColor; 11] = [
    RGBColor(78, 121, 167),
    RGBColor(242, 142, 43),
    RGBColor(89, 161, 79),
    RGBColor(176, 122, 161),
    RGBColor(237, 201, 72),
    RGBColor(118, 183, 178),
    RGBColor(156, 117, 95),
    RGBColor(255, 157, 167),
    RGBColor(47, 75, 124),
    RGBColor(160, 203, 232),
    RGBColor(139, 195, 74),
];

/// Of all kinds for which there is no color left.
const OTHERS: RGBColor = RGBColor(170, 170, 170);

/// The colors of kinds, most to those that take longest.
#[derive(Debug)]
pub(super) struct Colors<'k> {
    kinds: Vec<&'k str>,
    by_kind: HashMap<&'k str, RGBColor>,
    any_failed: bool,
}

/// A line of the legend.
#[derive(Debug)]
pub(super) struct Legend {
    pub(super) label: String,
    /// Of the bars, or None for the border of those that failed.
    pub(super) color: Option<RGBColor>,
}

/// The longest label that is written out. Of a longer one, the end says more than the beginning.
pub(super) const LONGEST: usize = 28;

impl<'k> Colors<'k> {
    pub(super) fn of(tasks: impl Iterator<Item = (&'k str, Duration)>, any_failed: bool) -> Self {
        let mut totals: HashMap<&str, Duration> = HashMap::new();
        for (kind, busy) in tasks {
            let total = totals.entry(kind).or_default();
            *total = total.saturating_add(busy);
        }
        let mut kinds: Vec<(&str, Duration)> = totals.into_iter().collect();
        kinds.sort_by(|left, right| (right.1, left.0).cmp(&(left.1, right.0)));
        let kinds: Vec<&str> = kinds.into_iter().map(|(kind, _)| kind).collect();
        let by_kind = kinds.iter().copied().zip(PALETTE).collect();
        Self { kinds, by_kind, any_failed }
    }

    pub(super) fn color(&self, kind: &str) -> RGBColor {
        self.by_kind.get(kind).copied().unwrap_or(OTHERS)
    }

    pub(super) fn legend(&self) -> impl Iterator<Item = Legend> {
        let named = self.kinds.iter().take(PALETTE.len());
        let named = named.map(|&kind| Legend { label: shortened(kind), color: Some(self.color(kind)) });
        let others = self.kinds.len().saturating_sub(PALETTE.len());
        let others = (others > 0).then(|| Legend { label: count(others, "other kind"), color: Some(OTHERS) });
        let failed = self.any_failed.then(|| Legend { label: "failed".to_owned(), color: None });
        named.chain(others).chain(failed)
    }
}

fn shortened(kind: &str) -> String {
    let kind = plain::name(kind);
    let length = kind.chars().count();
    if length <= LONGEST {
        return kind.into_owned();
    }
    let end: String = kind.chars().skip(length + 1 - LONGEST).collect();
    format!("…{end}")
}

/// The color of text that can be read on `color`.
pub(super) fn text_on(RGBColor(red, green, blue): RGBColor) -> RGBColor {
    let brightness = (299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)) / 1000;
    if brightness > 140 { RGBColor(20, 20, 20) } else { RGBColor(255, 255, 255) }
}

#[cfg(test)]
mod tests {
    //! More kinds than colors.

    use super::*;

    #[test]
    fn kinds_that_take_longest_have_colors_and_the_others_share_one() {
        let names: Vec<String> = (0..15).map(|kind| format!("kind {kind:02}")).collect();
        let tasks = (1..).zip(&names).map(|(seconds, name)| (name.as_str(), Duration::from_secs(seconds)));
        let colors = Colors::of(tasks, true);
        assert_eq!(colors.color("kind 14"), PALETTE[0]);
        assert_eq!(colors.color("kind 03"), OTHERS);
        let legend: Vec<String> = colors.legend().map(|legend| legend.label).collect();
        assert_eq!(legend.len(), 13);
        assert_eq!(legend[11..], ["4 other kinds", "failed"]);
    }

    #[test]
    fn long_names_keep_their_end() {
        let kind = "WORKFLOW:SUBWORKFLOW:A_STEP_WITH_A_LONG_NAME";
        assert_eq!(shortened(kind), "…LOW:A_STEP_WITH_A_LONG_NAME");
        assert_eq!(shortened("short"), "short");
    }
}
