//! Runs that are cancelled or suspended, and engines that die or talk nonsense, at every point.

use super::{Rehearsal, Trouble, primes, request, settings};
use crate::conductor::{Ask, Event};
use crate::engine::Event as Said;
use crate::results::fixture;
use crate::spec::BackendId::{Rayon, Threads};
use crate::units::Nanos;

#[test]
fn cancelling_keeps_the_samples_that_are_in() {
    let at = |order: &str| {
        let cancelled = Rehearsal::new().trouble(order, Trouble::Meanwhile(Ask::Cancel));
        let rehearsal = cancelled.run(&[primes(Threads)], settings(1, 2));
        assert_eq!(rehearsal.finished(), [true], "{order}");
        assert!(rehearsal.is_quiet(), "{order}: {:?}", rehearsal.log);
        rehearsal.table()
    };
    for order in ["calibrate primes", "0 configure sequential", "0 warmup 0", "1 configure threads", "0 sample 0"] {
        assert_eq!(at(order), ["sequential cancelled 0", "threads cancelled 0"], "{order}");
    }
    assert_eq!(at("1 sample 0"), ["sequential cancelled 1", "threads cancelled 0"]);
    assert_eq!(at("0 sample 1"), ["sequential cancelled 1", "threads cancelled 1"]);
    assert_eq!(at("1 sample 1"), ["sequential ok 2", "threads cancelled 1"]);
}

#[test]
fn whatever_is_suspended_is_done_again() {
    let asked = request(&[primes(Threads)], settings(1, 2));
    let plain = Rehearsal::new().run(&asked.configurations, asked.settings);
    for order in plain.log.iter().filter(|order| order.contains(' ') && !order.starts_with("spawn")) {
        let mut rehearsal = Rehearsal::new().trouble(order, Trouble::Meanwhile(Ask::Suspend));
        rehearsal.ask(Ask::Run(asked.clone()));
        if order.starts_with("finish") {
            continue;
        }
        assert!(rehearsal.finished().is_empty(), "{order}: nothing goes on while suspended");
        rehearsal.ask(Ask::Resume);
        assert_eq!(rehearsal.finished(), [false], "{order}");
        assert_eq!(rehearsal.table(), ["sequential ok 2", "threads ok 2"], "{order}");
        let times = |log: &[String]| log.iter().filter(|other| *other == order).count();
        let is_repeated = !order.contains("configure");
        assert_eq!(times(&rehearsal.log), if is_repeated { 2 } else { 1 }, "{order}: {:?}", rehearsal.log);
        let (suspended, startups) =
            rehearsal.rows().iter().fold((0, 0), |sum, row| (sum.0 + row.suspended, sum.1 + row.startups.len()));
        assert_eq!(suspended, u32::from(order.contains("sample") || order.contains("warmup")), "{order}");
        assert_eq!(startups, if is_repeated { 2 } else { 1 }, "{order}: a disturbed start is not timed");
    }
}

/// What is exported must be what the samples that count have seen.
#[test]
fn strikes_count_where_their_sample_does() {
    let struck = |at: &str, again: bool| {
        let sample = fixture::sample(9.0).with(|sample| sample.surroundings.suspended = again);
        let says = Trouble::Says(Said::Sample(Box::new(sample.done())));
        let troubles = Rehearsal::new().trouble(at, Trouble::SaysFirst(Said::Struck { task: 3 })).trouble(at, says);
        let rehearsal = troubles.run(&[primes(Threads)], settings(0, 1));
        rehearsal.rows().iter().map(|row| row.faults_injected).sum::<u64>()
    };
    assert_eq!((struck("1 sample 0", false), struck("1 sample 0", true)), (1, 0));
}

#[test]
fn a_sample_whose_engine_was_stopped_by_others_is_taken_again() {
    for at in ["1 sample 1", "1 warmup 0"] {
        let sample = fixture::sample(9.0).with(|sample| {
            sample.surroundings.suspended = true;
            (sample.sample, sample.warmup) = (u32::from(at == "1 sample 1"), at == "1 warmup 0");
        });
        let says = Trouble::Says(Said::Sample(Box::new(sample.done())));
        let rehearsal = Rehearsal::new().trouble(at, says).run(&[primes(Threads)], settings(1, 2));
        assert_eq!(rehearsal.table(), ["sequential ok 2", "threads ok 2"], "{at}");
        assert_eq!(rehearsal.log.iter().filter(|order| *order == at).count(), 2, "{:?}", rehearsal.log);
        let row = &rehearsal.rows()[1];
        assert_eq!(row.suspended, 1, "{at}");
        assert!(row.samples.iter().all(|sample| sample.wall < Nanos::from_secs(1)), "{at}: left out");
    }
}

