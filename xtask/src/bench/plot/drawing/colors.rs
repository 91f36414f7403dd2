//! Which implementation has which color.

use std::collections::BTreeSet;

use plotters::style::RGBColor;

use crate::bench::id::is_ours;

pub(super) const INK: RGBColor = RGBColor(40, 40, 40);
pub(super) const FAINT: RGBColor = RGBColor(222, 222, 222);

/// The bars of ours, one shade for each number of threads.
pub(super) const OUR_BARS: [RGBColor; 4] =
    [RGBColor(190, 60, 20), RGBColor(240, 145, 90), RGBColor(120, 40, 20), RGBColor(250, 200, 170)];
/// The same of peers.
pub(super) const PEER_BARS: [RGBColor; 4] =
    [RGBColor(95, 110, 130), RGBColor(175, 187, 203), RGBColor(55, 65, 80), RGBColor(215, 222, 230)];

/// Lines of ours: shades of red.
const OUR_LINES: [RGBColor; 5] = [
    RGBColor(200, 40, 20),
    RGBColor(245, 135, 50),
    RGBColor(140, 25, 60),
    RGBColor(250, 100, 120),
    RGBColor(205, 80, 170),
];
/// Lines of peers: no red.
const PEER_LINES: [RGBColor; 9] = [
    RGBColor(47, 95, 160),
    RGBColor(89, 161, 79),
    RGBColor(140, 100, 170),
    RGBColor(90, 185, 190),
    RGBColor(80, 80, 80),
    RGBColor(120, 85, 65),
    RGBColor(150, 195, 230),
    RGBColor(190, 175, 40),
    RGBColor(165, 165, 165),
];

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) color: RGBColor,
    /// Whether its dots are rings: where there are more lines than colors.
    pub(super) is_ring: bool,
}

/// The styles of lines, the same in all pictures of a component.
#[derive(Debug)]
pub(super) struct Lines<'s> {
    ours: Vec<&'s str>,
    peers: Vec<&'s str>,
}

impl<'s> Lines<'s> {
    pub(super) fn of(names: impl Iterator<Item = &'s str>) -> Self {
        let all: BTreeSet<&str> = names.collect();
        let (ours, peers) = all.into_iter().partition(|name| is_ours(name));
        Self { ours, peers }
    }

    pub(super) fn style(&self, name: &str) -> Style {
        let (names, colors) =
            if is_ours(name) { (&self.ours, &OUR_LINES[..]) } else { (&self.peers, &PEER_LINES[..]) };
        let place = names.iter().position(|other| *other == name).unwrap_or(0);
        Style { color: colors[place % colors.len()], is_ring: place >= colors.len() }
    }
}

#[cfg(test)]
mod tests {
    //! A style of its own for each.

    use super::*;

    #[test]
    fn lines_differ_even_if_there_are_more_than_colors() {
        let names: Vec<String> = (0..18)
            .map(|peer| format!("peer_{peer:02}"))
            .chain((0..10).map(|ours| format!("flow_{ours}")))
            .collect();
        let lines = Lines::of(names.iter().map(String::as_str));
        let styles: Vec<Style> = names.iter().map(|name| lines.style(name)).collect();
        for (index, style) in styles.iter().enumerate() {
            assert!(!styles[..index].contains(style), "{}", names[index]);
        }
        assert_eq!(lines.style("flow_1"), Style { color: OUR_LINES[1], is_ring: false });
        assert!(lines.style("peer_09").is_ring);
    }
}
