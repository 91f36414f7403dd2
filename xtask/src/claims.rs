//! The claims of `benches/claims.toml`: what is said about speed, and whether measurements bear it out.
//!
//! ```toml
//! [[claim]]
//! name = "alloc 64 B, one thread"
//! component = "arena"
//! ours = "alloc_64/flow/t=1"                                  # ids as in `divan.rs`
//! peer = ["alloc_64/bumpalo/t=1", "alloc_64/blink/t=1"]       # the fastest of them counts
//! ratio = 1.5                                                 # ours / peer, at most
//! note = "anything a reader should know"                      # optional; begins with "missed" if it does not hold
//! ```

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::bench::units::time;
use crate::components::{self, Component};
use crate::divan::Measurement;
use crate::outcome::align;

/// One row of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claim {
    pub(crate) name: String,
    pub(crate) component: String,
    pub(crate) ours: String,
    pub(crate) peer: Vec<String>,
    pub(crate) ratio: f64,
    pub(crate) note: Option<String>,
}

impl Claim {
    /// Whether it is known not to hold, which its note says. No document may make it.
    pub(crate) fn is_missed(&self) -> bool {
        self.note.as_ref().is_some_and(|note| note.starts_with("missed"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    claim: Vec<Claim>,
}

/// Reads the file and checks each row as far as that goes without a measurement.
pub(crate) fn parse(text: &str) -> Result<Vec<Claim>, String> {
    let File { claim: claims } = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut names = BTreeSet::new();
    for claim in &claims {
        let problem = if components::find(&claim.component).is_none() {
            format!("there is no component {:?}; there are: {}", claim.component, components::known())
        } else if claim.peer.is_empty() {
            "it names no peer".to_owned()
        } else if !(claim.ratio.is_finite() && claim.ratio > 0.0) {
            format!("the ratio {} is not a positive number", claim.ratio)
        } else if !names.insert(&claim.name) {
            "another row has the same name".to_owned()
        } else {
            continue;
        };
        return Err(format!("claim {:?}: {problem}", claim.name));
    }
    Ok(claims)
}

/// A claim with what was measured for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    name: String,
    ours: f64,
    peer: f64,
    peer_id: String,
    pub(crate) claimed: f64,
}

impl Verdict {
    pub(crate) fn ratio(&self) -> f64 {
        self.ours / self.peer
    }

    pub(crate) fn holds(&self) -> bool {
        self.ratio() <= self.claimed
    }
}

/// Holds `claim` against `measurements`, which may come from several rounds of one run: the best median of each
/// benchmark counts, so that a disturbed round harms neither side.
pub(crate) fn evaluate(claim: &Claim, measurements: &[Measurement]) -> Result<Verdict, String> {
    let target = components::find(&claim.component).map(|Component { bench, .. }| bench).unwrap_or_default();
    let best = |id: &str| {
        let rounds = measurements.iter().filter(|each| each.target == target && each.id == id);
        rounds
            .map(|each| each.median)
            .min_by(f64::total_cmp)
            .ok_or_else(|| missing(claim, id, target, measurements))
    };
    let ours = best(&claim.ours)?;
    let mut fastest: Option<(f64, &str)> = None;
    for id in &claim.peer {
        let median = best(id)?;
        if fastest.is_none_or(|(least, _)| median < least) {
            fastest = Some((median, id));
        }
    }
    let (peer, peer_id) = fastest.ok_or_else(|| format!("claim {:?} names no peer", claim.name))?;
    if peer == 0.0 {
        return Err(format!("claim {:?}: the peer {peer_id} took no time; it measures nothing", claim.name));
    }
    Ok(Verdict { name: claim.name.clone(), ours, peer, peer_id: peer_id.to_owned(), claimed: claim.ratio })
}

/// Says that nothing was measured under `id`, and what was.
fn missing(claim: &Claim, id: &str, target: &str, measurements: &[Measurement]) -> String {
    let known: BTreeSet<_> =
        measurements.iter().filter(|each| each.target == target).map(|each| each.id.as_str()).collect();
    let known: Vec<_> = known.into_iter().collect();
    format!(
        "claim {:?}: nothing was measured as {id}; the target {target} has: {}",
        claim.name,
        known.join(", ")
    )
}

/// The verdicts as a table.
pub(crate) fn table(verdicts: &[Verdict]) -> String {
    let mut rows = vec![["name", "ours", "peer", "", "ratio", "claim", "holds"].map(str::to_owned)];
    for verdict in verdicts {
        rows.push([
            verdict.name.clone(),
            time(verdict.ours),
            time(verdict.peer),
            verdict.peer_id.clone(),
            format!("{:.3}", verdict.ratio()),
            format!("<= {}", verdict.claimed),
            (if verdict.holds() { "yes" } else { "NO" }).to_owned(),
        ]);
    }
    align(&rows)
}

/// Three claims, for tests.
#[cfg(test)]
pub(crate) fn samples() -> Vec<Claim> {
    let row = |name: &str, component: &str, ours: &str| {
        format!(
            "[[claim]]\nname = \"{name}\"\ncomponent = \"{component}\"\nours = \"{ours}\"\n\
             peer = [\"peer\"]\nratio = 1.0\n"
        )
    };
    let file = [
        row("a", "arena", "alloc_64/flow/t=1"),
        row("b", "arena", "reset/flow"),
        row("c", "string-pool", "intern/flow"),
    ];
    parse(&file.concat()).expect("a good file")
}

#[cfg(test)]
mod tests {
    //! Good rows, bad rows, and measurements that are missing.

    use super::*;

    const FILE: &str = r#"
        [[claim]]
        name = "alloc"
        component = "arena"
        ours = "alloc_64/flow/t=1"
        peer = ["alloc_64/bumpalo/t=1", "alloc_64/blink/t=1"]
        ratio = 1.5
        note = "a note"
    "#;

    fn measured(id: &str, median: f64) -> Measurement {
        Measurement { target: "arena".to_owned(), id: id.to_owned(), median, operation: None }
    }

    fn claim() -> Claim {
        parse(FILE).expect("a good file").remove(0)
    }

    #[test]
    fn the_best_round_and_the_fastest_peer_count() {
        let measurements = [
            measured("alloc_64/flow/t=1", 9.0),
            measured("alloc_64/bumpalo/t=1", 5.0),
            measured("alloc_64/blink/t=1", 4.0),
            measured("alloc_64/flow/t=1", 3.0),
            measured("alloc_64/bumpalo/t=1", 2.0),
            measured("alloc_64/blink/t=1", 8.0),
        ];
        let verdict = evaluate(&claim(), &measurements).expect("all were measured");
        assert_eq!(
            (verdict.ours, verdict.peer, verdict.peer_id.as_str()),
            (3.0, 2.0, "alloc_64/bumpalo/t=1")
        );
        // Exactly the claimed ratio holds.
        assert!(verdict.holds());
    }

    #[test]
    fn a_ratio_above_the_claim_does_not_hold() {
        let measurements = [
            measured("alloc_64/flow/t=1", 3.01),
            measured("alloc_64/bumpalo/t=1", 2.0),
            measured("alloc_64/blink/t=1", 2.0),
        ];
        let verdict = evaluate(&claim(), &measurements).expect("all were measured");
        assert!(!verdict.holds());
        assert!(table(&[verdict]).contains("| 1.505 | <= 1.5 | NO    |"));
    }

    #[test]
    fn a_missing_measurement_is_an_error_that_names_it() {
        let measurements = [measured("alloc_64/flow/t=1", 3.0), measured("alloc_64/bumpalo/t=1", 2.0)];
        let problem = evaluate(&claim(), &measurements).expect_err("a peer was not measured");
        assert!(problem.contains("\"alloc\"") && problem.contains("alloc_64/blink/t=1;"), "{problem}");
        let other = Measurement { target: "string_pool".to_owned(), ..measured("alloc_64/blink/t=1", 1.0) };
        assert!(evaluate(&claim(), &[&measurements[..], &[other]].concat()).is_err());
        assert!(evaluate(&claim(), &[]).is_err());
    }

    #[test]
    fn bad_rows_are_refused() {
        for (from, to, says) in [
            (
                "\"arena\"",
                "\"arean\"",
                "arena, buffer-pool, concurrent-map, node-pool, read-map, string-pool, workflow",
            ),
            ("ratio = 1.5", "ratio = 0.0", "positive"),
            ("ratio = 1.5", "ratio = nan", "positive"),
            ("ratio = 1.5", "ration = 1.5", "ration"),
            ("[\"alloc_64/bumpalo/t=1\", \"alloc_64/blink/t=1\"]", "[]", "no peer"),
            ("ours = \"alloc_64/flow/t=1\"", "", "ours"),
        ] {
            let problem = parse(&FILE.replace(from, to)).expect_err(to);
            assert!(problem.contains(says), "{problem}");
        }
        assert!(parse(&format!("{FILE}{FILE}")).expect_err("the same row twice").contains("same name"));
    }
}
