//! How busy the cores are, and what partui itself takes of them.
//!
//! A load is a difference between two readings, so there is none before the second; a meter says `None` until then and
//! between two readings that would be too close to mean anything.

use sysinfo::{CpuRefreshKind, System};

use super::clock;
use super::root::Root;
use crate::units::{CoreId, Nanos};

/// The share of each core that was busy between the last two readings.
#[derive(Debug, Clone, PartialEq)]
pub struct CoreLoads {
    /// Busy share from 0 to 1 by core, ascending by id; cores that are forbidden to us are among them.
    pub cores: Vec<(CoreId, f32)>,
    /// When the reading was taken.
    pub taken_at: Nanos,
}

impl CoreLoads {
    /// The busy share of `core`; `None` where it was offline.
    #[must_use]
    pub fn of(&self, core: CoreId) -> Option<f32> {
        self.cores.binary_search_by_key(&core, |(id, _)| *id).ok().map(|place| self.cores[place].1)
    }

    /// How many cores' worth of time the whole machine was busy.
    #[must_use]
    pub fn busy(&self) -> f32 {
        self.cores.iter().map(|(_, share)| share).sum()
    }
}

/// Why loads cannot be measured.
#[derive(Debug, thiserror::Error)]
#[error("the load of the cores cannot be read: {0}")]
pub struct LoadError(#[from] sysinfo::Error);

/// Measures the load of all cores. One per process is enough; a reading costs some tens of microseconds.
#[derive(Debug)]
pub struct LoadMeter {
    system: System,
    refreshed: Nanos,
    online: Option<String>,
    latest: Option<CoreLoads>,
}

impl LoadMeter {
    /// The shortest time between readings. A refresh within 200 ms of the last is silently ignored by `sysinfo`, and
    /// the kernel counts in steps of 10 ms.
    pub const INTERVAL: Nanos = Nanos::from_millis(250);

    /// Starts measuring; the first reading is due one interval later.
    ///
    /// # Errors
    /// A system that `sysinfo` cannot ask.
    pub fn new() -> Result<Self, LoadError> {
        let mut meter = Self { system: System::new()?, refreshed: Nanos::ZERO, online: None, latest: None };
        meter.restart();
        Ok(meter)
    }

    /// A new reading if one is due at `now`, a point on the monotonic clock; `None` between readings, and where the
    /// cores cannot be seen.
    pub fn read(&mut self, now: Nanos) -> Option<&CoreLoads> {
        if now.since(self.refreshed) < Self::INTERVAL {
            return None;
        }
        if online() != self.online {
            self.restart();
            return None;
        }
        self.system.refresh_cpu_usage();
        self.refreshed = clock::now();
        let cores = self.system.cpus().iter();
        let mut cores: Vec<_> =
            cores.filter_map(|core| Some((id(core.name())?, (core.usage() / 100.0).clamp(0.0, 1.0)))).collect();
        cores.sort_unstable_by_key(|(id, _)| *id);
        self.latest = (!cores.is_empty()).then_some(CoreLoads { cores, taken_at: now });
        self.latest()
    }

    /// The last reading that [`Self::read`] gave.
    #[must_use]
    pub fn latest(&self) -> Option<&CoreLoads> {
        self.latest.as_ref()
    }

    /// Takes the first half of a difference. `sysinfo` knows the cores by their place in the kernel's list, so it must
    /// also begin anew when a core has gone or come, or it would go on under the wrong ids.
    fn restart(&mut self) {
        self.online = online();
        self.latest = None;
        self.system.refresh_cpu_list(CpuRefreshKind::nothing().with_usage());
        self.refreshed = clock::now();
    }
}

fn online() -> Option<String> {
    Root::system().read("/sys/devices/system/cpu/online")
}

/// The id in `cpu12`.
fn id(name: &str) -> Option<CoreId> {
    name.strip_prefix("cpu")?.parse().ok().map(CoreId)
}

/// Measures what this process itself takes of a core.
#[derive(Debug)]
pub struct SelfMeter {
    time: Nanos,
    cpu: Nanos,
}

impl SelfMeter {
    /// Starts measuring.
    #[must_use]
    pub fn start() -> Self {
        Self { time: clock::now(), cpu: clock::process_cpu() }
    }

    /// The cores' worth of CPU time that this process used since the last reading, children not included; above 1 with
    /// several busy threads. `None` where `now` is not later than the last reading.
    pub fn read(&mut self, now: Nanos) -> Option<f64> {
        self.advance(now, clock::process_cpu())
    }

    fn advance(&mut self, now: Nanos, cpu: Nanos) -> Option<f64> {
        let (wall, used) = (now.since(self.time), cpu.since(self.cpu));
        if wall == Nanos::ZERO {
            return None;
        }
        *self = Self { time: now, cpu };
        Some(used.seconds() / wall.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Keeps a core busy until it is dropped.
    struct Burner(Arc<AtomicBool>);

    impl Burner {
        fn start() -> Self {
            let on = Arc::new(AtomicBool::new(true));
            let seen = Arc::clone(&on);
            std::thread::spawn(move || while seen.load(Ordering::Relaxed) {});
            Self(on)
        }
    }

    impl Drop for Burner {
        fn drop(&mut self) {
            self.0.store(false, Ordering::Relaxed);
        }
    }

    fn next(meter: &mut LoadMeter) -> CoreLoads {
        let deadline = clock::now().plus(Nanos::from_secs(20));
        loop {
            if let Some(loads) = meter.read(clock::now()) {
                return loads.clone();
            }
            assert!(clock::now() < deadline, "no reading");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    #[test]
    fn the_first_reading_is_true_and_none_comes_early() {
        let _burner = Burner::start();
        let mut meter = LoadMeter::new().unwrap();
        let started = clock::now();
        assert!(meter.read(started).is_none() && meter.latest().is_none());
        let first = next(&mut meter);
        assert!(first.taken_at.since(started).plus(Nanos::from_millis(10)) >= LoadMeter::INTERVAL);
        assert!(first.busy() > 0.2, "a busy loop goes unseen: {first:?}");
        assert!(meter.read(first.taken_at.plus(Nanos::from_millis(249))).is_none());
        let second = next(&mut meter);
        assert!(second.taken_at.since(first.taken_at) >= LoadMeter::INTERVAL && second.busy() > 0.2, "{second:?}");
        assert_eq!(meter.latest(), Some(&second));
    }

    #[test]
    fn loads_are_shares_by_the_cores_own_ids() {
        let mut meter = LoadMeter::new().unwrap();
        let loads = next(&mut meter);
        let online = crate::machine::Cores::discover(&Root::system(), None).online;
        assert_eq!(loads.cores.iter().map(|(id, _)| *id).collect::<Vec<_>>(), online);
        assert!(loads.cores.iter().all(|(_, share)| (0.0..=1.0).contains(share)), "{loads:?}");
    }

    #[test]
    fn a_change_of_the_online_cores_starts_over() {
        let mut meter = LoadMeter::new().unwrap();
        next(&mut meter);
        meter.online = Some("0-99".to_owned());
        assert!(meter.read(clock::now().plus(LoadMeter::INTERVAL)).is_none());
        assert!(meter.latest().is_none(), "shares under the wrong ids are forgotten");
        next(&mut meter);
    }

    #[test]
    fn loads_are_found_by_id_and_add_up() {
        let loads = CoreLoads { cores: vec![(CoreId(0), 0.5), (CoreId(7), 1.0)], taken_at: Nanos::ZERO };
        assert_eq!((loads.of(CoreId(7)), loads.of(CoreId(1))), (Some(1.0), None));
        assert!((loads.busy() - 1.5).abs() < 1e-6);
        assert_eq!((id("cpu12"), id("cpu"), id("gpu1")), (Some(CoreId(12)), None, None));
    }

    #[test]
    fn own_share_is_cpu_time_over_wall_time_since_the_last_reading() {
        let mut meter = SelfMeter { time: Nanos::from_secs(10), cpu: Nanos::from_secs(1) };
        let second = |seconds| Nanos::from_seconds(seconds);
        assert_eq!(meter.advance(second(14.0), second(2.0)), Some(0.25));
        assert_eq!(meter.advance(second(14.0), second(2.0)), None);
        assert_eq!(meter.advance(second(15.0), second(4.0)), Some(2.0));
        assert_eq!(meter.advance(second(16.0), second(4.0)), Some(0.0));
    }

    #[test]
    fn own_work_shows_in_the_own_share() {
        let mut meter = SelfMeter::start();
        let start = clock::thread_cpu();
        while clock::thread_cpu().since(start) < Nanos::from_millis(10) {
            std::hint::black_box(());
        }
        assert!(meter.read(clock::now()).is_some_and(|share| share > 0.0));
    }
}
