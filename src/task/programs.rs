//! A program that a task runs: its output, or why there is none.

use super::blocking::Done;
use crate::child::{Cause, Ended, Usage, run_program};
use crate::text::{scrub, scrub_bytes};
use crate::workload::{Output, TaskFailure, Written};

/// How much of a complaint is told, in characters.
const TOLD: usize = 200;

/// Runs a program to its end; what it writes is the task's output where somebody listens.
pub(super) fn run(words: &[String], is_heard: bool) -> Done {
    let mut written = Written::default();
    let mut hear = |bytes: &[u8]| written.add(bytes);
    match run_program(words, if is_heard { Some(&mut hear) } else { None }) {
        Ok(Ended { cause, usage, .. }) if cause.is_success() => {
            Done::Ran(Ok(if is_heard { written.into_output() } else { Output::default() }), usage)
        }
        Ok(ended) => Done::Ran(Err(failure(words, &how(&ended))), ended.usage),
        Err(error) => Done::Ran(Err(failure(words, &format!("did not run: {error}"))), Usage::default()),
    }
}

fn failure(words: &[String], what: &str) -> TaskFailure {
    TaskFailure(format!("{} {what}", scrub(&words.join(" "))))
}

/// How a program ended, and the last line of what it complained of.
fn how(ended: &Ended) -> String {
    let end = match &ended.cause {
        // Codes have a meaning of their own only in our own processes.
        Cause::Exit(code) => format!("exited with code {code}"),
        Cause::Signal(_) => format!("was ended by {}", ended.cause),
        other => other.to_string(),
    };
    let lines = ended.complaint.split(|byte| *byte == b'\n');
    match lines.map(<[u8]>::trim_ascii).rfind(|line| !line.is_empty()) {
        Some(last) => format!("{end}: {}", scrub_bytes(last).chars().take(TOLD).collect::<String>()),
        None => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_how_the_program_ended_and_its_last_words() {
        for (script, expected) in [
            ("echo first >&2; echo 'last \u{1b}[31m' >&2; echo >&2; exit 3", "exited with code 3: last \\u{1b}[31m"),
            ("exit 86", "exited with code 86"),
            ("kill -TERM $$", "was ended by SIGTERM"),
        ] {
            let words = ["sh", "-c", script].map(str::to_owned);
            let Done::Ran(Err(TaskFailure(told)), _) = run(&words, true) else { panic!("{script}") };
            assert_eq!(told, format!("{} {expected}", scrub(&words.join(" "))));
        }
        let Done::Ran(Err(TaskFailure(told)), _) = run(&["no-such-program".to_owned()], true) else { panic!() };
        assert!(told.starts_with("no-such-program did not run: No such file"), "{told}");
        let long = ["sh", "-c", "printf %04000d 1 >&2; exit 1"].map(str::to_owned);
        let Done::Ran(Err(TaskFailure(told)), _) = run(&long, true) else { panic!() };
        assert!(told.len() < 2 * TOLD, "{told}");
    }
}
