//! One sentence for each row that says why it is as it is, and what to try next. An ordered table of rules. Pure.

use super::{Next, ResultRow, Shares, Status, Summary};
use crate::spec::{BackendId, LockScope};
use crate::units::Nanos;
use crate::workload::GilModel;

/// A share of the workers' time that is lost to one cause explains the row from here on.
const EXPLAINS: f64 = 0.2;

/// From this share of computing on, there is nothing to explain.
const BUSY: f64 = 0.8;

/// Why a row is as it is, and what to try next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// One sentence without full stop.
    pub sentence: String,
    /// What to try next, the most promising first; empty where there is nothing to gain.
    pub next: Vec<Next>,
}

/// The sentence of [`explain`] alone; `summary` is that of the row.
#[must_use]
pub fn why(row: &ResultRow, summary: &Summary) -> String {
    explain(row, summary).sentence
}

/// Why `row` is as it is; `summary` is that of the row.
#[must_use]
pub fn explain(row: &ResultRow, summary: &Summary) -> Explanation {
    let found = Found { row, summary, shares: summary.shares.unwrap_or_default() };
    let rule = RULES.iter().find(|rule| (rule.applies)(&found));
    rule.map_or_else(
        || nothing_yet(row),
        |rule| Explanation { sentence: (rule.says)(&found) + &found.rate(), next: (rule.next)(&found) },
    )
}

/// What the rules look at.
struct Found<'a> {
    row: &'a ResultRow,
    summary: &'a Summary,
    /// All zero where no sample is in.
    shares: Shares,
}

