//! The product of two matrices, computed in blocks that fit a core's caches (after Goto and van de Geijn, "Anatomy of
//! high-performance matrix multiplication", 2008).

use std::ops::Range;

use super::super::Dataset;
use crate::beat::Beat;

/// Rows of B that are worked on at a time.
const DEPTH: usize = 256;

/// Columns of B that are worked on at a time: with [`DEPTH`] rows of them half a megabyte, for the second-level cache.
const WIDTH: usize = 256;

/// Rows and columns of C whose sums are held in registers.
const TILE: usize = 4;

/// A square matrix, row by row, in a dataset.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    /// Rows, and columns.
    pub(super) side: usize,
    dataset: Dataset,
    /// Its first number.
    start: usize,
}

impl Matrix {
    /// The matrix of that place among those of one size that the dataset holds.
    pub(super) fn of(dataset: &Dataset, side: usize, place: usize) -> Self {
        Self { side, dataset: dataset.clone(), start: place * side * side }
    }

    /// A part of a row.
    pub(super) fn row(&self, row: usize, columns: Range<usize>) -> &[f64] {
        &self.dataset.numbers()[self.start + row * self.side..][columns]
    }
}

/// The numbers of A × B in these rows and columns, row by row. Each is summed up in the same order whatever the block.
pub(super) fn product(a: &Matrix, b: &Matrix, rows: Range<usize>, columns: Range<usize>, beat: &Beat<'_>) -> Vec<f64> {
    let mut block = Block { width: columns.len(), numbers: vec![0.0; rows.len() * columns.len()] };
    let mut packed = Vec::new();
    for left in columns.clone().step_by(WIDTH) {
        let panel = left..columns.end.min(left + WIDTH);
        for top in (0..a.side).step_by(DEPTH) {
            let depth = top..a.side.min(top + DEPTH);
            pack(b, &depth, &panel, &mut packed);
            for first in rows.clone().step_by(TILE) {
                let lines = lines(a, first..rows.end.min(first + TILE), &depth);
                let place = (first - rows.start, left - columns.start);
                block.add(&lines, &packed, place, panel.len(), beat);
            }
        }
    }
    block.numbers
}

/// Copies a panel of B so that the [`TILE`] numbers that are needed together lie together, one strip of columns after the
/// other; columns that are not there are 0.
fn pack(b: &Matrix, depth: &Range<usize>, panel: &Range<usize>, packed: &mut Vec<[f64; TILE]>) {
    packed.clear();
    for left in panel.clone().step_by(TILE) {
        let columns = left..panel.end.min(left + TILE);
        packed.extend(depth.clone().map(|row| {
            let mut numbers = [0.0; TILE];
            numbers[..columns.len()].copy_from_slice(b.row(row, columns.clone()));
            numbers
        }));
    }
}

/// The part of these rows of A that meets the panel; a row that is not there is the last one once more.
fn lines<'a>(a: &'a Matrix, rows: Range<usize>, depth: &Range<usize>) -> [&'a [f64]; TILE] {
    std::array::from_fn(|line| a.row((rows.start + line).min(rows.end - 1), depth.clone()))
}

/// A block of C in the making.
struct Block {
    width: usize,
    numbers: Vec<f64>,
}

impl Block {
    /// Adds what some rows of A make with a panel of B that is `width` columns wide, at a row and column of this block.
    fn add(
        &mut self,
        lines: &[&[f64]; TILE],
        packed: &[[f64; TILE]],
        (row, left): (usize, usize),
        width: usize,
        beat: &Beat<'_>,
    ) {
        for (strip, strip_numbers) in packed.chunks_exact(lines[0].len()).enumerate() {
            let sums = sums(lines, strip_numbers);
            let left = left + strip * TILE;
            let count = TILE.min(width - strip * TILE);
            for (line, sums) in self.numbers[row * self.width..].chunks_mut(self.width).zip(&sums) {
                line[left..left + count].iter_mut().zip(sums).for_each(|(number, sum)| *number += sum);
            }
            beat.beat();
        }
    }
}

/// The sums of products of four rows with four columns: the innermost loop, all of it in registers.
fn sums(lines: &[&[f64]; TILE], strip: &[[f64; TILE]]) -> [[f64; TILE]; TILE] {
    let mut sums = [[0.0; TILE]; TILE];
    let [one, two, three, four] = lines.map(|line| line.iter());
    for ((((numbers, one), two), three), four) in strip.iter().zip(one).zip(two).zip(three).zip(four) {
        for (sums, factor) in sums.iter_mut().zip([one, two, three, four]) {
            for (sum, number) in sums.iter_mut().zip(numbers) {
                *sum += factor * number;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::super::random::Random;
    use super::*;

    fn random(side: usize, seed: u64) -> Matrix {
        let number = |cell| f64::from(u32::try_from(Random::new(seed, cell).below(2_001)).unwrap()) / 1_000.0 - 1.0;
        let numbers: Vec<f64> = (0..u64::try_from(side * side).unwrap()).map(number).collect();
        Matrix::of(&Dataset::new(numbers), side, 0)
    }

    fn naive(a: &Matrix, b: &Matrix, row: usize, column: usize) -> f64 {
        let whole = 0..a.side;
        a.row(row, whole.clone())
            .iter()
            .zip(whole)
            .map(|(number, inner)| number * b.row(inner, 0..b.side)[column])
            .sum()
    }

    #[test]
    fn blocks_of_any_shape_hold_the_sums_of_products() {
        for (side, rows, columns) in
            [(1, 0..1, 0..1), (7, 0..7, 0..7), (7, 2..5, 3..4), (300, 0..300, 0..300), (300, 7..12, 250..299)]
        {
            let (a, b) = (random(side, 1), random(side, 2));
            let block = product(&a, &b, rows.clone(), columns.clone(), &Beat::idle());
            assert_eq!(block.len(), rows.len() * columns.len());
            for (place, found) in block.iter().enumerate() {
                let (row, column) = (rows.start + place / columns.len(), columns.start + place % columns.len());
                let expected = naive(&a, &b, row, column);
                assert!((found - expected).abs() < 1e-11, "{side} {row} {column}: {found} for {expected}");
            }
        }
    }

    #[test]
    fn the_same_number_comes_out_of_every_block_to_the_last_bit() {
        let (a, b) = (random(290, 3), random(290, 4));
        let whole = product(&a, &b, 0..290, 0..290, &Beat::idle());
        let part = product(&a, &b, 99..200, 201..290, &Beat::idle());
        for (line, row) in part.chunks(89).zip(99..) {
            assert_eq!(line, &whole[row * 290 + 201..row * 290 + 290]);
        }
    }
}
