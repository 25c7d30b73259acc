//! The I/O part of a task, awaited: the thread does other things meanwhile.
//!
//! Files cannot be awaited on Linux: whatever is done with them is done on the runtime's blocking pool. So are programs run:
//! each ends with the thread that started it, which a worker that does other things meanwhile could not promise.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::blocking::{Done, handed_over, perform_ahead};
use super::connections::{Idle, Interrupted, Line, PATIENCE, READ, lost_peer};
use super::conversation::{Conversation, Echo, Turn};
use super::http::{Get, Reply, Unasked};
use super::requests;
use super::runner::RunnerSetup;
use super::secured::Secured;
use super::timers::Timers;
use crate::beat::Beat;
use crate::machine::clock;
use crate::units::Nanos;
use crate::workload::{Args, Compute, Data, Io, Site, TaskFailure, Url};

/// How many tasks per worker may have bytes of files in memory, or be about to: enough to read while others compute,
/// without holding whole inputs.
const FILES_PER_WORKER: usize = 2;

/// How many connections are kept: more than tasks are under way.
const KEPT: usize = 1 << 16;

/// What awaited I/O left, for the runner that does the rest of the task.
pub struct Arrived {
    /// When it was begun, on the monotonic clock.
    pub(super) begun: Nanos,
    pub(super) done: Result<(Done, Vec<u8>), TaskFailure>,
    /// CPU time that other threads than workers spent on it.
    pub(super) cpu: Nanos,
    /// Given back once the bytes have been computed on.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Arrived {
    /// What was awaited from `begun` on and left no bytes.
    fn awaited(begun: Nanos, done: Result<Done, TaskFailure>) -> Self {
        Self { begun, done: done.map(|done| (done, Vec::new())), cpu: Nanos::ZERO, _permit: None }
    }
}

/// Awaits I/O on the runtime that it was started in.
#[derive(Clone)]
pub struct Awaiter {
    timers: Arc<Timers>,
    files: Arc<Semaphore>,
    /// As many programs run at a time as there are workers, as everywhere: each may want a core and much memory.
    programs: Arc<Semaphore>,
    idle: Arc<Mutex<Idle<SocketAddr, TcpStream>>>,
    sites: Arc<Mutex<Idle<Site, Line<TcpStream>>>>,
    /// One task at a time accepts: all that wait would be woken for each request.
    listener: Arc<tokio::sync::Mutex<Option<TcpListener>>>,
    /// What calls that block are made to; `None` where they hold the lock, which only workers do.
    calls: Option<Arc<dyn Compute>>,
}

impl Awaiter {
    /// Sets up what the tasks of the present runtime, which has that many workers, share.
    ///
    /// # Errors
    /// When the system has no descriptor to give.
    ///
    /// # Panics
    /// Outside of a runtime that serves I/O.
    pub fn start(workers: usize, setup: &RunnerSetup) -> io::Result<Self> {
        let is_free = setup.gil.is_none() || !setup.keeps_lock();
        Ok(Self {
            timers: Arc::new(Timers::start(workers)?),
            files: Arc::new(Semaphore::new(workers * FILES_PER_WORKER)),
            programs: Arc::new(Semaphore::new(workers)),
            idle: Arc::new(Mutex::new(Idle::with_room(KEPT))),
            sites: Arc::new(Mutex::new(Idle::with_room(KEPT))),
            listener: Arc::default(),
            calls: is_free.then(|| Arc::clone(&setup.computation)),
        })
    }

    /// Performs the I/O of a task, whose CPU part is `cpu`.
    pub async fn perform(&self, io: &Io, cpu: Option<&Args>) -> Arrived {
        match io {
            Io::Sleep(span) => self.wait(*span).await,
            // On the heap, so that ten thousand tasks that only wait do not each have room for a conversation.
            _ => Box::pin(self.carry_out(io, cpu)).await,
        }
    }

    async fn wait(&self, span: Nanos) -> Arrived {
        let begun = clock::now();
        self.timers.wait(begun.plus(span)).await;
        Arrived::awaited(begun, Ok(Done::Waited(span.0)))
    }

    async fn carry_out(&self, io: &Io, cpu: Option<&Args>) -> Arrived {
        match io {
            Io::Sleep(span) => self.wait(*span).await,
            Io::Blocking => self.call(cpu).await,
            Io::Echo { server, number, bytes } => {
                let begun = clock::now();
                let echoed = self.exchange(server, &mut Echo::new(*number, *bytes)).await;
                Arrived::awaited(begun, echoed.map(|()| Done::Waited(*bytes)))
            }
            Io::Get { url } => {
                let (begun, mut buffer) = (clock::now(), Vec::new());
                let patient = tokio::time::timeout(PATIENCE, self.get(url)).await;
                let reply = patient.unwrap_or_else(|_| Err(TaskFailure("no answer came in time".to_owned())));
                let done = handed_over(reply, &mut buffer);
                Arrived { begun, done: Ok((done, buffer)), cpu: Nanos::ZERO, _permit: None }
            }
            Io::Exchange { hatch } => self.request(hatch).await,
            Io::ReadRange { .. }
            | Io::ReadBlocks { .. }
            | Io::ReadFile { .. }
            | Io::WriteFile { .. }
            | Io::Log { .. }
            | Io::Run { .. } => {
                let turns = if matches!(io, Io::Run { .. }) { &self.programs } else { &self.files };
                let permit = Arc::clone(turns).acquire_owned().await.ok();
                let io = io.clone();
                let read = move || {
                    let mut buffer = Vec::new();
                    perform_ahead(&io, &mut buffer).map(|done| (done, buffer))
                };
                on_the_blocking_pool(read, permit).await
            }
        }
    }
}

