//! What is counted, and who notices when nothing goes on any more.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use partui::machine::clock;
use partui::units::Nanos;

/// After so long without an end, a sample hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// What became of samples.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) samples: u64,
    pub(crate) injected: u64,
    pub(crate) seen: u64,
    pub(crate) unseen: u64,
    pub(crate) wrong: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    /// From a fault to the engine's word of it, and to the replacement's first state at work, in milliseconds.
    pub(crate) latency: Latency,
}

/// Times in milliseconds.
#[derive(Default)]
pub(crate) struct Latency {
    pub(crate) seen: Vec<f64>,
    pub(crate) works: Vec<f64>,
}

impl Tally {
    pub(crate) const HEAD: &'static str =
        "fault                samples  injected  seen  amiss  wrong  lost  doubled  death seen ms (p50 p99)";

    pub(crate) fn add(&mut self, other: Self) {
        self.samples += other.samples;
        self.injected += other.injected;
        self.seen += other.seen;
        self.unseen += other.unseen;
        self.wrong += other.wrong;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.latency.seen.extend(other.latency.seen);
        self.latency.works.extend(other.latency.works);
    }

    /// Whether nothing was harmed and every fault was told of as often as it was done.
    pub(crate) fn is_clean(&self) -> bool {
        [self.unseen, self.wrong, self.lost, self.doubled] == [0; 4]
    }

    /// A line of the table. A sample that hangs ends the bench, so none of them hung.
    pub(crate) fn line(&self, name: &str) -> String {
        let Self { samples, injected, seen, unseen, wrong, lost, doubled, latency } = self;
        let counts = format!("{samples:>8} {injected:>9} {seen:>5} {unseen:>6} {wrong:>6} {lost:>5} {doubled:>8}");
        let times = match (percentile(&latency.seen, 0.5), percentile(&latency.seen, 0.99)) {
            (Some(median), Some(most)) => format!("{median:.2} {most:.2}"),
            _ => "–".to_owned(),
        };
        format!("{name:<20} {counts}  {times}")
    }

    /// Says whether the 99th percentile of a time is within its goal.
    pub(crate) fn judge(&self, what: &str, times: fn(&Latency) -> &Vec<f64>, goal: f64) {
        let times = times(&self.latency);
        let Some(most) = percentile(times, 0.99) else { return };
        let verdict = if most <= goal { "met" } else { "NOT met" };
        println!("{what}: p99 {most:.1} ms of {}, goal ≤ {goal} ms: {verdict}", times.len());
    }
}

fn percentile(times: &[f64], share: f64) -> Option<f64> {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
    #[expect(clippy::cast_precision_loss, reason = "few enough times")]
    let place = (sorted.len().saturating_sub(1) as f64 * share).ceil() as usize;
    sorted.get(place).copied()
}

/// Milliseconds from one moment to another.
pub(crate) fn milliseconds(from: Nanos, to: Nanos) -> f64 {
    to.since(from).seconds() * 1e3
}

/// Ends the bench, with the name of what hangs, when a sample does not end.
pub(crate) struct Watchdog(Arc<Mutex<Option<(String, Instant)>>>);

impl Watchdog {
    pub(crate) fn start() -> Self {
        let watched: Arc<Mutex<Option<(String, Instant)>>> = Arc::default();
        let own = Arc::clone(&watched);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(500));
                if let Some((name, since)) = &*own.lock().expect("nobody panics with it")
                    && since.elapsed() > PATIENCE
                {
                    println!("HANG: {name} ({} ns on the clock)", clock::now().0);
                    std::process::exit(1);
                }
            }
        });
        Self(watched)
    }

    /// Does `work`, which must end.
    pub(crate) fn watch<T>(&self, name: &str, work: impl FnOnce() -> T) -> T {
        *self.0.lock().expect("nobody panics with it") = Some((name.to_owned(), Instant::now()));
        let result = work();
        *self.0.lock().expect("nobody panics with it") = None;
        result
    }
}
