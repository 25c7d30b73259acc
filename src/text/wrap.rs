//! Text in lines that fit.

/// A text in lines of at most `width` characters where its words allow it, all but the first indented. What three blanks
/// set apart stays together if it can, so that no figure loses its unit.
#[must_use]
pub fn wrap_text(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (place, fact) in text.split("   ").enumerate() {
        let last = lines.last_mut().map_or(0, |line| line.chars().count());
        let fits = last + 3 + fact.chars().count() <= width;
        match lines.last_mut() {
            Some(line) if place > 0 && fits => line.extend(["   ", fact]),
            _ => wrap_words(&mut lines, fact, width, place > 0),
        }
    }
    lines
}

/// Sentences in lines as [`wrap_text`] makes them, those that fit whole into `height` lines; where not all do, the last
/// line is the hint.
#[must_use]
pub fn wrap_whole(sentences: &[String], width: usize, height: usize, hint: Option<&str>) -> Vec<String> {
    let wrapped: Vec<Vec<String>> = sentences.iter().map(|sentence| wrap_text(sentence, width)).collect();
    if wrapped.iter().map(Vec::len).sum::<usize>() <= height {
        return wrapped.concat();
    }
    let room = height.saturating_sub(usize::from(hint.is_some()));
    let mut lines: Vec<String> = Vec::new();
    for sentence in wrapped {
        if lines.len() + sentence.len() > room {
            break;
        }
        lines.extend(sentence);
    }
    lines.extend(hint.filter(|_| height > 0).map(str::to_owned));
    lines
}

/// Adds words one by one, on a line of their own if `apart`.
fn wrap_words(lines: &mut Vec<String>, words: &str, width: usize, apart: bool) {
    for (place, word) in words.split(' ').enumerate() {
        let length = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(line) if !(apart && place == 0) && (length == 0 || length + 1 + word.chars().count() <= width) => {
                line.extend([if place == 0 { "" } else { " " }, word]);
            }
            _ => lines.push(format!("  {word}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_facts_and_else_between_words() {
        let check = |text, expected: &[&str]| assert_eq!(wrap_text(text, 20), expected, "{text}");
        check("", &[""]);
        check("wall 1.04 s", &["wall 1.04 s"]);
        check("wall 1.04 s   cold 2 s", &["wall 1.04 s", "  cold 2 s"]);
        check("max 21.3      962 t/s", &["max 21.3   ", "  962 t/s"]);
        check("why: one worker holds the lock at a time", &["why: one worker", "  holds the lock at", "  a time"]);
        check("a   one worker at a time", &["a", "  one worker at a", "  time"]);
        check("/a/very/long/path/without/blanks b", &["/a/very/long/path/without/blanks", "  b"]);
    }

    #[test]
    fn sentences_stand_whole_or_not_at_all() {
        let sentences = ["one two".to_owned(), "three".to_owned()];
        let fits = |width, height, hint| wrap_whole(&sentences, width, height, hint);
        assert_eq!(fits(7, 2, Some("more")), ["one two", "three"]);
        assert_eq!(fits(5, 3, Some("more")), ["one", "  two", "three"]);
        assert_eq!(fits(5, 2, Some("more")), ["more"]);
        assert_eq!(fits(5, 2, None), ["one", "  two"]);
        assert!(fits(5, 0, Some("more")).is_empty());
    }
}
