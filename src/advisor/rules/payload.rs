//! What tasks carry costs processes time, more through a pipe than in shared memory.

use super::{Remark, percent};
use crate::advisor::case::{Case, best};
use crate::advisor::command::command;
use crate::spec::{BackendId, Transport};
use crate::units::{Bytes, significant};

/// From this share on handing over is worth a word.
const MATTERS: f64 = 0.1;

pub(super) fn says(case: &Case<'_>) -> Option<Remark> {
    let through = |transport| {
        let of = case.facts.iter().copied();
        best(of.filter(move |fact| fact.backend == BackendId::Processes && fact.transport == Some(transport)))
    };
    let (pipe, shm) = (through(Transport::Pipe), through(Transport::Shm));
    let chosen = case.chosen;
    if chosen.work.payload == Bytes(0) {
        let processes = pipe.or(shm).filter(|_| chosen.backend == BackendId::Processes)?;
        let (name, times) = (processes.name(), significant(processes.times(), 3));
        let much = [("backend", "threads,processes"), ("payload", "1MiB"), ("transport", "pipe,shm")];
        let measures = command(chosen, &much.map(|(flag, value)| (flag, value.to_owned())));
        return Some(Remark::Unless(format!(
            "tasks carried much data: {name} reached its {times}× without any; {measures} shows what it costs"
        )));
    }
    let costly = pipe.filter(|fact| fact.share(|shares| shares.ipc) >= MATTERS && fact.number != chosen.number)?;
    let (name, carried, times) = (costly.name(), costly.work.payload, significant(costly.times(), 3));
    let spent = percent(costly.share(|shares| shares.ipc));
    Some(Remark::Because(format!("{name} spends {spent} of its time on moving {carried} a task and reaches {times}×")))
}
