//! What another process is doing right now, as the scheduler sees it.
//!
//! Only a stopped worker, a busy one and a dead one need telling apart; the kernel's finer states are folded into these.

use super::root::Root;
use crate::units::CoreId;

/// What the scheduler says of a process, which is what its first thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessState {
    /// On a core, or waiting for one.
    Running,
    /// Waiting for something that a signal may interrupt.
    Sleeping,
    /// Waiting for a device; not even SIGKILL ends that.
    DiskSleep,
    /// Stopped by SIGSTOP, SIGTSTP or a debugger.
    Stopped,
    /// Ended, and its parent has not asked how.
    Zombie,
    /// There is no such process, or it is invisible to us.
    Gone,
}

/// A process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// What it does.
    pub state: ProcessState,
    /// Who started it, or has inherited it; `None` where that is unknown.
    pub parent: Option<u32>,
    /// The core that its first thread ran on last; `None` where that is unknown.
    pub core: Option<CoreId>,
}

impl Activity {
    /// What process `pid` is doing.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        let gone = Self { state: ProcessState::Gone, parent: None, core: None };
        Root::system().read(format!("/proc/{pid}/stat")).and_then(|stat| Self::parse(&stat)).unwrap_or(gone)
    }

    /// Reads a line of `/proc/<pid>/stat` (proc(5)). The program's name in it is free text, parentheses and spaces
    /// included, so the fields are counted from the last `)`.
    fn parse(stat: &str) -> Option<Self> {
        const CORE_FIELDS_AFTER_PARENT: usize = 35;
        let mut fields = stat[stat.rfind(')')? + 1..].split_ascii_whitespace();
        let state = match fields.next()? {
            "R" | "W" => ProcessState::Running,
            "S" | "I" | "P" => ProcessState::Sleeping,
            "D" | "K" => ProcessState::DiskSleep,
            "T" | "t" => ProcessState::Stopped,
            "Z" => ProcessState::Zombie,
            "X" | "x" => ProcessState::Gone,
            _ => return None,
        };
        let parent = fields.next().and_then(|field| field.parse().ok());
        let core = fields.nth(CORE_FIELDS_AFTER_PARENT - 1).and_then(|field| field.parse().ok()).map(CoreId);
        Some(Self { state, parent, core })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::clock;
    use crate::units::Nanos;
    use rustix::process::{Pid, Signal, kill_process};
    use std::process::{Child, Command};

    fn line(name: &str, state: char, core: &str) -> String {
        let between = vec!["0"; 34].join(" ");
        format!("4242 ({name}) {state} 77 {between} {core} 0 0 0\n")
    }

    #[test]
    fn the_name_may_hold_anything() {
        for name in ["partui", "a b", "a) R 1 (b", ")", "(((", "", "é\n) Z 1"] {
            let expected = Activity { state: ProcessState::Stopped, parent: Some(77), core: Some(CoreId(300)) };
            assert_eq!(Activity::parse(&line(name, 'T', "300")), Some(expected), "{name:?}");
        }
    }

    #[test]
    fn every_state_has_its_meaning_and_nonsense_has_none() {
        use ProcessState::{DiskSleep, Gone, Running, Sleeping, Stopped, Zombie};
        let cases = [
            ('R', Running),
            ('S', Sleeping),
            ('I', Sleeping),
            ('D', DiskSleep),
            ('T', Stopped),
            ('t', Stopped),
            ('Z', Zombie),
            ('X', Gone),
        ];
        for (letter, expected) in cases {
            assert_eq!(Activity::parse(&line("x", letter, "1")).map(|a| a.state), Some(expected), "{letter}");
        }
        for stat in ["", "1 (x", "1 (x)", "1 (x) ?", "no parenthesis R"] {
            assert_eq!(Activity::parse(stat), None, "{stat:?}");
        }
        let truncated = Activity { state: Running, parent: Some(1), core: None };
        assert_eq!(Activity::parse("1 (x) R 1 2 3"), Some(truncated), "a short line still tells the state");
    }

    /// Ends the child whatever the test finds.
    struct Victim(Child);

    impl Victim {
        fn pid(&self) -> Pid {
            Pid::from_child(&self.0)
        }

        fn reaches(&self, wanted: ProcessState) {
            let deadline = clock::now().plus(Nanos::from_secs(20));
            while Activity::of(self.0.id()).state != wanted {
                assert!(clock::now() < deadline, "never {wanted:?}, still {:?}", Activity::of(self.0.id()));
                std::thread::yield_now();
            }
        }
    }

    impl Drop for Victim {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_child_is_seen_sleeping_stopped_dead_and_gone() {
        let mut victim = Victim(Command::new("sleep").arg("1000").spawn().unwrap());
        victim.reaches(ProcessState::Sleeping);
        assert_eq!(Activity::of(victim.0.id()).parent, Some(std::process::id()));
        kill_process(victim.pid(), Signal::STOP).unwrap();
        victim.reaches(ProcessState::Stopped);
        kill_process(victim.pid(), Signal::KILL).unwrap();
        victim.reaches(ProcessState::Zombie);
        victim.0.wait().unwrap();
        assert_eq!(Activity::of(victim.0.id()).state, ProcessState::Gone);
    }
}
