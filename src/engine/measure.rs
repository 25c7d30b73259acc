//! One sample: run the pool, merge, account.

use std::process;

use super::driven::Driven;
use super::foreground::Foreground;
use super::protocol::{LINE_LIMIT, Sample, Surroundings};
use super::session::EngineError;
use crate::backend::{Pool, PoolRun, PoolSetup};
use crate::machine::{clock, memory};
use crate::stats::LatencyRecorder;
use crate::task::{Budget, StripedTable, WorkerReport, budget};
use crate::units::{Bytes, Nanos, grouped};
use crate::workload::{Answer, Digest};

/// How many reasons for lost tasks a sample carries.
const FAILURES_SHOWN: usize = 5;

/// The most bytes of an output: in base64 and with the rest of the sample they have to fit into one line.
const LARGEST_ARTIFACT: usize = LINE_LIMIT / 2;

/// Runs the plan once and puts the figures together; `sample`, `warmup` and `surroundings` are for the caller to
/// fill in.
pub(super) fn sample(setup: &PoolSetup, pool: &mut dyn Pool, artifact: bool) -> Result<Sample, EngineError> {
    if let Some(table) = &setup.table {
        table.clear();
    }
    let driven = Driven::begin(setup)?;
    let foreground = Foreground::begin(setup)?;
    let run = pool.run()?;
    let answer = answer(setup, &run);
    let wall = clock::now().since(run.start);
    let pids: Vec<u32> = std::iter::once(process::id()).chain(pool.processes()).collect();
    let mut sample = account(setup, &run, answer, wall, &pids);
    if let (Some(table), Some(answer)) = (&setup.table, &mut sample.answer) {
        add_table(table, answer);
    }
    driven.finish(&mut sample);
    foreground.finish(&mut sample);
    // Only now, so that neither the time nor the memory of making it is in the figures.
    if let (true, Some(answer)) = (artifact, &mut sample.answer) {
        add_artifact(setup, &run, answer);
    }
    Ok(sample)
}

/// What the job found; nothing when tasks were lost.
fn answer(setup: &PoolSetup, run: &PoolRun) -> Option<Answer> {
    let merge = || setup.configuration.workload().merge(&setup.job, &setup.plan, &mut run.outputs.in_order());
    let answer = run.lost.is_empty().then(merge)?;
    let payload = setup.configuration.payload;
    Some(if payload.0 > 0 { with_payloads(answer, payload, run.payloads) } else { answer })
}

/// Says in the answer that payloads came, and proves it in its checksum.
fn with_payloads(answer: Answer, payload: Bytes, proof: u64) -> Answer {
    Answer {
        checksum: Digest::default().number(answer.checksum.0).number(proof).finish(),
        sentence: format!("{}; {payload} to each task and back", answer.sentence),
        ..answer
    }
}

/// Says in the answer what the table that tasks shared has in the end, and proves it in its checksum.
fn add_table(table: &StripedTable, answer: &mut Answer) {
    let (entries, sum) = table.sum();
    answer.checksum = Digest::default().number(answer.checksum.0).number(entries.0).finish();
    answer.sentence = format!("{}; the table adds up to {}", answer.sentence, grouped(sum));
}

/// Adds what `--output` writes, or says why that cannot be handed over.
fn add_artifact(setup: &PoolSetup, run: &PoolRun, answer: &mut Answer) {
    let workload = setup.configuration.workload();
    match workload.artifact(&setup.job, &setup.plan, &mut run.outputs.in_order()) {
        Some(artifact) if artifact.content.len() > LARGEST_ARTIFACT => answer.notes.push(format!(
            "the output has {}, and at most {} can be written",
            Bytes(artifact.content.len() as u64),
            Bytes(LARGEST_ARTIFACT as u64)
        )),
        artifact => answer.artifact = artifact,
    }
}

fn account(setup: &PoolSetup, run: &PoolRun, answer: Option<Answer>, wall: Nanos, pids: &[u32]) -> Sample {
    let lost = run.lost.len() as u64;
    Sample {
        sample: 0,
        warmup: false,
        wall,
        tasks: (run.outputs.len() as u64).saturating_sub(lost),
        budget: whole_budget(&run.reports, setup.configuration.workers, wall),
        cpu: Nanos(run.reports.iter().map(|report| report.cpu.0).sum()),
        programs: Nanos(run.reports.iter().map(|report| report.programs.cpu.0).sum()),
        ctx_voluntary: sum(run.reports.iter().map(|report| report.ctx_voluntary)),
        ctx_involuntary: sum(run.reports.iter().map(|report| report.ctx_involuntary)),
        latency: pooled_latency(&run.reports),
        latency_every: setup.timed_every(),
        pss: sum(pids.iter().map(|pid| memory::pss(*pid).map(|bytes| bytes.0))).map(Bytes),
        peak_rss: sum(pids.iter().map(|pid| memory::peak_rss(*pid).map(|bytes| bytes.0))).map(Bytes),
        gil_switches: run.gil_switches,
        ipc_bytes: run.ipc_bytes,
        faults_seen: run.deaths + lost.saturating_sub(run.given_up),
        respawns: run.respawns,
        tasks_retried: run.retried,
        tasks_lost: lost,
        failures: run.lost.iter().take(FAILURES_SHOWN).map(|(number, failure)| told(*number, &failure.0)).collect(),
        answer,
        surroundings: Surroundings::default(),
        foreground: None,
    }
}

fn told(number: u64, failure: &str) -> String {
    format!("task {number}: {failure}")
}

/// The budgets of all workers; one that died without a report was idle as far as anybody knows.
fn whole_budget(reports: &[WorkerReport], workers: u32, wall: Nanos) -> Budget {
    let mut whole = Budget::default();
    for report in reports {
        whole.add(&budget(report, wall));
    }
    let silent = u64::from(workers).saturating_sub(reports.len() as u64);
    whole.idle = whole.idle.plus(Nanos(silent.saturating_mul(wall.0)));
    whole
}

fn pooled_latency(reports: &[WorkerReport]) -> Vec<(u64, u64)> {
    let mut pooled = LatencyRecorder::new();
    for report in reports {
        pooled.merge(&LatencyRecorder::from(report.latency.clone()));
    }
    pooled.pairs()
}

/// The sum, or nothing where a part is unknown.
fn sum(parts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    parts.sum()
}
