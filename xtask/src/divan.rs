//! Reads divan's tables, because divan prints nothing else.
//!
//! Every benchmark gets an id: the names along its path in the tree joined by `/`, without the root, which is the
//! name of the bench target. So the row
//!
//! ```text
//! arena           fastest  │ slowest  │ median   │ mean     │ samples │ iters
//! ╰─ alloc_64              │          │          │          │         │
//!    ╰─ flow               │          │          │          │         │
//!       ╰─ t=2   40.31 ns │ 61.21 ns │ 42.18 ns │ 48.61 ns │ 100     │ 40
//! ```
//!
//! of the target `arena` has the id `alloc_64/flow/t=2`. Where a benchmark counts items, the line below has their rate, and so
//! the time for one of them.

use std::collections::BTreeSet;

/// A benchmark and its median time for one iteration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measurement {
    /// The bench target, such as `string_pool`.
    pub(crate) target: String,
    /// The path below it, such as `alloc_64/flow/t=1`.
    pub(crate) id: String,
    /// The median, in nanoseconds.
    pub(crate) median: f64,
    /// The median for one operation, in nanoseconds, if the benchmark says how many an iteration has.
    pub(crate) operation: Option<f64>,
}

/// Which column holds the median.
const MEDIAN: usize = 2;
/// The same, counted from the right, where branches of the tree do not count.
const MEDIAN_FROM_RIGHT: usize = 3;

/// The measurements in divan's output; lines that belong to no table are passed over.
///
/// An unreadable row is an error: leaving it out would look as if it had not been asked for.
pub(crate) fn parse(output: &str) -> Result<Vec<Measurement>, String> {
    let mut measurements = Vec::new();
    let mut target: Option<&str> = None;
    let mut path: Vec<&str> = Vec::new();
    for line in output.lines() {
        if let Some(name) = root(line) {
            target = Some(name);
            path.clear();
        } else if line.trim().is_empty() {
            // An empty line ends a table.
            target = None;
        } else if let (Some(target), Some(node)) = (target, Node::parse(line)) {
            path.truncate(node.depth);
            path.push(node.name);
            if let Some(median) = node.columns.get(MEDIAN).filter(|column| !column.is_empty()) {
                let median = nanoseconds(median)
                    .ok_or_else(|| format!("cannot read the median {median:?} in the line {line:?}"))?;
                let id = path.join("/");
                measurements.push(Measurement { target: target.to_owned(), id, median, operation: None });
            }
        } else if let (Some(_), Some(rate), Some(last)) = (target, rate(line), measurements.last_mut()) {
            let items = items_a_second(rate)
                .ok_or_else(|| format!("cannot read the rate {rate:?} in the line {line:?}"))?;
            last.operation = Some(1e9 / items);
        }
    }
    Ok(measurements)
}

/// Target and id of all benchmarks and groups in what divan prints of benchmarks that run once: the tree without columns.
pub(crate) fn names(output: &str) -> BTreeSet<(String, String)> {
    let mut names = BTreeSet::new();
    let mut target = "";
    let mut path: Vec<&str> = Vec::new();
    for line in output.lines() {
        if let Some(node) = Node::parse(line) {
            path.truncate(node.depth);
            path.push(node.name);
            names.insert((target.to_owned(), path.join("/")));
        } else if !line.trim().is_empty() {
            // What stands directly above a tree is its root.
            target = line.trim();
            path.clear();
        }
    }
    names
}

/// The name of the bench target, if `line` is the head of a table.
fn root(line: &str) -> Option<&str> {
    let (name, columns) = line.split_once("  ")?;
    let headed = columns.trim_start().starts_with("fastest ") && columns.contains("│ median");
    (headed && !name.is_empty()).then_some(name)
}

/// One line of the tree: a group or a benchmark.
#[derive(Debug, PartialEq)]
struct Node<'line> {
    depth: usize,
    name: &'line str,
    columns: Vec<&'line str>,
}

impl<'line> Node<'line> {
    /// `None` for the lines below a benchmark with its throughput or allocations, which have no branch.
    fn parse(line: &'line str) -> Option<Self> {
        let mut rest = line;
        let mut depth = 0;
        loop {
            if let Some(below) = rest.strip_prefix("│  ").or_else(|| rest.strip_prefix("   ")) {
                rest = below;
                depth += 1;
            } else {
                rest = rest.strip_prefix("├─ ").or_else(|| rest.strip_prefix("╰─ "))?;
                break;
            }
        }
        // At least two spaces follow the name when there are columns.
        let (name, columns) = rest.split_once("  ").unwrap_or((rest, ""));
        Some(Self { depth, name, columns: columns.split('│').map(str::trim).collect() })
    }
}

/// The median rate of items, if the line has one.
fn rate(line: &str) -> Option<&str> {
    let median = line.rsplit('│').nth(MEDIAN_FROM_RIGHT)?.trim();
    median.ends_with("item/s").then_some(median)
}

