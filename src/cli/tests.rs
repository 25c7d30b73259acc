//! Command lines, good and bad, through the pure parser.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::*;
use crate::spec::{Baseline, Chunk, Order};
use crate::units::Nanos;
use crate::workload::{About, WORKLOADS};

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    Environment { variables: variables.collect::<BTreeMap<OsString, OsString>>(), usable_cores: 3, columns: None }
}

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(|word| if word == "''" { OsString::new() } else { word.into() }).collect()
}

fn run(line: &str, variables: &[(&str, &str)]) -> Result<Measurement, UsageError> {
    match parse(&words(&format!("run {line}")), &environment(variables))? {
        Command::Run(measurement) => Ok(*measurement),
        other => panic!("{line}: {other:?}"),
    }
}

/// The ids as they are listed in a sentence.
fn listed<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    ids.collect::<Vec<_>>().join(", ")
}

/// Checks that a command line is refused with exactly this line.
fn refused(line: &str, expected: &str) {
    let error = parse(&words(line), &environment(&[])).expect_err(line);
    assert_eq!(error.to_string(), expected, "partui {line}");
}

/// The ids of the workloads for which something holds, as messages list them.
fn ids(holds: fn(&About) -> bool) -> String {
    let ids = WORKLOADS.iter().map(|workload| workload.about()).filter(|about| holds(about)).map(|about| about.id);
    ids.collect::<Vec<_>>().join(", ")
}

#[test]
fn refusals_name_the_workloads_that_would_do() {
    let (all, writers) = (ids(|_| true), ids(|about| about.output.is_some()));
    let expected = format!("--workload dance: allowed is {all} or all, several with commas between");
    refused("run -w dance", &expected);
    let expected = format!("--output a: primes has nothing to write; allowed with {writers}");
    refused("run -w primes --output a", &expected);
}

#[test]
fn lists_multiply() {
    let asked = run("-w primes -b threads,processes -n 1..3,auto -g both", &[]).unwrap();
    assert_eq!(asked.configurations.len(), 2 * 3 * 2);
    let asked = run("-w all -b all -n 2", &[]).unwrap();
    assert_eq!(asked.configurations.len(), WORKLOADS.len() * BackendId::ALL.len());
}

#[test]
fn without_flags_the_first_workload_runs_on_every_backend_with_the_usable_cores() {
    let asked = run("", &[]).unwrap();
    let seen: Vec<_> = asked.configurations.iter().map(|it| (it.workload.as_str(), it.backend, it.workers)).collect();
    let expected = BackendId::ALL.map(|backend| ("primes", backend, if backend.facts().scales { 3 } else { 1 }));
    assert_eq!(seen, expected);
    assert_eq!(asked.settings, RunSettings::default());
}

