//! Advice over results whose figures are known: what is recommended, why, and what turns it round.

use super::*;
use crate::results::Shares;
use crate::spec::{BackendId, Transport};
use crate::units::Bytes;

/// A sound result of five samples whose interval is 2 % to both sides.
fn fact(number: usize, backend: BackendId, workers: u32, gil: bool, times: f64) -> Fact {
    let transport = (backend == BackendId::Processes).then_some(Transport::Pipe);
    let bounds = (backend != BackendId::Sequential).then_some((0.98 * times, 1.02 * times));
    Fact {
        number,
        run: format!("run-{number}"),
        work: Work {
            workload: "primes".to_owned(),
            input: String::new(),
            tasks: Some(1_000),
            size: "2000000".to_owned(),
            payload: Bytes(0),
            seed: "42".to_owned(),
            parameters: "skew=0".to_owned(),
            place: Place { host: "ana".to_owned(), cpu_model: "AMD EPYC".to_owned(), cores: 2 },
        },
        backend,
        workers,
        in_flight: None,
        gil,
        transport,
        gil_model: String::new(),
        settings: [String::new(), "auto".to_owned()],
        is_sound: true,
        runs: 5,
        speedup: Some((times, bounds)),
        shares: Some(Shares { compute: 1.0, ready: 0.0, gil: 0.0, io: 0.0, ipc: 0.0, idle: 0.0 }),
        task_s: Some(1e-3),
        cores_used: Some(times.min(2.0)),
        pss: Some(Bytes(if backend == BackendId::Processes { 14 << 20 } else { 9 << 20 })),
        warnings: Vec::new(),
    }
}

fn with(mut fact: Fact, change: impl FnOnce(&mut Fact)) -> Fact {
    change(&mut fact);
    fact
}

fn waiting(fact: Fact) -> Fact {
    with(fact, |fact| fact.shares = Some(Shares { compute: 0.02, ready: 0.0, gil: 0.0, io: 0.98, ipc: 0.0, idle: 0.0 }))
}

fn locked(fact: Fact) -> Fact {
    with(fact, |fact| fact.shares = Some(Shares { compute: 0.5, ready: 0.0, gil: 0.5, io: 0.0, ipc: 0.0, idle: 0.0 }))
}

fn alone() -> Fact {
    fact(1, BackendId::Sequential, 1, false, 1.0)
}

/// Work that computes, under the lock and without it, on threads and processes.
fn computing() -> Vec<Fact> {
    vec![
        alone(),
        fact(2, BackendId::Threads, 2, false, 1.95),
        fact(3, BackendId::Processes, 2, false, 1.9),
        locked(fact(4, BackendId::Threads, 2, true, 0.98)),
        fact(5, BackendId::Processes, 2, true, 1.9),
    ]
}

fn recommended(facts: &[Fact]) -> Vec<(bool, &'static str, u32)> {
    advise(facts).iter().map(|advice| (advice.gil, advice.backend, advice.workers)).collect()
}

#[test]
fn what_was_measured_again_is_quoted_once_and_undisturbed() {
    let disturbed = |fact| with(fact, |fact| fact.warnings = vec!["other-load".to_owned()]);
    let [first, again] = [1.95, 1.85].map(|times| move |number| fact(number, BackendId::Threads, 2, false, times));
    let rows = |facts: &[Fact]| advise(facts)[0].evidence.iter().map(|row| row.row).collect::<Vec<_>>();
    let one = || fact(2, BackendId::Sequential, 1, false, 1.0);
    assert_eq!(rows(&[alone(), one(), first(3), again(4)]), [4, 2], "the last");
    assert_eq!(rows(&[alone(), disturbed(first(3)), again(4)]), [4, 1]);
    assert_eq!(rows(&[alone(), first(3), disturbed(again(4))]), [3, 1], "the one that nothing disturbed");
    let chunked = with(again(4), |fact| fact.settings[1] = "1".to_owned());
    assert_eq!(rows(&[alone(), first(3), chunked]), [3, 1, 4], "set otherwise");
}

