//! Known bugs, seeded one at a time into copies of the sources: the models must find every one of them.
//!
//! A model that never fails proves little. Each bug is an edit of one source file, given as text that must occur in it
//! exactly once, so that a changed source cannot leave a bug unseeded. The copies become a package of their own that is
//! built and tested apart, so nothing of this shows in the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// One edit of one file.
struct Bug {
    /// What a person would have done wrong.
    name: &'static str,
    file: &'static str,
    correct: &'static str,
    wrong: &'static str,
}

const LOCK: &str = "src/gil/lock.rs";
const POLICY: &str = "src/gil/policy.rs";
const SEQUENCE: &str = "src/board/sequence.rs";
const RING: &str = "src/board/ring.rs";
const CLAIMS: &str = "src/worker/desk/claims.rs";
const SLEEPERS: &str = "src/worker/desk/sleepers.rs";

const BUGS: &[Bug] = &[
    Bug {
        name: "a release wakes nobody",
        file: LOCK,
        correct: "        core.locked = false;\n        if core.waiters > 0 {\n            core.notify_one();\n        }",
        wrong: "        core.locked = false;",
    },
    Bug {
        name: "a held lock is taken",
        file: LOCK,
        correct: "        if !core.locked {\n            return Some(Taking::Taken",
        wrong: "        if true {\n            return Some(Taking::Taken",
    },
    Bug {
        name: "a waiter that is woken takes the lock without looking",
        file: POLICY,
        correct: "Wake::TimedOut | Wake::Notified => Decision::WaitAgain",
        wrong: "Wake::TimedOut | Wake::Notified => Decision::Take",
    },
    Bug {
        name: "an acquisition leaves the request standing",
        file: LOCK,
        correct: "        self.counters.acquisitions.increment();\n        self.clear_request();",
        wrong: "        self.counters.acquisitions.increment();",
    },
    Bug {
        name: "an acquisition does not tell the dropper",
        file: LOCK,
        correct: "        self.clear_request();\n        self.settle(core);\n        switched",
        wrong: "        self.clear_request();\n        switched",
    },
    Bug {
        name: "a dropper waits without looking whether its successor came first",
        file: LOCK,
        correct: "        while *settled < ticket {\n            settled.wait();\n        }",
        wrong: "        let _ = ticket;\n        settled.wait();",
    },
    Bug {
        name: "a dropper waits for a successor where nobody is in line",
        file: POLICY,
        correct: "    requested && waiters > 0",
        wrong: "    let _ = waiters;\n    requested",
    },
    Bug {
        name: "a dropper does not wait for its successor",
        file: POLICY,
        correct: "    requested && waiters > 0",
        wrong: "    requested && waiters > 99",
    },
    Bug {
        name: "a waiter that gives up leaves its request",
        file: LOCK,
        correct: "        if asked_at == Some(self.counters.switches.read()) {\n            self.clear_request();\n        }",
        wrong: "        let _ = asked_at;",
    },
    Bug {
        name: "a waiter that gives up keeps the wake-up to itself",
        file: LOCK,
        correct: "            // The release may have notified this waiter and no other.\n            core.notify_one();",
        wrong: "",
    },
    Bug {
        name: "the last waiter that gives up forgets the dropper",
        file: LOCK,
        correct: "        if core.waiters == 0 {\n            self.settle(&mut core);\n        } else if",
        wrong: "        if core.waiters == 0 {\n            core.settled = core.forced;\n        } else if",
    },
    Bug {
        name: "a waiter does not count itself",
        file: LOCK,
        correct: "        let mut core = self.core.lock();\n        core.waiters += 1;",
        wrong: "        let mut core = self.core.lock();\n        core.waiters = core.waiters.max(1);",
    },
    Bug {
        name: "fields may be seen before the sequence is odd",
        file: SEQUENCE,
        correct: "        fence(Release);\n",
        wrong: "",
    },
    Bug {
        name: "the sequence may be read again before the fields",
        file: SEQUENCE,
        correct: "            fence(Acquire);\n",
        wrong: "",
    },
    Bug {
        name: "the sequence may be even before the fields are written",
        file: SEQUENCE,
        correct: "self.0.store(odd.wrapping_add(1), Release)",
        wrong: "self.0.store(odd.wrapping_add(1), Relaxed)",
    },
    Bug {
        name: "a reading is not checked",
        file: SEQUENCE,
        correct: "before.is_multiple_of(2) && self.0.load(Relaxed) == before",
        wrong: "before.is_multiple_of(2)",
    },
    Bug {
        name: "a span may be seen before its predecessors count",
        file: RING,
        correct: "        fence(Release);\n",
        wrong: "",
    },
    Bug {
        name: "the count may be read again before the spans",
        file: RING,
        correct: "        fence(Acquire);\n",
        wrong: "",
    },
    Bug {
        name: "a span counts before it is written",
        file: RING,
        correct: "self.0.store(number + 1, Release)",
        wrong: "self.0.store(number + 1, Relaxed)",
    },
    Bug {
        name: "a span that is half overwritten is believed",
        file: RING,
        correct: "(self.0.load(Relaxed).saturating_add(1)).saturating_sub(capacity)",
        wrong: "self.0.load(Relaxed).saturating_sub(capacity)",
    },
    Bug {
        name: "two workers claim the same tasks",
        file: CLAIMS,
        correct: "let first = self.counter.fetch_add(self.chunk, AcqRel);",
        wrong: "let first = self.counter.load(Acquire);\n        self.counter.store(first + self.chunk, Release);",
    },
    Bug {
        name: "a claim is seen before its announcement",
        file: CLAIMS,
        correct: "fetch_add(self.chunk, AcqRel)",
        wrong: "fetch_add(self.chunk, Relaxed)",
    },
    Bug {
        name: "a claim is announced under the note of an old one",
        file: CLAIMS,
        correct: "        self.0[count + 1].store(CLAIMING, Relaxed);\n",
        wrong: "",
    },
    Bug {
        name: "a claim is not announced",
        file: CLAIMS,
        correct: "        self.set_count(count + 1);\n        count",
        wrong: "        count",
    },
    Bug {
        name: "a claim that came too late stays announced",
        file: CLAIMS,
        correct: "            notes.withdraw(count);\n",
        wrong: "",
    },
    Bug {
        name: "a claim that is not done yet is forgotten",
        file: CLAIMS,
        correct: "        self.set_count(current.is_some().into());",
        wrong: "        self.set_count(0);",
    },
    Bug {
        name: "payloads wake nobody",
        file: SLEEPERS,
        correct: "            wake(self.filled);",
        wrong: "            let _ = wake;",
    },
    Bug {
        name: "a worker sleeps without saying so",
        file: SLEEPERS,
        correct: "        self.sleepers.fetch_add(1, Relaxed);",
        wrong: "        self.sleepers.fetch_add(0, Relaxed);",
    },
    Bug {
        name: "sleepers are looked for before the payload is said to be there",
        file: SLEEPERS,
        correct: "        self.filled.store(filled, Release);\n        fence(SeqCst);\n        if self.sleepers.load(Relaxed) > 0 {\n",
        wrong: "        let any = self.sleepers.load(Relaxed) > 0;\n        self.filled.store(filled, Release);\n        if any {\n",
    },
    Bug {
        name: "a worker looks for its payload before it says that it sleeps",
        file: SLEEPERS,
        correct: "        self.sleepers.fetch_add(1, Relaxed);\n        fence(SeqCst);",
        wrong: "        self.sleepers.fetch_add(1, Relaxed);",
    },
    Bug {
        name: "an engine falls asleep without a barrier",
        file: SLEEPERS,
        correct: "        self.0.store(sleeps.into(), Relaxed);\n        fence(SeqCst);",
        wrong: "        self.0.store(sleeps.into(), Relaxed);",
    },
    Bug {
        name: "a worker looks whether the engine sleeps without a barrier",
        file: SLEEPERS,
        correct: "        fence(SeqCst);\n        self.0.load(Relaxed) == 1",
        wrong: "        self.0.load(Relaxed) == 1",
    },
    Bug {
        name: "everybody nudges",
        file: SLEEPERS,
        correct: "self.0.load(Relaxed) == 1 && self.0.swap(0, Relaxed) == 1",
        wrong: "self.0.load(Relaxed) == 1",
    },
];

