//! What a command line selects: components, and parts of names of benchmarks.

use crate::claims::Claim;
use crate::components::COMPONENTS;

/// The filters of a command line, told apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Selection {
    /// The bench targets of the components; all if the command line names none.
    pub(crate) targets: Vec<&'static str>,
    /// Parts of names, of which a benchmark must have one, if there are any.
    pub(crate) names: Vec<String>,
}

impl Selection {
    pub(crate) fn new(filters: &[String]) -> Self {
        let is_component = |name: &str| COMPONENTS.iter().any(|component| component.name == name);
        let (components, names): (Vec<String>, Vec<String>) =
            filters.iter().cloned().partition(|filter| is_component(filter));
        let names = names.iter().map(|name| path(name)).collect();
        let is_chosen = |name: &str| components.is_empty() || components.iter().any(|chosen| chosen == name);
        let chosen = COMPONENTS.iter().filter(|component| is_chosen(component.name));
        Self { targets: chosen.map(|component| component.bench).collect(), names }
    }

    /// Whether no component is left out.
    pub(crate) fn has_all_targets(&self) -> bool {
        self.targets.len() == COMPONENTS.len()
    }

    /// Whether a benchmark of `target` is selected, one of whose names is among `names`.
    pub(crate) fn includes(&self, target: &str, names: &[&str]) -> bool {
        (self.has_all_targets() || self.targets.contains(&target))
            && (self.names.is_empty()
                || self.names.iter().any(|part| names.iter().any(|name| name.contains(part))))
    }

    /// Whether the benchmarks of `claim` were to run.
    pub(crate) fn includes_claim(&self, claim: &Claim) -> bool {
        self.includes(claim.component.bench, &[&path(&claim.ours)])
    }
}

/// A name as reports and claims have it, `get/64/flow_pool/t=1`, as divan joins it. A number of threads is no part of that.
fn path(name: &str) -> String {
    let without_threads = name.rsplit_once("/t=").map_or(name, |(name, _)| name);
    without_threads.replace('/', "::")
}

#[cfg(test)]
mod tests {
    //! Which benchmarks and which claims a command line selects.

    use super::*;
    use crate::claims;

    fn selection(filters: &[&str]) -> Selection {
        Selection::new(&filters.iter().map(|&filter| filter.to_owned()).collect::<Vec<_>>())
    }

    fn selected(filters: &[&str]) -> Vec<String> {
        let selection = selection(filters);
        claims::samples()
            .into_iter()
            .filter(|claim| selection.includes_claim(claim))
            .map(|claim| claim.name)
            .collect()
    }

    #[test]
    fn components_select_targets_and_other_words_select_names() {
        let everything = Selection {
            targets: vec![
                "arena",
                "buffer_pool",
                "concurrent_map",
                "node_pool",
                "read_map",
                "string_pool",
                "workflow",
            ],
            names: vec![],
        };
        assert_eq!(selection(&[]), everything);
        let one = Selection { targets: vec!["string_pool"], names: vec!["hit".to_owned()] };
        assert_eq!(selection(&["hit", "string-pool"]), one);
    }

    #[test]
    fn filters_select_claims_too() {
        assert_eq!(selected(&[]), ["a", "b", "c"]);
        assert_eq!(selected(&["arena"]), ["a", "b"]);
        assert_eq!(selected(&["alloc"]), ["a"]);
        assert_eq!(selected(&["arena", "intern"]), [""; 0]);
        let claim = &claims::samples()[0];
        assert_eq!(selected(&[&claim.ours]), ["a"]);
        assert_eq!(selection(&["get/64/flow_pool/t=1"]).names, ["get::64::flow_pool"]);
    }
}
