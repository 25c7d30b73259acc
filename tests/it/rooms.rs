//! The laws of the house, read from the source text: which room may use which, and what every file begins with.

use std::fs;
use std::path::{Path, PathBuf};

/// File names that say nothing about what is inside.
const NAMELESS: &[&str] = &["utils", "util", "helpers", "helper", "common", "types", "constants", "misc", "manager"];

/// A source file as the laws see it.
struct Source {
    /// Its path below `src`.
    path: PathBuf,
    text: String,
    /// The text without comments and without what stands in literals; lines are kept.
    code: String,
}

impl Source {
    fn new(path: impl Into<PathBuf>, text: &str) -> Self {
        Self { path: path.into(), text: text.to_owned(), code: code_only(text) }
    }

    /// The room that the file belongs to; `None` for the crate's roots, which may use everything.
    fn room(&self) -> Option<&str> {
        let first = Path::new(self.path.components().next()?.as_os_str());
        let room = first.file_stem()?.to_str()?;
        let is_root = self.path.components().count() == 1 && matches!(room, "lib" | "main");
        (!is_root).then_some(room)
    }

    /// How many modules stand between the file's own items and the crate root: 1 in `a.rs` and `a/mod.rs`.
    fn depth(&self) -> usize {
        let is_module_root = self.path.file_stem().is_some_and(|stem| stem == "mod");
        self.path.components().count() - usize::from(is_module_root)
    }

    fn at(&self, offset: usize) -> String {
        let line = self.code[..offset].matches('\n').count() + 1;
        format!("src/{}:{line}", self.path.display())
    }
}

/// Every Rust file below `src`, sorted by path.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the source tree") {
            let path = entry.expect("an entry of the source tree").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("source text");
                found.push(Source::new(path.strip_prefix(&root).expect("a path below src"), &text));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The rooms in the order in which the crate root declares them.
fn rooms(crate_root: &str) -> Vec<String> {
    let declared = |line: &str| {
        let rest = line.strip_prefix("pub ").unwrap_or(line);
        Some(rest.strip_prefix("mod ")?.strip_suffix(';')?.trim().to_owned())
    };
    code_only(crate_root).lines().filter_map(|line| declared(line.trim_end())).collect()
}

/// What breaks the order of the rooms in one file.
fn disorder(source: &Source, rooms: &[String]) -> Vec<String> {
    let Some(room) = source.room() else { return Vec::new() };
    let place = |name: &str| rooms.iter().position(|known| known == name);
    let Some(own) = place(room) else {
        return vec![format!("{}: {room} is not declared in lib.rs", source.at(0))];
    };
    let judge = |(offset, used): (usize, String)| match place(&used) {
        Some(other) if other <= own => None,
        Some(_) => Some(format!("{}: {room} uses {used}, which stands below it", source.at(offset))),
        None => Some(format!("{}: {room} uses crate::{used}, which is no room", source.at(offset))),
    };
    let below = crate_paths(&source.code).into_iter().filter_map(judge);
    let escapes = escapes(source)
        .into_iter()
        .map(|offset| format!("{}: {room} reaches the crate root by super; say crate::", source.at(offset)));
    below.chain(escapes).collect()
}

/// Where runs of `super::` climb out of the room, which would hide from [`crate_paths`] what they use.
fn escapes(source: &Source) -> Vec<usize> {
    let code = &source.code;
    let starts = words(code, "super").into_iter().filter(|start| !code[..*start].trim_end().ends_with("super::"));
    starts
        .filter(|start| {
            let climbs = code[*start..].split("::").take_while(|part| part.trim() == "super").count();
            let opens = |offset: &usize| {
                code[*offset..].find(['{', ';']).is_some_and(|at| code[offset + at..].starts_with('{'))
            };
            let inline = words(&code[..*start], "mod").into_iter().filter(opens).count();
            climbs >= source.depth() + inline
        })
        .collect()
}

/// The first name of every path that starts at the crate root, with its offset: `crate::a::B`, `use crate::{a, b::c}`.
fn crate_paths(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for offset in words(code, "crate") {
        let rest = code[offset + "crate".len()..].trim_start();
        if let Some(path) = rest.strip_prefix("::") {
            found.extend(heads(path).into_iter().map(|head| (offset, head)));
        }
    }
    found
}

/// The first names of a use tree.
fn heads(tree: &str) -> Vec<String> {
    let tree = tree.trim_start();
    let Some(group) = tree.strip_prefix('{') else {
        let name: String = tree.chars().take_while(|c| is_word(*c) || *c == '*').collect();
        return vec![name];
    };
    let mut depth = 0;
    let mut branches = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => branches.push(String::new()),
            _ => {}
        }
        if let Some(branch) = branches.last_mut().filter(|_| character != ',' || depth > 0) {
            branch.push(character);
        }
    }
    branches.iter().filter(|branch| !branch.trim().is_empty()).flat_map(|branch| heads(branch)).collect()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The offsets at which `word` stands alone.
fn words(code: &str, word: &str) -> Vec<usize> {
    let stands_alone =
        |start: usize| !code[..start].ends_with(is_word) && !code[start + word.len()..].starts_with(is_word);
    code.match_indices(word).map(|(start, _)| start).filter(|start| stands_alone(*start)).collect()
}

/// `text` without comments and without what stands between quotes; line breaks stay.
fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_word = code.ends_with(is_word);
        let skipped = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            'r' | 'b' if !after_word => raw_string(rest),
            '\'' => character(rest),
            _ => 0,
        };
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.push(' ');
            code.extend(rest[..skipped].matches('\n'));
            rest = &rest[skipped..];
        }
    }
    code
}

