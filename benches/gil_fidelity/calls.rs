//! What threads do in the scenes: compute between check points, or make blocking calls with the lock let go.

use std::cell::OnceCell;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use partui::beat::Beat;
use partui::gil::{Attached, Gil};
use partui::units::WorkerId;

thread_local! {
    static ATTACHED: OnceCell<Attached> = const { OnceCell::new() };
}

/// The flag of a lock that nobody asks for.
static NEVER: AtomicBool = AtomicBool::new(false);

fn check_point() {
    ATTACHED.with(|attached| {
        if let Some(attached) = attached.get() {
            attached.check_point(|| ());
        }
    });
}

/// Runs `work` with the lock held, if there is one, on a thread that calls this once in its life.
pub(crate) fn hold<T>(gil: Option<&Arc<Gil>>, worker: u32, work: impl FnOnce(&Beat<'_>, &Attached) -> T) -> T {
    ATTACHED.with(|cell| {
        let attached = cell.get_or_init(|| Attached::new(gil.cloned(), WorkerId(worker)));
        attached.take(|| ());
        let value = work(&Beat::new(gil.map_or(&NEVER, |gil| gil.requested()), check_point), attached);
        attached.release();
        value
    })
}

/// One turn of a computation, as long as a turn of a loop in CPython, with the check point that it ends with.
#[inline]
pub(crate) fn turn(state: &mut u64, beat: &Beat<'_>) {
    for _ in 0..20 {
        *state = std::hint::black_box(state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1));
    }
    beat.beat();
}

/// What a thread does that lets go of the lock around each blocking call.
pub(crate) trait BlockingCalls {
    fn run(&mut self, attached: &Attached);
}

/// Sleeps for so long.
pub(crate) struct Sleep(pub(crate) Duration);

impl BlockingCalls for Sleep {
    fn run(&mut self, attached: &Attached) {
        without_lock(attached, || thread::sleep(self.0));
    }
}

/// One byte to a peer in another process, and back.
pub(crate) struct Echo {
    near: UnixStream,
    peer: Child,
}

impl Echo {
    pub(crate) fn new() -> Self {
        let (near, far) = UnixStream::pair().expect("a socket pair");
        let answers = far.try_clone().expect("a descriptor");
        let mut cat = Command::new("cat");
        cat.stdin(Stdio::from(OwnedFd::from(far))).stdout(Stdio::from(OwnedFd::from(answers)));
        Self { near, peer: cat.spawn().expect("cat is there") }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.near.shutdown(Shutdown::Both).expect("a peer that lives as long");
        self.peer.wait().expect("cat ends where nothing is left to read");
    }
}

impl BlockingCalls for Echo {
    fn run(&mut self, attached: &Attached) {
        let mut byte = [b'x'];
        without_lock(attached, || self.near.write_all(&byte)).expect("the peer reads");
        without_lock(attached, || self.near.read_exact(&mut byte)).expect("the peer answers");
    }
}

/// The calls of this name.
pub(crate) fn named(name: &str) -> Box<dyn BlockingCalls> {
    match name {
        "echo" => Box::new(Echo::new()),
        "sleep" => Box::new(Sleep(Duration::from_millis(1))),
        other => panic!("no calls are named {other}"),
    }
}

/// What CPython does around a blocking call.
pub(crate) fn without_lock<T>(attached: &Attached, call: impl FnOnce() -> T) -> T {
    attached.release();
    let value = call();
    attached.take(|| ());
    value
}

/// How many seconds each of `count` operations takes.
pub(crate) fn durations(count: usize, mut operate: impl FnMut()) -> Vec<f64> {
    let timed = |_| {
        let start = Instant::now();
        operate();
        start.elapsed().as_secs_f64()
    };
    (0..count).map(timed).collect()
}

pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
