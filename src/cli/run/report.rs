//! What a run without a screen makes of each event: pure.

use std::sync::Arc;

use crate::cli::Purpose;
use crate::conductor::Event;
use crate::results::{ResultRow, RunId, Status, Summary, scaling, warnings, why};
use crate::units::Nanos;

/// Something to do because of an event.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub(in crate::cli) enum Step {
    /// Say this line, unless silence was asked for.
    Note(String),
    /// Show how far the run is.
    Show(Progress),
    /// Bring the exports up to date: a result is finished.
    Publish,
    /// Write this to `--output`.
    Write(Arc<Vec<u8>>),
    /// The engines stand still: stop this process as well; once it goes on, so may they.
    Stop,
    /// The run is over.
    End,
}

/// How far the run is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::cli) struct Progress {
    /// Finished part of the predicted work, 0…1.
    pub(in crate::cli) done: f64,
    /// Time left, where that can be said.
    pub(in crate::cli) left: Option<Nanos>,
    /// What goes on.
    pub(in crate::cli) doing: String,
}

/// What is known of the run so far.
#[derive(Debug)]
pub(in crate::cli) struct Report {
    purpose: Purpose,
    order: Vec<RunId>,
    rows: Vec<ResultRow>,
    progress: Progress,
    is_over: bool,
}

impl Report {
    /// Knows nothing yet.
    pub(in crate::cli) fn of(purpose: Purpose) -> Self {
        Self { purpose, order: Vec::new(), rows: Vec::new(), progress: Progress::default(), is_over: false }
    }

    /// Takes an event in and says what is to be done about it.
    pub(in crate::cli) fn on(&mut self, event: Event) -> Vec<Step> {
        match event {
            Event::Queue { .. } | Event::Calibrated { .. } | Event::Suspended(false) => Vec::new(),
            Event::Preparing => self.doing("looking at the work".to_owned()),
            Event::Started { rows, predicted, notes } => self.started(rows, predicted, notes),
            Event::Sampling { row, sample, of, warmup, .. } => {
                let kind = if warmup { "warm-up" } else { "sample" };
                let doing = format!("{}  {kind} {sample}/{of}", self.name(&row));
                self.doing(doing)
            }
            Event::Row(row) => self.row(*row),
            Event::Progress { done, left } => {
                (self.progress.done, self.progress.left) = (done, left);
                vec![Step::Show(self.progress.clone())]
            }
            Event::Fault { row, text } => vec![Step::Note(format!("{}: {text}", self.name(&row)))],
            Event::Artifact(content) => vec![Step::Write(content)],
            Event::Suspended(true) => vec![Step::Stop],
            Event::Finished { .. } => {
                self.is_over = true;
                vec![Step::End]
            }
        }
    }

    /// All rows, in the order of the table.
    pub(in crate::cli) fn rows(&self) -> &[ResultRow] {
        &self.rows
    }

    /// Whether all went well: the run came to its end, and every result of it is in and agrees.
    pub(in crate::cli) fn is_well(&self) -> bool {
        self.is_over && !self.rows.is_empty() && self.rows.iter().all(|row| row.status == Status::Ok)
    }

    /// What keeps the run from being well, in one line; `None` where nothing does, or a person ended it.
    pub(in crate::cli) fn trouble(&self) -> Option<String> {
        if self.rows.is_empty() {
            return self.is_over.then(|| "nothing was measured".to_owned());
        }
        let unwell = |row: &&ResultRow| matches!(row.status, Status::Failed | Status::Divergent);
        let first = self.rows.iter().find(unwell)?;
        let others = self.rows.iter().filter(unwell).count() - 1;
        let more = if others > 0 { format!(" (and {others} of the other results)") } else { String::new() };
        Some(format!("{}: {}{more}", first.name(), why(first, &Summary::of(first))))
    }

