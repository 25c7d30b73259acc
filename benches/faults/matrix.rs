//! Every fault that can be done on purpose, at every place and to any number of workers.

use partui::fault::{Fault, FaultKind, Home, Outcome};
use partui::spec::Transport;

use crate::Effort;
use crate::ground::{Ground, WORKERS};
use crate::tally::{Tally, Watchdog};

/// Strikes with all kinds, a line of the table for each over each transport.
pub(crate) fn strike(ground: &Ground, effort: Effort, watchdog: &Watchdog, whole: &mut Tally) {
    let kinds = FaultKind::ALL.into_iter().filter(|kind| effort.all_kinds || *kind == FaultKind::Kill);
    for (kind, transport) in kinds.flat_map(|kind| Transport::INTO_PROCESSES.map(|transport| (kind, transport))) {
        let mut tally = Tally::default();
        for fault in places(kind, ground.tasks) {
            tally.add(strike_once(ground, effort.rounds, watchdog, fault, transport));
        }
        println!("{}", tally.line(&format!("{} {}", kind.id(), transport.id())));
        whole.add(tally);
    }
}

/// The first, a middle and the last task; one victim, two, all but one, and all workers.
fn places(kind: FaultKind, tasks: u64) -> Vec<Fault> {
    let at = [0, tasks / 2, tasks - 1].map(|task| Fault { kind, task: Some(task), times: 1 });
    let to = [1, 2, WORKERS - 1, WORKERS].map(|times| Fault { kind, task: None, times });
    at.into_iter().chain(to).collect()
}

/// Whether it dies as soon as it is struck. Using up memory or a stack takes its time, and who stands still is ended when
/// its time is over.
fn is_sudden(kind: FaultKind) -> bool {
    let takes_time = matches!(kind, FaultKind::Oom | FaultKind::StackOverflow);
    !takes_time && kind.outcome(Home::Own) == Some(Outcome::TasksRunAgain)
}

fn strike_once(ground: &Ground, rounds: u32, watchdog: &Watchdog, fault: Fault, transport: Transport) -> Tally {
    let mut tally = Tally::default();
    let name = format!("{fault} {}", transport.id());
    let mut arena = watchdog.watch(&name, || ground.arena(transport, WORKERS, Some(fault)));
    for _ in 0..rounds {
        let run = watchdog.watch(&name, || arena.sample());
        let injected = arena.told.struck.lock().expect("nobody panics with it").len() as u64;
        let (dying, failing) = match fault.kind.outcome(Home::Own) {
            Some(Outcome::TaskFails) => (0, fault.times.into()),
            Some(Outcome::Harmless) => (0, 0),
            _ => (fault.times.into(), 0),
        };
        let mut sample = ground.judge(&run, injected, dying, failing);
        sample.unseen += injected.abs_diff(fault.times.into());
        if is_sudden(fault.kind) {
            sample.latency.seen = arena.times_to_death();
        }
        tally.add(sample);
    }
    tally
}
