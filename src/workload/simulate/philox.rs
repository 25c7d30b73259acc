//! Random numbers by counting: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
//! 2011). A number follows from its counter and a key alone, so nobody has to draw the numbers before it.

const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];

const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

/// Four random words for a counter and a key.
pub(super) fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let [low, next_low, high, next_high] = counter;
        let (one, other) = (product(MULTIPLIERS[0], low), product(MULTIPLIERS[1], high));
        counter = [other[0] ^ next_low ^ key[0], other[1], one[0] ^ next_high ^ key[1], one[1]];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// The upper and the lower half of a product.
fn product(one: u32, other: u32) -> [u32; 2] {
    halves(u64::from(one) * u64::from(other))
}

/// The upper and the lower half of a number.
#[expect(clippy::cast_possible_truncation, reason = "the halves of a number are taken apart")]
pub(super) const fn halves(number: u64) -> [u32; 2] {
    [(number >> 32) as u32, number as u32]
}

/// Two independent normal numbers of mean 0 and variance 1 from four random words (Box and Muller 1958).
pub(super) fn normals(words: [u32; 4]) -> [f64; 2] {
    let radius = (-2.0 * uniform(words[0], words[1]).ln()).sqrt();
    let (sine, cosine) = (std::f64::consts::TAU * uniform(words[2], words[3])).sin_cos();
    [radius * cosine, radius * sine]
}

/// A number between 0 and 1, neither of them, in steps of 2⁻⁵³.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn uniform(high: u32, low: u32) -> f64 {
    let bits = (u64::from(high) << 32 | u64::from(low)) >> 11;
    (bits as f64 + 0.5) / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors for `philox4x32 10` in `kat_vectors` of the authors' Random123 library.
    #[test]
    fn words_are_the_published_ones() {
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(philox(counter, key), expected, "{counter:x?}");
        }
    }

    #[test]
    fn the_ends_of_the_words_give_finite_normals() {
        for words in [[0; 4], [u32::MAX; 4]] {
            assert!(normals(words).iter().all(|normal| normal.is_finite()), "{words:?}");
        }
    }

    #[test]
    fn normals_have_mean_0_variance_1_and_the_tails_of_the_bell() {
        let draws = 50_000;
        let sample: Vec<f64> = (0..draws).flat_map(|count| normals(philox([count, 0, 0, 0], [7, 0]))).collect();
        let count = 2.0 * f64::from(draws);
        let moment = |power| sample.iter().map(|normal| normal.powi(power)).sum::<f64>() / count;
        // Within four standard errors: variances of the powers are 1, 2, 15 and 96.
        for (power, expected, variance) in [(1, 0.0, 1.0_f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let (found, error) = (moment(power), (variance / count).sqrt());
            assert!((found - expected).abs() < 4.0 * error, "moment {power}: {found}");
        }
    }
}
