//! Waits, then computes, both for a time that is dialled in; with both at 0, the empty task that the cost of dispatch is
//! measured with.

use super::{
    About, Answer, Args, Compute, Data, Digest, GilModel, Io, Job, Kind, Output, Parameter, ParameterKind, Plan, Task,
    TaskFailure, Values, Workload,
};
use crate::beat::Beat;
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Mixed;

/// Microseconds of computing between two beats.
pub(super) const MIXER_STRIDE_US: f64 = 20.0;

static ABOUT: About = About {
    id: "mixed",
    summary: "waits, then computes; both times are dialled in",
    kind: Kind::Both,
    gil_model: Some(GilModel::Bytecode),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 4_000_000 },
            default: "256",
            unit: "tasks",
            presets: &["64", "256", "1024", "10_000", "100_000"],
            help: "how many tasks",
        },
        Parameter {
            name: "cpu-us",
            kind: ParameterKind::Real { min: 0.0, max: 10_000_000.0 },
            default: "200",
            unit: "µs of computing per task",
            presets: &["0", "1", "10", "100", "200", "1000", "10000"],
            help: "how long one task computes on an undisturbed core; with io-us 0 too, tasks are empty",
        },
        Parameter {
            name: "io-us",
            kind: ParameterKind::Real { min: 0.0, max: 10_000_000.0 },
            default: "800",
            unit: "µs of waiting per task",
            presets: &["0", "100", "800", "1000", "10000"],
            help: "how long one task waits before it computes",
        },
        Parameter {
            name: "period",
            kind: ParameterKind::Duration { min: Nanos::ZERO, max: Nanos::from_secs(1) },
            default: "0s",
            unit: "",
            presets: &["0s", "1ms", "10ms"],
            help: "how often a loop in the foreground has its turn, for which it takes the lock; with 0 there is no such loop",
        },
    ],
    input: None,
    output: None,
};

impl Workload for Mixed {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, job: &Job) -> Plan {
        let (cpu, io) = (job.values.real("cpu-us"), job.values.real("io-us"));
        let (steps, stride) = (steps(cpu, job.steps_per_us), steps(MIXER_STRIDE_US, job.steps_per_us).max(1));
        let waits = io > 0.0;
        let computes = cpu > 0.0 || !waits;
        let task = |number| Task {
            io: waits.then(|| Box::new(Io::Sleep(micros(io)))),
            cpu: computes.then_some([number, steps, stride]),
        };
        Plan { tasks: (0..job.values.count("tasks")).map(task).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        let late = if values.real("io-us") > 0.0 { Nanos::from_micros(60) } else { Nanos(10) };
        micros(values.real("cpu-us") + values.real("io-us")).plus(late)
    }

    fn waiting_share(&self, values: &Values) -> f64 {
        let (cpu, io) = (values.real("cpu-us"), values.real("io-us"));
        if io > 0.0 { io / (cpu + io) } else { 0.0 }
    }

    fn computation(&self, _job: &Job) -> Box<dyn Compute> {
        Box::new(Mixer)
    }

    fn foreground(&self, values: &Values) -> Option<Nanos> {
        Some(values.duration("period")).filter(|period| *period > Nanos::ZERO)
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let mut digest = Digest::default();
        let mut tasks = 0;
        for output in outputs {
            digest.number(tasks).number(output.number);
            tasks += 1;
        }
        let (cpu, io) = (job.values.real("cpu-us"), job.values.real("io-us"));
        Answer {
            checksum: digest.finish(),
            sentence: format!("{} tasks of {io} µs waiting and {cpu} µs computing", grouped(tasks)),
            notes: Vec::new(),
            artifact: None,
        }
    }

    fn probe(&self) -> Option<fn(steps: u64) -> u64> {
        Some(|steps| mix(1, steps))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float-to-int casts saturate")]
pub(super) fn steps(micros: f64, steps_per_us: f64) -> u64 {
    (micros * steps_per_us).round() as u64
}

pub(super) fn micros(count: f64) -> Nanos {
    Nanos::from_seconds(count * 1e-6)
}

/// Steps of a generator (xorshift64, Marsaglia 2003), each of which needs the one before it, so that no compiler and no
/// core can do several at once. `start` must not be 0.
pub(super) fn mix(start: u64, steps: u64) -> u64 {
    let mut state = start;
    for _ in 0..steps {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state
}

/// The computation: task number, steps, and steps between two beats.
struct Mixer;

impl Compute for Mixer {
    #[inline]
    fn compute(&self, args: &Args, _data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let [number, mut left, stride] = *args;
        let mut state = number + 1;
        while left > 0 {
            let now = left.min(stride);
            state = mix(state, now);
            left -= now;
            beat.beat();
        }
        Ok(state.into())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::AtomicBool;

    use super::super::harness;
    use super::*;

    fn plan(cpu: &str, io: &str, steps_per_us: f64) -> Plan {
        let mut job = harness::job(&Mixed, &[("tasks", "2"), ("cpu-us", cpu), ("io-us", io)], &[]).unwrap();
        job.steps_per_us = steps_per_us;
        Mixed.plan(&job)
    }

    #[test]
    fn the_dials_make_the_parts_of_a_task() {
        let wait = Some(Box::new(Io::Sleep(Nanos::from_micros(800))));
        for (cpu, io, expected) in [
            ("200", "800", Task { io: wait.clone(), cpu: Some([1, 100_000, 10_000]) }),
            ("0.5", "0", Task { io: None, cpu: Some([1, 250, 10_000]) }),
            ("0", "800", Task { io: wait, cpu: None }),
            ("0", "0", Task { io: None, cpu: Some([1, 0, 10_000]) }),
        ] {
            assert_eq!(plan(cpu, io, 500.0).tasks[1], expected, "{cpu} {io}");
        }
    }

    #[test]
    fn the_dials_say_which_part_of_a_task_is_waiting() {
        for (cpu, io, expected) in [("200", "800", 0.8), ("200", "0", 0.0), ("0", "800", 1.0), ("0", "0", 0.0_f64)] {
            let job = harness::job(&Mixed, &[("cpu-us", cpu), ("io-us", io)], &[]).unwrap();
            let share: f64 = Mixed.waiting_share(&job.values);
            assert!((share - expected).abs() < 1e-12, "{cpu} {io}: {share}");
        }
    }

    thread_local! {
        static BEATS: Cell<u64> = const { Cell::new(0) };
    }

    #[test]
    fn beats_cut_the_steps_without_changing_their_end() {
        let requested = AtomicBool::new(true);
        let beat = Beat::new(&requested, || BEATS.set(BEATS.get() + 1));
        let output = Mixer.compute(&[6, 1_001, 100], Data::None, &beat).unwrap();
        assert_eq!((output.number, BEATS.get()), (mix(7, 1_001), 11));
    }

    #[test]
    fn the_probe_takes_the_steps_that_tasks_take() {
        let probe = Mixed.probe().unwrap();
        assert_eq!(probe(1_000), Mixer.compute(&[0, 1_000, 7], Data::None, &Beat::idle()).unwrap().number);
    }
}
