//! Text operations that give what `std`'s give, without a call of the global allocator.

mod case_ignorable;
mod final_sigma;

use std::fmt::{self, Write};

use crate::{
    AllocError,
    raw::{
        source::{self, Source},
        text_buffer::TextBuffer,
    },
};

/// `arguments`, formatted.
pub(crate) fn formatted<'m>(
    source: impl Source<'m>,
    arguments: fmt::Arguments<'_>,
) -> Result<&'m mut str, AllocError> {
    if let Some(text) = arguments.as_str() {
        return source::str_copy(source, text);
    }
    let mut buffer = TextBuffer::new(source, 0)?;
    let written = buffer.write_fmt(arguments);
    let text = buffer.finish()?;
    assert!(written.is_ok(), "a formatting trait implementation returned an error when the arena did not");
    Ok(text)
}

/// `text` in lower case.
pub(crate) fn lowercase<'m>(source: impl Source<'m>, text: &str) -> Result<&'m mut str, AllocError> {
    if text.is_ascii() {
        let copy = source::str_copy(source, text)?;
        copy.make_ascii_lowercase();
        return Ok(copy);
    }
    let mut buffer = TextBuffer::new(source, text.len())?;
    for (at, c) in text.char_indices() {
        if c == 'Σ' {
            buffer.push(final_sigma::lowercase_sigma(text, at))?;
        } else {
            c.to_lowercase().try_for_each(|lower| buffer.push(lower))?;
        }
    }
    buffer.finish()
}

/// `text` in upper case.
pub(crate) fn uppercase<'m>(source: impl Source<'m>, text: &str) -> Result<&'m mut str, AllocError> {
    if text.is_ascii() {
        let copy = source::str_copy(source, text)?;
        copy.make_ascii_uppercase();
        return Ok(copy);
    }
    let mut buffer = TextBuffer::new(source, text.len())?;
    for c in text.chars() {
        c.to_uppercase().try_for_each(|upper| buffer.push(upper))?;
    }
    buffer.finish()
}

/// `text` with `to` for every match of `from`.
pub(crate) fn replaced<'m>(
    source: impl Source<'m>,
    text: &str,
    from: &str,
    to: &str,
) -> Result<&'m mut str, AllocError> {
    let mut buffer = TextBuffer::new(source, text.len())?;
    let mut end = 0;
    for (start, matched) in text.match_indices(from) {
        buffer.push_str(&text[end..start])?;
        buffer.push_str(to)?;
        end = start + matched.len();
    }
    buffer.push_str(&text[end..])?;
    buffer.finish()
}
