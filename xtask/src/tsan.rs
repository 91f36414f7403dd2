//! `cargo xtask tsan`: the tests under ThreadSanitizer, after proof that it works.
//!
//! It must see into the standard library too, or everything that a lock or a channel orders looks like a race. So the
//! standard library is built with it, from its source: that of the toolchain if rustup has it there, otherwise Debian's
//! own compiler with Debian's source. Debian has no runtime of the sanitizer; that of the pinned toolchain fits when both
//! are built on the same major version of LLVM.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::canary::{self, Canary};
use crate::components::{library_features, library_packages};
use crate::outcome::Outcome;
use crate::process::{Cargo, Command};
use crate::toolchain::Rustc;

const CANARIES: &[Canary] = &[Canary {
    package: "flow-testkit",
    target: "tsan_canary",
    name: "tsan_canary",
    report: "WARNING: ThreadSanitizer: data race",
}];

/// Where Debian's packages put the compiler, and the root of what belongs to it.
const DEBIAN: (&str, &str) = ("/usr/bin/rustc", "/usr");

const HOW: &str = "get it with `rustup component add rust-src`, or on Debian with \
     `apt-get install --no-install-recommends rustc-web rust-web-src`";

/// Properties run this many cases, because everything is five to fifteen times slower.
const CASES: u64 = 20;

/// A compiler with the source of its standard library.
#[derive(Debug, PartialEq, Eq)]
struct Toolchain {
    /// None is the pinned one.
    compiler: Option<&'static str>,
    /// The runtime to link, where the compiler has none.
    runtime: Option<PathBuf>,
}

pub(crate) fn run(cargo: Cargo) -> Result<Outcome> {
    let rustc = Rustc::pinned()?;
    let toolchain = match find(&rustc)? {
        Ok(toolchain) => toolchain,
        Err(missing) => return Ok(Outcome::missing("ThreadSanitizer", &missing)),
    };
    let sanitized = sanitized(cargo, &rustc.host, &toolchain);
    let tests = sanitized.clone().args(["--tests", "--no-fail-fast"]).args(library_packages());
    let tests = tests.args(library_features()).env("FLOW_PROP_CASES", CASES);
    let tests = tests.args(["--", "--skip", "asan_canary", "--skip", "tsan_canary"]);
    canary::guard(CANARIES, &sanitized, &tests, "tests under ThreadSanitizer")
}

/// A toolchain that can do it, or what is missing.
fn find(rustc: &Rustc) -> Result<Result<Toolchain, String>> {
    let Rustc { host, llvm: ours, .. } = rustc;
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).probe();
    let sysroot = PathBuf::from(sysroot.context("cannot run `rustc --print sysroot`")?.trim_end());
    let Some(runtime) = runtime(&sysroot, host) else {
        return Ok(Err(format!(
            "the Rust toolchain for {host} has no runtime for it; run this on another system"
        )));
    };
    if has_source(&sysroot) {
        return Ok(Ok(Toolchain { compiler: None, runtime: None }));
    }
    let (compiler, root) = DEBIAN;
    if !Path::new(compiler).exists() || !has_source(Path::new(root)) {
        return Ok(Err(format!("the source of the standard library is not there: {HOW}")));
    }
    let theirs = Rustc::of(compiler)?.llvm;
    if *ours != theirs {
        return Ok(Err(format!("{compiler} is built on LLVM {theirs} and our toolchain on {ours}: {HOW}")));
    }
    Ok(Ok(Toolchain { compiler: Some(compiler), runtime: Some(runtime) }))
}

fn has_source(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").exists()
}

/// The runtime of the sanitizer that comes with the toolchain at `sysroot`.
fn runtime(sysroot: &Path, host: &str) -> Option<PathBuf> {
    let libraries = fs::read_dir(sysroot.join("lib/rustlib").join(host).join("lib")).ok()?;
    let mut paths = libraries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| path.to_string_lossy().ends_with("_rt.tsan.a"))
}

/// The flags of the compiler.
fn flags(runtime: Option<&Path>) -> String {
    let sanitizer = "-Zsanitizer=thread --cfg flow_sanitize --cfg flow_sanitize=\"thread\"";
    let Some(runtime) = runtime else { return sanitizer.to_owned() };
    // As rustc itself links a runtime that it has: whole, before everything else, its symbols visible.
    let link = format!("-Zpre-link-arg=-Wl,--whole-archive,{},--no-whole-archive", runtime.display());
    format!("{sanitizer} -Zexternal-clangrt {link} -Clink-arg=-Wl,--export-dynamic")
}

/// `cargo test` with the sanitizer, in a target directory of its own.
fn sanitized(cargo: Cargo, host: &str, toolchain: &Toolchain) -> Command {
    let command = cargo
        .command(&["test", "-Zbuild-std", "--target", host])
        .env("RUSTC_BOOTSTRAP", 1)
        .env("RUSTFLAGS", flags(toolchain.runtime.as_deref()))
        .env("CARGO_TARGET_DIR", "target/tsan")
        // Tests ask for more memory than there is; that must come back as null, as it does without the sanitizer.
        .env("TSAN_OPTIONS", "allocator_may_return_null=1");
    match toolchain.compiler {
        Some(compiler) => command.env("RUSTC", compiler),
        None => command,
    }
}

#[cfg(test)]
mod tests {
    //! What a compiler is told, and what is not there.

    use super::*;

    #[test]
    fn a_runtime_is_linked_where_the_compiler_has_none() {
        assert!(!flags(None).contains("whole-archive"));
        let flags = flags(Some(Path::new("/lib/librustc_rt.tsan.a")));
        assert!(flags.contains("--whole-archive,/lib/librustc_rt.tsan.a,--no-whole-archive"), "{flags}");
        assert!(flags.contains("-Zexternal-clangrt"), "{flags}");
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let nowhere = Path::new("no/such/folder");
        assert_eq!((runtime(nowhere, "host"), has_source(nowhere)), (None, false));
    }
}
