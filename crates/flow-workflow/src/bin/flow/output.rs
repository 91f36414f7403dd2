//! Standard output, standard error, and files to write.
//!
//! Nobody has to read to the end: a reader that goes away, as `head` does, is no failure, and nothing panics.

use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::{failure::Failure, plain};

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

/// Writes a line to standard error, control characters spelled out. If nobody reads it, there is nobody to tell.
pub(crate) fn note(line: fmt::Arguments<'_>) {
    writeln!(io::stderr(), "{}", plain::message(&line.to_string())).ok();
}

/// A file to write, which exists from now on, so that a path that cannot be written is found before there is something to
/// lose.
#[derive(Debug)]
pub(crate) struct Target<'p> {
    path: &'p Path,
    file: File,
}

impl<'p> Target<'p> {
    /// Refuses files to write, given with the option that names them, of which one would be lost: two that are the same, or
    /// that is `input`; and `-`, which is standard output elsewhere. Nothing is created.
    pub(crate) fn check(input: Option<&Path>, outputs: &[(&str, Option<&Path>)]) -> Result<(), Failure> {
        let mut taken: Vec<(PathBuf, &str)> = Vec::new();
        if let Some(path) = input.filter(|&path| path != Path::new("-")).and_then(resolved) {
            taken.push((path, "the workflow to run"));
        }
        for &(option, path) in outputs {
            let Some(path) = path else { continue };
            if path == Path::new("-") {
                return Err(Failure::of_input(format_args!(
                    "{option} -: standard output is for the summary; name a file, or write ./- if it is to be named -"
                )));
            }
            let Some(file) = resolved(path) else { continue };
            if let Some((_, other)) = taken.iter().find(|(taken, _)| *taken == file) {
                return Err(Failure::of_input(format_args!(
                    "{option} {}: this file would be overwritten: it is {other} too",
                    path.display()
                )));
            }
            taken.push((file, option));
        }
        Ok(())
    }

    pub(crate) fn create(path: &'p Path) -> Result<Self, Failure> {
        match File::create(path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(Failure::of_input(format_args!("cannot create {}: {error}", path.display()))),
        }
    }

    /// Has `write` write all of the file. Returns its path.
    pub(crate) fn write(
        self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<&'p Path, Failure> {
        let mut output = BufWriter::new(self.file);
        write(&mut output)
            .and_then(|()| output.flush())
            .map(|()| self.path)
            .map_err(|error| Failure::of_run(format_args!("cannot write {}: {error}", self.path.display())))
    }
}

/// The one path of a file by which it can be compared, whether it is there or not. None if it could not be created either.
fn resolved(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    })
}
