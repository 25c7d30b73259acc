//! Prices an option by simulating what its share may do: computing on random numbers that are counted, not drawn, so that
//! the answer does not depend on who computes what. The exact price is known beside it.

mod philox;

use std::path::PathBuf;

use statrs::distribution::{ContinuousCDF, Normal};

use self::philox::{halves, normals, philox};
use super::{
    About, Answer, Args, Compute, Data, Digest, GilModel, Job, Kind, Output, Parameter, ParameterKind, Plan, Refusal,
    Task, TaskFailure, Values, Workload,
};
use crate::beat::Beat;
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Simulate;

/// What the share costs today.
const SPOT: f64 = 100.0;

/// What money earns in a year, continuously compounded.
const RATE: f64 = 0.05;

/// How many years there are until the option ends.
const YEARS: f64 = 1.0;

/// The most steps of all paths together.
const MOST_STEPS: u64 = 1_000_000_000_000;

static ABOUT: About = About {
    id: "simulate",
    summary: "prices an option by Monte Carlo: paths of a share that moves at random",
    kind: Kind::Cpu,
    gil_model: Some(GilModel::Bytecode),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "400",
            unit: "tasks",
            presets: &["10", "100", "400", "1000", "4000"],
            help: "sets of paths; the standard error shrinks with the root of tasks × size",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Count { min: 1, max: 1_000_000_000 },
            default: "2_000",
            unit: "paths per task",
            presets: &["100", "1000", "2000", "10_000", "100_000"],
            help: "paths that one task simulates",
        },
        Parameter {
            name: "steps",
            kind: ParameterKind::Count { min: 1, max: 1_000 },
            default: "12",
            unit: "steps per path",
            presets: &["1", "12", "52", "250"],
            help: "into how many steps a path cuts the year; the price does not depend on it",
        },
        Parameter {
            name: "strike",
            kind: ParameterKind::Real { min: 1.0, max: 10_000.0 },
            default: "100",
            unit: "for a share of 100",
            presets: &["80", "100", "120"],
            help: "the price at which the option buys the share after a year, at 5 % interest",
        },
        Parameter {
            name: "volatility",
            kind: ParameterKind::Real { min: 0.01, max: 2.0 },
            default: "0.2",
            unit: "a year",
            presets: &["0.1", "0.2", "0.4"],
            help: "how much the share moves: the standard deviation of a year's logarithmic return",
        },
        Parameter::seed("which random numbers: the key of Philox4x32-10; path and step are its counter"),
    ],
    input: None,
    output: None,
};

impl Workload for Simulate {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, values: &Values, _input: &[PathBuf]) -> Result<(), Refusal> {
        let [tasks, size, steps] = ["tasks", "size", "steps"].map(|name| values.count(name));
        let all = tasks.checked_mul(size).and_then(|paths| paths.checked_mul(steps));
        if all.is_some_and(|steps| steps <= MOST_STEPS) {
            return Ok(());
        }
        let allowed = format!("tasks × size × steps may be at most {}", grouped(MOST_STEPS));
        Err(Refusal::new("size", size, allowed))
    }

    fn plan(&self, job: &Job) -> Plan {
        let size = job.values.count("size");
        let paths = |task| [task * size, (task + 1) * size, 0];
        Plan { tasks: (0..job.values.count("tasks")).map(|task| Task { io: None, cpu: Some(paths(task)) }).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // 30 ns a step, and as much for what a path is worth.
        Nanos(values.count("size") * (values.count("steps") + 1) * 30)
    }

    fn computation(&self, job: &Job) -> Box<dyn Compute> {
        Box::new(Market::of(&job.values))
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let (mut digest, mut all) = (Digest::default(), Payoffs::default());
        for output in outputs {
            digest.number(output.number).bytes(&output.bytes);
            all.add(&Payoffs::of(output));
        }
        let market = Market::of(&job.values);
        Answer { checksum: digest.finish(), sentence: market.sentence(&all), notes: Vec::new(), artifact: None }
    }
}

/// What is simulated, and what the option on it is.
#[derive(Debug)]
struct Market {
    strike: f64,
    volatility: f64,
    steps: u32,
    key: [u32; 2],
}

impl Market {
    fn of(values: &Values) -> Self {
        Self {
            strike: values.real("strike"),
            volatility: values.real("volatility"),
            steps: u32::try_from(values.count("steps")).unwrap_or(u32::MAX),
            key: halves(values.count("seed")),
        }
    }

    /// What the option pays at the end of a path, as much as it is worth today.
    fn payoff(&self, path: u64) -> f64 {
        ((SPOT * self.log_return(path).exp() - self.strike) * (-RATE * YEARS).exp()).max(0.0)
    }

    /// The logarithm of how many times its price a share has at the end of a path of geometric Brownian motion without
    /// arbitrage: in each step it moves by (rate − volatility² / 2) Δt + volatility √Δt × a normal number.
    fn log_return(&self, path: u64) -> f64 {
        let span = YEARS / f64::from(self.steps);
        let (drift, scatter) = ((RATE - self.volatility * self.volatility / 2.0) * span, self.volatility * span.sqrt());
        let [high, low] = halves(path);
        let mut logarithm = 0.0;
        for draw in 0..self.steps.div_ceil(2) {
            let [one, other] = normals(philox([draw, low, high, 0], self.key));
            logarithm += drift + scatter * one;
            if 2 * draw + 1 < self.steps {
                logarithm += drift + scatter * other;
            }
        }
        logarithm
    }

