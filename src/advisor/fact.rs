//! What advice needs to know of a result: what its columns in an export say and nothing else, so that advice on saved
//! results is the advice on the same results when they were new.

use super::cells::{Cells, Unreadable};
use super::work::Work;
use crate::results::{COLUMNS, Cell, Record, Shares, Status};
use crate::spec::{BackendId, MAX_WORKERS, Transport};
use crate::units::{Bytes, significant};

/// A result, as far as advice goes into it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The number that it is quoted by.
    pub number: usize,
    /// Its name across exports.
    pub run: String,
    /// What was computed, and where.
    pub work: Work,
    /// How tasks were executed.
    pub backend: BackendId,
    /// By how many workers.
    pub workers: u32,
    /// How many tasks were awaited at a time; `None` where tasks are not awaited.
    pub in_flight: Option<u64>,
    /// Whether the emulated lock was on.
    pub gil: bool,
    /// How the computing part treats the lock; empty with the lock off or without a computing part.
    pub gil_model: String,
    /// The lock's switch interval and the chunk, as exports write them.
    pub settings: [String; 2],
    /// How tasks reached worker processes.
    pub transport: Option<Transport>,
    /// Whether it was measured well: nothing failed, diverged or was made to fail.
    pub is_sound: bool,
    /// Complete samples.
    pub runs: u64,
    /// How many times as fast as the baseline, with the bounds of the 95 % interval where there are any.
    pub speedup: Option<(f64, Option<(f64, f64)>)>,
    /// What the workers did with their time.
    pub shares: Option<Shares>,
    /// The median time of a task in its worker, in seconds.
    pub task_s: Option<f64>,
    /// Cores that were kept busy.
    pub cores_used: Option<f64>,
    /// Memory, shared pages counted in parts.
    pub pss: Option<Bytes>,
    /// What to be careful about, as tags.
    pub warnings: Vec<String>,
}

impl Fact {
    /// What advice needs of a row that was just measured.
    ///
    /// # Panics
    /// Never: every column that is read is one of the table of columns.
    #[must_use]
    pub fn of(number: usize, record: &Record<'_>) -> Self {
        let column = |name: &str| COLUMNS.iter().find(|column| column.name == name);
        Self::read(number, |name| column(name).map(|column| (column.cell)(record))).expect("columns of this program")
    }

    /// The result whose columns have these cells; `None` is a column that is not there.
    ///
    /// # Errors
    /// A column that is missing, or a cell that cannot stand in its column.
    pub fn read(number: usize, cell: impl Fn(&str) -> Option<Cell>) -> Result<Self, Unreadable> {
        let cells = Cells(cell);
        let run = cells.text("run")?;
        if run.is_empty() {
            return Err(Unreadable::new("run", "is empty"));
        }
        let backend =
            cells.known("backend", BackendId::by_id)?.ok_or_else(|| Unreadable::new("backend", "is empty"))?;
        Ok(Self {
            number,
            run,
            work: Work::read(&cells)?,
            backend,
            workers: workers(&cells)?,
            in_flight: cells.count("in_flight")?.filter(|_| backend.facts().awaits),
            gil: cells.switch("gil")?,
            gil_model: cells.text("gil_model")?,
            settings: [cells.text("switch_interval_s")?, cells.text("chunk")?],
            transport: cells.known("transport", Transport::by_id)?,
            is_sound: cells.text("status")? == Status::Ok.id() && cells.text("fault")?.is_empty(),
            runs: cells.count("runs")?.unwrap_or(0),
            speedup: speedup(&cells)?,
            shares: shares(&cells)?,
            task_s: cells.amount("task_p50_s")?,
            cores_used: cells.amount("cores_used")?,
            pss: cells.count("pss_bytes")?.map(Bytes),
            warnings: cells.text("warnings")?.split(';').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
        })
    }

    /// The way of working: `processes n 2 over shm`.
    #[must_use]
    pub fn name(&self) -> String {
        let facts = self.backend.facts();
        let workers = if facts.scales { format!(" n {}", self.workers) } else { String::new() };
        let awaited = self.in_flight.map_or_else(String::new, |tasks| format!(", {tasks} in flight"));
        let unusual = self.transport.filter(|_| self.is_sent_unusually());
        let over = unusual.map_or_else(String::new, |own| format!(" over {}", own.id()));
        format!("{}{workers}{awaited}{over}", self.backend.id())
    }

    /// Whether both are of the same way of working, set alike.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        let way = |fact: &Self| (fact.backend, fact.workers, fact.in_flight, fact.gil, fact.transport);
        way(self) == way(other) && self.gil_model == other.gil_model && self.settings == other.settings
    }

    /// Whether tasks reach its workers in another way than the backend's usual one.
    #[must_use]
    pub fn is_sent_unusually(&self) -> bool {
        self.transport.is_some() && self.transport.as_ref() != self.backend.facts().transports.first()
    }

    /// How many times as fast as the baseline; 0 where nothing says it.
    #[must_use]
    pub fn times(&self) -> f64 {
        self.speedup.map_or(0.0, |(times, _)| times)
    }

    /// The figure as it is quoted: `1.93× (1.89–1.96)`.
    #[must_use]
    pub fn quoted(&self) -> String {
        let three = |value: f64| significant(value, 3);
        match self.speedup {
            Some((times, Some((low, high)))) => format!("{}× ({}–{})", three(times), three(low), three(high)),
            Some((times, None)) => format!("{}×", three(times)),
            None => "–".to_owned(),
        }
    }

    /// Whether one worker does everything in turn, without any pool.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        !self.backend.facts().scales
    }

    /// A share of the workers' time, 0 where it is not known.
    #[must_use]
    pub fn share(&self, of: fn(&Shares) -> f64) -> f64 {
        self.shares.as_ref().map_or(0.0, of)
    }

    /// Whether it is slower than `other` beyond doubt: whole intervals lie apart, or, where there are none, the figures
    /// by a tenth.
    #[must_use]
    pub fn is_surely_slower_than(&self, other: &Self) -> bool {
        let bounds = |fact: &Self| fact.speedup.and_then(|(_, bounds)| bounds);
        match (bounds(self), bounds(other)) {
            (Some((_, high)), Some((low, _))) => high < low,
            // The baseline is 1 by definition, without an interval.
            (None, Some((low, _))) if self.is_alone() => self.times() < low,
            (Some((_, high)), None) if other.is_alone() => high < other.times(),
            _ => self.times() < 0.9 * other.times(),
        }
    }
}