/// Reads a rate such as `1.264 Gitem/s`.
fn items_a_second(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once(' ')?;
    let factor = match unit {
        "item/s" => 1.0,
        "Kitem/s" => 1e3,
        "Mitem/s" => 1e6,
        "Gitem/s" => 1e9,
        "Titem/s" => 1e12,
        _ => return None,
    };
    let items = number.parse::<f64>().ok()? * factor;
    (items > 0.0).then_some(items)
}

/// Reads a time such as `1.219 µs`.
fn nanoseconds(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once(' ')?;
    let factor = match unit {
        "ps" => 1e-3,
        "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3600e9,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    //! Against output that divan really printed.

    use super::*;

    const SAMPLE: &str = include_str!("divan/sample.txt");

    fn median(measurements: &[Measurement], id: &str) -> Option<f64> {
        measurements.iter().find(|each| each.id == id).map(|found| found.median)
    }

    #[test]
    fn every_benchmark_of_the_sample_is_read() {
        let measurements = parse(SAMPLE).expect("divan printed it");
        assert!(measurements.iter().all(|each| each.target == "scratch"));
        let ids: Vec<_> = measurements.iter().map(|each| each.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "a plain one",
                "sized/1",
                "sized/64",
                "sized/1024",
                "slow",
                "alloc_64/bumpalo/t=1",
                "alloc_64/bumpalo/t=2",
                "alloc_64/flow/t=1",
                "alloc_64/flow/t=2",
                "typed/String/1/t=1",
                "typed/String/1/t=2",
                "typed/String/10/t=1",
                "typed/String/10/t=2",
                "typed/Vec<u8>/1/t=1",
                "typed/Vec<u8>/1/t=2",
                "typed/Vec<u8>/10/t=1",
                "typed/Vec<u8>/10/t=2",
            ]
        );
    }

    #[test]
    fn medians_are_in_nanoseconds() {
        let measurements = parse(SAMPLE).expect("divan printed it");
        assert_eq!(median(&measurements, "a plain one"), Some(0.316));
        assert_eq!(median(&measurements, "slow"), Some(19.03e6));
        assert_eq!(median(&measurements, "alloc_64/flow/t=2"), Some(585.6));
        assert_eq!(median(&measurements, "typed/Vec<u8>/10/t=2"), Some(38.87));
    }

    #[test]
    fn an_operation_is_what_the_benchmark_counts() {
        let measurements = parse(SAMPLE).expect("divan printed it");
        let operation = |id: &str| measurements.iter().find(|each| each.id == id).expect(id).operation;
        assert_eq!(operation("sized/1024"), Some(1e9 / 2.185e9));
        assert_eq!(operation("alloc_64/flow/t=2"), Some(1e9 / 1.707e9));
        assert_eq!(operation("slow"), None);
        assert_eq!(operation("alloc_64/bumpalo/t=1"), None);
        let problem = parse(&SAMPLE.replace("1.264 Gitem/s", "1.264 Xitem/s")).expect_err("no such unit");
        assert!(problem.contains("1.264 Xitem/s"), "{problem}");
    }

    #[test]
    fn several_tables_keep_their_targets() {
        let second = SAMPLE.replace("scratch ", "other   ");
        let measurements = parse(&format!("     Running benches\n{SAMPLE}{second}")).expect("two tables");
        assert_eq!(measurements.len(), 34);
        assert_eq!(measurements[17].target, "other");
        assert_eq!(measurements[17].id, "a plain one");
    }

    #[test]
    fn only_the_head_of_a_table_names_a_target() {
        assert_eq!(root("scratch      fastest       │ slowest       │ median"), Some("scratch"));
        for line in
            ["scratch  fastest of all", "scratch  slowest │ median", "  fastest │ median", "scratch fastest"]
        {
            assert_eq!(root(line), None, "{line}");
        }
    }

    #[test]
    fn output_without_a_table_has_no_measurements() {
        assert_eq!(parse("Timer precision: 22 ns\n\nscratch\n├─ slow\n╰─ sized\n   ╰─ 1\n"), Ok(vec![]));
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn names_are_read_of_what_ran_once() {
        let output =
            "\nrunning 0 tests\narena\n├─ slow\n╰─ sized\n   ├─ 1\n   │  ╰─ t=2\n   ╰─ 2\n\nother\n╰─ slow\n";
        let names: Vec<_> = names(output).into_iter().map(|(target, id)| format!("{target}: {id}")).collect();
        assert_eq!(
            names,
            [
                "arena: sized",
                "arena: sized/1",
                "arena: sized/1/t=2",
                "arena: sized/2",
                "arena: slow",
                "other: slow"
            ]
        );
    }

    #[test]
    fn an_unreadable_median_is_an_error() {
        let problem = parse(&SAMPLE.replace("585.6 ns", "585.6 xs")).expect_err("no such unit");
        assert!(problem.contains("585.6 xs"), "{problem}");
    }

    #[test]
    fn all_units_are_known() {
        for (text, expected) in [("0.5 ps", 0.5e-3), ("2 ns", 2.0), ("1.219 µs", 1219.0), ("3 s", 3e9)] {
            assert_eq!(nanoseconds(text), Some(expected), "{text}");
        }
        assert_eq!(nanoseconds("(ignored)"), None);
        assert_eq!(nanoseconds("fast ns"), None);
    }
}
