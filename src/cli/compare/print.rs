//! How a comparison is printed: text, Markdown or JSON. Pure.

use serde_json::json;

use super::{Form, Found};
use crate::cli::Look;
use crate::experiment::{Experiment, Finding, Scope};
use crate::results::table;
use crate::text::wrap_text;

/// The widths of the text table's columns; the last one has the rest of the line.
const WIDTHS: [usize; 3] = [16, 25, 25];

/// How wide sentences are before they are indented.
const WIDTH: usize = 76;

impl Form {
    /// What stands above the rows.
    pub(super) fn head(self, scope: Scope) -> String {
        let cores = if scope.cores == 1 { "1 usable core".to_owned() } else { format!("{} usable cores", scope.cores) };
        let quick = if scope.quick { ", quick" } else { "" };
        let title = format!("The textbook, measured on this machine ({cores}{quick})");
        let names = ["feature", "processes", "threads"];
        match self {
            Self::Text => format!("{title}\n\n{}verdict\n", cells(names)),
            Self::Markdown => {
                format!("{title}\n\n| {} | verdict |\n| :--- | :--- | :--- | :--- |\n", names.join(" | "))
            }
            Self::Json => String::new(),
        }
    }

    /// A row: what textbooks say, and below it what was measured.
    pub(super) fn row(self, experiment: &dyn Experiment, finding: &Finding) -> String {
        let about = experiment.about();
        let claims = [about.feature, about.processes, about.threads];
        let measured = ["", &*finding.processes, &*finding.threads];
        let verdict = finding.verdict.text();
        match self {
            Self::Text => format!("{}\n{}{verdict}\n", cells(claims).trim_end(), cells(measured)),
            Self::Markdown => {
                let [feature, processes, threads] = claims;
                let [_, own, shared] = measured;
                format!("| {feature} | {processes}<br>{own} | {threads}<br>{shared} | {verdict} |\n")
            }
            Self::Json => object(experiment, finding),
        }
    }

    /// What each row means.
    pub(super) fn foot(self, found: &[Found]) -> String {
        let meaning = |(experiment, finding): &Found| match self {
            Self::Text => in_text(*experiment, finding),
            Self::Markdown => in_markdown(*experiment, finding),
            Self::Json => String::new(),
        };
        found.iter().map(meaning).collect()
    }

    /// The text as a terminal without Unicode can show it; exports are left as they are.
    pub(in crate::cli) fn spelled(self, text: &str, look: Look) -> String {
        if look.ascii && self == Self::Text {
            text.lines().map(|line| table::ascii(line) + "\n").collect()
        } else {
            text.to_owned()
        }
    }
}

/// The first cells of a line, each at least a column away from the next.
fn cells(texts: [&str; 3]) -> String {
    texts.iter().zip(WIDTHS).map(|(text, width)| format!("{text:<width$} ")).collect::<Vec<_>>().concat()
}

/// What there is to say of a row, each with its name before it.
fn sentences(experiment: &dyn Experiment, finding: &Finding) -> [String; 4] {
    let about = experiment.about();
    let facts = [("So", &*finding.conclusion), ("Why", about.why), ("Would change it", about.change)];
    let [so, why, change] = facts.map(|(name, said)| format!("{name}: {said}."));
    [about.in_short(finding.verdict), so, why, change]
}

fn in_text(experiment: &dyn Experiment, finding: &Finding) -> String {
    let about = experiment.about();
    let mut text = format!("\n{}: {}\n", about.feature, about.question);
    let facts = sentences(experiment, finding);
    let figures = finding.figures.iter().map(|of| format!("  {}, {}: {}", of.label, of.quantity, of.text()));
    for line in facts.iter().flat_map(|fact| wrap_text(fact, WIDTH)).chain(figures) {
        text.extend(["  ", &line, "\n"]);
    }
    text
}

