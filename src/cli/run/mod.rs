//! `partui run` and `partui scale`: measure without a screen. [`report`] decides what an event means; here it is done.

pub(super) mod bar;
pub(super) mod report;
pub(super) mod signals;
mod stream;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use anyhow::Context;
use signal_hook::consts::SIGSTOP;
use signal_hook::low_level::raise;

use self::bar::Bar;
use self::report::{Report, Step, findings};
use self::signals::Signals;
use super::given::columns_of;
use super::{Failure, Look, Measurement, Purpose, UsageError};
use crate::advisor::{Fact, advise};
use crate::board::Recording;
use crate::conductor::{self, Ask, Event, Handle, Request, Setup};
use crate::export::{ExportError, Exports};
use crate::machine::Machine;
use crate::publish::{Folder, PublishError, Target};
use crate::results::{Record, ResultRow, scaling, table};
use crate::workload::NamedFile;

/// How wide a table may be where there is no terminal to ask.
const FILE_WIDTH: usize = 160;

/// Measures, prints and exports. The status is 0 where all went well, 1 where a result failed, diverged or could not be
/// exported, and 128 + n after signal n.
///
/// # Errors
/// A destination that cannot be written, found before anything is measured, or a system that refuses to start.
pub fn run(measurement: &Measurement, machine: &Machine) -> Result<ExitCode, Failure> {
    let mut session = Session::prepare(measurement, machine)?;
    let usable = u32::try_from(machine.cores.usable).unwrap_or(u32::MAX);
    let setup = Setup { recording: session.recording.clone(), ..Setup::new(usable) };
    let (handle, events) = conductor::start(setup).context("cannot start to measure")?;
    let handle = Arc::new(handle);
    let signals = Signals::watch(Arc::clone(&handle)).context("cannot watch for signals")?;
    handle.ask(Ask::Run(Request {
        configurations: measurement.configurations.clone(),
        settings: measurement.settings,
        artifact: measurement.output.is_some(),
    }));
    session.follow(&events, &handle);
    session.conclude();
    Ok(exit_code(&signals, session.is_well()))
}

/// A run and the places where it is heard of.
struct Session<'a> {
    measurement: &'a Measurement,
    machine: &'a Machine,
    exports: Exports,
    /// Where what workers do is kept for a trace; `None` where nobody asked for one.
    recording: Option<Arc<Recording>>,
    output: Option<Output>,
    /// Whether the table has standard output for itself.
    prints_table: bool,
    report: Report,
    bar: Bar,
    /// Whether something could not be written.
    has_lost: bool,
    /// Whether nobody reads standard output any more.
    is_unheard: bool,
}

impl<'a> Session<'a> {
    /// Settles where everything goes.
    fn prepare(measurement: &'a Measurement, machine: &'a Machine) -> Result<Self, UsageError> {
        let mut exports = Exports::probe(&measurement.exports, measurement.force)?;
        let trace = measurement.trace.as_deref();
        let recording = trace.map(|path| exports.probe_trace(path, measurement.force)).transpose()?;
        let output = Output::probe(measurement).transpose();
        let output = output.map_err(|error| UsageError::new("--output", error.to_string()))?;
        let takers = [measurement.json_stream, exports.use_stdout(), output.as_ref().is_some_and(Output::is_stdout)];
        let takers = takers.into_iter().filter(|takes| *takes).count();
        if takers > 1 {
            return Err(UsageError::new("standard output", "allowed is one of --json-stream, an export and --output"));
        }
        Ok(Self {
            measurement,
            machine,
            exports,
            recording,
            output,
            prints_table: takers == 0,
            report: Report::of(measurement.purpose),
            bar: Bar::new(measurement.quiet, measurement.look.ascii),
            has_lost: false,
            is_unheard: false,
        })
    }

    /// Does what the events ask for until the run is over, or nobody listens.
    fn follow(&mut self, events: &Receiver<Event>, conductor: &Handle) {
        while let Ok(event) = events.recv() {
            if self.measurement.json_stream
                && let Some(line) = stream::line(&event, self.machine)
            {
                self.print(&line);
            }
            for step in self.report.on(event) {
                match step {
                    Step::End => return,
                    Step::Stop => stand_still(&self.bar, conductor),
                    step => self.carry_out(step),
                }
            }
            if self.is_unheard {
                return;
            }
        }
        self.complain("measuring ended before its time");
    }

    fn carry_out(&mut self, step: Step) {
        match step {
            Step::Note(line) if !self.measurement.quiet => self.bar.say(&line),
            Step::Show(progress) => self.bar.show(&progress),
            Step::Publish => {
                for error in self.exports.publish(self.report.rows(), self.machine) {
                    self.complain(&error.to_string());
                }
            }
            Step::Write(content) => self.write_output(&content),
            Step::Note(_) | Step::Stop | Step::End => {}
        }
    }

    fn write_output(&mut self, content: &[u8]) {
        let Some(output) = self.output.take() else { return };
        if let Err(error) = output.finish(content) {
            self.complain(&format!("--output: {error}"));
        }
    }

