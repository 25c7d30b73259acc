//! Core ids as the kernel lists them: `0-3,8`.

use std::collections::BTreeSet;

use crate::units::CoreId;

/// Reads the kernel's list format, `0-3,8`; ascending, without repetitions. `None` where it is malformed, or names more
/// cores than any kernel supports.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<CoreId>> {
    const MOST_CORES: u32 = 1 << 16;
    let mut cores = BTreeSet::new();
    for range in text.trim().split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        if first > last || last >= MOST_CORES {
            return None;
        }
        cores.extend((first..=last).map(CoreId));
    }
    Some(cores.into_iter().collect())
}

/// Writes ascending ids in the kernel's list format; `none` where there are none.
#[must_use]
pub fn format(cores: &[CoreId]) -> String {
    let ranges = cores.chunk_by(|one, next| next.0.checked_sub(one.0) == Some(1));
    let texts: Vec<_> = ranges
        .map(|range| match range {
            [first, .., last] => format!("{first}-{last}"),
            _ => range[0].to_string(),
        })
        .collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(ids: &[u32]) -> Vec<CoreId> {
        ids.iter().copied().map(CoreId).collect()
    }

    #[test]
    fn lists_are_read_as_the_kernel_writes_them() {
        for (text, expected) in [("0\n", &[0][..]), ("0-2,8", &[0, 1, 2, 8]), ("3,1,1-3", &[1, 2, 3])] {
            assert_eq!(parse(text), Some(ids(expected)), "{text:?}");
        }
        for text in ["", "\n", "a", "1-", "-1", "3-1", "0,,1", "0-4294967295", "99999999999", "0x1"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(format(&[]), "none");
        assert_eq!(format(&ids(&[0, 1, 2, 8, 10, 11])), "0-2,8,10-11");
    }

    proptest! {
        #[test]
        fn a_list_survives_being_written_and_read(cores in prop::collection::btree_set(0_u32..2_000, 1..200)) {
            let cores: Vec<_> = cores.into_iter().map(CoreId).collect();
            prop_assert_eq!(parse(&format(&cores)), Some(cores));
        }
    }
}
