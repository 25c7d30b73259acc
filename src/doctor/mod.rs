//! Core truth and limits, for people and for programs: what partui will assume of this computer, and why.
//!
//! Pure but for [`Overheads::measure`]: everything it says comes from its arguments.

mod overheads;

use serde::Serialize;

pub use self::overheads::{Dispatch, Overheads};
use crate::machine::cores::share;
use crate::machine::{Cores, Interpreter, Machine, core_list};
use crate::text::scrub_os;
use crate::units::{Bytes, Nanos, grouped};

/// The report for people: a block of aligned facts, then what follows from them.
#[must_use]
pub fn report(machine: &Machine, interpreters: &[Interpreter], overheads: &Overheads) -> String {
    let facts = facts(machine, interpreters);
    let mut lines: Vec<String> = facts.iter().chain(&costs(overheads)).map(Fact::line).collect();
    for (place, note) in notes(machine).iter().enumerate() {
        lines.extend((place == 0).then(String::new));
        lines.push(format!("note: {note}"));
    }
    lines.join("\n") + "\n"
}

/// The same as one JSON object.
///
/// # Panics
/// Never: no part of it can fail to be written.
#[must_use]
pub fn json(machine: &Machine, interpreters: &[Interpreter], overheads: &Overheads) -> String {
    let report = Report {
        cores: &machine.cores,
        machine: Names { host: &machine.host, os: &machine.os, kernel: &machine.kernel, cpu_model: &machine.cpu_model },
        clock: Clock { read_ns: machine.clock_read },
        memory: Memory { total_bytes: machine.memory_total, limit_bytes: machine.memory_limit },
        limits: Limits {
            open_files: machine.limits.open_files,
            address_space_bytes: machine.limits.address_space,
            core_file_bytes: machine.limits.core_file,
        },
        interpreters: interpreters.iter().map(Python::from).collect(),
        overheads,
        notes: notes(machine),
    };
    serde_json::to_string_pretty(&report).expect("strings and numbers can be written") + "\n"
}

#[derive(Serialize)]
struct Report<'a> {
    cores: &'a Cores,
    machine: Names<'a>,
    clock: Clock,
    memory: Memory,
    limits: Limits,
    interpreters: Vec<Python<'a>>,
    overheads: &'a Overheads,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Names<'a> {
    host: &'a str,
    os: &'a str,
    kernel: &'a str,
    cpu_model: &'a str,
}

#[derive(Serialize)]
struct Clock {
    read_ns: Nanos,
}

#[derive(Serialize)]
struct Memory {
    total_bytes: Option<Bytes>,
    limit_bytes: Option<Bytes>,
}

#[derive(Serialize)]
struct Limits {
    open_files: Option<u64>,
    address_space_bytes: Option<Bytes>,
    core_file_bytes: Option<Bytes>,
}

/// A path need not be text; JSON must be.
#[derive(Serialize)]
struct Python<'a> {
    path: String,
    version: &'a str,
    free_threaded: bool,
}

impl<'a> From<&'a Interpreter> for Python<'a> {
    fn from(interpreter: &'a Interpreter) -> Self {
        let path = scrub_os(&interpreter.path);
        Self { path, version: &interpreter.version, free_threaded: interpreter.free_threaded }
    }
}

/// A line of the report; without a name it continues the one above.
struct Fact {
    name: &'static str,
    value: String,
}

impl Fact {
    fn line(&self) -> String {
        format!("{:<14}{}", self.name, self.value)
    }
}

fn facts(machine: &Machine, interpreters: &[Interpreter]) -> Vec<Fact> {
    let Machine { cores, limits, .. } = machine;
    let fact = |name, value| Fact { name, value };
    let unknown = || "unknown".to_owned();
    let mut facts = vec![
        fact("host", machine.host.clone()),
        fact("system", format!("{}, {}", machine.os, machine.kernel)),
        fact("processor", machine.cpu_model.clone()),
        fact("usable cores", cores.reason.clone()),
        fact("logical", format!("{} ({})", cores.logical, core_list::format(&cores.online))),
        fact("physical", cores.physical.map_or_else(unknown, |count| count.to_string())),
        fact("affinity", format!("{} ({})", cores.affinity.len(), core_list::format(&cores.affinity))),
        fact("quota", cores.quota.map_or_else(|| "none".to_owned(), share)),
        fact("clock", format!("one read costs {}", machine.clock_read)),
        fact("memory", machine.memory_total.map_or_else(unknown, |total| total.to_string())),
        fact("memory limit", limit(machine.memory_limit)),
        fact("address space", limit(limits.address_space)),
        fact("open files", limit(limits.open_files)),
        fact("core files", if limits.core_file == Some(Bytes(0)) { "off".to_owned() } else { limit(limits.core_file) }),
    ];
    facts.extend(interpreters.iter().enumerate().map(|(place, interpreter)| python(place, interpreter)));
    if interpreters.is_empty() {
        facts.push(fact("python", "none found in PATH".to_owned()));
    }
    facts
}

