//! Contention, shares and the holder that is shown, from made-up boards.

use super::*;

/// A sample that began at 1 s, at `millis` into it; each slot by its state, whether it holds, and its times in
/// compute and gil in ms.
fn at(millis: u64, slots: &[(State, bool, u64, u64)]) -> Snapshot {
    let start = Nanos::from_secs(1);
    let taken_at = start.plus(Nanos::from_millis(millis));
    let slot = |(state, holds, compute, gil): &(State, bool, u64, u64)| {
        let mut times = [Nanos::ZERO; 7];
        times[State::Compute.index()] = Nanos::from_millis(*compute);
        times[State::Gil.index()] = Nanos::from_millis(*gil);
        SlotView {
            state: Some(*state),
            since: start,
            process: 1,
            thread: 1,
            core: CoreId(0),
            holds_gil: *holds,
            times,
            tasks: 1,
            gil_acquisitions: 0,
            gil_switches: millis / 5,
            bytes_in: 0,
            bytes_out: 0,
        }
    };
    Snapshot {
        phase: Some(Phase::Sampling),
        sample: 0,
        tasks: 10,
        sample_start: start,
        taken_at,
        slots: slots.iter().map(slot).collect(),
    }
}

/// Two workers after `millis`, of which each waited `gil` ms in all.
fn pair(millis: u64, gil: u64) -> Snapshot {
    at(millis, &[(State::Compute, true, millis - gil, gil), (State::Gil, false, millis - gil, gil)])
}

#[test]
fn contention_comes_at_ten_percent_and_goes_below_five() {
    let mut live = Live::default();
    // (ms into the sample, ms waited so far, contended)
    let story = [
        (50, 50, false),     // too little time to judge
        (120, 60, true),     // half of the time
        (2_000, 60, false),  // nothing for a second
        (2_900, 150, false), // 9 of 100 …
        (3_900, 230, false), // 8 %: on needs 10
        (4_900, 340, true),  // 11 %
        (5_900, 410, true),  // 7 %: off needs less than 5
        (6_900, 440, false), // 3 %
    ];
    for (millis, gil, contended) in story {
        live.push(pair(millis, gil));
        assert_eq!(live.is_contended(), contended, "at {millis} ms");
    }
}

#[test]
fn shares_are_those_of_the_last_second() {
    let mut live = Live::default();
    live.push(pair(1_000, 0));
    live.push(pair(2_000, 750));
    let shares = live.workers()[0].shares;
    assert!((shares[State::Gil.index()] - 0.75).abs() < 1e-9, "{shares:?}");
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!((live.waiting() - 1.5).abs() < 1e-9);
    assert!((live.switches_per_second().unwrap() - 400.0).abs() < 1e-6, "two workers, each 200");
}

#[test]
fn a_new_sample_starts_its_counters_anew() {
    let mut live = Live::default();
    live.push(pair(500, 400));
    let mut next = pair(200, 0);
    next.sample_start = Nanos::from_secs(9);
    next.taken_at = next.sample_start.plus(Nanos::from_millis(200));
    live.push(next);
    let gil = live.workers()[0].shares[State::Gil.index()];
    assert!((gil - 400.0 / 700.0).abs() < 1e-9, "{gil}");
}

#[test]
fn between_samples_nothing_is_counted() {
    let mut live = Live::default();
    for phase in [None, Some(Phase::Starting), Some(Phase::Done)] {
        live.push(Snapshot { phase, ..pair(500, 400) });
        assert!(live.workers()[0].shares.iter().all(|share| *share == 0.0));
        assert_eq!(live.switches_per_second(), None);
    }
}

#[test]
fn a_holder_is_shown_for_a_quarter_of_a_second_together_with_the_states() {
    let contended = |millis, holder: usize| {
        let mut slots = [(State::Gil, false, 0, millis); 3];
        slots[holder] = (State::Compute, true, 0, millis);
        at(millis, &slots)
    };
    let mut live = Live::default();
    for (millis, holder, shown) in [(200, 0, 0), (300, 1, 0), (449, 2, 0), (450, 2, 2), (600, 1, 2), (700, 1, 1)] {
        live.push(contended(millis, holder));
        assert_eq!(live.holder().map(|worker| worker.id.index()), Some(shown), "at {millis} ms");
        let computing: Vec<_> = live.workers().iter().filter(|worker| worker.state == Some(State::Compute)).collect();
        assert_eq!(computing.len(), 1);
        assert!(computing[0].holds);
    }
    live.push(at(750, &[(State::Gil, false, 0, 750); 3]));
    assert!(live.holder().is_some(), "nobody new: the last one stays");
}

#[test]
fn lost_cores_are_those_that_waiting_workers_could_use() {
    let mut live = Live::default();
    live.push(at(1_000, &[(State::Compute, true, 250, 750); 4]));
    for (busy, usable, lost) in [(1.04, 2.0, 0.96), (1.0, 8.0, 3.0), (2.5, 2.0, 0.0)] {
        assert!((live.lost(busy, usable) - lost).abs() < 1e-9, "{busy} of {usable}");
    }
    live.rest();
    assert_eq!((live.lost(1.0, 2.0), live.is_contended()), (0.0, false));
    assert!(live.workers().iter().all(|worker| worker.state == Some(State::Idle) && !worker.holds));
    assert!((live.waiting() - 3.0).abs() < 1e-9, "the shares stay");
}

#[test]
fn a_worker_that_left_after_its_work_is_not_shown_as_dead() {
    for (phase, expected) in [(Phase::Sampling, State::Dead), (Phase::Done, State::Idle)] {
        let mut live = Live::default();
        live.push(Snapshot { phase: Some(phase), ..at(500, &[(State::Dead, false, 500, 0)]) });
        assert_eq!(live.workers()[0].state, Some(expected), "{phase:?}");
        live.rest();
        assert_eq!(live.workers()[0].state, Some(expected), "{phase:?}, at rest");
    }
}

#[test]
fn the_last_picture_of_a_sample_stays_until_something_else_goes_on() {
    let mut live = Live::default();
    live.push(pair(500, 400));
    let gone = (State::Dead, false, 100, 400);
    live.push(Snapshot { phase: Some(Phase::Done), ..at(510, &[gone, gone]) });
    let states: Vec<_> = live.workers().iter().map(|worker| (worker.state, worker.holds)).collect();
    assert_eq!(states, [(Some(State::Compute), true), (Some(State::Gil), false)]);
    live.rest();
    assert!(live.workers().iter().all(|worker| worker.state == Some(State::Idle) && !worker.holds));
}

#[test]
fn workers_whose_process_is_stopped_are_marked_until_it_goes_on() {
    let board = |millis| {
        let mut board = pair(millis, 0);
        (board.slots[0].process, board.slots[1].process) = (7, 8);
        board
    };
    let marked = |live: &Live| live.workers().iter().map(|worker| worker.stopped).collect::<Vec<_>>();
    let mut live = Live::default();
    live.push(board(100));
    live.stop(&[3, 8]);
    assert_eq!(marked(&live), [false, true]);
    live.push(board(200));
    assert_eq!(marked(&live), [false, true], "a newer board knows nothing of it");
    live.stop(&[]);
    assert_eq!(marked(&live), [false, false]);
}
