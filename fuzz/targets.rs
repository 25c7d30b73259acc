//! What partui reads from outside, each behind a door that takes any bytes and demands what must hold of them.
//!
//! Fuzzers come in through these doors (`cargo fuzz run <target>`), and the tests replay what the fuzzers found worth
//! keeping, with mutations of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;

use partui::advisor::{advise, sentences};
use partui::beat::Beat;
use partui::board::Board;
use partui::cli::{self, Environment};
use partui::engine::{Event, Order};
use partui::export::reading;
use partui::machine::{clock, core_list};
use partui::quantity::{parse_bytes, parse_count, parse_duration, parse_real};
use partui::task::Reply;
use partui::tui::terminal::events;
use partui::units::Bytes;
use partui::worker::Decoder;
use partui::workload::{Answer, Data, Io, Job, Output, Refusal, Survey, Task, Url, Value, Values, by_id};
use tempfile::NamedTempFile;

/// A target's name and its door.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All of them; each is the name of a folder with examples.
pub(crate) const TARGETS: &[Target] = &[
    ("frames", frames),
    ("protocol", protocol),
    ("quantities", quantities),
    ("command_line", command_line),
    ("addresses", addresses),
    ("core_lists", core_lists),
    ("board", board),
    ("replies", replies),
    ("requests", requests),
    ("tables", tables),
    ("keys", keys),
    ("exports", exports),
];

/// Frames between engine and worker: however the bytes are cut, the same frames and the same error come out.
pub(crate) fn frames(data: &[u8]) {
    let Some((cut, stream)) = data.split_first() else { return };
    let piece = usize::from(*cut) + 1;
    assert_eq!(decoded(stream.chunks(piece)), decoded(std::iter::once(stream)));
}

/// The frames of a stream that arrives in pieces, and why there are no more of them.
fn decoded<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<(String, Vec<u8>)>, Option<String>) {
    let (mut decoder, mut frames) = (Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.extend(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some((kind, content))) => frames.push((format!("{kind:?}"), content.to_vec())),
                Ok(None) => break,
                Err(error) => return (frames, Some(error.to_string())),
            }
        }
    }
    (frames, None)
}

/// Lines between conductor and engine: what is understood says the same when it is said again.
pub(crate) fn protocol(data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(order) = serde_json::from_slice::<Order>(line) {
            let again = serde_json::to_vec(&order).expect("orders are plain data");
            assert_eq!(serde_json::from_slice::<Order>(&again).expect("what was written"), order);
        }
        if let Ok(event) = serde_json::from_slice::<Event>(line) {
            let again = serde_json::to_vec(&event).expect("events are plain data");
            assert_eq!(serde_json::from_slice::<Event>(&again).expect("what was written"), event);
        }
    }
}

/// Quantities as people write them: what is understood reads the same when it is printed.
pub(crate) fn quantities(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(count) = parse_count(text) {
        assert_eq!(parse_count(&count.to_string()), Ok(count));
    }
    if let Ok(bytes) = parse_bytes(text) {
        assert_eq!(parse_bytes(&bytes.0.to_string()), Ok(bytes));
    }
    if let Ok(duration) = parse_duration(text) {
        assert_eq!(parse_duration(&format!("{}ns", duration.0)), Ok(duration));
    }
    if let Ok(real) = parse_real(text) {
        assert!(real.is_finite());
    }
}

/// Command lines, an argument a line: understood, or refused in one line that can be printed anywhere.
pub(crate) fn command_line(data: &[u8]) {
    let args: Vec<OsString> =
        data.split(|byte| *byte == b'\n').map(|argument| OsString::from_vec(argument.to_vec())).collect();
    let environment = Environment { variables: BTreeMap::new(), usable_cores: 2, columns: None };
    if let Err(refusal) = cli::parse(&args, &environment) {
        let told = refusal.to_string();
        assert!(!told.is_empty() && !told.contains(char::is_control), "{told:?}");
    }
}

/// Addresses of pages: what is understood is the same address when it is written again.
pub(crate) fn addresses(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(url) = Url::parse(text) {
        assert_eq!(Url::parse(&url.to_string()), Some(url));
    }
}

/// Lists of cores as the system writes them: ascending, none twice.
pub(crate) fn core_lists(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(cores) = core_list::parse(text) {
        assert!(cores.is_sorted_by(|one, other| one < other), "{cores:?}");
    }
}

/// A board that somebody has scribbled over: a reading of it is possible, and holds nothing that could not be.
pub(crate) fn board(data: &[u8]) {
    const WORKERS: u32 = 3;
    let Some((&[low, high], scribble)) = data.split_first_chunk() else { return };
    let board = Board::create(WORKERS).expect("memory for a board");
    let place = u64::from(u16::from_le_bytes([low, high]));
    // What lies behind its end cannot be written, since the board cannot grow.
    let _ = rustix::io::pwrite(board.descriptor(), scribble, place);
    let snapshot = board.snapshot(clock::now());
    assert_eq!(snapshot.slots.len(), WORKERS as usize);
    for slot in &snapshot.slots {
        assert!(slot.times.iter().all(|time| *time <= clock::now()), "{slot:?}");
    }
    let _ = Board::open(board.descriptor().try_clone_to_owned().expect("one more descriptor"));
}

