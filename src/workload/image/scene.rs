//! The default input: made-up scenes of soft light and hard edges with some grain, every other one a PNG.

use std::io::Write;
use std::path::PathBuf;

use ::image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::super::cache::Generated;
use super::super::random::Random;
use super::super::{Refusal, SurveyedFile, Values};

/// Balls in a scene.
const BALLS: usize = 6;

/// As many pictures as there are tasks, written where they are not there yet.
///
/// # Errors
/// No folder that takes them.
pub(super) fn files(values: &Values) -> Result<Vec<SurveyedFile>, Refusal> {
    let [tasks, size, seed] = ["tasks", "size", "seed"].map(|name| values.count(name));
    let folder = PathBuf::from(format!("image-1-seed{seed}-{size}px"));
    let file = |number: u64| {
        let (ending, format) = if number % 2 == 1 { ("jpg", ImageFormat::Jpeg) } else { ("png", ImageFormat::Png) };
        let name = folder.join(format!("{number:06}.{ending}"));
        let content = |out: &mut dyn Write| {
            let scene = DynamicImage::from(scene(size, &mut Random::new(seed, number)));
            let mut bytes = std::io::Cursor::new(Vec::new());
            scene.write_to(&mut bytes, format).map_err(std::io::Error::other)?;
            out.write_all(bytes.get_ref())
        };
        let path = Generated { name, bytes: 0, content: &content }.place()?;
        let bytes = path.metadata().map_or(0, |found| found.len());
        Ok(SurveyedFile { path, bytes, starts: Vec::new() })
    };
    (1..=tasks).map(file).collect()
}

/// A ball: where its middle is and how large it is, as fractions of the width, and its colour.
struct Ball {
    x: f64,
    y: f64,
    radius: f64,
    colour: [f64; 3],
}

impl Ball {
    fn any(random: &mut Random) -> Self {
        let mut fraction = || fraction(random);
        Self {
            x: fraction(),
            y: 0.75 * fraction(),
            radius: 0.04 + 0.12 * fraction(),
            colour: [0; 3].map(|_| 255.0 * fraction()),
        }
    }

    /// The colour at a place, lit from the upper left; `None` beside the ball.
    fn at(&self, x: f64, y: f64) -> Option<[f64; 3]> {
        let (across, down) = ((x - self.x) / self.radius, (y - self.y) / self.radius);
        let light = (1.0 - 0.35 * (across + down)) / 1.5;
        (across * across + down * down < 1.0).then(|| self.colour.map(|colour| colour * light))
    }
}

/// A number from 0 up to, not including, 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn fraction(random: &mut Random) -> f64 {
    (random.next() >> 11) as f64 / (1_u64 << 53) as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float-to-int casts saturate")]
fn scene(size: u64, random: &mut Random) -> RgbImage {
    let width = u32::try_from(size).unwrap_or(u32::MAX);
    let balls: [Ball; BALLS] = std::array::from_fn(|_| Ball::any(random));
    let (slope, phase) = (3.0 + 4.0 * fraction(random), 6.0 * fraction(random));
    RgbImage::from_fn(width, width * 3 / 4, |column, row| {
        let (x, y) = (f64::from(column) / f64::from(width), f64::from(row) / f64::from(width));
        let sky = 40.0 * (slope * x + phase).sin() + 120.0 * (1.0 - y);
        let colour = balls.iter().find_map(|ball| ball.at(x, y)).unwrap_or([sky, sky + 30.0, sky + 80.0]);
        let grain = 8.0 * fraction(random) - 4.0;
        Rgb(colour.map(|colour| (colour + grain) as u8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenes_follow_from_the_seed_and_have_light_and_dark() {
        let picture = |seed| scene(64, &mut Random::new(seed, 1));
        assert_eq!(picture(42).dimensions(), (64, 48));
        assert_eq!(picture(42), picture(42));
        assert_ne!(picture(42), picture(43));
        let (low, high) =
            picture(42).pixels().fold((255, 0), |(low, high), Rgb([_, green, _])| (low.min(*green), high.max(*green)));
        assert!(high - low > 100, "{low}…{high}");
    }
}
