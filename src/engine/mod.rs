//! The child process in which one configuration runs: configure, sample, report.
//!
//! An engine is nothing but a process that reads [`Order`]s from its standard input, beats the board that came with it,
//! and writes [`Event`]s to its standard output. Tests drive the same [`Session`] without a process.

mod calibrate;
mod driven;
mod foreground;
mod lookout;
mod measure;
mod protocol;
mod session;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use crate::board::Board;
use crate::child::{Lifeline, OrphanError, attach, receive_with_descriptors};

pub use self::calibrate::calibrate;
pub use self::protocol::{Calibration, Event, LINE_LIMIT, Lateness, Order, Sample, Surroundings};
pub use self::session::{EngineError, Session};
pub use crate::task::Budget;

/// The life of an engine process; `arguments` are those after `engine`.
#[must_use]
pub fn main(arguments: &[String]) -> ExitCode {
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "partui engine: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: &[String]) -> Result<(), EngineError> {
    let Lifeline { link, watch } = attach(arguments)?;
    watch.begin().map_err(OrphanError::System)?;
    let descriptors = receive_with_descriptors(&link).map_err(OrphanError::System)?;
    let board = Board::receive(&mut descriptors.into_iter())?;
    let output = Mutex::new(std::io::stdout());
    // A conductor that no longer listens is about to close the lifeline as well.
    let say = move |event: Event| {
        let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = write_line(&mut *output, &event);
    };
    let mut session = Session::new(Arc::new(board), Arc::new(say));
    let mut orders = BufReader::new(link);
    while let Some(order) = next_order(&mut orders)? {
        if !session.follow(order) {
            break;
        }
    }
    Ok(())
}

/// The next order; `None` at the end of the link.
fn next_order(orders: &mut impl BufRead) -> Result<Option<Order>, EngineError> {
    let mut line = Vec::new();
    let mut capped = orders.take(LINE_LIMIT as u64 + 1);
    capped.read_until(b'\n', &mut line).map_err(OrphanError::System)?;
    if line.len() > LINE_LIMIT {
        return Err(EngineError::Order(format!("a line of more than {LINE_LIMIT} bytes")));
    }
    if line.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&line).map(Some).map_err(|error| EngineError::Order(error.to_string()))
}

fn write_line(output: &mut impl Write, event: &Event) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    output.write_all(&line)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_lines_with_a_limit() {
        let mut two = &b"{\"order\":\"finish\"}\n{\"order\":\"finish\"}"[..];
        assert_eq!(next_order(&mut two).unwrap(), Some(Order::Finish));
        assert_eq!(next_order(&mut two).unwrap(), Some(Order::Finish));
        assert_eq!(next_order(&mut two).unwrap(), None);
        let nonsense = next_order(&mut &b"nonsense\n"[..]).unwrap_err().to_string();
        assert!(nonsense.starts_with("not an order: "), "{nonsense}");
        let mut endless = BufReader::new(std::io::repeat(b' '));
        let refused = next_order(&mut endless).unwrap_err().to_string();
        assert_eq!(refused, "not an order: a line of more than 268435456 bytes");
    }
}
