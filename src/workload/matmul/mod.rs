//! Multiplies two matrices, a block of the product per task: the arithmetic of science, bound by caches or by memory as
//! the matrices are small or large.

mod blocked;

use std::ops::Range;
use std::path::PathBuf;

use self::blocked::{Matrix, product};
use super::grid::nearest_to_square;
use super::{
    About, Answer, Args, Compute, Data, Dataset, Digest, GilModel, Job, Kind, Output, Parameter, ParameterKind, Plan,
    Refusal, Task, TaskFailure, Values, Work, Workload,
};
use crate::beat::Beat;
use crate::units::{Bytes, Nanos};

/// The workload.
pub(super) struct Matmul;

/// The most bytes of both factors and the product together.
const MOST_BYTES: u64 = 1 << 30;

/// The most bytes of a block, which goes from process to process in one piece.
const LARGEST_BLOCK: u64 = 32 << 20;

static ABOUT: About = About {
    id: "matmul",
    summary: "multiplies two matrices of floating-point numbers, a block of the product per task",
    kind: Kind::Cpu,
    gil_model: Some(GilModel::CReleased),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "16",
            unit: "blocks",
            presets: &["1", "4", "16", "64", "256"],
            help: "blocks that the product is cut into, as near to squares as their number allows",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Count { min: 1, max: 8_192 },
            default: "1024",
            unit: "rows and columns",
            presets: &["64", "128", "256", "512", "1024", "2048", "4096"],
            help: "side of the matrices, of 8 × size × size bytes each: at 128 they fit a core's cache, at 2048 none",
        },
        Parameter::seed(
            "A[i,j] = (37i + 101j + seed) mod 1009 / 1009 - 0.5, B[i,j] = (53i + 29j + seed) mod 1013 / 1013 - 0.5",
        ),
    ],
    input: None,
    output: None,
};

impl Workload for Matmul {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, values: &Values, _input: &[PathBuf]) -> Result<(), Refusal> {
        let (tasks, size) = (values.count("tasks"), values.count("size"));
        let (columns, rows) = nearest_to_square(tasks);
        let bytes = Bytes(3 * 8 * size * size);
        let block = Bytes(8 * size.div_ceil(rows) * size.div_ceil(columns));
        if bytes.0 > MOST_BYTES {
            let allowed = format!("the three matrices would take {bytes}, at most {} are allowed", Bytes(MOST_BYTES));
            return Err(Refusal::new("size", size, allowed));
        }
        if columns > size {
            let allowed = format!("{columns} × {rows} blocks do not fit into {size} columns");
            return Err(Refusal::new("tasks", tasks, allowed));
        }
        if block.0 > LARGEST_BLOCK {
            let allowed = format!("a block would take {block}, at most {} are allowed", Bytes(LARGEST_BLOCK));
            return Err(Refusal::new("tasks", tasks, allowed));
        }
        Ok(())
    }

    fn plan(&self, job: &Job) -> Plan {
        let block = |block| Task { io: None, cpu: Some([block, 0, 0]) };
        Plan { tasks: (0..job.values.count("tasks")).map(block).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // 8 GFLOP/s.
        let size = values.count("size");
        Nanos(size * size * size / 4 / values.count("tasks")).plus(Nanos(300))
    }

    fn computation(&self, job: &Job) -> Box<dyn Compute> {
        self.computation_over(job, Dataset::new(self.dataset(job)))
    }

    fn dataset(&self, job: &Job) -> Vec<f64> {
        let (side, seed) = (Cut::of(&job.values).side, job.values.count("seed"));
        let numbers = |factor| (0..side * side).map(move |place| entry(factor, [place / side, place % side], seed));
        FACTORS.into_iter().flat_map(numbers).collect()
    }

    fn computation_over(&self, job: &Job, dataset: Dataset) -> Box<dyn Compute> {
        let cut = Cut::of(&job.values);
        Box::new(Factors { a: Matrix::of(&dataset, cut.side, 0), b: Matrix::of(&dataset, cut.side, 1), cut })
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let cut = Cut::of(&job.values);
        let (mut digest, mut trace, mut squares) = (Digest::default(), 0.0, 0.0);
        for (block, output) in outputs.enumerate() {
            let (rows, columns) = cut.block(block);
            let numbers = output.bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
            for (place, number) in numbers.enumerate() {
                digest.number(number.to_bits());
                squares += number * number;
                if rows.start + place / columns.len() == columns.start + place % columns.len() {
                    trace += number;
                }
            }
        }
        let (side, norm) = (cut.side, f64::sqrt(squares));
        Answer {
            checksum: digest.finish(),
            sentence: format!("{side}×{side} product: trace {trace:.6}, Frobenius norm {norm:.6}"),
            notes: Vec::new(),
            artifact: None,
        }
    }

    fn work(&self, values: &Values) -> Option<Work> {
        let side = number(values.count("size"));
        Some(Work { amount: 2.0 * side * side * side, unit: "FLOP" })
    }
}

