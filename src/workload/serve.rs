//! The handlers of a web server: accept, parse, compute a little, answer. A load generator in a process of its own asks
//! as fast as it is answered.
//!
//! All workers of all configurations accept from one listener, as the processes of a pre-forked server do.

use super::mixed::{MIXER_STRIDE_US, micros, mix, steps};
use super::{
    About, Answer, Args, Companion, Compute, Data, Digest, GilModel, Io, Job, Kind, Output, Parameter, ParameterKind,
    Plan, Task, TaskFailure, Values, Workload,
};
use crate::beat::Beat;
use crate::units::{Nanos, grouped};

/// The workload.
pub(super) struct Serve;

static ABOUT: About = About {
    id: "serve",
    summary: "answers the requests of a load generator, as the handlers of a web server do",
    kind: Kind::Both,
    gil_model: Some(GilModel::Bytecode),
    parameters: &[
        Parameter {
            name: "tasks",
            kind: ParameterKind::Count { min: 1, max: 1_000_000 },
            default: "1000",
            unit: "requests",
            presets: &["100", "1000", "10_000"],
            help: "how many requests, each on a connection of its own",
        },
        Parameter {
            name: "cpu-us",
            kind: ParameterKind::Real { min: 0.0, max: 10_000_000.0 },
            default: "100",
            unit: "µs of computing per request",
            presets: &["0", "10", "100", "1000", "10000"],
            help: "how long a handler computes on an undisturbed core before it answers",
        },
        Parameter {
            name: "clients",
            kind: ParameterKind::Count { min: 1, max: 1_000 },
            default: "32",
            unit: "clients",
            presets: &["1", "8", "32", "128"],
            help: "how many clients ask, each again when it has its answer",
        },
    ],
    input: None,
    output: None,
};

impl Workload for Serve {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, job: &Job) -> Plan {
        let steps_of = |cpu| steps(cpu, job.steps_per_us);
        let (steps, stride) = (steps_of(job.values.real("cpu-us")), steps_of(MIXER_STRIDE_US).max(1));
        let hatch = job.companion.clone().unwrap_or_default();
        let io = Box::new(Io::Exchange { hatch });
        let handler = |number| Task { io: Some(io.clone()), cpu: Some([number, steps, stride]) };
        Plan { tasks: (0..job.values.count("tasks")).map(handler).collect() }
    }

    fn declared_cost(&self, values: &Values) -> Nanos {
        // A connection costs about 60 µs on the side of the server, and as much on the client's.
        micros(values.real("cpu-us")).plus(Nanos::from_micros(120))
    }

    fn computation(&self, _job: &Job) -> Box<dyn Compute> {
        Box::new(Handler)
    }

    fn companion(&self, values: &Values, _input: &[std::path::PathBuf]) -> Option<Companion> {
        let clients = u32::try_from(values.count("clients")).unwrap_or(u32::MAX);
        Some(Companion::Load { clients })
    }

    fn merge(&self, job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        // Which handler gets which request is nobody's choice.
        let mut answered: Vec<u64> = outputs.map(|output| output.number).collect();
        answered.sort_unstable();
        let mut digest = Digest::default();
        for number in &answered {
            digest.number(*number);
        }
        let twice = answered.windows(2).filter(|pair| pair[0] >> 32 == pair[1] >> 32).count() as u64;
        let times = if twice == 0 { "once each".to_owned() } else { format!("{} of them twice", grouped(twice)) };
        let cpu = job.values.real("cpu-us");
        Answer {
            checksum: digest.finish(),
            sentence: format!("{} requests of {cpu} µs answered, {times}", grouped(answered.len() as u64)),
            notes: Vec::new(),
            artifact: None,
        }
    }

    fn probe(&self) -> Option<fn(steps: u64) -> u64> {
        Some(|steps| mix(1, steps))
    }
}

/// The request of that number.
#[must_use]
pub fn request(number: u64) -> String {
    format!("GET /page/{number} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: partui\r\nAccept: */*\r\n\r\n")
}

/// Whether `reply` answers the request of that number.
#[must_use]
pub fn is_reply(reply: &[u8], number: u64) -> bool {
    reply.starts_with(b"HTTP/1.1 200 OK\r\n") && reply.ends_with(format!("\r\n\r\n{number} done\n").as_bytes())
}

/// The computation. Its arguments are the task's number, which it has no use for, steps, and steps between two beats; the number of an output is that of the
/// request, and in its lower 32 bits the end of the mixer that started from it.
struct Handler;

impl Compute for Handler {
    fn compute(&self, args: &Args, data: Data<'_>, beat: &Beat<'_>) -> Result<Output, TaskFailure> {
        let Data::Bytes(request) = data else { return Err(TaskFailure("there was no request".to_owned())) };
        let number = requested(request).ok_or_else(|| TaskFailure("a request that makes no sense".to_owned()))?;
        let [_, mut left, stride] = *args;
        let mut state = number + 1;
        while left > 0 {
            let now = left.min(stride);
            state = mix(state, now);
            left -= now;
            beat.beat();
        }
        let body = format!("{number} done\n");
        let reply = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        Ok(Output { number: number << 32 | (state & 0xffff_ffff), bytes: reply.into_bytes().into_boxed_slice() })
    }
}

/// The number of a request, below 2³².
fn requested(request: &[u8]) -> Option<u64> {
    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut parsed = httparse::Request::new(&mut fields);
    parsed.parse(request).ok().filter(httparse::Status::is_complete)?;
    parsed.path?.strip_prefix("/page/")?.parse::<u32>().ok().map(u64::from)
}

#[cfg(test)]
mod tests {
    use super::super::harness;
    use super::*;

    #[test]
    fn a_reply_belongs_to_its_request() {
        let data = request(7);
        let output = Handler.compute(&[0, 10, 3], Data::Bytes(data.as_bytes()), &Beat::idle()).unwrap();
        assert_eq!((output.number >> 32, output.number & 0xffff_ffff), (7, mix(8, 10) & 0xffff_ffff));
        assert!(is_reply(&output.bytes, 7) && !is_reply(&output.bytes, 8));
        for nonsense in ["", "GET /page/7", "GET /other/7 HTTP/1.1\r\n\r\n", "GET /page/x HTTP/1.1\r\n\r\n"] {
            assert!(Handler.compute(&[0, 1, 1], Data::Bytes(nonsense.as_bytes()), &Beat::idle()).is_err());
        }
    }

    #[test]
    fn whoever_answers_what_the_answer_is_the_same_and_doubles_are_told() {
        let job = harness::job(&Serve, &[("tasks", "3")], &[]).unwrap();
        let plan = Serve.plan(&job);
        let merged = |numbers: [u64; 3]| {
            let outputs = numbers.map(|number| Output::from(number << 32));
            Serve.merge(&job, &plan, &mut outputs.iter())
        };
        assert_eq!(merged([0, 1, 2]), merged([2, 0, 1]));
        assert_eq!(merged([0, 1, 2]).sentence, "3 requests of 100 µs answered, once each");
        assert_eq!(merged([0, 1, 1]).sentence, "3 requests of 100 µs answered, 1 of them twice");
    }
}
