//! `partui advise`, run as a person does: on what a run has left.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Finished, Program};

const RUN: [&str; 11] =
    ["run", "-w", "sleep", "-b", "threads,async", "-n", "2", "--tasks", "8", "--export-csv", "results.csv"];

/// What a run printed, and the folder with its exports.
fn measured() -> (TempDir, Finished) {
    let folder = TempDir::new().expect("a folder");
    let run = Program::new().args(RUN).args(["--export-json", "results.json"]);
    let finished = run.dir(folder.path()).ok();
    (folder, finished)
}

fn advise(folder: &TempDir, args: &[&str]) -> Program {
    Program::new().args(["advise"]).args(args).dir(folder.path())
}

#[test]
fn saved_results_give_the_advice_that_the_run_gave() {
    let (folder, run) = measured();
    let printed = run.stdout();
    let line = printed.lines().find_map(|line| line.strip_prefix("advice for sleep: "));
    let line = line.unwrap_or_else(|| panic!("{printed}"));
    let said = |args: &[&str]| advise(&folder, args).ok().stdout();
    let one = said(&["results.csv", "--json"]);
    let advice: Value = serde_json::from_str(&one).expect("one object");
    assert!(line.starts_with(advice["sentence"].as_str().expect("a sentence")), "{line}\n{one}");
    let text = said(&["results.csv"]);
    assert_eq!(said(&["results.json"]), text, "JSON says what CSV says");
    assert_eq!(said(&["results.csv", "results.json", "--json"]), one, "the same results count once");
    let content = fs::read(folder.path().join("results.csv")).expect("the export");
    assert_eq!(advise(&folder, &["-", "--json"]).input(content).ok().stdout(), one);
    let text = said(&["results.csv", "--ascii"]);
    assert!(text.starts_with("sleep  tasks 8") && text.is_ascii() && text.contains("\n  confidence "), "{text}");
    let markdown = said(&["results.csv", "--markdown"]);
    assert!(markdown.starts_with("**sleep  tasks 8") && markdown.contains("\n- rows: "), "{markdown}");
}

#[test]
fn one_way_alone_is_no_advice() {
    let folder = TempDir::new().expect("a folder");
    let run = ["run", "-w", "sleep", "-b", "sequential", "--tasks", "2", "--export-csv", "results.csv"];
    Program::new().args(run).dir(folder.path()).ok();
    let said = advise(&folder, &["results.csv"]).ok().stdout();
    assert!(said.starts_with("no advice: ") && said.lines().count() == 1, "{said}");
    assert_eq!(advise(&folder, &["results.csv", "--json"]).ok().stdout(), "");
}

#[test]
fn what_is_no_export_is_refused_in_one_line_that_names_it() {
    let folder = TempDir::new().expect("a folder");
    for (name, content) in
        [("foreign.csv", "a,b\r\n1,2\r\n"), ("empty.csv", ""), ("new.json", "{\"schema_version\": 9}")]
    {
        fs::write(folder.path().join(name), content).expect("a file");
    }
    for (args, said) in [
        (&["foreign.csv"][..], "partui: foreign.csv: is no export of partui: it has no column run"),
        (&["empty.csv"], "partui: empty.csv: is empty"),
        (&["new.json"], "partui: new.json: has schema version 9; this version of partui reads 1"),
        (&["none.csv"], "partui: none.csv: cannot be read: "),
        (&["."], "partui: .: cannot be read: "),
        (&[], "partui: advise: a file is missing"),
        (&["-", "-"], "partui: -: standard input can be read once"),
    ] {
        let finished = advise(&folder, args).fails_with(2, said);
        assert_eq!(finished.stderr().lines().count(), 1, "{finished:?}");
    }
}
