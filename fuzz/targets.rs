//! What partui reads from outside, each behind a door that takes any bytes and demands what must hold of them.
//!
//! Fuzzers come in through these doors (`cargo fuzz run <target>`), and the tests replay what the fuzzers found worth
//! keeping, with mutations of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use partui::board::Board;
use partui::cli::{self, Environment};
use partui::engine::{Event, Order};
use partui::machine::{clock, core_list};
use partui::units::{parse_bytes, parse_count, parse_duration, parse_real};
use partui::worker::Decoder;
use partui::workload::Url;

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
