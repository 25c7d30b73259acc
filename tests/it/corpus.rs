//! The fuzzers' targets, replayed: every example that is kept, mutations of it, and bytes from nowhere.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use targets::TARGETS;

/// The examples of a target, by path.
fn examples(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).expect("an example"))).collect()
}

#[test]
fn every_target_has_examples_and_a_program() {
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml")).expect("a manifest");
    for (name, _) in TARGETS {
        assert!(!examples(name).is_empty(), "{name}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
    let programs = manifest.matches("[[bin]]").count();
    assert_eq!(programs, TARGETS.len());
}

#[test]
fn examples_hold() {
    for (name, target) in TARGETS {
        for (path, example) in examples(name) {
            println!("{}", path.display());
            target(&example);
        }
    }
}

/// One change of an example: some bytes are replaced, left out or said twice.
fn mutated(example: &[u8], place: usize, length: usize, put: &[u8]) -> Vec<u8> {
    let start = place % (example.len() + 1);
    let end = (start + length).min(example.len());
    [&example[..start], put, &example[end..]].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn mutated_examples_hold(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<usize>(), 0_usize..9, prop::collection::vec(any::<u8>(), 0..9)), 1..4),
    ) {
        for (name, target) in TARGETS {
            let examples = examples(name);
            let (_, example) = &examples[which.index(examples.len())];
            let change = |bytes: Vec<u8>, (place, length, put): &(usize, usize, Vec<u8>)| mutated(&bytes, *place, *length, put);
            target(&changes.iter().fold(example.clone(), change));
        }
    }

    #[test]
    fn bytes_from_nowhere_hold(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for (_, target) in TARGETS {
            target(&bytes);
        }
    }
}