    fn started(&mut self, rows: Vec<RunId>, predicted: Nanos, notes: Vec<String>) -> Vec<Step> {
        let count = match rows.len() {
            1 => "1 result".to_owned(),
            several => format!("{several} results"),
        };
        self.order = rows;
        let said = std::iter::once(format!("{count}, predicted to take {predicted}")).chain(notes);
        said.map(Step::Note).collect()
    }

    fn doing(&mut self, doing: String) -> Vec<Step> {
        self.progress.doing = doing;
        vec![Step::Show(self.progress.clone())]
    }

    fn row(&mut self, row: ResultRow) -> Vec<Step> {
        let steps = self.steps_of(&row);
        match self.rows.iter_mut().find(|known| known.run == row.run) {
            Some(known) => *known = row,
            None => self.rows.push(row),
        }
        let place = |run: &RunId| self.order.iter().position(|other| other == run).unwrap_or(usize::MAX);
        self.rows.sort_by_key(|row| place(&row.run));
        steps
    }

    /// What is to be done about a result: a finished one is published, and points of a curve are said as they come in.
    fn steps_of(&self, row: &ResultRow) -> Vec<Step> {
        if !row.is_finished() {
            return Vec::new();
        }
        let said = (self.purpose == Purpose::Scale).then(|| Step::Note(scaling::finished(row)));
        said.into_iter().chain([Step::Publish]).collect()
    }

    fn name(&self, run: &RunId) -> String {
        let row = self.rows.iter().find(|row| row.run == *run);
        row.map_or_else(|| run.to_string(), ResultRow::name)
    }
}

/// What there is to say below the table: for each row why it is as it is and what to be careful about, then what was
/// found. Rows are named by their numbers in the table.
pub(super) fn findings(rows: &[ResultRow]) -> String {
    let mut lines = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let summary = Summary::of(row);
        lines.push(format!("{:>3}  {}: {}", place + 1, row.name(), why(row, &summary)));
        lines.extend(warnings(row, &summary).iter().map(|warning| format!("     ! {}", warning.text)));
    }
    lines.extend(answers(rows));
    lines.into_iter().map(|line| line + "\n").collect()
}

