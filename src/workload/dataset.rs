//! Numbers that all tasks of a job read and none changes, such as the factors of a product.

use std::fmt;
use std::sync::Arc;

/// Numbers that tasks read, wherever they lie. Clones refer to the same ones.
#[derive(Clone)]
pub struct Dataset(Arc<dyn AsRef<[f64]> + Send + Sync>);

impl Dataset {
    /// These numbers, such as a vector or memory that was mapped.
    pub fn new(numbers: impl AsRef<[f64]> + Send + Sync + 'static) -> Self {
        Self(Arc::new(numbers))
    }

    /// All of them.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        (*self.0).as_ref()
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset({} numbers)", self.numbers().len())
    }
}
