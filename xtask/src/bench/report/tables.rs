//! The tables of a report: a row for each case and number of threads, ours and each peer, ratios, spreads and claims.

use super::super::groups::{Group, Operation, Row};
use super::super::id::is_ours;
use super::super::rating::Rated;
use super::super::series::Series;
use super::super::units::{percent, time};
use crate::components::Component;

/// The heading of a component.
pub(super) fn heading_of(group: &Group<'_>) -> String {
    let Component { name, operation, size, .. } = group.component;
    format!("## {name}\n\nTimes are of one {operation}; a size in the name of a case is that of {size}.\n\n")
}

/// All tables of a component.
pub(super) fn of(group: &Group<'_>, claims: &[Rated]) -> String {
    group.operations.iter().map(|operation| table(group.component.bench, operation, claims)).collect()
}

/// Where ours is slower than the fastest peer, whatever that does: the worst first.
pub(super) fn losses(group: &Group<'_>) -> String {
    let mut found: Vec<(f64, [String; 5])> = Vec::new();
    for operation in &group.operations {
        for row in &operation.rows {
            let Some((peer, theirs)) = row.fastest_peer() else { continue };
            for (name, ours) in row.ours() {
                let ratio = ours.best() / theirs.best();
                // As it is printed: what is 1.05 there is as good as the same.
                if ratio >= 1.055 {
                    let case = [operation.name, row.case_name].map(escaped).join("/");
                    let ratio_text = format!("{ratio:.2}");
                    found.push((ratio, [case, threads(row), name.to_owned(), ratio_text, peer.to_owned()]));
                }
            }
        }
    }
    if found.is_empty() {
        return String::new();
    }
    found.sort_by(|left, right| right.0.total_cmp(&left.0));
    let mut rows = vec![["case", "threads", "ours", "ratio", "fastest peer"].map(str::to_owned).to_vec()];
    rows.extend(found.into_iter().map(|(_, cells)| cells.to_vec()));
    format!("### Where a peer of {} is faster\n\n{}\n", group.component.name, markdown(&rows))
}

fn table(target: &str, operation: &Operation<'_>, claims: &[Rated]) -> String {
    let implementations = operation.implementations();
    let mut head = vec!["case".to_owned(), "threads".to_owned()];
    head.extend(
        implementations
            .iter()
            .map(|name| if is_ours(name) { format!("**{name}**") } else { (*name).to_owned() }),
    );
    head.extend(["spread", "claim holds"].map(str::to_owned));
    let mut rows = vec![head];
    for row in &operation.rows {
        let unit = if row.is_per_operation() { "" } else { ", per iteration" };
        let mut cells = vec![format!("{}{unit}", escaped(row.case_name)), threads(row)];
        cells.extend(implementations.iter().map(|name| cell(row, name)));
        cells.push(spreads(row));
        cells.push(claims_of(target, row, claims));
        rows.push(cells);
    }
    format!("### {}\n\n{}\n", escaped(operation.name), markdown(&rows))
}

fn threads(row: &Row<'_>) -> String {
    row.threads.map_or_else(|| "-".to_owned(), |threads| threads.to_string())
}

/// The time; for ours with the ratio to the fastest peer, and bold for that peer.
fn cell(row: &Row<'_>, name: &str) -> String {
    let Some(series) = row.cells.get(name) else { return "-".to_owned() };
    let text = time(series.best());
    match row.fastest_peer() {
        Some((fastest, _)) if fastest == name => format!("**{text}**"),
        Some((_, peer)) if is_ours(name) => format!("{text} ({:.2})", series.best() / peer.best()),
        _ => text,
    }
}

