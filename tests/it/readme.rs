//! The README says what the program says: its tables are those of the registries, and its commands are real.

use partui::spec::BackendId;
use partui::tui::actions::ACTIONS;
use partui::workload::WORKLOADS;

const README: &str = include_str!("../../README.md");

#[track_caller]
fn holds(line: &str) {
    assert!(README.lines().any(|there| there == line), "the README lacks this line:\n{line}");
}

#[test]
fn the_keys_are_those_of_the_action_table() {
    for binding in ACTIONS {
        holds(&format!("| `{}` | {} |", binding.shown.replace('|', "\\|"), binding.help));
    }
}

#[test]
fn workloads_and_backends_are_those_of_the_registries() {
    for workload in WORKLOADS.iter() {
        let about = workload.about();
        holds(&format!("| `{}` | {} | {} |", about.id, about.kind.label(), about.summary));
    }
    for backend in BackendId::ALL {
        holds(&format!("| `{}` | {} |", backend.id(), backend.facts().summary));
    }
}