/// What the package of the copies needs; versions are those of the lock file, which is copied too.
const MANIFEST: &str = r#"
[package]
name = "mutants"
version = "0.0.0"
edition = "2024"

[lib]
path = "src/units.rs"
test = false
doctest = false

[[test]]
name = "models"
path = "tests/models/main.rs"

[dependencies]
crossbeam-utils = "0.8"
loom = "0.7"
serde = { version = "1", features = ["derive"] }

[profile.test]
opt-level = 1
debug = false

[workspace]
"#;

/// Copies of the sources in a package of their own.
struct Package {
    folder: PathBuf,
}

impl Package {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
        let package = Self { folder };
        let plain = ["Cargo.lock", "src/units.rs", "src/gil/stats.rs", "src/gil/waiting.rs"];
        for file in plain.into_iter().chain([LOCK, POLICY, SEQUENCE, RING, CLAIMS, SLEEPERS]) {
            package.write(file, &source(file));
        }
        for file in ["board.rs", "desk.rs", "gil/mod.rs", "gil/primitives.rs", "gil/scenes.rs"] {
            let file = format!("tests/models/{file}");
            package.write(&file, &source(&file));
        }
        package.write("tests/models/main.rs", &source("tests/models/main.rs").replace("mod mutants;\n", ""));
        package.write("Cargo.toml", MANIFEST);
        package
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        fs::create_dir_all(path.parent().expect("files are in folders")).expect("a folder for the copies");
        // What has not changed keeps its time, so that it is not built again.
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(path, text).expect("a copy");
        }
    }

    /// Builds the copies and explores them.
    fn explore(&self) -> Output {
        Command::new(env!("CARGO"))
            .args(["test", "--offline", "--quiet", "--test", "models", "--target-dir", "target"])
            .current_dir(&self.folder)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_TARGET_DIR")
            .env("RUST_BACKTRACE", "0")
            .output()
            .expect("cargo starts")
    }
}

fn source(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What cargo and the tests printed.
fn printed(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

#[test]
fn the_models_find_every_seeded_bug() {
    let package = Package::new();
    let untouched = package.explore();
    assert!(untouched.status.success(), "without a bug:\n{}", printed(&untouched));
    let mut missed = Vec::new();
    for bug in BUGS {
        let correct = source(bug.file);
        assert_eq!(correct.matches(bug.correct).count(), 1, "where {} would be seeded", bug.name);
        package.write(bug.file, &correct.replace(bug.correct, bug.wrong));
        let outcome = printed(&package.explore());
        package.write(bug.file, &correct);
        assert!(
            outcome.contains("test result:") || outcome.contains("SIG"),
            "{} was not explored:\n{outcome}",
            bug.name
        );
        if outcome.contains("test result: ok") {
            missed.push(bug.name);
        }
    }
    assert!(missed.is_empty(), "not found: {missed:#?}");
}
