//! The claims of `benches/claims.toml`: what is said about speed.
//!
//! ```toml
//! [[claim]]
//! name = "alloc 64 B, one thread"
//! component = "arena"
//! ours = "alloc_64/flow/t=1"                                  # ids as in `divan.rs`
//! peer = ["alloc_64/bumpalo/t=1", "alloc_64/blink/t=1"]       # the fastest of them counts
//! ratio = 1.5                                                 # ours / peer, at most
//! missed = "where and why"                                    # optional: it is known not to hold
//! note = "anything a reader should know"                      # optional
//! ```
//!
//! Whether a run bears them out, `bench/rating.rs` finds out.

use std::collections::BTreeSet;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::components::{self, Component};

/// One row of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claim {
    pub(crate) name: String,
    #[serde(deserialize_with = "component")]
    pub(crate) component: Component,
    pub(crate) ours: String,
    pub(crate) peer: Vec<String>,
    pub(crate) ratio: f64,
    /// Where or why it does not hold, if that is known. No document may make such a claim.
    pub(crate) missed: Option<String>,
    pub(crate) note: Option<String>,
}

fn component<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Component, D::Error> {
    components::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
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
        let problem = if claim.peer.is_empty() {
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

/// Three claims, for tests.
#[cfg(test)]
pub(crate) fn samples() -> Vec<Claim> {
    let row = |name: &str, component: &str, ours: &str| {
        format!(
            "[[claim]]\nname = \"{name}\"\ncomponent = \"{component}\"\nours = \"{ours}\"\n\
             peer = [\"alloc_64/peer\"]\nratio = 1.0\n"
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
    //! Good rows and bad rows.

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

    #[test]
    fn a_row_is_read() {
        let claims = parse(&format!("{FILE}missed = \"why\"")).expect("a good file");
        assert_eq!((claims[0].component.bench, claims[0].missed.as_deref()), ("arena", Some("why")));
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
