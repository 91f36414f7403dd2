//! The reader of WfFormat: any bytes are an instance or an error that says where, without harm to stack, memory or time.
//!
//! After a first byte of zero, with which no file begins, the bytes choose a file that is nearly right instead: see
//! `wfformat/document.rs`.

mod document;

use flow_testkit::TestAllocator;
use flow_workflow::wfformat::{Instance, WfError, WfProblem};

use self::document::Document;
use crate::input::Input;

/// A file may take this many times its size, counted over all allocations, the outgrown ones included.
const FACTOR: u64 = 64;
/// And this much, however small it is.
const LEAST: u64 = 64 << 10;

/// Reads a file; what was read is written and read again.
///
/// # Panics
///
/// If something is wrong.
pub fn wfformat(data: &[u8]) {
    let Some((0, rest)) = data.split_first() else {
        // Nobody knows whether it is right.
        return drop(read(data));
    };
    let document = Document::decode(&mut Input::new(rest));
    let text = document.text();
    match (read(text.as_bytes()), document.expected()) {
        (Ok(instance), Some(expected)) => assert_eq!(&instance, expected, "{text}"),
        (Ok(_), None) => panic!("accepted: {text}"),
        (Err(error), Some(_)) => panic!("{error}: {text}"),
        (Err(_), None) => {}
    }
}

/// Reads a file, and checks what can be said of the result whatever it is.
fn read(bytes: &[u8]) -> Result<Instance, WfError> {
    let (result, counts) = TestAllocator::count(|| Instance::from_slice(bytes));
    let most = LEAST + FACTOR * bytes.len() as u64;
    assert!(counts.allocated_bytes <= most, "{} bytes for a file of {}", counts.allocated_bytes, bytes.len());
    match &result {
        Ok(instance) => comes_back(instance),
        Err(error) => says_where(error),
    }
    result
}

fn comes_back(instance: &Instance) {
    let mut file = Vec::new();
    instance.write(&mut file).expect("a vector takes everything");
    let again = Instance::from_slice(&file).unwrap_or_else(|error| panic!("{error}: {instance:?}"));
    assert_eq!(&again, instance);
    let spec = instance.to_spec(|task| task.kind().to_owned());
    assert_eq!(spec.nodes.len(), instance.tasks.len());
}

/// Each problem has a place: a line, a field, or a task.
fn says_where(error: &WfError) {
    let problems = error.problems();
    assert!(!problems.is_empty() && problems.len() <= 100, "{} problems", problems.len());
    for problem in problems {
        let text = problem.to_string();
        let is_located = match problem {
            WfProblem::Syntax { .. } => text.starts_with("line "),
            WfProblem::Cycle { path } => !path.is_empty(),
            _ => ["field ", "task ", "the file", "workflow.", "there are two tasks"]
                .iter()
                .any(|start| text.starts_with(start)),
        };
        assert!(is_located, "{text:?} does not say where");
    }
    assert!(!error.to_string().is_empty());
}
