//! Everything that can be wrong, each with its whole message.

use std::{error::Error, io};

use flow_workflow::wfformat::{Instance, WfProblem};

use super::{file, pair, task};

#[track_caller]
fn message(text: &str) -> String {
    text.parse::<Instance>().expect_err("something is wrong with it").to_string()
}

/// Of a file with these lists.
#[track_caller]
fn message_of(specified: &str, executed: Option<&str>) -> String {
    message(&file(specified, executed))
}

#[test]
fn what_is_not_json_is_said_with_its_place() {
    assert_eq!(message("{\n  \"name\": oops"), "line 2, column 11: not JSON: expected value");
    assert_eq!(message("hello"), "line 1, column 1: not JSON: expected value");
    assert_eq!(
        message("{\"name\": \"x\""),
        "line 1, column 12: the file ends too early: EOF while parsing an object"
    );
    assert_eq!(message(""), "line 1, column 0: the file is empty");
    assert_eq!(message(" \n "), "line 2, column 1: the file is empty");
    assert_eq!(message("{} {}"), "line 1, column 4: not JSON: trailing characters");
    assert_eq!(message(r#"{"name": "a", "name": "b"}"#), "line 1, column 20: duplicate field `name`");
}

#[test]
fn not_a_number_is_explained() {
    let text = |number| {
        let executed = format!(r#"{{"id": "a", "runtimeInSeconds": {number}}}"#);
        message_of(&pair(), Some(&executed))
    };
    for number in ["NaN", "Infinity", "-Infinity"] {
        assert!(text(number).ends_with(": JSON has no NaN and no Infinity"), "{}", text(number));
    }
    assert!(text("1e999").ends_with(": not JSON: number out of range"), "{}", text("1e999"));
}

#[test]
fn what_is_nested_deep_does_not_fill_the_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(1_000_000), close.repeat(1_000_000));
        let found = if open == "[" { "a list" } else { "an object" };
        let unknown = file(&pair(), None).replacen('{', &format!("{{\"unknown\": {deep}, "), 1);
        assert!(unknown.parse::<Instance>().is_ok());
        let name = file(&pair(), None).replace("\"order\"", &deep);
        assert_eq!(message(&name), format!("field name: expected a string, found {found}"));
        let task = pair().replace("[\"b\"]", &format!("[{deep}]"));
        assert_eq!(
            message_of(&task, None),
            format!("task 'a', field children[0]: expected a string, found {found}")
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let error = Instance::from_slice(b"{\"name\": \"\xff\"}").unwrap_err();
    assert_eq!(error.to_string(), "line 1, column 11: not JSON: invalid unicode code point");
}

#[test]
fn a_file_is_an_object() {
    assert_eq!(message("[1, 2]"), "the file: expected an object, found a list");
    assert_eq!(message("\"x\""), "the file: expected an object, found a string");
    assert_eq!(message("null"), "the file: required, but missing");
}

#[test]
fn there_is_a_version_and_it_is_the_one() {
    assert_eq!(message(r#"{"name": "x"}"#), "field schemaVersion: required, but missing");
    assert_eq!(
        message(r#"{"schemaVersion": 1.5}"#),
        "field schemaVersion: expected a string, found a number"
    );
    // Nothing else is said: the rest is elsewhere in another version.
    assert_eq!(
        message(r#"{"schemaVersion": "1.4", "workflow": {"tasks": []}}"#),
        "field schemaVersion: '1.4' is not supported, only 1.5 is; wfcommons-migrate-instance.py of the WfFormat project \
         converts older files"
    );
}

#[test]
fn what_the_format_requires_is_there() {
    assert_eq!(
        message(r#"{"schemaVersion": "1.5", "name": "", "description": 3}"#),
        "3 problems:\
         \n  - field name: empty, but a name is required\
         \n  - field description: expected a string, found a number\
         \n  - field workflow: required, but missing"
    );
    assert_eq!(
        message(r#"{"schemaVersion": "1.5", "name": "x", "workflow": {"execution": {}}}"#),
        "3 problems:\
         \n  - field workflow.specification: required, but missing\
         \n  - field workflow.execution.makespanInSeconds: required, but missing\
         \n  - field workflow.execution.tasks: required, but missing"
    );
    assert_eq!(
        message(r#"{"schemaVersion": "1.5", "name": "x", "workflow": {"specification": {}}}"#),
        "field workflow.specification.tasks: required, but missing"
    );
    assert_eq!(
        message_of("", None),
        "field workflow.specification.tasks: empty, but at least one task is required"
    );
}

#[test]
fn a_task_has_what_tasks_have() {
    assert_eq!(
        message_of(r#"{"name": "x"}, {"id": ""}, 7, null, {"id": "a"}"#, None),
        "7 problems:\
         \n  - field workflow.specification.tasks[0].id: required, but missing\
         \n  - field workflow.specification.tasks[1].id: empty, but a name is required\
         \n  - field workflow.specification.tasks[2]: expected an object, found a number\
         \n  - field workflow.specification.tasks[3]: required, but missing\
         \n  - task 'a', field name: required, but missing\
         \n  - task 'a', field parents: required, but missing\
         \n  - task 'a', field children: required, but missing"
    );
}

#[test]
fn a_wrong_type_is_said_with_its_task() {
    let wrong = r#"{"id": "a", "name": true, "parents": "b", "children": ["c", "d", 5]}"#;
    assert_eq!(
        message_of(wrong, None),
        "3 problems:\
         \n  - task 'a', field name: expected a string, found true\
         \n  - task 'a', field parents: expected a list of strings, found a string\
         \n  - task 'a', field children[2]: expected a string, found a number"
    );
    let executed = r#"
        {"id": "a", "runtimeInSeconds": "12"},
        {"id": "b", "runtimeInSeconds": 1, "command": {"program": {}, "arguments": ["-x", null]}},
        {"id": "b"}"#;
    assert_eq!(
        message_of(&pair(), Some(executed)),
        "4 problems:\
         \n  - task 'a', field runtimeInSeconds: expected a number, found a string\
         \n  - task 'b', field command.program: expected a string, found an object\
         \n  - task 'b', field command.arguments[1]: expected a string, found null\
         \n  - task 'b', field runtimeInSeconds: required, but missing"
    );
}

#[test]
fn times_are_times() {
    let text = |number| message_of(&pair(), Some(&format!(r#"{{"id": "a", "runtimeInSeconds": {number}}}"#)));
    let place = "task 'a', field runtimeInSeconds";
    let rest = "is not between 0 and 315360000 seconds (ten years)";
    assert_eq!(text("-0.5"), format!("{place}: -0.5 {rest}"));
    assert_eq!(text("315360001"), format!("{place}: 315360001 {rest}"));
    assert_eq!(text("1e300"), format!("{place}: {} {rest}", 1e300));
    let makespan = file(&pair(), Some("")).replace("7.5", "-1");
    assert_eq!(message(&makespan), format!("field workflow.execution.makespanInSeconds: -1 {rest}"));
}

#[test]
fn ids_are_there_once() {
    let twice = format!("{}, {}, {}", task("a", &[], &[]), task("b", &[], &[]), task("a", &[], &[]));
    assert_eq!(message_of(&twice, None), "there are two tasks with the id 'a'");
    let executed = r#"{"id": "a", "runtimeInSeconds": 1}, {"id": "a", "runtimeInSeconds": 2}"#;
    assert_eq!(message_of(&pair(), Some(executed)), "workflow.execution.tasks has two entries for task 'a'");
}

#[test]
fn relatives_exist() {
    let unknown = format!("{}, {}", task("validate", &[], &["chrage"]), task("charge", &["valdate"], &[]));
    assert_eq!(
        message_of(&unknown, None),
        "2 problems:\
         \n  - task 'validate' has the child 'chrage', which does not exist (did you mean 'charge'?)\
         \n  - task 'charge' has the parent 'valdate', which does not exist (did you mean 'validate'?)"
    );
    let far = task("a", &["something else"], &[]);
    assert_eq!(message_of(&far, None), "task 'a' has the parent 'something else', which does not exist");
}

#[test]
fn what_was_executed_exists() {
    let executed = r#"{"id": "ab", "runtimeInSeconds": 1}, {"id": "unlike", "runtimeInSeconds": 1}"#;
    let tasks = format!("{}, {}", task("abc", &[], &[]), task("x", &[], &[]));
    assert_eq!(
        message_of(&tasks, Some(executed)),
        "2 problems:\
         \n  - workflow.execution.tasks has an entry for task 'ab', which does not exist (did you mean 'abc'?)\
         \n  - workflow.execution.tasks has an entry for task 'unlike', which does not exist"
    );
}

#[test]
fn parents_and_children_agree() {
    let by_child = format!("{}, {}", task("a", &[], &[]), task("b", &["a"], &[]));
    assert_eq!(
        message_of(&by_child, None),
        "task 'a' and task 'b' disagree: field children of task 'a' does not name the other; add it there, or \
         remove it from the other"
    );
    let by_parent = format!("{}, {}", task("a", &[], &["b"]), task("b", &[], &[]));
    assert_eq!(
        message_of(&by_parent, None),
        "task 'a' and task 'b' disagree: field parents of task 'b' does not name the other; add it there, or \
         remove it from the other"
    );
}

#[test]
fn nothing_waits_for_itself() {
    assert_eq!(message_of(&task("a", &["a"], &["a"]), None), "task 'a' is its own parent");
    assert_eq!(message_of(&task("a", &["a"], &[]), None), "task 'a' is its own parent");
    let cycle = [
        task("a", &["c", "d"], &["b"]),
        task("b", &["a"], &["c"]),
        task("c", &["b"], &["a"]),
        task("d", &[], &["a"]),
    ];
    assert_eq!(message_of(&cycle.join(", "), None), "a cycle: a -> b -> c -> a");
}

#[test]
fn of_many_problems_some_are_shown_and_all_are_counted() {
    let nothing = vec!["{}"; 1000].join(", ");
    let error = file(&nothing, None).parse::<Instance>().unwrap_err();
    assert_eq!(error.problems().len(), 100);
    let text = error.to_string();
    assert!(text.starts_with("1000 problems:\n  - field workflow.specification.tasks[0].id"), "{text}");
    assert!(text.ends_with("\n  and 980 more"), "{text}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let path = std::env::temp_dir().join("there is no such file.json");
    let error = Instance::from_path(&path).unwrap_err();
    assert_eq!(error.file(), Some(path.as_path()));
    assert!(
        matches!(error.problems(), [WfProblem::Unreadable { source }] if source.kind() == io::ErrorKind::NotFound)
    );
    assert!(error.source().is_some());
    assert!(error.to_string().starts_with(&format!("{}: cannot be read: ", path.display())), "{error}");
}

#[test]
fn a_reader_that_fails_is_an_error() {
    struct Broken;

    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the line is dead"))
        }
    }

    let error = Instance::read(Broken).unwrap_err();
    assert_eq!((error.file(), error.to_string().as_str()), (None, "cannot be read: the line is dead"));
}