/// A line for each answer, with the numbers of the rows that found it.
fn answers(rows: &[ResultRow]) -> Vec<String> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let Some(answer) = row.answer() else { continue };
        let sentences: Vec<&str> = std::iter::once(&answer.sentence).chain(&answer.notes).map(String::as_str).collect();
        let (workload, checksum) = (&row.configuration.workload, answer.checksum);
        let said = format!("{workload}: {} (checksum {checksum})", sentences.join("; "));
        match found.iter_mut().find(|(known, _)| *known == said) {
            Some((_, places)) => places.push((place + 1).to_string()),
            None => found.push((said, vec![(place + 1).to_string()])),
        }
    }
    found.into_iter().map(|(said, places)| format!("answer of {}: {said}", places.join(" "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::row;
    use crate::spec::BackendId::{Processes, Sequential, Threads};

    fn running(row: &ResultRow) -> Event {
        Event::Row(Box::new(ResultRow { status: Status::Running, ..row.clone() }))
    }

    #[test]
    fn rows_are_published_when_they_are_finished_and_stand_in_the_order_of_the_table() {
        let (first, second) = (row(Sequential, 1).walls(&[1.0]).done(), row(Threads, 2).walls(&[0.5]).done());
        let mut report = Report::of(Purpose::Results);
        let rows = vec![first.run.clone(), second.run.clone()];
        let steps =
            report.on(Event::Started { rows, predicted: Nanos::from_secs(12), notes: vec!["a note".to_owned()] });
        let said = ["2 results, predicted to take 12.0 s", "a note"].map(|line| Step::Note(line.to_owned()));
        assert_eq!(steps, said);
        assert_eq!(report.on(running(&second)), []);
        assert_eq!(report.on(Event::Row(Box::new(second.clone()))), [Step::Publish]);
        assert_eq!(report.on(Event::Row(Box::new(first.clone()))), [Step::Publish]);
        assert_eq!(report.rows(), [first, second]);
        assert!(!report.is_well(), "not over yet");
        assert_eq!(report.on(Event::Finished { cancelled: false }), [Step::End]);
        assert!(report.is_well());
    }

    #[test]
    fn points_of_a_curve_are_said_as_they_come_in() {
        let point = row(Threads, 2).walls(&[0.5]).done();
        let mut report = Report::of(Purpose::Scale);
        assert_eq!(report.on(running(&point)), []);
        let said = Step::Note(scaling::finished(&point));
        assert_eq!(report.on(Event::Row(Box::new(point))), [said, Step::Publish]);
    }

    #[test]
    fn only_agreeing_results_are_well() {
        for (status, expected) in [
            (Status::Ok, true),
            (Status::Divergent, false),
            (Status::Failed, false),
            (Status::Cancelled, false),
            (Status::Running, false),
        ] {
            let mut report = Report::of(Purpose::Results);
            let _ = report.on(Event::Row(Box::new(row(Threads, 2).walls(&[1.0]).status(status).done())));
            let _ = report.on(Event::Finished { cancelled: false });
            assert_eq!(report.is_well(), expected, "{status:?}");
        }
        let mut nothing = Report::of(Purpose::Results);
        let _ = nothing.on(Event::Finished { cancelled: false });
        assert!(!nothing.is_well(), "a run without results");
    }

    #[test]
    fn what_went_wrong_is_said_in_one_line() {
        let fails = || row(Threads, 2).failed("the whole pool died: 9 of 9 tasks lost (SIGKILL)").done();
        let well = || row(Sequential, 1).walls(&[1.0]).done();
        let cancelled = || row(Threads, 2).status(Status::Cancelled).done();
        let said = "primes threads n 2: failed: the whole pool died: 9 of 9 tasks lost (SIGKILL)";
        let more = format!("{said} (and 1 of the other results)");
        for (rows, expected) in [
            (vec![well(), fails()], Some(said)),
            (vec![fails(), well(), fails()], Some(more.as_str())),
            (vec![well(), cancelled()], None),
            (vec![], Some("nothing was measured")),
        ] {
            let mut report = Report::of(Purpose::Results);
            for row in rows {
                let _ = report.on(Event::Row(Box::new(row)));
            }
            let _ = report.on(Event::Finished { cancelled: false });
            assert_eq!(report.trouble().as_deref(), expected);
        }
    }

    #[test]
    fn faults_name_the_row_that_they_struck() {
        let struck = row(Processes, 4).gil().done();
        let mut report = Report::of(Purpose::Results);
        let _ = report.on(running(&struck));
        let steps = report.on(Event::Fault { row: struck.run, text: "w1 died: SIGKILL".to_owned() });
        assert_eq!(steps, [Step::Note("primes processes n 4 GIL on: w1 died: SIGKILL".to_owned())]);
    }

    #[test]
    fn a_standstill_stops_the_program_and_going_on_needs_nothing() {
        let mut report = Report::of(Purpose::Results);
        assert_eq!(report.on(Event::Suspended(true)), [Step::Stop]);
        assert_eq!(report.on(Event::Suspended(false)), []);
    }

    #[test]
    fn findings_explain_each_row_and_say_each_answer_once() {
        let rows = [row(Sequential, 1).walls(&[1.0, 1.0]).done(), row(Threads, 2).walls(&[0.5, 0.5]).done()];
        let text = findings(&rows);
        for (place, row) in rows.iter().enumerate() {
            let sentence = why(row, &Summary::of(row));
            assert!(text.contains(&format!("{:>3}  {}: {sentence}\n", place + 1, row.name())), "{text}");
        }
        assert_eq!(text.matches("answer of").count(), usize::from(rows[0].answer().is_some()), "{text}");
    }
}
