//! `partui compare`, run as a person does.

use serde_json::Value;

use crate::support::pty::Session;
use crate::support::{PATIENCE, Program, census};

fn compare(args: &[&str]) -> Program {
    Program::new().args(["compare", "--quick"]).args(args)
}

/// Who dies by a crash does not depend on how busy the machine is.
#[test]
fn who_dies_by_a_crash_is_measured_and_told_in_json() {
    let finished = compare(&["faults", "--json", "--quiet"]).ok();
    assert_eq!(finished.stderr(), "");
    let row: Value = serde_json::from_slice(&finished.stdout).expect("one object");
    assert_eq!((&row["row"], &row["verdict"]), (&"faults".into(), &"holds".into()), "{row}");
    assert_eq!(row["measured"]["processes"], "crash: 0 of 3 jobs lost");
    assert_eq!(row["measured"]["threads"], "crash: 3 of 3 jobs lost");
    for key in ["question", "claim", "conclusion", "why", "change"] {
        assert!(!row[key].is_null(), "{key}: {row}");
    }
    for figure in row["evidence"].as_array().expect("figures") {
        let [value, low, high] = ["value", "low", "high"].map(|key| figure[key].as_f64().expect("a number"));
        assert!(low <= value && value <= high && figure["unit"].is_string(), "{figure}");
    }
}

#[test]
fn rows_are_printed_in_the_order_of_the_table() {
    let text = compare(&["responsiveness", "memory", "--ascii"]).ok().stdout();
    let places = ["feature", "Memory", "Responsiveness", "\nMemory: What", "\nResponsiveness: How"]
        .map(|part| text.find(part).unwrap_or_else(|| panic!("{part} is missing in\n{text}")));
    assert!(places.is_sorted() && text.is_ascii(), "{text}");
    let markdown = compare(&["faults", "--markdown"]).ok().stdout();
    assert!(
        markdown.contains("| Fault isolation | isolated<br>crash: 0 of 3 jobs lost | take all down<br>"),
        "{markdown}"
    );
}

#[test]
fn ctrl_c_ends_it_and_keeps_what_is_measured() {
    let mut session = Session::start(40, 120, &["compare", "--quick", "faults", "responsiveness"], &[]);
    session.wait_for("the first row", |screen| screen.contains("crash: 3 of 3 jobs lost"));
    session.type_bytes(b"\x03");
    let screen = session.wait_for("what it means", |screen| screen.contains("Fault isolation: One task crashes"));
    assert!(!screen.contains("Responsiveness:"), "{screen}");
    assert_eq!(session.wait_exit().code(), Some(130));
    census::assert_gone(session.tag(), PATIENCE);
}
