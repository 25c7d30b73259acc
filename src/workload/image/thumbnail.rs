//! One picture made into a small one.

use std::io::Cursor;

use ::image::codecs::jpeg::JpegEncoder;
use ::image::codecs::png::PngEncoder;
use ::image::imageops::FilterType;
use ::image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, ImageResult};

use crate::beat::Beat;

/// How good a JPEG is, of 100: what most programs take unless told otherwise.
const QUALITY: u8 = 85;

/// How results differ from their pictures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// The standard deviation of the blur, in pixels.
    pub(super) blur: f32,
    /// The longer side, in pixels.
    pub(super) longest: u32,
}

impl Shape {
    /// How many pixels a picture has, and the result in its format. The calls into the library know no beat: it comes between
    /// them.
    ///
    /// # Errors
    /// Bytes that are no picture, or one that would take more memory than the library's limit.
    pub(super) fn of(self, bytes: &[u8], beat: &Beat<'_>) -> ImageResult<(u64, Vec<u8>)> {
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
        let is_png = reader.format() == Some(ImageFormat::Png);
        let picture = decoded(reader)?;
        let (width, height) = (picture.width(), picture.height());
        beat.beat();
        let blurred = picture.blur(self.blur);
        beat.beat();
        let result = if width.max(height) > self.longest {
            blurred.resize(self.longest, self.longest, FilterType::Lanczos3)
        } else {
            blurred
        };
        beat.beat();
        let result = if is_png { png(&result)? } else { jpeg(&result)? };
        Ok((u64::from(width) * u64::from(height), result))
    }
}

/// The picture the way up that its camera has noted, in eight bits a colour.
fn decoded(reader: ImageReader<Cursor<&[u8]>>) -> ImageResult<DynamicImage> {
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let picture = DynamicImage::from_decoder(decoder)?;
    let mut picture =
        if picture.color().has_alpha() { picture.into_rgba8().into() } else { DynamicImage::from(picture.into_rgb8()) };
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn png(picture: &DynamicImage) -> ImageResult<Vec<u8>> {
    let mut content = Vec::new();
    picture.write_with_encoder(PngEncoder::new(&mut content))?;
    Ok(content)
}

/// The format has no transparency.
fn jpeg(picture: &DynamicImage) -> ImageResult<Vec<u8>> {
    let mut content = Vec::new();
    picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut content, QUALITY))?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use ::image::{Rgb, RgbImage, Rgba, RgbaImage, load_from_memory};

    use super::*;

    /// Black on the left, white on the right.
    fn edge() -> RgbImage {
        RgbImage::from_fn(40, 20, |x, _| Rgb([if x < 20 { 0 } else { 255 }; 3]))
    }

    fn made(picture: &DynamicImage, blur: f32, longest: u32) -> DynamicImage {
        let (pixels, bytes) = Shape { blur, longest }.of(&png(picture).unwrap(), &Beat::idle()).unwrap();
        assert_eq!(pixels, u64::from(picture.width() * picture.height()));
        load_from_memory(&bytes).unwrap()
    }

    #[test]
    fn an_edge_is_blurred_as_the_bell_has_it() {
        let blurred = made(&edge().into(), 2.0, 40).into_rgb8();
        // How much of a bell of deviation 2 lies left of 0.5, 1.5, … pixels from its middle.
        for (x, share) in [(20, 0.5987), (21, 0.7734), (22, 0.8944), (24, 0.9878)] {
            let found = f64::from(blurred[(x, 10)][0]) / 255.0;
            assert!((found - share).abs() < 0.02, "{x}: {found} for {share}");
        }
    }

    #[test]
    fn large_pictures_shrink_and_small_ones_stay() {
        for (longest, expected) in [(10, (10, 5)), (40, (40, 20)), (100, (40, 20))] {
            let result = made(&edge().into(), 0.5, longest);
            assert_eq!((result.width(), result.height()), expected);
        }
    }

    #[test]
    fn transparency_is_kept_where_the_format_has_it() {
        let glass = RgbaImage::from_pixel(8, 8, Rgba([10, 20, 30, 40]));
        assert_eq!(made(&glass.clone().into(), 1.0, 4).into_rgba8()[(1, 1)], Rgba([10, 20, 30, 40]));
        assert_eq!(load_from_memory(&jpeg(&glass.into()).unwrap()).unwrap().color().channel_count(), 3);
    }
}
