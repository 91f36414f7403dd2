//! Text from files that is safe to show: control characters, which would have a terminal do something, are spelled out.

use std::borrow::Cow;

/// A name: one line, without any control character.
pub(crate) fn name(name: &str) -> Cow<'_, str> {
    spelled_out(name, char::is_control)
}

/// A message, in which lines may end and tabs may be.
pub(crate) fn message(message: &str) -> Cow<'_, str> {
    spelled_out(message, |character| character.is_control() && !matches!(character, '\n' | '\t'))
}

fn spelled_out(text: &str, wanted: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&wanted) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if wanted(character) {
            plain.extend(character.escape_default());
        } else {
            plain.push(character);
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    //! With and without control characters.

    use super::*;

    #[test]
    fn control_characters_are_spelled_out_and_no_others() {
        let text = "a 'é' \\ \u{1b}[31m\n\t\u{9b}\u{7f}\r";
        assert_eq!(name(text), r"a 'é' \ \u{1b}[31m\n\t\u{9b}\u{7f}\r");
        assert_eq!(message(text), "a 'é' \\ \\u{1b}[31m\n\t\\u{9b}\\u{7f}\\r");
        assert!(matches!(name("plain 'é' \\"), Cow::Borrowed(_)));
    }
}