#[test]
fn where_no_pool_is_faster_none_is_recommended() {
    let advice = &advise(&[alone(), fact(2, BackendId::Threads, 2, false, 0.9)])[0];
    assert!(advice.sentence.starts_with("no pool, one worker alone (sequential): 1.00×"), "{}", advice.sentence);
}

#[test]
fn what_computes_goes_to_threads_and_under_the_lock_to_processes() {
    assert_eq!(recommended(&computing()), [(false, "threads", 2), (true, "processes", 2)]);
    let advices = advise(&computing());
    let expected = "processes n 2: 1.90× (1.86–1.94) as fast as one alone; threads n 2 stops at 0.980×, 50 % of its \
                    workers' time goes into waiting for the GIL";
    assert_eq!(advices[1].sentence, expected);
    assert_eq!(advices[1].confidence, Confidence::High);
    assert!(advices[1].unless.iter().any(|text| text.contains("threads n 2 reaches 1.95×")), "{:?}", advices[1].unless);
}

#[test]
fn the_simplest_that_is_as_good_is_chosen_and_turns_with_the_figures() {
    let of = |threads: f64, processes: f64| {
        let facts = [
            alone(),
            fact(2, BackendId::Threads, 2, false, threads),
            fact(3, BackendId::Processes, 2, false, processes),
        ];
        recommended(&facts)[0].1
    };
    assert_eq!(
        (of(1.95, 1.9), of(1.9, 1.95), of(1.5, 1.95), of(0.5, 0.6)),
        ("threads", "threads", "processes", "sequential")
    );
    let more = [alone(), fact(2, BackendId::Threads, 2, false, 1.95), fact(3, BackendId::Threads, 8, false, 1.96)];
    assert_eq!(recommended(&more), [(false, "threads", 2)]);
}

#[test]
fn nothing_is_said_of_too_little_or_of_what_went_wrong() {
    assert!(advise(&[]).is_empty() && advise(&[alone()]).is_empty());
    let failed = with(fact(2, BackendId::Threads, 2, false, 9.0), |fact| fact.is_sound = false);
    assert!(advise(&[alone(), failed]).is_empty());
    let other = with(fact(2, BackendId::Threads, 2, false, 9.0), |fact| fact.work.place.cores = 64);
    assert!(advise(&[alone(), other]).is_empty(), "another machine");
}

#[test]
fn a_pool_that_nobody_measured_is_named_beside_the_one_that_was_best() {
    let slow = fact(2, BackendId::Threads, 2, true, 0.8);
    let sentence = &advise(&[alone(), slow])[0].sentence;
    assert!(sentence.ends_with("; not measured: processes"), "{sentence}");
    let both = [alone(), fact(2, BackendId::Threads, 2, true, 0.8), fact(3, BackendId::Processes, 2, true, 1.9)];
    assert!(!advise(&both)[0].sentence.contains("not measured"));
}

#[test]
fn doubt_is_said_and_what_would_settle_it() {
    let wide = with(fact(2, BackendId::Threads, 2, false, 1.5), |fact| fact.speedup = Some((1.5, Some((0.9, 2.4)))));
    let facts = [alone(), wide, fact(3, BackendId::Processes, 2, false, 1.9)];
    let advice = &advise(&facts)[0];
    assert_eq!((advice.backend, advice.confidence), ("processes", Confidence::Low));
    assert!(advice.next[0].contains(" --runs 20 --tasks 1000 --size 2000000"), "{:?}", advice.next);
    for (change, expected, word) in [
        ((|fact| fact.runs = 3) as fn(&mut Fact), Confidence::Fair, "3 samples"),
        (|fact| fact.warnings = vec!["noisy".to_owned()], Confidence::Fair, "noisy"),
        (|fact| fact.warnings = vec!["other-load".to_owned()], Confidence::Low, "other-load"),
    ] {
        let facts: Vec<Fact> = computing().into_iter().map(|fact| with(fact, change)).collect();
        let advice = &advise(&facts)[0];
        assert!(advice.confidence == expected && advice.because.contains(word), "{}", advice.because);
    }
}

