//! A panel for each operation, or for each of its cases that a claim is about; in it a row for each implementation, the fastest on top, and a bar for each number of
//! threads.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{
    BELOW, Canvas, Drawn, LEFT, PADDING, RIGHT, SMALL, TEXT, TITLE, column_width, grid, picture, pixels,
};
use super::colors::{FAINT, INK, OUR_BARS, PEER_BARS};
use super::scale::Scale;
use super::{Claimed, chosen, heading, shown};
use crate::bench::groups::{Group, Operation};
use crate::bench::id::is_ours;
use crate::bench::series::Per;
use crate::bench::units::time;

const COLUMNS: usize = 3;
/// The height of a bar.
const BAR: i32 = 11;
/// Between two implementations.
const GAP: i32 = 5;
/// For names, on the left of bars.
const NAMES: i32 = 150;
/// For times, on the right of bars.
const TIMES: i32 = 56;
/// Below bars, for the numbers of the axis and its title.
const AXIS: i32 = 40;
/// Above bars, for the heading.
const HEAD: i32 = 24;
/// The height of the legend, with what is below it.
const LEGEND: i32 = 30;

/// A panel.
#[derive(Debug)]
struct Panel<'s> {
    title: String,
    per: Per,
    rows: Vec<(&'s str, Vec<Bar>)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bar {
    time: f64,
    /// Which of the component's numbers of threads it is about.
    shade: usize,
}

impl<'s> Panel<'s> {
    fn new(operation: &Operation<'s>, case: &str, threads: &[Option<u32>]) -> Self {
        let mut bars: BTreeMap<&str, Vec<Bar>> = BTreeMap::new();
        let mut per = Per::Operation;
        for row in operation.rows.iter().filter(|row| row.case_name == case) {
            let shade = threads.iter().position(|count| *count == row.threads).unwrap_or(0);
            for (name, series) in &row.cells {
                bars.entry(name).or_default().push(Bar { time: series.best(), shade });
            }
            if !row.is_per_operation() {
                per = Per::Iteration;
            }
        }
        let mut rows: Vec<_> = bars.into_iter().collect();
        rows.sort_by(|left, right| left.1[0].time.total_cmp(&right.1[0].time));
        Self { title: heading(operation, case), per, rows }
    }

    fn height(&self) -> i32 {
        HEAD + self.rows.iter().map(|(_, bars)| row_height(bars)).sum::<i32>() + AXIS
    }

    fn draw(&self, canvas: &Canvas<'_>, (x, y): (i32, i32), operation: &str) -> Drawn {
        let scale = Scale::of_times(self.rows.iter().flat_map(|(_, bars)| bars).map(|bar| bar.time));
        let left = x + NAMES;
        let width = column_width(COLUMNS) - NAMES - TIMES - PADDING;
        let (top, bottom) = (y + HEAD, y + self.height() - AXIS);
        canvas.bold(&self.title, (left, y + HEAD / 2 - 2), TEXT, LEFT)?;
        for (value, label) in scale.ticks(4) {
            let place = left + pixels(width, scale.place(value));
            canvas.line(vec![(place, top), (place, bottom + 3)], FAINT, 1)?;
            canvas.small(&label, (place, bottom + 6), BELOW)?;
        }
        let what = if self.per == Per::Operation { operation } else { "iteration" };
        let axis = format!("time of one {what}{}", if scale.is_log { ", log scale" } else { "" });
        canvas.small(&axis, (left + width / 2, bottom + 8 + SMALL), BELOW)?;
        let mut row_top = top;
        for (name, bars) in &self.rows {
            let middle = row_top + (row_height(bars) - GAP) / 2;
            if is_ours(name) {
                canvas.bold(name, (left - 6, middle), TEXT, RIGHT)?;
            } else {
                canvas.text(name, (left - 6, middle), RIGHT)?;
            }
            for (index, bar) in (0..).zip(bars) {
                let bar_top = row_top + index * BAR;
                let end = left + pixels(width, scale.place(bar.time)).max(1);
                canvas.bar((left, bar_top), (end, bar_top + BAR - 1), color(name, bar.shade))?;
                canvas.small(&time(bar.time), (end + 4, bar_top + BAR / 2), LEFT)?;
            }
            row_top += row_height(bars);
        }
        canvas.line(vec![(left, top), (left, bottom)], INK, 1)
    }
}

fn row_height(bars: &[Bar]) -> i32 {
    i32::try_from(bars.len()).unwrap_or(1) * BAR + GAP
}

fn color(name: &str, shade: usize) -> plotters::style::RGBColor {
    let shades = if is_ours(name) { OUR_BARS } else { PEER_BARS };
    shades[shade % shades.len()]
}

pub(super) fn draw(group: &Group<'_>, title: &str, claimed: &Claimed<'_>) -> Result<String, String> {
    let threads: BTreeSet<Option<u32>> =
        group.operations.iter().flat_map(|operation| &operation.rows).map(|row| row.threads).collect();
    // Those without a number of threads are drawn as if they had the least.
    let mut threads: Vec<Option<u32>> = threads.into_iter().filter(Option::is_some).collect();
    if threads.is_empty() {
        threads.push(None);
    }
    let target = group.component.bench;
    let mut panels = Vec::new();
    for operation in &group.operations {
        for family in shown(target, operation, claimed) {
            panels.push(Panel::new(operation, chosen(target, family, claimed), &threads));
        }
    }
    let heights: Vec<i32> = panels.iter().map(Panel::height).collect();
    let (places, height) = grid(&heights, COLUMNS, PADDING + TITLE + LEGEND, 18);
    picture(height, title, |canvas| {
        draw_legend(canvas, &threads)?;
        panels
            .iter()
            .zip(places)
            .try_for_each(|(panel, place)| panel.draw(canvas, place, group.component.operation))
    })
}

fn draw_legend(canvas: &Canvas<'_>, threads: &[Option<u32>]) -> Drawn {
    let mut x = PADDING;
    let middle = PADDING + TITLE;
    for (who, shades) in [("Flow", OUR_BARS), ("peer", PEER_BARS)] {
        for (shade, count) in threads.iter().enumerate() {
            let label = match count {
                None => who.to_owned(),
                Some(1) => format!("{who}, 1 thread"),
                Some(count) => format!("{who}, {count} threads"),
            };
            canvas.bar((x, middle - 6), (x + 16, middle + 5), shades[shade % shades.len()])?;
            canvas.text(&label, (x + 22, middle), LEFT)?;
            x += 130;
        }
    }
    Ok(())
}
