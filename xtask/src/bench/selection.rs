//! What a command line selects: components, and parts of names of benchmarks.

use crate::claims::Claim;
use crate::components::{self, COMPONENTS};

/// The filters of the command line, told apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    /// The bench targets to run.
    pub(super) targets: Vec<&'static str>,
    /// What divan shall select by.
    pub(super) names: Vec<String>,
}

impl Selection {
    pub(super) fn new(filters: &[String]) -> Self {
        let (mut targets, mut names) = (Vec::new(), Vec::new());
        for filter in filters {
            match components::find(filter) {
                Some(component) => targets.push(component.bench),
                None => names.push(filter.clone()),
            }
        }
        if targets.is_empty() {
            targets = COMPONENTS.iter().map(|component| component.bench).collect();
        }
        Self { targets, names }
    }

    /// Whether the benchmarks of `claim` were to run.
    pub(super) fn includes(&self, claim: &Claim) -> bool {
        // divan joins the names along a path in its own way, so only parts of a single name work for both.
        let named = |name: &String| claim.ours.split('/').any(|part| part.contains(name.as_str()));
        self.targets.contains(&claim.component.bench)
            && (self.names.is_empty() || self.names.iter().any(named))
    }
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
            .filter(|claim| selection.includes(claim))
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
    }
}
