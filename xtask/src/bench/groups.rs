//! Series in the order in which people look for them: by component, operation, and case.

use std::collections::{BTreeMap, BTreeSet};

use super::id::{Case, is_ours};
use super::series::{Per, Series};
use crate::components::{COMPONENTS, Component};

/// A component with all that was measured of it.
#[derive(Debug)]
pub(super) struct Group<'s> {
    pub(super) component: &'static Component,
    pub(super) operations: Vec<Operation<'s>>,
}

/// An operation of a component, such as `intern_hit`.
#[derive(Debug)]
pub(super) struct Operation<'s> {
    pub(super) name: &'s str,
    /// By family, size and number of threads.
    pub(super) rows: Vec<Row<'s>>,
}

/// What is compared: the same operation and case with as many threads, by each implementation.
#[derive(Debug)]
pub(super) struct Row<'s> {
    pub(super) case_name: &'s str,
    pub(super) case: Case,
    pub(super) threads: Option<u32>,
    /// By implementation.
    pub(super) cells: BTreeMap<&'s str, &'s Series>,
}

impl<'s> Row<'s> {
    pub(super) fn ours(&self) -> impl Iterator<Item = (&'s str, &'s Series)> {
        self.cells.iter().filter(|(name, _)| is_ours(name)).map(|(name, series)| (*name, *series))
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = (&'s str, &'s Series)> {
        self.cells.iter().filter(|(name, _)| !is_ours(name)).map(|(name, series)| (*name, *series))
    }

    /// The peer whose best round is the best of all.
    pub(super) fn fastest_peer(&self) -> Option<(&'s str, &'s Series)> {
        self.peers().min_by(|left, right| left.1.best().total_cmp(&right.1.best()))
    }

    /// Whether times are those of one operation.
    pub(super) fn is_per_operation(&self) -> bool {
        self.cells.values().all(|series| series.per == Per::Operation)
    }
}

impl<'s> Operation<'s> {
    /// All implementations, ours first.
    pub(super) fn implementations(&self) -> Vec<&'s str> {
        let all: BTreeSet<&str> = self.rows.iter().flat_map(|row| row.cells.keys().copied()).collect();
        let (ours, peers): (Vec<&str>, Vec<&str>) = all.into_iter().partition(|name| is_ours(name));
        [ours, peers].concat()
    }
}

/// All components of which something was measured.
pub(super) fn group(all: &[Series]) -> Vec<Group<'_>> {
    let of = |component: &'static Component| {
        let mut operations: Vec<Operation<'_>> = Vec::new();
        for series in all.iter().filter(|series| series.target == component.bench) {
            insert(&mut operations, series, threads_of(series, all));
        }
        for operation in &mut operations {
            // Stable: what is named alike stays in the order of divan.
            operation
                .rows
                .sort_by(|left, right| (&left.case, left.threads).cmp(&(&right.case, right.threads)));
        }
        Group { component, operations }
    };
    COMPONENTS.iter().map(of).filter(|group| !group.operations.is_empty()).collect()
}

/// The number of threads of the row that `series` is in. One without such a number is in the row with the least of its case in
/// `all`: divan does not say the number where there is only one.
pub(super) fn threads_of(series: &Series, all: &[Series]) -> Option<u32> {
    fn place(Series { target, id, .. }: &Series) -> (&str, &str, &str) {
        (target, &id.operation, &id.case)
    }
    let beside = || all.iter().filter(|other| place(other) == place(series));
    series.id.threads.or_else(|| beside().filter_map(|other| other.id.threads).min())
}

fn insert<'s>(operations: &mut Vec<Operation<'s>>, series: &'s Series, threads: Option<u32>) {
    let id = &series.id;
    let place = operations.iter().position(|operation| operation.name == id.operation).unwrap_or_else(|| {
        operations.push(Operation { name: &id.operation, rows: Vec::new() });
        operations.len() - 1
    });
    let rows = &mut operations[place].rows;
    let place = rows.iter().position(|row| row.case_name == id.case && row.threads == threads);
    let place = place.unwrap_or_else(|| {
        let case = Case::parse(&id.case);
        rows.push(Row { case_name: &id.case, case, threads, cells: BTreeMap::new() });
        rows.len() - 1
    });
    rows[place].cells.insert(&id.implementation, series);
}

#[cfg(test)]
mod tests {
    //! Order.

    use super::super::series::sample;
    use super::*;

    #[test]
    fn rows_are_in_order_of_size_and_ours_come_first() {
        let ids = [
            "get/u64_1m/papaya/t=1",
            "get/u64_10k/papaya/t=2",
            "get/u64_10k/flow_reader/t=2",
            "get/u64_10k/papaya/t=1",
            "get/string_1k/arc_swap/t=1",
        ];
        let mut series: Vec<Series> = ids.iter().map(|id| sample("read_map", id, &[1.0])).collect();
        series.push(sample("arena", "reset/small/flow_arena", &[1.0]));
        let groups = group(&series);
        let names: Vec<_> = groups.iter().map(|group| group.component.name).collect();
        assert_eq!(names, ["arena", "read-map"]);
        let get = &groups[1].operations[0];
        let rows: Vec<_> = get.rows.iter().map(|row| (row.case_name, row.threads)).collect();
        assert_eq!(
            rows,
            [("string_1k", Some(1)), ("u64_10k", Some(1)), ("u64_10k", Some(2)), ("u64_1m", Some(1))]
        );
        assert_eq!(get.implementations(), ["flow_reader", "arc_swap", "papaya"]);
    }

    #[test]
    fn one_number_of_threads_is_the_least() {
        let series = [
            sample("concurrent_map", "set/u64_1k/flow_map/t=1", &[2.0]),
            sample("concurrent_map", "set/u64_1k/flow_map/t=2", &[3.0]),
            sample("concurrent_map", "set/u64_1k/hashbrown", &[1.0]),
            sample("concurrent_map", "set/u64_10k/hashbrown", &[1.0]),
        ];
        let groups = group(&series);
        let rows = &groups[0].operations[0].rows;
        let seen: Vec<_> = rows.iter().map(|row| (row.case_name, row.threads, row.cells.len())).collect();
        assert_eq!(seen, [("u64_1k", Some(1), 2), ("u64_1k", Some(2), 1), ("u64_10k", None, 1)]);
        assert_eq!(rows[0].fastest_peer().map(|(name, _)| name), Some("hashbrown"));
    }

    #[test]
    fn the_fastest_peer_is_the_one_with_the_best_round() {
        let series = [
            sample("arena", "reset/small/flow_arena", &[1.0, 1.0]),
            sample("arena", "reset/small/bumpalo", &[3.0, 9.0]),
            sample("arena", "reset/small/blink", &[4.0, 4.0]),
        ];
        let groups = group(&series);
        let row = &groups[0].operations[0].rows[0];
        assert_eq!(row.fastest_peer().map(|(name, _)| name), Some("bumpalo"));
        assert_eq!(row.ours().count(), 1);
    }
}
