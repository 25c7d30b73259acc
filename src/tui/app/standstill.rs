//! Which processes of the run stand still because somebody stopped them: told by the shell, said by the app.

use std::fmt;

use super::live::Worker;
use crate::units::WorkerId;

/// The most workers that are named one by one.
const NAMED: usize = 8;

/// Who stands still.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standstill {
    /// The engine's process; `None` while it goes on.
    pub engine: Option<u32>,
    /// Worker processes, each with its worker.
    pub workers: Vec<(WorkerId, u32)>,
}

impl Standstill {
    /// Tells engine and workers apart among processes that are stopped; threads are no processes of their own.
    #[must_use]
    pub(super) fn of(stopped: &[u32], workers: &[Worker], are_processes: bool) -> Self {
        let own = workers.iter().filter(|worker| are_processes && stopped.contains(&worker.process));
        let workers: Vec<(WorkerId, u32)> = own.map(|worker| (worker.id, worker.process)).collect();
        let is_worker = |pid: &u32| workers.iter().any(|(_, process)| process == pid);
        Self { engine: stopped.iter().copied().find(|pid| !is_worker(pid)), workers }
    }

    /// Whether somebody stands still.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.engine.is_some() || !self.workers.is_empty()
    }

    fn worker_words(&self) -> Option<String> {
        match self.workers.as_slice() {
            [] => None,
            [(id, pid)] => Some(format!("worker {} (pid {pid})", id.index() + 1)),
            workers if workers.len() <= NAMED => {
                let names: Vec<_> = workers.iter().map(|(id, _)| (id.index() + 1).to_string()).collect();
                Some(format!("workers {}", names.join(" ")))
            }
            workers => Some(format!("{} workers", workers.len())),
        }
    }
}

/// A sentence for a person who can end it: `worker 2 (pid 123) is stopped: …`.
impl fmt::Display for Standstill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = self.engine.map(|pid| format!("engine (pid {pid})"));
        let words: Vec<_> = engine.into_iter().chain(self.worker_words()).collect();
        let alone = usize::from(self.engine.is_some()) + self.workers.len() == 1;
        let (are, them) = if alone { ("is", "it") } else { ("are", "them") };
        write!(f, "{} {are} stopped: SIGCONT lets {them} go on, x ends the run", words.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::CoreId;

    /// Workers by their processes.
    fn workers(processes: &[u32]) -> Vec<Worker> {
        let worker = |(id, process): (u32, &u32)| Worker {
            id: WorkerId(id),
            process: *process,
            state: None,
            holds: false,
            stopped: false,
            core: CoreId(0),
            tasks: 0,
            shares: [0.0; 7],
        };
        (0..).zip(processes).map(worker).collect()
    }

    fn check(processes: &[u32], are_processes: bool, stopped: &[u32], expected: &str) {
        let standstill = Standstill::of(stopped, &workers(processes), are_processes);
        assert!(standstill.is_any());
        assert_eq!(standstill.to_string(), format!("{expected} go on, x ends the run"));
    }

    #[test]
    fn the_sentence_names_who_stands_still() {
        check(&[7, 8, 9], true, &[8], "worker 2 (pid 8) is stopped: SIGCONT lets it");
        check(&[7, 8, 9], true, &[7, 9], "workers 1 3 are stopped: SIGCONT lets them");
        check(&[7, 8, 9], true, &[5], "engine (pid 5) is stopped: SIGCONT lets it");
        check(&[7, 8], true, &[5, 8], "engine (pid 5) and worker 2 (pid 8) are stopped: SIGCONT lets them");
        check(&[5, 5], false, &[5], "engine (pid 5) is stopped: SIGCONT lets it");
        let many: Vec<u32> = (10..30).collect();
        check(&many, true, &many, "20 workers are stopped: SIGCONT lets them");
        assert!(!Standstill::of(&[], &workers(&[7]), true).is_any());
    }
}
