//! Makes small pictures of large ones: decoding, blurring, resizing and encoding, in a library's native code on bytes that
//! are read first.

mod folder;
mod scene;
mod thumbnail;

use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use self::thumbnail::Shape;
use super::{
    About, Answer, Args, Artifact, Compute, Data, Digest, GilModel, Io, Job, Kind, NamedFile, Output, Parameter,
    ParameterKind, Plan, Refusal, Survey, SurveyedFile, Task, TaskFailure, Values, Workload,
};
use crate::beat::Beat;
use crate::text::scrub_os;
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Image;

/// The most pixels that are generated in the user's cache folder.
const MOST_PIXELS: u64 = 1 << 30;

static ABOUT: About = About {
    id: "image",
    summary: "decodes, blurs, resizes and encodes pictures, one per task",
    kind: Kind::CpuAndFile,
    gil_model: Some(GilModel::CReleased),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 100_000 },
            default: "32",
            unit: "pictures",
            presets: &["8", "16", "32", "96", "256"],
            help: "how many pictures are generated; with an input, every picture of it is a task and this changes nothing",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Count { min: 16, max: 8_192 },
            default: "384",
            unit: "pixels wide",
            presets: &["64", "128", "384", "1024", "2048"],
            help: "how wide a generated picture is, three quarters of that high; with an input this changes nothing",
        },
        Parameter {
            name: "blur",
            kind: ParameterKind::Real { min: 0.1, max: 50.0 },
            default: "1.5",
            unit: "pixels",
            presets: &["0.5", "1.5", "5"],
            help: "the standard deviation of the Gaussian blur",
        },
        Parameter {
            name: "resize",
            kind: ParameterKind::Count { min: 1, max: 4_096 },
            default: "128",
            unit: "pixels",
            presets: &["64", "128", "256", "1024"],
            help: "the longer side of a result, by Lanczos resampling; smaller pictures keep their size",
        },
        Parameter::seed("what generated pictures show; with an input this changes nothing"),
    ],
    input: Some(
        "PNG and JPEG pictures, or folders with everything below them (default: generated pictures in the cache folder)",
    ),
    output: Some("a folder of the results, each under its picture's name and in its format"),
};

