//! Graphs of 1000 nodes that do nothing, on the calling thread: an operation is a node.

use std::hint::black_box;

use flow_benches::{
    engines::{Engine as _, Flow, nothing},
    graphs::Shape,
};

use crate::{OPERATIONS, Operations, cases::warm};

fn run(shape: Shape) -> Operations {
    let engine = Flow::new(1);
    let mut workflow = engine.build(&shape.graph(OPERATIONS), nothing);
    warm(Box::new(move || engine.run(&mut workflow)))
}

pub(crate) fn run_chain() -> Operations {
    run(Shape::Chain)
}

pub(crate) fn run_fan_out() -> Operations {
    run(Shape::FanOut)
}

pub(crate) fn run_random() -> Operations {
    run(Shape::Random)
}

/// With what a user says of each node; what is built is dropped, which counts.
pub(crate) fn build_random() -> Operations {
    let engine = Flow::new(1);
    let graph = Shape::Random.graph(OPERATIONS);
    warm(Box::new(move || drop(black_box(engine.build(&graph, nothing)))))
}
