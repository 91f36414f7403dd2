//! The head of a report: where, with what, and how the claims did.

use super::super::machine::Machine;
use super::super::saved::Run;
use super::tables::{Rated, escaped};

pub(super) fn of(run: &Run, claims: &[Rated], has_comparison: bool) -> String {
    let Machine { processor, cores, memory, system } = &run.machine;
    let memory = memory.map_or_else(|| "unknown".to_owned(), |mebibytes| format!("{mebibytes} MiB"));
    let libraries: Vec<String> =
        run.versions.libraries.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let rounds = run.rounds();
    let mut text = format!(
        "# Benchmark report\n\nWritten by `cargo xtask bench`. Absolute times are of this machine; what counts is the ratio.\n\n\
         | | |\n|---|---|\n\
         | processor | {} |\n| cores | {cores} |\n| memory | {memory} |\n| system | {} |\n\
         | compiler | {} |\n| revision of Flow | {} |\n| rounds | {rounds} |\n| libraries | {} |\n\n",
        escaped(processor),
        escaped(system),
        escaped(&run.versions.rustc),
        escaped(&run.versions.revision),
        escaped(&libraries.join(", ")),
    );
    text += READING;
    if rounds < 2 {
        text += "There was one round, so nothing is known of how far rounds are apart: the column *spread* is empty.\n\n";
    }
    if has_comparison {
        text += "This run [beside an earlier one](comparison.md).\n\n";
    }
    text + &summary(claims)
}

const READING: &str = "\
A cell is the best median of the rounds, for one operation; for `workflow`, for one node. Two threads do \
the same at the same time, and it is the time that each takes; for `workflow`, they share the run of a graph. *Per iteration* in a row means that the benchmark does not count operations. The number \
after a time of ours is its ratio to the fastest peer of the row, which is bold: below 1, ours is faster. *Spread* is the \
distance between the best and the worst round, as a part of the best, for ours and for the peers, each the largest of the \
row. *Claim* is a row of `benches/claims.toml`: ours divided by the fastest of the peers that the row names, which may be \
fewer than all.\n\n";

/// How many claims hold, and which do not.
fn summary(claims: &[Rated]) -> String {
    if claims.is_empty() {
        return String::new();
    }
    let failed: Vec<&Rated> = claims.iter().filter(|claim| !claim.holds()).collect();
    let mut text = format!("Of {} claims {} hold", claims.len(), claims.len() - failed.len());
    if failed.is_empty() {
        return text + ".\n\n";
    }
    text += "; these do not:\n\n";
    for claim in failed {
        text += &format!("- {}: {}", claim.claim.name, claim.outcome());
        if let Some(note) = &claim.claim.note {
            text += &format!(" ({note})");
        }
        text += "\n";
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    //! What a reader is told first.

    use super::super::super::{saved, series};
    use super::*;

    #[test]
    fn the_machine_and_all_versions_are_there() {
        let run = saved::sample(vec![series::sample("arena", "a/flow", &[1.0, 2.0, 3.0])]);
        let text = of(&run, &[], true);
        for part in [
            "| processor | A |",
            "| memory | 4000 MiB |",
            "| rounds | 3 |",
            "papaya 0.2.5",
            "0123456789ab",
            "(comparison.md)",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("one round") && !text.contains("hold"), "{text}");
    }

    #[test]
    fn one_round_is_told() {
        let run = saved::sample(vec![series::sample("arena", "a/flow", &[1.0])]);
        assert!(of(&run, &[], false).contains("There was one round"));
    }
}
