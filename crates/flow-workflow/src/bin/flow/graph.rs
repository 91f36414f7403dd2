//! `flow graph`: a workflow as a picture.

use std::path::PathBuf;

use clap::ValueEnum;
use flow_workflow::{Context, NodePool};

use crate::{failure::Failure, input, output::print};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A file in WfFormat 1.5; - is standard input.
    file: PathBuf,
    /// The language: dot is that of Graphviz, mermaid is drawn by many viewers of Markdown.
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Dot,
    Mermaid,
}

pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let instance = input::load(Some(&arguments.file))?;
    let pool = NodePool::new();
    pool.register("no-op", |_: &Context| Ok(()));
    let workflow = instance.to_spec(|_| "no-op".to_owned()).build(&pool).map_err(Failure::of_input)?;
    print(&match arguments.format {
        Format::Dot => workflow.to_dot(),
        Format::Mermaid => workflow.to_mermaid(),
    })
}
