//! Just enough of a lexer: Rust without its comments and literals, the paths in it, and the links of a Markdown text.

/// `text` with every comment, string and character literal blanked; lines stay where they are.
pub(super) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // A letter before `r"` or `b'` makes it the end of a name.
        let after_name = code.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        let length = comment(rest).or_else(|| literal(rest, after_name));
        let (skipped, tail) = rest.split_at(length.unwrap_or(first.len_utf8()));
        if length.is_some() {
            code.extend(skipped.chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
        } else {
            code.push_str(skipped);
        }
        rest = tail;
    }
    code
}

/// The length of the comment at the start of `text`.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    Some(text.len())
}

/// The length of the string or character literal at the start of `text`.
fn literal(text: &str, after_name: bool) -> Option<usize> {
    if text.starts_with('"') {
        return Some(quoted(text, '"'));
    }
    if text.starts_with('\'') {
        return character(text);
    }
    if after_name {
        return None;
    }
    let prefix = ["br", "cr", "r"].into_iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let hashes = prefix.chars().take_while(|&next| next == '#').count();
    let inner = prefix[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inner.find(&end).map_or(inner.len(), |at| at + end.len());
    Some(text.len() - inner.len() + length)
}

/// The length of a literal in quotes, with its backslashes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, next) in text.char_indices().skip(1) {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if next == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let mut after = text.chars().skip(1);
    match (after.next()?, after.next()) {
        ('\\', _) => Some(quoted(text, '\'')),
        (value, Some('\'')) => Some(2 + value.len_utf8()),
        _ => None,
    }
}

/// The names and keywords of a line of code.
pub(super) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
}

/// A path in code, below one of the roots that were asked for.
#[derive(Debug, PartialEq)]
pub(super) struct Path<'code> {
    /// Where its last part is, in bytes.
    pub(super) at: usize,
    /// Its names without the root; `self` and `*` are among them as they are written.
    pub(super) parts: Vec<&'code str>,
}

/// All paths of `code` that begin with one of `roots`; a group in braces is one path for each of its ends.
pub(super) fn paths<'code>(code: &'code str, roots: &[&str]) -> Vec<Path<'code>> {
    let tokens: Vec<(usize, &str)> = tokens(code).collect();
    let mut found = Vec::new();
    for (index, (_, token)) in tokens.iter().enumerate() {
        if roots.contains(token) && tokens.get(index + 1).is_some_and(|(_, next)| *next == "::") {
            tree(&tokens, index + 2, &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Adds the paths that begin at the token `index`, below `parents`, and returns where they end.
fn tree<'code>(
    tokens: &[(usize, &'code str)],
    mut index: usize,
    parents: &mut Vec<&'code str>,
    found: &mut Vec<Path<'code>>,
) -> usize {
    let token = |index: usize| tokens.get(index).map_or("", |(_, token)| *token);
    if token(index) != "{" {
        parents.push(token(index));
        if token(index + 1) == "::" {
            index = tree(tokens, index + 2, parents, found);
        } else {
            found.extend(tokens.get(index).map(|&(at, _)| Path { at, parts: parents.clone() }));
            index += 1;
        }
        parents.pop();
        return index;
    }
    index += 1;
    while !["}", ""].contains(&token(index)) {
        index = tree(tokens, index, parents, found);
        // A new name may follow, and then a comma.
        while !["}", ",", ""].contains(&token(index)) {
            index += 1;
        }
        index += usize::from(token(index) == ",");
    }
    index + 1
}

/// Names, `::`, and single characters, with where they begin.
fn tokens(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        at += code[at..].len() - code[at..].trim_start().len();
        let rest = &code[at..];
        let first = rest.chars().next()?;
        let length = if is_name(first) {
            rest.find(|character| !is_name(character)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        at += length;
        Some((at - length, &rest[..length]))
    })
}

/// The number of the line that the byte `at` is in.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The lines of a Markdown text that are no code, with their numbers.
pub(super) fn prose_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    numbered.filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// The targets of the links of a Markdown text, with their lines; code is passed over.
pub(super) fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    prose_lines(text).flat_map(|(number, line)| links_of(line).into_iter().map(move |link| (number, link)))
}

/// `[text](target)` and `[label]: target`.
fn links_of(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let reference = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    found.extend(reference.and_then(|(_, target)| target.split_whitespace().next()));
    // Every second part is between backticks, and code.
    for prose in line.split('`').step_by(2) {
        for rest in prose.split("](").skip(1) {
            found.extend(rest.split([')', ' ']).next());
        }
    }
    found
}

/// `target` as seen from `folder`, both relative to the root; `None` if it leads out of the repository.
pub(super) fn join(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    //! What is code, and what is a link.

    use super::*;

    #[test]
    fn comments_and_literals_are_blanked() {
        for (text, code) in [
            ("a // unsafe\nb", "a b"),
            ("a /* x /* y */ z */ b", "a b"),
            (r#"f("un\"safe") + 1"#, "f( ) + 1"),
            (r##"f(r#"a"b"#, x)"##, "f( , x)"),
            (r#"f(br"a\", x)"#, "f( , x)"),
            ("f('\"', 'a', '\\'', b'x')", "f( , , , b )"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("bar\"text\"", "bar"),
            ("\"line\nline\" x", "x"),
            ("('é')", "( )"),
        ] {
            let blanked = code_only(text);
            assert_eq!(blanked.split_whitespace().collect::<Vec<_>>().join(" "), code, "{text}");
            assert_eq!(blanked.chars().count(), text.chars().count(), "{text}");
        }
    }

    #[test]
    fn lines_stay_where_they_are() {
        let text = "a\n/* b\n c */\n\"d\n\"\ne";
        assert_eq!(code_only(text).lines().count(), text.lines().count());
        assert_eq!(code_only(text).lines().last(), Some("e"));
    }

    #[test]
    fn words_are_whole() {
        let found: Vec<_> = words("#![forbid(unsafe_code)] unsafe{x}").collect();
        assert_eq!(found, ["forbid", "unsafe_code", "unsafe", "x"]);
    }

    #[test]
    fn groups_are_paths() {
        let code =
            "use std::{fmt, sync::{self, Arc as A}, io::*};\nlet x = a::std::mem::take::<u8>(core);\nstd::";
        let found: Vec<_> =
            paths(code, &["core", "std"]).into_iter().map(|path| path.parts.join("::")).collect();
        assert_eq!(found, ["fmt", "sync::self", "sync::Arc", "io::*", "mem::take::<"]);
        let last = paths(code, &["a"]).pop().expect("a path");
        assert_eq!((line_of(code, last.at), &code[last.at..=last.at]), (2, "<"));
        assert_eq!(paths("use std::{a, {b", &["std"]).len(), 2);
    }

    #[test]
    fn links_are_found_outside_of_code() {
        let text =
            "see [a](b.md) and [c](d.md#e \"title\"), not `[f](g.md)`\n```\n[h](i.md)\n```\n[j]: k.md\n";
        assert_eq!(links(text).collect::<Vec<_>>(), [(1, "b.md"), (1, "d.md#e"), (5, "k.md")]);
    }

    #[test]
    fn paths_are_joined() {
        assert_eq!(join("docs", "../README.md").as_deref(), Some("README.md"));
        assert_eq!(join("", "./docs/a.md").as_deref(), Some("docs/a.md"));
        assert_eq!(join("docs", "../../elsewhere"), None);
    }
}
