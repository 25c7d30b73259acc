//! What every worker did and when, in the Trace Event Format that Perfetto and `chrome://tracing` open.
//!
//! The format is Google's "Trace Event Format" (JSON object form). Each row of the results is a process, so that all of
//! them stand below each other on one time axis; each worker is a thread of it. Two more threads show the samples and,
//! where workers share an emulated lock, who holds it. Times are microseconds since the first engine was set up.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::board::{Block, Contents, Phase, PhaseMark, Recording, Span};
use crate::fault::Home;
use crate::results::ResultRow;
use crate::units::{Nanos, WorkerId};

/// The thread numbers of what is no worker: behind all workers.
const SAMPLES: u32 = 1_000_001;
const LOCK: u32 = 1_000_002;

/// Writes the whole file; `rows` in the order of the table, by whose places the recording names them.
pub(super) fn write(recording: &Recording, rows: &[ResultRow], out: &mut dyn Write) -> io::Result<()> {
    let contents = recording.contents()?;
    let origin = contents.phases.first().map_or(Nanos::ZERO, |mark| mark.at);
    out.write_all(br#"{"displayTimeUnit":"ms","traceEvents":["#)?;
    let mut trace = Trace { recording, origin, out, is_begun: false, missing: 0 };
    for (place, row) in (0..).zip(rows) {
        trace.add_row(place, row, &contents)?;
    }
    let about = json!({
        "program": "partui",
        "version": env!("CARGO_PKG_VERSION"),
        "spans_missing": trace.missing,
    });
    writeln!(out, "\n],\"otherData\":{about}}}")
}

/// A trace that is being written.
struct Trace<'a> {
    recording: &'a Recording,
    origin: Nanos,
    out: &'a mut dyn Write,
    /// Whether an event stands before the next.
    is_begun: bool,
    /// Spans that are known to be missing.
    missing: u64,
}

/// A stretch of time on a thread of the trace.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    process: u32,
    thread: u32,
    start: Nanos,
    end: Nanos,
}

