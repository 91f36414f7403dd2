//! The head of a report: where, with what, and how the claims did.

use super::super::machine::Machine;
use super::super::rating::{self, Rated, Standing};
use super::super::saved::Run;
use super::tables::escaped;

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
        text += "[Comparison with an earlier run](comparison.md).\n\n";
    }
    text + &summary(claims)
}

const READING: &str = "\
A cell is the best median of the rounds, for one operation; for `workflow`, for one node. Two threads do \
the same at the same time, and it is the time that each takes; for `workflow`, they share the run of a graph. *Per iteration* in a row means that the benchmark does not count operations. The number \
after a time of ours is its ratio to the fastest peer of the row, which is bold: below 1, ours is faster. *Spread* is the \
distance between the best and the worst round, as a part of the best, for ours and for the peers, each the largest of the \
row. *Claim holds* is a row of `benches/claims.toml`: ours divided by the fastest of the peers that the row names, which may be \
fewer than all.\n\n";

/// How many claims hold, and those that are not as claimed, or not as noted.
fn summary(claims: &[Rated]) -> String {
    if claims.is_empty() {
        return String::new();
    }
    let mut text = rating::summary(claims).replacen("of", "Of", 1);
    let others: Vec<&Rated> = claims.iter().filter(|claim| claim.standing() != Standing::Holds).collect();
    if others.is_empty() {
        return text + ".\n\n";
    }
    text += ":\n\n";
    for rated in others {
        text += &format!("- {}: {}", rated.claim.name, rated.outcome());
        let missed = rated.claim.missed.as_ref().map(|missed| format!("missed: {missed}"));
        let remarks: Vec<String> = missed.into_iter().chain(rated.claim.note.clone()).collect();
        if !remarks.is_empty() {
            text += &format!(" ({})", remarks.join("; "));
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
    use crate::claims::parse;

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
        assert!(!text.contains("one round") && !text.contains("claims "), "{text}");
    }

    #[test]
    fn what_is_not_as_claimed_is_listed() {
        let claims = parse(
            "[[claim]]\nname = \"noted\"\ncomponent = \"arena\"\nours = \"a/flow\"\npeer = [\"a/x\"]\nratio = 0.5\n\
             missed = \"on two cores\"\nnote = \"x does less\"\n\
             [[claim]]\nname = \"good\"\ncomponent = \"arena\"\nours = \"a/flow\"\npeer = [\"a/x\"]\nratio = 1.0\n\
             [[claim]]\nname = \"gone\"\ncomponent = \"arena\"\nours = \"a/flow\"\npeer = [\"a/y\"]\nratio = 1.0\n",
        )
        .expect("good rows");
        let run = saved::sample(["a/flow", "a/x"].map(|id| series::sample("arena", id, &[1.0])).into());
        let text = of(&run, &rating::rate(&claims, &run.series), false);
        let summary = "Of 3 claims 1 hold, 0 do not, 1 miss as noted, and 1 were not measured:\n\n\
                       - noted: 1.00 > 0.5: no, as noted (missed: on two cores; x does less)\n\
                       - gone: not measured\n\n";
        assert!(text.ends_with(summary), "{text}");
    }

    #[test]
    fn one_round_is_told() {
        let run = saved::sample(vec![series::sample("arena", "a/flow", &[1.0])]);
        assert!(of(&run, &[], false).contains("There was one round"));
    }
}
