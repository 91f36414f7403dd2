//! Nodes without a pool: what one would write with the standard library.

use std::{hint::black_box, sync::Arc, time::Duration};

use crate::ACTION;

/// A name that may be used again.
pub(crate) type Shared = Arc<str>;

/// The fields of `flow_workflow::Node`. All are written, as for a node that somebody else will read.
#[derive(Debug)]
#[expect(dead_code, reason = "nobody reads them here")]
struct Node<N> {
    name: N,
    action: N,
    dependencies: Vec<N>,
    retries: u32,
    timeout: Option<Duration>,
    total_timeout: Option<Duration>,
    continue_on_error: bool,
    compensation: Option<N>,
}

/// Makes a node and drops it. The list of dependencies has the right size at once.
fn make<N>(name: N, action: N, dependencies: [N; 2]) {
    let mut node = Box::new(Node {
        name,
        action,
        dependencies: dependencies.into(),
        retries: 0,
        timeout: None,
        total_timeout: None,
        continue_on_error: false,
        compensation: None,
    });
    black_box(&mut *node);
}

#[expect(clippy::ptr_arg, reason = "one of several kinds of names")]
pub(crate) fn of_texts(name: &String, dependencies: [&String; 2]) {
    make(name.clone(), ACTION.to_owned(), dependencies.map(String::clone));
}

pub(crate) fn of_shared(name: &Shared, action: &Shared, dependencies: [&Shared; 2]) {
    make(Arc::clone(name), Arc::clone(action), dependencies.map(Arc::clone));
}
