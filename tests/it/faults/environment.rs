//! Strange places to be started in.

use partui::engine::Event;
use partui::spec::BackendId;
use rustix::process::Signal;

use super::{
    ROUNDS, SECOND, Scripts, TASKS, Tally, endless, engine_of, job, reference, send, set_to_work, stop, strike,
};
use crate::support::PATIENCE;
use crate::support::engine::Engine;

fn survives_a_death(engine: &mut Engine) {
    let mut tally = Tally::default();
    engine.begin(0);
    engine.wait_for_tasks(0, TASKS / 4);
    strike(engine, engine.workers()[0], Signal::SEGV);
    let (sample, faults) = engine.finish();
    tally.add(&sample, faults);
    let (sample, faults) = engine.sample(1);
    tally.add(&sample, faults);
    assert_eq!((tally.seen, tally.causes.get("SIGSEGV")), (1, Some(&1)), "{tally:?}");
}

#[test]
fn causes_are_told_where_ended_children_were_to_be_ignored() {
    let scripts = Scripts::new();
    let mut engine = Engine::start_from(&scripts.named("ignores-children"), 2);
    engine.calibrate(&job(BackendId::Sequential, 1));
    assert!(ignores(engine.pid(), Signal::CHILD), "the place is not as strange as it should be");
    engine.configure(&job(BackendId::Processes, 2), &reference().0);
    survives_a_death(&mut engine);
    engine.dismiss();
}

fn ignores(pid: i32, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a living process of ours");
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("a mask of signals");
    let mask = u64::from_str_radix(mask.trim(), 16).expect("a hexadecimal number");
    mask & (1 << (signal.as_raw() - 1)) != 0
}

#[test]
fn workers_die_with_their_engine_where_hang_ups_are_ignored() {
    let scripts = Scripts::new();
    let program = scripts.named("no-hangup");
    for _ in 0..ROUNDS {
        let mut engine = Engine::start_from(&program, 2);
        set_to_work(&mut engine, &endless(BackendId::Processes, 2));
        stop(engine.workers()[0]);
        send(engine.pid(), Signal::KILL);
        engine.assert_gone(SECOND);
    }
}

#[test]
fn an_engine_does_its_work_with_every_signal_blocked() {
    // A thread of its own, since what it blocks stays blocked; children get what the thread that starts them has.
    let tried = std::thread::spawn(|| {
        block_all_signals();
        let mut engine = engine_of(2);
        let (sample, faults) = engine.sample(0);
        Tally::default().add(&sample, faults);
        send(engine.pid(), Signal::KILL);
        engine.assert_gone(SECOND);
    });
    tried.join().unwrap();
}

#[expect(unsafe_code, reason = "only the C library blocks signals")]
fn block_all_signals() {
    let mut all = std::mem::MaybeUninit::uninit();
    // SAFETY: the set is a place of the right size, which the call fills.
    let filled = unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: the set was filled; where the old one would go may be null.
    let blocked = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), std::ptr::null_mut()) };
    assert_eq!((filled, blocked), (0, 0));
}

#[test]
fn too_few_descriptors_are_an_error_with_a_reason() {
    let scripts = Scripts::new();
    let mut engine = Engine::start_from(&scripts.named("few-descriptors"), 16);
    engine.order_pool(&job(BackendId::Processes, 16), &reference().0);
    match engine.answer() {
        (Some(Event::Failed { message }), _) => {
            assert!(message.starts_with("cannot start worker "), "{message}");
            assert!(message.contains("Too many open files"), "{message}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(engine.event(), None);
    engine.assert_gone(PATIENCE);
    assert!(matches!(engine.child.wait().unwrap(), partui::child::Cause::Exit(_)));
}

#[test]
fn a_crash_leaves_no_core_file() {
    let scripts = Scripts::new();
    let mut engine = Engine::start_from(&scripts.named("dumps-core"), 1);
    engine.configure(&job(BackendId::Processes, 1), &reference().0);
    for pid in engine.workers().into_iter().chain([engine.pid()]) {
        let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        let soft = line.split_whitespace().nth(4).unwrap();
        assert!(["0", "1"].contains(&soft), "{line}");
    }
    engine.dismiss();
}
