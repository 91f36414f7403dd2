//! The cases, by component. Each function prepares one, with all that may be slow the first time done, and returns what is
//! to be counted.

pub(crate) mod arena;
pub(crate) mod buffer_pool;
pub(crate) mod concurrent_map;
pub(crate) mod node_pool;
pub(crate) mod read_map;
pub(crate) mod string_pool;
pub(crate) mod workflow;

use crate::{OPERATIONS, Operations};

/// The same operation again and again, warm.
fn repeated(mut operation: impl FnMut() + 'static) -> Operations {
    warm(Box::new(move || (0..OPERATIONS).for_each(|_| operation())))
}

/// An operation on each of the first questions, warm.
fn on_each<Q>(questions: &'static [Q], operation: impl FnMut(&Q) + 'static) -> Operations {
    warm(once_on_each(questions, operation))
}

/// The same for an operation that is another one the second time.
fn once_on_each<Q>(questions: &'static [Q], mut operation: impl FnMut(&Q) + 'static) -> Operations {
    let questions = &questions[..OPERATIONS];
    Box::new(move || questions.iter().for_each(&mut operation))
}

fn warm(mut operations: Operations) -> Operations {
    operations();
    operations
}

/// What lives until the process ends, so that a case can own what borrows from it.
fn forever<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
