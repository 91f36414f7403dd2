//! What the arena and its lanes can do alike, and what the standard library does instead.

use std::{alloc::Layout, ptr::NonNull};

use flow_arena::{AllocError, Arena, Lane};

use super::Dropping;
use crate::input::Input;

/// Something to allocate from.
pub(super) trait Source<'m> {
    fn zeroed(&self, len: usize) -> Result<&'m mut [u8], AllocError>;
    fn copied(&self, bytes: &[u8]) -> Result<&'m mut [u8], AllocError>;
    /// Each the product of its index and `factor`.
    fn words(&self, len: usize, factor: u64) -> Result<&'m mut [u64], AllocError>;
    fn layout(&self, layout: Layout) -> Result<NonNull<u8>, AllocError>;
    fn value(&self, value: Dropping) -> Result<&'m mut Dropping, AllocError>;
    fn text(&self, op: &TextOp) -> Result<&'m mut str, AllocError>;
}

macro_rules! source {
    ($type:ty) => {
        impl<'m> Source<'m> for $type {
            fn zeroed(&self, len: usize) -> Result<&'m mut [u8], AllocError> {
                self.try_alloc(len)
            }

            fn copied(&self, bytes: &[u8]) -> Result<&'m mut [u8], AllocError> {
                self.try_alloc_slice_copy(bytes)
            }

            fn words(&self, len: usize, factor: u64) -> Result<&'m mut [u64], AllocError> {
                self.try_alloc_slice_fill_with(len, |index| index as u64 * factor)
            }

            fn layout(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
                self.try_alloc_layout(layout)
            }

            fn value(&self, value: Dropping) -> Result<&'m mut Dropping, AllocError> {
                self.try_alloc_with_drop(value)
            }

            fn text(&self, op: &TextOp) -> Result<&'m mut str, AllocError> {
                match op {
                    TextOp::Copy(text) => self.try_alloc_str(text),
                    TextOp::Concat(parts) => self.try_concat(&borrowed(parts)),
                    TextOp::Join(parts, separator) => self.try_join(&borrowed(parts), separator),
                    TextOp::Format(text, number) => self.try_alloc_fmt(format_args!("{text}: {number:>9}")),
                    TextOp::Lower(text) => self.try_to_lowercase(text),
                    TextOp::Upper(text) => self.try_to_uppercase(text),
                    TextOp::Replace { text, from, to } => self.try_replace(text, from, to),
                }
            }
        }
    };
}

source!(&'m Arena);
source!(Lane<'m>);

/// An operation that makes a text.
#[derive(Debug)]
pub(super) enum TextOp {
    Copy(String),
    Concat(Vec<String>),
    Join(Vec<String>, String),
    Format(String, u16),
    Lower(String),
    Upper(String),
    Replace { text: String, from: String, to: String },
}

impl TextOp {
    pub(super) fn decode(input: &mut Input<'_>) -> Self {
        match input.below(8) {
            0 | 1 => Self::Copy(input.text()),
            2 => Self::Concat(input.texts(5)),
            3 => Self::Join(input.texts(5), input.text()),
            4 => Self::Format(input.text(), input.u16()),
            5 => Self::Lower(unusual(input)),
            6 => Self::Upper(unusual(input)),
            _ => {
                let text = input.text();
                let len = text.len();
                let (from, to) =
                    (usize::from(input.byte()) % (len + 1), usize::from(input.byte()) % (len + 1));
                // What is looked for is often there.
                let from = text.get(from.min(to)..from.max(to)).unwrap_or("w").to_owned();
                // Short, as it may come before each letter.
                let to = input.text().chars().take(16).collect();
                Self::Replace { text, from, to }
            }
        }
    }

    /// Whether its length is not known before.
    pub(super) fn grows(&self) -> bool {
        matches!(self, Self::Format(..) | Self::Lower(_) | Self::Upper(_) | Self::Replace { .. })
    }

    /// What the standard library says.
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Copy(text) => text.clone(),
            Self::Concat(parts) => parts.concat(),
            Self::Join(parts, separator) => parts.join(separator),
            Self::Format(text, number) => format!("{text}: {number:>9}"),
            Self::Lower(text) => text.to_lowercase(),
            Self::Upper(text) => text.to_uppercase(),
            Self::Replace { text, from, to } => text.replace(from, to),
        }
    }
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(|text| &**text).collect()
}

/// A text of letters whose case is not simple, in any order.
fn unusual(input: &mut Input<'_>) -> String {
    const LETTERS: [char; 16] =
        ['a', 'Z', ' ', '.', '\'', '\u{301}', 'Σ', 'σ', 'ς', 'İ', 'ı', 'ß', 'ﬁ', 'ŉ', 'ǅ', '\u{10400}'];
    let len = usize::from(input.below(24));
    input
        .bytes(len)
        .iter()
        .map(|&byte| {
            let known = LETTERS.get(usize::from(byte)).copied();
            known.unwrap_or_else(|| char::from_u32(u32::from(byte) * 37).unwrap_or('x'))
        })
        .collect()
}
