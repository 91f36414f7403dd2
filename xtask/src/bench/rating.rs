//! The claims, and whether a run bears them out: what `--check` goes by is what the report says.

use std::collections::BTreeSet;
use std::fmt;

use super::series::Series;
use super::units::time;
use crate::claims::Claim;
use crate::outcome::{Outcome, align};
use crate::tally::Tally;

/// A claim and what a run measured for it.
#[derive(Debug)]
pub(super) struct Rated {
    pub(super) claim: Claim,
    measured: Result<Measured, String>,
}

/// Both sides of a claim, in nanoseconds: the best round of each, so that a disturbed one harms neither.
#[derive(Debug, PartialEq)]
struct Measured {
    ours: f64,
    peer: f64,
    /// The fastest of the peers.
    peer_id: String,
}

/// Whether a claim holds, and whether it was expected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Holds,
    HoldsThoughNoted,
    Misses,
    MissesAsNoted,
    Unmeasured,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "yes",
            Self::HoldsThoughNoted => "yes, though noted as missed",
            Self::Misses => "NO",
            Self::MissesAsNoted => "no, as noted",
            Self::Unmeasured => "not measured",
        })
    }
}

/// Looks each of the claims up in what was measured.
pub(super) fn rate(claims: &[Claim], series: &[Series]) -> Vec<Rated> {
    claims.iter().map(|claim| Rated { claim: claim.clone(), measured: measured(claim, series) }).collect()
}

fn measured(claim: &Claim, series: &[Series]) -> Result<Measured, String> {
    let target = claim.component.bench;
    let of_target = || series.iter().filter(|series| series.target == target);
    let find = |id: &String| {
        of_target().find(|series| series.id.to_string() == *id).ok_or_else(|| {
            let known: BTreeSet<String> = of_target().map(|series| series.id.to_string()).collect();
            let known: Vec<String> = known.into_iter().collect();
            format!(
                "claim {:?}: nothing was measured as {id}; the target {target} has: {}",
                claim.name,
                known.join(", ")
            )
        })
    };
    let ours = find(&claim.ours)?;
    let peers: Vec<&Series> = claim.peer.iter().map(find).collect::<Result<_, _>>()?;
    if let Some(other) = peers.iter().find(|peer| peer.per != ours.per) {
        return Err(format!(
            "claim {:?}: {} is the time of one {}, and {} that of one {}",
            claim.name, ours.id, ours.per, other.id, other.per
        ));
    }
    let fastest = peers.into_iter().min_by(|left, right| left.best().total_cmp(&right.best()));
    let fastest = fastest.ok_or_else(|| format!("claim {:?} names no peer", claim.name))?;
    if fastest.best() == 0.0 {
        return Err(format!("claim {:?}: {} took no time; it measures nothing", claim.name, fastest.id));
    }
    Ok(Measured { ours: ours.best(), peer: fastest.best(), peer_id: fastest.id.to_string() })
}

impl Measured {
    fn ratio(&self) -> f64 {
        self.ours / self.peer
    }
}

impl Rated {
    pub(super) fn standing(&self) -> Standing {
        let Ok(measured) = &self.measured else { return Standing::Unmeasured };
        match (measured.ratio() <= self.claim.ratio, self.claim.missed.is_some()) {
            (true, false) => Standing::Holds,
            (true, true) => Standing::HoldsThoughNoted,
            (false, false) => Standing::Misses,
            (false, true) => Standing::MissesAsNoted,
        }
    }

    /// Whether it is about the benchmark `id` of `target`.
    pub(super) fn is_about(&self, target: &str, id: &str) -> bool {
        self.claim.ours == id && self.claim.component.bench == target
    }

    /// Both ratios, and whether it holds.
    pub(super) fn outcome(&self) -> String {
        let standing = self.standing();
        let Ok(measured) = &self.measured else { return standing.to_string() };
        let (ratio, claimed) = (measured.ratio(), self.claim.ratio);
        let sign = if ratio <= claimed { '≤' } else { '>' };
        format!("{ratio:.2} {sign} {claimed}: {standing}")
    }
}

/// How many of the claims hold.
pub(super) fn summary(rated: &[Rated]) -> String {
    let count = |wanted: &[Standing]| rated.iter().filter(|claim| wanted.contains(&claim.standing())).count();
    format!(
        "of {} claims {} hold, {} do not, {} miss as noted, and {} were not measured",
        rated.len(),
        count(&[Standing::Holds, Standing::HoldsThoughNoted]),
        count(&[Standing::Misses]),
        count(&[Standing::MissesAsNoted]),
        count(&[Standing::Unmeasured])
    )
}

