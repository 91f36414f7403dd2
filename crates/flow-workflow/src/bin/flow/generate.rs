//! `flow generate`: workflows that nobody recorded.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use flow_workflow::wfformat::{Shape, generate};

use crate::{
    failure::Failure,
    output::{Target, note, print_with},
    units::count,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Who waits for whom; montage and epigenomics are shaped like real workflows.
    #[arg(long, value_parser = shapes())]
    shape: Shape,
    /// How many tasks there are, exactly.
    #[arg(long)]
    tasks: usize,
    /// The same seed gives the same workflow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to write it, if not to standard output, which - is too.
    #[arg(long)]
    output: Option<PathBuf>,
}

fn shapes() -> impl TypedValueParser<Value = Shape> {
    PossibleValuesParser::new(Shape::ALL.map(Shape::name)).try_map(|name| name.parse::<Shape>())
}

pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { shape, tasks, seed, output } = arguments;
    let instance = generate(shape, tasks, seed).map_err(Failure::of_input)?;
    let Some(path) = output.filter(|path| path != Path::new("-")) else {
        return print_with(|output| instance.write(output));
    };
    let path = Target::create(&path)?.write(|output| instance.write(output))?;
    note(format_args!("wrote {} to {}", count(tasks, "task"), path.display()));
    Ok(())
}
