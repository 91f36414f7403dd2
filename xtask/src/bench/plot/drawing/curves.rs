//! Times over sizes, or over threads: a panel for each kind of case, in it ours and the fastest of the peers.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{
    BELOW, Canvas, Drawn, LEFT, PADDING, RIGHT, SMALL, TEXT, TITLE, column_width, grid, picture, pixels,
};
use super::colors::{FAINT, INK, Lines, Style};
use super::scale::{Scale, size_label};
use super::{Claimed, Kind, chosen, families, heading};
use crate::bench::groups::{Group, Row};
use crate::bench::id::is_ours;
use crate::bench::series::Per;

const COLUMNS: usize = 2;
/// The height of a panel without its heading and its axis.
const HEIGHT: i32 = 190;
const HEAD: i32 = 26;
const AXIS: i32 = 42;
/// On the left, for times.
const TIMES: i32 = 60;
/// On the right, for names.
const NAMES: i32 = 180;
/// More peers than this are not drawn: their curves could not be told from each other.
const PEERS: usize = 6;
/// A curve has so many sizes.
const SIZES: usize = 3;

/// Places, which are sizes or numbers of threads, with times.
type Points = [(u64, f64)];

/// A panel.
#[derive(Debug)]
struct Panel<'s> {
    title: String,
    /// What is below.
    axis: String,
    is_over_sizes: bool,
    per: Per,
    /// By implementation: times by size or number of threads.
    curves: BTreeMap<&'s str, Vec<(u64, f64)>>,
}

/// A panel for each family with several sizes and each number of threads.
fn over_sizes<'s>(group: &Group<'s>) -> Vec<Panel<'s>> {
    let mut panels = Vec::new();
    for operation in &group.operations {
        for family in families(operation) {
            let threads: BTreeSet<Option<u32>> = family.iter().map(|row| row.threads).collect();
            for count in threads {
                let rows = family.iter().filter(|row| row.threads == count);
                let points = rows.filter_map(|row| Some((row.case.size?, row)));
                let title = match count {
                    None => String::new(),
                    Some(1) => ", 1 thread".to_owned(),
                    Some(count) => format!(", {count} threads"),
                };
                let title = format!("{}{title}", heading(operation, &family[0].case.family));
                let axis = format!("size of {}", group.component.size);
                panels.extend(Panel::new(title, axis, true, points, SIZES));
            }
        }
    }
    panels
}

/// A panel for each operation with several numbers of threads.
fn over_threads<'s>(group: &Group<'s>, claimed: &Claimed<'_>) -> Vec<Panel<'s>> {
    let panel = |operation: &super::Operation<'s>| {
        let case = chosen(group.component.bench, &operation.rows, claimed);
        let rows = operation.rows.iter().filter(|row| row.case_name == case);
        let points = rows.filter_map(|row| Some((u64::from(row.threads?), row)));
        Panel::new(heading(operation, case), "threads".to_owned(), false, points, 2)
    };
    group.operations.iter().filter_map(panel).collect()
}

