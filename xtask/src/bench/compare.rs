//! A run beside an earlier one: what of ours changed, and whether the peers, which did not change, agree.

use std::fmt::Write;

use super::groups::threads_of;
use super::saved::Run;
use super::series::{Series, median};
use super::units::{change, percent, time};
use super::verdict::{LEAST_ROUNDS, Verdict};
use crate::components::COMPONENTS;
use crate::outcome::align;

/// From this part of peers that changed on, the machine is what changed.
const DISTURBED: f64 = 0.1;

/// A benchmark that both runs have.
#[derive(Debug)]
struct Pair<'r> {
    old: &'r Series,
    new: &'r Series,
    verdict: Verdict,
}

impl Pair<'_> {
    fn ratio(&self) -> f64 {
        self.new.median() / self.old.median()
    }
}

/// Two runs, benchmark by benchmark.
#[derive(Debug)]
pub(super) struct Comparison<'r> {
    old: &'r Run,
    new: &'r Run,
    ours: Vec<Pair<'r>>,
    peers: Vec<Pair<'r>>,
    /// Ours that one of them does not have.
    unmatched: usize,
}

impl<'r> Comparison<'r> {
    pub(super) fn new(old: &'r Run, new: &'r Run) -> Self {
        let partner = |series: &Series| {
            let same = |other: &&Series| {
                (&other.target, &other.id, other.per) == (&series.target, &series.id, series.per)
            };
            old.series.iter().find(same)
        };
        let pairs = new
            .series
            .iter()
            .filter_map(|new| partner(new).map(|old| Pair { old, new, verdict: Verdict::of(old, new) }));
        let (ours, peers): (Vec<_>, Vec<_>) = pairs.partition(|pair| pair.new.id.is_ours());
        let unmatched = new.series.iter().filter(|series| series.id.is_ours()).count() - ours.len();
        Self { old, new, ours, peers, unmatched }
    }

