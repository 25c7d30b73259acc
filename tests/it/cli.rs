//! The command line as a person meets it: through the built program.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use image::{Rgb, RgbImage};
use partui::spec::BackendId;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::census::{self, Tag};
use crate::support::pty::Session;
use crate::support::{PARTUI, PATIENCE, Program, ended, eventually, isolate};

/// A run that is over in a moment.
const QUICK: [&str; 11] = ["run", "-w", "sleep", "-b", "threads", "-n", "2", "--tasks", "4", "--runs", "1"];

fn partui(args: &[&str]) -> Program {
    Program::new().args(args)
}

#[test]
fn what_is_asked_wrongly_is_refused_in_one_line_and_touches_nothing() {
    for (args, said) in [
        (&["run", "-n", "0"][..], "partui: --workers 0: allowed is 1…1024"),
        (&["run", "-n", "18446744073709551616"], "partui: --workers 18446744073709551616: allowed is"),
        (&["run", "--switch-interval", "5"], "partui: --switch-interval 5: allowed is"),
        (&["run", "--tasks", "1e9"], "partui: --tasks 1e9: allowed is a whole number"),
        (&["run", "--size", ""], "partui: --size '': allowed is"),
        (&["run", "--wokers", "2"], "did you mean --workers?"),
        (&["run", "--workers"], "partui: --workers: a value is missing"),
        (&["run", "--"], "partui: --: not allowed"),
        (&["run", "@file"], "partui: @file: neither a flag nor a command"),
        (&["run", "--seed", "1", "--seed", "2"], "partui: --seed: given more than once"),
        (&["run", "-w", "hash", "--input", "missing"], "partui: --input missing: "),
        (&["run", "--export-csv", "missing/a.csv"], "partui: --export-csv: missing/a.csv cannot be made"),
        (&["run", "--export-json", "."], "partui: --export-json: . names a folder"),
        (&["run", "-w", "hash", "--output", ""], "partui: --output: the path is empty"),
        (
            &["run", "--export-csv", "-", "--export-json", "/dev/stdout"],
            "partui: --export-json /dev/stdout: allowed is",
        ),
        (&["run", "--json-stream", "--export-csv", "/dev/stdout"], "partui: standard output: allowed is one of"),
        (&["scale", "-w", "primes,sleep"], "partui: --workload primes,sleep: partui scale measures one"),
        (&["scale", "--export-csv", "missing/a.csv"], "partui: --export-csv: missing/a.csv cannot be made"),
        (&["list", "nothing"], "partui: nothing: allowed is workloads"),
        (&["compare", "nothing"], "partui: nothing: allowed is memory"),
        (&["compare", "--json", "--markdown"], "partui: --json"),
    ] {
        let finished = partui(args).fails_with(2, said);
        assert!(finished.stdout.is_empty(), "{finished:?}");
    }
}

#[test]
fn arguments_of_any_bytes_are_refused_harmlessly() {
    let bytes = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
    for args in [
        vec![bytes(b"\xff")],
        vec![bytes(b"run"), bytes(b"--\xff")],
        vec![bytes(b"run"), bytes(b"--workers"), bytes(b"\xff")],
        vec![bytes(b"run"), bytes(b"--workers"), bytes(b"\x1b[2J\x07")],
        vec![bytes(b"run"), bytes(b"--seed"), bytes(&[b'7'; 100_000])],
    ] {
        let finished = Program::new().args(args).env("RUST_BACKTRACE", "full").fails_with(2, "partui: ");
        let line = finished.stderr();
        assert!(line.len() < 500 && !line.trim_end().chars().any(char::is_control), "{line:?}");
    }
}

#[test]
fn the_terminal_ui_needs_a_terminal_and_says_where_to_go_without() {
    partui(&[]).fails_with(2, "partui run measures without it");
    partui(&[]).env("TERM", "dumb").fails_with(2, "partui: TERM=dumb: ");
}

