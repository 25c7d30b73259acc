//! Exports as others read them: data-frame libraries, JSON schemas, GitHub.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use partui::results::{COLUMNS, ColumnKind};
use partui::units::significant;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::support::{Finished, Program};

const SCHEMA: &str = include_str!("../../assets/results.schema.json");

const READER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data_frame.py");

/// Columns that have a list's form in JSON.
const LISTS: [&str; 3] = ["input", "parameters", "warnings"];

/// Columns whose text stands in the file as it is, whatever it begins with.
const NAMED_BY_US: [&str; 4] = ["run", "backend", "gil", "status"];

/// A run over files whose folder has an inconvenient name; its exports are in the folder, the table is what it printed.
fn exported(folder: &Path) -> Finished {
    let data = "=1+1, \"ä\"\r\n|x";
    fs::create_dir(folder.join(data)).expect("a folder");
    fs::write(folder.join(data).join("one"), "one").expect("a file");
    let args =
        ["run", "-w", "hash", "-b", "threads,processes", "-n", "2", "-g", "both", "--runs", "3", "--warmup", "0"];
    let exports = ["--export-csv", "results.csv", "--export-samples", "samples.csv", "--export-json", "results.json"];
    Program::new()
        .args(args)
        .args(["--input", data])
        .args(exports)
        .args(["--export-markdown", "results.md"])
        .dir(folder)
        .ok()
}

fn json_of(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("results.json")).expect("the JSON export");
    serde_json::from_str(&text).expect("the export is JSON")
}

/// What Python makes of the CSV; `None` without Python.
fn read_by_python(folder: &Path) -> Option<Value> {
    let texts = COLUMNS.iter().filter(|column| column.kind == ColumnKind::Text).map(|column| column.name);
    let texts = texts.collect::<Vec<_>>().join(",");
    let path = std::env::var_os("PATH")?;
    let has_python = std::env::split_paths(&path).any(|folder| folder.join("python3").is_file());
    if !has_python {
        return None;
    }
    let read = Program::named("python3").args(["-I", READER, "results.csv", &texts]).dir(folder).ok();
    Some(serde_json::from_slice(&read.stdout).expect("the reader prints JSON"))
}

/// The cell that a JSON value has in a table: texts that a spreadsheet would compute with are defanged.
fn cell(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => json!(format!("'{text}")),
        _ => value.clone(),
    }
}

#[test]
fn data_frame_libraries_see_the_cells_of_the_table() {
    let folder = TempDir::new().expect("a folder");
    let printed = exported(folder.path());
    let Some(read) = read_by_python(folder.path()) else {
        println!("not read by a data-frame library: no python3 on PATH");
        return;
    };
    let results = json_of(folder.path())["results"].as_array().expect("results").clone();
    let plain = read["plain"].as_array().expect("rows of the csv module");
    assert_eq!((plain.len(), results.len()), (5, 5));
    for (row, result) in plain.iter().zip(&results) {
        assert_eq!(row["input"], json!("'=1+1, \"ä\"\r\n|x"), "text arrives whole and defanged");
        let wall = significant(row["wall_median_s"].as_str().expect("text").parse().expect("seconds"), 3);
        let backend = result["backend"].as_str().expect("a backend");
        let mut lines = printed_rows(&printed);
        assert!(lines.any(|line| line.contains(backend) && line.contains(&format!(" {wall} "))), "{wall}: {printed:?}");
    }
    let Some(frame) = read["frame"].as_array() else {
        println!("not read by a data-frame library: neither polars nor pandas can be imported");
        return;
    };
    println!("read by {}", read["library"]);
    assert_eq!(frame.len(), results.len());
    for (row, result) in frame.iter().zip(&results) {
        for column in COLUMNS.iter().filter(|column| !LISTS.contains(&column.name)) {
            let (found, expected) = (&row[column.name], cell(&result[column.name]));
            let is_same = match column.kind {
                ColumnKind::Number => found.as_f64() == expected.as_f64(),
                ColumnKind::Text => *found == expected,
            };
            assert!(is_same, "{}: {found} for {expected}", column.name);
        }
        assert_eq!(row["input"], json!("'=1+1, \"ä\"\r\n|x"));
        assert!(NAMED_BY_US.iter().all(|name| row[name] == result[name]));
    }
}

/// The lines of the printed table that are rows.
fn printed_rows(printed: &Finished) -> impl Iterator<Item = String> {
    let rows: Vec<String> = printed.stdout().lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect();
    rows.into_iter()
}

#[test]
fn markdown_holds_the_printed_rows_and_their_sentences() {
    let folder = TempDir::new().expect("a folder");
    exported(folder.path());
    let text = fs::read_to_string(folder.path().join("results.md")).expect("the Markdown export");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| \\#")).collect();
    let results = json_of(folder.path())["results"].as_array().expect("results").clone();
    assert_eq!(rows.len(), 1 + results.len(), "{text}");
    for (row, result) in rows[1..].iter().zip(&results) {
        let wall = significant(result["wall_median_s"].as_f64().expect("seconds"), 3);
        for part in [result["backend"].as_str().expect("a backend"), &wall] {
            assert!(row.contains(&format!("| {part} |")), "{part} in {row}");
        }
        assert_eq!(row.matches(" | ").count(), 12, "a cell for each column: {row}");
    }
    assert!(text.starts_with("**hash  ") && text.contains("\\|x"), "{text}");
}