impl Trace<'_> {
    fn add_row(&mut self, place: u32, row: &ResultRow, contents: &Contents) -> io::Result<()> {
        let process = place + 1;
        let blocks: Vec<&Block> = contents.blocks.iter().filter(|block| block.by.row == place).collect();
        self.name("process_name", process, 0, &json!({"name": format!("#{process} {}", row.name())}))?;
        self.name("process_sort_index", process, 0, &json!({"sort_index": process}))?;
        let (mut held, mut last) = (Vec::new(), self.origin);
        for worker in blocks.iter().map(|block| block.worker).collect::<BTreeSet<WorkerId>>() {
            let own = blocks.iter().filter(|block| block.worker == worker);
            last = last.max(self.add_worker(process, worker, own.copied(), &mut held)?);
        }
        self.add_samples(process, contents.phases.iter().filter(|mark| mark.by.row == place), last)?;
        let is_shared = row.configuration.gil && row.configuration.backend.facts().home == Home::Shared;
        if is_shared && !held.is_empty() {
            self.add_holders(process, held)?;
        }
        Ok(())
    }

    /// Adds a worker's spans; answers when the last of them ended. Those with the lock are put into `held` as well.
    fn add_worker<'b>(
        &mut self,
        process: u32,
        worker: WorkerId,
        blocks: impl Iterator<Item = &'b Block>,
        held: &mut Vec<(Span, WorkerId)>,
    ) -> io::Result<Nanos> {
        self.name_thread(process, worker.0 + 1, &worker.to_string())?;
        let (mut free_from, mut expected) = (self.origin, None);
        for block in blocks {
            let number = expected.filter(|(by, _)| *by == block.by).map_or(0, |(_, number)| number);
            let spans = self.recording.spans(block, free_from)?;
            self.missing += block.first.saturating_sub(number) + block.count - spans.len() as u64;
            for span in &spans {
                self.add_span(process, worker, span)?;
            }
            free_from = spans.last().map_or(free_from, |span| span.end());
            expected = Some((block.by, block.first + block.count));
            held.extend(spans.into_iter().filter(|span| span.held).map(|span| (span, worker)));
        }
        Ok(free_from)
    }

    fn add_span(&mut self, process: u32, worker: WorkerId, span: &Span) -> io::Result<()> {
        let stretch = Stretch { process, thread: worker.0 + 1, start: span.start, end: span.end() };
        let mut about = json!({});
        if let Some(core) = span.core {
            about["core"] = json!(core.0);
        }
        if span.held {
            about["lock"] = json!("held");
        }
        self.add(span.state.label(), "worker", stretch, &about)?;
        if span.in_vain {
            let at = self.time(span.end());
            let thread = worker.0 + 1;
            self.line(&format!(
                r#"{{"name":"woken in vain","cat":"lock","ph":"i","s":"t","pid":{process},"tid":{thread},"ts":{at}}}"#
            ))?;
        }
        Ok(())
    }

    /// Adds who had the lock when. A moment has one holder at most.
    fn add_holders(&mut self, process: u32, mut held: Vec<(Span, WorkerId)>) -> io::Result<()> {
        self.name_thread(process, LOCK, "lock")?;
        held.sort_by_key(|(span, _)| span.start);
        let mut free_from = self.origin;
        for (span, worker) in held {
            let (start, end) = (span.start.max(free_from), span.end().max(free_from));
            self.add(&worker.to_string(), "lock", Stretch { process, thread: LOCK, start, end }, &json!({}))?;
            free_from = end;
        }
        Ok(())
    }

    /// Adds the samples; one that an engine did not live to finish goes on to its workers' last span.
    fn add_samples<'b>(
        &mut self,
        process: u32,
        marks: impl Iterator<Item = &'b PhaseMark>,
        last: Nanos,
    ) -> io::Result<()> {
        self.name_thread(process, SAMPLES, "samples")?;
        let marks: Vec<&PhaseMark> = marks.collect();
        for (place, mark) in marks.iter().enumerate() {
            let kind = match mark.phase {
                Phase::WarmUp => "warm-up",
                Phase::Sampling => "sample",
                Phase::Starting | Phase::Done => continue,
            };
            let end = marks.get(place + 1).map_or(last, |next| next.at).max(mark.at);
            let stretch = Stretch { process, thread: SAMPLES, start: mark.at, end };
            self.add(&format!("{kind} {}", u64::from(mark.sample) + 1), "sample", stretch, &json!({}))?;
        }
        Ok(())
    }

    fn name_thread(&mut self, process: u32, thread: u32, name: &str) -> io::Result<()> {
        self.name("thread_name", process, thread, &json!({"name": name}))?;
        // Samples and the lock stand above the workers.
        let place = if thread >= SAMPLES { i64::from(thread) - i64::from(LOCK) } else { i64::from(thread) };
        self.name("thread_sort_index", process, thread, &json!({"sort_index": place}))
    }

    fn name(&mut self, what: &str, process: u32, thread: u32, about: &Value) -> io::Result<()> {
        self.line(&format!(r#"{{"name":"{what}","ph":"M","pid":{process},"tid":{thread},"args":{about}}}"#))
    }

    fn add(&mut self, name: &str, category: &str, stretch: Stretch, about: &Value) -> io::Result<()> {
        let Stretch { process, thread, start, end } = stretch;
        let (at, length) = (self.time(start), micros(end.since(start)));
        self.line(&format!(
            r#"{{"name":"{name}","cat":"{category}","ph":"X","pid":{process},"tid":{thread},"ts":{at},"dur":{length},"args":{about}}}"#
        ))
    }

    fn line(&mut self, event: &str) -> io::Result<()> {
        let comma = if std::mem::replace(&mut self.is_begun, true) { "," } else { "" };
        write!(self.out, "{comma}\n{event}")
    }

    fn time(&self, at: Nanos) -> String {
        micros(at.since(self.origin))
    }
}

/// Microseconds to the nanosecond.
fn micros(time: Nanos) -> String {
    format!("{}.{:03}", time.0 / 1_000, time.0 % 1_000)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::board::{Board, RecordedAs, SlotWriter, State};
    use crate::machine::clock;
    use crate::results::fixture::row;
    use crate::spec::BackendId::Threads;

    /// Two workers that share a lock, in the second of two rows.
    fn recorded() -> (Recording, Nanos) {
        let recording = Arc::new(Recording::create().unwrap());
        let board = Board::create(2).unwrap().recorded(Arc::clone(&recording), RecordedAs { row: 1, engine: 0 });
        let board = Arc::new(board);
        board.set_phase(Phase::Sampling, 2, 1, Nanos::ZERO);
        let start = clock::now();
        let after = |steps: u64| start.plus(Nanos(steps * 10));
        let [first, second] = [0, 1].map(|worker| SlotWriter::new(Arc::clone(&board), WorkerId(worker), start));
        first.holds_gil(true);
        first.enter(State::Compute, after(1));
        second.enter(State::Gil, after(1));
        first.holds_gil(false);
        first.enter(State::Gil, after(3));
        second.woke_in_vain(after(4));
        second.holds_gil(true);
        second.enter(State::Compute, after(5));
        second.holds_gil(false);
        second.enter(State::Idle, after(9));
        first.enter(State::Idle, after(9));
        drop((first, second));
        while clock::now() < after(9) {}
        board.record_rest();
        drop(board);
        (Arc::into_inner(recording).unwrap(), start)
    }

    fn events() -> Vec<Value> {
        let (recording, _) = recorded();
        let rows = [row(Threads, 1).done(), row(Threads, 2).gil().done()];
        let mut text = Vec::new();
        write(&recording, &rows, &mut text).unwrap();
        let document: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(document["otherData"]["spans_missing"], json!(0));
        document["traceEvents"].as_array().unwrap().clone()
    }

    /// Name and length of the complete events on a thread of the second process, in the order of time.
    fn on(thread: u32, events: &[Value]) -> Vec<(String, f64)> {
        let own = |event: &&Value| event["ph"] == "X" && event["pid"] == 2 && event["tid"] == thread;
        let told = |event: &Value| (event["name"].as_str().unwrap().to_owned(), event["dur"].as_f64().unwrap());
        events.iter().filter(own).map(told).collect()
    }

    #[test]
    fn each_worker_the_lock_and_the_samples_have_a_lane() {
        let events = events();
        let told = |spans: &[(&str, f64)]| {
            spans.iter().map(|(name, length)| ((*name).to_owned(), *length)).collect::<Vec<_>>()
        };
        assert_eq!(on(1, &events), told(&[("starting", 0.01), ("compute", 0.02), ("gil", 0.06)]));
        assert_eq!(on(2, &events), told(&[("starting", 0.01), ("gil", 0.03), ("gil", 0.01), ("compute", 0.04)]));
        assert_eq!(on(LOCK, &events), told(&[("w1", 0.02), ("w2", 0.04)]));
        assert_eq!(on(SAMPLES, &events)[0].0, "sample 3");
    }

    #[test]
    fn a_wake_up_in_vain_is_a_mark_where_it_was() {
        let events = events();
        let marks: Vec<&Value> = events.iter().filter(|event| event["ph"] == "i").collect();
        assert_eq!(marks.len(), 1);
        let wait = events.iter().find(|event| event["name"] == "gil" && event["tid"] == 2).unwrap();
        let end = wait["ts"].as_f64().unwrap() + wait["dur"].as_f64().unwrap();
        assert!((marks[0]["ts"].as_f64().unwrap() - end).abs() < 1e-6, "{marks:?}");
    }

    #[test]
    fn rows_are_named_also_where_nothing_was_recorded_of_them() {
        let events = events();
        let names: Vec<&str> = events
            .iter()
            .filter(|event| event["name"] == "process_name")
            .map(|event| event["args"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["#1 primes threads n 1", "#2 primes threads n 2 GIL on"]);
    }
}
