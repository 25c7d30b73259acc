//! The default input: files of noise.

use std::io::{self, Write};
use std::path::PathBuf;

use super::super::cache::Generated;
use super::super::random::Random;
use super::super::{Refusal, SurveyedFile, Values};

/// As many files as there are tasks, written where they are not there yet.
///
/// # Errors
/// No folder that takes them.
pub(in crate::workload) fn files(values: &Values) -> Result<Vec<SurveyedFile>, Refusal> {
    let (tasks, bytes, seed) = (values.count("tasks"), values.count("size"), values.count("seed"));
    let folder = PathBuf::from(format!("hash-1-seed{seed}-{bytes}B"));
    let file = |number| {
        let name = folder.join(format!("{number:06}.bin"));
        let content = |out: &mut dyn Write| write_noise(out, seed, number, bytes);
        let path = Generated { name, bytes, content: &content }.place()?;
        Ok(SurveyedFile { path, bytes, starts: Vec::new() })
    };
    (1..=tasks).map(file).collect()
}

/// Bytes that no file system and no disk can compress or share.
fn write_noise(out: &mut dyn Write, seed: u64, file: u64, bytes: u64) -> io::Result<()> {
    let mut random = Random::new(seed, file);
    let mut block = [0; 4096];
    let mut left = bytes;
    while left > 0 {
        block.as_chunks_mut::<8>().0.iter_mut().for_each(|word| *word = random.next().to_le_bytes());
        let length = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
        out.write_all(&block[..length])?;
        left -= length as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::super::harness;
    use super::super::Hash;
    use super::*;

    #[test]
    fn files_follow_from_their_parameters() {
        let asked = [("tasks", "3"), ("size", "5000"), ("seed", "7")];
        let job = harness::job(&Hash, &asked, &[]).unwrap();
        let contents: Vec<_> = job.survey.files.iter().map(|file| fs::read(&file.path).unwrap()).collect();
        assert!(contents.iter().all(|content| content.len() == 5_000));
        assert_ne!(contents[0], contents[1]);
        let mut again = Vec::new();
        write_noise(&mut again, 7, 3, 5_000).unwrap();
        assert_eq!(contents[2], again);
    }
}
