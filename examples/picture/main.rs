//! Takes the README's pictures of the screen: runs partui in a terminal of its own, really measures, and draws what is
//! seen.
//!
//! `cargo run --release --example picture`. It takes some minutes; other programs should rest meanwhile, since their
//! noise would be in the figures. This program is partui as well, so that what is seen is the present code.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

mod glyph;
mod svg;
#[expect(dead_code, reason = "the bench beside it measures more than a picture needs")]
#[path = "../../benches/interface/terminal.rs"]
mod terminal;

use terminal::Terminal;

/// What makes this program become partui's terminal UI.
const INTERFACE: &str = "interface";

/// A second of work for one core, five times over, on everything that is measured.
const JOB: [&str; 5] = [INTERFACE, "--workload", "primes", "--tasks", "1000"];

/// A picture: what is typed, what is waited for then, and the file that it is kept in.
struct Scene {
    keys: &'static str,
    what: &'static str,
    is_reached: fn(&str) -> bool,
    file: &'static str,
}

/// One after the other, in one session that starts on threads, two of them, without the lock.
const SCENES: [Scene; 5] = [
    Scene {
        // Threads, rayon, processes with the lock; then four threads with it.
        keys: "rbrbgrBB++r",
        what: "four threads that wait for the lock",
        is_reached: |screen| {
            let is_sampled = |row: &str| row.contains("5 threads") && row.contains("sample 3/5");
            screen.contains("HOLDS") && screen.contains("switches/s") && screen.lines().any(is_sampled)
        },
        file: "assets/workbench.svg",
    },
    Scene {
        // The row's details, once everything is measured.
        keys: "\t\x1b[F\r",
        what: "the details of the last row",
        is_reached: |screen| screen.contains("5 threads") && screen.contains("5 runs   start-up"),
        file: "assets/details.svg",
    },
    Scene {
        // Every row of the textbook's table; the one on the lock is looked at.
        keys: "q2a\rjjjjjj",
        what: "the textbook's table with all its verdicts",
        is_reached: |screen| lines_with(screen, &["= holds", "≠ does not", "? undecided"]) == 8,
        file: "assets/compare.svg",
    },
    Scene {
        // Every way of working, the first of which is looked at.
        keys: "3a\r",
        what: "how every way of working scales",
        is_reached: |screen| lines_with(screen, &["× stops at", "× gains up to", "gains nothing"]) == 5,
        file: "assets/scaling.svg",
    },
    Scene {
        // Once more the four threads with the lock, moment by moment.
        keys: "1r4",
        what: "who holds the lock, and who waits for it",
        is_reached: |screen| {
            let waits = |row: &&str| row.contains("╳╳╳") && row.contains("███");
            screen.contains("sample 3/5") && screen.lines().filter(waits).count() >= 4
        },
        file: "assets/timeline.svg",
    },
];

/// How many lines of the screen hold one of these words.
fn lines_with(screen: &str, words: &[&str]) -> usize {
    screen.lines().filter(|line| words.iter().any(|word| line.contains(word))).count()
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let texts = || -> Vec<String> { arguments[1..].iter().map(|text| text.to_string_lossy().into_owned()).collect() };
    match arguments.first().and_then(|role| role.to_str()) {
        Some("engine") => partui::engine::main(&texts()),
        Some("worker") => partui::worker::main(&texts()),
        Some(INTERFACE) => partui::run(&arguments[1..]),
        _ => take_pictures(),
    }
}

fn take_pictures() -> ExitCode {
    let program = std::env::current_exe().expect("this program has a path");
    let mut terminal = Terminal::start(&program, &JOB);
    terminal.wait_for("the workbench", |screen| screen.contains("q quit"));
    for scene in &SCENES {
        terminal.type_text(scene.keys);
        terminal.wait_for(scene.what, scene.is_reached);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(scene.file);
        if let Err(error) = std::fs::write(&file, svg::drawing(terminal.screen())) {
            eprintln!("{}: {error}", scene.file);
            return ExitCode::FAILURE;
        }
        println!("{}: {}", scene.file, scene.what);
    }
    ExitCode::SUCCESS
}
