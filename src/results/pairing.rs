//! Rows beside each other: how much faster one is than its baseline, and whether equal work found equal answers. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{ResultRow, Status};
use crate::engine::Sample;
use crate::stats::{Ratio, Round};
use crate::units::Seed;
use crate::workload::Checksum;

/// Where the draws of a speed-up's bootstrap start, so that the same samples always give the same interval.
const DRAWS: Seed = Seed(0);

/// Brings what the rows of one run say about each other up to date: which answers diverge, then each row's baseline and
/// speed-up. May be called after every sample; a row that diverged once stays so.
pub fn settle(rows: &mut [ResultRow]) {
    for (row, disagreement) in disagreements(rows).into_iter().enumerate() {
        mark(&mut rows[row], disagreement);
    }
    for row in 0..rows.len() {
        let baseline = rows.iter().find(|other| is_baseline_of(other, &rows[row]));
        let name = baseline.map(|baseline| baseline.run.clone());
        let ratio = baseline.and_then(|baseline| speedup(&rows[row], baseline));
        rows[row].baseline_run = name;
        rows[row].speedup = ratio;
    }
}

/// How many times faster `own` is than `baseline`: the geometric mean over the rounds that both have complete samples of.
///
/// A baseline against itself is 1 without an interval. `None` where there is no such round, and for rows that failed or
/// diverged: how long a wrong answer took says nothing.
#[must_use]
pub fn speedup(own: &ResultRow, baseline: &ResultRow) -> Option<Ratio> {
    if [own, baseline].iter().any(|row| matches!(row.status, Status::Failed | Status::Divergent)) {
        return None;
    }
    let walls: BTreeMap<u32, f64> = baseline.complete().map(round_and_wall).collect();
    let rounds: Vec<Round> = own
        .complete()
        .map(round_and_wall)
        .filter_map(|(round, own)| Some(Round { baseline: *walls.get(&round)?, own }))
        .collect();
    let ratio = Ratio::of(&rounds, DRAWS)?;
    let is_itself = own.run == baseline.run;
    Some(if is_itself { Ratio { low: None, high: None, method: None, ..ratio } } else { ratio })
}

/// For each row, the sentence that says how its answer differs; `None` where it does not, or cannot be told.
///
/// Rows of equal work must have equal checksums. The baseline's answer counts as the right one; without a baseline, or
/// with one that contradicts itself, that of most rows does, and where no answer has most rows on its side, none does.
#[must_use]
pub fn disagreements(rows: &[ResultRow]) -> Vec<Option<String>> {
    rows.iter().map(|row| contradiction(row).or_else(|| disagreement(row, rows))).collect()
}

fn mark(row: &mut ResultRow, disagreement: Option<String>) {
    let may_diverge = matches!(row.status, Status::Ok | Status::Cancelled);
    if let (true, Some(sentence)) = (may_diverge, disagreement) {
        row.status = Status::Divergent;
        row.failure = Some(sentence);
    }
}

fn is_baseline_of(candidate: &ResultRow, row: &ResultRow) -> bool {
    candidate.configuration.is_baseline() && same_work(candidate, row)
}

fn same_work(one: &ResultRow, other: &ResultRow) -> bool {
    one.configuration.same_work(&other.configuration)
}

fn round_and_wall(sample: &Sample) -> (u32, f64) {
    (sample.sample, sample.wall.seconds())
}

/// The different checksums that a row's own samples have found.
fn checksums(row: &ResultRow) -> BTreeSet<Checksum> {
    row.complete().filter_map(|sample| Some(sample.answer.as_ref()?.checksum)).collect()
}

/// The one checksum of a row that does not contradict itself.
fn checksum(row: &ResultRow) -> Option<Checksum> {
    let found = checksums(row);
    found.first().copied().filter(|_| found.len() == 1)
}

fn contradiction(row: &ResultRow) -> Option<String> {
    let mut found = checksums(row).into_iter();
    let (one, other) = (found.next()?, found.next()?);
    Some(format!("its samples disagree: {one} and {other}"))
}

