//! The components of the workspace, and where their properties and benchmarks are. A new component is a new row.

use std::fmt::Write;

/// One component.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Component {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// The crate that it belongs to.
    pub(crate) package: &'static str,
    /// The module of `tests/it` with its properties.
    pub(crate) properties: &'static str,
    /// Its target in `benches/`.
    pub(crate) bench: &'static str,
}

pub(crate) const COMPONENTS: &[Component] = &[
    Component { name: "arena", package: "flow-arena", properties: "arena_properties", bench: "arena" },
    Component {
        name: "string-pool",
        package: "flow-arena",
        properties: "string_pool_properties",
        bench: "string_pool",
    },
];

/// The crates with loom models in their unit tests.
pub(crate) const LOOM_CRATES: &[&str] = &["flow-arena"];

/// The packages that are tools: they are not shipped, so optimized builds and checkers leave them out.
pub(crate) const TOOL_PACKAGES: &[&str] = &["xtask", "flow-benches"];

/// `--workspace` without the tools.
pub(crate) fn library_packages() -> impl Iterator<Item = &'static str> {
    ["--workspace"].into_iter().chain(TOOL_PACKAGES.iter().flat_map(|tool| ["--exclude", tool]))
}

/// The component of that name, if there is one.
pub(crate) fn find(name: &str) -> Option<Component> {
    COMPONENTS.iter().copied().find(|component| component.name == name)
}

/// Reads a component from the command line.
pub(crate) fn parse(name: &str) -> Result<Component, String> {
    find(name).ok_or_else(|| format!("there is no component {name:?}; there are: {}", known()))
}

/// The names of all components, for messages.
pub(crate) fn known() -> String {
    let mut names = String::new();
    for component in COMPONENTS {
        let separator = if names.is_empty() { "" } else { ", " };
        write!(names, "{separator}{}", component.name).expect("writing to a string never fails");
    }
    names
}

#[cfg(test)]
mod tests {
    //! Looking up, and what an error says.

    use super::*;

    #[test]
    fn components_are_found_by_name() {
        assert_eq!(parse("string-pool").map(|found| found.bench), Ok("string_pool"));
        let problem = parse("pool").expect_err("not a component");
        assert!(problem.contains("\"pool\"") && problem.contains("arena, string-pool"), "{problem}");
    }

    #[test]
    fn tools_are_excluded_one_by_one() {
        let arguments: Vec<_> = library_packages().collect();
        assert_eq!(arguments, ["--workspace", "--exclude", "xtask", "--exclude", "flow-benches"]);
    }
}
