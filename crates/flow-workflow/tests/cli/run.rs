//! `flow run`: replays, the engine alone, and what is said of them.

use std::fs;

use flow_workflow::wfformat::{Command, Instance, Task};

use super::{file, flow, flow_with_input, path, tasks, text};

/// So fast that nothing waits.
const FAST: &str = "1e12";

#[test]
fn without_a_file_the_built_in_workflow_is_replayed() {
    let ran = flow(&["run", "--speedup", FAST]).expect(0);
    for line in ["montage-100: completed", "tasks          100 completed", "critical path", "efficiency"] {
        assert!(ran.stdout.contains(line), "{line}: {ran:#?}");
    }
    assert!(!ran.stdout.contains("overhead"), "idle threads are none: {ran:#?}");
    assert!(ran.stderr.starts_with("montage-100: 100 tasks, replayed 1e12 times as fast"), "{ran:#?}");
}

#[test]
fn the_summary_adds_up() {
    let ran = flow(&["run", "--speedup", FAST, "--threads", "3", "--json", "--quiet"]).expect(0);
    let summary = ran.json();
    assert_eq!(ran.stderr, "");
    assert_eq!((&summary["status"], &summary["mode"]), (&"completed".into(), &"replay".into()));
    let tasks = summary["tasks"].as_object().expect("an object");
    let count = |status: &str| tasks[status].as_u64().expect("a count");
    let statuses = ["completed", "failed", "skipped", "cancelled", "pending"];
    assert_eq!(statuses.map(count).iter().sum::<u64>(), count("total"));
    assert_eq!((count("completed"), count("total"), summary["threads"].as_u64()), (100, 100, Some(3)));

    let number = |name: &str| summary[name].as_f64().expect("a number");
    let makespan = number("makespan_seconds");
    let critical = summary["critical_path"]["seconds"].as_f64().expect("a number");
    assert!(0.0 < critical && critical <= makespan, "{summary:#}");
    let near = |left: f64, right: f64| (left - right).abs() <= 1e-6 * right.abs();
    assert!(near(number("speedup"), number("sequential_seconds") / makespan), "{summary:#}");
    assert!(near(number("efficiency"), number("speedup") / 3.0), "{summary:#}");
    assert!(summary["overhead_seconds_per_task"].is_null(), "idle threads are none: {summary:#}");
    assert_eq!(summary["failures"], serde_json::json!([]));
}

#[test]
fn the_engine_alone_is_measured() {
    let ran = flow(&["run", "--no-op", "--json"]).expect(0);
    let summary = ran.json();
    assert_eq!((&summary["mode"], &summary["tasks"]["completed"]), (&"no-op".into(), &100.into()));
    assert!(summary["engine"]["runs"].as_u64() >= Some(1), "{summary:#}");
    assert!(
        summary["engine"]["best_seconds_per_task"].as_f64()
            <= summary["engine"]["median_seconds_per_task"].as_f64()
    );
    assert!(summary["critical_path"].is_null(), "nothing is timed: {summary:#}");
}

#[test]
fn the_overhead_of_the_engine_is_said_if_tasks_do_nothing() {
    let trace = text(path("overhead.trace"));
    let arguments = ["run", "--no-op", "--threads", "3", "--trace", &trace];
    let summary = flow(&[&arguments[..], &["--json"]].concat()).expect(0).json();
    let number = |name: &str| summary[name].as_f64().expect("a number");
    let rest = 3.0 * number("makespan_seconds") - number("sequential_seconds");
    assert!((number("overhead_seconds_per_task") - rest / 100.0).abs() < 2e-9, "{summary:#}");
    let ran = flow(&arguments).expect(0);
    assert!(ran.stdout.contains("  overhead       "), "{ran:#?}");
}

#[test]
fn a_file_may_come_from_standard_input() {
    let content = flow(&["generate", "--shape", "tree", "--tasks", "31"]).expect(0).stdout;
    let ran = flow_with_input(&["run", "-", "--speedup", FAST, "--json", "-q"], &content).expect(0);
    assert_eq!(ran.json()["tasks"]["completed"], 31);
}

