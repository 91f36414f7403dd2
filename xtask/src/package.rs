//! `cargo xtask package`: each published crate as a package, as crates.io would get it.
//!
//! Three questions: is everything in it that a reader of the package needs, is nothing else in it, and does it build, with all
//! features, from what is in it? Cargo answers the last, with the other crates taken from their packages too.

use anyhow::{Context, Result};

use crate::metadata::Metadata;
use crate::outcome::Outcome;
use crate::process::Cargo;
use crate::tally::Tally;

/// What must be in each package.
const WANTED: &[&str] = &["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs"];

/// What else may be. A folder ends with a slash.
const ALLOWED: &[&str] =
    &[".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml.orig", "examples/", "src/", "workflows/"];

pub(crate) fn run(cargo: Cargo) -> Result<Outcome> {
    let metadata = Metadata::read(cargo)?;
    let mut problems = Vec::new();
    for package in metadata.published() {
        let list = cargo.command(&["package", "--quiet", "--list", "--allow-dirty", "-p", &package.name]);
        let list = list.probe().with_context(|| format!("`{list}` failed: run it to see why"))?;
        problems.extend(check_contents(&list).into_iter().map(|what| format!("{}: {what}", package.name)));
    }
    for problem in &problems {
        eprintln!("error: {problem}");
    }
    // `--quiet`: cargo would warn that tests are not packaged and that the crates have no repository; both are intended.
    let build = cargo.command(&["package", "--quiet", "--workspace", "--all-features", "--allow-dirty"]);
    let excluded = metadata.unpublished().flat_map(|package| ["--exclude", package.name.as_str()]);
    if !build.args(excluded).run()? {
        problems.push("a package does not build".to_owned());
    }
    Ok(if problems.is_empty() {
        Outcome::passed(Tally::default())
    } else {
        Outcome::failed(problems.join("; "), Tally::default())
    })
}

/// What is wrong with the contents of a package, a path a line.
fn check_contents(list: &str) -> Vec<String> {
    // Cargo prints the separators of the system.
    let paths: Vec<String> = list.lines().map(|path| path.replace('\\', "/")).collect();
    let lacking = WANTED.iter().filter(|wanted| !paths.iter().any(|path| path == *wanted));
    let lacking = lacking.map(|wanted| format!("{wanted} is not in the package"));
    let surplus = paths.iter().filter(|path| !WANTED.contains(&path.as_str()) && !is_allowed(path));
    let surplus = surplus.map(|path| {
        format!("{path} is in the package: see `include` in Cargo.toml, or ALLOWED in xtask/src/package.rs")
    });
    lacking.chain(surplus).collect()
}

fn is_allowed(path: &str) -> bool {
    ALLOWED.iter().any(|allowed| path == *allowed || (allowed.ends_with('/') && path.starts_with(allowed)))
}

#[cfg(test)]
mod tests {
    //! What must be in a package, and what must not.

    use super::*;

    const GOOD: &str = ".cargo_vcs_info.json\nCargo.lock\nCargo.toml\nCargo.toml.orig\nLICENSE-APACHE\n\
                        LICENSE-MIT\nREADME.md\nexamples/a.rs\nsrc/lib.rs\nsrc/raw/b.rs\n";

    #[test]
    fn a_whole_package_is_fine() {
        assert_eq!(check_contents(GOOD), [""; 0]);
        assert_eq!(check_contents(&GOOD.replace('/', "\\")), [""; 0]);
    }

    #[test]
    fn a_package_without_licence_is_not() {
        let problems = check_contents(&GOOD.replace("LICENSE-MIT\n", ""));
        assert_eq!(problems, ["LICENSE-MIT is not in the package"]);
    }

    #[test]
    fn junk_is_named() {
        for junk in ["trace.json", "tests/it/main.rs", "target/debug/x", "srcs.rs"] {
            let problems = check_contents(&format!("{GOOD}{junk}\n"));
            assert!(problems.len() == 1 && problems[0].starts_with(junk), "{problems:?}");
        }
    }
}
