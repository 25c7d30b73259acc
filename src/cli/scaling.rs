//! What `partui scale` measures: one workload on backends whose workers can be chosen, from one worker up to twice as many
//! as there are cores.

use super::given::{Environment, Given};
use super::selection::{self, Defaults};
use super::usage::UsageError;
use crate::spec::{BackendId, Configuration, worker_counts};

/// All combinations of what was asked.
pub(super) fn configurations(given: &Given, environment: &Environment) -> Result<Vec<Configuration>, UsageError> {
    let scaling: Vec<BackendId> = BackendId::ALL.into_iter().filter(|backend| backend.facts().scales).collect();
    let defaults = Defaults { backends: &scaling, workers: Some(worker_counts(environment.usable_cores)) };
    let configurations = selection::configurations(given, environment, &defaults)?;
    let value = |flag| given.raw(flag).first().cloned().unwrap_or_default();
    let first = configurations.first().map(|first| first.workload.as_str());
    if configurations.iter().any(|other| Some(other.workload.as_str()) != first) {
        return Err(given.refuse("workload", &value("workload"), "partui scale measures one; partui run several"));
    }
    if !configurations.iter().any(|asked| asked.backend.facts().scales) {
        let ids: Vec<&str> = scaling.iter().map(|backend| backend.id()).collect();
        let allowed = format!("it has no workers to choose; allowed with {}", ids.join(", "));
        return Err(given.refuse("backend", &value("backend"), allowed));
    }
    Ok(configurations)
}
