//! Whether a benchmark became faster or slower, or whether nobody can tell.

use std::fmt;

use super::series::Series;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Faster,
    Slower,
    /// The difference is no larger than what rounds of the same code differ by.
    Same,
    /// A side has too few rounds to know what rounds differ by.
    Unknown,
}

/// With fewer rounds on a side there is no verdict. Two rounds lie both below or both above two others once in three times if
/// nothing but chance is at work.
pub(super) const LEAST_ROUNDS: usize = 3;

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Same => "same",
            Self::Unknown => "too few rounds",
        })
    }
}

impl Verdict {
    pub(super) fn is_change(self) -> bool {
        matches!(self, Self::Faster | Self::Slower)
    }

    /// A change has to be larger than the spread of either side, and no round of one side may lie among those of the other.
    pub(super) fn of(old: &Series, new: &Series) -> Self {
        if old.rounds.len().min(new.rounds.len()) < LEAST_ROUNDS {
            return Self::Unknown;
        }
        let width = |series: &Series| series.worst() - series.best();
        let difference = new.median() - old.median();
        let is_large = difference.abs() > width(old).max(width(new));
        if is_large && new.worst() < old.best() {
            Self::Faster
        } else if is_large && new.best() > old.worst() {
            Self::Slower
        } else {
            Self::Same
        }
    }
}

#[cfg(test)]
mod tests {
    //! Equal, overlapping and disjoint rounds.

    use super::super::series::sample;
    use super::*;

    fn verdict(old: &[f64], new: &[f64]) -> Verdict {
        Verdict::of(&sample("arena", "a/flow", old), &sample("arena", "a/flow", new))
    }

    #[test]
    fn equal_rounds_are_the_same() {
        assert_eq!(verdict(&[5.0, 5.0, 5.0], &[5.0, 5.0, 5.0]), Verdict::Same);
        assert_eq!(verdict(&[5.0, 6.0, 7.0], &[7.0, 6.0, 5.0]), Verdict::Same);
    }

    #[test]
    fn rounds_that_overlap_are_the_same() {
        assert_eq!(verdict(&[5.0, 6.0, 7.0], &[6.5, 7.5, 8.5]), Verdict::Same);
        // The medians are further apart than either side is wide, but one round of each lies among the others.
        assert_eq!(verdict(&[0.0, 0.1, 10.0], &[5.0, 14.9, 15.0]), Verdict::Same);
    }

    #[test]
    fn disjoint_rounds_differ_only_if_the_difference_exceeds_the_spread() {
        assert_eq!(verdict(&[5.0, 5.1, 5.2], &[4.0, 4.1, 4.2]), Verdict::Faster);
        assert_eq!(verdict(&[4.0, 4.1, 4.2], &[5.0, 5.1, 5.2]), Verdict::Slower);
        assert_eq!(verdict(&[1.0, 1.5, 2.0], &[2.1, 2.15, 2.2]), Verdict::Same);
        // Exactly the spread is not more than the spread.
        assert_eq!(verdict(&[1.0, 1.0, 2.0], &[2.0, 2.0, 2.0]), Verdict::Same);
        // Rounds without any spread differ as soon as they differ.
        assert_eq!(verdict(&[5.0, 5.0, 5.0], &[5.1, 5.1, 5.1]), Verdict::Slower);
    }

    #[test]
    fn few_rounds_allow_no_verdict() {
        assert_eq!(verdict(&[5.0], &[1.0, 1.0, 1.0]), Verdict::Unknown);
        assert_eq!(verdict(&[5.0, 5.0, 5.0], &[1.0, 1.0]), Verdict::Unknown);
        assert_eq!(verdict(&[5.0], &[5.0]), Verdict::Unknown);
    }
}
