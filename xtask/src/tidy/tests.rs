//! Each rule against a file that keeps it and one that does not, and all rules against the repository.

use super::*;
use crate::process::root;

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

fn source(path: &str) -> File {
    file(path, "//! A file.\n\nunsafe fn f() {}\n")
}

#[test]
fn the_repository_is_tidy() {
    let breaches = check(&root()).expect("the repository can be read");
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn a_file_opens_with_docs() {
    assert!(opens_with_docs(&file("a.rs", "//! What it is.\n")).is_empty());
    assert!(opens_with_docs(&file("a.rs", "#![doc = include_str!(\"../README.md\")]\n")).is_empty());
    assert!(!opens_with_docs(&file("a.rs", "use std::fmt;\n")).is_empty());
    assert!(!opens_with_docs(&file("a.rs", "//!\n")).is_empty());
}

#[test]
fn a_file_has_one_subject() {
    assert!(is_short(&file("a.rs", &"x\n".repeat(MAX_LINES))).is_empty());
    assert!(is_short(&file("a.rs", &"x\n".repeat(MAX_LINES + 1)))[0].contains("601 lines"));
}

#[test]
fn unsafe_has_its_places() {
    assert!(keeps_unsafe_apart(&source("crates/flow-arena/src/raw/block.rs")).is_empty());
    assert!(keeps_unsafe_apart(&source("crates/flow-testkit/src/alloc.rs")).is_empty());
    assert!(keeps_unsafe_apart(&source("benches/benches/arena.rs")).is_empty());
    for path in ["crates/flow-arena/src/arena.rs", "xtask/src/raw/a.rs", "crates/flow-testkit/src/model.rs"] {
        let breaches = keeps_unsafe_apart(&source(path));
        assert!(breaches[0].starts_with("line 3: `unsafe`"), "{path}: {breaches:?}");
    }
    let harmless = "//! unsafe\n#![forbid(unsafe_code)]\n// unsafe\nlet text = \"unsafe\";\n";
    assert!(keeps_unsafe_apart(&file("crates/flow-arena/src/arena.rs", harmless)).is_empty());
}

#[test]
fn unfinished_code_is_found() {
    assert_eq!(is_done(&file("a.rs", "//! A.\nfn f() { todo!() }\n")).len(), 1);
    assert!(is_done(&file("a.rs", "//! todo!()\n")).is_empty());
}

#[test]
fn folders_of_a_machine_are_found() {
    for folder in ["home", "root", "tmp", "Users"] {
        for text in
            [format!("see `/{folder}/me/flow`"), format!("/{folder}/x"), format!("file:///{folder}/x")]
        {
            assert_eq!(
                names_no_machine(&file("docs/page.md", &text)),
                ["line 1: names a folder of one machine"]
            );
        }
        for text in
            [format!("src/{folder}/x.rs"), format!("https://docs.rs/{folder}/"), format!("/{folder}s/")]
        {
            assert_eq!(names_no_machine(&file("docs/page.md", &text)), [""; 0], "{text}");
        }
    }
}

#[test]
fn packages_come_from_crates_io() {
    let lock =
        |source: &str| locks_crates_io(&file("Cargo.lock", &format!("[[package]]\nsource = \"{source}\"\n")));
    assert_eq!(lock("registry+https://github.com/rust-lang/crates.io-index"), [""; 0]);
    assert_eq!(lock("registry+https://mirror.example/index").len(), 1);
    assert_eq!(lock("git+https://github.com/a/b#c").len(), 1);
}

#[test]
fn layers_and_lints_are_kept() {
    let manifest = |dependencies: &str| {
        let text = format!("[package]\nname = \"flow-arena\"\n{dependencies}\n[lints]\nworkspace = true\n");
        manifest_is_in_order(&file("crates/flow-arena/Cargo.toml", &text))
    };
    assert_eq!(manifest("[dev-dependencies]\nflow-testkit.workspace = true"), [""; 0]);
    assert!(manifest("[dependencies]\nflow-memory.workspace = true")[0].contains("flow-memory"));
    assert!(manifest("[target.'cfg(unix)'.dependencies]\nflow-memory = \"1\"")[0].contains("flow-memory"));
    let bare = file("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n");
    assert!(manifest_is_in_order(&bare)[0].contains("[lints]"));
    let unknown =
        file("crates/new/Cargo.toml", "[package]\nname = \"flow-new\"\n[lints]\nworkspace = true\n");
    assert!(manifest_is_in_order(&unknown)[0].contains("LAYERS"));
}

#[test]
fn the_changelog_has_every_published_crate() {
    let breaches = |changelog: &str| changelog_has_all(changelog, &["flow-arena"]).len();
    assert_eq!(breaches("# Changelog\n\n## flow-arena\n\n### Unreleased\n"), 0);
    assert_eq!(breaches("# Changelog\n\n## flow-arena\n\n## other\n\n### Unreleased\n"), 1);
    assert_eq!(breaches("# Changelog\n"), 1);
}
