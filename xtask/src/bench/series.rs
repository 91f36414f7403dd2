//! What the rounds of a run measured, benchmark by benchmark.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::Id;
use crate::divan::Measurement;

/// What a time is the time of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Per {
    /// One of what the benchmark counts.
    Operation,
    /// All that is done between two looks at the clock: the benchmark does not say how much that is.
    Iteration,
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Operation => "operation",
            Self::Iteration => "iteration",
        })
    }
}

/// A benchmark with its median of each round, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    /// The bench target, such as `string_pool`.
    pub(super) target: String,
    pub(super) id: Id,
    pub(super) per: Per,
    /// Never empty.
    pub(super) rounds: Vec<f64>,
}

impl Series {
    /// The round that was disturbed least.
    pub(super) fn best(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(super) fn worst(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// The middle round, or the mean of the two in the middle.
    pub(super) fn median(&self) -> f64 {
        median(self.rounds.iter().copied()).expect("there is a round")
    }

    /// How far the rounds are apart, as a part of the best; one round says nothing of that.
    pub(super) fn spread(&self) -> Option<f64> {
        (self.rounds.len() > 1).then(|| (self.worst() - self.best()) / self.best())
    }
}

/// The value in the middle, or the mean of the two in the middle; `None` of nothing.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.len() / 2;
    let lower = upper - usize::from(sorted.len().is_multiple_of(2) && upper > 0);
    Some(f64::midpoint(*sorted.get(lower)?, sorted[upper]))
}

/// Puts the rounds of a run together, in the order in which divan printed them.
pub(super) fn collect(rounds: &[Vec<Measurement>]) -> Result<Vec<Series>, String> {
    let mut all: Vec<Series> = Vec::new();
    for (index, round) in rounds.iter().enumerate() {
        for Measurement { target, id, median, operation } in round {
            let id = Id::parse(id)?;
            let (time, per) = operation.map_or((*median, Per::Iteration), |time| (time, Per::Operation));
            match all.iter_mut().find(|series| series.target == *target && series.id == id) {
                Some(series) if series.per == per && series.rounds.len() == index => series.rounds.push(time),
                Some(_) => {
                    return Err(format!("{target}: {id} was measured twice in a round, or in two ways"));
                }
                None if index == 0 => {
                    all.push(Series { target: target.clone(), id, per, rounds: vec![time] });
                }
                None => {
                    return Err(format!(
                        "{target}: {id} was measured in round {}, but not before",
                        index + 1
                    ));
                }
            }
        }
    }
    match all.iter().find(|series| series.rounds.len() != rounds.len()) {
        Some(Series { target, id, .. }) => Err(format!("{target}: {id} was not measured in all rounds")),
        None => Ok(all),
    }
}

#[cfg(test)]
pub(super) fn sample(target: &str, id: &str, rounds: &[f64]) -> Series {
    let id = Id::parse(id).expect("a name of a benchmark");
    Series { target: target.to_owned(), id, per: Per::Operation, rounds: rounds.to_vec() }
}

#[cfg(test)]
mod tests {
    //! Rounds that fit together, and rounds that don't.

    use super::*;

    fn measured(id: &str, median: f64, operation: Option<f64>) -> Measurement {
        Measurement { target: "arena".to_owned(), id: id.to_owned(), median, operation }
    }

    #[test]
    fn rounds_are_put_together() {
        let round = |time: f64| {
            vec![measured("a/b/flow/t=1", time * 1000.0, Some(time)), measured("a/b/std/t=1", time, None)]
        };
        let series = collect(&[round(2.0), round(4.0), round(3.0)]).expect("the same benchmarks each time");
        assert_eq!(series[0], sample("arena", "a/b/flow/t=1", &[2.0, 4.0, 3.0]));
        assert_eq!(series[1].per, Per::Iteration);
        assert_eq!((series[0].best(), series[0].worst(), series[0].median()), (2.0, 4.0, 3.0));
    }

    #[test]
    fn rounds_that_differ_are_refused() {
        let one = || vec![measured("a/b/flow", 1.0, None)];
        let two = || vec![measured("a/b/flow", 1.0, None), measured("a/b/std", 1.0, None)];
        assert!(collect(&[one(), two()]).expect_err("more").contains("a/b/std was measured in round 2"));
        assert!(collect(&[two(), one()]).expect_err("less").contains("a/b/std was not measured in all"));
        assert!(collect(&[[one(), one()].concat()]).expect_err("twice").contains("twice"));
        assert!(collect(&[vec![measured("alone", 1.0, None)]]).is_err());
        assert_eq!(collect(&[]), Ok(vec![]));
    }

    #[test]
    fn the_median_of_an_even_number_is_between() {
        assert_eq!(sample("arena", "a/b", &[4.0, 1.0]).median(), 2.5);
        assert_eq!(sample("arena", "a/b", &[4.0]).median(), 4.0);
        assert_eq!(median([].into_iter()), None);
    }

    #[test]
    fn one_round_has_no_spread() {
        assert_eq!(sample("arena", "a/b", &[4.0]).spread(), None);
        assert_eq!(sample("arena", "a/b", &[4.0, 4.0]).spread(), Some(0.0));
        assert_eq!(sample("arena", "a/b", &[4.0, 5.0]).spread(), Some(0.25));
    }
}
