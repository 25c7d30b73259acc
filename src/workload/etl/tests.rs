//! The whole workload on real files and on made-up ones, beside computations that share nothing with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::super::harness;
use super::*;

fn seattle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/seattle-weather.csv")
}

/// Key, count, sum, mean, min and max of each group in an answer's file.
type Table = BTreeMap<String, [f64; 5]>;

fn table_of(answer: &Answer) -> Table {
    let content = &answer.artifact.as_ref().unwrap().content;
    let mut reader = csv::Reader::from_reader(&content[..]);
    assert_eq!(reader.headers().unwrap(), &["key", "count", "sum", "mean", "min", "max"][..]);
    reader.deserialize::<(String, [f64; 5])>().map(Result::unwrap).collect()
}

fn assert_close(found: &Table, expected: &Table) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (key, numbers) in found {
        for (found, expected) in numbers.iter().zip(expected[key]) {
            assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{key}: {found} for {expected}");
        }
    }
}

fn aggregated(mut values: Vec<f64>) -> [f64; 5] {
    values.sort_by(f64::total_cmp);
    let (count, sum) = (values.iter().map(|_| 1.0).sum::<f64>(), values.iter().sum::<f64>());
    [count, sum, sum / count, values[0], values[values.len() - 1]]
}

fn weather(size: &str) -> Answer {
    let asked = [("group-by", "weather"), ("value", "temp_max"), ("size", size)];
    harness::answer(&Etl, &asked, &[seattle()])
}

#[test]
fn groups_of_real_weather_equal_those_of_a_plain_loop() {
    // This file has no quotes, so that lines and commas are all there is to it.
    let text = fs::read_to_string(seattle()).unwrap();
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        values.entry(cells[5].to_owned()).or_default().push(cells[2].parse().unwrap());
    }
    let expected: Table = values.into_iter().map(|(key, values)| (key, aggregated(values))).collect();
    let answer = weather("4KiB");
    assert_close(&table_of(&answer), &expected);
    assert!(answer.sentence.starts_with("1,461 temp_max in 5 weather groups: sum "), "{}", answer.sentence);
    assert_eq!(weather("64MiB").checksum, answer.checksum, "cut into many slices and into one");
}

/// What Python's own reader and exact summation find; keys arrive as JSON.
const PYTHON: &str = "
import csv, json, math, sys
path, group, value, condition = sys.argv[1:]
groups = {}
with open(path, newline='', encoding='utf-8-sig') as file:
    for row in csv.DictReader(file):
        if row[value] != '' and eval(condition):
            groups.setdefault(row[group], []).append(float(row[value]))
print(json.dumps({k: [len(v), math.fsum(v), math.fsum(v) / len(v), min(v), max(v)] for k, v in groups.items()}))
";

/// `None`, said aloud, where there is no python3.
fn python(path: &Path, group: &str, value: &str, condition: &str) -> Option<Table> {
    let run = Command::new("python3").args(["-I", "-c", PYTHON]).arg(path).args([group, value, condition]).output();
    let Ok(run) = run else {
        eprintln!("skipped: there is no python3 here to compare with");
        return None;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(serde_json::from_slice(&run.stdout).unwrap())
}

#[test]
fn python_finds_the_same_groups() {
    let Some(expected) = python(&seattle(), "weather", "temp_max", "True") else { return };
    assert_close(&table_of(&weather("4KiB")), &expected);
    let asked = [("group-by", "weather"), ("value", "wind"), ("where", "temp_min >= 10"), ("size", "8KiB")];
    let filtered = harness::answer(&Etl, &asked, &[seattle()]);
    let expected = python(&seattle(), "weather", "wind", "float(row['temp_min']) >= 10").unwrap();
    assert_close(&table_of(&filtered), &expected);
}

#[test]
fn python_finds_the_same_groups_in_the_default_input() {
    let job = harness::job(&Etl, &[("tasks", "9"), ("size", "16KiB")], &[]).unwrap();
    assert_eq!(Etl.plan(&job).tasks.len(), 9);
    let answer = harness::answer_of(&Etl, &job);
    assert_eq!(answer.notes, [""; 0]);
    assert!(answer.sentence.contains(" missing"), "{}", answer.sentence);
    if let Some(expected) = python(&job.survey.files[0].path, "region", "amount", "True") {
        assert_close(&table_of(&answer), &expected);
    }
}

fn answer_for(texts: &[&str], asked: &[(&str, &str)]) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let input: Vec<PathBuf> = (0..texts.len()).map(|number| folder.path().join(format!("{number}.csv"))).collect();
    input.iter().zip(texts).for_each(|(path, text)| fs::write(path, text).unwrap());
    let mut answer = harness::answer(&Etl, &[&[("group-by", "k"), ("value", "v")], asked].concat(), &input);
    let prefix = format!("{}/", folder.path().display());
    answer.notes.iter_mut().for_each(|note| *note = note.replace(&prefix, ""));
    answer
}

fn written(answer: &Answer) -> String {
    String::from_utf8(answer.artifact.clone().unwrap().content).unwrap()
}

#[test]
fn the_rules_for_cells_hold() {
    let text = "\u{feff}k,v\r\n a,1\r\na,2\r\n\"a\n\"\"b\",3\r\nempty,\r\na,x\r\na\r\n,4\r\na,\" 5\"\r\n";
    let answer = answer_for(&[text], &[]);
    let expected = "key,count,sum,mean,min,max\n,1,4,4,4,4\n a,1,1,1,1,1\na,2,7,3.5,2,5\n\"a\n\"\"b\",1,3,3,3,3\n";
    assert_eq!(written(&answer), expected);
    assert_eq!(answer.sentence, "5 v in 4 k groups: sum 15, mean 3, min 1, max 5; 1 missing");
    assert_eq!(
        answer.notes,
        ["0.csv line 7: 'x' is no number; left out", "0.csv line 8: 1 fields, the header has 2; skipped"]
    );
}

#[test]
fn files_with_the_same_header_are_one_table() {
    let answer = answer_for(&["k,v\na,1\nb,x\n", "k,v\n\na,2\na,y"], &[("where", "k = a")]);
    assert_eq!(written(&answer), "key,count,sum,mean,min,max\na,2,3,1.5,1,2\n");
    assert_eq!(answer.notes, ["1.csv line 4: 'y' is no number; left out"]);
}

#[test]
fn many_complaints_are_counted_and_a_few_are_told() {
    let text = format!("k,v\n{}", "a,x\n".repeat(4_000));
    let answer = answer_for(&[&text], &[("size", "4KiB")]);
    assert_eq!(answer.notes.len(), KEPT + 1);
    assert_eq!(answer.notes[KEPT], "4,000 records left out or skipped in all");
    assert_eq!(answer.sentence, "no v in any k");
}

#[test]
fn a_users_file_needs_a_question() {
    let refusal = harness::job(&Etl, &[], &[seattle()]).unwrap_err();
    let expected = "--group-by: is missing, name one of the columns; \
                    the columns are date, precipitation, temp_max, temp_min, wind, weather";
    assert_eq!(refusal.to_string(), expected);
}

#[test]
fn a_file_that_shrinks_fails_its_task() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, "k,v\na,1\na,2\n").unwrap();
    let job = harness::job(&Etl, &[("group-by", "k"), ("value", "v")], std::slice::from_ref(&path)).unwrap();
    fs::write(&path, "k,v\na,1\n").unwrap();
    let failure = harness::outputs(&Etl, &job).unwrap_err();
    let expected = format!("{} from line 2 on: the file has become shorter since it was cut", path.display());
    assert_eq!(failure.0, expected);
}
