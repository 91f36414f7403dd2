//! Public items that no example shows.
//!
//! An item is shown by an example of its own. A method is shown, too, by an example of its type or of another method of
//! that which calls it, and by any that names both (`Type::method`); everything else, by any that names it. So an accessor
//! needs no example of its own where that of its type has it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// What rustdoc calls the items that want an example.
const KINDS: &[&str] =
    &["struct", "enum", "union", "trait", "function", "constant", "static", "macro", "type_alias"];

/// Languages of blocks in documentation that are no code in Rust.
const OTHER_LANGUAGES: &[&str] = &["text", "toml", "sh", "json"];

/// The names of the items that no example shows, by what rustdoc described.
pub(super) fn unshown(json: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(json).with_context(|| format!("cannot read {}", json.display()))?;
    let all: Value =
        serde_json::from_str(&text).with_context(|| format!("cannot read {}", json.display()))?;
    Ok(Documentation(&all).unshown())
}

/// What rustdoc knows of a crate.
#[derive(Clone, Copy)]
struct Documentation<'d>(&'d Value);

impl<'d> Documentation<'d> {
    fn unshown(self) -> Vec<String> {
        let mut reached = BTreeSet::new();
        self.reach(&self.0["root"], &mut reached);
        let items: Vec<&Value> = reached.iter().map(|id| &self.0["index"][id]).collect();
        let everywhere: String = items
            .iter()
            .flat_map(|item| self.methods(item).into_iter().chain([*item]))
            .map(examples)
            .collect();
        let mut unshown = Vec::new();
        for item in items {
            let name = name(item);
            let is_wanted = kind(item).is_some_and(|kind| KINDS.contains(&kind));
            if is_wanted && examples(item).is_empty() && !names(&everywhere, name, &[""]) {
                unshown.push(name.to_owned());
            }
            let methods = self.methods(item);
            let beside: String = methods.iter().chain([&item]).map(|item| examples(item)).collect();
            for method in methods {
                let path = format!("{name}::{}", self::name(method));
                let is_shown = names(&beside, self::name(method), &[".", "::", "fn "])
                    || names(&everywhere, &path, &[""]);
                if examples(method).is_empty() && !is_shown {
                    unshown.push(path);
                }
            }
        }
        unshown
    }

    /// Adds what can be named from outside, by modules and reexports.
    fn reach(self, id: &Value, reached: &mut BTreeSet<String>) {
        let id = id.to_string();
        let item = &self.0["index"][&id];
        if item.is_null() || !reached.insert(id) {
            return;
        }
        let inner = &item["inner"];
        inner["module"]["items"].as_array().into_iter().flatten().for_each(|id| self.reach(id, reached));
        self.reach(&inner["use"]["id"], reached);
    }

    /// The public methods of a type, and the methods of a trait.
    fn methods(self, item: &Value) -> Vec<&'d Value> {
        let Some(kind) = kind(item) else { return Vec::new() };
        let index = &self.0["index"];
        let ids = |list: &'d Value| list.as_array().into_iter().flatten().map(Value::to_string);
        let inner = &index[item["id"].to_string()]["inner"][kind];
        let impls = ids(&inner["impls"]).map(|id| &index[id]["inner"]["impl"]);
        let own = impls.filter(|each| each["trait"].is_null()).flat_map(|each| ids(&each["items"]));
        let public = own.map(|id| &index[id]).filter(|method| method["visibility"] == "public");
        let of_trait = ids(&inner["items"]).map(|id| &index[id]).filter(|_| kind == "trait");
        public.chain(of_trait).filter(|method| self::kind(method) == Some("function")).collect()
    }
}

fn kind(item: &Value) -> Option<&str> {
    item["inner"].as_object()?.keys().next().map(String::as_str)
}

fn name(item: &Value) -> &str {
    item["name"].as_str().unwrap_or_default()
}

/// The code in an item's documentation.
fn examples(item: &Value) -> String {
    let mut code = String::new();
    let mut is_code = None;
    for line in item["docs"].as_str().unwrap_or_default().lines() {
        match (line.trim_start().strip_prefix("```"), is_code) {
            (Some(language), None) => is_code = Some(!OTHER_LANGUAGES.contains(&language)),
            (Some(_), Some(_)) => is_code = None,
            (None, Some(true)) => code.extend([line, "\n"]),
            (None, _) => {}
        }
    }
    code
}

/// Whether `code` has `name` as a whole word, after one of `before`.
fn names(code: &str, name: &str, before: &[&str]) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(name).any(|(start, _)| {
        let (left, right) = (&code[..start], &code[start + name.len()..]);
        !left.ends_with(is_part)
            && !right.starts_with(is_part)
            && before.iter().any(|before| left.ends_with(before))
    })
}

#[cfg(test)]
mod tests {
    //! A small crate, as rustdoc would describe it.

    use serde_json::json;

    use super::*;

    /// A module with a type `Pool`, whose methods are `get`, which has an example, and two others.
    fn documentation(example: &str) -> Value {
        let method = |id: u32, name: &str, docs: &str| json!({"id": id, "name": name, "docs": docs, "visibility": "public", "inner": {"function": {}}});
        json!({"root": 0, "index": {
            "0": {"id": 0, "name": "pools", "docs": null, "inner": {"module": {"items": [1, 9]}}},
            "1": {"id": 1, "name": null, "docs": null, "inner": {"use": {"id": 2}}},
            "2": {"id": 2, "name": "Pool", "docs": "```text\nput\n```", "inner": {"struct": {"impls": [3, 7]}}},
            "3": {"id": 3, "inner": {"impl": {"trait": null, "items": [4, 5, 6]}}},
            "4": method(4, "get", example),
            "5": method(5, "put", "Nothing to see."),
            "6": method(6, "len", "How many."),
            "7": {"id": 7, "inner": {"impl": {"trait": {}, "items": [8]}}},
            "8": method(8, "clone", "Not ours."),
        }})
    }

    #[test]
    fn what_no_example_shows_is_named() {
        let unshown = |example: &str| Documentation(&documentation(example)).unshown();
        assert_eq!(unshown("Nothing."), ["Pool", "Pool::get", "Pool::put", "Pool::len"]);
        assert_eq!(unshown("```\nlet pool = Pool::new();\n```"), ["Pool::put", "Pool::len"]);
        assert_eq!(unshown("```\nPool::new().put(length)\n```"), ["Pool::len"]);
        assert_eq!(unshown("```\npool.put(pool.len())\n```"), ["Pool"]);
        assert_eq!(unshown("```\nmap(Pool::len); output(put); compute()\n```"), ["Pool::put"]);
    }
}