    /// The exact price (Black and Scholes 1973).
    fn exact(&self) -> f64 {
        let scatter = self.volatility * YEARS.sqrt();
        let upper = ((SPOT / self.strike).ln() + (RATE + self.volatility * self.volatility / 2.0) * YEARS) / scatter;
        let normal = Normal::standard();
        SPOT * normal.cdf(upper) - self.strike * (-RATE * YEARS).exp() * normal.cdf(upper - scatter)
    }

    fn sentence(&self, all: &Payoffs) -> String {
        let (price, error) = (all.mean(), all.standard_error());
        let exact = self.exact();
        format!("price {price:.4} ± {error:.4} from {} paths; Black–Scholes {exact:.4}", grouped(all.paths))
    }
}

impl Compute for Market {
    fn compute(&self, args: &Args, _data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let [first, end, _] = *args;
        let mut payoffs = Payoffs { paths: end - first, ..Payoffs::default() };
        for path in first..end {
            let payoff = self.payoff(path);
            payoffs.sum += payoff;
            payoffs.squares += payoff * payoff;
            beat.beat();
        }
        Ok(payoffs.output())
    }
}

/// What some paths have paid.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Payoffs {
    paths: u64,
    sum: f64,
    squares: f64,
}

impl Payoffs {
    fn output(&self) -> Output {
        let bytes = [self.sum.to_le_bytes(), self.squares.to_le_bytes()].concat();
        Output { number: self.paths, bytes: bytes.into() }
    }

    /// What a task has left behind; sums of 0 where that is nothing.
    fn of(output: &Output) -> Self {
        let mut sums = output.bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
        let mut next = || sums.next().unwrap_or_default();
        Self { paths: output.number, sum: next(), squares: next() }
    }

    fn add(&mut self, other: &Self) {
        self.paths += other.paths;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    #[expect(clippy::cast_precision_loss, reason = "at most 10^12 paths")]
    fn mean(&self) -> f64 {
        self.sum / self.paths as f64
    }

    /// The standard deviation of the mean; infinite for a single path.
    #[expect(clippy::cast_precision_loss, reason = "at most 10^12 paths")]
    fn standard_error(&self) -> f64 {
        let (paths, mean) = (self.paths as f64, self.mean());
        let variance = (self.squares / paths - mean * mean).max(0.0);
        if self.paths > 1 { (variance / (paths - 1.0)).sqrt() } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::super::harness;
    use super::*;

    fn job(asked: &[(&str, &str)]) -> Job {
        harness::job(&Simulate, asked, &[]).unwrap()
    }

    fn payoffs(asked: &[(&str, &str)]) -> Payoffs {
        let (_, outputs) = harness::outputs(&Simulate, &job(asked)).unwrap();
        let mut all = Payoffs::default();
        for output in &outputs {
            all.add(&Payoffs::of(output));
        }
        all
    }

    #[test]
    fn exact_prices_are_those_of_the_textbooks() {
        // By the formula in Python's `math` alone, with erf for the normal distribution.
        for (strike, volatility, price) in
            [("100", "0.2", 10.450_583_572), ("80", "0.1", 23.909_977_894), ("120", "0.4", 10.805_973_916)]
        {
            let exact = Market::of(&job(&[("strike", strike), ("volatility", volatility)]).values).exact();
            assert!((exact - price).abs() < 1e-8, "{strike} {volatility}: {exact}");
        }
    }

    #[test]
    fn simulated_prices_lie_within_three_standard_errors() {
        for (strike, volatility, steps) in [("100", "0.2", "12"), ("80", "0.1", "1"), ("120", "0.4", "3")] {
            let asked = [("tasks", "40"), ("strike", strike), ("volatility", volatility), ("steps", steps)];
            let (found, exact) = (payoffs(&asked), Market::of(&job(&asked).values).exact());
            let (price, error) = (found.mean(), found.standard_error());
            assert!((price - exact).abs() < 3.0 * error, "{strike}: {price} ± {error} for {exact}");
            assert!(error < exact / 50.0, "{error}");
        }
    }

    #[test]
    fn paths_are_the_same_however_they_are_cut_into_tasks() {
        let (many, one) = (payoffs(&[("tasks", "50"), ("size", "20")]), payoffs(&[("tasks", "1"), ("size", "1000")]));
        assert_eq!(many.paths, one.paths);
        assert!((many.sum - one.sum).abs() < 1e-9 * one.sum, "{many:?} {one:?}");
        assert_ne!(one, payoffs(&[("tasks", "1"), ("size", "1000"), ("seed", "1")]));
    }

    #[test]
    fn the_answer_can_be_read() {
        let answer = harness::answer(&Simulate, &[("tasks", "4"), ("size", "500")], &[]);
        let start = answer.sentence.starts_with("price ") && answer.sentence.contains(" ± ");
        assert!(start && answer.sentence.ends_with(" from 2,000 paths; Black–Scholes 10.4506"), "{}", answer.sentence);
        let lonely = harness::answer(&Simulate, &[("tasks", "1"), ("size", "1")], &[]);
        assert!(lonely.sentence.contains(" ± inf from 1 paths"), "{}", lonely.sentence);
    }
}
