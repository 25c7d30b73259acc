//! GET pages and extract their links: waiting for servers, with some computing in between.
//!
//! The world answers as it likes, so what servers say is never a task's failure: a page that is not there, a name that
//! nobody knows and a connection that breaks are answers like any other.

mod links;
mod site;
mod url;

use std::collections::BTreeMap;
use std::path::PathBuf;

use self::links::Extractor;
pub use self::site::{number as page_number, page};
pub use self::url::{Site, Url};
use super::list::{Line, lines};
use super::{
    About, Answer, Artifact, Companion, Compute, Digest, GilModel, Io, Job, Kind, Output, Parameter, ParameterKind,
    Plan, Refusal, Survey, Task, Values, Workload,
};
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Scrape;

/// How many connections hosts of others get at a time.
const POLITE: u32 = 2;

static ABOUT: About = About {
    id: "scrape",
    summary: "gets a web page and extracts its links",
    kind: Kind::Io,
    gil_model: Some(GilModel::Bytecode),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "16",
            unit: "pages",
            presets: &["16", "48", "200", "1000"],
            help: "how many pages of the embedded site; with an input, every address of it is a task",
        },
        Parameter {
            name: "latency",
            kind: ParameterKind::Duration { min: Nanos(0), max: Nanos::from_secs(60) },
            default: "20ms",
            unit: "",
            presets: &["1ms", "5ms", "20ms", "100ms"],
            help: "how long the embedded site lets a request wait; with an input this changes nothing",
        },
        Parameter {
            name: "own-hosts",
            kind: ParameterKind::Text,
            default: "no",
            unit: "",
            presets: &["no", "yes"],
            help: "yes: the hosts of the input are yours; otherwise they get 2 connections at a time and 1 round",
        },
    ],
    input: Some("a file with an http or https address in each line (default: an embedded site in its own process)"),
    output: Some("a line for each page with its status, its address and its number of links, then its links"),
};