fn scale(line: &str) -> Result<Measurement, UsageError> {
    match parse(&words(&format!("scale {line}")), &environment(&[]))? {
        Command::Run(measurement) => Ok(*measurement),
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn scaling_goes_to_twice_the_cores_on_every_backend_with_workers() {
    let asked = scale("").unwrap();
    assert_eq!(asked.purpose, Purpose::Scale);
    let seen: Vec<_> = asked.configurations.iter().map(|it| (it.backend, it.workers)).collect();
    let scaling = BackendId::ALL.into_iter().filter(|backend| backend.facts().scales);
    let expected: Vec<_> = scaling.flat_map(|backend| (1..=6).map(move |workers| (backend, workers))).collect();
    assert_eq!(seen, expected);
    let asked = scale("-w sleep -b threads -n 2..3 -g both --runs 7 --export-csv a.csv").unwrap();
    assert_eq!((asked.configurations.len(), asked.settings.runs, asked.exports.len()), (4, 7, 1));
    assert_eq!(run("", &[]).unwrap().purpose, Purpose::Results);
}

#[test]
fn scaling_takes_one_workload_and_workers_to_choose() {
    refused("scale -w primes,sleep", "--workload primes,sleep: partui scale measures one; partui run several");
    let ids = listed(BackendId::ALL.into_iter().filter(|backend| backend.facts().scales).map(BackendId::id));
    let expected = format!("--backend sequential: it has no workers to choose; allowed with {ids}");
    refused("scale -b sequential", &expected);
    refused("scale -n 0", "--workers 0: allowed is 1…1024, such as 4 or 2,4 or 1..8 (the smaller first), or auto");
    refused("scale --wokers 2", "--wokers: not a flag of this command; did you mean --workers?");
}

#[test]
fn the_terminal_ui_is_preset_by_the_same_flags() {
    let Ok(Command::Interface(preset)) = parse(&words("-w sleep -n 7 -g on --runs 3 --ascii"), &environment(&[]))
    else {
        panic!("no preset")
    };
    assert_eq!((preset.configuration.workload.as_str(), preset.configuration.workers), ("sleep", 7));
    assert_eq!((preset.configuration.gil, preset.configuration.backend), (true, BackendId::Threads));
    assert_eq!((preset.settings.runs, preset.look.ascii, preset.look.color), (3, true, None));
    assert!(!preset.tour);
}

#[test]
fn the_demo_is_the_terminal_ui_with_a_tour() {
    let Ok(Command::Interface(preset)) = parse(&words("demo --ascii"), &environment(&[])) else { panic!("no preset") };
    assert!(preset.tour && preset.look.ascii);
    refused("demo --workers 2", "--workers: not a flag of this command; partui demo --help lists them");
}

#[test]
fn values_are_read_in_their_units() {
    let asked = run(
        "-b threads -g on --switch-interval 1.5ms --chunk 8 --runs 1_0 --warmup 0 --min-time 2s --order sequential \
         --baseline none --tasks 1_000 --gil-model c-held",
        &[],
    )
    .unwrap();
    let one = &asked.configurations[0];
    assert_eq!((one.switch_interval, one.chunk, one.tasks()), (Some(Nanos(1_500_000)), Some(Chunk::Fixed(8)), 1_000));
    let expected = RunSettings {
        runs: 10,
        warmup: 0,
        min_time: Some(Nanos::from_secs(2)),
        order: Order::Sequential,
        baseline: Baseline::None,
    };
    assert_eq!(asked.settings, expected);
}

#[test]
fn counts_are_written_as_people_do() {
    let asked = run("-b threads -n 1e0,2 --tasks 10k --size 1.5M --seed 1_000 --runs 1e1 --chunk 2k", &[]).unwrap();
    let one = &asked.configurations[0];
    assert_eq!((asked.configurations.len(), one.tasks(), one.chunk), (2, 10_000, Some(Chunk::Fixed(2_000))));
    assert_eq!((one.values.count("size"), one.values.count("seed"), asked.settings.runs), (1_500_000, 1_000, 10));
    refused("run --runs 1.5", "--runs 1.5: allowed is 1…10000");
    refused("run --runs 1e-1", "--runs 1e-1: allowed is 1…10000");
    refused("run --warmup 2M", "--warmup 2M: allowed is 0…1000");
}

#[test]
fn variables_stand_in_for_flags_and_are_named_when_they_are_wrong() {
    let asked = run("-b threads", &[("PARTUI_WORKERS", "2,4"), ("PARTUI_QUIET", "yes"), ("PARTUI_RUNS", "")]).unwrap();
    assert_eq!((asked.configurations.len(), asked.quiet, asked.settings.runs), (2, true, 5));
    let asked = run("-b threads -n 1", &[("PARTUI_WORKERS", "2,4"), ("PARTUI_QUIET", "off")]).unwrap();
    assert_eq!((asked.configurations.len(), asked.quiet), (1, false));
    for (name, value, expected) in [
        (
            "PARTUI_WORKERS",
            "0",
            "PARTUI_WORKERS=0: allowed is 1…1024, such as 4 or 2,4 or 1..8 (the smaller first), or auto",
        ),
        ("PARTUI_GIL", "maybe", "PARTUI_GIL=maybe: allowed is off, on, both"),
        ("PARTUI_QUIET", "perhaps", "PARTUI_QUIET=perhaps: allowed is 1, true, yes, on, 0, false, no or off"),
        ("PARTUI_MIN_TIME", "5", "PARTUI_MIN_TIME=5: allowed is 1ms…3600s with the unit, such as 5ms or 1.5s"),
    ] {
        assert_eq!(run("", &[(name, value)]).unwrap_err().to_string(), expected);
    }
    let error = run("", &[("PARTUI_TASKS", "none")]).unwrap_err().to_string();
    assert!(error.starts_with("PARTUI_TASKS=none: allowed is a whole number, "), "{error}");
}

#[test]
fn a_variable_for_another_workload_is_left_alone_but_a_flag_is_refused() {
    run("-w primes", &[("PARTUI_LATENCY", "5ms"), ("PARTUI_INPUT", "/nowhere")]).unwrap();
    refused("run -w primes --latency 5ms", "--latency 5ms: primes has no such setting; it is one of sleep, scrape");
    refused("run -w primes --input /nowhere", "--input /nowhere: primes takes no input");
}

#[test]
fn bad_numbers_of_workers() {
    let bad = [
        "0",
        "-1",
        "1025",
        "1000000",
        "18446744073709551615",
        "18446744073709551616",
        "1e9",
        "0x10",
        "''",
        "NaN",
        "1.5.2",
        "+4",
        "４",
        "2,",
        ",2",
        "2,,4",
        "4..2",
        "1..",
        "..4",
        "1...4",
        "1..1025",
        "auto,0",
        "all",
        "10s",
        "@file",
    ];
    for value in bad {
        let expected =
            format!("--workers {value}: allowed is 1…1024, such as 4 or 2,4 or 1..8 (the smaller first), or auto");
        refused(&format!("run -n {value}"), &expected);
        refused(&format!("--workers={}", value.replace("''", "")), &expected);
    }
}

#[test]
fn bad_values_of_every_flag_that_takes_one() {
    let bad = ["0.5.1", "-inf9", "10S", "1e9x", "\u{1b}[2J", "\u{202e}x"];
    for flag in flags::all().iter().filter(|flag| matches!(flag.takes, flags::Takes::One(_) | flags::Takes::Choice(_)))
    {
        for value in bad {
            let line = [OsString::from("run"), "-w".into(), "all".into(), format!("--{}={value}", flag.name).into()];
            let line = if flag.name == "workload" { vec![line[0].clone(), line[3].clone()] } else { line.to_vec() };
            let error = parse(&line, &environment(&[])).expect_err(&format!("--{} {value}", flag.name)).to_string();
            assert!(error.starts_with(&format!("--{} {}: ", flag.name, usage::shown(value))), "{error}");
            assert!(!error.chars().any(char::is_control), "{error:?}");
        }
    }
}

#[test]
fn bad_durations() {
    for value in
        ["5", "-5ms", "''", "NaN", "inf", "-0.0", "10S", "1.5.2s", "+5ms", "0ns", "11s", "99999999999999999s", "５ms"]
    {
        let allowed = "allowed is 1us…10s with the unit, such as 5ms or 1.5s";
        refused(&format!("run --switch-interval {value}"), &format!("--switch-interval {value}: {allowed}"));
    }
    let spaced = [OsString::from("run"), "--switch-interval".into(), "10 s".into()];
    let error = parse(&spaced, &environment(&[])).unwrap_err().to_string();
    assert!(error.starts_with("--switch-interval '10 s': allowed is"), "{error}");
}

#[test]
fn flags_and_commands_that_are_not_there() {
    let backends = listed(BackendId::ALL.iter().map(|backend| backend.id()));
    for (line, expected) in [
        ("run --wokers 2", "--wokers: not a flag of this command; did you mean --workers?"),
        ("--bogus", "--bogus: not a flag of this command; partui --help lists them"),
        ("doctor --jsn", "--jsn: not a flag of this command; did you mean --json?"),
        ("lst", "lst: not a command; did you mean list?"),
        ("--force", "--force: allowed after partui run and partui scale only"),
        ("run --payloads 4", "--payloads: not a flag of this command; did you mean --payload?"),
        ("runn", "runn: not a command; did you mean run?"),
        ("run @file", "@file: neither a flag nor a command; partui run --help lists them"),
        ("run primes", "primes: needs its flag: --workload primes"),
        ("scale rayon", "rayon: needs its flag: --backend rayon"),
        ("demo primes", "primes: neither a flag nor a command; partui demo --help lists them"),
        ("@file", "@file: not a command; partui --help lists them"),
        ("run -inf", "-i: not a flag of this command; partui run --help lists them"),
        ("run --", "--: not allowed: every argument of partui is a flag or a command"),
        ("-- run", "--: not allowed: every argument of partui is a flag or a command"),
        ("run --workers", "--workers: a value is missing: --workers <n,…|a..b|auto>"),
        ("run --runs --quiet", "--runs --quiet: allowed is 1…10000"),
        ("run --export-csv --quiet", "--export-csv: a value is missing: --export-csv <path|->"),
        ("run --input", "--input: a value is missing: --input <path>..."),
        ("run --quiet=1", "--quiet: takes no value"),
        ("run -n 2 -n 4", "--workers: given more than once"),
        ("run --quiet --quiet", "--quiet: given more than once"),
        ("-n 2 run", "--workers: flags of run are written after run"),
        ("-n 2 rum\u{7}", "rum\\u{7}: not a command; partui --help lists them"),
        ("list things", "things: allowed is workloads, backends, transports, faults, columns, words"),
        ("completions", "completions: a shell is missing: bash, zsh, fish, elvish, powershell"),
        ("completions tcsh", "tcsh: allowed is bash, zsh, fish, elvish, powershell"),
        ("run -g maybe", "--gil maybe: allowed is off, on, both"),
        ("run -b threads,", &*format!("--backend threads,: allowed is {backends} or all, several with commas between")),
        ("run --transport tcp", "--transport tcp: allowed is reference, channel, pipe, shm"),
    ] {
        refused(line, expected);
    }
}

#[test]
fn destinations_that_contradict_each_other() {
    for (line, expected) in [
        ("run --export-csv - --json-stream", "--export-csv -: allowed is another place than that of --json-stream"),
        ("run --export-csv - --export-json -", "--export-json -: allowed is another place than that of --export-csv"),
        (
            "run --export-csv a --export-samples a",
            "--export-samples a: allowed is another place than that of --export-csv",
        ),
        ("run -w primes,hash --output a", "--output a: allowed with one workload, not with primes, hash"),
        (
            "-b threads,rayon",
            "--backend threads,rayon: the terminal UI starts with one value; partui run measures several",
        ),
        ("-g both", "--gil both: the terminal UI starts with one value; partui run measures several"),
        (
            "run -w primes,hash -b threads,rayon -n 1..1024",
            "--workers 1..1024: this makes 4096 combinations, at most 2048 are allowed",
        ),
    ] {
        refused(line, expected);
    }
}

#[test]
fn arguments_that_are_no_text_are_named_harmlessly() {
    let bytes = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    let huge = bytes(&vec![b'7'; 1 << 20]);
    let sevens = "7".repeat(60);
    for (line, start) in [
        (vec!["run".into(), "-n".into(), bytes(b"\xff")], "--workers \\xff: allowed is 1"),
        (vec!["run".into(), "--gil".into(), bytes(b"\xff")], "--gil \\xff: allowed is text in UTF-8"),
        (
            vec!["run".into(), "-w".into(), "hash".into(), "--input".into(), bytes(b"caf\xe9")],
            "--input caf\\xe9: cannot be read",
        ),
        (vec!["run".into(), bytes(b"--\xff")], "--"),
        (vec![bytes(b"\xff")], ""),
        (vec!["run".into(), "--seed".into(), huge], &format!("{sevens}…: allowed are 8192 bytes an argument")),
        (vec!["\u{1b}]52;c;aGk=\u{7}".into()], "\\u{1b}]52;c;aGk=\\u{7}: not a command"),
    ] {
        let error = parse(&line, &environment(&[])).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
        assert!(error.len() < 400 && !error.chars().any(char::is_control), "{error:?}");
    }
}

#[test]
fn help_and_version_are_printed() {
    for line in ["--help", "-h", "run --help", "list -h", "help run", "--version", "-V"] {
        assert!(matches!(parse(&words(line), &environment(&[])), Ok(Command::Print(_))), "{line}");
    }
}

#[test]
fn a_completion_script_knows_the_flags() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
        let script = String::from_utf8(completion_script(shell)).unwrap();
        assert!(script.contains("switch-interval"), "{shell}");
    }
}

#[test]
fn the_look_follows_flag_terminal_and_no_color() {
    for (line, no_color, expected) in [
        ("", "", None),
        ("", "1", Some(false)),
        ("--color always", "1", Some(true)),
        ("--color never", "", Some(false)),
    ] {
        assert_eq!(run(line, &[("NO_COLOR", no_color)]).unwrap().look.color, expected, "{line} {no_color}");
    }
}
