//! The pictures of a report: bars for each operation, curves over sizes, and curves over threads.
//!
//! They are drawn only with the feature `plots`, so that other commands need not wait for a library that draws.

#[cfg(feature = "plots")]
mod drawing;

use super::groups::Group;
use crate::components::Component;

/// Whether a row of claims.toml is about this target and this id.
type Claimed<'c> = dyn Fn(&str, &str) -> bool + 'c;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Bars,
    Sizes,
    Threads,
}

pub(super) const KINDS: [Kind; 3] = [Kind::Bars, Kind::Sizes, Kind::Threads];

impl Kind {
    pub(super) fn file(self, component: &Component) -> String {
        let ending = match self {
            Self::Bars => "bars",
            Self::Sizes => "sizes",
            Self::Threads => "threads",
        };
        format!("{}-{ending}.svg", component.name)
    }

    pub(super) fn title(self, component: &Component) -> String {
        let Component { name, operation, size, .. } = component;
        match self {
            Self::Bars => format!("{name}: time of one {operation}, ours and the peers"),
            Self::Sizes => format!("{name}: time of one {operation}, over the size of {size}"),
            Self::Threads => format!("{name}: time of one {operation}, over threads"),
        }
    }

    /// The text of an SVG file, or None if there is nothing to draw.
    #[cfg(feature = "plots")]
    pub(super) fn draw(self, group: &Group<'_>, claimed: &Claimed<'_>) -> Result<Option<String>, String> {
        drawing::draw(self, group, claimed)
    }

    /// Nothing.
    #[cfg(not(feature = "plots"))]
    pub(super) fn draw(self, _: &Group<'_>, _: &Claimed<'_>) -> Result<Option<String>, String> {
        Ok(None)
    }
}
