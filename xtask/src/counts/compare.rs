//! Counts compared with those of the record.

use std::collections::BTreeSet;

use super::Counts;
use crate::bench::units::change;
use crate::outcome::{Outcome, align};
use crate::tally::Tally;

/// By how much a count may differ from the record: above what the seeds of hashers do, which are others in each run.
const TOLERANCE: f64 = 0.02;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    Better,
    Worse,
    /// It has no record.
    New,
    /// It has a record alone.
    Gone,
}

/// A case, with what was recorded and what was counted: one of the two at least.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    name: String,
    recorded: Option<f64>,
    now: Option<f64>,
}

impl Row {
    fn verdict(&self) -> Verdict {
        match (self.recorded, self.now) {
            (Some(recorded), Some(now)) if now > recorded * (1.0 + TOLERANCE) => Verdict::Worse,
            (Some(recorded), Some(now)) if now < recorded * (1.0 - TOLERANCE) => Verdict::Better,
            (Some(_), Some(_)) => Verdict::Same,
            (Some(_), None) => Verdict::Gone,
            (None, _) => Verdict::New,
        }
    }

    fn ratio(&self) -> Option<f64> {
        Some(self.now? / self.recorded?)
    }
}

/// All that is in one of the two.
pub(super) fn rows(recorded: &Counts, now: &Counts) -> Vec<Row> {
    let names: BTreeSet<&String> = recorded.keys().chain(now.keys()).collect();
    let row = |name: &String| Row {
        name: name.clone(),
        recorded: recorded.get(name).copied(),
        now: now.get(name).copied(),
    };
    names.into_iter().map(row).collect()
}

pub(super) fn table(rows: &[Row]) -> String {
    let mut cells = vec![["case", "recorded", "now", "change", "verdict"].map(str::to_owned)];
    let count = |count: Option<f64>| count.map_or_else(|| "-".to_owned(), |count| format!("{count:.2}"));
    for row in rows {
        let verdict = match row.verdict() {
            Verdict::Same => "same",
            Verdict::Better => "better: record it",
            Verdict::Worse => "WORSE",
            Verdict::New => "new: record it",
            Verdict::Gone => "not counted: record it",
        };
        cells.push([
            row.name.clone(),
            count(row.recorded),
            count(row.now),
            row.ratio().map_or_else(|| "-".to_owned(), change),
            verdict.to_owned(),
        ]);
    }
    align(&cells)
}

/// A failure if a case got worse, and also if one is on one side only: then nothing was compared.
pub(super) fn outcome(rows: &[Row]) -> Outcome {
    let of = |verdict| rows.iter().filter(|row| row.verdict() == verdict).count();
    let (worse, new, gone) = (of(Verdict::Worse), of(Verdict::New), of(Verdict::Gone));
    if worse + new + gone == 0 {
        return Outcome::passed(Tally::default());
    }
    let why = format!(
        "of {} cases {worse} got worse by more than {:.0} %, {new} are not recorded and {gone} were not counted; what is meant \
         to be so is recorded by `cargo xtask bench --counts --record`",
        rows.len(),
        TOLERANCE * 100.0
    );
    Outcome::failed(why, Tally::default())
}

#[cfg(test)]
mod tests {
    //! What passes, and what does not.

    use super::*;
    use crate::outcome::Status;

    fn compared(recorded: &[(&str, f64)], now: &[(&str, f64)]) -> Vec<Row> {
        let counts =
            |given: &[(&str, f64)]| given.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
        rows(&counts(recorded), &counts(now))
    }

    fn why(rows: &[Row]) -> String {
        match outcome(rows).status {
            Status::Failed(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn within_the_tolerance_nothing_is_said() {
        let rows = compared(&[("a", 100.0), ("b", 100.0)], &[("a", 101.9), ("b", 98.1)]);
        assert!(outcome(&rows).is_passed());
        assert!(rows.iter().all(|row| row.verdict() == Verdict::Same));
    }

    #[test]
    fn worse_fails_and_better_does_not() {
        let rows = compared(&[("a", 100.0), ("b", 100.0)], &[("a", 102.1), ("b", 97.9)]);
        assert!(why(&rows).contains("of 2 cases 1 got worse by more than 2 %, 0 are"), "{}", why(&rows));
        assert!(outcome(&rows[1..]).is_passed());
        assert_eq!(
            table(&rows),
            "| case | recorded | now    | change | verdict           |\n\
             | ---- | -------- | ------ | ------ | ----------------- |\n\
             | a    | 100.00   | 102.10 | +2.1 % | WORSE             |\n\
             | b    | 100.00   | 97.90  | -2.1 % | better: record it |\n"
        );
    }

    #[test]
    fn what_is_on_one_side_only_fails() {
        let new = compared(&[], &[("a", 1.0)]);
        assert!(why(&new).contains("1 are not recorded and 0 were not counted"), "{}", why(&new));
        let gone = compared(&[("a", 1.0)], &[]);
        assert!(why(&gone).contains("0 are not recorded and 1 were not counted"), "{}", why(&gone));
        assert!(
            table(&gone).contains("| a    | 1.00     | -   | -      | not counted: record it |"),
            "{}",
            table(&gone)
        );
    }
}