    /// All of it, for the terminal and for a file.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "Old: {}, rounds: {}. New: {}, rounds: {}. Medians of the rounds; times are of one operation, or of one iteration \
             where a benchmark does not count operations.\n\n",
            self.old.versions.revision,
            self.old.rounds(),
            self.new.versions.revision,
            self.new.rounds()
        );
        text += &self.table();
        for remark in self.remarks() {
            write!(text, "\n{remark}\n").expect("writing to a string never fails");
        }
        text
    }

    fn table(&self) -> String {
        let head =
            ["component", "benchmark", "old", "new", "change", "spread", "verdict", "peers in the same row"];
        let mut cells = vec![head.map(str::to_owned)];
        for pair in &self.ours {
            let component = COMPONENTS.iter().find(|component| component.bench == pair.new.target);
            let spread = [pair.old, pair.new].into_iter().filter_map(Series::spread).reduce(f64::max);
            cells.push([
                component.map_or(pair.new.target.as_str(), |component| component.name).to_owned(),
                pair.new.id.to_string(),
                time(pair.old.median()),
                time(pair.new.median()),
                change(pair.ratio()),
                spread.map_or_else(|| "-".to_owned(), percent),
                pair.verdict.to_string(),
                self.control(pair),
            ]);
        }
        align(&cells)
    }

    /// Whether both are in the same row of the report.
    fn are_beside(&self, one: &Pair<'r>, other: &Pair<'r>) -> bool {
        let row = |pair: &Pair<'r>| {
            let Series { target, id, .. } = pair.new;
            (target, &id.operation, &id.case, threads_of(pair.new, &self.new.series))
        };
        row(one) == row(other)
    }

    /// How the peers beside `ours` changed, and whether they did as ours did.
    fn control(&self, ours: &Pair<'r>) -> String {
        let peers: Vec<&Pair<'r>> = self.peers.iter().filter(|peer| self.are_beside(peer, ours)).collect();
        let Some(middle) = median(peers.iter().map(|peer| peer.ratio())) else { return "-".to_owned() };
        let alike = peers.iter().filter(|peer| peer.verdict == ours.verdict).count();
        let too = ours.verdict.is_change() && 2 * alike >= peers.len();
        format!("{}{}", change(middle), if too { ", too" } else { "" })
    }

    fn remarks(&self) -> Vec<String> {
        let count = |pairs: &[Pair<'_>], verdict| pairs.iter().filter(|pair| pair.verdict == verdict).count();
        let summary = |pairs: &[Pair<'_>]| {
            let [faster, slower, same, unknown] =
                [Verdict::Faster, Verdict::Slower, Verdict::Same, Verdict::Unknown]
                    .map(|verdict| count(pairs, verdict));
            let counts = format!("{faster} faster, {slower} slower, {same} the same");
            if unknown == 0 { counts } else { format!("{counts}, {unknown} without a verdict") }
        };
        let mut remarks = vec![format!("Ours: {}.", summary(&self.ours))];
        if let Some(middle) = median(self.peers.iter().map(Pair::ratio)) {
            let middle = change(middle);
            remarks.push(format!("Peers, as a control: {}; median {middle}.", summary(&self.peers)));
            let changed = self.peers.iter().filter(|pair| pair.verdict.is_change()).count();
            let part = changed as f64 / self.peers.len() as f64;
            if part >= DISTURBED {
                remarks.push(format!(
                    "The peers changed too, {} of them: the machine was not the same in both runs. Don't trust the verdicts on ours.",
                    percent(part)
                ));
            }
        }
        if self.unmatched > 0 {
            remarks
                .push(format!("Of ours, not in the old run or measured in another way: {}.", self.unmatched));
        }
        if self.ours.iter().any(|pair| pair.verdict == Verdict::Unknown) {
            remarks.push(format!(
                "Too few rounds to know how far rounds are apart: a verdict needs --rounds {LEAST_ROUNDS} or more on both sides."
            ));
        }
        remarks.extend(self.differences());
        remarks
    }

    /// What else is not the same.
    fn differences(&self) -> Option<String> {
        let (old, new) = (self.old, self.new);
        let mut differences = Vec::new();
        for (what, old, new) in [
            ("compiler", &old.versions.rustc, &new.versions.rustc),
            ("system", &old.machine.system, &new.machine.system),
        ] {
            if old != new {
                differences.push(format!("{what} ({old}, now {new})"));
            }
        }
        for (name, version) in &new.versions.libraries {
            match old.versions.libraries.get(name) {
                Some(other) if other != version => {
                    differences.push(format!("{name} ({other}, now {version})"));
                }
                _ => {}
            }
        }
        (!differences.is_empty()).then(|| format!("Also different: {}.", differences.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    //! Verdicts on ours, and what the peers say to them.

    use super::super::saved;
    use super::super::series::sample;
    use super::*;

    fn run(ours: &[f64], peer: &[f64]) -> Run {
        saved::sample(vec![
            sample("arena", "reset/small/flow_arena/t=1", ours),
            sample("arena", "reset/small/bumpalo/t=1", peer),
        ])
    }

    fn text(old: &Run, new: &Run) -> String {
        Comparison::new(old, new).text()
    }

    #[test]
    fn a_change_of_ours_alone_is_one() {
        let text = text(&run(&[5.0, 5.1, 5.2], &[2.0, 2.1, 2.2]), &run(&[4.0, 4.1, 4.2], &[2.2, 2.1, 2.0]));
        assert!(
            text.contains("| arena     | reset/small/flow_arena/t=1 | 5.10 ns | 4.10 ns | -19.6 % | 5.0 %  | faster  | +0.0 %"),
            "{text}"
        );
        assert!(text.contains("Ours: 1 faster, 0 slower, 0 the same."), "{text}");
        assert!(
            text.contains("Peers, as a control: 0 faster, 0 slower, 1 the same; median +0.0 %."),
            "{text}"
        );
        assert!(!text.contains("changed too") && !text.contains("Also different"), "{text}");
    }

    #[test]
    fn peers_that_changed_too_are_told() {
        let text = text(&run(&[4.0, 4.1, 4.2], &[2.0, 2.0, 2.1]), &run(&[6.0, 6.1, 6.2], &[3.0, 3.0, 3.1]));
        assert!(text.contains("| slower  | +50.0 %, too "), "{text}");
        assert!(text.contains("The peers changed too, 100.0 % of them"), "{text}");
    }

    #[test]
    fn few_rounds_have_no_verdict() {
        let text = text(&run(&[4.0, 4.0], &[2.0, 2.0]), &run(&[6.0, 6.1], &[2.0, 2.0]));
        assert!(text.contains("| too few rounds |") && text.contains("needs --rounds 3"), "{text}");
        assert!(text.contains("0 the same, 1 without a verdict"), "{text}");
    }

    #[test]
    fn what_else_differs_is_told() {
        let old = run(&[4.0, 4.0], &[2.0, 2.0]);
        let mut new = old.clone();
        new.versions.rustc = "rustc 1.96.0".to_owned();
        new.versions.libraries.insert("papaya".to_owned(), "0.3.0".to_owned());
        new.series.push(sample("arena", "reset/large/flow_arena/t=1", &[1.0, 1.0]));
        let text = text(&old, &new);
        assert!(
            text.contains(
                "Also different: compiler (rustc 1.95.0, now rustc 1.96.0), papaya (0.2.5, now 0.3.0)."
            ),
            "{text}"
        );
        assert!(text.contains("measured in another way: 1."), "{text}");
    }
}
