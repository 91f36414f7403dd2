//! Links in documents: each leads to something that is there, a heading included, and a crate's README, which is read where
//! nothing else of the repository is, has only such as work there.

use std::collections::BTreeMap;

use super::File;
use super::source::{self, links};

/// What is wrong with the links and images of a document. `exists` knows the files and folders of the repository.
pub(super) fn resolve(file: &File, files: &[File], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let problem = |link: &str| {
        if is_elsewhere(link) {
            return None;
        }
        let (target, heading) = link.split_once('#').unwrap_or((link, ""));
        let path = if target.is_empty() { Some(file.path.clone()) } else { source::join(folder, target) };
        let Some(path) = path.filter(|path| exists(path)) else {
            return Some(format!("the link {link} leads nowhere"));
        };
        let document = files.iter().find(|other| other.path == path && path.ends_with(".md"));
        let found = heading.is_empty()
            || document.is_some_and(|document| headings(&document.text).any(|anchor| anchor == heading));
        (!found).then(|| format!("the link {link} leads to a heading that is not there"))
    };
    let found = links(&file.text).filter_map(|(line, link)| Some((line, problem(link)?)));
    found.map(|(line, problem)| format!("line {line}: {problem}")).collect()
}

/// To the web, or to a mailbox.
fn is_elsewhere(link: &str) -> bool {
    link.contains("://") || link.starts_with("mailto:")
}

/// What is wrong with the links of a crate's README: crates.io and others show it without the files beside it and without
/// rustdoc, which alone knows Rust items.
pub(super) fn work_alone(file: &File) -> Vec<String> {
    if !(file.path.starts_with("crates/") && file.path.ends_with("/README.md")) {
        return Vec::new();
    }
    let to_web = |link: &str| link.starts_with("https://") || link.starts_with('#');
    let dead = links(&file.text).filter(|(_, link)| !to_web(link));
    let dead = dead.map(|(line, link)| format!("line {line}: the link {link} is dead on crates.io"));
    let items = source::prose_lines(&file.text).filter(|(_, line)| {
        // `[name]: target` at the start of a line says where such a link leads.
        let ends = line.match_indices("`]").map(|(at, end)| &line[at + end.len()..]);
        ends.enumerate().any(|(index, rest)| {
            let defines = index == 0 && line.starts_with('[') && rest.starts_with(": ");
            !(defines || rest.starts_with(['(', '[']))
        })
    });
    let items = items.map(|(line, _)| {
        format!("line {line}: a link to a Rust item is one for rustdoc alone: write `name` without brackets")
    });
    dead.chain(items).collect()
}

/// The anchors of the headings of a document, as GitHub makes them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    source::prose_lines(text).filter(|(_, line)| line.starts_with('#')).map(move |(_, line)| {
        let anchor = anchor(line);
        let count = seen.entry(anchor.clone()).or_default();
        *count += 1;
        if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
    })
}

fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    kept.map(|character| if character == ' ' { '-' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    //! Which links are dead.

    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    fn breaches(text: &str) -> Vec<String> {
        let page = file("docs/page.md", text);
        let readme =
            file("README.md", "# Top\n\n## How *it* `works`\n\n## Top\n\n```sh\n# Not a heading\n```\n");
        resolve(&page.clone(), &[page, readme], |path| {
            ["README.md", "docs/page.md", "docs", "docs/a.svg"].contains(&path)
        })
    }

    #[test]
    fn links_lead_somewhere() {
        let good = "# Here\n\n[a](../README.md) [b](https://example.org/#x) [c](#here) [f](.)\n\
                    ![g](a.svg) [h](../README.md#how-it-works) [i](../README.md#top-1)\n\n[j]: ../README.md#top\n";
        assert_eq!(breaches(good), [""; 0]);
    }

    #[test]
    fn dead_links_are_named() {
        for (link, problem) in [
            ("[a](gone.md)", "the link gone.md leads nowhere"),
            ("![a](b.svg)", "the link b.svg leads nowhere"),
            ("[a](../../beyond.md)", "the link ../../beyond.md leads nowhere"),
            ("[a](#gone)", "the link #gone leads to a heading that is not there"),
            ("[a](../README.md#gone)", "the link ../README.md#gone leads to a heading that is not there"),
            ("[a](../README.md#not-a-heading)", "the link ../README.md#not-a-heading leads to a heading"),
            ("[a](flow_arena::Arena)", "the link flow_arena::Arena leads nowhere"),
            ("[a]: gone.md", "the link gone.md leads nowhere"),
            ("[a](a.svg#x)", "the link a.svg#x leads to a heading that is not there"),
        ] {
            let found = breaches(&format!("# Page\n\n{link}\n"));
            assert!(found.len() == 1 && found[0].starts_with(&format!("line 3: {problem}")), "{found:?}");
        }
    }

    #[test]
    fn a_readme_of_a_crate_stands_alone() {
        let check = |text: &str| work_alone(&file("crates/flow-arena/README.md", text)).len();
        let good = "[a](https://docs.rs/x) [b](#features) `Arena` [`c`](https://docs.rs/c)\n\n[`e`]: https://e.org\n";
        assert_eq!(check(good), 0);
        for dead in ["[a](../../docs/arena.md)", "[a](Arena::reset)", "- [`Arena`]: bytes", "see [`Arena`]."]
        {
            assert_eq!(check(&format!("{dead}\n")), 1, "{dead}");
        }
        assert_eq!(work_alone(&file("docs/page.md", "[a](b.md)\n")), [""; 0]);
    }
}
