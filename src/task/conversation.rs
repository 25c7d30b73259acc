//! What is said over a connection, as a state machine that knows no socket: whoever has one moves the bytes, blocking or
//! awaited.

use crate::workload::TaskFailure;

/// What a conversation wants next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// All of this said to the other side.
    Say(Vec<u8>),
    /// To hear what the other side says.
    Hear,
    /// Nothing more.
    Over,
}

/// One side of an exchange.
pub(super) trait Conversation {
    /// The next thing to do.
    ///
    /// # Errors
    /// An exchange that cannot go on.
    fn turn(&mut self) -> Result<Turn, TaskFailure>;

    /// Takes what the other side said: nothing at all when it will say nothing more.
    ///
    /// # Errors
    /// Something that the other side should not have said.
    fn hear(&mut self, said: &[u8]) -> Result<(), TaskFailure>;
}

/// Says a message and hears it back.
#[derive(Debug)]
pub(super) struct Echo {
    number: u64,
    bytes: u64,
    is_said: bool,
    heard: u64,
}

impl Echo {
    /// The message of that number and length.
    pub(super) const fn new(number: u64, bytes: u64) -> Self {
        Self { number, bytes, is_said: false, heard: 0 }
    }

    /// The message's bytes from the one at `from` on: different for each number.
    fn message(&self, from: u64) -> impl Iterator<Item = u8> {
        let number = self.number;
        (from..self.bytes).map(move |place| (number.wrapping_mul(31).wrapping_add(place) & 0xff) as u8)
    }
}

impl Conversation for Echo {
    fn turn(&mut self) -> Result<Turn, TaskFailure> {
        if !std::mem::replace(&mut self.is_said, true) {
            return Ok(Turn::Say(self.message(0).collect()));
        }
        Ok(if self.heard < self.bytes { Turn::Hear } else { Turn::Over })
    }

    fn hear(&mut self, said: &[u8]) -> Result<(), TaskFailure> {
        if said.is_empty() {
            return Err(TaskFailure("the echo server closed the connection".to_owned()));
        }
        let expected = self.message(self.heard).take(said.len());
        if said.len() as u64 > self.bytes - self.heard || !expected.eq(said.iter().copied()) {
            return Err(TaskFailure(format!("the echo of message {} differs from it", self.number)));
        }
        self.heard += said.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_over_when_all_of_it_came_back() {
        let mut echo = Echo::new(7, 5);
        let Ok(Turn::Say(message)) = echo.turn() else { panic!("says something first") };
        assert_eq!(message.len(), 5);
        for part in [&message[..2], &message[2..]] {
            assert_eq!(echo.turn(), Ok(Turn::Hear));
            echo.hear(part).unwrap();
        }
        assert_eq!(echo.turn(), Ok(Turn::Over));
    }

    #[test]
    fn whatever_is_no_echo_is_refused() {
        let message: Vec<u8> = Echo::new(7, 5).message(0).collect();
        let other: Vec<u8> = Echo::new(8, 5).message(0).collect();
        let longer = [&message[..], &[0]].concat();
        for said in [&[][..], &other, &longer] {
            assert!(Echo::new(7, 5).hear(said).is_err(), "{said:?}");
        }
    }
}