/// What web servers answer: however it is cut, the same page or the same reason why there is none; its links are lines.
pub(crate) fn replies(data: &[u8]) {
    let Some((cut, answer)) = data.split_first() else { return };
    let url = Url::parse("http://a.example/").expect("an address");
    let whole = Reply::read(&url, [answer]);
    assert_eq!(Reply::read(&url, answer.chunks(usize::from(*cut) + 1)), whole);
    let Ok(page) = whole else { return };
    let links =
        computed("scrape", Data::Reply { status: page.status, body: &page.body }).expect("any page can be read");
    assert!(links.is_empty() || links.ends_with(b"\n") || page.status == 0);
    assert!(links.iter().all(|byte| *byte == b'\n' || !byte.is_ascii_control()), "{}", links.escape_ascii());
}

/// What clients of the web server send: answered, or refused in one line.
pub(crate) fn requests(data: &[u8]) {
    match computed("serve", Data::Bytes(data)) {
        Ok(reply) => {
            let read = Reply::read(&Url::parse("http://a.example/").expect("an address"), [&reply[..]]);
            assert_eq!(read.map(|reply| reply.status), Ok(200));
        }
        Err(refused) => assert!(!refused.is_empty() && !refused.contains(char::is_control), "{refused:?}"),
    }
}

/// What a task of a workload that has one computation for all makes of some data.
fn computed(workload: &str, data: Data<'_>) -> Result<Box<[u8]>, String> {
    let workload = by_id(workload).expect("a workload");
    let values = Values::defaults(workload.about().parameters);
    let job = Job { values, input: Vec::new(), survey: Survey::default(), steps_per_us: 1.0, companion: None };
    let output = workload.computation(&job).compute(&[0, 1, 1], data, &Beat::idle());
    output.map(|output| output.bytes).map_err(|failure| failure.to_string())
}

/// Tables in files: however they are sliced, the same answer comes out, or each time the same refusal in one line.
pub(crate) fn tables(data: &[u8]) {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(data).expect("room for a table");
    let header = data.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let header = String::from_utf8_lossy(header);
    let mut columns = header.trim_end().trim_start_matches('\u{feff}').split(',');
    let [group, value] = [(); 2].map(|()| columns.next().unwrap_or_default().to_owned());
    let texts = [("group-by", &group), ("value", &value)];
    let aggregated = |size| told(answered("etl", &file, size, &texts));
    assert_eq!(aggregated(24), aggregated(1 << 20));
    let target = [("target", &value)];
    let _ = told(surveyed("train", &file, 20, &target).map(|_| ()));
}

/// A job over a file, checked and surveyed.
fn surveyed(
    workload: &str,
    file: &NamedTempFile,
    size: u64,
    texts: &[(&'static str, &String)],
) -> Result<Job, Refusal> {
    let workload = by_id(workload).expect("a workload");
    let mut values = Values::defaults(workload.about().parameters);
    for (name, text) in texts {
        values.set(name, Value::Text((*text).clone()));
    }
    let is_bytes = matches!(values.get("size"), Some(Value::Bytes(_)));
    values.set("size", if is_bytes { Value::Bytes(Bytes(size)) } else { Value::Count(size) });
    let input = vec![file.path().to_owned()];
    workload.check(&values, &input)?;
    let survey = workload.survey(&values, &input)?;
    Ok(Job { values, input, survey, steps_per_us: 1.0, companion: None })
}

/// What comes out of a job over a file.
fn answered(id: &str, file: &NamedTempFile, size: u64, texts: &[(&'static str, &String)]) -> Result<Answer, Refusal> {
    let (workload, job) = (by_id(id).expect("a workload"), surveyed(id, file, size, texts)?);
    let (plan, computation) = (workload.plan(&job), workload.computation(&job));
    let bytes = std::fs::read(file.path()).expect("the table");
    let output = |task: &Task| {
        let Some(Io::ReadRange { offset, length, .. }) = task.io.as_deref() else { panic!("{task:?} reads no slice") };
        let [start, end] = [*offset, offset + length].map(|place| usize::try_from(place).expect("a place in memory"));
        let args = task.cpu.expect("a slice is computed");
        computation.compute(&args, Data::Bytes(&bytes[start..end]), &Beat::idle()).expect("any slice can be read")
    };
    let outputs: Vec<Output> = plan.tasks.iter().map(output).collect();
    Ok(workload.merge(&job, &plan, &mut outputs.iter()))
}

/// An answer, or a refusal that is one line.
fn told<T>(found: Result<T, Refusal>) -> Result<T, String> {
    found.map_err(|refusal| {
        let told = refusal.to_string();
        assert!(!told.contains(char::is_control), "{told:?}");
        told
    })
}

/// What a terminal sends: however it is cut, the same events.
pub(crate) fn keys(data: &[u8]) {
    let Some((cut, sent)) = data.split_first() else { return };
    assert_eq!(events(sent.chunks(usize::from(*cut) + 1)), events([sent]));
}

/// Saved results, from whoever sent them: advice without control characters, or a refusal that is one line.
pub(crate) fn exports(data: &[u8]) {
    let told = match reading::results(data) {
        Ok(facts) => advise(&facts).iter().flat_map(sentences).collect(),
        Err(refusal) => vec![refusal.to_string()],
    };
    for told in told {
        assert!(!told.contains(char::is_control), "{told:?}");
    }
}