/// What parallel work costs before any of it is done.
fn costs(overheads: &Overheads) -> Vec<Fact> {
    let fact = |name, what: String, cost: Option<Nanos>| Fact {
        name,
        value: cost.map_or_else(|| format!("{what}: cannot be measured"), |cost| format!("{what} costs {cost}")),
    };
    let dispatch = overheads.dispatch.iter().enumerate().map(|(place, dispatch)| {
        let name = if place == 0 { "dispatch" } else { "" };
        fact(
            name,
            format!("one of {} empty tasks on {}", grouped(overheads::TASKS), dispatch.backend.id()),
            dispatch.task,
        )
    });
    let others = [
        fact("pipe", "a byte to a thread and back".to_owned(), overheads.pipe_round_trip),
        fact("start", "a thread".to_owned(), overheads.thread_start),
        fact("", "a worker process".to_owned(), overheads.process_start),
    ];
    dispatch.chain(others).collect()
}

fn python(place: usize, interpreter: &Interpreter) -> Fact {
    let kind = if interpreter.free_threaded { " free-threaded" } else { "" };
    let path = scrub_os(&interpreter.path);
    Fact { name: if place == 0 { "python" } else { "" }, value: format!("{}{kind} at {path}", interpreter.version) }
}

fn limit<T: ToString>(limit: Option<T>) -> String {
    limit.map_or_else(|| "no limit".to_owned(), |limit| limit.to_string())
}

/// What a person should know before trusting a figure from here.
fn notes(machine: &Machine) -> Vec<String> {
    [python_counts(&machine.cores), hardware_threads(&machine.cores), open_files(machine), slow_clock(machine)]
        .into_iter()
        .flatten()
        .collect()
}

/// Python counts cores without looking at the quota (`os.process_cpu_count`, 3.13), and before that without looking at
/// the mask either (`os.cpu_count`).
fn python_counts(cores: &Cores) -> Option<String> {
    let (logical, allowed) = (cores.logical, cores.affinity.len());
    #[expect(clippy::cast_precision_loss, reason = "counts of cores are small")]
    if let Some(quota) = cores.quota.filter(|quota| *quota < allowed as f64) {
        return Some(format!(
            "CPython ignores the cgroup quota of {}: os.cpu_count() is {logical} and os.process_cpu_count(), from 3.13, is \
             {allowed}, so a pool of default size has more workers than it may run, and is throttled",
            share(quota)
        ));
    }
    (allowed < logical).then(|| {
        format!(
            "CPython's os.cpu_count() ignores the affinity mask and is {logical}; only os.process_cpu_count(), from 3.13, is \
             {allowed}"
        )
    })
}

fn hardware_threads(cores: &Cores) -> Option<String> {
    let physical = cores.physical.filter(|physical| *physical < cores.logical)?;
    Some(format!(
        "{} logical cores share {physical} physical ones: CPU-bound work need not get faster beyond {physical} workers",
        cores.logical
    ))
}

/// Each worker process takes a few descriptors in its engine.
fn open_files(machine: &Machine) -> Option<String> {
    const ENOUGH: u64 = 256;
    let open = machine.limits.open_files.filter(|open| *open < ENOUGH)?;
    Some(format!("only {open} files may be open at a time (ulimit -n): large pools of processes will not start"))
}

