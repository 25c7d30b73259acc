//! Handing a descriptor over a Unix socket, together with the first bytes.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::io::retry_on_intr;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

/// How many descriptors a byte may carry.
const MOST: usize = 4;

/// Sends one byte that carries `descriptor`. The byte means nothing: it is there because a descriptor needs one.
///
/// # Errors
/// The socket's error, such as a peer that is gone.
pub fn send_with_descriptor(link: &UnixStream, descriptor: BorrowedFd<'_>) -> io::Result<()> {
    send_with_descriptors(link, &[descriptor])
}

/// Sends one byte that carries up to four descriptors.
///
/// # Errors
/// The socket's error, such as a peer that is gone; too many descriptors.
pub fn send_with_descriptors(link: &UnixStream, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::other("no room for a descriptor"));
    }
    retry_on_intr(|| sendmsg(link, &[IoSlice::new(&[0])], &mut control, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// Receives the byte that [`send_with_descriptor`] sent. Must be the first thing read from the link: a plain read of
/// that byte would drop the descriptor silently.
///
/// # Errors
/// The socket's error; a peer that is gone; a first byte without a descriptor.
pub fn receive_with_descriptor(link: &UnixStream) -> io::Result<OwnedFd> {
    receive_with_descriptors(link).map(|mut descriptors| descriptors.swap_remove(0))
}

/// Receives the byte that [`send_with_descriptors`] sent, and at least one descriptor, as [`receive_with_descriptor`] does.
///
/// # Errors
/// The socket's error; a peer that is gone; a first byte without a descriptor.
pub fn receive_with_descriptors(link: &UnixStream) -> io::Result<Vec<OwnedFd>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0_u8; 1];
    let flags = RecvFlags::CMSG_CLOEXEC;
    let received = retry_on_intr(|| recvmsg(link, &mut [IoSliceMut::new(&mut byte)], &mut control, flags))?;
    if received.bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let rights = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let descriptors: Vec<OwnedFd> = rights.into_iter().flatten().collect();
    if descriptors.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the first byte carries no descriptor"));
    }
    Ok(descriptors)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_descriptor_arrives_and_later_bytes_stay_in_order() {
        let (mut near, mut far) = UnixStream::pair().unwrap();
        let (mut inner, given) = UnixStream::pair().unwrap();
        send_with_descriptor(&near, given.as_fd()).unwrap();
        near.write_all(b"after").unwrap();
        let received = receive_with_descriptor(&far).unwrap();
        let mut after = [0; 5];
        far.read_exact(&mut after).unwrap();
        assert_eq!(&after, b"after");
        UnixStream::from(received).write_all(b"x").unwrap();
        let mut through = [0; 1];
        inner.read_exact(&mut through).unwrap();
        assert_eq!(&through, b"x");
    }

    #[test]
    fn a_byte_without_descriptor_is_refused() {
        let (mut near, far) = UnixStream::pair().unwrap();
        near.write_all(b"x").unwrap();
        assert_eq!(receive_with_descriptor(&far).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