/// The two factors: what a step down adds, what a step across adds, and after how much it begins anew.
const FACTORS: [[u64; 3]; 2] = [[37, 101, 1009], [53, 29, 1013]];

/// What stands in a factor at a row and column: a formula that any other tool can follow, with all digits different.
fn entry([down, across, period]: [u64; 3], place: [usize; 2], seed: u64) -> f64 {
    let [row, column] = place.map(|place| u64::try_from(place).unwrap_or_default());
    number((down * row + across * column + seed % period) % period) / number(period) - 0.5
}

#[expect(clippy::cast_precision_loss, reason = "sides and remainders are small")]
fn number(count: u64) -> f64 {
    count as f64
}

/// How the product is cut into blocks.
struct Cut {
    side: usize,
    columns: usize,
    rows: usize,
}

impl Cut {
    fn of(values: &Values) -> Self {
        let (columns, rows) = nearest_to_square(values.count("tasks"));
        let [side, columns, rows] =
            [values.count("size"), columns, rows].map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        Self { side, columns, rows }
    }

    /// Rows and columns of a block.
    fn block(&self, block: usize) -> (Range<usize>, Range<usize>) {
        let part = |place: usize, of: usize| place * self.side / of..(place + 1) * self.side / of;
        (part(block / self.columns, self.rows), part(block % self.columns, self.columns))
    }
}

/// The computation: the number of a block in; its numbers out, row by row, eight bytes each.
struct Factors {
    a: Matrix,
    b: Matrix,
    cut: Cut,
}

impl Compute for Factors {
    fn compute(&self, args: &Args, _data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let block = usize::try_from(args[0]).map_err(|error| TaskFailure(error.to_string()))?;
        let (rows, columns) = self.cut.block(block);
        let numbers = product(&self.a, &self.b, rows, columns, beat);
        Ok(Output { number: args[0], bytes: numbers.iter().flat_map(|number| number.to_le_bytes()).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::harness;
    use super::*;

    #[test]
    fn the_answer_is_that_of_a_plain_product() {
        let side = 90;
        let a = |row, column| entry([37, 101, 1009], [row, column], 7);
        let b = |row, column| entry([53, 29, 1013], [row, column], 7);
        let c = |row, column| (0..side).map(|inner| a(row, inner) * b(inner, column)).sum::<f64>();
        let trace: f64 = (0..side).map(|place| c(place, place)).sum();
        let squares: f64 = (0..side * side).map(|place| c(place / side, place % side).powi(2)).sum();
        let expected = format!("90×90 product: trace {trace:.6}, Frobenius norm {:.6}", squares.sqrt());
        for tasks in ["1", "7", "12", "90"] {
            let answer = harness::answer(&Matmul, &[("tasks", tasks), ("size", "90"), ("seed", "7")], &[]);
            assert_eq!(answer.sentence, expected, "{tasks} blocks");
        }
    }

    /// By NumPy 2: `i, j = numpy.indices((64, 64))`, A and B by the formula in the help, `numpy.trace(A @ B)` and
    /// `numpy.linalg.norm(A @ B)`.
    #[test]
    fn numpy_finds_the_same() {
        let answer = harness::answer(&Matmul, &[("tasks", "4"), ("size", "64")], &[]);
        assert_eq!(answer.sentence, "64×64 product: trace -9.167990, Frobenius norm 66.075396");
    }

    #[test]
    fn blocks_cover_the_product() {
        let job = harness::job(&Matmul, &[("tasks", "6"), ("size", "10")], &[]).unwrap();
        let cut = Cut::of(&job.values);
        let mut seen = vec![0; 100];
        for (rows, columns) in (0..6).map(|block| cut.block(block)) {
            rows.for_each(|row| columns.clone().for_each(|column| seen[row * 10 + column] += 1));
        }
        assert_eq!(seen, [1; 100]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (tasks, size, expected) in [
            ("16", "8192", "--size 8192: the three matrices would take 1.50 GiB, at most 1.00 GiB are allowed"),
            ("1", "4096", "--tasks 1: a block would take 128 MiB, at most 32.0 MiB are allowed"),
            ("7", "5", "--tasks 7: 7 × 1 blocks do not fit into 5 columns"),
        ] {
            let refusal = harness::job(&Matmul, &[("tasks", tasks), ("size", size)], &[]).unwrap_err();
            assert_eq!(refusal.to_string(), expected);
        }
    }

    #[test]
    fn the_work_is_counted() {
        let job = harness::job(&Matmul, &[("size", "100")], &[]).unwrap();
        assert_eq!(Matmul.work(&job.values), Some(Work { amount: 2e6, unit: "FLOP" }));
    }
}
