//! Advice as text for people.

use super::Advice;

/// One advice in sentences: what to do, how sure that is, what it rests on, when it would be another, what to measure
/// next, and what it is called elsewhere.
#[must_use]
pub fn sentences(advice: &Advice) -> Vec<String> {
    let figures: Vec<String> =
        advice.evidence.iter().map(|evidence| format!("{} {}", evidence.row, evidence.figure)).collect();
    let mut sentences = vec![
        format!("advice for {}: {}", advice.title(), advice.sentence),
        format!("confidence {}: {}", advice.confidence.word(), advice.because),
        format!("rows: {}", figures.join("   ")),
    ];
    sentences.extend(advice.also.iter().map(|text| format!("also: {text}")));
    sentences.extend(advice.unless.iter().map(|text| format!("unless {text}")));
    sentences.extend(advice.next.iter().map(|command| format!("measure next: {command}")));
    sentences.push(format!("in Python: {}", advice.python));
    sentences.push(format!("in Rust: {}", advice.rust));
    sentences
}
