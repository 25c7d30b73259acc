//! What the lock costs a computation that nobody disturbs: its check points, and a take with its release.
//!
//! `cargo bench --bench beat`. Each figure is what a call adds to the same loop without it. The variants take turns in
//! short rounds, and a round's figure is set against the same round's plain loop, so that a drifting clock rate or a noisy
//! neighbour meets all of them. Without `--bench` (as under `cargo test --benches`) one short round proves that it runs.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use partui::beat::Beat;
use partui::gil::{Attached, Gil};
use partui::units::{Nanos, WorkerId};

/// One thing measured: how it is called, what it may add, and a loop of `steps` that contains it.
struct Variant<'a> {
    name: &'static str,
    goal_ns: f64,
    run: Box<dyn Fn(u64) + 'a>,
}

/// How much is measured.
struct Effort {
    rounds: usize,
    steps: u64,
}

fn main() {
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let effort = if quick { Effort { rounds: 1, steps: 1_000 } } else { Effort { rounds: 401, steps: 100_000 } };

    let gil = Arc::new(Gil::new(Nanos::from_millis(5)));
    let attached = Attached::new(Some(Arc::clone(&gil)), WorkerId(0));
    let off = black_box(Beat::idle());
    let on = black_box(Beat::new(gil.requested(), || unreachable!("nobody else knows this lock")));

    attached.take(|| ());
    let beats = [
        Variant { name: "beat, GIL off", goal_ns: 1.0, run: Box::new(|steps| repeat(steps, || off.beat())) },
        Variant {
            name: "beat, GIL held, nobody waits",
            goal_ns: 3.0,
            run: Box::new(|steps| repeat(steps, || on.beat())),
        },
    ];
    println!("{:<34} {:>9} {:>19}  goal", "added per call", "median", "p10 – p90");
    report(&beats, &effort);
    attached.release();

    let worker = WorkerId(0);
    let pairs = [
        Variant {
            name: "take + release",
            goal_ns: 20.0,
            run: Box::new(|steps| {
                repeat(steps, || {
                    gil.take(worker, || ());
                    gil.release(worker);
                });
            }),
        },
        Variant {
            name: "take + release through a handle",
            goal_ns: 20.0,
            run: Box::new(|steps| {
                repeat(steps, || {
                    attached.take(|| ());
                    attached.release();
                });
            }),
        },
    ];
    report(&pairs, &effort);
}

/// The loop that every variant shares. It does next to nothing itself, so that nothing hides the call: a processor that
/// is busy with a computation passes a check point in the gaps.
#[inline(never)]
fn repeat(steps: u64, between: impl Fn()) {
    for step in 0..steps {
        black_box(step);
        between();
    }
}

fn report(variants: &[Variant<'_>], effort: &Effort) {
    let mut added = vec![Vec::with_capacity(effort.rounds); variants.len()];
    for _ in 0..effort.rounds {
        let plain = nanos_per_step(effort.steps, &|steps| repeat(steps, || ()));
        for (variant, added) in variants.iter().zip(&mut added) {
            added.push(nanos_per_step(effort.steps, &*variant.run) - plain);
        }
    }
    for (variant, mut added) in variants.iter().zip(added) {
        added.sort_by(f64::total_cmp);
        let rank = |tenths: usize| added[(added.len() - 1) * tenths / 10];
        let (median, low, high) = (rank(5), rank(1), rank(9));
        let verdict = if median <= variant.goal_ns { "met" } else { "NOT met" };
        let Variant { name, goal_ns, .. } = variant;
        println!("{name:<34} {median:>6.2} ns {low:>7.2} – {high:>6.2} ns  ≤ {goal_ns} ns: {verdict}");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a step count far below 2^53")]
fn nanos_per_step(steps: u64, run: &dyn Fn(u64)) -> f64 {
    let start = Instant::now();
    run(steps);
    start.elapsed().as_secs_f64() * 1e9 / steps as f64
}