fn workers<F: Fn(&str) -> Option<Cell>>(cells: &Cells<F>) -> Result<u32, Unreadable> {
    let workers = cells.count("workers")?.and_then(|workers| u32::try_from(workers).ok());
    workers
        .filter(|workers| (1..=MAX_WORKERS).contains(workers))
        .ok_or_else(|| Unreadable::new("workers", format!("must be 1…{MAX_WORKERS}")))
}

/// What rounding may do to a bound.
const SLACK: f64 = 1.0 + 1e-9;

type Speedup = Option<(f64, Option<(f64, f64)>)>;

fn speedup<F: Fn(&str) -> Option<Cell>>(cells: &Cells<F>) -> Result<Speedup, Unreadable> {
    let [value, low, high] = ["speedup", "speedup_low", "speedup_high"].map(|name| cells.amount(name));
    let (value, bounds) = (value?, low?.zip(high?));
    let holds = |times: f64, (low, high): (f64, f64)| low <= times * SLACK && times <= high * SLACK;
    match (value, bounds) {
        (Some(times), Some(bounds)) if !holds(times, bounds) => {
            Err(Unreadable::new("speedup", "lies outside its interval"))
        }
        _ => Ok(value.map(|times| (times, bounds))),
    }
}

fn shares<F: Fn(&str) -> Option<Cell>>(cells: &Cells<F>) -> Result<Option<Shares>, Unreadable> {
    let share = |name| cells.amount(name);
    let Some(compute) = share("compute_share")? else { return Ok(None) };
    let or_none = |found: Option<f64>| found.unwrap_or(0.0);
    Ok(Some(Shares {
        compute,
        ready: or_none(share("ready_share")?),
        gil: or_none(share("gil_share")?),
        io: or_none(share("io_share")?),
        ipc: or_none(share("ipc_share")?),
        idle: or_none(share("idle_share")?),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::{machine, row};
    use crate::results::settle;
    use crate::spec::BackendId::{Processes, Sequential, Threads};

    #[test]
    fn a_row_is_read_by_its_columns() {
        let mut rows =
            [row(Sequential, 1).walls(&[1.0, 1.1, 1.0]).done(), row(Processes, 4).gil().walls(&[0.5, 0.5, 0.5]).done()];
        settle(&mut rows);
        let machine = machine();
        let [baseline, other] = [0, 1].map(|place| Fact::of(place + 1, &Record::of(&rows[place], &machine)));
        assert_eq!(baseline.work, other.work);
        assert_eq!((other.number, other.workers, other.gil, other.runs), (2, 4, true, 3));
        assert_eq!((baseline.name().as_str(), other.name().as_str()), ("sequential", "processes n 4"));
        assert_eq!(baseline.speedup, Some((1.0, None)));
        assert!(
            other.speedup.is_some_and(|(times, bounds)| (times - 2.06).abs() < 0.01 && bounds.is_some()),
            "{other:?}"
        );
        assert_eq!(other.work.name(), "primes  tasks 1000  size 1000000  seed 42");
        assert_eq!(other.work.place.name(), format!("ana, {}, 2 cores", machine.cpu_model));
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_column() {
        let (machine, row) = (machine(), row(Threads, 2).walls(&[1.0, 1.0, 1.0]).done());
        let record = Record::of(&row, &machine);
        let cell = |name: &str| COLUMNS.iter().find(|column| column.name == name).map(|it| (it.cell)(&record));
        for (column, bad, said) in [
            ("run", Some(Cell::Empty), "column run is empty"),
            ("backend", Some("gpu".into()), "column backend has \"gpu\", which is none that there is"),
            ("backend", Some(Cell::Empty), "column backend is empty"),
            ("workers", Some(Cell::Count(0)), "column workers must be 1…1024"),
            ("gil", Some("maybe".into()), "column gil has \"maybe\"; allowed is on or off"),
            ("transport", Some("pigeon".into()), "column transport has \"pigeon\", which is none that there is"),
            ("tasks", Some("many".into()), "column tasks has \"many\", which is no number"),
            ("cores_used", Some(Cell::Real(-1.0)), "column cores_used is below zero"),
            ("runs", Some(Cell::Real(1.5)), "column runs has 1.5, which is not whole"),
            ("status", None, "column status is missing"),
        ] {
            let changed = |name: &str| if name == column { bad.clone() } else { cell(name) };
            assert_eq!(Fact::read(1, changed).unwrap_err().to_string(), said);
        }
        assert!(Fact::read(1, cell).is_ok());
    }
}
