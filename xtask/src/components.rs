//! The components of the workspace, and where their properties and benchmarks are. A new component is a new row.

/// One component.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Component {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// The crate that it belongs to.
    pub(crate) package: &'static str,
    /// Where its properties are in `tests/it` or among the unit tests, as libtest's filters: a module of nothing else, which
    /// ends with `::`, or one test.
    pub(crate) properties: &'static [&'static str],
    /// Its target in `benches/`.
    pub(crate) bench: &'static str,
    /// What its benchmarks count: time is that of one of them.
    pub(crate) operation: &'static str,
    /// What has the size that the name of a case has, such as `10k` in `u64_10k`, and in what.
    pub(crate) size: &'static str,
}

pub(crate) const COMPONENTS: &[Component] = &[
    Component {
        name: "arena",
        package: "flow-arena",
        properties: &[
            "arena_properties::",
            "arena_lane::scopes_never_touch_what_is_outside",
            "arena_text::text_operations_match_std",
        ],
        bench: "arena",
        operation: "operation",
        size: "an allocation in bytes",
    },
    Component {
        name: "buffer-pool",
        package: "flow-memory",
        properties: &[
            "buffer_pool_properties::",
            "buffer_pool_model::model",
            "bytes::buf_mut_agrees",
            "object_pool_model::object_pool_model",
        ],
        bench: "buffer_pool",
        operation: "operation",
        size: "a buffer in bytes",
    },
    Component {
        name: "concurrent-map",
        package: "flow-concurrent",
        properties: &[
            "concurrent_map_properties::",
            "any_map::concurrent_constant::",
            "any_map::concurrent_default::",
            "any_map::concurrent_identity::",
            "any_map::concurrent_many_shards::",
            "any_map::concurrent_sip_hash::",
            "any_map::concurrent_two_shards::",
            "serde::serialized_maps_come_back",
        ],
        bench: "concurrent_map",
        operation: "operation",
        size: "the map in entries",
    },
    Component {
        name: "node-pool",
        package: "flow-workflow",
        properties: &["node_pool_properties::"],
        bench: "node_pool",
        operation: "operation",
        size: "the pool in nodes",
    },
    Component {
        name: "read-map",
        package: "flow-concurrent",
        properties: &[
            "read_map_properties::",
            "any_map::read_constant::",
            "any_map::read_default::",
            "any_map::read_identity::",
            "any_map::read_sip_hash::",
        ],
        bench: "read_map",
        operation: "operation",
        size: "the map in entries",
    },
    Component {
        name: "string-pool",
        package: "flow-arena",
        properties: &["string_pool_properties::", "string_pool_serde::serialized_pools_come_back"],
        bench: "string_pool",
        operation: "operation",
        size: "the pool in strings",
    },
    Component {
        name: "workflow",
        package: "flow-workflow",
        properties: &[
            "workflow_properties::",
            "graph::tests::cycles_are_found",
            "graph::tests::graphs_compile",
            "lane::tests::a_lane_is_a_stack_of_ranges",
            "lane::tests::one_thread_sees_the_same_without_atomics",
            "machine::tests::the_machine_agrees_with_the_oracle",
            "wfformat::properties::",
        ],
        bench: "workflow",
        operation: "node",
        size: "the graph in nodes",
    },
];

/// The crates with loom models in their unit tests.
pub(crate) const LOOM_CRATES: &[&str] = &["flow-arena", "flow-concurrent", "flow-memory", "flow-workflow"];

/// The packages that are tools: they are not shipped, so optimized builds and checkers leave them out.
pub(crate) const TOOL_PACKAGES: &[&str] = &["xtask", "flow-benches", "flow-fuzz"];

/// All features but those of programs, whose dependencies would take longer to build than all the rest: for optimized builds
/// and checkers. The tests of programs run in the debug build.
const FEATURES: &[&str] = &[
    "flow-arena/allocator-api2",
    "flow-arena/lasso",
    "flow-arena/serde",
    "flow-concurrent/rayon",
    "flow-concurrent/serde",
    "flow-memory/bytes",
    "flow-memory/serde",
    "flow-workflow/chrome-trace",
    "flow-workflow/serde",
    "flow-workflow/tracing",
    "flow-workflow/wfformat",
];

/// The features of libraries, as arguments of cargo.
pub(crate) fn library_features() -> impl Iterator<Item = &'static str> {
    FEATURES.iter().flat_map(|feature| ["--features", feature])
}

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
    COMPONENTS.iter().map(|component| component.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    //! Looking up, and what an error says.

    use super::*;

    #[test]
    fn components_are_found_by_name() {
        assert_eq!(parse("string-pool").map(|found| found.bench), Ok("string_pool"));
        let problem = parse("pool").expect_err("not a component");
        assert!(
            problem.contains("\"pool\"")
                && problem.contains(
                    "arena, buffer-pool, concurrent-map, node-pool, read-map, string-pool, workflow"
                ),
            "{problem}"
        );
    }

    #[test]
    fn all_features_of_libraries_are_listed() {
        let crates = crate::process::root().join("crates");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(crates).expect("a folder") {
            let manifest = entry.expect("an entry").path().join("Cargo.toml");
            let text = std::fs::read_to_string(manifest).expect("a manifest");
            let manifest: toml::Table = toml::from_str(&text).expect("a table");
            let name = manifest["package"]["name"].as_str().expect("a name").to_owned();
            let features = manifest.get("features").and_then(toml::Value::as_table);
            let features = features.into_iter().flatten().map(|(feature, _)| feature);
            let of_libraries = features.filter(|feature| !["cli", "default"].contains(&feature.as_str()));
            found.extend(of_libraries.map(|feature| format!("{name}/{feature}")));
        }
        found.sort();
        assert_eq!(found, FEATURES);
    }

    #[test]
    fn tools_are_excluded_one_by_one() {
        let arguments: Vec<_> = library_packages().collect();
        let expected =
            ["--workspace", "--exclude", "xtask", "--exclude", "flow-benches", "--exclude", "flow-fuzz"];
        assert_eq!(arguments, expected);
    }
}
