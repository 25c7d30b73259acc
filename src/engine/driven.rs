//! The requests of a sample, where its tasks answer those of a load generator.

use super::protocol::Sample;
use super::session::EngineError;
use crate::backend::PoolSetup;
use crate::companion::{Drive, Drove};
use crate::spec::Configuration;
use crate::units::grouped;
use crate::workload::Companion;

/// Whether tasks of this work wait for a load generator, so that none can be tried by itself.
pub(super) fn is_driven(configuration: &Configuration) -> bool {
    let companion = configuration.workload().companion(&configuration.values, &configuration.input);
    matches!(companion, Some(Companion::Load { .. }))
}

/// Requests that are on their way, if the sample has any.
pub(super) struct Driven(Option<Drive>);

impl Driven {
    /// Has as many requests asked as there are tasks.
    pub(super) fn begin(setup: &PoolSetup) -> Result<Self, EngineError> {
        let hatch = setup.job.companion.as_deref().filter(|_| is_driven(&setup.configuration));
        let begin = |hatch| Drive::begin(hatch, setup.plan.tasks.len() as u64);
        Ok(Self(hatch.map(begin).transpose().map_err(EngineError::LoadGenerator)?))
    }

    /// Adds what the load generator saw. Requests that a task was lost for are not waited for.
    pub(super) fn finish(self, sample: &mut Sample) {
        let (Some(drive), Some(answer)) = (self.0, &mut sample.answer) else { return };
        match drive.finish() {
            Ok(seen) => {
                answer.notes.push(told(&seen));
                if seen.wrong > 0 {
                    sample.failures.push(format!("{} replies were not those to their requests", seen.wrong));
                    sample.tasks_lost += seen.wrong;
                    sample.answer = None;
                }
            }
            Err(error) => answer.notes.push(format!("the load generator did not say what it saw: {error}")),
        }
    }
}

fn told(drove: &Drove) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a rate needs a few digits")]
    let rate = drove.answered as f64 / drove.span.seconds().max(1e-9);
    let again = if drove.again == 0 { String::new() } else { format!(", {} asked again", grouped(drove.again)) };
    format!("the clients saw {rate:.0} requests/s, p50 {}, p99 {}{again}", drove.p50, drove.p99)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Nanos;

    #[test]
    fn what_the_clients_saw_is_told_with_its_units() {
        let drove = Drove {
            answered: 500,
            wrong: 0,
            again: 3,
            span: Nanos::from_millis(250),
            p50: Nanos::from_millis(1),
            p99: Nanos::from_millis(9),
        };
        let told = told(&drove);
        assert!(told.starts_with("the clients saw 2000 requests/s, p50 1"), "{told}");
        assert!(told.ends_with(", 3 asked again"), "{told}");
    }
}
