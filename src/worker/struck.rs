//! How a worker process that is to be struck says so first, and how it spoils its link where that is the fault.

use std::io::Write;
use std::os::unix::net::UnixStream;

use super::frame::{FrameError, FrameKind, encode, header};
use crate::fault::FaultKind;
use crate::task::Crier;

/// What no frame begins with.
const NONSENSE: &[u8] = b"these bytes are no frame";

/// How long the answer would have been of which only the beginning is sent, in bytes.
const PROMISED: usize = 100;

/// Tells the engine of a strike over `link`, between two frames of the worker, and leaves there what `kind` asks for.
pub(super) fn crier(link: UnixStream, kind: FaultKind) -> Crier {
    Box::new(move |task| {
        // A link that takes nothing ends the worker wherever it speaks next.
        if let Ok(bytes) = announcement(kind, task) {
            let _ = (&link).write_all(&bytes);
        }
        match kind {
            FaultKind::HalfFrame => std::process::exit(0),
            // What it said from here on would not be heard.
            FaultKind::Garbage => wait_for_the_end(),
            _ => {}
        }
    })
}

/// Does nothing until somebody ends this process.
fn wait_for_the_end() -> ! {
    loop {
        std::thread::park();
    }
}

/// The frame that tells of a strike, and what follows it.
fn announcement(kind: FaultKind, task: u64) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::new();
    encode(&mut bytes, FrameKind::Struck, &task)?;
    match kind {
        FaultKind::Garbage => bytes.extend_from_slice(NONSENSE),
        FaultKind::HalfFrame => {
            bytes.extend_from_slice(&header(FrameKind::Done, PROMISED, 0)?);
            bytes.extend_from_slice(&[0; PROMISED / 2]);
        }
        _ => {}
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::decoder::Decoder;
    use crate::worker::frame::content;

    #[test]
    fn a_strike_is_told_of_before_anything_is_spoilt() {
        for (kind, after, is_cut_off) in [
            (FaultKind::Kill, Ok(false), false),
            (FaultKind::Garbage, Err(FrameError::Header), true),
            (FaultKind::HalfFrame, Ok(false), true),
        ] {
            let mut decoder = Decoder::default();
            decoder.extend(&announcement(kind, 77).unwrap());
            let told = decoder.next_frame().unwrap().map(|(kind, payload)| (kind, content::<u64>(payload)));
            assert_eq!(told, Some((FrameKind::Struck, Ok(77))));
            let follows = decoder.next_frame().map(|frame| frame.is_some());
            assert_eq!((follows, decoder.is_mid_frame()), (after, is_cut_off), "{}", kind.id());
        }
    }
}
