//! Draws the Mandelbrot set tile by tile: computing whose cost differs from tile to tile, with a result to look at.

use std::path::PathBuf;

use image::ExtendedColorType;
use image::ImageEncoder as _;
use image::codecs::png::PngEncoder;

use super::grid::nearest_to_square;
use super::{
    About, Answer, Args, Artifact, Compute, Data, Digest, GilModel, Job, Kind, Output, Parameter, ParameterKind, Plan,
    Refusal, Task, TaskFailure, Values, Workload,
};
use crate::beat::Beat;
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Render;

/// The most pixels of a frame: 8192 × 8192, three bytes each.
const MOST_PIXELS: u64 = 1 << 26;

/// What is always within the frame: a box around the whole set, as left, right and half the height.
const SET: [f64; 3] = [-2.1, 0.6, 1.2];

/// A point whose square of the distance from 0 is above this will not come back. Far above the 4 that would do, so that the
/// fraction of an iteration is exact enough to be seen as a smooth colour.
const ESCAPED: f64 = 65_536.0;

/// Colours from the set outwards, before they repeat.
const COLOURS: usize = 1_024;

static ABOUT: About = About {
    id: "render",
    summary: "draws tiles of the Mandelbrot set, some of which cost far more than others",
    kind: Kind::Cpu,
    gil_model: Some(GilModel::Bytecode),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "256",
            unit: "tiles",
            presets: &["16", "64", "144", "256", "1024"],
            help: "tiles of the frame, which is as near to a square as whole rows of them allow",
        },
        Parameter {
            name: "size",
            kind: ParameterKind::Count { min: 1, max: 2_048 },
            default: "64",
            unit: "pixels per side of a tile",
            presets: &["16", "32", "64", "128", "256"],
            help: "how large a tile is",
        },
        Parameter {
            name: "iterations",
            kind: ParameterKind::Count { min: 1, max: 10_000 },
            default: "256",
            unit: "iterations",
            presets: &["64", "256", "1000", "4000"],
            help: "after how many a point that has not escaped is taken to be in the set",
        },
    ],
    input: None,
    output: Some("the frame as PNG"),
};

impl Workload for Render {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn check(&self, values: &Values, _input: &[PathBuf]) -> Result<(), Refusal> {
        let size = values.count("size");
        match values.count("tasks").checked_mul(size * size) {
            Some(1..=MOST_PIXELS) => Ok(()),
            _ => Err(Refusal::new(
                "size",
                size,
                format!("tasks × size × size may be at most {} pixels", grouped(MOST_PIXELS)),
            )),
        }
    }

