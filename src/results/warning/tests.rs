//! What is warned of, and what is not.

use super::super::fixture::{RowBuilder, row};
use super::WarningKind::{
    Crowded, Faults, FewRuns, NoBaseline, Noisy, OtherLoad, SampledLatency, Short, SlowFirst, Suspended, Throttled,
};
use super::*;
use crate::engine::{Budget, Sample};
use crate::spec::BackendId::Threads;
use crate::stats::Ratio;

const QUIET: [f64; 5] = [1.00, 1.02, 0.99, 1.01, 1.03];

fn threads() -> RowBuilder {
    let ratio = Ratio { estimate: 1.9, low: None, high: None, method: None };
    row(Threads, 2).walls(&QUIET).with(|row| row.speedup = Some(ratio))
}

fn check(row: RowBuilder, expected: &[WarningKind]) {
    let row = row.done();
    let found: Vec<WarningKind> = warnings(&row, &Summary::of(&row)).iter().map(|warning| warning.kind).collect();
    assert_eq!(found, expected, "{:?}", warnings(&row, &Summary::of(&row)));
}

#[test]
fn each_kind_has_its_evidence() {
    check(threads(), &[]);
    check(threads().walls(&[1.00, 1.02, 0.99, 1.01, 3.0]), &[Noisy]);
    check(threads().walls(&[1.0, 1.2, 0.9, 1.1, 1.3]), &[Noisy]);
    check(threads().walls(&[1.5, 1.02, 0.99, 1.01]), &[SlowFirst]);
    check(threads().walls(&QUIET.map(|wall| wall / 250.0)), &[Short]);
    check(threads().walls(&[1.0, 1.0]), &[FewRuns]);
    check(threads().with(|row| row.suspended = 2), &[Suspended]);
    check(threads().with(|row| row.samples[1].latency_every = 16), &[SampledLatency]);
    check(threads().with(|row| row.samples[1].faults_seen = 1), &[Faults]);
    check(threads().with(|row| row.speedup = None), &[NoBaseline]);
}

#[test]
fn unfinished_rows_are_not_blamed_for_what_is_still_to_come() {
    check(row(Threads, 2).walls(&[1.0]).status(Status::Running), &[]);
    check(row(Threads, 2).failed("the engine died"), &[]);
}

#[test]
fn times_hold_no_fault_where_there_are_none() {
    let struck = |sample: &mut Sample| (sample.faults_seen, sample.tasks_lost) = (1, 1);
    let lost = threads().with(|row| row.samples.iter_mut().for_each(struck)).failed("1 of 1000 tasks lost");
    check(lost, &[]);
    check(threads().with(|row| struck(&mut row.samples[1])).failed("1 of 1000 tasks lost"), &[Faults]);
}

#[test]
fn more_workers_than_cores_matter_only_where_they_wait_for_one() {
    let waiting = Budget { compute: Nanos(60), ready: Nanos(40), ..Budget::default() };
    let many = |row: &mut ResultRow| row.configuration.workers = 4;
    check(threads().budget(waiting).with(many), &[Crowded]);
    check(threads().with(many), &[]);
    check(threads().budget(waiting), &[]);
}

/// Every sample disturbed like this.
fn disturbed(around: Surroundings) -> RowBuilder {
    threads().with(|row| row.samples.iter_mut().for_each(|sample| sample.surroundings = around))
}

/// So many of a hundred parts of the cores' time taken by others, in five samples of 2 s on two cores.
fn foreign(percent: u64) -> RowBuilder {
    let core_time = Nanos::from_secs(2);
    disturbed(Surroundings {
        foreign_cpu: Some(Nanos(core_time.0 / 100 * percent)),
        core_time,
        ..Surroundings::default()
    })
}

fn quota(times: u64) -> RowBuilder {
    let time = Nanos::from_millis(40);
    disturbed(Surroundings { throttles: Some(times), throttled: Some(time), ..Surroundings::default() })
}

#[test]
fn what_comes_from_outside_is_told_apart_from_noise() {
    check(foreign(9), &[]);
    check(foreign(10), &[OtherLoad]);
    check(foreign(120), &[OtherLoad]);
    check(quota(0), &[]);
    check(quota(1), &[Throttled]);
    let few_ticks = Surroundings {
        foreign_cpu: Some(Nanos::from_millis(9)),
        core_time: Nanos::from_millis(10),
        ..Surroundings::default()
    };
    check(disturbed(few_ticks), &[]);
    let unknown = Surroundings { core_time: Nanos::from_secs(9), ..Surroundings::default() };
    check(disturbed(unknown), &[]);
}

#[test]
fn sentences_say_the_next_step() {
    let text = |row: RowBuilder| {
        let row = row.done();
        warnings(&row, &Summary::of(&row)).remove(0).text
    };
    let on_purpose = threads().with(|row| {
        row.samples[1].faults_seen = 2;
        row.configuration.fault = Some("killx2".parse().unwrap());
    });
    let fault = threads().with(|row| {
        row.samples[1].faults_seen = 1;
        row.samples[1].respawns = 1;
        row.samples[1].tasks_retried = 14;
    });
    for (row, expected) in [
        (foreign(23), "other programs took 23 % of the usable cores' time: close them and measure once more"),
        (foreign(120), "other programs took 100 % of the usable cores' time: close them and measure once more"),
        (
            quota(2),
            "a CPU quota stopped the workers 10 times (200 ms of the cores' time): raise the quota, or use at most 2 workers",
        ),
        (
            fault,
            "the times contain 1 worker fault (1 started again, 14 of the tasks run again): measure once more without",
        ),
        (
            on_purpose,
            "the times contain 2 worker faults (0 started again, 0 of the tasks run again): leave out --fault",
        ),
        (
            threads().with(|row| row.suspended = 1),
            "1 sample was suspended and taken again: caches may have cooled, measure once more if in doubt",
        ),
        (
            threads().walls(&QUIET.map(|wall| wall / 250.0)).with(|row| row.configuration.input = vec!["a.csv".into()]),
            "a sample takes only 4.04 ms, less than 5.00 ms: take a larger --input",
        ),
        (
            threads().walls(&[3.0, 1.0, 1.2, 0.9, 1.1, 1.3]),
            "the samples after the first scatter by 14.4 % of their mean: close other programs or raise --runs",
        ),
        (
            threads().walls(&[1.0, 1.2, 0.9, 1.1, 1.3]),
            "the samples scatter by 14.4 % of their mean: close other programs or raise --runs",
        ),
        (
            threads().with(|row| row.speedup = None).with(|row| row.settings.baseline = Baseline::None),
            "no speed-up: it was asked not to measure a baseline: leave out --baseline none",
        ),
    ] {
        assert_eq!(text(row), expected);
    }
}

#[test]
fn tags_are_unique_and_every_kind_has_one_rule() {
    let mut tags: Vec<&str> = RULES.iter().map(|(kind, _)| kind.tag()).collect();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), RULES.len());
}
