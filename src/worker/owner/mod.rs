//! The owner of a table that worker processes share: a thread of the engine that changes it as they ask.
//!
//! Each worker has a connection of its own; its end tells that the worker is gone. The pool tells the owner when a run
//! begins, and when it is over: then whatever dead workers said before they died is heard first.

mod ledger;
mod remote;
mod wire;

use std::io::{self, ErrorKind, Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::sockopt::socket_peercred;

use self::ledger::Ledger;
pub(super) use self::remote::RemoteTable;
use self::wire::{read_request, write_values};
use crate::machine::clock;
use crate::task::StripedTable;

/// What the pool says: a run begins.
const BEGIN: u8 = b'B';

/// What the pool says: no task is left; the bytes of the run are the answer.
const SETTLE: u8 = b'S';

/// How much is read at a time, in bytes.
const READ: usize = 16 << 10;

/// The pool's hold on the owner, which ends with it.
pub(super) struct Owner {
    name: String,
    orders: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Owner {
    /// Has a thread of its own keep `table`.
    ///
    /// # Errors
    /// When the system has no socket or no thread to give.
    pub(super) fn start(table: Arc<StripedTable>) -> io::Result<Self> {
        let name = format!("partui-table-{}-{}", std::process::id(), clock::now().0);
        let door = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
        door.set_nonblocking(true)?;
        let (orders, pool) = UnixStream::pair()?;
        let keeper = Keeper { ledger: Ledger::new(table), door, pool, guests: Vec::new(), next: 0, bytes: 0 };
        let thread = std::thread::Builder::new().name("owner".to_owned()).spawn(move || keeper.keep())?;
        Ok(Self { name, orders, thread: Some(thread) })
    }

    /// The abstract name of the socket at which it is to be found.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Says that a run begins.
    ///
    /// # Errors
    /// When the owner is gone.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        self.order(BEGIN).map(drop)
    }

    /// Says that no task is left; then the table has what all that are done have added, and nothing else. Returns how many
    /// bytes were exchanged with workers, both ways.
    ///
    /// # Errors
    /// When the owner is gone.
    pub(super) fn settle(&mut self) -> io::Result<u64> {
        self.order(SETTLE)
    }

    fn order(&mut self, order: u8) -> io::Result<u64> {
        self.orders.write_all(&[order])?;
        let mut answer = [0; size_of::<u64>()];
        self.orders.read_exact(&mut answer)?;
        Ok(u64::from_le_bytes(answer))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // The end of its orders ends the thread; a connection that is gone has ended it before.
        let _ = self.orders.shutdown(std::net::Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            // One that panicked has failed the tasks that asked it.
            let _ = thread.join();
        }
    }
}

/// What the owner's thread has.
struct Keeper {
    ledger: Ledger,
    door: UnixListener,
    pool: UnixStream,
    guests: Vec<Guest>,
    /// The number of the next guest.
    next: u64,
    bytes: u64,
}

/// A worker's connection.
struct Guest {
    number: u64,
    link: UnixStream,
    heard: Vec<u8>,
}

impl Keeper {
    fn keep(mut self) {
        loop {
            let Ok((is_ordered, speaking)) = self.wait() else { return };
            self.admit();
            for number in speaking {
                self.attend(number);
            }
            if is_ordered && self.obey().is_err() {
                return;
            }
        }
    }

    /// Waits until somebody has something to say: whether the pool has, and which guests.
    fn wait(&self) -> io::Result<(bool, Vec<u64>)> {
        let first = [PollFd::new(&self.pool, PollFlags::IN), PollFd::new(&self.door, PollFlags::IN)];
        let guests = self.guests.iter().map(|guest| PollFd::new(&guest.link, PollFlags::IN));
        let mut all: Vec<PollFd<'_>> = first.into_iter().chain(guests).collect();
        match poll(&mut all, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let speaks = |polled: &PollFd<'_>| !polled.revents().is_empty();
        let guests = self.guests.iter().zip(&all[2..]);
        Ok((speaks(&all[0]), guests.filter_map(|(guest, polled)| speaks(polled).then_some(guest.number)).collect()))
    }

    /// Lets in who waits outside. Other users' programs are turned away.
    fn admit(&mut self) {
        while let Ok((link, _)) = self.door.accept() {
            let is_ours = socket_peercred(&link).is_ok_and(|peer| peer.uid == rustix::process::getuid());
            if is_ours && link.set_nonblocking(true).is_ok() {
                self.guests.push(Guest { number: self.next, link, heard: Vec::new() });
                self.next += 1;
            }
        }
    }

    /// Does what a guest asks, and lets it go if it leaves or makes no sense.
    fn attend(&mut self, number: u64) {
        let Some(place) = self.guests.iter().position(|guest| guest.number == number) else { return };
        if self.guests[place].serve(&mut self.ledger, &mut self.bytes).is_err() {
            self.guests.swap_remove(place);
            self.ledger.leave(number);
        }
    }

    fn obey(&mut self) -> io::Result<()> {
        let mut order = [0];
        self.pool.read_exact(&mut order)?;
        if order == [BEGIN] {
            self.ledger.begin();
            self.bytes = 0;
        } else {
            self.admit();
            let all: Vec<u64> = self.guests.iter().map(|guest| guest.number).collect();
            for number in all {
                self.attend(number);
            }
            self.ledger.settle();
        }
        self.pool.write_all(&self.bytes.to_le_bytes())
    }
}

impl Guest {
    /// Answers all that it has said so far.
    ///
    /// # Errors
    /// When it has left, does not listen, or makes no sense.
    fn serve(&mut self, ledger: &mut Ledger, bytes: &mut u64) -> io::Result<()> {
        let mut part = [0; READ];
        loop {
            match self.link.read(&mut part) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    *bytes += read as u64;
                    self.heard.extend_from_slice(&part[..read]);
                    self.answer(ledger, bytes)?;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Answers the whole requests among what was heard.
    fn answer(&mut self, ledger: &mut Ledger, bytes: &mut u64) -> io::Result<()> {
        let (mut used, mut reply) = (0, Vec::new());
        let nonsense = |count| io::Error::new(ErrorKind::InvalidData, format!("{count} changes at a time"));
        while let Some((mut request, length)) = read_request(&self.heard[used..]).map_err(nonsense)? {
            used += length;
            if request.updates.is_empty() {
                ledger.finish(self.number, request.task);
                continue;
            }
            let added = ledger.add(self.number, request.task, &mut request.updates);
            added.map_err(|failure| io::Error::new(ErrorKind::InvalidData, failure.0))?;
            write_values(&mut reply, &request.updates);
            self.link.write_all(&reply)?;
            *bytes += reply.len() as u64;
        }
        self.heard.drain(..used);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::TableOwner;
    use crate::workload::Update;

    /// One change by `guest` for a task; what its entry has then.
    fn add(guest: &mut RemoteTable, task: u64, key: u64) -> u64 {
        let mut updates = [Update { key, value: 1 }];
        guest.add(task, &mut updates).unwrap();
        updates[0].value
    }

    #[test]
    fn what_the_dead_leave_undone_is_taken_back_before_the_table_is_read() {
        let table = Arc::new(StripedTable::new(4));
        let mut owner = Owner::start(Arc::clone(&table)).unwrap();
        let mut guests = [0, 1].map(|_| RemoteTable::connect(owner.name()).unwrap());
        owner.begin().unwrap();
        assert_eq!(add(&mut guests[0], 0, 2), 1);
        assert_eq!(add(&mut guests[1], 1, 2), 2, "each sees what the other has done");
        guests[0].finish(0).unwrap();
        let [_, dead] = guests;
        drop(dead);
        // One request with its answer, and the word that a task is done, which has none.
        assert_eq!(owner.settle().unwrap(), 2 * (32 + 8) + 16);
        assert_eq!(table.sum().1, 1);
        owner.begin().unwrap();
        assert_eq!(owner.settle().unwrap(), 0);
    }

    #[test]
    fn who_asks_for_an_entry_that_is_not_there_is_let_go() {
        let table = Arc::new(StripedTable::new(4));
        let mut owner = Owner::start(Arc::clone(&table)).unwrap();
        let mut guest = RemoteTable::connect(owner.name()).unwrap();
        add(&mut guest, 0, 3);
        assert!(guest.add(0, &mut [Update { key: 0, value: 1 }, Update { key: 4, value: 1 }]).is_err());
        owner.settle().unwrap();
        assert_eq!(table.sum().1, 0, "nothing of its task is left");
    }
}