#[test]
fn variables_are_flags_and_named_when_they_are_wrong() {
    partui(&["run"]).env("PARTUI_WORKERS", "none").fails_with(2, "partui: PARTUI_WORKERS=none: allowed is");
    let quiet = partui(&QUICK).env("PARTUI_QUIET", "1").ok();
    assert!(quiet.stderr.is_empty(), "{quiet:?}");
}

#[test]
fn a_run_says_its_prediction_first_and_prints_its_table() {
    let finished = partui(&QUICK).ok();
    assert!(finished.stderr().starts_with("2 results, predicted to take "), "{finished:?}");
    let table = finished.stdout();
    for text in ["sequential", "threads", "answer of 1 2: sleep: 4 waits"] {
        assert!(table.contains(text), "{finished:?}");
    }
    assert!(!table.contains('\u{1b}'), "no colors into a file: {finished:?}");
    let bold = partui(&QUICK).args(["--color", "always", "--ascii"]).ok();
    assert!(bold.stdout().starts_with("\u{1b}[1m") && bold.stdout.is_ascii(), "{bold:?}");
}

/// Curves of waiting, which scale whatever else the machine does.
const CURVES: [&str; 11] =
    ["scale", "-w", "sleep", "-b", "threads,processes", "-n", "1..3", "--tasks", "24", "--runs", "3"];

#[test]
fn curves_say_their_points_as_they_come_in_and_end_in_their_laws() {
    let finished = partui(&CURVES).ok();
    let (said, curves) = (finished.stderr(), finished.stdout());
    for text in ["threads, n 1: ", "threads, n 3: ", "processes, pipe, n 2: "] {
        assert!(said.contains(text), "{finished:?}");
    }
    for text in ["measured: you ", "Universal Scalability Law: ", "Amdahl's law: "] {
        assert!(curves.contains(text), "{text}: {finished:?}");
    }
    assert!(curves.starts_with("threads\nn ") && curves.contains("\n\nprocesses, pipe\nn "), "{finished:?}");
}

#[test]
fn curves_are_exported_as_any_results() {
    let csv = partui(&CURVES).args(["--export-csv", "-", "--quiet"]).ok();
    assert!(csv.stdout().starts_with("run,started_at,") && csv.stdout().lines().count() == 8, "{csv:?}");
    let plain = partui(&CURVES).args(["--ascii"]).ok();
    assert!(plain.stdout.is_ascii(), "{plain:?}");
}

