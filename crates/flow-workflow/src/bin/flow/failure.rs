//! [`Failure`]: why a command ends without success.

use std::{fmt, process::ExitCode};

use crate::output;

/// Why a command ends without success, and the exit status that says so.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    status: u8,
}

impl Failure {
    /// Something that cannot be done.
    pub(crate) fn of_run(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), status: 1 }
    }

    /// Something that cannot be used: a file, or an argument.
    pub(crate) fn of_input(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), status: 2 }
    }

    /// Tells the user.
    pub(crate) fn finish(self) -> ExitCode {
        output::note(format_args!("error: {}", self.message));
        ExitCode::from(self.status)
    }
}
