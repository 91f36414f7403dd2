//! `flow check`, `flow graph`, `flow generate`, and wrong usage.

use std::{fs, process::Stdio};

use flow_workflow::wfformat::{Instance, Shape, generate};

use super::{command, file, flow, flow_with_input, path, tasks, text};

#[test]
fn check_describes_a_file() {
    let file = text(path("check.json"));
    flow(&["generate", "--shape", "epigenomics", "--tasks", "41", "--output", &file]).expect(0);
    let ran = flow(&["check", &file]).expect(0);
    for line in [
        "epigenomics-41: a valid WfFormat 1.5 file",
        "tasks          41",
        "dependencies   48",
        "roots          1, which wait for nothing",
        "leaves         1, for which nothing waits",
        "depth          9 levels, the widest of 9 tasks",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {ran:#?}");
    }
    for kind in ["map ", "filterContams ", "pileup "] {
        assert!(ran.stdout.lines().any(|line| line.trim_start().starts_with(kind)), "{kind}: {ran:#?}");
    }
    assert_eq!(ran.stderr, "");
}

#[test]
fn check_reads_standard_input() {
    let ran = flow_with_input(&["check", "-"], "[]").expect(2);
    assert_eq!(ran.stderr, "error: standard input: the file: expected an object, found a list\n");
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_all_that_is_wrong() {
    let broken = file("broken.json", "{\n  oops");
    let ran = flow(&["check", &broken]).expect(2);
    assert_eq!(ran.stderr, format!("error: {broken}: line 2, column 3: not JSON: key must be a string\n"));

    let missing = text(path("there is none.json"));
    for arguments in [&["check", &missing][..], &["run", &missing], &["graph", &missing]] {
        let ran = flow(arguments).expect(2);
        assert!(ran.stderr.starts_with(&format!("error: {missing}: cannot be read: ")), "{ran:#?}");
    }

    let twice = tasks("twice", &[("a", &["b"], &[]), ("a", &["c"], &[])]);
    let ran = flow(&["run", &twice]).expect(2);
    assert_eq!(
        ran.stderr,
        format!(
            "error: {twice}: 3 problems:\
             \n  - there are two tasks with the id 'a'\
             \n  - task 'a' has the parent 'b', which does not exist\
             \n  - task 'a' has the parent 'c', which does not exist\n"
        )
    );

    let cycle = tasks("cycle", &[("a", &["b"], &[]), ("b", &["a"], &[])]);
    let ran = flow(&["check", &cycle]).expect(2);
    assert_eq!(ran.stderr, format!("error: {cycle}: a cycle: a -> b -> a\n"));
}

#[test]
fn graph_speaks_two_languages() {
    let pair = tasks("pair", &[("first", &[], &[]), ("second", &["first"], &[])]);
    let dot = flow(&["graph", &pair]).expect(0);
    assert!(
        dot.stdout.starts_with("digraph \"pair\" {\n") && dot.stdout.contains("\"first\" -> \"second\";")
    );
    assert_eq!(flow(&["graph", &pair, "--format", "dot"]).expect(0).stdout, dot.stdout);
    let mermaid = flow(&["graph", &pair, "--format", "mermaid"]).expect(0);
    assert!(mermaid.stdout.starts_with("flowchart LR\n") && mermaid.stdout.contains(" --> "), "{mermaid:#?}");
    let ran = flow(&["graph", &pair, "--format", "png"]).expect(2);
    assert!(ran.stderr.contains("possible values: dot, mermaid"), "{ran:#?}");
}

#[test]
fn generate_writes_what_the_library_makes() {
    for shape in Shape::ALL {
        let arguments = ["generate", "--shape", shape.name(), "--tasks", "50", "--seed", "7"];
        let ran = flow(&arguments).expect(0);
        assert_eq!(ran.stderr, "");
        assert_eq!(flow(&[&arguments[..], &["--output", "-"]].concat()).expect(0).stdout, ran.stdout);
        let instance: Instance = ran.stdout.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Ok(instance), generate(shape, 50, 7));
    }
}

#[test]
fn generate_says_what_cannot_be_generated() {
    let ran = flow(&["generate", "--shape", "montage", "--tasks", "9"]).expect(2);
    assert_eq!(ran.stderr, "error: 9 tasks are not enough for the shape montage, which needs at least 10\n");
    let ran = flow(&["generate", "--shape", "montage", "--tasks", "1"]).expect(2);
    assert_eq!(ran.stderr, "error: 1 task is not enough for the shape montage, which needs at least 10\n");
    let ran = flow(&["generate", "--shape", "circle", "--tasks", "9"]).expect(2);
    assert!(ran.stderr.contains("chain, fan-out, tree, random, montage, epigenomics"), "{ran:#?}");
    let nowhere = text(path("no such folder").join("file.json"));
    let ran = flow(&["generate", "--shape", "chain", "--tasks", "9", "--output", &nowhere]).expect(2);
    assert!(ran.stderr.starts_with(&format!("error: cannot create {nowhere}: ")), "{ran:#?}");
}

#[test]
fn wrong_usage_has_a_status_of_its_own() {
    for arguments in [&[][..], &["fly"], &["check"], &["generate"], &["run", "one", "two"]] {
        let ran = flow(arguments).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("Usage: flow"), "{ran:#?}");
    }
    assert!(flow(&["--help"]).expect(0).stdout.contains("Usage: flow <COMMAND>"));
    let help = flow(&["run", "--help"]).expect(0).stdout;
    for said in ["second ends the program at once", "is dropped if it succeeds"] {
        assert!(help.split_whitespace().collect::<Vec<_>>().join(" ").contains(said), "{said}: {help}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for arguments in [
        &["generate", "--shape", "random", "--tasks", "20000"][..],
        &["graph", concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/montage.json")],
        &["run", "--no-op", "--quiet", "--json"],
        &["run", "--exec", "--dry-run"],
        &["--help"],
    ] {
        let mut child = command(arguments).spawn().expect("the program starts");
        drop(child.stdout.take());
        let ran = super::Ran::from(child.wait_with_output().expect("the program ends")).expect(0);
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn nobody_has_to_read_what_is_wrong() {
    for arguments in
        [&["check", "no such file"][..], &["run", "--threads", "0"], &["run", "--quiet", "--exec"]]
    {
        let mut child = command(arguments).stdout(Stdio::null()).spawn().expect("the program starts");
        drop(child.stderr.take());
        let status = child.wait().expect("the program ends").code();
        assert!(matches!(status, Some(1 | 2)), "{status:?}");
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "says what was left out")]
fn a_full_disk_is_a_failure() {
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
        eprintln!("left out: there is no /dev/full");
        return;
    };
    let output = command(&["generate", "--shape", "chain", "--tasks", "10"]).stdout(full).output();
    let ran = super::Ran::from(output.expect("the program starts")).expect(1);
    assert!(ran.stderr.starts_with("error: cannot write to standard output: "), "{ran:#?}");
}