fn in_markdown(experiment: &dyn Experiment, finding: &Finding) -> String {
    let (about, verdict) = (experiment.about(), finding.verdict.text());
    let facts = sentences(experiment, finding).map(|said| format!("- {said}\n")).concat();
    let figures = finding.figures.iter().map(|of| format!("  - {}, {}: {}\n", of.label, of.quantity, of.text()));
    format!(
        "\n**{}** {} {verdict}\n\n{facts}- Figures, with their 95 % intervals:\n{}",
        about.feature,
        about.question,
        figures.collect::<String>()
    )
}

/// A row as one line of JSON.
fn object(experiment: &dyn Experiment, finding: &Finding) -> String {
    let about = experiment.about();
    let row = json!({
        "row": about.id,
        "question": about.question,
        "claim": { "processes": about.processes, "threads": about.threads },
        "verdict": finding.verdict,
        "measured": { "processes": finding.processes, "threads": finding.threads },
        "in_short": about.in_short(finding.verdict).trim_start_matches("In short: "),
        "conclusion": finding.conclusion,
        "why": about.why,
        "change": about.change,
        "evidence": finding.figures,
    });
    format!("{row}\n")
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;
    use crate::experiment::{EXPERIMENTS, Figure, Measured, Unit, Verdict};

    fn finding() -> Finding {
        let measured = Measured { value: 1.93, low: 1.9, high: 1.96 };
        Finding {
            verdict: Verdict::DoesNotHold,
            processes: "1.93 cores".to_owned(),
            threads: "1.01 cores".to_owned(),
            conclusion: "processes keep 1.93 cores busy".to_owned(),
            figures: vec![Figure::new("processes", "busy cores", measured, Unit::Cores)],
        }
    }

    #[test]
    fn claims_fit_their_columns() {
        for about in EXPERIMENTS.iter().map(|experiment| experiment.about()) {
            for (text, width) in [about.feature, about.processes, about.threads].iter().zip(WIDTHS) {
                assert!(text.chars().count() <= width, "{text}");
            }
        }
    }

    #[test]
    fn what_was_found_on_the_screen_is_a_table_of_those_rows() {
        let look = Look { color: None, ascii: false };
        assert_eq!(found(&[], 2, look), "");
        let text = found(&[(2, finding()), (5, finding())], 2, look);
        let measured = [2, 5].map(|place| EXPERIMENTS[place].about().feature);
        assert!(text.contains("2 usable cores") && measured.iter().all(|feature| text.contains(feature)), "{text}");
        assert_eq!(text.matches("≠ does not").count(), 2, "{text}");
    }

    #[test]
    fn a_row_says_claim_figure_and_verdict() {
        let (experiment, finding) = (EXPERIMENTS[2], finding());
        let about = experiment.about();
        let parts = [about.feature, about.processes, about.threads, "1.93 cores", "1.01 cores", "≠ does not"];
        for form in [Form::Text, Form::Markdown] {
            let row = form.row(experiment, &finding);
            assert!(parts.iter().all(|part| row.contains(part)), "{row}");
        }
        let foot = Form::Text.foot(&[(experiment, finding)]);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            about.question,
            "In short: textbooks are wrong",
            about.why,
            about.change,
            "keep 1.93 cores",
            "1.93 cores (1.90 cores to 1.96 cores)",
        ] {
            assert!(words(&foot).contains(part), "{foot}");
        }
    }

    #[test]
    fn json_has_one_object_a_line_and_nothing_else() {
        let line = Form::Json.row(EXPERIMENTS[0], &finding());
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((line.lines().count(), line.ends_with('\n')), (1, true));
        assert_eq!((&object["row"], &object["verdict"]), (&json!("memory"), &json!("does-not-hold")));
        assert_eq!(object["evidence"][0]["value"], json!(1.93));
        let scope = Scope { cores: 2, quick: true };
        assert_eq!(Form::Json.head(scope) + &Form::Json.foot(&[(EXPERIMENTS[0], finding())]), "");
    }

    #[test]
    fn without_unicode_the_verdicts_can_still_be_read() {
        let row = Form::Text.row(EXPERIMENTS[2], &finding());
        let plain = Form::Text.spelled(&row, Look { color: None, ascii: true });
        assert!(plain.is_ascii() && plain.contains("does not"), "{plain}");
    }
}
