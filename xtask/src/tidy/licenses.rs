//! Licences: those of all dependencies are on a list, and every published crate carries the texts of ours.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::metadata::Metadata;

/// What users of the crates may have to comply with: permissive licences, of those that are in use.
const SHIPPED: &[&str] = &["Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unicode-3.0", "Zlib"];

/// What the tests, the tools and the peers of the benchmarks may have besides.
const TOOLS: &[&str] = &["BSD-2-Clause-Patent", "BSL-1.0", "MPL-2.0", "MPL-2.0+", "NCSA"];

/// The files of our own licence.
const TEXTS: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];

/// Packages whose licence is not on the list.
pub(super) fn of_dependencies(metadata: &Metadata) -> Vec<String> {
    let shipped = metadata.shipped();
    let problem = |package: &crate::metadata::Package| {
        let is_shipped = shipped.contains(package.id.as_str());
        let Some(license) = &package.license else { return Some("has no licence".to_owned()) };
        let listed = |name: &str| SHIPPED.contains(&name) || (!is_shipped && TOOLS.contains(&name));
        match allows(license, &listed) {
            Ok(true) => None,
            Ok(false) if is_shipped => Some(format!("is shipped, and {license:?} is not on the list")),
            Ok(false) => Some(format!("is under {license:?}, which is not on the list")),
            Err(why) => Some(format!("is under {license:?}, which cannot be read: {why}")),
        }
    };
    let found = metadata.packages.iter().filter_map(|package| Some((package, problem(package)?)));
    found
        .map(|(package, problem)| {
            format!("Cargo.lock: {} {} {problem} (xtask/src/tidy/licenses.rs)", package.name, package.version)
        })
        .collect()
}

/// Published crates without the texts of our licence: a package has only what is in its crate's folder, and links to files
/// elsewhere do not work on every system.
pub(super) fn of_crates(root: &Path, metadata: &Metadata) -> Result<Vec<String>> {
    let mut breaches = Vec::new();
    for name in TEXTS {
        let ours = fs::read(root.join(name)).with_context(|| format!("cannot read {name}"))?;
        for package in metadata.published() {
            let path = format!("crates/{}/{name}", package.name);
            if !fs::read(root.join(&path)).is_ok_and(|text| text == ours) {
                breaches.push(format!("{path}: is not a copy of {name}"));
            }
        }
    }
    Ok(breaches)
}

/// Whether somebody who accepts the licences that are `listed` may use what is under `expression`: licences by their names in
/// [SPDX](https://spdx.org/licenses/), joined by `OR` (also `/`, as it was once), `AND` and parentheses, in either
/// case. `WITH` an exception, a licence only allows more.
fn allows(expression: &str, listed: &dyn Fn(&str) -> bool) -> Result<bool, String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let result = any(&mut rest, listed)?;
    if rest.is_empty() { Ok(result) } else { Err(format!("unexpected {:?}", rest[0])) }
}

fn any(rest: &mut &[&str], listed: &dyn Fn(&str) -> bool) -> Result<bool, String> {
    let mut result = all(rest, listed)?;
    while take(rest, "OR") {
        result |= all(rest, listed)?;
    }
    Ok(result)
}

fn all(rest: &mut &[&str], listed: &dyn Fn(&str) -> bool) -> Result<bool, String> {
    let mut result = one(rest, listed)?;
    while take(rest, "AND") {
        result &= one(rest, listed)?;
    }
    Ok(result)
}

fn one(rest: &mut &[&str], listed: &dyn Fn(&str) -> bool) -> Result<bool, String> {
    if take(rest, "(") {
        let result = any(rest, listed)?;
        return if take(rest, ")") { Ok(result) } else { Err("a parenthesis is not closed".to_owned()) };
    }
    let result = listed(name(rest)?);
    if take(rest, "WITH") {
        name(rest)?;
    }
    Ok(result)
}

fn name<'a>(rest: &mut &[&'a str]) -> Result<&'a str, String> {
    match rest.split_first() {
        Some((&first, tail)) if !is_operator(first) => {
            *rest = tail;
            Ok(first)
        }
        _ => Err("a name is missing".to_owned()),
    }
}

fn is_operator(word: &str) -> bool {
    ["OR", "AND", "WITH", "(", ")"].iter().any(|operator| operator.eq_ignore_ascii_case(word))
}

fn take(rest: &mut &[&str], word: &str) -> bool {
    let found = rest.first().is_some_and(|first| first.eq_ignore_ascii_case(word));
    if found {
        *rest = &rest[1..];
    }
    found
}

#[cfg(test)]
mod tests {
    //! What an expression allows, and which packages are found.

    use super::*;
    use crate::metadata::tests::example;

    #[test]
    fn expressions_are_understood() {
        let allows = |expression: &str| allows(expression, &|name| ["MIT", "Apache-2.0"].contains(&name));
        for yes in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(MIT OR GPL-3.0) AND Apache-2.0",
            "GPL-3.0 AND X OR MIT",
            "GPL-3.0 or MIT",
        ] {
            assert_eq!(allows(yes), Ok(true), "{yes}");
        }
        assert_eq!(allows("Apache-2.0 WITH LLVM-exception"), Ok(true));
        for no in ["GPL-3.0", "MIT AND GPL-3.0", "MIT AND (GPL-3.0 OR X)", "GPL-3.0 WITH MIT"] {
            assert_eq!(allows(no), Ok(false), "{no}");
        }
        for wrong in ["", "MIT OR", "(MIT", "MIT)", "MIT GPL-3.0", "OR MIT"] {
            assert!(allows(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tools_may_have_what_is_not_shipped() {
        let found = of_dependencies(&example());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("Cargo.lock: b 1.0.0 is shipped, and \"MPL-2.0\" is not on the list"));
    }

    #[test]
    fn a_crate_without_the_texts_is_found() {
        let found = of_crates(&crate::process::root(), &example()).expect("our licences can be read");
        assert_eq!(found[0], "crates/ours/LICENSE-APACHE: is not a copy of LICENSE-APACHE");
    }
}
