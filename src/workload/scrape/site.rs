//! The embedded web site: pages that follow from their number, with links to each other.

use std::fmt::Write as _;

use super::super::random::Random;

/// Links on a page.
pub(super) const LINKS: u64 = 24;

/// The page of that number, as HTML.
#[must_use]
pub fn page(number: u64) -> String {
    let mut random = Random::new(number, 1);
    let mut page = format!("<!doctype html>\n<html><head><title>Page {number}</title></head>\n<body>\n");
    for place in 0..LINKS {
        let (target, words) = (random.below(1_000_000), 6 + random.below(20));
        // Writing to a string cannot fail.
        let _ = write!(page, "<p class=\"text\">Paragraph {place}");
        for _ in 0..words {
            let _ = write!(page, " {}", random.pick(&WORDS));
        }
        let _ = writeln!(page, " <a href=\"/page/{target}?a=1&amp;b={place}\">page {target}</a>.</p>");
    }
    page.push_str("<!-- <a href=\"/nowhere\">no link</a> -->\n</body></html>\n");
    page
}

const WORDS: [&str; 12] =
    ["a", "process", "has", "memory", "of", "its", "own", "while", "threads", "share", "what", "&amp;"];

/// The path of the page of that number.
pub(super) fn path(number: u64) -> String {
    format!("/page/{number}")
}

/// The number of the page that a path names; `None` where there is no such page.
#[must_use]
pub fn number(path: &str) -> Option<u64> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    path.strip_prefix("/page/")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_follows_from_its_number_and_is_found_by_its_path() {
        assert_eq!(page(7), page(7));
        assert_ne!(page(7), page(8));
        assert_eq!(number(&path(7)), Some(7));
        assert_eq!([number("/page/7?a=1"), number("/page/x"), number("/")], [Some(7), None, None]);
    }
}
