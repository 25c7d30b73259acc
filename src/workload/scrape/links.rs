//! The links of a page, as a browser would see them.

use html5gum::{Token, Tokenizer};

use super::super::{Args, Compute, Data, Output, TaskFailure};
use crate::beat::Beat;
use crate::text::scrub;

/// The computation: the links of a page, one in each line. The number of an output is the status and, in its lower 48
/// bits, the page's bytes.
pub(super) struct Extractor;

impl Compute for Extractor {
    fn compute(&self, _args: &Args, data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let Data::Reply { status, body } = data else { return Err(TaskFailure("there was no page".to_owned())) };
        let number = u64::from(status) << 48 | body.len() as u64;
        if status == 0 {
            return Ok(Output { number: 0, bytes: scrub(&String::from_utf8_lossy(body)).as_bytes().into() });
        }
        let mut links = Vec::new();
        for Ok(token) in Tokenizer::new(body) {
            if let Token::StartTag(tag) = token
                && tag.name == b"a"
                && let Some(target) = tag.attributes.get(&b"href"[..])
            {
                links.extend(target.value.iter().filter(|byte| !byte.is_ascii_control()));
                links.push(b'\n');
            }
            beat.beat();
        }
        Ok(Output { number, bytes: links.into_boxed_slice() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links_of(status: u16, page: &str) -> String {
        let data = Data::Reply { status, body: page.as_bytes() };
        let output = Extractor.compute(&[0; 3], data, &Beat::idle()).unwrap();
        String::from_utf8(output.bytes.into_vec()).unwrap()
    }

    #[test]
    fn links_are_those_that_a_browser_would_see() {
        for (page, expected) in [
            ("<a href=/a>x</a><A HREF='b?x=1&amp;y=2'>", "/a\nb?x=1&y=2\n"),
            ("<!-- <a href=c> --><a>no</a><area href=d><a name=e href=\"f\ng\">", "fg\n"),
            ("", ""),
        ] {
            assert_eq!(links_of(200, page), expected, "{page}");
        }
    }
}
