//! Which lower case a capital sigma takes: `ς` at the end of a word, `σ` elsewhere.
//!
//! The rule is `Final_Sigma` of the Unicode standard, section 3.13, table 3-17, as [`str::to_lowercase`] applies it:
//! a cased letter before, none after, and characters that are ignorable for case don't count.

use super::case_ignorable::CASE_IGNORABLE;

/// The lower case of the capital sigma at byte `at` of `text`.
pub(super) fn lowercase_sigma(text: &str, at: usize) -> char {
    let after_a_letter = first_counts_as_cased(text[..at].chars().rev());
    let before_a_letter = first_counts_as_cased(text[at + 'Σ'.len_utf8()..].chars());
    if after_a_letter && !before_a_letter { 'ς' } else { 'σ' }
}

/// Whether the first character that is not ignorable is cased.
fn first_counts_as_cased(mut chars: impl Iterator<Item = char>) -> bool {
    chars.find(|&c| !is_case_ignorable(c)).is_some_and(is_cased)
}

/// The derived property `Cased`: lower case, upper case, or one of the few title case letters.
fn is_cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase() || is_titlecase(c)
}

/// The general category `Lt`.
fn is_titlecase(c: char) -> bool {
    matches!(
        c,
        'ǅ' | 'ǈ' | 'ǋ' | 'ǲ' | 'ᾈ'..='ᾏ' | 'ᾘ'..='ᾟ' | 'ᾨ'..='ᾯ' | 'ᾼ' | 'ῌ' | 'ῼ'
    )
}

fn is_case_ignorable(c: char) -> bool {
    let after = CASE_IGNORABLE.partition_point(|&(first, _)| first <= c);
    after.checked_sub(1).is_some_and(|range| c <= CASE_IGNORABLE[range].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `std` says about `c`, seen through what it makes of a sigma before it: a cased letter makes it `σ`, and so
    /// does a cased letter behind an ignorable one.
    fn by_std(c: char) -> (bool, bool) {
        let sigma = |text: String| text.to_lowercase().chars().nth(1) == Some('σ');
        let (alone, before_letter) = (sigma(format!("aΣ{c}")), sigma(format!("aΣ{c}a")));
        // Ignorable: what follows decides. Otherwise: cased or not, whatever follows.
        (!alone && before_letter, alone)
    }

    #[test]
    fn every_character_is_classed_as_std_does() {
        let mut ignorable: Vec<(char, char)> = Vec::new();
        for c in '\0'..=char::MAX {
            let (is_ignorable, is_other_cased) = by_std(c);
            if is_ignorable {
                match ignorable.last_mut() {
                    Some((_, last)) if u32::from(*last) + 1 == u32::from(c) => *last = c,
                    _ => ignorable.push((c, c)),
                }
            } else {
                assert_eq!(is_cased(c), is_other_cased, "{c:?}");
            }
        }
        assert!(
            ignorable == CASE_IGNORABLE,
            "std has another version of Unicode: the table in case_ignorable.rs must become {ignorable:?}"
        );
    }
}
