//! Advice as text for people.

use super::Advice;

/// What there is to say of one advice, part by part: what it is, and the text; how sure that is, what it rests on, when it
/// would be another, what to measure next, and what it is called elsewhere.
#[must_use]
pub fn parts(advice: &Advice) -> Vec<(&'static str, String)> {
    let figures: Vec<String> =
        advice.evidence.iter().map(|evidence| format!("{} {}", evidence.row, evidence.figure)).collect();
    let mut parts = vec![
        ("advice: ", advice.sentence.clone()),
        ("confidence ", format!("{}: {}", advice.confidence.word(), advice.because)),
        ("rows: ", figures.join("   ")),
    ];
    let each = |name: &'static str, texts: &[String]| texts.iter().map(|text| (name, text.clone())).collect::<Vec<_>>();
    parts.extend(each("also: ", &advice.also));
    parts.extend(each("unless ", &advice.unless));
    parts.extend(each("measure next: ", &advice.next));
    parts.push(("in Python: ", advice.python.clone()));
    parts.push(("in Rust: ", advice.rust.clone()));
    parts
}

/// The same in sentences, the first of which names the work.
#[must_use]
pub fn sentences(advice: &Advice) -> Vec<String> {
    let mut sentences: Vec<String> = parts(advice).into_iter().map(|(name, said)| format!("{name}{said}")).collect();
    sentences[0] = format!("advice for {}: {}", advice.title(), advice.sentence);
    sentences
}
