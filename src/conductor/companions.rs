//! The companions of the run that goes on: each is started when the first engine needs it and serves all others as well.

use std::path::Path;

use crate::companion::{CompanionError, Serving, start};
use crate::workload::Companion;

/// What serves the present run. Dropping it ends them all.
#[derive(Debug, Default)]
pub(super) struct Companions(Vec<(Companion, Serving)>);

impl Companions {
    /// Where the companion serves, after it was started where it did not yet.
    ///
    /// Waits for it, unlike for anything else that the conductor starts: it takes milliseconds, before any sample, and
    /// nothing can be ordered meanwhile.
    ///
    /// # Errors
    /// A companion that does not start.
    pub(super) fn address(&mut self, program: &Path, wanted: &Companion) -> Result<String, CompanionError> {
        if let Some((_, serving)) = self.0.iter().find(|(companion, _)| companion == wanted) {
            return Ok(serving.address.clone());
        }
        let serving = start(program, wanted)?;
        let address = serving.address.clone();
        self.0.push((wanted.clone(), serving));
        Ok(address)
    }
}
