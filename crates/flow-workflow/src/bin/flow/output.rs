//! Standard output, standard error, and files to write.
//!
//! Nobody has to read to the end: a reader that goes away, as `head` does, is no failure, and nothing panics.

use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, ErrorKind, Write},
    path::Path,
};

use crate::failure::Failure;

/// Writing to a string never fails.
pub(crate) const INFALLIBLE: &str = "writing to a string";

/// Writes to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_with(|output| output.write_all(text.as_bytes()))
}

/// Has `write` write to standard output.
pub(crate) fn print_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut output = BufWriter::new(io::stdout().lock());
    match write(&mut output).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::of_run(format_args!("cannot write to standard output: {error}")))
        }
        _ => {
            // What a reader did not want would be tried once more when the buffer is dropped.
            let _parts = output.into_parts();
            Ok(())
        }
    }
}

/// Writes a line to standard error. If nobody reads it, there is nobody to tell.
pub(crate) fn note(line: fmt::Arguments<'_>) {
    writeln!(io::stderr(), "{line}").ok();
}

/// A file to write, which exists from now on, so that a path that cannot be written is found before there is something to
/// lose.
#[derive(Debug)]
pub(crate) struct Target<'p> {
    path: &'p Path,
    file: File,
}

impl<'p> Target<'p> {
    pub(crate) fn create(path: &'p Path) -> Result<Self, Failure> {
        match File::create(path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(Failure::of_input(format_args!("cannot create {}: {error}", path.display()))),
        }
    }

    /// Has `write` write all of the file.
    pub(crate) fn write(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let mut output = BufWriter::new(self.file);
        write(&mut output)
            .and_then(|()| output.flush())
            .map_err(|error| Failure::of_run(format_args!("cannot write {}: {error}", self.path.display())))
    }
}