/// The largest spread of ours, and of the peers.
fn spreads(row: &Row<'_>) -> String {
    let largest = |spread: Option<f64>| spread.map(percent);
    let ours = largest(row.ours().filter_map(|(_, series)| series.spread()).reduce(f64::max));
    let peers = largest(row.peers().filter_map(|(_, series)| series.spread()).reduce(f64::max));
    match (ours, peers) {
        (Some(ours), Some(peers)) => format!("{ours} / {peers}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "-".to_owned(),
    }
}

/// The claims about ours in this row.
fn claims_of(target: &str, row: &Row<'_>, claims: &[Rated]) -> String {
    let several = row.ours().count() > 1;
    let mut texts = Vec::new();
    for (name, Series { id, .. }) in row.ours() {
        let id = id.to_string();
        for claim in claims.iter().filter(|claim| claim.is_about(target, &id)) {
            texts.push(if several { format!("{name}: {}", claim.outcome()) } else { claim.outcome() });
        }
    }
    texts.join("<br>")
}

/// Text that a cell of a table can hold.
pub(super) fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

/// A table of Markdown, the first row as the heading.
fn markdown(rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        text += &line(row);
        if index == 0 {
            // Names on the left, numbers on the right.
            let rule = |column: usize| if column == 0 || column + 1 == row.len() { "---" } else { "---:" };
            text += &format!("|{}|\n", (0..row.len()).map(rule).collect::<Vec<_>>().join("|"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    //! Ratios, spreads, claims, and what is missing.

    use super::super::super::groups::group;
    use super::super::super::rating::rate;
    use super::super::super::series::{Per, sample};
    use super::*;
    use crate::claims;

    fn rated(ratio: f64, peer: &str) -> Vec<Rated> {
        let text = format!(
            "[[claim]]\nname = \"a\"\ncomponent = \"arena\"\nours = \"reset/small/flow_arena/t=1\"\n\
             peer = [\"{peer}\"]\nratio = {ratio:?}\n"
        );
        rate(&claims::parse(&text).expect("a good row"), &series())
    }

    fn series() -> Vec<Series> {
        vec![
            sample("arena", "reset/small/flow_arena/t=1", &[3.0, 3.3]),
            sample("arena", "reset/small/bumpalo/t=1", &[2.0, 2.0]),
            sample("arena", "reset/small/blink/t=1", &[4.0, 5.0]),
            sample("arena", "reset/small/flow_arena/t=2", &[6.0, 6.0]),
        ]
    }

    fn tables(series: &[Series], claims: &[Rated]) -> String {
        group(series).iter().map(|group| of(group, claims)).collect()
    }

    #[test]
    fn a_row_has_ours_each_peer_the_ratio_the_spread_and_the_claim() {
        assert_eq!(
            tables(&series(), &rated(0.8, "reset/small/blink/t=1")),
            "### reset\n\n\
             | case | threads | **flow_arena** | blink | bumpalo | spread | claim holds |\n\
             |---|---:|---:|---:|---:|---:|---|\n\
             | small | 1 | 3.00 ns (1.50) | 4.00 ns | **2.00 ns** | 10.0 % / 25.0 % | 0.75 ≤ 0.8: yes |\n\
             | small | 2 | 6.00 ns | - | - | 0.0 % |  |\n\n"
        );
    }

    #[test]
    fn what_is_slower_than_the_fastest_peer_is_listed() {
        let mut series = series();
        series.push(sample("arena", "reset/large/flow_arena/t=1", &[8.0]));
        series.push(sample("arena", "reset/large/bumpalo/t=1", &[2.0]));
        series.push(sample("arena", "reset/none/flow_arena/t=1", &[2.1]));
        series.push(sample("arena", "reset/none/bumpalo/t=1", &[2.0]));
        assert_eq!(
            losses(&group(&series)[0]),
            "### Where a peer of arena is faster\n\n\
             | case | threads | ours | ratio | fastest peer |\n\
             |---|---:|---:|---:|---|\n\
             | reset/large | 1 | flow_arena | 4.00 | bumpalo |\n\
             | reset/small | 1 | flow_arena | 1.50 | bumpalo |\n\n"
        );
    }

    #[test]
    fn a_claim_that_misses_or_was_not_measured_says_so() {
        assert!(tables(&series(), &rated(0.7, "reset/small/blink/t=1")).contains("| 0.75 > 0.7: NO |"));
        assert!(tables(&series(), &rated(0.7, "reset/small/other/t=1")).contains("| not measured |"));
    }

    #[test]
    fn claims_name_who_is_meant_where_there_are_several_of_ours() {
        let mut series = series();
        series.push(sample("arena", "reset/small/flow_lane/t=1", &[2.0, 2.0]));
        let text = tables(&series, &rated(0.8, "reset/small/blink/t=1"));
        assert!(text.contains("flow_arena: 0.75 ≤ 0.8: yes") && text.contains("2.00 ns (1.00)"), "{text}");
    }

    #[test]
    fn iterations_are_not_taken_for_operations() {
        let iteration = Series { per: Per::Iteration, ..sample("arena", "reset/<a|b>/flow_arena", &[3.0]) };
        let text = tables(&[iteration], &[]);
        assert!(text.contains("| &lt;a\\|b>, per iteration | - | 3.00 ns | - |  |"), "{text}");
    }
}
