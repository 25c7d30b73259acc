//! Counts primes with a segmented sieve of Eratosthenes: computing and nothing else, with an answer that anyone can
//! look up.

use std::ops::Range;

use super::random::Random;
use super::{
    About, Answer, Args, Compute, Data, Digest, GilModel, Job, Kind, Output, Parameter, ParameterKind, Plan, Refusal,
    Task, TaskFailure, Values, Workload,
};
use crate::beat::Beat;
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Primes;

/// The largest number that is looked at: its root's primes still fit a core's cache.
const LIMIT: u64 = 1_000_000_000_000;

/// Odd numbers sieved at a time, one byte each: half of a usual first-level cache.
const BLOCK: usize = 16 << 10;

/// Base primes struck between two beats; the first so many of them strike a block some 25,000 times, about 20 µs.
const STRIKES: usize = 64;

static ABOUT: About = About {
    id: "primes",
    summary: "counts primes with a segmented sieve, one stretch of numbers per task",
    kind: Kind::Cpu,
    gil_model: Some(GilModel::Bytecode),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "400",
            unit: "tasks",
            presets: &["10", "100", "400", "1000", "4000"],
            help: "stretches of numbers; tasks × size is the largest number looked at",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Count { min: 1, max: 1_000_000_000 },
            default: "1_000_000",
            unit: "numbers per task",
            presets: &["10_000", "100_000", "1_000_000", "10_000_000"],
            help: "numbers that one task looks at",
        },
        Parameter {
            name: "skew",
            kind: ParameterKind::Real { min: 0.0, max: 4.0 },
            default: "0",
            unit: "",
            presets: &["0", "0.5", "1", "2", "4"],
            help: "how unequal the stretches are: 0 equal, 1 the longest twice the mean; together still the same numbers",
        },
        Parameter::seed("the order of unequal stretches; without skew it changes nothing"),
    ],
    input: None,
    output: None,
};

impl Workload for Primes {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, values: &Values, _input: &[std::path::PathBuf]) -> Result<(), Refusal> {
        match values.count("tasks").checked_mul(values.count("size")) {
            Some(1..=LIMIT) => Ok(()),
            _ => Err(Refusal::new(
                "size",
                values.count("size"),
                format!("tasks × size may be at most {}", grouped(LIMIT)),
            )),
        }
    }

    fn plan(&self, job: &Job) -> Plan {
        let tasks = stretches(&job.values)
            .into_iter()
            .map(|numbers| Task { io: None, cpu: Some([numbers.start, numbers.end, 0]) })
            .collect();
        Plan { tasks }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // 0.7 ns a number, and 300 ns to start.
        Nanos(values.count("size") * 7 / 10).plus(Nanos(300))
    }

    fn computation(&self, job: &Job) -> Box<dyn Compute> {
        Box::new(Sieve::up_to(largest(&job.values)))
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let (largest, primes) = (largest(&job.values), outputs.map(|output| output.number).sum());
        Answer {
            checksum: Digest::default().number(largest).number(primes).finish(),
            sentence: format!("{} primes up to {}", grouped(primes), grouped(largest)),
            notes: Vec::new(),
            artifact: None,
        }
    }
}

fn largest(values: &Values) -> u64 {
    values.count("tasks") * values.count("size")
}

/// The stretches of numbers, one per task, that together are exactly 1…tasks × size.
///
/// The k-th of n stretches ends at N (k/n)^(1+skew). With skew they are dealt out in an order that the seed decides,
/// since a pool that gets the long ones last, or first, would always see the same one of its two faces.
fn stretches(values: &Values) -> Vec<Range<u64>> {
    let (tasks, size, skew) = (values.count("tasks"), values.count("size"), values.real("skew"));
    if skew <= 0.0 {
        return (0..tasks).map(|task| task * size + 1..(task + 1) * size + 1).collect();
    }
    let ends: Vec<u64> = (0..=tasks).map(|task| skewed_end(task, tasks, size, skew)).collect();
    let mut stretches: Vec<Range<u64>> = ends.windows(2).map(|pair| pair[0] + 1..pair[1] + 1).collect();
    Random::new(values.count("seed"), 0).shuffle(&mut stretches);
    stretches
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "all numbers are at most 10^12, far below 2^53, and not negative"
)]
fn skewed_end(task: u64, tasks: u64, size: u64, skew: f64) -> u64 {
    let largest = (tasks * size) as f64;
    (largest * (task as f64 / tasks as f64).powf(1.0 + skew)).round() as u64
}

/// The odd primes whose multiples are struck out.
struct Sieve {
    base: Vec<u64>,
}

impl Compute for Sieve {
    fn compute(&self, args: &Args, _data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let [start, end, _] = *args;
        Ok(self.count(start..end, beat).into())
    }
}

impl Sieve {
    /// What is needed for numbers up to `largest`.
    fn up_to(largest: u64) -> Self {
        let root = usize::try_from(largest.isqrt()).unwrap_or(usize::MAX);
        let mut composite = vec![false; root + 1];
        let mut base = Vec::new();
        for number in (3..=root).step_by(2) {
            if !composite[number] {
                base.push(number as u64);
                composite.iter_mut().skip(number * number).step_by(2 * number).for_each(|place| *place = true);
            }
        }
        Self { base }
    }

