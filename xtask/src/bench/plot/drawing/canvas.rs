//! What pictures are drawn on: pixels, from the upper left corner, on white.

use std::fmt::Display;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::colors::{INK, Style};

/// What can go wrong is that text cannot be laid out, for which there is no reason.
pub(super) type Drawn = Result<(), String>;

pub(super) const WIDTH: i32 = 1200;
/// Around everything.
pub(super) const PADDING: i32 = 16;
/// The size of most text.
pub(super) const TEXT: i32 = 15;
/// The size of numbers at axes and bars.
pub(super) const SMALL: i32 = 13;
/// The size of the title.
const HEADING: i32 = 22;
/// The height of the title, with what is below it.
pub(super) const TITLE: i32 = 40;

pub(super) const LEFT: (HPos, VPos) = (HPos::Left, VPos::Center);
pub(super) const RIGHT: (HPos, VPos) = (HPos::Right, VPos::Center);
pub(super) const BELOW: (HPos, VPos) = (HPos::Center, VPos::Top);

/// A picture that is being drawn.
pub(super) struct Canvas<'t>(DrawingArea<SVGBackend<'t>, Shift>);

impl Canvas<'_> {
    pub(super) fn text(&self, text: &str, at: (i32, i32), anchor: (HPos, VPos)) -> Drawn {
        self.write(text, at, TEXT, FontStyle::Normal, anchor)
    }

    pub(super) fn small(&self, text: &str, at: (i32, i32), anchor: (HPos, VPos)) -> Drawn {
        self.write(text, at, SMALL, FontStyle::Normal, anchor)
    }

    pub(super) fn bold(&self, text: &str, at: (i32, i32), size: i32, anchor: (HPos, VPos)) -> Drawn {
        self.write(text, at, size, FontStyle::Bold, anchor)
    }

    fn write(
        &self,
        text: &str,
        at: (i32, i32),
        size: i32,
        style: FontStyle,
        (across, down): (HPos, VPos),
    ) -> Drawn {
        let font = ("sans-serif", size, style).into_font().color(&INK).pos(Pos::new(across, down));
        self.0.draw(&Text::new(text.to_owned(), at, font)).map_err(cannot_draw)
    }

    pub(super) fn bar(&self, from: (i32, i32), to: (i32, i32), color: RGBColor) -> Drawn {
        self.0.draw(&Rectangle::new([from, to], color.filled())).map_err(cannot_draw)
    }

    pub(super) fn line(&self, points: Vec<(i32, i32)>, color: RGBColor, width: u32) -> Drawn {
        self.0.draw(&PathElement::new(points, color.stroke_width(width))).map_err(cannot_draw)
    }

    pub(super) fn dot(&self, at: (i32, i32), radius: i32, Style { color, is_ring }: Style) -> Drawn {
        self.0.draw(&Circle::new(at, radius, color.filled())).map_err(cannot_draw)?;
        if is_ring {
            self.0.draw(&Circle::new(at, radius - 2, WHITE.filled())).map_err(cannot_draw)
        } else {
            Ok(())
        }
    }
}

/// A picture of that height, as the text of an SVG file.
pub(super) fn picture(
    height: i32,
    title: &str,
    draw: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<String, String> {
    let mut picture = String::new();
    {
        let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
        let area = SVGBackend::with_string(&mut picture, size).into_drawing_area();
        area.fill(&WHITE).map_err(cannot_draw)?;
        let canvas = Canvas(area);
        canvas.bold(title, (PADDING, PADDING), HEADING, (HPos::Left, VPos::Top))?;
        draw(&canvas)?;
        canvas.0.present().map_err(cannot_draw)?;
    }
    Ok(shortened(&picture))
}

/// Without what every element says and could leave out, which is a third of the file.
fn shortened(picture: &str) -> String {
    let font = " font-family=\"sans-serif\"";
    let mut text = picture.replace(" opacity=\"1\"", "").replace(" stroke=\"none\"", "").replace(font, "");
    for size in [TEXT, SMALL, HEADING] {
        // As plotters has it: it takes a size for the height of a line.
        let size = f64::from(size) / 1.24;
        text = text.replace(&format!("\"{size}\""), &format!("\"{size:.1}\""));
    }
    text.replacen("<svg", &format!("<svg{font}"), 1)
}

fn cannot_draw(error: impl Display) -> String {
    format!("cannot draw: {error}")
}

/// The number of pixels that `part` of `length` has.
#[expect(clippy::cast_possible_truncation, reason = "between 0 and the length")]
pub(super) fn pixels(length: i32, part: f64) -> i32 {
    (f64::from(length) * part.clamp(0.0, 1.0)).round() as i32
}

/// Puts panels side by side: where each begins, and how high all are together. Those of a line are as high as the highest.
pub(super) fn grid(heights: &[i32], columns: usize, top: i32, gap: i32) -> (Vec<(i32, i32)>, i32) {
    let mut places = Vec::new();
    let mut y = top;
    for line in heights.chunks(columns) {
        let mut x = PADDING;
        for _ in line {
            places.push((x, y));
            x += column_width(columns);
        }
        y += line.iter().copied().max().unwrap_or(0) + gap;
    }
    (places, y - gap + PADDING)
}

/// How far apart columns begin.
pub(super) fn column_width(columns: usize) -> i32 {
    (WIDTH - 2 * PADDING) / i32::try_from(columns.max(1)).unwrap_or(1)
}
