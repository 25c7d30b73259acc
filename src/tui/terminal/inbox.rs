//! What wakes the loop: one bell that everybody rings after leaving something where the loop will look.
//!
//! The bell keeps one ring, however often it is rung, so nothing piles up; and a ring that comes while the loop works
//! makes it look once more, so nothing is missed. Keys wait in a short queue: a person who pastes a megabyte where no
//! paste is expected waits for the program, not the other way round.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::Duration;

use crossterm::event::Event;

use super::held::Held;
use super::tty::Tty;
use super::typing::Typing;

/// How many key strokes wait for the loop.
const QUEUED: usize = 256;

/// How long to wait with keys that belong to another job.
const BACKGROUND: Duration = Duration::from_millis(100);

/// Wakes the loop.
#[derive(Debug, Clone)]
pub struct Bell(SyncSender<()>);

impl Bell {
    /// Makes the loop look at everything, now or as soon as it has done what it does.
    pub fn ring(&self) {
        self.is_heard();
    }

    /// Rings; whether there still is a loop.
    pub(crate) fn is_heard(&self) -> bool {
        !matches!(self.0.try_send(()), Err(TrySendError::Disconnected(())))
    }
}

/// The loop's side.
pub(crate) struct Inbox {
    rung: Receiver<()>,
    /// Keeps the bell's other side from ever being the last.
    _bell: Bell,
    typed: Receiver<Event>,
    failures: Receiver<String>,
}

/// The side of those who have something for the loop.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    bell: Bell,
    typed: SyncSender<Event>,
    failures: Sender<String>,
}

/// Both sides of a new inbox.
pub(crate) fn open() -> (Post, Inbox) {
    let (signal, rung) = sync_channel(1);
    let bell = Bell(signal);
    let (type_in, typed) = sync_channel(QUEUED);
    let (fail, failures) = channel();
    (Post { bell: bell.clone(), typed: type_in, failures: fail }, Inbox { rung, _bell: bell, typed, failures })
}

impl Inbox {
    /// Waits until something is there or `patience` is over; `None` waits for ever.
    pub(crate) fn wait(&self, patience: Option<Duration>) {
        // Both end by a ring or by time; they cannot fail, since this side holds the bell too.
        let _ = match patience {
            None => self.rung.recv().map_err(RecvTimeoutError::from),
            Some(patience) => self.rung.recv_timeout(patience),
        };
    }

    /// What was typed since, as much as belongs before the next frame.
    pub(crate) fn typed(&self) -> impl Iterator<Item = Event> {
        self.typed.try_iter().take(QUEUED)
    }

    /// Why another thread of the program has failed, if one has.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failures.try_recv().ok()
    }
}

impl Post {
    /// The bell, for those who leave their things elsewhere.
    pub(crate) fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Reports that a thread has failed, which ends the program.
    pub(crate) fn failed(&self, why: String) {
        // Without a loop there is nobody left to tell.
        let _ = self.failures.send(why);
        self.bell.ring();
    }

    /// Hands over what was typed, waiting while the loop is behind; whether there still is a loop.
    fn type_in(&self, event: Event) -> bool {
        // While the queue is full, the ring of an earlier event is what makes room.
        self.typed.send(event).is_ok() && self.bell.is_heard()
    }
}

/// Starts the thread that reads the keyboard and the mouse. It is never told to end: it dies with the process.
///
/// # Errors
/// No thread could be started.
pub(crate) fn read_keys(tty: Arc<Tty>, post: Post) -> io::Result<()> {
    thread::Builder::new().name("keys".to_owned()).spawn(move || {
        // In the background, reading must fail rather than stop the program: whether and when to stop is for the loop.
        Held::hold([libc::SIGTTIN]);
        let mut typing = Typing::default();
        let mut bytes = [0; 1024];
        loop {
            let events = match tty.read(&mut bytes, typing.patience()) {
                Ok(Some(count)) => typing.push(&bytes[..count]),
                Ok(None) => typing.give_up().into_iter().collect(),
                // Keys belong to another job until the loop takes the terminal back, or there are none any more, which
                // ends the program elsewhere.
                Err(_) => {
                    thread::sleep(BACKGROUND);
                    continue;
                }
            };
            if !events.into_iter().all(|event| post.type_in(event)) {
                return;
            }
        }
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_kept_but_not_counted() {
        let (post, inbox) = open();
        let bell = post.bell();
        assert!((0..1_000).all(|_| bell.is_heard()));
        inbox.wait(None);
        assert!(inbox.rung.try_recv().is_err());
        drop(inbox);
        assert!(!bell.is_heard());
    }

    #[test]
    fn what_was_typed_comes_in_order_and_one_queue_at_a_time() {
        let (post, inbox) = open();
        let typing = thread::spawn(move || {
            let total = u16::try_from(3 * QUEUED).unwrap();
            (0..total).all(|count| post.type_in(Event::Resize(count, 0)))
        });
        let mut seen = 0;
        while usize::from(seen) < 3 * QUEUED {
            inbox.wait(Some(Duration::from_secs(20)));
            let batch: Vec<Event> = inbox.typed().collect();
            assert!(!batch.is_empty() && batch.len() <= QUEUED, "after {seen}: {}", batch.len());
            for event in batch {
                assert_eq!(event, Event::Resize(seen, 0));
                seen += 1;
            }
        }
        assert!(typing.join().unwrap());
    }
}