    /// Prints the results and writes what is still to be written.
    fn conclude(&mut self) {
        self.bar.clear();
        let text = self.results();
        if self.prints_table {
            self.print(&text);
        } else if !self.measurement.quiet {
            self.bar.say(text.trim_end());
        } else if let Some(trouble) = self.report.trouble() {
            // The table, which says it otherwise, is not to be seen.
            self.complain(&trouble);
        }
        for error in self.exports.finish(self.report.rows(), self.machine) {
            self.complain(&error.to_string());
        }
        if self.output.is_some() {
            self.complain("--output: nothing was written, since no finished result had anything to write");
        }
    }

    /// What there is to show.
    fn results(&self) -> String {
        let (look, rows) = (self.measurement.look, self.report.rows());
        let terminal = if self.prints_table { columns_of(&io::stdout()) } else { columns_of(&io::stderr()) };
        let width = terminal.unwrap_or(FILE_WIDTH);
        match self.measurement.purpose {
            Purpose::Results => comparison(rows, self.machine, width, look, terminal.is_some()),
            Purpose::Scale => scaling::render(rows, &self.machine.cores, width, look.ascii),
        }
    }

    /// Prints to standard output. A reader that has gone away has heard enough.
    fn print(&mut self, text: &str) {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.is_unheard = true,
            Err(error) => self.complain(&format!("cannot write to standard output: {error}")),
        }
    }

    /// Says that something is lost, which the exit status tells as well.
    fn complain(&mut self, what: &str) {
        self.has_lost = true;
        self.bar.say(&format!("partui: {what}"));
    }

    fn is_well(&self) -> bool {
        self.is_unheard || (!self.has_lost && self.report.is_well())
    }
}

/// Stands still, with the engines, until somebody makes this process go on.
pub(super) fn stand_still(bar: &Bar, conductor: &Handle) {
    bar.clear();
    // The signal is for this thread, so that it is stopped before it comes to the next line.
    let _ = raise(SIGSTOP);
    conductor.ask(Ask::Resume);
}

/// The status of what ended well, or not, or after a signal.
pub(super) fn exit_code(signals: &Signals, is_well: bool) -> ExitCode {
    match signals.ended_by() {
        Some(signal) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(1)),
        None if is_well => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    }
}

/// Where the workload's own output goes.
enum Output {
    File(Target),
    Folder(Folder),
}

impl Output {
    /// Settles where it goes; `None` where nobody asked.
    fn probe(measurement: &Measurement) -> Option<Result<Self, PublishError>> {
        let path = measurement.output.as_ref()?;
        let makes_folder = measurement.configurations.iter().any(|asked| asked.workload().makes_folder());
        Some(if makes_folder {
            Folder::probe(path, measurement.force).map(Self::Folder)
        } else {
            Target::probe(path, measurement.force).map(Self::File)
        })
    }

    fn is_stdout(&self) -> bool {
        matches!(self, Self::File(target) if target.is_stdout())
    }

    fn finish(self, content: &[u8]) -> Result<(), PublishError> {
        match self {
            Self::File(mut target) => target.finish(content),
            Self::Folder(folder) => {
                let files = NamedFile::unpack(content).unwrap_or_default();
                files.iter().try_for_each(|file| folder.finish(&file.name, &file.content))
            }
        }
    }
}

impl From<ExportError> for UsageError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Publish { exporter, source } => Self::new(format!("--export-{exporter}"), source.to_string()),
            ExportError::Recording(source) => Self::new("--export-trace", format!("no temporary file: {source}")),
            ExportError::SamePath { exporter, other, path } => Self::new(
                format!("--export-{exporter} {path}"),
                format!("allowed is another place than that of --export-{other}"),
            ),
        }
    }
}

/// The table, and what there is to say below it.
fn comparison(rows: &[ResultRow], machine: &Machine, width: usize, look: Look, is_terminal: bool) -> String {
    let table = table::render(rows, width, look.ascii);
    let table = if look.color.unwrap_or(is_terminal) { with_bold_header(&table) } else { table };
    let said = findings(rows) + &advice(rows, machine);
    let said = if look.ascii { ascii_lines(&said) } else { said };
    format!("{table}\n{said}")
}

/// What to do about each work, in a line each; the rows are numbered as in the table.
fn advice(rows: &[ResultRow], machine: &Machine) -> String {
    let facts: Vec<Fact> = (1..).zip(rows).map(|(number, row)| Fact::of(number, &Record::of(row, machine))).collect();
    let lines = advise(&facts).into_iter().map(|advice| {
        let (title, word) = (advice.title(), advice.confidence.word());
        format!("advice for {title}: {} (confidence {word}: {})\n", advice.sentence, advice.because)
    });
    lines.collect()
}

fn with_bold_header(table: &str) -> String {
    match table.split_once('\n') {
        Some((header, rest)) => format!("\x1b[1m{header}\x1b[0m\n{rest}"),
        None => table.to_owned(),
    }
}

fn ascii_lines(text: &str) -> String {
    text.lines().map(|line| table::ascii(line) + "\n").collect()
}
