//! Code of users outside of an attempt: destructors of what they returned or panicked with, and texts of their errors.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::ActionError;

/// The error for a panic. The payload is gone, also if dropping it panics.
#[cold]
pub(super) fn caught(payload: Box<dyn Any + Send>) -> ActionError {
    let error = ActionError::panicked(&*payload);
    flow_arena::internal::discard(payload);
    error
}

/// Drops what nobody will see, and has destructors that are a user's.
pub(super) fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        caught(payload);
    }
}

/// The text of a user's error, or that it panicked instead.
pub(super) struct Readable<'e>(pub(super) &'e dyn fmt::Display);

impl fmt::Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match catch_unwind(AssertUnwindSafe(|| self.0.to_string())) {
            Ok(text) => f.write_str(&text),
            Err(payload) => fmt::Display::fmt(&caught(payload), f),
        }
    }
}