#[test]
fn the_schema_describes_what_is_exported() {
    let folder = TempDir::new().expect("a folder");
    exported(folder.path());
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let schema = Schema { root: &schema };
    let document = json_of(folder.path());
    assert_eq!(schema.problems(&document), Vec::<String>::new());

    // A schema that accepts everything would prove nothing.
    let broken = |change: fn(&mut Value)| {
        let mut broken = document.clone();
        change(&mut broken);
        schema.problems(&broken)
    };
    let results = "/results/0";
    for (name, problems) in [
        ("a missing column", broken(|it| drop(object(it, "/results/0").remove("speedup")))),
        ("an unknown one", broken(|it| drop(object(it, "/results/0").insert("more".to_owned(), json!(1))))),
        ("a text for a number", broken(|it| *at(it, "/results/0/tasks") = json!("4"))),
        ("an unknown status", broken(|it| *at(it, "/results/0/status") = json!("fine"))),
        ("a broken sample", broken(|it| *at(it, "/results/0/samples/1/wall_s") = json!(-1.0))),
        ("no machine", broken(|it| *at(it, "/machine") = Value::Null)),
        ("another version", broken(|it| *at(it, "/schema_version") = json!(2))),
    ] {
        assert_eq!(problems.len(), 1, "{name} of {results}: {problems:?}");
    }
}

fn at<'a>(document: &'a mut Value, place: &str) -> &'a mut Value {
    document.pointer_mut(place).unwrap_or_else(|| panic!("nothing at {place}"))
}

fn object<'a>(document: &'a mut Value, place: &str) -> &'a mut Map<String, Value> {
    at(document, place).as_object_mut().expect("an object")
}

#[test]
fn the_schema_explains_every_column_in_the_words_of_the_table() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let explained = |place: &str| -> BTreeMap<String, Value> {
        let properties = schema.pointer(place).and_then(Value::as_object).expect("properties");
        properties.iter().map(|(name, about)| (name.clone(), about["description"].clone())).collect()
    };
    let results = explained("/$defs/result/properties");
    for column in COLUMNS.iter().filter(|column| !LISTS.contains(&column.name)) {
        assert_eq!(results.get(column.name), Some(&json!(column.help)), "{}", column.name);
    }
    let samples = explained("/$defs/sample/properties");
    for column in partui::export::SAMPLE_COLUMNS.iter().filter(|column| column.name != "run") {
        assert_eq!(samples.get(column.name), Some(&json!(column.help)), "{}", column.name);
    }
}

/// A JSON Schema, as far as ours goes: a keyword that is not known here is a mistake in it.
struct Schema<'a> {
    root: &'a Value,
}

impl Schema<'_> {
    /// What is wrong with a document, a line each.
    fn problems(&self, document: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        self.check(self.root, document, "", &mut problems);
        problems
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
        for (keyword, wanted) in schema.as_object().expect("a schema is an object") {
            let is_met = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    let name = wanted.as_str().and_then(|name| name.strip_prefix('#')).expect("a local reference");
                    self.check(self.root.pointer(name).expect("a definition"), value, place, problems);
                    true
                }
                "type" => is_of_type(value, wanted),
                "const" => value == wanted,
                "enum" => wanted.as_array().expect("a list").contains(value),
                "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().expect("a number")),
                "required" => {
                    let names = wanted.as_array().expect("names").iter().filter_map(Value::as_str);
                    value.as_object().is_none_or(|object| names.into_iter().all(|name| object.contains_key(name)))
                }
                "properties" => self.check_properties(wanted, value, place, problems),
                "additionalProperties" => {
                    for (name, value) in value.as_object().into_iter().flatten() {
                        self.check(wanted, value, &format!("{place}/{name}"), problems);
                    }
                    true
                }
                "items" => {
                    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(wanted, item, &format!("{place}/{number}"), problems);
                    }
                    true
                }
                other => panic!("{other} at {place}: not a keyword that this test knows"),
            };
            if !is_met {
                problems.push(format!("{place}: {keyword} {wanted}"));
            }
        }
    }

    /// Checks what is listed, and whether that is all there is. Readers may meet more in exports of later versions, but
    /// what this version writes is described.
    fn check_properties(&self, listed: &Value, value: &Value, place: &str, problems: &mut Vec<String>) -> bool {
        let properties = value.as_object().into_iter().flatten();
        for (name, value) in properties.clone() {
            if let Some(schema) = listed.get(name) {
                self.check(schema, value, &format!("{place}/{name}"), problems);
            }
        }
        properties.into_iter().all(|(name, _)| listed.get(name).is_some())
    }
}

fn is_of_type(value: &Value, wanted: &Value) -> bool {
    let is = |name: &Value| match name.as_str().expect("the name of a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    };
    wanted.as_array().map_or_else(|| is(wanted), |types| types.iter().any(is))
}