#[test]
fn without_times_nothing_waits_and_the_user_is_told() {
    let file = tasks("untimed", &[("a", &[], &[]), ("b", &["a"], &[])]);
    let ran = flow(&["run", &file]).expect(0);
    let mode = "replayed without waiting, as no task has a time in the file";
    assert!(ran.stderr.starts_with(&format!("untimed: 2 tasks, {mode}, on ")), "{ran:#?}");
    assert!(ran.stderr.contains("note: use --no-op to measure the engine, or a file with "), "{ran:#?}");
    assert!(ran.stdout.contains(&format!("  mode           {mode}\n")), "{ran:#?}");
    assert!(flow(&["check", &file]).expect(0).stdout.contains("no task has a time in the file"));
}

#[test]
fn a_generated_workflow_is_not_called_recorded() {
    for (speedup, mode) in [
        ("1", "replayed as fast as the file says"),
        ("20000", "replayed 20000 times as fast as the file says"),
    ] {
        let ran = flow(&["run", "--speedup", speedup, "--timeout", "1s"]);
        assert!(ran.stderr.starts_with(&format!("montage-100: 100 tasks, {mode}, on ")), "{ran:#?}");
        assert!(ran.stdout.contains(&format!("  mode           {mode}\n")), "{ran:#?}");
    }
    for arguments in [&["--help"][..], &["run", "--help"], &["check", "--help"], &["generate", "--help"]] {
        assert!(!flow(arguments).expect(0).stdout.contains("recorded"), "{arguments:?}");
    }
}

#[test]
fn a_trace_and_a_picture_have_all_tasks() {
    let (trace, gantt) = (text(path("montage.trace")), text(path("montage.svg")));
    for mode in [&["--speedup", FAST][..], &["--no-op"]] {
        let arguments = [&["run", "--trace", &trace, "--gantt", &gantt, "--quiet"], mode].concat();
        flow(&arguments).expect(0);
        let trace = fs::read_to_string(&trace).expect("it was written");
        let trace: serde_json::Value = serde_json::from_str(&trace).expect("it is JSON");
        let events = trace["traceEvents"].as_array().expect("a list");
        assert_eq!(events.iter().filter(|event| event["ph"] == "X").count(), 100);
        let gantt = fs::read_to_string(&gantt).expect("it was written");
        assert!(gantt.starts_with("<svg") && gantt.trim_end().ends_with("</svg>"));
        assert!(gantt.matches("<rect").count() >= 100);
        for text in
            ["montage-100: 100 tasks on", "time since the start, in", "thread 0", "mProject", "mViewer"]
        {
            assert!(gantt.contains(text), "{text}");
        }
    }
}

#[test]
fn a_picture_says_how_a_run_ended() {
    let gantt = text(path("timed-out.svg"));
    flow(&["run", "--timeout", "1ms", "--gantt", &gantt, "--quiet"]).expect(1);
    let gantt = fs::read_to_string(gantt).expect("it was written");
    assert!(gantt.contains(" of 100 tasks on ") && gantt.contains(", timed out\n"), "{gantt}");
}

#[test]
fn a_file_that_cannot_be_written_is_found_before_the_run() {
    let nowhere = text(path("no such folder").join("file"));
    for option in ["--trace", "--gantt"] {
        let ran = flow(&["run", option, &nowhere]).expect(2);
        assert!(ran.stderr.starts_with(&format!("error: cannot create {nowhere}: ")), "{ran:#?}");
    }
}

#[test]
fn the_files_that_were_written_are_named() {
    let (trace, gantt) = (text(path("named.trace")), text(path("named.svg")));
    let arguments = ["run", "--no-op", "--json", "--trace", &trace, "--gantt", &gantt];
    let ran = flow(&arguments).expect(0);
    ran.json();
    let wrote = format!("wrote the trace to {trace}\nwrote the picture to {gantt}\n");
    assert!(ran.stderr.ends_with(&wrote), "{ran:#?}");
    assert_eq!(flow(&[&arguments[..], &["--quiet"]].concat()).expect(0).stderr, "");
}

