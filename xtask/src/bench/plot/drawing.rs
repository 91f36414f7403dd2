//! Draws the pictures: panels in a grid, on a white ground of their own.
//!
//! They are read with the table beside them: a panel shows one case for many, the table all.

mod bars;
mod canvas;
mod colors;
mod curves;
mod scale;

use super::{Claimed, Kind};
use crate::bench::groups::{Group, Operation, Row};

/// The text of an SVG file, or None if there is nothing to draw.
pub(super) fn draw(kind: Kind, group: &Group<'_>, claimed: &Claimed<'_>) -> Result<Option<String>, String> {
    let title = kind.title(group.component);
    match kind {
        Kind::Bars => bars::draw(group, &title, claimed).map(Some),
        Kind::Sizes | Kind::Threads => curves::draw(kind, group, &title, claimed),
    }
}

/// The rows of each family.
fn families<'o, 's>(operation: &'o Operation<'s>) -> impl Iterator<Item = &'o [Row<'s>]> {
    operation.rows.chunk_by(|left, right| left.case.family == right.case.family)
}

/// The families of an operation that are worth a panel: those that a claim is about, or else the one that most can do.
fn shown<'o, 's>(target: &str, operation: &'o Operation<'s>, claimed: &Claimed<'_>) -> Vec<&'o [Row<'s>]> {
    let (about, others): (Vec<_>, Vec<_>) =
        families(operation).partition(|family| family.iter().any(|row| is_claimed(target, row, claimed)));
    if about.is_empty() {
        let breadth = |family: &&[Row<'_>]| family.iter().map(|row| row.cells.len()).max();
        return others.into_iter().max_by_key(breadth).into_iter().collect();
    }
    about
}

fn is_claimed(target: &str, row: &Row<'_>, claimed: &Claimed<'_>) -> bool {
    row.ours().any(|(_, series)| claimed(target, &series.id.to_string()))
}

/// The case of a family that stands for all: one that a claim is about, or else the one that most can do, in the middle of
/// those.
fn chosen<'o, 's>(target: &str, family: &'o [Row<'s>], claimed: &Claimed<'_>) -> &'o str
where
    's: 'o,
{
    let weight = |row: &Row<'_>| (is_claimed(target, row, claimed), row.cells.len());
    let most = family.iter().map(weight).max();
    let best: Vec<&str> =
        family.iter().filter(|row| Some(weight(row)) == most).map(|row| row.case_name).collect();
    best.get(best.len() / 2).copied().unwrap_or_default()
}

/// What a panel is headed with.
fn heading(operation: &Operation<'_>, case: &str) -> String {
    if case.is_empty() { operation.name.to_owned() } else { format!("{} / {case}", operation.name) }
}

#[cfg(test)]
mod tests {
    //! Pictures that a program can read.

    use super::*;
    use crate::bench::groups::group;
    use crate::bench::series::{Series, sample};

    fn series() -> Vec<Series> {
        let mut all = Vec::new();
        for (size, factor) in [("1k", 1.0), ("10k", 2.0), ("1m", 30.0)] {
            for threads in [1, 2] {
                for (name, time) in [("flow_map", 10.0), ("a<b>&\"c'", 20.0), ("papaya", 2000.0)] {
                    let id = format!("get/u64_{size}/{name}/t={threads}");
                    all.push(sample("read_map", &id, &[time * factor, time * factor * 1.1]));
                }
            }
        }
        all
    }

    fn picture(kind: Kind, series: &[Series]) -> Option<String> {
        kind.draw(&group(series)[0], &|_, _| false).expect("it can be drawn")
    }

    /// The tags in order, having checked that they are closed in order and that no `&` is bare: as much of XML as SVG needs.
    fn tags(svg: &str) -> Vec<String> {
        let (mut seen, mut open) = (Vec::new(), Vec::new());
        for (index, part) in svg.split('<').enumerate() {
            let text = part.split_once('>').map_or(part, |(_, text)| text);
            for entity in text.split('&').skip(1) {
                let known = ["amp;", "lt;", "gt;", "quot;", "apos;", "#"];
                assert!(known.iter().any(|name| entity.starts_with(name)), "a bare & in {text:?}");
            }
            if index == 0 {
                continue;
            }
            let (tag, _) = part.split_once('>').expect("a tag has an end");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name), "closed in order");
            } else if !tag.starts_with(['?', '!']) {
                let name = tag.split([' ', '\n', '/']).next().unwrap_or_default().to_owned();
                assert_eq!(tag.matches('"').count() % 2, 0, "quotes in {tag:?}");
                if !tag.ends_with('/') {
                    open.push(name.clone());
                }
                seen.push(name);
            }
        }
        assert_eq!(open, Vec::<String>::new());
        seen
    }

    #[test]
    fn pictures_are_well_formed_and_have_their_labels() {
        for (kind, labels) in [
            (Kind::Bars, &["get / u64_10k", "20.0 ns", "4.00 µs", "Flow, 1 thread", "log scale"][..]),
            (Kind::Sizes, &["get / u64, 2 threads", "the map in entries", "1M", "1 µs", "log scale"]),
            (Kind::Threads, &["get / u64_10k", "threads", "time of one operation"]),
        ] {
            let svg = picture(kind, &series()).expect("there is something to draw");
            let tags = tags(&svg);
            assert_eq!(tags.iter().filter(|tag| *tag == "svg").count(), 1, "{kind:?}");
            for label in ["flow_map", "papaya", "a&lt;b&gt;&amp;"].iter().chain(labels) {
                assert!(svg.contains(label), "{kind:?}: {label}\n{svg}");
            }
            if kind == Kind::Bars {
                // The legend comes before the bars: ours with one thread and with two, then the peers'.
                let fills: Vec<&str> =
                    svg.split("<rect").skip(2).take(4).filter_map(|rect| rect.split('"').nth(9)).collect();
                assert_eq!(fills, ["#BE3C14", "#F0915A", "#5F6E82", "#AFBBCB"]);
            }
            let ground = tags.iter().position(|tag| tag == "rect").expect("a ground");
            assert_eq!(ground, 1, "{kind:?}: the ground comes first");
            assert!(svg.contains("#FFFFFF"), "{kind:?}");
        }
    }

    #[test]
    fn an_implementation_has_one_color_in_all_curves() {
        let mut series = series();
        for size in ["1k", "10k", "1m"] {
            series.push(sample("read_map", &format!("get/u64_{size}/one_thread_alone/t=1"), &[15.0]));
        }
        let color = |kind: Kind, name: &str| {
            let svg = picture(kind, &series)?;
            let (before, _) = svg.split_once(name)?;
            before.rsplit('"').find(|value| value.starts_with('#')).map(str::to_owned)
        };
        assert!(color(Kind::Sizes, "one_thread_alone").is_some());
        assert_eq!(color(Kind::Threads, "one_thread_alone"), None);
        for name in ["flow_map", "papaya"] {
            let of_sizes = color(Kind::Sizes, name);
            assert!(of_sizes.is_some());
            assert_eq!(of_sizes, color(Kind::Threads, name), "{name}");
        }
    }

    #[test]
    fn what_has_one_size_and_one_number_of_threads_has_no_curves() {
        let one =
            [sample("arena", "create/64/flow_arena", &[1.0]), sample("arena", "create/64/bumpalo", &[1.0])];
        assert_eq!(picture(Kind::Sizes, &one), None);
        assert_eq!(picture(Kind::Threads, &one), None);
        assert!(picture(Kind::Bars, &one).is_some());
    }

    #[test]
    fn families_that_are_claimed_have_panels_or_else_the_widest_has() {
        let mut series = series();
        series.push(sample("read_map", "get/text_1k/flow_map/t=1", &[1.0]));
        series.push(sample("read_map", "get/zipf_1k/flow_map/t=1", &[1.0]));
        let groups = group(&series);
        let get = &groups[0].operations[0];
        let names = |claimed: &Claimed<'_>| -> Vec<&str> {
            shown("read_map", get, claimed).iter().map(|family| family[0].case.family.as_str()).collect()
        };
        assert_eq!(families(get).count(), 3);
        assert_eq!(names(&|_, _| false), ["u64"]);
        assert_eq!(names(&|_, id| id.contains("1k/flow_map")), ["text", "u64", "zipf"]);
        assert_eq!(names(&|_, id| id.contains("zipf")), ["zipf"]);
    }

    #[test]
    fn the_case_that_is_claimed_stands_for_its_family() {
        let series = series();
        let groups = group(&series);
        let rows = &groups[0].operations[0].rows;
        assert_eq!(chosen("read_map", rows, &|_, _| false), "u64_10k");
        assert_eq!(chosen("read_map", rows, &|_, id| id == "get/u64_1m/flow_map/t=1"), "u64_1m");
        assert_eq!(chosen("arena", rows, &|target, _| target == "read_map"), "u64_10k");
    }
}