impl<'s> Panel<'s> {
    /// None if no curve of ours has so many points.
    fn new<'r>(
        title: String,
        axis: String,
        is_over_sizes: bool,
        points: impl Iterator<Item = (u64, &'r Row<'s>)>,
        least: usize,
    ) -> Option<Self>
    where
        's: 'r,
    {
        let mut curves: BTreeMap<&str, Vec<(u64, f64)>> = BTreeMap::new();
        let mut per = Per::Operation;
        for (place, row) in points {
            for (name, series) in &row.cells {
                curves.entry(name).or_default().push((place, series.best()));
            }
            if !row.is_per_operation() {
                per = Per::Iteration;
            }
        }
        curves.retain(|_, points| points.len() >= least);
        curves.keys().any(|name| is_ours(name)).then_some(Self { title, axis, is_over_sizes, per, curves })
    }

    /// Ours and the fastest peers, and how many peers that leaves out.
    fn shown(&self) -> (Vec<(&'s str, &Points)>, usize) {
        let all = self.curves.iter().map(|(name, points)| (*name, points.as_slice()));
        let (ours, mut peers): (Vec<_>, Vec<_>) = all.partition(|(name, _)| is_ours(name));
        let slowness = |points: &Points| self.slowness(points);
        peers.sort_by(|left, right| slowness(left.1).total_cmp(&slowness(right.1)));
        let left_out = peers.len().saturating_sub(PEERS);
        peers.truncate(PEERS);
        // Ours last, so that they are on top.
        (peers.into_iter().chain(ours).collect(), left_out)
    }

    /// How much slower than the fastest at the same places, as the logarithm of a geometric mean.
    fn slowness(&self, points: &Points) -> f64 {
        let all = || self.curves.values().flatten();
        let fastest = |wanted: u64| {
            all().filter(|(place, _)| *place == wanted).map(|(_, time)| *time).fold(f64::INFINITY, f64::min)
        };
        let logarithms: f64 = points.iter().map(|(place, time)| (time / fastest(*place)).ln()).sum();
        logarithms / real(points.len() as u64)
    }

    fn draw(&self, canvas: &Canvas<'_>, (x, y): (i32, i32), operation: &str, styles: &Lines<'_>) -> Drawn {
        let (curves, left_out) = self.shown();
        let points = || curves.iter().flat_map(|(_, points)| points.iter().copied());
        let times = Scale::of_times(points().map(|(_, time)| time));
        let places: BTreeSet<u64> = points().map(|(place, _)| place).collect();
        let frame = Frame {
            left: x + TIMES,
            width: column_width(COLUMNS) - TIMES - NAMES - PADDING,
            top: y + HEAD,
            across: self.across(&places),
            times,
        };
        canvas.bold(&self.title, (frame.left, y + HEAD / 2 - 3), TEXT, LEFT)?;
        self.draw_axes(canvas, &frame, &places, operation)?;
        for (name, points) in &curves {
            let (width, radius) = if is_ours(name) { (3, 4) } else { (1, 3) };
            let style = styles.style(name);
            let line: Vec<_> = points.iter().map(|(place, time)| frame.point(*place, *time)).collect();
            canvas.line(line.clone(), style.color, width)?;
            line.into_iter().try_for_each(|point| canvas.dot(point, radius, style))?;
        }
        draw_legend(canvas, &frame, &curves, left_out, |name| styles.style(name))
    }

    fn across(&self, places: &BTreeSet<u64>) -> Scale {
        let (least, most) = (places.first().copied().unwrap_or(1), places.last().copied().unwrap_or(1));
        if self.is_over_sizes {
            Scale::of_sizes(real(least), real(most))
        } else {
            Scale::of_numbers(real(least), real(most))
        }
    }

    fn draw_axes(
        &self,
        canvas: &Canvas<'_>,
        frame: &Frame,
        places: &BTreeSet<u64>,
        operation: &str,
    ) -> Drawn {
        let Frame { left, width, top, times, .. } = *frame;
        let bottom = top + HEIGHT;
        for (value, label) in times.ticks(6) {
            let place = bottom - pixels(HEIGHT, times.place(value));
            canvas.line(vec![(left, place), (left + width, place)], FAINT, 1)?;
            canvas.small(&label, (left - 6, place), RIGHT)?;
        }
        for place in places {
            let (across, _) = frame.point(*place, 1.0);
            canvas.line(vec![(across, bottom), (across, bottom + 4)], INK, 1)?;
            canvas.small(&size_label(*place), (across, bottom + 7), BELOW)?;
        }
        canvas.line(vec![(left, top), (left, bottom), (left + width, bottom)], INK, 1)?;
        let what = if self.per == Per::Operation { operation } else { "iteration" };
        let log = if times.is_log { ", log scale" } else { "" };
        let label = format!("{}; time of one {what}{log}", self.axis);
        canvas.small(&label, (left + width / 2, bottom + 11 + SMALL), BELOW)
    }
}

/// Where a panel's curves are.
#[derive(Debug)]
struct Frame {
    left: i32,
    width: i32,
    top: i32,
    across: Scale,
    times: Scale,
}

impl Frame {
    fn point(&self, place: u64, time: f64) -> (i32, i32) {
        let down = HEIGHT - pixels(HEIGHT, self.times.place(time));
        (self.left + pixels(self.width, self.across.place(real(place))), self.top + down)
    }
}