/// Prints which claims hold. One that does not, though nobody noted it, is a failure, and so is one that was not measured.
pub(super) fn check(rated: &[Rated]) -> Outcome {
    println!("\n{}", table(rated));
    for problem in rated.iter().filter_map(|claim| claim.measured.as_ref().err()) {
        eprintln!("error: {problem}");
    }
    let is_failure = |claim: &Rated| matches!(claim.standing(), Standing::Misses | Standing::Unmeasured);
    if rated.iter().any(is_failure) {
        return Outcome::failed(summary(rated), Tally::default());
    }
    println!("{}", summary(rated));
    Outcome::passed(Tally::default())
}

/// The claims that were measured.
fn table(rated: &[Rated]) -> String {
    let mut rows = vec![["name", "ours", "peer", "", "ratio", "claim", "holds"].map(str::to_owned)];
    for claim in rated {
        let Ok(measured) = &claim.measured else { continue };
        rows.push([
            claim.claim.name.clone(),
            time(measured.ours),
            time(measured.peer),
            measured.peer_id.clone(),
            format!("{:.3}", measured.ratio()),
            format!("<= {}", claim.claim.ratio),
            claim.standing().to_string(),
        ]);
    }
    align(&rows)
}

#[cfg(test)]
mod tests {
    //! Which rounds count, and what fails a check.

    use super::super::series::{Per, sample};
    use super::*;
    use crate::claims::parse;
    use crate::outcome::Status;

    fn claim(more: &str) -> Vec<Claim> {
        let text = format!(
            "[[claim]]\nname = \"alloc\"\ncomponent = \"arena\"\nours = \"alloc/64/flow/t=1\"\n\
             peer = [\"alloc/64/bumpalo/t=1\", \"alloc/64/blink/t=1\"]\nratio = 1.5\n{more}\n"
        );
        parse(&text).expect("a good row")
    }

    fn series(ours: &[f64]) -> Vec<Series> {
        vec![
            sample("arena", "alloc/64/flow/t=1", ours),
            sample("arena", "alloc/64/bumpalo/t=1", &[5.0, 2.0]),
            sample("arena", "alloc/64/blink/t=1", &[4.0, 8.0]),
        ]
    }

    fn why(outcome: Outcome) -> String {
        let Status::Failed(why) = outcome.status else { panic!("it passed") };
        why
    }

    #[test]
    fn the_best_round_and_the_fastest_peer_count() {
        let rated = rate(&claim(""), &series(&[9.0, 3.0]));
        let measured = Measured { ours: 3.0, peer: 2.0, peer_id: "alloc/64/bumpalo/t=1".to_owned() };
        assert_eq!(rated[0].measured, Ok(measured));
        // Exactly the claimed ratio holds.
        assert_eq!(rated[0].outcome(), "1.50 ≤ 1.5: yes");
        assert!(check(&rated).is_passed());
    }

    #[test]
    fn a_claim_that_does_not_hold_fails_the_check() {
        let rated = rate(&claim(""), &series(&[9.0, 3.01]));
        assert!(table(&rated).contains("| 1.505 | <= 1.5 | NO    |"), "{}", table(&rated));
        assert_eq!(rated[0].outcome(), "1.50 > 1.5: NO");
        assert_eq!(
            why(check(&rated)),
            "of 1 claims 0 hold, 1 do not, 0 miss as noted, and 0 were not measured"
        );
    }

    #[test]
    fn a_claim_that_is_noted_as_missed_fails_nothing() {
        let noted = claim("missed = \"where a lock is fast\"");
        for (ours, standing) in [(3.1, Standing::MissesAsNoted), (2.9, Standing::HoldsThoughNoted)] {
            let rated = rate(&noted, &series(&[ours]));
            assert_eq!(rated[0].standing(), standing);
            assert!(check(&rated).is_passed());
        }
    }

    #[test]
    fn a_claim_that_was_not_measured_fails_the_check_and_is_explained() {
        for missing in 0..3 {
            let mut series = series(&[1.0]);
            let name = series.remove(missing).id.to_string();
            series.push(sample("string_pool", &name, &[1.0]));
            let rated = rate(&claim("missed = \"somewhere\""), &series);
            let problem = rated[0].measured.as_ref().expect_err("it is missing");
            assert!(problem.contains("\"alloc\"") && problem.contains(&format!("{name};")), "{problem}");
            assert_eq!(rated[0].outcome(), "not measured");
            assert!(why(check(&rated)).contains("and 1 were not measured"));
        }
    }

    #[test]
    fn an_operation_is_not_compared_with_an_iteration() {
        let mut series = series(&[1.0]);
        series[2].per = Per::Iteration;
        let rated = rate(&claim(""), &series);
        let problem = rated[0].measured.as_ref().expect_err("unlike times");
        assert!(problem.contains("blink/t=1 that of one iteration"), "{problem}");
    }
}