impl Awaiter {
    /// Makes the call that the CPU part is, where no lock is in the way.
    async fn call(&self, cpu: Option<&Args>) -> Arrived {
        let (Some(computation), Some(args)) = (self.calls.clone(), cpu.copied()) else {
            return Arrived::awaited(clock::now(), Ok(Done::Waited(0)));
        };
        let call = move || {
            let output = computation.compute(&args, Data::None, &Beat::idle())?;
            Ok((Done::Computed(output), Vec::new()))
        };
        on_the_blocking_pool(call, None).await
    }

    /// Carries a conversation with `peer` to its end, over a connection that is kept for the next.
    async fn exchange(&self, peer: &SocketAddr, conversation: &mut impl Conversation) -> Result<(), TaskFailure> {
        let kept = locked(&self.idle).take(peer);
        let mut stream = match kept {
            Some(stream) => stream,
            None => connect(peer).await.map_err(|error| lost_peer(peer, &error))?,
        };
        converse(&mut stream, conversation).await.map_err(|error| error.told_of(peer))?;
        locked(&self.idle).keep(*peer, stream);
        Ok(())
    }

    /// Waits for its turn, then for a request.
    async fn request(&self, hatch: &str) -> Arrived {
        let mut turn = self.listener.lock().await;
        let begun = clock::now();
        let heard = match tokio::time::timeout(requests::PATIENCE, accept(&mut turn, hatch)).await {
            Ok(heard) => heard,
            Err(_) => Err(requests::no_request()),
        };
        let done = heard.map(|(stream, request)| (Done::Asked(stream), request));
        Arrived { begun, done, cpu: Nanos::ZERO, _permit: None }
    }

    /// Asks for a page, on a connection that is kept if there is one that still works.
    async fn get(&self, url: &Url) -> Result<Reply, TaskFailure> {
        let kept = locked(&self.sites).take(&url.site);
        if let Some(line) = kept {
            match self.ask(line, url).await {
                Err(Unasked::Closed) => {}
                Err(Unasked::Failed(failure)) => return Err(failure),
                Ok(reply) => return Ok(reply),
            }
        }
        let stream = TcpStream::connect((url.site.host.as_str(), url.site.port)).await;
        let stream = stream.map_err(|error| TaskFailure(error.to_string()))?;
        // A connection that delays small messages works as well.
        let _ = stream.set_nodelay(true);
        Ok(self.ask(Line::new(stream, &url.site)?, url).await?)
    }

    async fn ask(&self, mut line: Line<TcpStream>, url: &Url) -> Result<Reply, Unasked> {
        let mut get = Get::new(url);
        let asked = match &mut line.tls {
            Some(tls) => converse(&mut line.stream, &mut Secured { inner: &mut get, tls }).await,
            None => converse(&mut line.stream, &mut get).await,
        };
        let reply = Unasked::judge(asked, get)?;
        if reply.keeps {
            locked(&self.sites).keep(url.site.clone(), line);
        }
        Ok(reply)
    }
}

/// Accepts connections until one brings a whole request; the listener is fetched first where it is not there yet.
async fn accept(
    listener: &mut Option<TcpListener>,
    hatch: &str,
) -> Result<(std::net::TcpStream, Vec<u8>), TaskFailure> {
    let failed = |error: io::Error| TaskFailure(format!("cannot accept: {error}"));
    let listener = match listener {
        Some(listener) => listener,
        None => listener.insert(TcpListener::from_std(requests::listener(hatch)?).map_err(failed)?),
    };
    loop {
        // A connection that fails is its client's to open again.
        let Ok((mut stream, _)) = listener.accept().await else { continue };
        let mut request = Vec::new();
        while !requests::is_whole(&request) && matches!(stream.read_buf(&mut request).await, Ok(1..)) {}
        if requests::is_whole(&request) {
            return Ok((stream.into_std().map_err(failed)?, request));
        }
    }
}

fn locked<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic leaves a list whole.
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn connect(peer: &SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(peer).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn converse(stream: &mut TcpStream, conversation: &mut impl Conversation) -> Result<(), Interrupted> {
    loop {
        match conversation.turn()? {
            Turn::Say(bytes) => stream.write_all(&bytes).await?,
            Turn::Hear => {
                stream.readable().await?;
                hear(stream, conversation)?;
            }
            Turn::Over => return Ok(()),
        }
    }
}

/// Takes what is there. The buffer is the thread's own: one for each of ten thousand connections that wait would be most
/// of their memory.
fn hear(stream: &TcpStream, conversation: &mut impl Conversation) -> Result<(), Interrupted> {
    let mut buffer = [0; READ];
    match stream.try_read(&mut buffer) {
        Ok(length) => conversation.hear(&buffer[..length]),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        Err(error) => return Err(error.into()),
    }
    .map_err(Interrupted::from)
}

/// Does `work` there. It begins when a thread of the pool takes it up, and takes CPU time from then on.
async fn on_the_blocking_pool(
    work: impl FnOnce() -> Result<(Done, Vec<u8>), TaskFailure> + Send + 'static,
    permit: Option<OwnedSemaphorePermit>,
) -> Arrived {
    let timed = move || {
        let (begun, before) = (clock::now(), clock::thread_cpu());
        let done = work();
        Arrived { begun, done, cpu: clock::thread_cpu().since(before), _permit: permit }
    };
    let performed = tokio::task::spawn_blocking(timed).await;
    performed.unwrap_or_else(|error| {
        Arrived::awaited(clock::now(), Err(TaskFailure(format!("panicked on the blocking pool: {error}"))))
    })
}
