//! Runs as they should go: whose turn it is, what rows hold in the end, what the views hear on the way.

use super::{Rehearsal, Trouble, artifacts, configuration, primes, request, settings, with_artifact};
use crate::conductor::{Ask, Event, Request};
use crate::results::ResultRow;
use crate::spec::BackendId::{Rayon, Sequential, Threads};
use crate::spec::{Configuration, RunSettings};
use crate::units::Nanos;
use crate::workload::Checksum;

#[test]
fn rounds_interleave_the_configurations_with_their_baseline() {
    let rehearsal = Rehearsal::new().run(&[primes(Threads)], settings(1, 2));
    let expected = [
        "spawn scout",
        "calibrate primes",
        "finish scout",
        "spawn 0",
        "0 configure sequential",
        "0 warmup 0",
        "spawn 1",
        "1 configure threads",
        "1 warmup 0",
        "0 sample 0",
        "1 sample 0",
        "0 sample 1",
        "finish 0",
        "1 sample 1",
        "finish 1",
    ];
    assert_eq!(rehearsal.log, expected);
    assert_eq!(rehearsal.table(), ["sequential ok 2", "threads ok 2"]);
    let rows = rehearsal.rows();
    let speedup = rows[1].speedup.unwrap().estimate;
    assert!((speedup - 0.5).abs() < 1e-9, "{speedup}");
    assert_eq!(rows[1].baseline_run.as_ref(), Some(&rows[0].run));
    assert_eq!(rows[1].startups, [Nanos(7)]);
    assert!(rehearsal.is_quiet());
}

#[test]
fn many_engines_start_anew_for_each_turn_and_warm_up_again() {
    let many: Vec<Configuration> = (1..=9).map(|workers| configuration("primes", Threads, workers)).collect();
    let rehearsal = Rehearsal::new().run(&many, settings(1, 2));
    let visit = |place: usize, sample: u32| {
        let backend = if place == 0 { "sequential" } else { "threads" };
        vec![
            format!("spawn {place}"),
            format!("{place} configure {backend}"),
            format!("{place} warmup 0"),
            format!("{place} sample {sample}"),
            format!("finish {place}"),
        ]
    };
    let rounds: Vec<String> = (0..2).flat_map(|sample| (0..10).flat_map(move |place| visit(place, sample))).collect();
    assert_eq!(rehearsal.log[3..], rounds);
    assert!(rehearsal.rows().iter().all(|row| row.startups.len() == 2 && row.speedup.is_some()));
}

#[test]
fn a_minimum_time_adds_samples() {
    let least = RunSettings { min_time: Some(Nanos::from_millis(4)), ..settings(0, 1) };
    let rehearsal = Rehearsal::new().run(&[primes(Threads), primes(Rayon)], least);
    assert_eq!(rehearsal.table(), ["sequential ok 4", "threads ok 2", "rayon ok 2"]);
}

#[test]
fn a_minimum_time_does_not_ask_for_more_samples_than_help() {
    let least = RunSettings { min_time: Some(Nanos::from_secs(60)), ..settings(0, 1) };
    let rehearsal = Rehearsal::new().run(&[primes(Sequential)], least);
    assert_eq!(rehearsal.table(), ["sequential ok 1000"]);
}

#[test]
fn rows_without_their_baseline_have_no_speedup() {
    let dies = Rehearsal::new().trouble("0 warmup 0", Trouble::Dies("SIGKILL"));
    let rehearsal = dies.run(&[primes(Threads)], settings(1, 2));
    assert_eq!(rehearsal.table(), ["sequential failed 0", "threads ok 2"]);
    assert_eq!(rehearsal.rows()[1].speedup, None);
}

#[test]
fn wrong_answers_are_told_apart() {
    let mut rehearsal = Rehearsal::new();
    rehearsal.sample = |place, mut sample| {
        if let (2, Some(answer)) = (place, &mut sample.answer) {
            answer.checksum = Checksum(1);
        }
        sample
    };
    let rehearsal = rehearsal.run(&[primes(Threads), primes(Rayon)], settings(0, 1));
    assert_eq!(rehearsal.table(), ["sequential ok 1", "threads ok 1", "rayon divergent 1"]);
}

#[test]
fn time_left_is_told_once_a_sample_is_in() {
    let rehearsal = Rehearsal::new().run(&[primes(Threads)], settings(1, 3));
    let progress: Vec<(f64, Option<Nanos>)> = rehearsal
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Progress { done, left } => Some((*done, *left)),
            _ => None,
        })
        .collect();
    assert_eq!(progress.len(), 8, "one for each sample");
    assert!(progress.iter().all(|(done, left)| (0.0..=1.0).contains(done) && left.is_some()));
    // After both warm-ups, of 1 and 2 ms, a quarter of the run is over.
    assert!((progress[1].0 - 0.25).abs() < 1e-9 && progress[1].1 == Some(Nanos::from_millis(9)), "{progress:?}");
    assert!((progress[7].0 - 1.0).abs() < 1e-9 && progress[7].1 == Some(Nanos::ZERO));
}

#[test]
fn the_artifact_comes_once_from_the_first_row_that_ends_well() {
    let mut rehearsal = Rehearsal::new().trouble("0 sample 1", Trouble::Dies("SIGKILL"));
    rehearsal.sample = |place, sample| with_artifact(&[u8::try_from(place).unwrap()], sample);
    let asked = request(&[primes(Threads), primes(Rayon)], settings(0, 2));
    rehearsal.ask(Ask::Run(Request { artifact: true, ..asked }));
    assert_eq!(rehearsal.log[4], "0 configure sequential with artifact");
    assert_eq!(artifacts(&rehearsal.events).iter().map(|content| content[0]).collect::<Vec<u8>>(), [1]);
    let carried = |row: &ResultRow| row.samples.iter().any(|s| s.answer.as_ref().unwrap().artifact.is_some());
    assert!(!rehearsal.rows().iter().any(carried), "rows do not drag the artifact along");
}
