//! Searching one dimension: the lowest point of a valley, and the place where a threshold is crossed.

/// Steps of a search; each leaves 0.618 of the interval, so that all leave less than 10^-10 of it.
const STEPS: u32 = 50;

/// Steps of a bisection: the limit of floating-point numbers.
const HALVINGS: u32 = 52;

/// Where `height` is lowest between `low` and `high`, if it has one valley there: golden section search (Kiefer,
/// "Sequential minimax search for a maximum", Proceedings of the AMS 4, 1953). An end that is as low as the valley wins.
pub(super) fn lowest(low: f64, high: f64, height: impl Fn(f64) -> f64) -> f64 {
    const SECTION: f64 = 0.618_033_988_749_894_9;
    let (mut left, mut right) = (low, high);
    let mut inner = [right - SECTION * (right - left), left + SECTION * (right - left)];
    let mut heights = inner.map(&height);
    for _ in 0..STEPS {
        if heights[0] <= heights[1] {
            right = inner[1];
            inner = [right - SECTION * (right - left), inner[0]];
            heights = [height(inner[0]), heights[0]];
        } else {
            left = inner[0];
            inner = [inner[1], left + SECTION * (right - left)];
            heights = [heights[1], height(inner[1])];
        }
    }
    let valley = left.midpoint(right);
    let depth = height(valley);
    [low, high].into_iter().find(|end| height(*end) <= depth).unwrap_or(valley)
}

/// The place farthest from `inside` towards `end` up to which `holds` is true; `end` itself if it holds there.
pub(super) fn farthest(inside: f64, end: f64, holds: impl Fn(f64) -> bool) -> f64 {
    if holds(end) {
        return end;
    }
    let (mut inside, mut outside) = (inside, end);
    for _ in 0..HALVINGS {
        let middle = inside.midpoint(outside);
        if holds(middle) { inside = middle } else { outside = middle }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valleys_and_ends_are_found() {
        for (valley, expected) in [(0.3, 0.3), (1e-6, 1e-6), (-4.0, 0.0), (7.0, 1.0)] {
            let found = lowest(0.0, 1.0, |x| (x - valley).abs());
            assert!((found - expected).abs() < 1e-9, "{valley}: {found}");
        }
        assert!(lowest(0.0, 1.0, |_| 5.0).abs() < f64::EPSILON, "a plain");
    }

    #[test]
    fn thresholds_are_found_on_either_side() {
        assert!((farthest(0.5, 1.0, |x| x < 0.75) - 0.75).abs() < 1e-12);
        assert!((farthest(0.5, 0.0, |x| x > 0.125) - 0.125).abs() < 1e-12);
        assert!((farthest(0.5, 1.0, |_| true) - 1.0).abs() < f64::EPSILON);
    }
}
