//! The picture of who ran what when: a row for each thread, a bar for each task, a color for each kind.

mod colors;
mod layout;

use std::collections::HashMap;

use flow_workflow::{NodeStatus, NodeTiming, Report, wfformat::Instance};
use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use self::{
    colors::{Colors, Legend},
    layout::{Axis, Layout, PADDING, TEXT},
};
use super::summary::Status;
use crate::{
    plain,
    units::{count, grouped, time},
};

type Area<'t> = DrawingArea<SVGBackend<'t>, Shift>;

/// What can go wrong is that text cannot be laid out, for which there is no reason.
type Drawn = Result<(), String>;

const INK: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(222, 222, 222);
const FAILED: RGBColor = RGBColor(200, 0, 0);

/// Bars that are at least so wide have a border, which keeps neighbors of one kind apart.
const BORDERED: i32 = 4;

/// Draws it, as the text of an SVG file.
pub(super) fn draw(
    instance: &Instance,
    report: &Report,
    status: Status,
    threads: usize,
) -> Result<String, String> {
    let mut timings: Vec<NodeTiming<'_>> = report.timings().into_iter().flatten().collect();
    // What took less than a pixel is a pixel wide, and must not hide what took longer.
    timings.sort_by_key(|timing| timing.end.saturating_sub(timing.start));
    let kinds: HashMap<&str, &str> =
        instance.tasks.iter().map(|task| (task.id.as_str(), task.kind())).collect();
    let kind = |timing: &NodeTiming<'_>| kinds.get(timing.node.name()).copied().unwrap_or_default();
    let any_failed = !report.failures().is_empty();
    let colors = Colors::of(timings.iter().map(|timing| (kind(timing), timing.busy)), any_failed);
    let axis = Axis::of(report.elapsed());
    let layout = Layout::of(threads, &colors);

    let mut picture = String::new();
    {
        let size = (layout.width.unsigned_abs(), layout.height.unsigned_abs());
        let area = SVGBackend::with_string(&mut picture, size).into_drawing_area();
        area.fill(&WHITE).map_err(text_of)?;
        let title = title(report, status, timings.len(), threads);
        write(&area, &title, (layout.left, PADDING), 18, INK, (HPos::Left, VPos::Top))?;
        draw_axes(&area, &layout, &axis, threads)?;
        for timing in &timings {
            draw_bar(&area, &layout, &axis, timing, colors.color(kind(timing)), report)?;
        }
        draw_legend(&area, &layout, &colors)?;
        area.present().map_err(text_of)?;
    }
    Ok(picture)
}

/// What ran, and how it ended if not as it should.
fn title(report: &Report, status: Status, ran: usize, threads: usize) -> String {
    let workflow = report.workflow();
    let of_all = if ran < workflow.len() { &format!("{} of ", grouped(ran)) } else { "" };
    let ended = if status == Status::Completed { "" } else { &format!(", {}", status.name()) };
    format!(
        "{}: {of_all}{} on {}, {}{ended}",
        plain::name(workflow.name()),
        count(workflow.len(), "task"),
        count(threads, "thread"),
        time(report.elapsed())
    )
}

fn text_of(error: impl std::fmt::Display) -> String {
    format!("cannot draw: {error}")
}

fn write(
    area: &Area<'_>,
    text: &str,
    at: (i32, i32),
    size: i32,
    color: RGBColor,
    (horizontal, vertical): (HPos, VPos),
) -> Drawn {
    let style = ("sans-serif", size).into_font().color(&color).pos(Pos::new(horizontal, vertical));
    area.draw(&Text::new(text.to_owned(), at, style)).map_err(text_of)
}

/// The time below, with lines through the rows, and the threads on the left.
fn draw_axes(area: &Area<'_>, layout: &Layout, axis: &Axis, threads: usize) -> Drawn {
    let Layout { left, right, top, bottom, .. } = *layout;
    for (place, label) in axis.ticks(left, right) {
        let line = PathElement::new([(place, top), (place, bottom + 4)], FAINT);
        area.draw(&line).map_err(text_of)?;
        write(area, &label, (place, bottom + 8), TEXT, INK, (HPos::Center, VPos::Top))?;
    }
    let middle = i32::midpoint(left, right);
    let label = format!("time since the start, in {}", axis.unit);
    write(area, &label, (middle, bottom + 8 + TEXT + 6), TEXT, INK, (HPos::Center, VPos::Top))?;
    area.draw(&PathElement::new([(left, bottom), (right, bottom)], INK)).map_err(text_of)?;
    for row in (0..threads).step_by(layout.label_step()) {
        let place = i32::midpoint(layout.row(row), layout.row(row) + layout.row_height);
        let label = format!("thread {row}");
        write(area, &label, (left - 8, place), TEXT, INK, (HPos::Right, VPos::Center))?;
    }
    Ok(())
}

fn draw_bar(
    area: &Area<'_>,
    layout: &Layout,
    axis: &Axis,
    timing: &NodeTiming<'_>,
    color: RGBColor,
    report: &Report,
) -> Drawn {
    let name = timing.node.name();
    let label = plain::name(name);
    let (start, end) = (axis.place(timing.start, layout), axis.place(timing.end, layout));
    let end = end.max(start + 1);
    let (top, bottom) = (layout.row(timing.worker), layout.row(timing.worker) + layout.bar_height());
    let corners = [(start, top), (end, bottom)];
    area.draw(&Rectangle::new(corners, color.filled())).map_err(text_of)?;
    let is_failed = report.status(name) == Some(NodeStatus::Failed);
    if is_failed {
        area.draw(&Rectangle::new(corners, FAILED.stroke_width(2))).map_err(text_of)?;
    } else if end - start >= BORDERED {
        area.draw(&Rectangle::new(corners, WHITE.stroke_width(1))).map_err(text_of)?;
    }
    let size = TEXT - 2;
    let room = usize::try_from((end - start - 8).max(0)).unwrap_or(0);
    if layout.bar_height() > size && label.chars().count() * 6 <= room {
        let place = (i32::midpoint(start, end), i32::midpoint(top, bottom));
        write(area, &label, place, size, colors::text_on(color), (HPos::Center, VPos::Center))?;
    }
    Ok(())
}

fn draw_legend(area: &Area<'_>, layout: &Layout, colors: &Colors<'_>) -> Drawn {
    for (Legend { label, color }, (x, y)) in colors.legend().zip(layout.legend_places()) {
        let square = [(x, y), (x + TEXT, y + TEXT)];
        let style = color.map_or(FAILED.stroke_width(2), |color| color.filled());
        area.draw(&Rectangle::new(square, style)).map_err(text_of)?;
        let middle = y + TEXT / 2;
        write(area, &label, (x + TEXT + 6, middle), TEXT, INK, (HPos::Left, VPos::Center))?;
    }
    Ok(())
}
