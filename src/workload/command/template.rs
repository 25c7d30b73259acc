//! A command as it was written: words, with a place for a line of the input in some of them.

use std::borrow::Cow;
use std::env;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// What a line takes the place of.
const PLACE: &str = "{}";

/// The words of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<String>);

impl Template {
    /// Splits a text into words as a POSIX shell does; nothing else of a shell is there: no variables, no patterns, no
    /// pipes. `None` where a quote is not closed or there is no word.
    pub(super) fn parse(text: &str) -> Option<Self> {
        shlex::split(text).filter(|words| !words.is_empty()).map(Self)
    }

    /// Whether a line has a place in it.
    pub(super) fn has_place(&self) -> bool {
        self.0.iter().any(|word| word.contains(PLACE))
    }

    /// With a place at its end, where it has none, as xargs does.
    pub(super) fn or_at_the_end(mut self) -> Self {
        if !self.has_place() {
            self.0.push(PLACE.to_owned());
        }
        self
    }

    /// The words for a line, which never becomes more words than one.
    pub(super) fn filled(&self, line: &str) -> Vec<String> {
        self.0.iter().map(|word| word.replace(PLACE, line)).collect()
    }

    /// The program for a line.
    pub(super) fn program<'a>(&'a self, line: &str) -> Cow<'a, str> {
        let word = self.0.first().map_or("", String::as_str);
        if word.contains(PLACE) { word.replace(PLACE, line).into() } else { word.into() }
    }
}

/// Whether a program can be started: as a path where its name has a slash, otherwise in one of the folders of PATH.
pub(super) fn is_there(program: &str) -> bool {
    if program.contains('/') {
        return is_executable(Path::new(program));
    }
    let folders = env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    !program.is_empty() && env::split_paths(&folders).any(|folder: PathBuf| is_executable(&folder.join(program)))
}

fn is_executable(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell_and_a_line_stays_one_word() {
        for (text, line, expected) in [
            ("cat {}", "a b", &["cat", "a b"][..]),
            ("convert '{}' -resize \"50 %\" out/{}.png", "x", &["convert", "x", "-resize", "50 %", "out/x.png"]),
            ("echo $HOME *.c | wc", "x", &["echo", "$HOME", "*.c", "|", "wc"]),
            ("{}{} ''", "a", &["aa", ""]),
            ("a\\ b", "x", &["a b"]),
        ] {
            assert_eq!(Template::parse(text).unwrap().filled(line), expected, "{text}");
        }
        for text in ["", "  ", "echo 'a", "echo \"a"] {
            assert_eq!(Template::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_without_a_place_comes_last() {
        let filled = |text: &str| Template::parse(text).unwrap().or_at_the_end().filled("x");
        assert_eq!(filled("wc -l"), ["wc", "-l", "x"]);
        assert_eq!(filled("wc {} -l"), ["wc", "x", "-l"]);
    }

    #[test]
    fn programs_are_found_as_a_shell_finds_them() {
        for (program, expected) in [
            ("sh", true),
            ("/bin/sh", true),
            ("/bin", false),
            ("/etc/passwd", false),
            ("no-such-program", false),
            ("", false),
        ] {
            assert_eq!(is_there(program), expected, "{program}");
        }
        assert_eq!(Template::parse("{}/run x").unwrap().program("here"), "here/run");
    }
}
