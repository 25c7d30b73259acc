//! How a number of tasks fills a rectangle.

/// Columns and rows, at most as many, that are this many cells together and as near to a square as that allows.
pub(super) fn nearest_to_square(cells: u64) -> (u64, u64) {
    let rows = (1..=cells.isqrt()).rev().find(|rows| cells.is_multiple_of(*rows)).unwrap_or(1);
    (cells / rows, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_cells_are_in_the_rectangle() {
        for (cells, expected) in [(1, (1, 1)), (5, (5, 1)), (12, (4, 3)), (144, (12, 12)), (1_000, (40, 25))] {
            assert_eq!(nearest_to_square(cells), expected, "{cells}");
        }
    }
}