/// The length of the block comment at the start of `text`; such comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of the string literal at the start of `text`.
fn string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// The length of the raw string at the start of `text`, or 0 where it is none.
fn raw_string(text: &str) -> usize {
    let Some(opening) = text.strip_prefix("br").or_else(|| text.strip_prefix('r')) else { return 0 };
    let hashes = opening.len() - opening.trim_start_matches('#').len();
    if !opening[hashes..].starts_with('"') {
        return 0;
    }
    let start = text.len() - opening.len() + hashes + 1;
    let closing = format!("\"{}", "#".repeat(hashes));
    text[start..].find(&closing).map_or(text.len(), |end| start + end + closing.len())
}

/// The length of the character literal at the start of `text`, or 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut inside = text[1..].chars();
    match (inside.next(), inside.next()) {
        (Some('\\'), Some(escaped)) => {
            let start = 2 + escaped.len_utf8();
            text[start..].find('\'').map_or(0, |end| start + end + 1)
        }
        (Some(single), Some('\'')) => 2 + single.len_utf8(),
        _ => 0,
    }
}

fn assert_lawful(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn rooms_use_only_rooms_above_them() {
    let sources = sources();
    let root = sources.iter().find(|source| source.path == Path::new("lib.rs")).expect("the crate root");
    let rooms = rooms(&root.text);
    assert!(!rooms.is_empty(), "no room found in lib.rs");
    let violations: Vec<String> = sources.iter().flat_map(|source| disorder(source, &rooms)).collect();
    assert_lawful(&violations);
}

#[test]
fn every_file_says_why_it_exists() {
    let silent = sources().into_iter().filter(|source| !source.text.starts_with("//!"));
    let violations: Vec<String> = silent.map(|source| format!("{}: no //! at its start", source.at(0))).collect();
    assert_lawful(&violations);
}

#[test]
fn lints_are_never_allowed_away() {
    let mut violations = Vec::new();
    for source in sources() {
        for offset in words(&source.code, "allow") {
            let before = source.code[..offset].trim_end();
            let is_attribute = before.ends_with("#[") || before.ends_with("#![") || before.ends_with(',');
            if is_attribute && source.code[offset + "allow".len()..].trim_start().starts_with('(') {
                violations.push(format!("{}: allow; say expect, with the reason", source.at(offset)));
            }
        }
    }
    assert_lawful(&violations);
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let is_nameless = |source: &Source| {
        source.path.with_extension("").components().any(|part| NAMELESS.iter().any(|name| part.as_os_str() == *name))
    };
    let violations: Vec<String> = sources().iter().filter(|s| is_nameless(s)).map(|s| s.at(0)).collect();
    assert_lawful(&violations);
}

#[test]
fn the_reader_sees_code_and_only_code() {
    let check = |text: &str, expected: &[&str]| {
        let found: Vec<String> = crate_paths(&code_only(text)).into_iter().map(|(_, head)| head).collect();
        assert_eq!(found, expected, "{text}");
    };
    check("use crate::units::Nanos;", &["units"]);
    check("pub(crate) fn f() -> crate::board::Slot { crate :: gil::take() }", &["board", "gil"]);
    check("use crate::{a, b::{c, d::e}, f::*, g as h,};", &["a", "b", "f", "g"]);
    check("use crate::{\n    a::{b, c},\n    d,\n};", &["a", "d"]);
    check("use crate::*;", &["*"]);
    check("// crate::a\n/* crate::b /* crate::c */ crate::d */ /// [`crate::e`]\nlet x = crate::f;", &["f"]);
    check(r#"let s = "crate::a \" crate::b"; let c = '"'; crate::c; let d = '\''; crate::d;"#, &["c", "d"]);
    check("let s = r#\"crate::a \" crate::b\"#; fn f<'a>(x: &'a str) { crate::c } br\"\\\"; crate::d", &["c", "d"]);
    check("let url = \"http://x\"; crate::a; my_crate::b; crates::c; $crate::d", &["a", "d"]);
    assert_eq!(rooms("//! mod x;\npub mod a;\n// pub mod b;\nmod c;\npub mod d; // last\n"), ["a", "c", "d"]);
}

#[test]
fn the_law_catches_what_it_forbids() {
    let rooms = ["low", "middle", "high"].map(str::to_owned);
    let check = |path: &str, text: &str, expected: &[&str]| {
        assert_eq!(disorder(&Source::new(path, text), &rooms), expected, "{path}: {text}");
    };
    check("middle.rs", "use crate::low::A;\nuse crate::middle::B;", &[]);
    check("middle.rs", "\nuse crate::{low, high::C};", &["src/middle.rs:2: middle uses high, which stands below it"]);
    check("low/part.rs", "fn f() { crate::run() }", &["src/low/part.rs:1: low uses crate::run, which is no room"]);
    check("lib.rs", "use crate::high;", &[]);
    check("main.rs", "fn main() { partui::high::run() }", &[]);
    check("new.rs", "", &["src/new.rs:1: new is not declared in lib.rs"]);
    let escape = |place: &str| format!("src/{place}: middle reaches the crate root by super; say crate::");
    check("middle.rs", "use super::high;", &[&escape("middle.rs:1")]);
    check("middle/mod.rs", "use super::high;", &[&escape("middle/mod.rs:1")]);
    check("middle/part.rs", "use super::other;", &[]);
    check("middle/part.rs", "mod deep;\nuse super::super::high;", &[&escape("middle/part.rs:2")]);
    check("middle.rs", "mod tests {\n    use super::*;\n}", &[]);
    check("middle.rs", "mod tests {\n    use super::super::high;\n}", &[&escape("middle.rs:2")]);
}
