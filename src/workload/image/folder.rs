//! Which pictures an input names, and under which names their results go into a folder.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ::image::{ImageFormat, guess_format};

use super::super::walk;
use super::super::{Refusal, Survey, SurveyedFile};
use crate::text::scrub_os;
use crate::units::grouped;

/// Whether there can be pictures in it, looking no further than the first file of a folder.
///
/// # Errors
/// A path that is not there, a folder without any file, or a file named by itself that is no picture.
pub(super) fn check(input: &[PathBuf]) -> Result<(), Refusal> {
    walk::has_files(input)?;
    match input.iter().find(|path| path.is_file() && !is_picture(path)) {
        Some(path) => Err(Refusal::new("input", scrub_os(path), "is no PNG or JPEG picture")),
        None => Ok(()),
    }
}

/// All pictures of the input, sorted by the bytes of their paths; other files are skipped.
///
/// # Errors
/// As for [`check`], and no picture at all.
pub(super) fn survey(input: &[PathBuf]) -> Result<Survey, Refusal> {
    let mut survey = walk::survey(input)?;
    let found = survey.files.len();
    survey.files.retain(|file| is_picture(&file.path));
    if survey.files.is_empty() {
        let paths: Vec<String> = input.iter().map(scrub_os).collect();
        return Err(Refusal::new("input", paths.join(" "), "there is no PNG or JPEG picture in it"));
    }
    let skipped = (found - survey.files.len()) as u64;
    survey.notes.extend((skipped > 0).then(|| format!("{} skipped, no PNG or JPEG", grouped(skipped))));
    Ok(survey)
}

/// Whether a file starts as a picture does; its name means nothing.
fn is_picture(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut start));
    read.is_ok() && matches!(guess_format(&start), Ok(ImageFormat::Png | ImageFormat::Jpeg))
}

/// The names of results: paths below the folder that was given, or the file's name. The second of two equal names goes
/// into a folder `2`, and so on.
pub(super) fn names(files: &[SurveyedFile], input: &[PathBuf]) -> Vec<PathBuf> {
    let mut taken = BTreeSet::new();
    let unique = |name: PathBuf| {
        let mut candidates = std::iter::once(name.clone()).chain((2..).map(|n| Path::new(&n.to_string()).join(&name)));
        candidates.find(|candidate| taken.insert(candidate.clone())).unwrap_or(name)
    };
    files.iter().map(|file| below(&file.path, input)).map(unique).collect()
}

fn below(path: &Path, input: &[PathBuf]) -> PathBuf {
    let below = input.iter().filter_map(|folder| path.strip_prefix(folder).ok());
    let name = below.min_by_key(|name| name.components().count()).filter(|name| name.file_name().is_some());
    name.or_else(|| path.file_name().map(Path::new)).unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_below_the_folder() {
        let file = |path: &str| SurveyedFile { path: PathBuf::from(path), bytes: 1, starts: Vec::new() };
        let files = ["a/x.png", "a/deep/y.png", "b/x.png", "c.png", "d/x.png"].map(file);
        let input = ["a", "b", "c.png", "d/x.png"].map(PathBuf::from);
        let expected = ["x.png", "deep/y.png", "2/x.png", "c.png", "3/x.png"].map(PathBuf::from);
        assert_eq!(names(&files, &input), expected);
        assert_eq!(names(&[file("/cache/1.jpg")], &[]), [PathBuf::from("1.jpg")]);
    }
}