/// For each rule a case in which it speaks and one in which it does not.
fn cases() -> Vec<(&'static str, bool, Vec<Fact>, Vec<Fact>)> {
    let pair = |threads: f64| vec![alone(), fact(2, BackendId::Threads, 2, false, threads)];
    let heavy = |ipc: f64| {
        let processes = with(fact(3, BackendId::Processes, 2, false, 0.9), |fact| {
            fact.shares = Some(Shares { compute: 1.0 - ipc, ready: 0.0, gil: 0.0, io: 0.0, ipc, idle: 0.0 });
        });
        let facts = vec![alone(), fact(2, BackendId::Threads, 2, false, 1.9), processes];
        facts.into_iter().map(|fact| with(fact, |fact| fact.work.payload = Bytes(1 << 20))).collect::<Vec<_>>()
    };
    let bound = |gil: f64| {
        let threads = with(fact(2, BackendId::Threads, 2, true, 0.98), |fact| {
            fact.shares = Some(Shares { compute: 1.0 - gil, ready: 0.0, gil, io: 0.0, ipc: 0.0, idle: 0.0 });
        });
        vec![alone(), threads, fact(3, BackendId::Processes, 2, true, 1.9)]
    };
    let free = |threads: f64| {
        let mut facts = computing();
        facts[1].speedup = Some((threads, None));
        facts
    };
    let with_processes = |faster: f64| {
        vec![alone(), fact(2, BackendId::Threads, 2, false, 1.9), fact(3, BackendId::Processes, 2, false, faster)]
    };
    let memory = |mebibytes: u64| {
        let mut facts = with_processes(3.0);
        facts[1].pss = Some(Bytes(mebibytes << 20));
        facts
    };
    let mut tried = pair(1.9);
    tried.push(fact(3, BackendId::Threads, 8, false, 1.9));
    let waits = |fact: Fact| vec![alone(), waiting(fact)];
    let wide = |high: f64| {
        let threads =
            with(fact(2, BackendId::Threads, 2, false, 1.5), |fact| fact.speedup = Some((1.5, Some((1.4, high)))));
        vec![alone(), threads, fact(3, BackendId::Processes, 2, false, 1.9)]
    };
    vec![
        ("doubt", false, wide(2.4), wide(1.6)),
        ("overhead", false, pair(0.5), pair(1.9)),
        ("lock", true, bound(0.5), bound(0.1)),
        ("waiting", false, waits(fact(2, BackendId::Async, 2, false, 30.0)), pair(1.9)),
        ("computing", false, pair(1.9), waits(fact(2, BackendId::Threads, 2, false, 1.9))),
        ("payload", false, heavy(0.5), heavy(0.01)),
        ("other-lock", true, free(1.95), free(1.0)),
        ("crashes", false, with_processes(1.8), with_processes(3.0)),
        ("memory", false, memory(9), memory(13)),
        ("workers", false, tried, pair(1.9)),
        ("unmeasured", false, pair(1.9), with_processes(1.8)),
    ]
}

#[test]
fn each_rule_speaks_where_it_should_and_nowhere_else() {
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids, cases().iter().map(|(id, ..)| *id).collect::<Vec<_>>());
    for ((id, gil, speaks, silent), rule) in cases().into_iter().zip(RULES) {
        let said = |facts: &[Fact]| (rule.says)(&Case::of(&facts.iter().collect::<Vec<_>>(), gil).unwrap());
        assert!(said(&speaks).is_some(), "{id}");
        assert_eq!(said(&silent), None, "{id}");
    }
}

#[test]
fn no_advice_is_without_a_measured_figure() {
    for (id, _, speaks, silent) in cases() {
        for advice in advise(&speaks).iter().chain(&advise(&silent)) {
            let chosen = &advice.evidence[0].figure;
            let figure = chosen.split_whitespace().find(|word| word.ends_with('×')).unwrap();
            assert!(advice.sentence.contains(figure), "{id}: {}", advice.sentence);
            assert!(!advice.python.is_empty() && !advice.rust.is_empty());
        }
    }
}
