//! What cargo knows of the workspace: its packages, and what each depends on.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process::Cargo;

/// The part of the output of `cargo metadata` that somebody looks at.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    /// Where it comes from; nothing for a package of the workspace.
    source: Option<String>,
    /// The registries to which it may go; nothing for all of them.
    publish: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Debug, Deserialize)]
struct DependencyKind {
    /// `dev` or `build`; nothing for an ordinary one.
    kind: Option<String>,
}

impl Metadata {
    /// Asks cargo, with all features.
    pub(crate) fn read(cargo: Cargo) -> Result<Self> {
        let command = cargo.command(&["metadata", "--format-version", "1", "--all-features"]);
        let text = command.probe().with_context(|| format!("`{command}` failed: run it to see why"))?;
        Self::parse(&text)
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).context("cannot read what `cargo metadata` says")
    }

    /// The packages of the workspace that are published.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.source.is_none() && package.publish.is_none())
    }

    /// The packages of the workspace that are not.
    pub(crate) fn unpublished(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.source.is_none() && package.publish.is_some())
    }

    /// The ids of the published packages, and of all that one of them needs at last, its tests aside.
    pub(crate) fn shipped(&self) -> BTreeSet<&str> {
        let nodes: BTreeMap<&str, &Node> =
            self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let mut found = BTreeSet::new();
        let mut next: Vec<&str> = self.published().map(|package| package.id.as_str()).collect();
        while let Some(id) = next.pop() {
            if found.insert(id) {
                let needed = nodes.get(id).into_iter().flat_map(|node| &node.deps);
                next.extend(needed.filter(|other| other.is_shipped()).map(|other| other.pkg.as_str()));
            }
        }
        found
    }
}

impl Dependency {
    fn is_shipped(&self) -> bool {
        self.dep_kinds.iter().any(|each| each.kind.as_deref() != Some("dev"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    //! Who is published, and what is shipped with whom.

    use super::*;

    /// `ours` needs `a`, which needs `b`; its tests need `kit`, which needs `c`.
    pub(crate) fn example() -> Metadata {
        let package = |name: &str, license: &str, source: &str, publish: &str| {
            format!(
                r#"{{"id": "{name}", "name": "{name}", "version": "1.0.0", "license": {license},
                    "source": {source}, "publish": {publish}}}"#
            )
        };
        let node = |name: &str, deps: &[(&str, &str)]| {
            let deps: Vec<_> = deps
                .iter()
                .map(|(other, kind)| format!(r#"{{"pkg": "{other}", "dep_kinds": [{{"kind": {kind}}}]}}"#))
                .collect();
            format!(r#"{{"id": "{name}", "deps": [{}]}}"#, deps.join(", "))
        };
        let packages = [
            package("ours", "\"MIT\"", "null", "null"),
            package("kit", "\"MIT\"", "null", "[]"),
            package("a", "\"Zlib AND (MIT OR GPL-3.0)\"", "\"registry\"", "null"),
            package("b", "\"MPL-2.0\"", "\"registry\"", "null"),
            package("c", "\"MPL-2.0\"", "\"registry\"", "null"),
        ];
        let nodes = [
            node("ours", &[("a", "null"), ("kit", "\"dev\"")]),
            node("a", &[("b", "\"build\"")]),
            node("b", &[]),
            node("kit", &[("c", "null")]),
            node("c", &[]),
        ];
        let text = format!(
            r#"{{"packages": [{}], "resolve": {{"nodes": [{}]}}}}"#,
            packages.join(", "),
            nodes.join(", ")
        );
        Metadata::parse(&text).expect("what cargo would say")
    }

    #[test]
    fn what_tests_need_is_not_shipped() {
        let example = example();
        assert_eq!(example.published().map(|package| &package.name).collect::<Vec<_>>(), ["ours"]);
        assert_eq!(example.unpublished().map(|package| &package.name).collect::<Vec<_>>(), ["kit"]);
        assert_eq!(example.shipped().into_iter().collect::<Vec<_>>(), ["a", "b", "ours"]);
    }

    #[test]
    fn cargo_is_understood() {
        let metadata = Metadata::read(Cargo { locked: true }).expect("cargo runs");
        let mut published: Vec<_> = metadata.published().map(|package| package.name.as_str()).collect();
        published.sort_unstable();
        assert_eq!(published, ["flow-arena", "flow-concurrent", "flow-memory", "flow-workflow"]);
        assert!(metadata.shipped().len() > published.len());
    }
}