impl Workload for Scrape {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn moot(&self) -> &'static [&'static str] {
        &["tasks", "latency"]
    }

    fn check(&self, values: &Values, input: &[PathBuf]) -> Result<(), Refusal> {
        if !["no", "yes"].contains(&values.text("own-hosts")) {
            return Err(Refusal::new("own-hosts", values.text("own-hosts"), "allowed is no or yes"));
        }
        if input.is_empty() { Ok(()) } else { addresses(input).map(drop) }
    }

    fn survey(&self, _values: &Values, input: &[PathBuf]) -> Result<Survey, Refusal> {
        let lines = addresses(input)?.iter().map(Url::to_string).collect();
        Ok(Survey { lines, ..Survey::default() })
    }

    fn plan(&self, job: &Job) -> Plan {
        let task = |(number, url): (u64, Url)| Task { io: Some(Box::new(Io::Get { url })), cpu: Some([number, 0, 0]) };
        Plan { tasks: (0..).zip(urls(job)).map(task).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // A page takes about 300 µs to be sent, read and searched.
        values.duration("latency").plus(Nanos::from_micros(300))
    }

    fn computation(&self, _job: &Job) -> Box<dyn Compute> {
        Box::new(Extractor)
    }

    fn companion(&self, values: &Values, input: &[PathBuf]) -> Option<Companion> {
        input.is_empty().then(|| Companion::Site { latency: values.duration("latency") })
    }

    fn most_connections(&self, values: &Values, input: &[PathBuf]) -> Option<u32> {
        if input.is_empty() || values.text("own-hosts") == "yes" {
            return None;
        }
        let is_foreign = |urls: Vec<Url>| urls.iter().any(|url| !url.site.is_own());
        addresses(input).is_ok_and(is_foreign).then_some(POLITE)
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let is_embedded = job.input.is_empty();
        let (mut digest, mut found) = (Digest::default(), Found::default());
        for ((number, url), output) in (0..).zip(urls(job)).zip(outputs) {
            if is_embedded {
                digest.number(number).number(output.number).bytes(&output.bytes);
            } else {
                digest.bytes(url.to_string().as_bytes());
            }
            let shown = if is_embedded { url.target } else { url.to_string() };
            found.add(&shown, output);
        }
        Answer { checksum: digest.finish(), sentence: found.sentence(), notes: found.notes(), artifact: None }
    }

    fn artifact(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Option<Artifact> {
        let mut content = Vec::new();
        for (url, output) in urls(job).into_iter().zip(outputs) {
            let shown = if job.input.is_empty() { url.target } else { url.to_string() };
            list(&mut content, &shown, output);
        }
        Some(Artifact { content })
    }
}

/// Adds a page's line, and one for each of its links.
fn list(content: &mut Vec<u8>, url: &str, output: &Output) {
    let status = output.number >> 48;
    if status == 0 {
        let why = String::from_utf8_lossy(&output.bytes);
        content.extend_from_slice(format!("0\t{url}\t{why}\n").as_bytes());
        return;
    }
    content.extend_from_slice(format!("{status}\t{url}\t{}\n", links(output)).as_bytes());
    content.extend_from_slice(&output.bytes);
}

/// How many links a page has.
fn links(output: &Output) -> u64 {
    output.bytes.split(|byte| *byte == b'\n').count() as u64 - 1
}

/// The addresses of a job's tasks, in order.
fn urls(job: &Job) -> Vec<Url> {
    if !job.input.is_empty() {
        return job.survey.lines.iter().filter_map(|line| Url::parse(line)).collect();
    }
    let server = job.server();
    let site = Site { is_secure: false, host: server.ip().to_string(), port: server.port() };
    (0..job.values.count("tasks")).map(|number| Url { site: site.clone(), target: site::path(number) }).collect()
}

/// The addresses of lists, in order.
fn addresses(input: &[PathBuf]) -> Result<Vec<Url>, Refusal> {
    let address = |line: &Line| Url::parse(line.text.trim()).ok_or_else(|| line.refused("is no http or https address"));
    lines(input, "address")?.iter().map(address).collect()
}

/// What the pages held together.
#[derive(Default)]
struct Found {
    /// How many pages had which status; 0 stands for those that could not be asked for.
    statuses: BTreeMap<u64, u64>,
    bytes: u64,
    links: u64,
    unreachable: Option<String>,
}

impl Found {
    fn add(&mut self, url: &str, output: &Output) {
        let (status, bytes) = (output.number >> 48, output.number & ((1 << 48) - 1));
        *self.statuses.entry(status).or_default() += 1;
        self.bytes += bytes;
        if status == 0 {
            let why = String::from_utf8_lossy(&output.bytes);
            self.unreachable.get_or_insert_with(|| format!("{url}: {why}"));
        } else {
            self.links += links(output);
        }
    }

    fn sentence(&self) -> String {
        let told = |(status, pages): (&u64, &u64)| match status {
            0 => format!("{} not reached", grouped(*pages)),
            _ => format!("{} with status {status}", grouped(*pages)),
        };
        let pages: Vec<String> = self.statuses.iter().map(told).collect();
        format!("pages: {}; {} bytes, {} links", pages.join(", "), grouped(self.bytes), grouped(self.links))
    }

    fn notes(&self) -> Vec<String> {
        self.unreachable.iter().map(|first| format!("the first page that was not reached: {first}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::harness;
    use super::*;

    #[test]
    fn every_page_of_the_embedded_site_has_its_links() {
        let answer = harness::answer(&Scrape, &[("tasks", "3")], &[]);
        let bytes: usize = (0..3).map(|number| page(number).len()).sum();
        let expected = format!("pages: 3 with status 200; {} bytes, {} links", grouped(bytes as u64), 3 * site::LINKS);
        assert_eq!(answer.sentence, expected);
    }

    #[test]
    fn a_list_of_others_addresses_is_asked_politely_and_its_own_checksum_covers_no_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list");
        let input = [file.clone()];
        for (list, own, expected) in [
            ("http://127.0.0.1:1/\n", "no", None),
            ("\nhttps://a.example/x\nhttp://localhost/\n", "no", Some(2)),
            ("https://a.example/x\n", "yes", None),
        ] {
            fs::write(&file, list).unwrap();
            let job = harness::job(&Scrape, &[("own-hosts", own)], &input).unwrap();
            assert_eq!(Scrape.most_connections(&job.values, &input), expected, "{list}");
        }
        fs::write(&file, "https://a.example/x\nnonsense\n").unwrap();
        let refused = harness::job(&Scrape, &[], &input).unwrap_err().to_string();
        assert!(refused.ends_with(": line 2 is no http or https address"), "{refused}");
        let job = Job {
            survey: Survey { lines: vec!["http://a/".to_owned()], ..Survey::default() },
            ..{
                fs::write(&file, "http://a/\n").unwrap();
                harness::job(&Scrape, &[], &input).unwrap()
            }
        };
        let plan = Scrape.plan(&job);
        let answers = [Output::from(200 << 48), Output::from(404 << 48)]
            .map(|output| Scrape.merge(&job, &plan, &mut [output].iter()));
        assert_eq!(answers[0].checksum, answers[1].checksum);
        assert_ne!(answers[0].sentence, answers[1].sentence);
    }
}
