//! The child process in which one configuration runs: configure, sample, report.
//!
//! An engine is nothing but a process that reads [`Order`]s from its standard input, beats the board that came with it,
//! and writes [`Event`]s to its standard output. Tests drive the same [`Session`] without a process.

mod calibrate;
mod measure;
mod protocol;
mod session;

use std::io::{BufRead, BufReader, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use crate::board::Board;
use crate::child::{Lifeline, OrphanError, attach, receive_with_descriptor};

pub use self::calibrate::calibrate;
pub use self::protocol::{Calibration, Event, LINE_LIMIT, Order, Sample};
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
    let Lifeline { link } = attach(arguments)?;
    let board = Board::open(receive_with_descriptor(&link).map_err(OrphanError::System)?)?;
    let output = Mutex::new(std::io::stdout());
    // A conductor that no longer listens is about to close the lifeline as well.
    let say = move |event: Event| {
        let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = write_line(&mut *output, &event);
    };
    let mut session = Session::new(Arc::new(board), Arc::new(say));
    for line in BufReader::new(link).lines() {
        let line = line.map_err(OrphanError::System)?;
        let order = serde_json::from_str(&line).map_err(|error| EngineError::Order(error.to_string()))?;
        if !session.follow(order) {
            break;
        }
    }
    Ok(())
}

fn write_line(output: &mut impl Write, event: &Event) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    output.write_all(&line)?;
    output.flush()
}
