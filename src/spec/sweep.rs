//! Which numbers of workers show how work scales.

use super::MAX_WORKERS;

/// Up to here every number is worth its time; beyond, four for each doubling.
const EACH: u32 = 16;

/// From one worker up to twice as many as there are `usable` cores, ascending; at least 1 and 2, and `usable` among them.
#[must_use]
pub fn worker_counts(usable: u32) -> Vec<u32> {
    let most = usable.saturating_mul(2).clamp(2, MAX_WORKERS);
    let spread = (0..32).map(|doubling| EACH << doubling).take_while(|from| *from < most);
    let beyond = spread.flat_map(|from| (1..=4).map(move |quarter| from + quarter * (from / 4)));
    let mut counts: Vec<u32> = (1..=EACH).chain(beyond).chain([usable, most]).collect();
    counts.retain(|count| (1..=most).contains(count));
    counts.sort_unstable();
    counts.dedup();
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_cores_are_measured_one_by_one_and_many_at_even_ratios() {
        assert_eq!(worker_counts(0), [1, 2]);
        assert_eq!(worker_counts(2), [1, 2, 3, 4]);
        assert_eq!(worker_counts(8), (1..=16).collect::<Vec<_>>());
        assert_eq!(worker_counts(22)[15..], [16, 20, 22, 24, 28, 32, 40, 44]);
        assert_eq!(worker_counts(64)[15..], [16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128]);
        for usable in 1..=MAX_WORKERS {
            let counts = worker_counts(usable);
            assert!(counts.contains(&usable) && counts.len() <= 50, "{usable}: {counts:?}");
            assert!(counts.is_sorted_by(|one, next| one < next) && counts[0] == 1, "{counts:?}");
        }
        assert_eq!(worker_counts(u32::MAX).last(), Some(&MAX_WORKERS));
    }
}