    /// How many of the numbers are prime.
    fn count(&self, numbers: Range<u64>, beat: &Beat<'_>) -> u64 {
        let two = u64::from(numbers.contains(&2));
        let first = numbers.start.max(3) | 1;
        let odd = usize::try_from(numbers.end.saturating_sub(first).div_ceil(2)).unwrap_or(usize::MAX);
        let base = &self.base[..self.base.partition_point(|prime| prime * prime < numbers.end)];
        let mut next = first_multiples(base, first, beat);
        let mut block = vec![0; BLOCK.min(odd)];
        let mut primes = two;
        for start in (0..odd).step_by(BLOCK) {
            let block = &mut block[..BLOCK.min(odd - start)];
            block.fill(0);
            strike(block, base, &mut next, beat);
            primes += block.iter().map(|composite| u64::from(1 - composite)).sum::<u64>();
        }
        primes
    }
}

/// For each prime, how many odd numbers after `first` its first multiple comes that no smaller prime strikes anyway.
fn first_multiples(base: &[u64], first: u64, beat: &Beat<'_>) -> Vec<usize> {
    let mut next = Vec::with_capacity(base.len());
    for primes in base.chunks(1024) {
        next.extend(primes.iter().map(|prime| {
            let multiple = first.div_ceil(*prime).max(*prime) | 1;
            usize::try_from((multiple * prime - first) / 2).unwrap_or(usize::MAX)
        }));
        beat.beat();
    }
    next
}

/// Marks the multiples in a block of odd numbers; `next` then counts from the block after it.
fn strike(block: &mut [u8], base: &[u64], next: &mut [usize], beat: &Beat<'_>) {
    for (primes, next) in base.chunks(STRIKES).zip(next.chunks_mut(STRIKES)) {
        for (prime, next) in primes.iter().zip(next) {
            let (mut place, step) = (*next, usize::try_from(*prime).unwrap_or(usize::MAX));
            while place < block.len() {
                block[place] = 1;
                place += step;
            }
            *next = place - block.len();
        }
        beat.beat();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::AtomicBool;

    use super::super::harness;
    use super::*;

    #[test]
    fn counts_are_those_of_the_tables() {
        for (tasks, size, primes) in [
            ("10", "1_000_000", "664,579 primes up to 10,000,000"),
            ("1", "1", "0 primes up to 1"),
            ("2", "1", "1 primes up to 2"),
            ("3", "3", "4 primes up to 9"),
            ("7", "1000", "900 primes up to 7,000"),
            ("1", "1_000_000", "78,498 primes up to 1,000,000"),
        ] {
            let answer = harness::answer(&Primes, &[("tasks", tasks), ("size", size)], &[]);
            assert_eq!(answer.sentence, primes);
        }
    }

    #[test]
    fn far_stretches_are_counted_right() {
        let sieve = Sieve::up_to(LIMIT);
        let by_division = (LIMIT - 1_000 + 1..=LIMIT)
            .filter(|number| number % 2 == 1 && sieve.base.iter().all(|prime| number % prime != 0))
            .count() as u64;
        assert_eq!(sieve.count(LIMIT - 1_000 + 1..LIMIT + 1, &Beat::idle()), by_division);
    }

    #[test]
    fn skewed_stretches_are_unequal_out_of_order_and_the_same_numbers() {
        for (tasks, size) in [("1", "10"), ("50", "1000"), ("1000", "1"), ("7", "12345")] {
            let job = harness::job(&Primes, &[("tasks", tasks), ("size", size), ("skew", "2.5")], &[]).unwrap();
            let mut stretches = stretches(&job.values);
            let longest = stretches.iter().map(|numbers| numbers.end - numbers.start).max().unwrap();
            assert!(tasks == "1" || longest > job.values.count("size"), "{longest}");
            assert!(tasks == "1" || !stretches.is_sorted_by_key(|numbers| numbers.start));
            stretches.sort_by_key(|numbers| (numbers.start, numbers.end));
            assert_eq!((stretches[0].start, stretches[stretches.len() - 1].end), (1, largest(&job.values) + 1));
            assert!(stretches.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }

    #[test]
    fn the_seed_means_something_only_with_skew() {
        let plan = |skew, seed| {
            let job = harness::job(&Primes, &[("skew", skew), ("seed", seed)], &[]).unwrap();
            Primes.plan(&job)
        };
        assert_eq!(plan("0", "1"), plan("0", "2"));
        assert_ne!(plan("1", "1"), plan("1", "2"));
        assert_eq!(plan("1", "1"), plan("1", "1"));
    }

    thread_local! {
        static BEATS: Cell<u32> = const { Cell::new(0) };
    }

    #[test]
    fn beats_come_per_block_and_per_few_primes() {
        let requested = AtomicBool::new(true);
        let beat = Beat::new(&requested, || BEATS.set(BEATS.get() + 1));
        Sieve::up_to(100_000_000).count(90_000_001..90_000_001 + 10 * 2 * BLOCK as u64, &beat);
        assert!(BEATS.get() >= 10 * (1_000 / u32::try_from(STRIKES).unwrap()), "{}", BEATS.get());
    }
}