#[test]
fn files_that_would_be_lost_are_refused_before_the_run() {
    let file = tasks("kept", &[("a", &[], &[])]);
    let folder = path("a folder beside");
    fs::create_dir_all(&folder).expect("the folder for tests can be written");
    let (again, new) = (text(folder.join("../kept.json")), text(path("never written")));
    let new_again = text(folder.join("../never written"));
    let content = fs::read_to_string(&file).expect("it was written");
    for (arguments, message) in [
        (
            &["--gantt", &file][..],
            format!("--gantt {file}: this file would be overwritten: it is the workflow"),
        ),
        (
            &["--trace", &again],
            format!("--trace {again}: this file would be overwritten: it is the workflow"),
        ),
        (&["--trace", &new, "--gantt", &new_again], format!("--gantt {new_again}: this file would be")),
        (&["--trace", &new, "--gantt", &new], "overwritten: it is --trace too".to_owned()),
        (&["--gantt", "-"], "--gantt -: standard output is for the summary; name a file".to_owned()),
        (&["--trace", "-"], "--trace -: standard output is for the summary; name a file".to_owned()),
    ] {
        let ran = flow(&[&["run", &file, "--no-op"], arguments].concat()).expect(2);
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(&message), "{message}: {ran:#?}");
        assert_eq!(ran.stdout, "");
    }
    assert_eq!(fs::read_to_string(&file).expect("it is there"), content);
    assert!(!path("never written").exists());
}

#[test]
fn control_characters_in_names_do_not_reach_the_terminal() {
    let mut instance = Instance::new("red\u{1b}[31m");
    instance.description = Some("two\nlines".to_owned());
    let mut task = Task::new("task\u{1b}]0;title\u{7}");
    task.command = Some(Command::new("no-such-program\u{1b}"));
    instance.tasks.push(task);
    let mut content = Vec::new();
    instance.write(&mut content).expect("a vector takes everything");
    let file = file("control.json", &String::from_utf8(content).expect("JSON is UTF-8"));
    let gantt = text(path("control.svg"));
    let shown = r"task\u{1b}]0;title\u{7}";
    for (arguments, status) in [
        (&["check", &file][..], 0),
        (&["run", &file, "--gantt", &gantt], 0),
        (&["run", &file, "--exec", "--dry-run"], 0),
        (&["run", &file, "--exec"], 1),
    ] {
        let ran = flow(arguments).expect(status);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(shown) || arguments[0] == "check", "{ran:#?}");
        assert!(!said.replace('\n', "").contains(char::is_control), "{ran:#?}");
    }
    assert!(flow(&["check", &file]).expect(0).stdout.contains(r"description    two\nlines"));
    assert!(!fs::read_to_string(gantt).expect("it was written").contains('\u{1b}'), "XML has no such thing");

    let cycle = tasks("cycle of control", &[("a\u{1b}", &["a\u{1b}"], &[])]);
    let ran = flow(&["check", &cycle]).expect(2);
    assert!(ran.stderr.contains(r"a\u{1b}") && !ran.stderr.contains('\u{1b}'), "{ran:#?}");
}

#[test]
fn time_limits_end_what_would_take_forever() {
    let forever = ["run", "--speedup", "1e-6", "--json", "-q"];
    let ran = flow(&[&forever[..], &["--timeout", "10ms"]].concat()).expect(1);
    assert_eq!(ran.json()["status"], "timed_out");
    let ran = flow(&[&forever[..], &["--task-timeout", "10ms", "--threads", "1"]].concat()).expect(1);
    let summary = ran.json();
    assert_eq!((&summary["status"], &summary["tasks"]["failed"]), (&"failed".into(), &1.into()));
    let error = summary["failures"][0]["error"].as_str().expect("a text");
    assert!(error.starts_with("timed out"), "{error}");
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    for (arguments, message) in [
        (&["--threads", "0"][..], "0 is not in 1..=4096"),
        (&["--threads", "4097"], "4097 is not in 1..=4096"),
        (&["--threads", "65536"], "65536 is not in 1..=4096"),
        (&["--threads", "many"], "invalid digit found in string"),
        (&["--speedup", "0"], "'0' is not a number from 1e-300 to 1e300"),
        (&["--speedup", "1e-308"], "'1e-308' is not a number from 1e-300 to 1e300"),
        (&["--speedup", "NaN"], "'NaN' is not a number from 1e-300 to 1e300"),
        (&["--speedup", "2", "--exec"], "cannot be used with"),
        (&["--speedup", "2", "--no-op"], "cannot be used with"),
        (&["--exec", "--no-op"], "cannot be used with"),
        (&["--dry-run"], "--exec"),
        (&["--dir", "."], "--exec"),
        (&["--timeout", "soon"], "'soon' is not a time: write it as 90, 1.5s, 250ms, 10m or 1h30m"),
        (&["--timeout", "0"], "'0' is too short: it has to be longer than 0"),
    ] {
        let ran = flow(&[&["run"], arguments].concat()).expect(2);
        assert!(ran.stderr.contains(message) && ran.stdout.is_empty(), "{message}: {ran:#?}");
    }
}