impl Workload for Image {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn moot(&self) -> &'static [&'static str] {
        &["tasks", "size", "seed"]
    }

    fn check(&self, values: &Values, input: &[PathBuf]) -> Result<(), Refusal> {
        if !input.is_empty() {
            return folder::check(input);
        }
        let size = values.count("size");
        if values.count("tasks").checked_mul(size * size * 3 / 4).is_some_and(|pixels| pixels <= MOST_PIXELS) {
            return Ok(());
        }
        let allowed = format!("tasks × size² × 3/4 may be at most {} generated pixels", grouped(MOST_PIXELS));
        Err(Refusal::new("size", size, allowed))
    }

    fn survey(&self, values: &Values, input: &[PathBuf]) -> Result<Survey, Refusal> {
        if input.is_empty() {
            return Ok(Survey { files: scene::files(values)?, ..Survey::default() });
        }
        folder::survey(input)
    }

    fn plan(&self, job: &Job) -> Plan {
        let task = |(index, file): (u64, &SurveyedFile)| Task {
            io: Some(Box::new(Io::ReadRange { path: file.path.clone(), offset: 0, length: file.bytes })),
            cpu: Some([index, file.bytes, 0]),
        };
        Plan { tasks: (0..).zip(&job.survey.files).map(task).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // 60 ns a pixel, most of them for the blur.
        let size = values.count("size");
        Nanos(size * size * 3 / 4 * 60).plus(Nanos::from_micros(20))
    }

    fn computation(&self, job: &Job) -> Box<dyn Compute> {
        #[expect(clippy::cast_possible_truncation, reason = "a standard deviation needs a few digits")]
        let blur = job.values.real("blur") as f32;
        let longest = u32::try_from(job.values.count("resize")).unwrap_or(u32::MAX);
        Box::new(Thumbnails { shape: Shape { blur, longest }, files: job.survey.files.clone() })
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let (mut digest, mut results) = (Digest::default(), Sha256::new());
        let (mut pictures, mut pixels, mut bytes) = (0, 0, 0);
        for output in outputs {
            results.update(&output.bytes);
            pictures += 1;
            pixels += output.number;
            bytes += output.bytes.len() as u64;
        }
        let results = results.finalize();
        let noun = if pictures == 1 { "picture" } else { "pictures" };
        Answer {
            checksum: digest.number(pictures).number(pixels).bytes(&results).finish(),
            sentence: format!(
                "{} {noun} of {} pixels made into {} bytes; sha256 of these in order {}",
                grouped(pictures),
                grouped(pixels),
                grouped(bytes),
                super::hash::hexadecimal(&results)
            ),
            notes: job.survey.notes.clone(),
            artifact: None,
        }
    }

    fn artifact(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Option<Artifact> {
        let names = folder::names(&job.survey.files, &job.input);
        let files = names.into_iter().zip(outputs);
        let files: Vec<NamedFile> =
            files.map(|(name, output)| NamedFile { name, content: output.bytes.to_vec() }).collect();
        Some(Artifact { content: NamedFile::pack(&files) })
    }

    fn makes_folder(&self) -> bool {
        true
    }
}

/// The computation: the number of a picture and its length in; the pixels that were decoded, and the result's bytes out.
struct Thumbnails {
    shape: Shape,
    files: Vec<SurveyedFile>,
}

impl Compute for Thumbnails {
    fn compute(&self, args: &Args, data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let [index, length, _] = *args;
        let failed = |reason: &dyn std::fmt::Display| TaskFailure(format!("{}: {reason}", self.name(index)));
        match data {
            Data::Bytes(bytes) if bytes.len() as u64 == length => {
                let (pixels, bytes) = self.shape.of(bytes, beat).map_err(|error| failed(&error))?;
                Ok(Output { number: pixels, bytes: bytes.into() })
            }
            _ => Err(failed(&"has become shorter since it was found")),
        }
    }
}

impl Thumbnails {
    /// The path of a picture, for people.
    fn name(&self, index: u64) -> String {
        let file = usize::try_from(index).ok().and_then(|index| self.files.get(index));
        file.map_or_else(|| format!("picture {index}"), |file| scrub_os(&file.path))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::harness;
    use super::*;

    fn pictures(tasks: &str, size: &str) -> Vec<PathBuf> {
        let job = harness::job(&Image, &[("tasks", tasks), ("size", size)], &[]).unwrap();
        job.survey.files.into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn results_are_small_pictures_of_the_same_format_and_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("below")).unwrap();
        for (source, name) in pictures("2", "64").iter().zip(["a.jpg", "below/b.png"]) {
            fs::copy(source, folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
        let answer = harness::answer(&Image, &[("resize", "20")], &[folder.path().to_owned()]);
        assert!(answer.sentence.starts_with("2 pictures of 6,144 pixels made into "), "{}", answer.sentence);
        assert_eq!(answer.notes, ["1 skipped, no PNG or JPEG"]);
        let files = NamedFile::unpack(&answer.artifact.unwrap().content).unwrap();
        let names: Vec<_> = files.iter().map(|file| file.name.to_str().unwrap()).collect();
        assert_eq!(names, ["a.jpg", "below/b.png"]);
        let mut all = Sha256::new();
        for (file, format) in files.iter().zip([::image::ImageFormat::Jpeg, ::image::ImageFormat::Png]) {
            let picture = ::image::load_from_memory_with_format(&file.content, format).unwrap();
            assert_eq!((picture.width(), picture.height()), (20, 15));
            all.update(&file.content);
        }
        let expected = super::super::hash::hexadecimal(&all.finalize());
        assert!(answer.sentence.ends_with(&expected), "{}", answer.sentence);
    }

    #[test]
    fn what_is_no_picture_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("notes.txt");
        fs::write(&text, "no picture").unwrap();
        let empty = folder.path().join("empty");
        fs::create_dir(&empty).unwrap();
        for (input, expected) in [
            (text.clone(), "notes.txt: is no PNG or JPEG picture"),
            (folder.path().to_owned(), ": there is no PNG or JPEG picture in it"),
            (empty, "empty: there is no file in it"),
            (folder.path().join("missing"), "missing: cannot be read: "),
        ] {
            let refusal = harness::job(&Image, &[], &[input]).unwrap_err().to_string();
            assert!(refusal.starts_with("--input /") && refusal.contains(expected), "{refusal}");
        }
    }

    #[test]
    fn a_spoilt_picture_fails_its_task_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let content = fs::read(&pictures("1", "64")[0]).unwrap();
        fs::write(folder.path().join("torn.jpg"), &content[..40]).unwrap();
        let job = harness::job(&Image, &[], &[folder.path().to_owned()]).unwrap();
        let failure = harness::outputs(&Image, &job).unwrap_err();
        assert!(failure.0.contains("torn.jpg: "), "{failure}");
    }
}
