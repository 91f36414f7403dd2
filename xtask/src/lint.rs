//! `cargo xtask lint`: format, clippy and rustdoc with warnings denied, and the rules of the repository.

use anyhow::Result;

use crate::components::{LOOM_CRATES, library_features};
use crate::outcome::Outcome;
use crate::process::{Cargo, Command, root};
use crate::tally::Tally;
use crate::{loom, tidy};

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Let rustfmt and clippy change what they can, then check.
    #[arg(long)]
    fix: bool,
}

pub(crate) fn run(cargo: Cargo, arguments: &Arguments) -> Result<Outcome> {
    if arguments.fix {
        let fixed = clippy(cargo).args(["--workspace", "--all-targets", "--all-features"]);
        fixed.args(["--fix", "--allow-dirty", "--allow-staged"]).run()?;
        Command::new("cargo").args(["fmt", "--all"]).run()?;
    }
    let mut failed = Vec::new();
    for (name, command) in parts(cargo) {
        // The parts do not depend on each other, so one run shows all there is to mend.
        if !command.run()? {
            failed.push(name);
        }
    }
    if !tidy()? {
        failed.push("tidy");
    }
    Ok(if failed.is_empty() {
        Outcome::passed(Tally::default())
    } else {
        Outcome::failed(failed.join(", "), Tally::default())
    })
}

fn parts(cargo: Cargo) -> [(&'static str, Command); 5] {
    let deny = ["--", "-D", "warnings"];
    [
        ("fmt", Command::new("cargo").args(["fmt", "--all", "--check"])),
        ("clippy", clippy(cargo).args(["--workspace", "--all-targets", "--all-features"]).args(deny)),
        ("clippy without features", clippy(cargo).args(["--workspace", "--no-default-features"]).args(deny)),
        // The test profile, so that the models themselves are checked.
        (
            "clippy with loom",
            clippy(cargo)
                .args(LOOM_CRATES.iter().flat_map(|package| ["-p", package]))
                .args(["--lib", "--profile", "test"])
                .args(library_features())
                .args(deny)
                .env("RUSTFLAGS", loom::FLAGS)
                .env("CARGO_TARGET_DIR", loom::TARGET),
        ),
        (
            "rustdoc",
            cargo
                .command(&["doc", "--workspace", "--no-deps", "--all-features"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        ),
    ]
}

fn clippy(cargo: Cargo) -> Command {
    cargo.command(&["clippy", "--quiet"])
}

/// The rules of the repository; prints each breach.
fn tidy() -> Result<bool> {
    eprintln!("$ (tidy: the rules of the repository, see xtask/src/tidy.rs)");
    let breaches = tidy::check(&root())?;
    for breach in &breaches {
        eprintln!("{breach}");
    }
    Ok(breaches.is_empty())
}