#[test]
fn standard_output_carries_one_format() {
    let csv = partui(&QUICK).args(["--export-csv", "-"]).ok();
    assert!(csv.stdout().starts_with("run,started_at,") && csv.stdout().lines().count() == 3, "{csv:?}");
    assert!(csv.stderr().contains("answer of 1 2"), "the table goes to the other stream: {csv:?}");
    let stream = partui(&QUICK).args(["--json-stream", "--quiet"]).ok();
    for line in stream.stdout().lines() {
        assert!(line.starts_with(r#"{"event":""#) && line.ends_with('}'), "{line}");
    }
    assert!(stream.stdout().ends_with("{\"event\":\"finished\",\"cancelled\":false}\n"), "{stream:?}");
}

#[test]
fn every_backend_draws_the_same_frame() {
    let folder = TempDir::new().expect("a folder");
    let frame = |backend: &str| {
        let args = ["run", "-w", "render", "--tasks", "12", "--size", "16", "-n", "2", "--runs", "1", "--warmup", "0"];
        let args = args.into_iter().chain(["--baseline", "none", "-b", backend, "--output", backend]);
        partui(&args.collect::<Vec<_>>()).dir(folder.path()).ok();
        fs::read(folder.path().join(backend)).expect("the frame")
    };
    let expected = frame("sequential");
    assert!(expected.starts_with(b"\x89PNG"), "{expected:?}");
    for backend in BackendId::ALL.map(BackendId::id) {
        assert!(backend == "sequential" || frame(backend) == expected, "{backend}");
    }
}

#[test]
fn results_of_pictures_go_into_a_folder_that_was_not_there() {
    let folder = TempDir::new().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("album/deep")).expect("a folder");
    RgbImage::from_pixel(20, 10, Rgb([200, 100, 0])).save(at("album/deep/orange.png")).expect("a picture");
    let small = |more: &[&str]| {
        let args =
            ["run", "-w", "image", "--input", "album", "-n", "2", "-b", "processes", "--runs", "1", "--warmup", "0"];
        let args = args.into_iter().chain(["--resize", "8", "--output", "small"]).chain(more.iter().copied());
        partui(&args.collect::<Vec<_>>()).dir(folder.path())
    };
    let said = small(&[]).ok().stdout();
    assert!(said.contains("1 picture of "), "{said}");
    let content = fs::read(at("small/deep/orange.png")).expect("the result");
    assert!(content.starts_with(b"\x89PNG"), "{content:?}");
    small(&[]).fails_with(2, "--output: small is not empty, and nothing is put into it without --force");
    small(&["--force"]).ok();
    assert_eq!(fs::read(at("small/deep/orange.png")).expect("the result"), content);
}

#[test]
fn the_model_that_is_asked_for_is_exported() {
    let args = ["run", "-w", "simulate", "--tasks", "4", "--size", "100", "-b", "threads", "-n", "2", "--runs", "1"];
    let args = args.into_iter().chain(["--warmup", "0", "--baseline", "none", "-g", "on", "--export-csv", "-"]);
    let args: Vec<&str> = args.collect();
    for (model, expected) in [(&[][..], "bytecode"), (&["--gil-model", "c-held"], "c-held")] {
        let csv = partui(&[&args, model].concat()).ok().stdout();
        let mut lines = csv.lines().map(|line| line.split(','));
        let place = lines.next().and_then(|mut header| header.position(|name| name == "gil_model"));
        let found = lines.next().zip(place).and_then(|(mut row, place)| row.nth(place).map(str::to_owned));
        assert_eq!(found.as_deref(), Some(expected), "{csv}");
    }
}

#[test]
fn exports_and_output_keep_what_is_there() {
    let folder = TempDir::new().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("data")).expect("a folder");
    fs::write(at("data/one"), "one").expect("a file");
    fs::write(at("kept"), "kept").expect("a file");
    let hash = || {
        let args = ["run", "-w", "hash", "-b", "sequential", "--runs", "1", "--warmup", "0", "--input", "data"];
        partui(&args).dir(folder.path())
    };
    hash().args(["--export-csv", "kept"]).fails_with(2, "kept exists and is not overwritten without --force");
    hash().args(["--output", "kept"]).fails_with(2, "kept exists and is not overwritten without --force");
    assert_eq!(fs::read_to_string(at("kept")).expect("the file"), "kept");

    hash().args(["--export-csv", "kept", "--output", "sums", "--force"]).ok();
    assert!(fs::read_to_string(at("kept")).expect("the export").starts_with("run,"));
    // The digest of "one", from sha256sum.
    let expected = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  data/one\n";
    assert_eq!(fs::read_to_string(at("sums")).expect("the output"), expected);
}

#[test]
fn a_full_device_is_an_error_that_loses_no_result() {
    let finished = partui(&QUICK).args(["--export-csv", "/dev/full"]).run();
    assert_eq!(finished.status.code(), Some(1), "{finished:?}");
    assert!(finished.stdout().contains("answer of 1 2"), "{finished:?}");
    assert!(finished.stderr().contains("partui: --export-csv: cannot write /dev/full"), "{finished:?}");
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    for args in [&["--help"][..], &["list"], &["completions", "bash"]] {
        let mut child =
            Command::new(PARTUI).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("partui");
        drop(child.stdout.take());
        let status = ended(&mut child, PATIENCE).expect("it ends");
        let mut said = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
        assert!(status.success() && said.is_empty(), "{args:?}: {status}, {said:?}");
    }
}

/// A run whose events are listened to while it goes on.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    tag: Tag,
    _home: TempDir,
}

impl Running {
    fn start() -> Self {
        let (home, tag) = (TempDir::new().expect("a folder"), Tag::new());
        let mut command = Command::new(PARTUI);
        let args = "run -w sleep -b processes -n 2 --tasks 200 --runs 10000 --warmup 0 --json-stream --quiet";
        isolate(&mut command, home.path(), &tag);
        let mut child = command.args(args.split(' ')).stdout(Stdio::piped()).spawn().expect("partui");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { child, lines, tag, _home: home }
    }

