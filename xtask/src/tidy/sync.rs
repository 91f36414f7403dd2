//! Atomics, locks and threads come through a crate's `sync.rs`, so that loom can replace them. Tests and models are free.

use std::collections::BTreeSet;

use super::source::{code_only, line_of, paths, words};
use super::{File, is_listed};

/// The crates that are tools for the others.
const UNSHIPPED: &[(&str, &str)] = &[
    ("crates/flow-fuzz/", "fuzz targets, which no crate depends on"),
    ("crates/flow-testkit/", "only tests depend on it"),
];

pub(super) fn is_kept_apart(file: &File) -> Vec<String> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let shipped = file.path.starts_with("crates/")
        && file.path.contains("/src/")
        && !is_listed(UNSHIPPED, file)
        && name != "sync.rs"
        && !name.ends_with("tests.rs")
        && !name.starts_with("loom_");
    if !shipped {
        return Vec::new();
    }
    let lines = uses(&without_tests(&code_only(&file.text)));
    lines
        .into_iter()
        .map(|line| {
            format!(
                "line {line}: atomics, locks and threads come from `crate::sync`, which loom can replace, and statics \
                 from `crate::sync::of_process`"
            )
        })
        .collect()
}

/// The lines of `code` that name something that `sync.rs` must provide.
fn uses(code: &str) -> BTreeSet<usize> {
    let of_loom = code.lines().enumerate().filter(|(_, line)| words(line).any(|word| word == "loom"));
    let of_std = paths(code, &["core", "std"]);
    let of_std = of_std.iter().filter(|path| is_sync(&path.parts)).map(|path| line_of(code, path.at));
    of_loom.map(|(index, _)| index + 1).chain(of_std).collect()
}

/// Whether a path below `std` leads to what `sync.rs` must provide. A plain `Arc` is harmless, and so is the question whether a
/// thread panics.
fn is_sync(path: &[&str]) -> bool {
    match path {
        ["sync", "Arc" | "Weak", ..] | ["thread", "panicking", ..] => false,
        ["sync" | "thread" | "thread_local", ..] => true,
        _ => false,
    }
}

/// `code` with each item for tests blanked, as far as it begins at the start of a line; lines stay where they are.
fn without_tests(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(line) = rest.split_inclusive('\n').next() {
        let is_for_tests = line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test");
        let (item, tail) = rest.split_at(if is_for_tests { item_length(rest) } else { line.len() });
        if is_for_tests {
            kept.extend(item.chars().filter(|&character| character == '\n'));
        } else {
            kept.push_str(item);
        }
        rest = tail;
    }
    kept
}

/// The length of the item at the start of `code`, with its attributes: up to its `;` or its last brace.
fn item_length(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, character) in code.char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(character, ';' | '}') {
            return at + 1;
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    //! Each way to name what loom could not replace.

    use super::*;

    const ARENA: &str = "crates/flow-arena/src/arena.rs";

    fn breaches(path: &str, text: &str) -> Vec<String> {
        is_kept_apart(&File { path: path.to_owned(), text: text.to_owned() })
    }

    #[test]
    fn sync_types_come_from_one_file() {
        for bad in [
            "use std::sync::Mutex;",
            "use std::sync::{Arc, Mutex};",
            "use core::sync::atomic::AtomicUsize;",
            "let lock = std::sync::RwLock::new(1);",
            "use std::sync::Arc; use std::sync::OnceLock;",
            "std::thread::spawn(f);",
            "std::thread_local! {}",
            "use std::thread;",
            "use loom::sync::Arc;",
            "use std::{fmt, sync::Mutex};",
            "use std::{\n    fmt,\n    sync::{Arc, Mutex},\n};",
            "use std::{\n    fmt,\n    sync::{\n        atomic::{self as words, AtomicUsize},\n    },\n};",
            "use std::{thread, time::Duration};",
            "use std::sync;",
            "use std::sync as locks;",
            "use std::{fmt, sync};",
            "use std::sync::{self, Arc};",
            "use std::sync::*;",
        ] {
            assert_eq!(breaches(ARENA, bad).len(), 1, "{bad}");
        }
        for free in ["src/sync.rs", "src/raw/loom_lanes.rs", "src/arena/tests.rs", "tests/it/main.rs"] {
            let free = &format!("crates/flow-arena/{free}");
            assert_eq!(breaches(free, "use std::sync::Mutex;"), [""; 0], "{free}");
        }
    }

    #[test]
    fn what_is_harmless_may_come_from_std() {
        for good in [
            "if std::thread::panicking() {}\n",
            "use std::sync::Arc;\n// std::sync::Mutex\nuse crate::sync::Mutex;\n",
            "use std::sync::{Arc, Weak};\n",
            "use std::{fmt, sync::{Arc as Shared, Weak}, time::Duration};\n",
            "fn f(a: std::sync::Arc<u8>, b: core::fmt::Formatter<'_>) -> [std::sync::Weak<u8>; 1] {}\n",
        ] {
            assert_eq!(breaches(ARENA, good), [""; 0], "{good}");
        }
    }

    #[test]
    fn tests_are_free_and_what_follows_them_is_not() {
        let lock = "use std::sync::Mutex;\n";
        for tests in [
            "#[cfg(test)]\nmod tests {\n    use std::sync::Mutex;\n    fn f() {}\n}\n",
            "#[cfg(all(test, flow_loom))]\nmod loom_x;\n",
            "#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests;\n",
            "#[cfg(test)] use std::{\n    sync::Mutex,\n};\n",
            "#[cfg(test)]\nconst SIZES: [u8; 2] = [1, 2];\n",
        ] {
            assert_eq!(breaches(ARENA, tests), [""; 0], "{tests}");
            let found = breaches(ARENA, &format!("{tests}{lock}"));
            let line = format!("line {}: ", tests.lines().count() + 1);
            assert!(found.len() == 1 && found[0].starts_with(&line), "{tests}: {found:?}");
        }
    }
}