/// When a sentence is the right one, and what it says.
struct Rule {
    applies: fn(&Found<'_>) -> bool,
    says: fn(&Found<'_>) -> String,
    next: fn(&Found<'_>) -> Vec<Next>,
}

/// The first rule that applies explains the row.
const RULES: &[Rule] = &[
    Rule { applies: |found| found.row.failure.is_some(), says: |found| found.failure(), next: |_| Vec::new() },
    Rule {
        applies: |found| found.is_largest_loss(found.shares.gil),
        says: |found| {
            format!(
                "{} of the workers' time went into waiting for the lock: {}",
                percent(found.shares.gil),
                found.lock()
            )
        },
        next: |_| vec![Next::LockOff, Next::Backend(BackendId::Processes)],
    },
    Rule {
        applies: |found| found.is_largest_loss(found.shares.ready),
        says: |found| format!("{} waiting for a core: {}", percent(found.shares.ready), found.crowd()),
        next: |found| found.as_many_workers_as_cores(),
    },
    Rule {
        applies: |found| found.is_largest_loss(found.shares.ipc) && found.shares_a_table(),
        says: |found| {
            format!(
                "{} talking to the owner of the table: processes share it by messages and wait for each answer",
                percent(found.shares.ipc)
            )
        },
        next: |_| vec![Next::Backend(BackendId::Threads)],
    },
    Rule {
        applies: |found| found.is_largest_loss(found.shares.ipc),
        says: |found| format!("{} talking to the supervisor: {}", percent(found.shares.ipc), found.task_size()),
        next: |_| vec![Next::LargerChunk, Next::Backend(BackendId::Threads)],
    },
    Rule {
        applies: |found| found.is_largest_loss(found.shares.io),
        says: |found| format!("{} waiting for I/O: {}", percent(found.shares.io), found.overlap()),
        next: |found| found.more_waits_at_once(),
    },
    Rule {
        applies: |found| found.deaths() > 0 && found.is_largest_loss(found.shares.idle),
        says: |found| {
            let of_died = match found.deaths() {
                1 => "one of them died".to_owned(),
                deaths => format!("{deaths} of them died"),
            };
            format!(
                "{} of the workers' time is without account: {of_died} before giving it",
                percent(found.shares.idle)
            )
        },
        next: |_| Vec::new(),
    },
    Rule {
        applies: |found| found.is_largest_loss(found.shares.idle),
        says: |found| {
            format!("{} of the workers' time had nothing to do: {}", percent(found.shares.idle), found.leftovers())
        },
        next: |_| vec![Next::MoreTasks, Next::SmallerChunk],
    },
    Rule {
        applies: |found| found.summary.shares.is_some(),
        says: |found| {
            format!("{} computed {} of the time: {}", found.workers(), percent(found.shares.compute), found.limit())
        },
        next: |_| Vec::new(),
    },
];

fn nothing_yet(row: &ResultRow) -> Explanation {
    let sentence = match row.status {
        Status::Cancelled => "cancelled before its first sample was in",
        Status::Failed => "failed without saying why",
        _ => "no sample is in yet",
    };
    Explanation { sentence: sentence.to_owned(), next: Vec::new() }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

impl Found<'_> {
    fn failure(&self) -> String {
        let failure = self.row.failure.as_deref().unwrap_or_default();
        match self.row.status {
            Status::Divergent => format!("divergent: {failure}"),
            _ => format!("failed: {failure}"),
        }
    }

    /// What the work comes to in a second, where it is counted; empty elsewhere.
    fn rate(&self) -> String {
        let configuration = &self.row.configuration;
        let work = configuration.workload().work(&configuration.values);
        match (work, &self.summary.wall, &self.row.failure) {
            (Some(work), Some(wall), None) => format!("; {}", work.rate(wall.median)),
            _ => String::new(),
        }
    }

    /// Whether this is what most of the time that was not computed went into, and enough of it.
    fn is_largest_loss(&self, share: f64) -> bool {
        let Shares { ready, gil, io, ipc, idle, .. } = self.shares;
        share >= EXPLAINS && [ready, gil, io, ipc, idle].iter().all(|other| share >= *other)
    }

    fn shares_a_table(&self) -> bool {
        let configuration = &self.row.configuration;
        configuration.workload().table(&configuration.values).is_some()
    }

    /// Workers that died and were replaced.
    fn deaths(&self) -> u64 {
        self.summary.respawns.unwrap_or(0)
    }

    fn workers(&self) -> &'static str {
        if self.row.configuration.workers == 1 { "the one worker" } else { "workers" }
    }

    fn lock(&self) -> String {
        match self.summary.gil_switches {
            Some(switches) if switches > 0 => {
                format!("one worker at a time holds it, it changed hands {switches} times")
            }
            _ => "one worker at a time holds it".to_owned(),
        }
    }

    fn crowd(&self) -> String {
        let (workers, usable) = (self.row.configuration.workers, self.row.cores_usable);
        if workers > usable {
            let cores = if usable == 1 { "core" } else { "cores" };
            return format!("{workers} workers share {usable} {cores}");
        }
        "other programs want the cores too".to_owned()
    }

    fn as_many_workers_as_cores(&self) -> Vec<Next> {
        let usable = self.row.cores_usable;
        if self.row.configuration.workers > usable { vec![Next::Workers(usable)] } else { Vec::new() }
    }

    fn task_size(&self) -> String {
        let latency = self.summary.task.map(|task| Nanos::from_seconds(task.p50));
        let cost = self.row.calibration.as_ref().map(|calibration| calibration.task_cost);
        match cost.or(latency) {
            Some(cost) if cost < Nanos::from_millis(1) => {
                format!("tasks of {cost} are small for what it takes to hand them over")
            }
            _ => "the workers wait for tasks or for their results to be taken".to_owned(),
        }
    }

    fn overlap(&self) -> String {
        let configuration = &self.row.configuration;
        let awaited = configuration.in_flight.filter(|_| configuration.backend.facts().awaits);
        match (awaited, configuration.workers) {
            (Some(tasks), _) => format!("up to {tasks} tasks wait at the same time, which needs no core"),
            (None, 1) => "one worker waits for one thing at a time".to_owned(),
            (None, workers) => format!("{workers} workers wait at the same time, which needs no core"),
        }
    }

    fn more_waits_at_once(&self) -> Vec<Next> {
        if self.row.configuration.workers == 1 {
            return vec![Next::Backend(BackendId::Threads)];
        }
        vec![Next::MoreWorkers]
    }

    fn leftovers(&self) -> String {
        let tasks = self.row.calibration.as_ref().map(|calibration| calibration.tasks);
        let workers = self.row.configuration.workers;
        match tasks {
            _ if workers == 1 => "nothing else was there to be done".to_owned(),
            Some(1) => format!("1 task cannot feed {workers} workers"),
            Some(tasks) if tasks < u64::from(workers) => format!("{tasks} tasks cannot feed {workers} workers"),
            _ => "it waited for the last tasks of the others".to_owned(),
        }
    }

    /// What holds a row back that loses little: nothing but cores.
    fn limit(&self) -> String {
        let configuration = &self.row.configuration;
        let own_lock = configuration.gil && configuration.backend.facts().lock == LockScope::Own;
        match (self.shares.compute >= BUSY, configuration.workers) {
            (false, _) => "no single cause takes the rest".to_owned(),
            (true, 1) if configuration.is_baseline() => "the baseline of every speed-up of this work".to_owned(),
            (true, 1) if configuration.gil => "nobody else wants the lock".to_owned(),
            (true, 1) => "more workers would share the work".to_owned(),
            (true, _) if own_lock => {
                "each process has a lock of its own, so it scales as far as the cores go".to_owned()
            }
            (true, _) if configuration.gil_model == Some(GilModel::CReleased) => {
                "the lock is let go while they compute, so it scales as far as the cores go".to_owned()
            }
            (true, _) => "it scales as far as the cores go".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{RowBuilder, row};
    use super::*;
    use crate::engine::Budget;
    use crate::spec::BackendId::{Async, Processes, Sequential, Threads};
    use crate::spec::{Configuration, Wish};
    use crate::workload::by_id;

    fn check(row: RowBuilder, sentence: &str, next: &[Next]) {
        let row = row.done();
        let found = explain(&row, &Summary::of(&row));
        assert_eq!((found.sentence.as_str(), &found.next[..]), (sentence, next));
    }

    /// A time budget in percent.
    fn budget(compute: u64, rest: impl Fn(&mut Budget)) -> Budget {
        let mut budget = Budget { compute: Nanos(compute), ..Budget::default() };
        rest(&mut budget);
        budget
    }

    #[test]
    fn the_largest_loss_explains_a_row() {
        let gil = budget(25, |rest| (rest.gil, rest.idle) = (Nanos(70), Nanos(5)));
        check(
            row(Threads, 4).gil().budget(gil),
            "70 % of the workers' time went into waiting for the lock: one worker at a time holds it",
            &[Next::LockOff, Next::Backend(Processes)],
        );
        let ready = budget(62, |rest| rest.ready = Nanos(38));
        check(row(Threads, 4).budget(ready), "38 % waiting for a core: 4 workers share 2 cores", &[Next::Workers(2)]);
        check(row(Threads, 2).budget(ready), "38 % waiting for a core: other programs want the cores too", &[]);
        let ipc = budget(39, |rest| rest.ipc = Nanos(61));
        check(
            row(Processes, 2).budget(ipc).with(|row| {
                let calibration = row.calibration.as_mut().unwrap();
                calibration.task_cost = Nanos::from_micros(3);
            }),
            "61 % talking to the supervisor: tasks of 3.00 µs are small for what it takes to hand them over",
            &[Next::LargerChunk, Next::Backend(Threads)],
        );
        let shared = by_id("shared").unwrap();
        check(
            row(Processes, 2)
                .budget(ipc)
                .with(|row| row.configuration = Configuration::new(Wish::of(shared, Processes, 2)).unwrap()),
            "61 % talking to the owner of the table: processes share it by messages and wait for each answer",
            &[Next::Backend(Threads)],
        );
        let io = budget(2, |rest| rest.io = Nanos(98));
        check(
            row(Threads, 32).gil().budget(io),
            "98 % waiting for I/O: 32 workers wait at the same time, which needs no core",
            &[Next::MoreWorkers],
        );
        let sleep = || Configuration::new(Wish::of(by_id("sleep").unwrap(), Async, 2)).unwrap();
        check(
            row(Async, 2).budget(io).with(|row| row.configuration = Configuration { in_flight: Some(512), ..sleep() }),
            "98 % waiting for I/O: up to 512 tasks wait at the same time, which needs no core",
            &[Next::MoreWorkers],
        );
        check(
            row(Sequential, 1).budget(io),
            "98 % waiting for I/O: one worker waits for one thing at a time",
            &[Next::Backend(Threads)],
        );
        let idle = budget(55, |rest| (rest.idle, rest.gil) = (Nanos(25), Nanos(20)));
        let one_task = |row: &mut ResultRow| row.calibration.as_mut().unwrap().tasks = 1;
        for (row, why) in [
            (row(Threads, 2), "it waited for the last tasks of the others"),
            (row(Threads, 2).with(one_task), "1 task cannot feed 2 workers"),
            (row(Sequential, 1), "nothing else was there to be done"),
        ] {
            let sentence = format!("25 % of the workers' time had nothing to do: {why}");
            check(row.budget(idle), &sentence, &[Next::MoreTasks, Next::SmallerChunk]);
        }
    }

    #[test]
    fn time_that_died_with_workers_is_not_called_idle() {
        let idle = budget(58, |rest| rest.idle = Nanos(42));
        for (deaths, who) in [(1, "one of them died"), (3, "3 of them died")] {
            let row = row(Processes, 2).budget(idle).with(|row| row.samples[0].respawns = deaths);
            check(row, &format!("42 % of the workers' time is without account: {who} before giving it"), &[]);
        }
    }

    #[test]
    fn a_row_that_computes_says_how_far_that_goes() {
        let busy = budget(97, |rest| rest.idle = Nanos(3));
        for (row, end) in [
            (row(Threads, 2), "workers computed 97 % of the time: it scales as far as the cores go"),
            (
                row(Sequential, 1),
                "the one worker computed 97 % of the time: the baseline of every speed-up of this work",
            ),
            (row(Sequential, 1).gil(), "the one worker computed 97 % of the time: nobody else wants the lock"),
            (
                row(Processes, 2).gil(),
                "workers computed 97 % of the time: each process has a lock of its own, so it scales as far as the cores go",
            ),
        ] {
            check(row.budget(busy), end, &[]);
        }
        check(
            row(Threads, 2).gil().budget(busy).with(|row| row.configuration.gil_model = Some(GilModel::CReleased)),
            "workers computed 97 % of the time: the lock is let go while they compute, so it scales as far as the cores go",
            &[],
        );
        let spread = budget(50, |rest| (rest.idle, rest.io, rest.gil) = (Nanos(16), Nanos(17), Nanos(17)));
        check(row(Threads, 2).budget(spread), "workers computed 50 % of the time: no single cause takes the rest", &[]);
    }

    #[test]
    fn counted_work_is_told_as_a_rate() {
        let matmul = |row: &mut ResultRow| {
            let wish = Wish::of(by_id("matmul").unwrap(), Sequential, 1);
            row.configuration = Configuration::new(wish).unwrap();
        };
        let row = row(Sequential, 1).walls(&[0.5]).with(matmul).done();
        let sentence = why(&row, &Summary::of(&row));
        // 2 × 1024³ in half a second.
        assert!(sentence.ends_with("; 4.29 GFLOP/s"), "{sentence}");
    }

    #[test]
    fn rows_without_samples_say_so() {
        check(row(Threads, 2).failed("worker 2 died: SIGKILL"), "failed: worker 2 died: SIGKILL", &[]);
        check(row(Threads, 2).status(Status::Running), "no sample is in yet", &[]);
        check(row(Threads, 2).status(Status::Cancelled), "cancelled before its first sample was in", &[]);
    }
}