    /// Reads on to an event of this kind.
    fn wait_for(&mut self, kind: &str) -> String {
        let wanted = format!("{{\"event\":\"{kind}\"");
        let found = self.lines.by_ref().map_while(Result::ok).find(|line| line.starts_with(&wanted));
        found.unwrap_or_else(|| panic!("no {kind}"))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a signal is sent");
    }

    fn state(&self) -> Option<char> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        stat.rsplit_once(") ")?.1.chars().next()
    }

    /// Demands that the run ends cancelled, by `signal`, and that nothing is left of it.
    fn check_end(mut self, signal: i32) {
        assert_eq!(self.wait_for("finished"), r#"{"event":"finished","cancelled":true}"#);
        let status = ended(&mut self.child, PATIENCE).expect("it ends");
        assert_eq!(status.code(), Some(128 + signal));
        census::assert_gone(&self.tag, PATIENCE);
    }
}

#[test]
fn an_interrupted_run_ends_at_once_and_keeps_what_is_finished() {
    let mut running = Running::start();
    running.wait_for("progress");
    running.signal(Signal::TERM);
    running.check_end(15);
}

#[test]
fn a_suspended_run_stands_still_with_its_engines_and_goes_on() {
    let mut running = Running::start();
    running.wait_for("progress");
    running.signal(Signal::TSTP);
    running.wait_for("suspended");
    assert_eq!(eventually(PATIENCE, || running.state().filter(|state| *state == 'T')), Some('T'));
    running.signal(Signal::CONT);
    assert_eq!(running.wait_for("suspended"), r#"{"event":"suspended","suspended":false}"#);
    running.wait_for("progress");
    running.signal(Signal::TERM);
    running.check_end(15);
}

#[test]
fn help_is_no_wider_than_can_be_read_and_fits_the_terminal() {
    for args in [&["--help"][..], &["-h"], &["run", "--help"], &["run", "-h"]] {
        let help = partui(args).ok().stdout();
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
    let mut session = Session::start(24, 50, &["doctor", "-h"], &[]);
    let about = "Say what this process may use of this machine, what limits it, and what parallel work costs on it";
    // A line that the terminal has to cut is cut within a word.
    let screen = session.wait_for("the end of the help", |screen| screen.contains("Print help"));
    let said = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(about), "{said}");
    session.wait_exit();
}

#[test]
fn doctor_measures_what_parallel_work_costs() {
    let report: serde_json::Value = serde_json::from_slice(&partui(&["doctor", "--json"]).ok().stdout).expect("JSON");
    let costs = &report["overheads"];
    let dispatch = costs["dispatch_ns"].as_array().expect("a cost for each backend");
    let measured: Vec<_> = dispatch.iter().map(|cost| cost["backend"].as_str().expect("a backend")).collect();
    assert_eq!(measured, BackendId::ALL.map(BackendId::id));
    let single =
        ["clock_read_ns", "pipe_round_trip_ns", "thread_start_ns", "process_start_ns"].map(|name| &costs[name]);
    for cost in dispatch.iter().map(|cost| &cost["task_ns"]).chain(single) {
        assert!(cost.as_u64().is_some_and(|nanos| nanos > 0), "{costs:#}");
    }
    let text = partui(&["doctor"]).ok().stdout();
    assert!(text.contains("\ndispatch      one of 1,000 empty tasks on sequential costs "), "{text}");
}

#[test]
fn completion_scripts_lists_and_the_manual_are_printed() {
    let page = partui(&["man"]).ok().stdout();
    assert!(page.contains("\n.TH partui 1 ") && page.contains("PARTUI_WORKERS"), "{page}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(partui(&["completions", shell]).ok().stdout().contains("partui"), "{shell}");
    }
    for section in ["workloads", "backends", "transports", "columns"] {
        assert!(partui(&["list", section, "--json"]).ok().stdout().starts_with(&format!("{{\n  \"{section}\": [")));
    }
}
