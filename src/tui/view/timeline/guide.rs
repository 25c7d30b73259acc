//! How the picture is read, for those who see one for the first time.

use crate::spec::{BackendId, Configuration};
use crate::units::Nanos;
use crate::workload::GilModel;

/// What the lines are, and what is to be seen in those of a run with this configuration: a paragraph each. A column of
/// the picture stands for so much time, and `mark` is how its middle is marked.
pub(super) fn paragraphs(configuration: Option<&Configuration>, column: Nanos, mark: &str) -> Vec<String> {
    let lines = format!(
        "Each line is a worker (c0: it ran on core 0 last). Time goes from left to right, {column} a column. The line at \
         the bottom tells of the moment under {mark}: ←→ go to another one, ↑↓ to another worker."
    );
    std::iter::once(lines).chain(configuration.map(what_to_see)).collect()
}

fn what_to_see(configuration: &Configuration) -> String {
    const REMEDY: &str = "Each process has a lock of its own: press 1, b for processes, r, and look again.";
    if !configuration.contends() {
        return without_turns(configuration).to_owned();
    }
    let interval = configuration.switch_interval.unwrap_or(Nanos::ZERO);
    match configuration.gil_model {
        Some(GilModel::Bytecode) => format!(
            "Under the GIL one thread computes at a time, however many cores are free: the line \"lock\" has its number. The others \
             wait (gil). Who has waited {interval}, the switch interval, asks for the lock, and its holder lets go; f marks \
             who was woken for it and found that another had been faster. {REMEDY}"
        ),
        Some(GilModel::CHeld) => format!(
            "Under the GIL one thread computes at a time, however many cores are free: the line \"lock\" has its number. The others \
             wait (gil), until its long call into C code is over. {REMEDY}"
        ),
        Some(GilModel::CReleased) => {
            "This work computes in C code that lets go of the GIL: all of them compute at once. Only \
                                      between such calls they need the lock and may wait for it (gil)."
                .to_owned()
        }
        None => "Waiting (io) needs no lock: all of them wait at once, and the GIL costs next to nothing.".to_owned(),
    }
}

/// What is to be seen where nobody has to wait for a lock.
const fn without_turns(configuration: &Configuration) -> &'static str {
    match (configuration.backend, configuration.gil) {
        (BackendId::Sequential, _) => "One worker does one task after the other: it uses one core at most.",
        (BackendId::Processes, true) => {
            "Each process has a GIL of its own, so that none waits for another: they compute at once, as far as there are \
             cores. In ipc, tasks and results are passed on."
        }
        (BackendId::Processes, false) => {
            "Processes compute at once, as far as there are cores. In ipc, tasks and results are passed on."
        }
        (_, _) => {
            "Without a lock they compute at once, as far as there are cores. Press g and then r to see them take turns at \
             one lock, as Python's threads do."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::row;

    fn seen(backend: BackendId, gil: bool, model: Option<GilModel>) -> String {
        let row = row(backend, 2);
        let mut configuration = if gil { row.gil() } else { row }.done().configuration;
        configuration.gil_model = model;
        paragraphs(Some(&configuration), Nanos(500), "^").remove(1)
    }

    #[test]
    fn what_is_to_be_seen_depends_on_who_shares_a_lock() {
        let turns = seen(BackendId::Threads, true, Some(GilModel::Bytecode));
        assert!(
            turns.contains("one thread computes at a time") && turns.contains("waited 5.00 ms, the switch interval"),
            "{turns}"
        );
        assert!(
            seen(BackendId::Rayon, true, Some(GilModel::CHeld)).contains("until its long call into C code is over")
        );
        assert!(seen(BackendId::Async, true, Some(GilModel::CReleased)).contains("compute at once"));
        assert!(seen(BackendId::Threads, true, None).contains("needs no lock"));
        assert!(seen(BackendId::Threads, false, Some(GilModel::Bytecode)).contains("Press g"));
        assert!(seen(BackendId::Processes, true, Some(GilModel::Bytecode)).contains("a GIL of its own"));
        assert!(!seen(BackendId::Processes, false, Some(GilModel::Bytecode)).contains("GIL"));
        assert!(seen(BackendId::Sequential, true, None).contains("one core at most"));
    }

    #[test]
    fn without_its_run_it_still_says_what_the_lines_are() {
        let said = paragraphs(None, Nanos(500), "^");
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("500 ns a column") && said[0].contains("under ^"), "{}", said[0]);
    }
}
