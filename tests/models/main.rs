//! The lock, the board's slots and the claiming of tasks under a model checker: every order in which threads can meet.
//!
//! The sources under test are compiled here a second time, on loom's primitives instead of the platform's; they take
//! theirs from a module `primitives` beside them, which is all that differs. `mutants` then seeds known bugs into
//! copies of the sources and demands that these models find every one.

#[path = "../../src/units.rs"]
#[expect(dead_code, unreachable_pub, reason = "a library's source, of which the models use a part")]
mod units;

mod board;
mod desk;
#[expect(dead_code, unreachable_pub, reason = "a library's sources, of which the models use a part")]
mod gil;
mod mutants;

use loom::model::Builder;

/// Runs `scene` in every order of its threads in which at most `preemptions` times one is interrupted for another.
///
/// Errors in the synchronisation of few threads show with two interruptions nearly always (Musuvathi and Qadeer,
/// "Iterative context bounding for systematic testing of multithreaded programs", 2007).
fn explore(preemptions: usize, scene: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(scene);
}
