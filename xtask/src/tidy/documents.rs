//! Documents that say what is so: their code is compiled by some test, and what the front page says of speed is a claim that holds.

use std::collections::BTreeSet;

use super::File;
use super::source::join;
use crate::claims::Claim;

/// Documents with code in Rust that no doc test sees, because no source file includes them.
pub(super) fn code_is_tested(files: &[File]) -> Vec<String> {
    let included: BTreeSet<String> = files.iter().flat_map(included_by).collect();
    let has_code = |file: &&File| {
        file.path.ends_with(".md") && file.text.lines().any(|line| line.starts_with("```rust"))
    };
    let untested = files.iter().filter(has_code).filter(|file| !included.contains(&file.path));
    untested
        .map(|file| {
            format!(
                "{}: has code in Rust that no test compiles: include it in crates/flow-workflow/src/documents.rs",
                file.path
            )
        })
        .collect()
}

/// The documents that become documentation of an item of a source file.
fn included_by(file: &File) -> impl Iterator<Item = String> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let source = if file.path.ends_with(".rs") { file.text.as_str() } else { "" };
    let lines = source.lines().filter(|line| line.starts_with("#[doc =") || line.starts_with("#![doc ="));
    lines.filter_map(move |line| {
        let (_, rest) = line.split_once("include_str!(\"")?;
        join(folder, rest.split_once('"')?.0)
    })
}

/// Rows of the table of speeds of `readme` that are not what `claims` say, or are known not to hold.
pub(super) fn speed_is_claimed(readme: &str, claims: &[Claim]) -> Vec<String> {
    let table = readme.lines().skip_while(|line| *line != "| what | ratio | peers |").skip(2);
    let rows: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
    if rows.is_empty() {
        return vec!["README.md: lacks the table `| what | ratio | peers |` of how fast it is".to_owned()];
    }
    let wrong = rows.iter().filter_map(|row| Some((row, problem(row, claims)?)));
    wrong.map(|(row, problem)| format!("README.md: {row} {problem}")).collect()
}

fn problem(row: &str, claims: &[Claim]) -> Option<String> {
    let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
    let [name, ratio, peers] = cells[..] else { return Some("does not have three cells".to_owned()) };
    let Some(claim) = claims.iter().find(|claim| claim.name == name) else {
        return Some("is not a row of benches/claims.toml".to_owned());
    };
    if claim.missed.is_some() {
        return Some("is missed, says benches/claims.toml".to_owned());
    }
    if ratio.parse() != Ok(claim.ratio) {
        return Some(format!("should say {}, as benches/claims.toml does", claim.ratio));
    }
    let named: BTreeSet<&str> = peers.split(", ").map(|peer| peer.trim_matches('`')).collect();
    // operation/case/implementation/threads
    let measured: BTreeSet<&str> = claim.peer.iter().filter_map(|id| id.split('/').nth(2)).collect();
    (named != measured).then(|| format!("should name the peers of benches/claims.toml: {measured:?}"))
}

#[cfg(test)]
mod tests {
    //! What nobody tests or measures is found.

    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn code_that_no_test_compiles_is_found() {
        let page = file("docs/page.md", "# Page\n\n```rust,no_run\nf();\n```\n");
        let text = file("docs/text.md", "# Page\n\n```text\nf();\n```\n");
        let includes = file("a/src/b.rs", "#[doc = include_str!(\"../../docs/page.md\")]\nmod page {}\n");
        let untested = code_is_tested(&[page.clone(), text.clone()]);
        assert!(untested.len() == 1 && untested[0].starts_with("docs/page.md: "), "{untested:?}");
        assert_eq!(code_is_tested(&[page, text, includes]), [""; 0]);
    }

    #[test]
    fn what_the_front_page_claims_is_measured_and_holds() {
        let claims = crate::claims::parse(
            "[[claim]]\nname = \"good\"\ncomponent = \"arena\"\nours = \"a/b/flow\"\n\
             peer = [\"a/b/x/t=1\", \"a/b/y/t=1\"]\nratio = 0.5\n\
             [[claim]]\nname = \"bad\"\ncomponent = \"arena\"\nours = \"a/b/flow\"\npeer = [\"a/b/x\"]\nratio = 0.5\n\
             missed = \"for a reason\"\n",
        )
        .expect("claims");
        let check =
            |row: &str| speed_is_claimed(&format!("| what | ratio | peers |\n|-|-|-|\n{row}\n\n"), &claims);
        assert_eq!(check("| good | 0.5 | `y`, `x` |"), [""; 0]);
        for (row, problem) in [
            ("| better | 0.5 | `x`, `y` |", "is not a row"),
            ("| bad | 0.5 | `x` |", "is missed"),
            ("| good | 0.4 | `x`, `y` |", "should say 0.5"),
            ("| good | 0.5 | `x` |", "should name the peers"),
            ("| good | 0.5 |", "does not have three cells"),
            ("", "lacks the table"),
        ] {
            let found = check(row);
            assert!(found.len() == 1 && found[0].contains(problem), "{row}: {found:?}");
        }
    }
}
