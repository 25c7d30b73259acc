//! Looks which processes of a run stand still. Each answer costs reading a file, so it is asked for rarely, and the more
//! rarely the more processes there are.

use std::collections::BTreeSet;

use crate::machine::process::{Activity, ProcessState};
use crate::units::Nanos;

/// Between looks, for as many processes as can be looked at in passing.
const INTERVAL: Nanos = Nanos::from_millis(250);

/// How many those are.
const IN_PASSING: u64 = 64;

/// Looks, and remembers what it has told.
#[derive(Debug, Default)]
pub(crate) struct Lookout {
    due: Nanos,
    told: Vec<u32>,
}

impl Lookout {
    /// The workers of a board, as their processes, of which `own` is none, and their engine, as far as they are stopped,
    /// ascending; `None` where it is not time to look, and where everybody still goes on.
    pub(crate) fn look(&mut self, workers: &BTreeSet<u32>, own: u32, now: Nanos) -> Option<Vec<u32>> {
        if now < self.due {
            return None;
        }
        self.due = now.plus(Nanos(INTERVAL.0 * (workers.len() as u64).div_ceil(IN_PASSING)));
        let stopped = stopped(workers, own, Activity::of);
        let is_news = !stopped.is_empty() || !self.told.is_empty();
        self.told.clone_from(&stopped);
        is_news.then_some(stopped)
    }
}

/// Who is stopped of `workers` and of the processes that started them; `own` started the engine and is none of them.
fn stopped(workers: &BTreeSet<u32>, own: u32, of: impl Fn(u32) -> Activity) -> Vec<u32> {
    let mut seen: Vec<(u32, Activity)> = workers.iter().map(|pid| (*pid, of(*pid))).collect();
    let parents: BTreeSet<u32> = seen.iter().filter_map(|(_, activity)| activity.parent).collect();
    let engines = parents.into_iter().filter(|pid| *pid != own && !workers.contains(pid));
    seen.extend(engines.map(|pid| (pid, of(pid))));
    let standing = seen.into_iter().filter(|(_, activity)| activity.state == ProcessState::Stopped);
    standing.map(|(pid, _)| pid).collect::<BTreeSet<u32>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_and_their_engine_are_looked_at() {
        // 1 has started the interface 2, which has started the engine 3 with its workers 4 and 5.
        for (workers, standing, expected) in [
            (&[4, 5][..], &[][..], &[][..]),
            (&[4, 5], &[5], &[5]),
            (&[4, 5], &[3], &[3]),
            (&[4, 5], &[3, 4, 5], &[3, 4, 5]),
            (&[3], &[3], &[3]),
            (&[3], &[1, 2], &[]),
            (&[], &[3], &[]),
        ] {
            let of = |pid: u32| Activity {
                state: if standing.contains(&pid) { ProcessState::Stopped } else { ProcessState::Running },
                parent: Some(if pid > 3 { 3 } else { pid - 1 }),
                core: None,
            };
            assert_eq!(stopped(&workers.iter().copied().collect(), 2, of), expected, "{workers:?} {standing:?}");
        }
    }

    #[test]
    fn many_processes_are_looked_at_less_often() {
        for (processes, millis) in [(1, 250), (64, 250), (65, 500), (1_024, 4_000)] {
            let mut lookout = Lookout::default();
            // Numbers that no process has.
            let workers: BTreeSet<u32> = (0..processes).map(|number| u32::MAX - number).collect();
            assert_eq!(lookout.look(&workers, 1, Nanos::from_millis(1)), None, "nobody is stopped");
            assert_eq!(lookout.due, Nanos::from_millis(1 + millis), "{processes}");
        }
    }
}
