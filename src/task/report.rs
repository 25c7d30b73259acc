//! What a worker says of a sample, and the time budget that follows from it.

use serde::{Deserialize, Serialize};

use crate::board::{State, StateTimes};
use crate::child::Usage;
use crate::units::{Nanos, WorkerId};

/// One worker's own account of one sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerReport {
    /// Who reports.
    pub worker: WorkerId,
    /// Time in each state, from the sample's start until `finished`.
    pub times: StateTimes,
    /// When the account was closed, on the monotonic clock.
    pub finished: Nanos,
    /// This worker's CPU clock over the sample, and what programs used that its tasks ran.
    pub cpu: Nanos,
    /// What programs used that its tasks ran.
    pub programs: Usage,
    /// Context switches in which it gave its core up; `None` where the system does not tell.
    pub ctx_voluntary: Option<u64>,
    /// Context switches in which its core was taken from it.
    pub ctx_involuntary: Option<u64>,
    /// Latencies of the tasks timed, as (value in ns, count) pairs, ascending.
    pub latency: Vec<(u64, u64)>,
    /// Tasks executed.
    pub tasks: u64,
}

/// Where workers' time went. The parts of one worker sum to the wall time of the sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Computing on a core, itself or by a program that it ran.
    pub compute: Nanos,
    /// Wanting to compute, without a core: a lower bound.
    pub ready: Nanos,
    /// Waiting for the emulated lock.
    pub gil: Nanos,
    /// Waiting for I/O, the lock released; also for a program that did not compute.
    pub io: Nanos,
    /// Encoding, copying, or waiting for the supervisor.
    pub ipc: Nanos,
    /// Nothing left to claim, or not there.
    pub idle: Nanos,
}

impl Budget {
    /// Workers × wall.
    #[must_use]
    pub fn total(&self) -> Nanos {
        Nanos(self.compute.0 + self.ready.0 + self.gil.0 + self.io.0 + self.ipc.0 + self.idle.0)
    }

    /// Adds another worker's or sample's time.
    pub fn add(&mut self, other: &Self) {
        self.compute.0 += other.compute.0;
        self.ready.0 += other.ready.0;
        self.gil.0 += other.gil.0;
        self.io.0 += other.io.0;
        self.ipc.0 += other.ipc.0;
        self.idle.0 += other.idle.0;
    }
}

/// Splits `wall` into what the worker did with it.
///
/// A worker that wants to compute but has no core is not computing: of the wall time in state `compute`, only as much
/// counts as its CPU clock advanced over the whole sample, and the rest is `ready`. CPU time spent in other states hides
/// some waiting, so `ready` is a lower bound.
///
/// A worker that waits for a program is in state `io`. As much of that time as programs had a core counts as computing, and
/// as much as they wanted one as `ready`; those with several threads may use more than the time there is.
#[must_use]
pub fn budget(report: &WorkerReport, wall: Nanos) -> Budget {
    let in_state = |state: State| report.times[state.index()];
    let wanting = in_state(State::Compute).min(wall);
    let compute = wanting.min(report.cpu.since(report.programs.cpu));
    let mut left = wall.since(wanting);
    let mut grant = |asked: Nanos| {
        let granted = asked.min(left);
        left = left.since(granted);
        granted
    };
    let (gil, io, ipc) = (grant(in_state(State::Gil)), grant(in_state(State::Io)), grant(in_state(State::Ipc)));
    let by_programs = io.min(report.programs.cpu);
    let without_core = io.since(by_programs).min(report.programs.ready);
    Budget {
        compute: compute.plus(by_programs),
        ready: wanting.since(compute).plus(without_core),
        gil,
        io: io.since(by_programs).since(without_core),
        ipc,
        idle: left,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(compute: u64, gil: u64, cpu: u64) -> WorkerReport {
        let mut times = StateTimes::default();
        times[State::Compute.index()] = Nanos(compute);
        times[State::Gil.index()] = Nanos(gil);
        WorkerReport {
            worker: WorkerId(0),
            times,
            finished: Nanos(0),
            cpu: Nanos(cpu),
            programs: Usage::default(),
            ctx_voluntary: None,
            ctx_involuntary: None,
            latency: Vec::new(),
            tasks: 0,
        }
    }

    #[test]
    fn the_parts_sum_to_the_wall_time() {
        for (compute, gil, cpu, wall) in [(60, 20, 50, 100), (60, 70, 80, 100), (0, 0, 0, 100), (200, 0, 150, 100)] {
            let parts = budget(&report(compute, gil, cpu), Nanos(wall));
            let sum = [parts.compute, parts.ready, parts.gil, parts.io, parts.ipc, parts.idle].map(|part| part.0);
            assert_eq!(sum.iter().sum::<u64>(), wall, "{parts:?}");
        }
    }

    #[test]
    fn time_without_a_core_is_ready_not_compute() {
        let parts = budget(&report(60, 20, 45), Nanos(100));
        assert_eq!((parts.compute, parts.ready, parts.gil, parts.idle), (Nanos(45), Nanos(15), Nanos(20), Nanos(20)));
    }

    #[test]
    fn what_programs_had_of_a_core_is_computing_and_the_rest_of_their_time_is_waiting() {
        for (program, ready, expected) in [(0, 0, (30, 0, 50)), (35, 5, (65, 5, 10)), (90, 20, (80, 0, 0))] {
            let mut report = report(30, 0, 30 + program);
            report.times[State::Io.index()] = Nanos(50);
            report.programs = Usage { cpu: Nanos(program), ready: Nanos(ready) };
            let parts = budget(&report, Nanos(100));
            assert_eq!((parts.compute.0, parts.ready.0, parts.io.0), expected, "{program} {ready}");
            assert_eq!(parts.total(), Nanos(100));
        }
    }
}
