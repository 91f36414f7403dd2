//! `flow run --exec`: real commands.

use std::{collections::HashMap, fs};

use flow_workflow::wfformat::Instance;

use super::{flow, kill, path, tasks, text};

#[test]
fn a_dry_run_lists_parents_first_and_runs_nothing() {
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/montage.json");
    let ran = flow(&["run", built_in, "--exec", "--dry-run"]).expect(0);
    assert_eq!(ran.stderr, "");
    let ids: Vec<&str> = ran.stdout.lines().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    let place: HashMap<&str, usize> = ids.iter().enumerate().map(|(place, &id)| (id, place)).collect();
    let instance = Instance::from_path(built_in).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(place.len(), instance.tasks.len());
    for task in &instance.tasks {
        for parent in &task.parents {
            assert!(place[parent.as_str()] < place[task.id.as_str()], "{parent} before {}", task.id);
        }
    }
    assert_eq!(
        ran.stdout.lines().next(),
        Some(
            "mProject_ID0000001: mProject -X 2mass-atlas-1-000001.fits p2mass-atlas-1-000001.fits region-oversized.hdr"
        )
    );
}

#[test]
fn commands_are_quoted_as_for_a_shell() {
    let file = tasks("quoted", &[("a", &[], &["echo", "it's", "", "$HOME", "plain-1.txt"])]);
    let ran = flow(&["run", &file, "--exec", "--dry-run"]).expect(0);
    assert_eq!(ran.stdout, "a: echo 'it'\\''s' '' '$HOME' plain-1.txt\n");
}

#[test]
fn commands_that_succeed_are_a_success() {
    let file = tasks("true", &[("a", &[], &["true"]), ("b", &["a"], &["true"]), ("c", &["a"], &["true"])]);
    let ran = flow(&["run", &file, "--exec", "--json"]).expect(0);
    let summary = ran.json();
    assert_eq!((&summary["mode"], &summary["tasks"]["completed"]), (&"exec".into(), &3.into()));
}

#[test]
fn a_command_that_fails_stops_the_run_and_shows_what_it_wrote() {
    let script =
        "echo standard output; for line in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $line >&2; done; exit 3";
    let file = tasks("fails", &[("a", &[], &["sh", "-c", script]), ("b", &["a"], &["true"])]);
    let ran = flow(&["run", &file, "--exec"]).expect(1);
    assert!(ran.stdout.contains("fails: failed") && ran.stdout.contains("1 failed, 1 skipped"), "{ran:#?}");
    let shown = "task 'a': 'sh' ended with exit status: 3\n    | line 3\n    | line 4";
    assert!(ran.stdout.contains(shown) && ran.stdout.contains("    | line 12\n"), "{ran:#?}");
    assert!(!ran.stdout.contains("standard output"), "{ran:#?}");
    assert!(ran.stderr.contains("task 'a' failed: 'sh' ended with exit status: 3\n"), "{ran:#?}");
}

#[test]
fn without_errors_the_output_is_shown() {
    let file = tasks("output", &[("a", &[], &["sh", "-c", "echo said here; exit 1"])]);
    let ran = flow(&["run", &file, "--exec", "-q"]).expect(1);
    assert!(ran.stdout.contains("    | said here\n"), "{ran:#?}");
}

#[test]
fn much_output_is_read_to_its_end() {
    let script =
        "i=0; while [ $i -lt 20000 ]; do echo line $i; echo error $i >&2; i=$((i + 1)); done; exit 1";
    let file = tasks("much", &[("a", &[], &["sh", "-c", script])]);
    let ran = flow(&["run", &file, "--exec", "--json", "-q"]).expect(1);
    let error = ran.json()["failures"][0]["error"].as_str().expect("a text").to_owned();
    assert!(error.ends_with("    | error 19999"), "{error}");
}

#[test]
fn what_does_not_depend_on_a_failure_goes_on_if_wanted() {
    let file = tasks(
        "going",
        &[("a", &[], &["false"]), ("b", &["a"], &["true"]), ("c", &[], &["true"]), ("d", &["c"], &["true"])],
    );
    let ran = flow(&["run", &file, "--exec", "--keep-going", "--json", "-q"]).expect(1);
    let tasks = &ran.json()["tasks"];
    assert_eq!((&tasks["completed"], &tasks["failed"], &tasks["skipped"]), (&2.into(), &1.into(), &1.into()));
}

#[test]
fn a_program_that_is_missing_is_named() {
    let script = "cat <<-END > file\n  text\nEND";
    let file = tasks("missing", &[("a", &[], &["no-such-program", "x"]), ("b", &[], &[script])]);
    let ran = flow(&["run", &file, "--exec", "--keep-going", "-q"]).expect(1);
    assert!(ran.stdout.contains("task 'a': cannot start 'no-such-program': "), "{ran:#?}");
    assert!(ran.stdout.contains("task 'b': cannot start 'cat <<-END > file...': "), "{ran:#?}");
}

#[test]
fn commands_run_in_a_folder_without_input() {
    let folder = path("folder of commands");
    fs::create_dir_all(&folder).expect("the folder for tests can be written");
    let script = "cat; echo here > file.txt";
    let file = tasks("folder", &[("a", &[], &["sh", "-c", script])]);
    flow(&["run", &file, "--exec", "--dir", &text(folder.clone())]).expect(0);
    assert_eq!(fs::read_to_string(folder.join("file.txt")).expect("the command wrote it"), "here\n");
    let ran = flow(&["run", &file, "--exec", "--dir", &text(folder.join("missing"))]).expect(2);
    assert!(ran.stderr.ends_with(": no such folder\n"), "{ran:#?}");
}

#[test]
fn each_task_needs_a_command() {
    let file = tasks("commandless", &[("a", &[], &["true"]), ("b", &[], &[]), ("c", &[], &[])]);
    let ran = flow(&["run", &file, "--exec"]).expect(2);
    assert_eq!(
        ran.stderr,
        "error: --exec needs a command for each task: task 'b' and 1 other have none in the file\n"
    );
}

#[test]
fn a_command_that_takes_too_long_is_ended() {
    let file = tasks("long", &[("a", &[], &["sleep", "1000"])]);
    for (limit, status) in [("--timeout", "timed_out"), ("--task-timeout", "failed")] {
        let ran = flow(&["run", &file, "--exec", limit, "50ms", "--json", "-q"]).expect(1);
        assert_eq!(ran.json()["status"], status);
    }
}

#[test]
fn what_a_command_leaves_behind_does_not_hold_the_run() {
    // The process in the background has the outputs of the command open.
    let noted = text(path("behind.process"));
    let script = format!("sleep 1000 & echo $! > '{noted}'; exit 1");
    let file = tasks("behind", &[("a", &[], &["sh", "-c", &script])]);
    flow(&["run", &file, "--exec", "-q"]).expect(1);
    let process = fs::read_to_string(noted).expect("the command wrote it");
    assert!(kill(&[process.trim()]), "it was still there");
}
