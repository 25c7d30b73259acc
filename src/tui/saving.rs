//! Writes exports that were asked for on the screen. Never asks back: what is in the way is an answer.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use jiff::Zoned;

use super::app::ExportOrder;
use super::app::overlay::ExportProblem;
use crate::export::Exporter;
use crate::machine::Machine;
use crate::publish::{PublishError, Target};

/// Writes what `order` says and returns the file's absolute path.
///
/// # Errors
/// A file is already there, or nothing can be written.
pub(crate) fn save(order: &ExportOrder, machine: &Machine) -> Result<PathBuf, ExportProblem> {
    let path = order.path.clone().unwrap_or_else(|| fresh_name(order.format));
    let content = order.format.content(&order.rows, machine);
    let mut target = Target::probe(&path, order.overwrite).map_err(problem)?;
    target.finish(&content).map_err(problem)?;
    Ok(target.path().map_or(path, Path::to_path_buf))
}

/// A name in the working folder that no file has yet.
pub(crate) fn fresh_name(format: &Exporter) -> PathBuf {
    let now = Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
    let folder = std::env::current_dir().unwrap_or_default();
    // A dangling link is in the way as well.
    first_free(&now, format.extension, |name| folder.join(name).symlink_metadata().is_ok())
        .map_or_else(PathBuf::new, |name| folder.join(name))
}

/// `None` where a thousand exports were written within a second.
fn first_free(now: &impl Display, extension: &str, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    let first = format!("partui-{now}.{extension}");
    let others = (2..1_000).map(|number| format!("partui-{now}-{number}.{extension}"));
    std::iter::once(first).chain(others).find(|name| !is_taken(name))
}

fn problem(error: PublishError) -> ExportProblem {
    match error {
        PublishError::Exists { .. } => ExportProblem::Exists,
        PublishError::SymbolicLink { .. } => ExportProblem::IsLink,
        other => ExportProblem::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        for (taken, expected) in [
            (&[][..], Some("partui-now.csv")),
            (&["partui-now.csv"], Some("partui-now-2.csv")),
            (&["partui-now.csv", "partui-now-2.csv"], Some("partui-now-3.csv")),
        ] {
            assert_eq!(first_free(&"now", "csv", |name| taken.contains(&name)).as_deref(), expected);
        }
        assert_eq!(first_free(&"now", "csv", |_| true), None);
    }

    #[test]
    fn what_is_in_the_way_is_replaced_only_when_asked_for() {
        let machine = Machine::discover();
        for (is_link, expected) in [(false, ExportProblem::Exists), (true, ExportProblem::IsLink)] {
            let folder = tempfile::TempDir::new().unwrap();
            let [path, other] = ["out.csv", "precious"].map(|name| folder.path().join(name));
            std::fs::write(&other, "precious").unwrap();
            if is_link {
                std::os::unix::fs::symlink(&other, &path).unwrap();
            } else {
                std::fs::write(&path, "precious").unwrap();
            }
            let order = |overwrite| {
                let rows = vec![crate::results::fixture::row(crate::spec::BackendId::Threads, 2).walls(&[1.0]).done()];
                ExportOrder { format: &crate::export::EXPORTERS[0], path: Some(path.clone()), overwrite, rows }
            };
            assert_eq!(save(&order(false), &machine), Err(expected));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
            assert_eq!(save(&order(true), &machine).as_ref(), Ok(&path));
            assert!(std::fs::read_to_string(&path).unwrap().contains("threads"));
            assert_eq!(std::fs::read_to_string(&other).unwrap(), "precious", "a link is replaced, not followed");
        }
    }
}