fn slow_clock(machine: &Machine) -> Option<String> {
    const SLOW: Nanos = Nanos(200);
    (machine.clock_read > SLOW)
        .then(|| format!("the clock is slow ({} a read): the times of short tasks include it", machine.clock_read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::memory;
    use crate::spec::BackendId::{Processes, Threads};
    use crate::units::CoreId;

    fn machine(allowed: u32, quota: Option<f64>) -> Machine {
        let cores = |count| (0..count).map(CoreId).collect::<Vec<_>>();
        Machine {
            host: "lab".to_owned(),
            os: "Debian GNU/Linux 12".to_owned(),
            kernel: "Linux 6.18.0".to_owned(),
            cpu_model: "AMD EPYC".to_owned(),
            cores: Cores {
                usable: 2,
                logical: 8,
                physical: Some(8),
                online: cores(8),
                affinity: cores(allowed),
                quota,
                reason: "all 8, for once".to_owned(),
            },
            memory_total: Some(Bytes(24 << 30)),
            memory_limit: None,
            limits: memory::Limits { address_space: None, open_files: Some(1024), core_file: Some(Bytes(0)) },
            clock_read: Nanos(29),
        }
    }

    fn overheads() -> Overheads {
        let dispatch = |(backend, task)| Dispatch { backend, task };
        Overheads {
            clock_read: Nanos(29),
            dispatch: [(Threads, Some(Nanos(70))), (Processes, Some(Nanos(2_100)))].map(dispatch).to_vec(),
            pipe_round_trip: Some(Nanos(9_900)),
            thread_start: Some(Nanos(31_000)),
            process_start: None,
        }
    }

    fn python(path: &str, free_threaded: bool) -> Interpreter {
        Interpreter { path: path.into(), version: "3.13.1".to_owned(), free_threaded }
    }

    #[test]
    fn people_read_aligned_facts_and_the_reason() {
        let pythons = [python("/usr/bin/python3", false), python("/opt/\x1b[2J/python3.13t", true)];
        let expected = "\
host          lab
system        Debian GNU/Linux 12, Linux 6.18.0
processor     AMD EPYC
usable cores  all 8, for once
logical       8 (0-7)
physical      8
affinity      8 (0-7)
quota         none
clock         one read costs 29.0 ns
memory        24.0 GiB
memory limit  no limit
address space no limit
open files    1024
core files    off
python        3.13.1 at /usr/bin/python3
              3.13.1 free-threaded at /opt/\\u{1b}[2J/python3.13t
dispatch      one of 1,000 empty tasks on threads costs 70.0 ns
              one of 1,000 empty tasks on processes costs 2.10 µs
pipe          a byte to a thread and back costs 9.90 µs
start         a thread costs 31.0 µs
              a worker process: cannot be measured
";
        assert_eq!(report(&machine(8, None), &pythons, &overheads()), expected);
    }

    #[test]
    fn what_is_absent_is_said() {
        let mut bare = machine(8, None);
        (bare.memory_total, bare.cores.physical) = (None, None);
        let report = report(&bare, &[], &overheads());
        for line in ["memory        unknown\n", "physical      unknown\n", "python        none found in PATH\n"] {
            assert!(report.contains(line), "{line} in {report}");
        }
    }

    #[track_caller]
    fn check_note(machine: &Machine, expected: &[&str]) {
        let notes = notes(machine);
        assert_eq!(notes.len(), usize::from(!expected.is_empty()), "{notes:?}");
        for part in expected {
            assert!(notes[0].contains(part), "{part} in {notes:?}");
        }
        let report = report(machine, &[], &overheads());
        for note in &notes {
            assert!(report.contains(&format!("\n\nnote: {note}\n")), "{report}");
        }
    }

    #[test]
    fn python_is_warned_of_where_it_counts_otherwise() {
        check_note(&machine(8, None), &[]);
        check_note(&machine(8, Some(8.0)), &[]);
        check_note(&machine(2, None), &["os.cpu_count() ignores the affinity mask and is 8", "from 3.13, is 2"]);
        check_note(
            &machine(8, Some(1.5)),
            &["ignores the cgroup quota of 1.5", "os.process_cpu_count(), from 3.13, is 8"],
        );
        check_note(
            &machine(4, Some(0.5)),
            &["quota of 0.5 cores", "os.cpu_count() is 8", "os.process_cpu_count(), from 3.13, is 4"],
        );
    }

    #[test]
    fn narrow_limits_are_noted() {
        let mut few_files = machine(8, None);
        few_files.limits.open_files = Some(64);
        check_note(&few_files, &["only 64 files"]);
        let mut threads = machine(8, None);
        threads.cores.physical = Some(4);
        check_note(&threads, &["8 logical cores share 4 physical"]);
        let mut slow = machine(8, None);
        slow.clock_read = Nanos(900);
        check_note(&slow, &["900 ns a read"]);
    }

    #[test]
    fn programs_read_the_same_facts() {
        let text = json(&machine(2, Some(1.5)), &[python("/usr/bin/python3", true)], &overheads());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({
            "usable": 2, "logical": 8, "physical": 8, "online": [0, 1, 2, 3, 4, 5, 6, 7], "affinity": [0, 1],
            "quota": 1.5, "reason": "all 8, for once",
        });
        assert_eq!(value["cores"], expected);
        assert_eq!(value["clock"]["read_ns"], 29);
        assert_eq!(value["memory"], serde_json::json!({"total_bytes": 24_u64 << 30, "limit_bytes": null}));
        assert_eq!(value["limits"]["open_files"], 1024);
        assert_eq!(value["interpreters"][0]["free_threaded"], true);
        let expected = serde_json::json!({
            "clock_read_ns": 29,
            "dispatch_ns": [{"backend": "threads", "task_ns": 70}, {"backend": "processes", "task_ns": 2_100}],
            "pipe_round_trip_ns": 9_900, "thread_start_ns": 31_000, "process_start_ns": null,
        });
        assert_eq!(value["overheads"], expected);
        assert_eq!(value["notes"].as_array().map(Vec::len), Some(1));
    }
}
