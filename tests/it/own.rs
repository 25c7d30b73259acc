//! A program of somebody else's that brings a workload: the example, as anybody would start it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use partui::spec::{BackendId, Transport};

use crate::support::{PARTUI, Program};

/// The example's source, which is to show how little is needed.
const SOURCE: &str = include_str!("../../examples/own_workload.rs");

/// The example, which `cargo test` builds with all others.
fn example() -> PathBuf {
    let path = Path::new(PARTUI).with_file_name("examples").join("own_workload");
    assert!(path.is_file(), "{} is missing: cargo build --examples makes it", path.display());
    path
}

#[test]
fn its_workload_runs_on_every_backend_and_is_what_is_measured_unless_asked_otherwise() {
    let run =
        ["run", "--backend", "all", "--transport", "reference,channel,pipe,shm", "--gil", "both", "--workers", "2"];
    let settings = ["--runs", "1", "--warmup", "0", "--baseline", "none", "--quiet", "--export-csv", "-"];
    let finished = Program::named(example()).args(run).args(settings).ok();
    let rows: Vec<BTreeMap<String, String>> =
        csv::Reader::from_reader(&finished.stdout[..]).into_deserialize().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 2 * (BackendId::ALL.len() - 2 + Transport::ALL.len()));
    for row in &rows {
        let said = ["workload", "answer", "size", "status"].map(|column| row[column].as_str());
        // As everybody finds who looks for the longest chain below a million.
        assert_eq!(said, ["collatz", "837799 takes 524 steps", "2500", "ok"], "{row:?}");
        assert_eq!(row["checksum"], rows[0]["checksum"]);
    }
}

#[test]
fn it_stands_in_lists_and_help_beside_those_of_partui() {
    let own = Program::named(example());
    let listed = own.args(["list", "workloads"]).ok().stdout();
    assert!(
        listed.starts_with("collatz  finds the longest Collatz chain") && listed.contains("\nprimes  "),
        "{listed}"
    );
    let help = Program::named(example()).args(["run", "--help"]).ok().stdout();
    assert!(help.contains("how many stretches of numbers") && help.contains("Usage: own_workload run"), "{help}");
    let list = Program::new().args(["list", "workloads"]).ok().stdout();
    assert!(!list.contains("collatz"), "{list}");
}

#[test]
fn the_example_is_short() {
    assert!(SOURCE.lines().count() <= 40, "{}", SOURCE.lines().count());
}