fn disagreement(row: &ResultRow, rows: &[ResultRow]) -> Option<String> {
    let own = checksum(row)?;
    let equals = || rows.iter().filter(|other| same_work(row, other));
    let baseline = equals().filter(|other| other.configuration.is_baseline()).find_map(checksum);
    if let Some(right) = baseline {
        return (own != right).then(|| format!("found {own}, but its baseline found {right}"));
    }
    let mut votes: BTreeMap<Checksum, usize> = BTreeMap::new();
    equals().filter_map(checksum).for_each(|vote| *votes.entry(vote).or_default() += 1);
    let most = votes.values().copied().max()?;
    if votes.get(&own) == Some(&most) {
        let rival = votes.iter().find(|(vote, count)| **vote != own && **count == most)?.0;
        return Some(format!("found {own}, but as many rows of the same work found {rival}"));
    }
    let right = votes.iter().find(|(_, count)| **count == most)?.0;
    Some(format!("found {own}, but most rows of the same work found {right}"))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{row, sample};
    use super::*;
    use crate::spec::BackendId::{Processes, Rayon, Sequential, Threads};

    #[test]
    fn a_speedup_pairs_the_rounds_that_both_have() {
        let baseline = row(Sequential, 1).walls(&[1.0, 2.0, 4.0]).done();
        let mut own = row(Threads, 2).walls(&[0.5, 1.0, 2.0, 9.0]).done();
        let ratio = speedup(&own, &baseline).unwrap();
        assert!((ratio.estimate - 2.0).abs() < 1e-12, "{ratio:?}");
        own.samples.remove(0);
        own.samples[0].tasks_lost = 1;
        assert!((speedup(&own, &baseline).unwrap().estimate - 2.0).abs() < 1e-12, "one round is left");
        own.samples[1].sample = 7;
        assert_eq!(speedup(&own, &baseline), None, "no round is left");
    }

    #[test]
    fn settling_pairs_each_row_with_the_baseline_of_its_own_work() {
        let mut rows = [
            row(Sequential, 1).walls(&[1.0]).done(),
            row(Threads, 2).walls(&[0.5]).done(),
            row(Threads, 2).tasks(99).walls(&[0.5]).done(),
        ];
        settle(&mut rows);
        let baseline = Some(rows[0].run.clone());
        assert_eq!((rows[0].baseline_run.clone(), rows[1].baseline_run.clone()), (baseline.clone(), baseline));
        let estimates = rows.each_ref().map(|row| row.speedup.map(|ratio| ratio.estimate));
        assert_eq!(estimates, [Some(1.0), Some(2.0), None]);
        assert_eq!(rows[0].speedup.unwrap().low, None, "a baseline is not measured against itself");
        assert_eq!(rows[2].baseline_run, None);
    }

    /// Each row: backend and the checksums of its samples. Expected: whether it diverges, by place.
    fn check(answers: &[(crate::spec::BackendId, &[u64])], expected: &[bool]) {
        let mut rows: Vec<ResultRow> = answers
            .iter()
            .map(|(backend, checksums)| {
                let samples = checksums.iter().map(|checksum| sample(1.0).checksum(*checksum).done());
                row(*backend, 2).samples(samples.collect()).done()
            })
            .collect();
        settle(&mut rows);
        let diverged: Vec<bool> = rows.iter().map(|row| row.status == Status::Divergent).collect();
        assert_eq!(diverged, expected, "{answers:?}");
        assert!(rows.iter().all(|row| row.failure.is_some() == (row.status == Status::Divergent)));
    }

    #[test]
    fn the_baseline_or_else_the_majority_decides_who_diverges() {
        check(&[(Sequential, &[1, 1]), (Threads, &[1]), (Rayon, &[1])], &[false, false, false]);
        check(&[(Sequential, &[1]), (Threads, &[2]), (Rayon, &[2])], &[false, true, true]);
        check(&[(Threads, &[2]), (Rayon, &[1]), (Processes, &[1])], &[true, false, false]);
        check(&[(Threads, &[2]), (Rayon, &[1])], &[true, true]);
        check(&[(Sequential, &[1, 2]), (Threads, &[1])], &[true, false]);
        check(&[(Threads, &[1, 2])], &[true]);
        check(&[(Threads, &[])], &[false]);
    }

    #[test]
    fn the_sentence_names_both_checksums() {
        let baseline = row(Sequential, 1).samples(vec![sample(1.0).checksum(0xa1).done()]).done();
        let own = row(Threads, 2).samples(vec![sample(1.0).checksum(0xb2).done()]).done();
        let sentence = disagreements(&[baseline, own])[1].clone().unwrap();
        assert_eq!(sentence, "found 00000000000000b2, but its baseline found 00000000000000a1");
    }

    #[test]
    fn only_finished_rows_diverge_and_lose_their_speedup() {
        let wrong = |status| row(Threads, 2).samples(vec![sample(1.0).checksum(2).done()]).status(status).done();
        let baseline = row(Sequential, 1).samples(vec![sample(1.0).checksum(1).done()]).done();
        for (before, after) in [
            (Status::Ok, Status::Divergent),
            (Status::Cancelled, Status::Divergent),
            (Status::Running, Status::Running),
            (Status::Failed, Status::Failed),
        ] {
            let mut rows = [baseline.clone(), wrong(before)];
            settle(&mut rows);
            assert_eq!(rows[1].status, after, "{before:?}");
            assert_eq!(rows[1].speedup.is_some(), after == Status::Running);
        }
    }
}
