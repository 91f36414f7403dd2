//! Where workflows come from: a file, standard input, or the program itself.

use std::{io, path::Path};

use flow_workflow::wfformat::Instance;

use crate::failure::Failure;

/// What runs if nobody says what else: a mosaic of the sky, as `flow generate --shape montage --tasks 100 --seed 1` makes
/// it.
const BUILT_IN: &str = include_str!("../../../workflows/montage.json");

/// Reads a workflow; `-` is standard input, and nothing the built-in one.
pub(crate) fn load(file: Option<&Path>) -> Result<Instance, Failure> {
    match file {
        None => BUILT_IN
            .parse()
            .map_err(|error| Failure::of_input(format_args!("the built-in workflow: {error}"))),
        Some(path) if path.as_os_str() == "-" => Instance::read(io::stdin().lock())
            .map_err(|error| Failure::of_input(format_args!("standard input: {error}"))),
        Some(path) => Instance::from_path(path).map_err(Failure::of_input),
    }
}