    fn plan(&self, job: &Job) -> Plan {
        let frame = Frame::of(&job.values);
        let tiles = (0..job.values.count("tasks")).map(|tile| (tile % frame.columns, tile / frame.columns));
        Plan { tasks: tiles.map(|(column, row)| Task { io: None, cpu: Some([column, row, 0]) }).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // 4 ns an iteration: one point in five is in the set and takes all of them, the others take about 17.
        let pixels = values.count("size") * values.count("size");
        Nanos(pixels * (values.count("iterations") * 4 / 5 + 70))
    }

    fn computation(&self, job: &Job) -> Box<dyn Compute> {
        Box::new(Tiles { frame: Frame::of(&job.values), palette: palette() })
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let (frame, mut digest, mut inside) = (Frame::of(&job.values), Digest::default(), 0);
        for output in outputs {
            digest.number(output.number).words(&output.bytes);
            inside += output.number;
        }
        Answer { checksum: digest.finish(), sentence: frame.sentence(inside), notes: Vec::new(), artifact: None }
    }

    fn artifact(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Option<Artifact> {
        Frame::of(&job.values).png(outputs).map(|content| Artifact { content })
    }
}

/// How tiles make a frame, and what of the plane is seen in it.
struct Frame {
    /// Tiles beside each other.
    columns: u64,
    /// Tiles above each other, at most as many.
    rows: u64,
    /// Pixels per side of a tile.
    size: u64,
    iterations: u64,
    /// The distance of neighbouring pixels in the plane.
    step: f64,
}

impl Frame {
    fn of(values: &Values) -> Self {
        let (tasks, size) = (values.count("tasks"), values.count("size"));
        let (columns, rows) = nearest_to_square(tasks);
        let [left, right, half] = SET;
        let step = ((right - left) / number(columns * size)).max(2.0 * half / number(rows * size));
        Self { columns, rows, size, iterations: values.count("iterations"), step }
    }

    fn width(&self) -> u64 {
        self.columns * self.size
    }

    fn height(&self) -> u64 {
        self.rows * self.size
    }

    /// The point of the plane in the middle of a pixel.
    fn point(&self, x: u64, y: u64) -> (f64, f64) {
        let [left, right, _] = SET;
        let across = number(x) + 0.5 - number(self.width()) / 2.0;
        let down = number(y) + 0.5 - number(self.height()) / 2.0;
        (f64::midpoint(left, right) + across * self.step, down * self.step)
    }

    fn sentence(&self, inside: u64) -> String {
        let (width, height) = (self.width(), self.height());
        let area = number(inside) * self.step * self.step;
        format!(
            "{width}×{height} pixels, {} in the set after {} iterations: area {area:.4} (known: 1.5066)",
            grouped(inside),
            self.iterations
        )
    }

    /// The whole picture; `None` where the tiles are not those of the frame.
    fn png(&self, tiles: &mut dyn Iterator<Item = &Output>) -> Option<Vec<u8>> {
        let [width, height, side, columns] =
            [self.width(), self.height(), self.size, self.columns].map(|count| usize::try_from(count).ok());
        let (width, height, side, columns) = (width?, height?, side?, columns?);
        let mut pixels = vec![0; 3 * width * height];
        for (place, tile) in tiles.enumerate() {
            let (left, top) = (place % columns * side, place / columns * side);
            for (row, line) in tile.bytes.chunks_exact(3 * side).enumerate() {
                let start = 3 * ((top + row) * width + left);
                pixels.get_mut(start..start + line.len())?.copy_from_slice(line);
            }
        }
        let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
        let mut content = Vec::new();
        PngEncoder::new(&mut content).write_image(&pixels, width, height, ExtendedColorType::Rgb8).ok()?;
        Some(content)
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of pixels are far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

/// The computation: column and row of a tile in; its pixels, three bytes each, and how many of them are in the set out.
struct Tiles {
    frame: Frame,
    palette: Vec<[u8; 3]>,
}

impl Compute for Tiles {
    fn compute(&self, args: &Args, _data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let ([column, row, _], size) = (*args, self.frame.size);
        let mut bytes = Vec::with_capacity(usize::try_from(3 * size * size).unwrap_or_default());
        let mut inside = 0;
        for y in row * size..(row + 1) * size {
            for x in column * size..(column + 1) * size {
                let escape = escape(self.frame.point(x, y), self.frame.iterations);
                inside += u64::from(escape.is_none());
                bytes.extend_from_slice(&self.colour(escape));
                beat.beat();
            }
        }
        Ok(Output { number: inside, bytes: bytes.into() })
    }
}

impl Tiles {
    /// Black in the set; outside it, colours that change the more slowly the farther away.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number that is not negative")]
    fn colour(&self, escape: Option<f64>) -> [u8; 3] {
        escape.map_or([0; 3], |iterations| self.palette[(80.0 * iterations.max(0.0).sqrt()) as usize % COLOURS])
    }
}

/// After how many iterations of z² + c, starting with 0, a point escapes, with the fraction that makes colours smooth
/// (normalised iteration count, Peitgen and Richter 1986); `None` where it does not within `limit`.
fn escape((re, im): (f64, f64), limit: u64) -> Option<f64> {
    let (mut x, mut y) = (0.0_f64, 0.0_f64);
    for iteration in 1..=limit {
        (x, y) = (x * x - y * y + re, 2.0 * x * y + im);
        let distance = x * x + y * y;
        if distance > ESCAPED {
            return Some(number(iteration) + 1.0 - (distance.ln() / 2.0).log2());
        }
    }
    None
}

/// A circle of colours through dark blue, white and gold: a cosine with a phase of its own for each component.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small index, and a component between 0 and 255"
)]
fn palette() -> Vec<[u8; 3]> {
    let component = |turn: f64, phase: f64| (127.5 - 127.5 * (std::f64::consts::TAU * (turn + phase)).cos()) as u8;
    let colour = |place: usize| {
        let turn = place as f64 / COLOURS as f64;
        [component(turn, 0.0), component(turn, 0.06), component(turn, 0.2)]
    };
    (0..COLOURS).map(colour).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::Cursor;
    use std::sync::atomic::AtomicBool;

    use super::super::harness;
    use super::*;

    fn frame(tasks: &str) -> Frame {
        Frame::of(&harness::job(&Render, &[("tasks", tasks), ("size", "8")], &[]).unwrap().values)
    }

    #[test]
    fn frames_show_the_whole_set() {
        for tasks in ["1", "5", "12", "144"] {
            let frame = frame(tasks);
            let (left, top) = frame.point(0, 0);
            let (right, bottom) = frame.point(frame.width() - 1, frame.height() - 1);
            let edge = frame.step / 2.0 + 1e-9;
            assert!(left - edge <= SET[0] && right + edge >= SET[1], "{tasks}: {left}…{right}");
            assert!(top - edge <= -SET[2] && bottom + edge >= SET[2], "{tasks}: {top}…{bottom}");
        }
    }

    #[test]
    fn points_escape_when_they_should() {
        for inside in [(0.0, 0.0), (-1.0, 0.0), (-2.0, 0.0), (0.25, 0.0), (0.0, 1.0)] {
            assert_eq!(escape(inside, 1_000), None, "{inside:?}");
        }
        // 0, 1, 2, 5, 26, 677: the fifth is the first beyond 256.
        let smooth = escape((1.0, 0.0), 1_000).unwrap();
        assert!((smooth - (6.0 - 677.0_f64.ln().log2())).abs() < 1e-12, "{smooth}");
        assert!(escape((0.251, 0.0), 1_000).is_some_and(|iterations| iterations > 50.0));
    }

    #[test]
    fn the_area_is_the_known_one() {
        let answer = harness::answer(&Render, &[("tasks", "16"), ("size", "64"), ("iterations", "1000")], &[]);
        let area = answer.sentence.split("area ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
        let area: f64 = area.parse().unwrap();
        assert!((area - 1.5066).abs() < 0.03, "{}", answer.sentence);
        assert!(answer.sentence.starts_with("256×256 pixels, "), "{}", answer.sentence);
    }

    #[test]
    fn tiles_stand_where_they_belong() {
        let picture = |tasks, size| {
            let content = harness::answer(&Render, &[("tasks", tasks), ("size", size)], &[]).artifact.unwrap().content;
            image::ImageReader::with_format(Cursor::new(content), image::ImageFormat::Png).decode().unwrap().into_rgb8()
        };
        let whole = picture("1", "64");
        assert_eq!(whole.dimensions(), (64, 64));
        assert_eq!(picture("16", "16"), whole);
        assert!(whole.pixels().any(|pixel| pixel.0 == [0; 3]) && whole.pixels().any(|pixel| pixel.0 != [0; 3]));
        assert_eq!(picture("6", "4").dimensions(), (12, 8));
    }

    thread_local! {
        static BEATS: Cell<u64> = const { Cell::new(0) };
    }

    #[test]
    fn every_pixel_beats() {
        let requested = AtomicBool::new(true);
        let beat = Beat::new(&requested, || BEATS.set(BEATS.get() + 1));
        let job = harness::job(&Render, &[("tasks", "1"), ("size", "9")], &[]).unwrap();
        Render.computation(&job).compute(&[0, 0, 0], Data::None, &beat).unwrap();
        assert_eq!(BEATS.get(), 81);
    }
}
