//! A workload of your own: the longest Collatz chain from a number up to a million, on every backend of partui. Try
//! `cargo run --release --example own_workload -- run --backend all --gil both`, and `-- --help`.

use partui::workload::{About, Answer, Checksum, Job, Output, Parameter, Plan, Task, Workload};
use partui::workload::{Args, Beat, Compute, Data};

const TASKS: Parameter = Parameter::count("tasks", 9_999, "400", "how many stretches of numbers");
const SIZE: Parameter = Parameter::count("size", 9_999, "2500", "how many numbers a stretch has");
static ABOUT: About = About::computing("collatz", "finds the longest Collatz chain in a stretch", &[TASKS, SIZE]);

struct Collatz;

impl Workload for Collatz {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn plan(&self, job: &Job) -> Plan {
        let size = job.values.count("size");
        (0..job.values.count("tasks")).map(|task| Task::computing([task * size + 1, size, 0])).collect()
    }

    fn computation(&self, _job: &Job) -> Box<dyn Compute> {
        Box::new(|[first, size, _]: &Args, _: Data<'_>, beat: &Beat<'_>| {
            let next = |n: &u64| (*n > 1).then(|| if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 });
            let steps = |start| std::iter::successors(Some(start), next).inspect(|_| beat.beat()).count() as u64 - 1;
            Ok((*first..first + size).map(|start| steps(start) << 32 | start).max().unwrap_or(0).into())
        })
    }

    fn merge(&self, _job: &Job, _plan: &Plan, outputs: &mut dyn Iterator<Item = &Output>) -> Answer {
        let outputs: Vec<&Output> = outputs.collect();
        let longest = outputs.iter().map(|longest| longest.number).max().unwrap_or(0);
        Answer::new(Checksum::of(&outputs), format!("{} takes {} steps", longest & 0xffff_ffff, longest >> 32))
    }
}

fn main() -> std::process::ExitCode {
    partui::run_with(std::env::args_os(), &[&Collatz])
}
