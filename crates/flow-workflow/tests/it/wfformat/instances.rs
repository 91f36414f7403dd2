//! Files that are right, among them recorded ones.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use flow_workflow::{
    Context, Data, Executor, NodePool,
    wfformat::{Command, Instance, Shape, Task, generate},
};

use super::{file, pair, read, task};

/// Runs an instance, with actions that do nothing but say when they ran, and checks that all ran after their parents.
fn run_in_order(instance: &Instance) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let pool = NodePool::new();
    let noted = Arc::clone(&order);
    pool.register("note", move |context: &Context| {
        noted.lock().expect("nothing panics").push(context.node().to_owned());
        Ok(())
    });
    let workflow = instance.to_spec(|_| "note".to_owned()).build(&pool).expect("an instance is a workflow");
    let report = Executor::new(4).run(&workflow, &Data::new()).expect("nothing fails");
    assert_eq!(report.counts().completed, instance.tasks.len());

    let order = order.lock().expect("nothing panics");
    let place: HashMap<&str, usize> =
        order.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    assert_eq!(place.len(), instance.tasks.len(), "each task ran once");
    for task in &instance.tasks {
        for parent in &task.parents {
            assert!(place[parent.as_str()] < place[task.id.as_str()], "{parent} before {}", task.id);
        }
    }
}

fn manifest_path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
#[expect(clippy::print_stderr, reason = "says what was left out")]
fn recorded_instances_run_in_order() {
    let folder = manifest_path("../../../shared/wfinstances");
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("left out: there are no recorded instances in {}", folder.display());
        return;
    };
    let mut seen = 0;
    for path in entries.map(|entry| entry.expect("the folder can be listed").path()) {
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let instance = Instance::from_path(&path).unwrap_or_else(|error| panic!("{error}"));
        assert!(instance.makespan.is_some(), "{}", path.display());
        assert!(instance.tasks.iter().any(|task| !task.runtime.is_zero()), "{}", path.display());
        run_in_order(&instance);

        let mut copy = Vec::new();
        instance.write(&mut copy).expect("a vector takes everything");
        assert_eq!(Instance::from_slice(&copy).unwrap_or_else(|error| panic!("{error}")), instance);
        seen += 1;
    }
    assert!(seen > 0, "{} has no instances", folder.display());
}

#[test]
fn generated_instances_run_in_order() {
    for shape in Shape::ALL {
        run_in_order(&generate(shape, 500, 1).expect("enough tasks"));
    }
}

#[test]
fn the_workflow_that_ships_is_a_generated_one() {
    let shipped = Instance::from_path(manifest_path("workflows/montage.json")).expect("it ships");
    assert_eq!(shipped, generate(Shape::Montage, 100, 1).expect("enough tasks"));
}

#[test]
fn all_that_is_kept_is_read() {
    let executed = r#"
        {"id": "b", "runtimeInSeconds": 0.25, "avgCPU": [], "command": {"program": "x", "arguments": ["-y", "\u00e9"]}},
        {"id": "a", "runtimeInSeconds": 3, "command": {"arguments": ["without", "program"]}}"#;
    let instance = read(&file(&pair(), Some(executed)));
    let mut first = Task::new("a");
    first.name = "the a".to_owned();
    first.runtime = Duration::from_secs(3);
    let mut second = Task::new("b");
    second.name = "the b".to_owned();
    second.parents = vec!["a".to_owned()];
    second.runtime = Duration::from_millis(250);
    let mut command = Command::new("x");
    command.arguments = vec!["-y".to_owned(), "é".to_owned()];
    second.command = Some(command);
    assert_eq!(instance.tasks, [first, second]);
    assert_eq!((instance.name.as_str(), instance.makespan), ("order", Some(Duration::from_millis(7500))));
}

#[test]
fn nobody_knows_how_long_it_took_that_was_not_executed() {
    for executed in [None, Some(""), Some(r#"{"id": "a", "runtimeInSeconds": 1}"#)] {
        let instance = read(&file(&pair(), executed));
        assert_eq!((instance.tasks[1].runtime, &instance.tasks[1].command), (Duration::ZERO, &None));
    }
    assert_eq!(read(&file(&pair(), None)).makespan, None);
}

#[test]
fn null_is_a_field_that_is_not_there() {
    let text = file(&pair(), Some(r#"{"id": "a", "runtimeInSeconds": 1, "command": null}"#));
    let text = text.replace(r#""name": "order""#, r#""name": "order", "description": null, "author": null"#);
    assert_eq!((read(&text).description, &read(&text).tasks[0].command), (None, &None));
}

#[test]
fn what_is_repeated_counts_once() {
    let text = file(&format!("{}, {}", task("a", &[], &["b", "b"]), task("b", &["a", "a", "a"], &[])), None);
    assert_eq!(read(&text).tasks[1].parents, ["a"]);
}

#[test]
fn parents_may_come_later_and_ids_may_be_escaped() {
    let text = file(&format!("{}, {}", task("b", &["\u{e9}"], &[]), task("é", &[], &["b"])), None);
    let text = text.replacen("é", "\\u00e9", 1);
    assert_eq!(read(&text).tasks[0].parents, ["é"]);
}

#[test]
fn the_mark_at_the_start_of_some_files_is_passed_over() {
    assert_eq!(read(&format!("\u{feff}{}", file(&pair(), None))).tasks.len(), 2);
}

#[test]
fn the_nodes_of_a_spec_are_called_by_id() {
    let instance = read(&file(&pair(), None));
    let spec = instance.to_spec(|task| format!("run {}", task.name));
    assert_eq!(spec.name, "order");
    assert_eq!((spec.nodes[1].name.as_str(), spec.nodes[1].action.as_str()), ("b", "run the b"));
    assert_eq!(spec.nodes[1].dependencies, ["a"]);
}

#[test]
fn the_kind_of_a_task_is_its_program_or_a_part_of_its_name() {
    let kind = |name: &str, program: Option<&str>| {
        let mut task = Task::new(name);
        task.command = program.map(Command::new);
        task.kind().to_owned()
    };
    assert_eq!(kind("x_1", Some("/opt/bin/mAdd")), "mAdd");
    assert_eq!(kind("x_1", Some("cat <<-END\nEND")), "x");
    assert_eq!(kind("x_1", Some("folder/")), "x");
    assert_eq!(kind("FLOW.SUB.ALIGN_12", None), "ALIGN");
    assert_eq!(kind("mProject_ID0000001", None), "mProject");
    assert_eq!(kind("17", None), "17");
}
