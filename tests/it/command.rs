//! Commands of the user's as a workload, run by the built program.

use std::collections::BTreeMap;
use std::fs;

use tempfile::TempDir;

use crate::support::Program;

/// Counts up to a line's number in the shell itself, then tells it.
const COUNT: &str = "sh -c 'i=0; while [ $i -lt \"$1\" ]; do i=$((i+1)); done; echo \"$i\"' sh {}";

/// The rows of a run, by column.
fn rows(folder: &TempDir, args: &[&str]) -> Vec<BTreeMap<String, String>> {
    let run = ["run", "-w", "command", "-n", "2", "--warmup", "0", "--quiet", "--export-csv", "-"];
    let finished = Program::new().args(run).args(args).dir(folder.path()).run();
    csv::Reader::from_reader(&finished.stdout[..]).into_deserialize().map(|row| row.expect("a row")).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

#[test]
fn what_commands_use_is_computing_on_every_backend() {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("list"), "20000\n\n20001\n20002\n20003\n").expect("a list");
    let work = ["--command", COUNT, "--input", "list", "--runs", "1", "--transport", "pipe,shm", "--baseline", "none"];
    let rows = rows(&folder, &[&work[..], &["-b", "all", "-g", "both"]].concat());
    assert_eq!(rows.len(), 2 * 6);
    for row in &rows {
        assert_eq!((row["status"].as_str(), &row["answer"]), ("ok", &rows[0]["answer"]), "{row:?}");
        assert!(
            row["answer"].starts_with("4 runs of the command wrote 24 bytes; sha256 of these in order "),
            "{row:?}"
        );
        let shares = ["compute", "ready", "gil", "io", "ipc", "idle"].map(|name| number(row, &format!("{name}_share")));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 0.01, "{row:?}");
        // Their four shells use far more than partui's own threads do to start them.
        let computed = shares[0] * number(row, "wall_median_s") * number(row, "workers");
        assert!(number(row, "cpu_s") > 0.02 && computed > 0.02, "{row:?}");
    }
}

#[test]
fn what_they_wrote_is_put_into_files_that_other_tools_confirm() {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("list"), "a b\n$HOME\n").expect("a list");
    rows(&folder, &["--command", "printf '<%s>'", "--input", "list", "-b", "threads", "--output", "written"]);
    let written = |name: &str| fs::read_to_string(folder.path().join("written").join(name)).expect("a file");
    assert_eq!([written("1"), written("2")], ["<a b>", "<$HOME>"]);
}

#[test]
fn a_command_that_fails_is_told_with_its_status_and_its_last_words() {
    let folder = TempDir::new().expect("a folder");
    for (script, expected) in [
        ("sh -c 'echo first >&2; echo last words >&2; exit 7'", "exited with code 7: last words"),
        ("sh -c 'kill -9 $$'", "was ended by SIGKILL"),
    ] {
        let work =
            ["run", "-w", "command", "--command", script, "--tasks", "2", "-b", "threads,processes", "--runs", "1"];
        let finished = Program::new().args(work).dir(folder.path()).run();
        assert_eq!(finished.status.code(), Some(1), "{finished:?}");
        assert!(finished.stdout().contains(expected), "{finished:?}");
    }
}

#[test]
fn a_command_that_is_not_there_is_refused_before_anything_runs() {
    let refused = "--command 'no-such-program {}': there is no program no-such-program";
    Program::new().args(["run", "-w", "command", "--command", "no-such-program {}"]).fails_with(2, refused);
}

#[test]
fn what_differs_each_time_is_divergent_unless_it_is_ignored() {
    let folder = TempDir::new().expect("a folder");
    let work = ["--command", "sh -c 'echo $$'", "--tasks", "3", "-b", "sequential,threads", "--runs", "2"];
    let statuses = |more: &[&str]| {
        rows(&folder, &[&work[..], more].concat()).iter().map(|row| row["status"].clone()).collect::<Vec<_>>()
    };
    assert!(statuses(&[]).contains(&"divergent".to_owned()));
    assert_eq!(statuses(&["--stdout", "ignore"]), ["ok", "ok"]);
}
