//! Programs that pretend to be workers: whatever they say, the pool ends, soon, and names the cause.

use std::sync::Arc;
use std::time::Duration;

use partui::board::Board;
use partui::spec::{BackendId, Configuration};
use partui::units::Nanos;
use partui::worker::{Policy, PoolFailure, ProcessPool, ProcessSetup};
use partui::workload::Job;

use super::{Scripts, job, reference};
use crate::support::eventually;
use crate::support::stopwatch::Stopwatch;

/// How long a pool may take to give up: three starts, each with the grace of a worker that closed its link.
const GIVES_UP: Duration = Duration::from_secs(5);

fn pool(configuration: Configuration, tasks: usize, program: std::path::PathBuf) -> Result<ProcessPool, PoolFailure> {
    let calibration = &reference().0;
    let job = Job {
        values: configuration.values.clone(),
        input: Vec::new(),
        survey: calibration.survey.clone(),
        steps_per_us: calibration.steps_per_us,
        companion: None,
    };
    let mut plan = configuration.workload().plan(&job);
    plan.tasks.truncate(tasks);
    let policy = Policy {
        workers: configuration.workers,
        tasks: tasks as u64,
        chunk: 1,
        in_flight: None,
        retries: 1,
        task_cost: Nanos::from_millis(1),
        claims: false,
    };
    let setup = ProcessSetup {
        board: Arc::new(Board::create(configuration.workers).expect("memory for a board")),
        configuration: Arc::new(configuration),
        job: Arc::new(job),
        plan: Arc::new(plan),
        policy,
        table: None,
        witness: Arc::new(|_| {}),
        trap: None,
    };
    ProcessPool::start(setup, program)
}

/// No process of this one is called so any more. Impostors are found by the name that they were started under.
fn assert_none_left(program: &std::path::Path) {
    let name = program.to_string_lossy().into_owned();
    let left = || {
        let entries = std::fs::read_dir("/proc").expect("/proc is mounted").filter_map(Result::ok);
        let commands = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        commands.filter(|command| String::from_utf8_lossy(command).contains(&name)).count()
    };
    assert!(eventually(Duration::from_secs(1), || (left() == 0).then_some(())).is_some(), "{name} is left");
}

#[test]
fn those_that_never_get_ready_fail_the_pool_with_their_cause() {
    let cases = [
        ("exits", "exited with code 0"),
        ("exits-3", "exited with code 3"),
        ("crashes", "SIGSEGV"),
        ("echoes", "protocol error: no frame header"),
        ("babbles", "protocol error: no frame header"),
        ("floods", "protocol error: no frame header"),
        ("boasts", "protocol error: a frame of 4294967295 bytes"),
        ("breaks-off", "exited with code 0"),
        ("falters", "protocol error: it closed its link"),
        ("deaf", "protocol error: it closed its link"),
        ("mistaken", "protocol error: a frame whose content makes no sense"),
        ("forger", "protocol error: a frame with a wrong checksum"),
        ("hurries", "protocol error: was ready twice"),
    ];
    let scripts = Scripts::new();
    for (name, cause) in cases {
        let program = scripts.named(name);
        let started = Stopwatch::start();
        let failure = pool(job(BackendId::Processes, 2), 4, program.clone()).err().expect(name).to_string();
        assert!(started.elapsed() < GIVES_UP, "{name} took {:?}", started.elapsed());
        assert!(failure.starts_with("workers cannot work: 3 in a row died"), "{name}: {failure}");
        assert!(failure.contains(cause), "{name}: {failure}");
        assert_none_left(&program);
    }
}

#[test]
fn those_that_only_pretend_to_be_ready_fail_the_run_with_their_cause() {
    let cases = [
        ("quits", "exited with code 0"),
        ("dies", "SIGKILL"),
        ("lies", "protocol error: answered task 5, which it does not have"),
    ];
    let scripts = Scripts::new();
    for (name, cause) in cases {
        let program = scripts.named(name);
        let started = Stopwatch::start();
        let run = pool(job(BackendId::Processes, 2), 3, program.clone()).and_then(|mut pool| pool.run());
        let failure = run.expect_err(name).to_string();
        assert!(started.elapsed() < GIVES_UP, "{name} took {:?}", started.elapsed());
        assert!(failure.starts_with("workers cannot work: 3 in a row died"), "{name}: {failure}");
        assert!(failure.ends_with(cause), "{name}: {failure}");
        assert_none_left(&program);
    }
}

#[test]
fn a_missing_program_is_named() {
    let started = Stopwatch::start();
    let failure = pool(job(BackendId::Processes, 2), 4, "/no/such/partui".into()).err().unwrap().to_string();
    assert!(failure.contains("cannot start /no/such/partui: No such file"), "{failure}");
    assert!(started.elapsed() < GIVES_UP);
}