#[test]
fn a_stopped_run_can_be_cancelled() {
    let mut rehearsal = Rehearsal::new().trouble("1 sample 0", Trouble::Meanwhile(Ask::Suspend));
    rehearsal.ask(Ask::Run(request(&[primes(Threads)], settings(0, 2))));
    rehearsal.ask(Ask::Cancel);
    assert_eq!(rehearsal.finished(), [true]);
    assert!(rehearsal.is_quiet());
}

/// What becomes of a run of two configurations, each sampled twice, when one engine does something else.
fn check(at: &str, trouble: Trouble, table: [&str; 3], failure: &str) {
    let rehearsal = Rehearsal::new().trouble(at, trouble).run(&[primes(Threads), primes(Rayon)], settings(1, 2));
    assert_eq!(rehearsal.table(), table, "{at}");
    assert_eq!(rehearsal.finished(), [false], "{at}");
    assert!(rehearsal.is_quiet(), "{at}: {:?}", rehearsal.log);
    let failures: Vec<String> = rehearsal.rows().into_iter().filter_map(|row| row.failure).collect();
    assert!(failures.iter().all(|text| text == failure), "{at}: {failures:?}");
    let is_told = |event: &Event| matches!(event, Event::Fault { text, .. } if text == failure);
    assert_eq!(rehearsal.events.iter().filter(|event| is_told(event)).count(), failures.len(), "{at}");
    assert!(!failures.is_empty(), "{at}");
}

#[test]
fn a_dead_engine_fails_its_row_and_no_other() {
    let ok = ["sequential ok 2", "threads ok 2", "rayon ok 2"];
    let threads = |samples| [ok[0], if samples == 1 { "threads failed 1" } else { "threads failed 0" }, ok[2]];
    let lost = "the whole pool died: 1000 of 1000 tasks lost (SIGSEGV)";
    check("1 configure threads", Trouble::Dies("SIGSEGV"), threads(0), "the pool died while it started (SIGSEGV)");
    check("1 warmup 0", Trouble::Dies("SIGSEGV"), threads(0), lost);
    check("1 sample 1", Trouble::Dies("SIGSEGV"), threads(1), lost);
    check("0 sample 0", Trouble::Dies("SIGSEGV"), ["sequential failed 0", ok[1], ok[2]], lost);
    let all_failed = ["sequential failed 0", "threads failed 0", "rayon failed 0"];
    let scout = "the engine died while it timed a task (SIGKILL)";
    check("calibrate primes", Trouble::Dies("SIGKILL"), all_failed, scout);
}

#[test]
fn a_row_counts_the_tasks_that_died_with_its_engine() {
    for (at, expected) in [("1 configure threads", 0), ("1 warmup 0", 1_000), ("1 sample 1", 1_000)] {
        let dies = Rehearsal::new().trouble(at, Trouble::Dies("SIGSEGV"));
        let rows = dies.run(&[primes(Threads)], settings(1, 2)).rows();
        assert_eq!(rows.iter().map(|row| row.lost_with_engine).collect::<Vec<_>>(), [0, expected], "{at}");
    }
}

#[test]
fn an_engine_that_gives_up_or_talks_nonsense_fails_its_row() {
    let table = ["sequential ok 2", "threads failed 0", "rayon ok 2"];
    let failed = || Said::Failed { message: "no such file".to_owned() };
    let nonsense = "protocol error: an answer that nobody had asked for";
    let ready = || Said::Ready { tasks: 1, startup: Nanos(1) };
    check("1 configure threads", Trouble::Says(failed()), table, "no such file");
    check("1 sample 0", Trouble::Says(failed()), table, "no such file");
    check("1 sample 0", Trouble::Says(ready()), table, nonsense);
    let other = fixture::sample(1.0).with(|sample| sample.sample = 1).done();
    check("1 sample 0", Trouble::Says(Said::Sample(Box::new(other))), table, nonsense);
    let all_failed = ["sequential failed 0", "threads failed 0", "rayon failed 0"];
    check("calibrate primes", Trouble::Says(failed()), all_failed, "no such file");
    check("calibrate primes", Trouble::Says(ready()), all_failed, nonsense);
    let lossy = fixture::sample(1.0).with(|sample| {
        (sample.tasks, sample.tasks_lost) = (997, 3);
        sample.failures = vec!["killed three times".to_owned()];
    });
    let kept = ["sequential ok 2", "threads failed 1", "rayon ok 2"];
    let sample = Said::Sample(Box::new(lossy.done()));
    check("1 sample 0", Trouble::Says(sample), kept, "3 of 1000 tasks lost: killed three times");
}