/// The names on the right, in the order in which the curves end.
fn draw_legend(
    canvas: &Canvas<'_>,
    frame: &Frame,
    curves: &[(&str, &Points)],
    left_out: usize,
    style: impl Fn(&str) -> Style,
) -> Drawn {
    let mut names: Vec<(&str, f64)> =
        curves.iter().map(|(name, points)| (*name, points.last().map_or(0.0, |(_, time)| *time))).collect();
    names.sort_by(|left, right| right.1.total_cmp(&left.1));
    let x = frame.left + frame.width + 14;
    let mut middle = frame.top + 6;
    for (name, _) in names {
        let width = if is_ours(name) { 3 } else { 1 };
        canvas.line(vec![(x, middle), (x + 18, middle)], style(name).color, width)?;
        canvas.dot((x + 9, middle), if is_ours(name) { 4 } else { 3 }, style(name))?;
        if is_ours(name) {
            canvas.bold(name, (x + 24, middle), TEXT, LEFT)?;
        } else {
            canvas.text(name, (x + 24, middle), LEFT)?;
        }
        middle += TEXT + 5;
    }
    if left_out > 0 {
        let others = if left_out == 1 { "other" } else { "others" };
        canvas.small(&format!("and {left_out} {others}, in the table"), (x, middle), LEFT)?;
    }
    Ok(())
}

fn real(number: u64) -> f64 {
    number as f64
}

/// The text of an SVG file; None without a panel.
pub(super) fn draw(
    kind: Kind,
    group: &Group<'_>,
    title: &str,
    claimed: &Claimed<'_>,
) -> Result<Option<String>, String> {
    let (sizes, threads) = (over_sizes(group), over_threads(group, claimed));
    let shown = sizes.iter().chain(&threads).flat_map(|panel| panel.shown().0);
    let styles = Lines::of(shown.map(|(name, _)| name));
    let panels = if kind == Kind::Sizes { sizes } else { threads };
    if panels.is_empty() {
        return Ok(None);
    }
    let heights = vec![HEAD + HEIGHT + AXIS; panels.len()];
    let (places, height) = grid(&heights, COLUMNS, PADDING + TITLE, 16);
    let operation = group.component.operation;
    let draw = |canvas: &Canvas<'_>| {
        panels.iter().zip(places).try_for_each(|(panel, place)| panel.draw(canvas, place, operation, &styles))
    };
    picture(height, title, draw).map(Some)
}

#[cfg(test)]
mod tests {
    //! Which peers are drawn.

    use super::*;
    use crate::bench::groups::group;
    use crate::bench::series::sample;

    #[test]
    fn the_fastest_peers_are_drawn_and_all_of_ours() {
        let mut series = vec![
            sample("read_map", "get/1k/flow_map/t=1", &[900.0]),
            sample("read_map", "get/1k/flow_map/t=2", &[900.0]),
        ];
        for peer in 1..=9 {
            for threads in [1, 2] {
                let id = format!("get/1k/peer_{peer}/t={threads}");
                series.push(sample("read_map", &id, &[f64::from(peer)]));
            }
        }
        // Has one number of threads only, so no curve.
        series.push(sample("read_map", "get/1k/lonely/t=1", &[0.1]));
        let groups = group(&series);
        let panels = over_threads(&groups[0], &|_, _| false);
        let (shown, left_out) = panels[0].shown();
        let names: Vec<_> = shown.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["peer_1", "peer_2", "peer_3", "peer_4", "peer_5", "peer_6", "flow_map"]);
        assert_eq!(left_out, 3);
    }

    #[test]
    fn a_peer_that_stops_early_does_not_count_as_fast() {
        let series = ["1k 10.0 11.0", "10k 20.0 22.0", "100k 30.0 33.0", "1m 1000.0 0.0"].map(|line| {
            let parts: Vec<&str> = line.split(' ').collect();
            let time = |place: usize| parts[place].parse::<f64>().expect("a time");
            let id = |name: &str| format!("get/u64_{}/{name}", parts[0]);
            let of = |name: &str, place: usize| sample("read_map", &id(name), &[time(place)]);
            [of("whole", 1), of("early", 2), of("flow_map", 1)]
        });
        let series: Vec<_> = series.into_iter().flatten().filter(|series| series.best() > 0.0).collect();
        let groups = group(&series);
        let panels = over_sizes(&groups[0]);
        let names: Vec<_> = panels[0].shown().0.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["whole", "early", "flow_map"]);
    }
}
