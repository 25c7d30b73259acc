//! One GET in HTTP/1.1 (RFC 9112), from the request to the last byte of the body.

use std::io;

use crate::workload::{TaskFailure, Url};

use super::connections::Interrupted;
use super::conversation::{Conversation, Turn};

/// The most bytes of a reply's head.
const LONGEST_HEAD: usize = 64 << 10;

/// The most bytes of a reply in all.
const LONGEST: usize = 16 << 20;

/// The most fields of a reply's head.
const MOST_FIELDS: usize = 128;

/// Asks for one page.
#[derive(Debug)]
pub(super) struct Get<'a> {
    url: &'a Url,
    is_said: bool,
    heard: Vec<u8>,
    head: Option<Head>,
    is_over: bool,
}

/// What the server said.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status, such as 200.
    pub status: u16,
    /// The page itself, taken out of its chunks.
    pub body: Vec<u8>,
    /// Whether the connection is good for another page.
    pub keeps: bool,
}

impl Reply {
    /// Reads what a server sends when it is asked for `url`: in these parts, and then the end of the connection.
    ///
    /// # Errors
    /// Something that is no whole answer, or a longer one than is taken.
    pub fn read<'a>(url: &Url, parts: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, TaskFailure> {
        let mut get = Get::new(url);
        let mut parts = parts.into_iter();
        loop {
            match get.turn()? {
                Turn::Say(_) => {}
                Turn::Hear => get.hear(parts.next().unwrap_or_default())?,
                Turn::Over => return get.reply(),
            }
        }
    }
}

/// Why there is no reply.
#[derive(Debug)]
pub(super) enum Unasked {
    /// The connection ended before a word was heard, as one does that was kept for too long.
    Closed,
    /// Anything else.
    Failed(TaskFailure),
}

impl Unasked {
    /// What came of a conversation.
    pub(super) fn judge(asked: Result<(), Interrupted>, get: Get<'_>) -> Result<Reply, Self> {
        match asked {
            Ok(()) => get.reply().map_err(Self::Failed),
            Err(Interrupted::Connection(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                Err(Self::Failed(refused("no answer came in time")))
            }
            Err(Interrupted::Connection(_)) if get.is_unanswered() => Err(Self::Closed),
            // Who refuses a certificate has heard nothing either, and must not be told that the server went away.
            Err(Interrupted::Conversation(_)) if get.is_unanswered() && get.is_over => Err(Self::Closed),
            Err(interrupted) => Err(Self::Failed(interrupted.into())),
        }
    }
}

impl From<Unasked> for TaskFailure {
    fn from(unasked: Unasked) -> Self {
        match unasked {
            Unasked::Closed => refused("the connection was closed without an answer"),
            Unasked::Failed(failure) => failure,
        }
    }
}

#[derive(Debug)]
struct Head {
    status: u16,
    keeps: bool,
    body: Body,
    /// Where the part of the body that was not looked at yet starts.
    at: usize,
}

/// How the end of a body is known.
#[derive(Debug)]
enum Body {
    /// It has this many bytes.
    Length(usize),
    /// It comes in chunks, of which these bytes have been taken out.
    Chunks(Vec<u8>),
    /// The connection ends with it.
    Rest,
}

fn refused(why: &str) -> TaskFailure {
    TaskFailure(why.to_owned())
}

impl<'a> Get<'a> {
    pub(super) const fn new(url: &'a Url) -> Self {
        Self { url, is_said: false, heard: Vec::new(), head: None, is_over: false }
    }

    /// Whether nothing was heard: a kept connection that the server has closed meanwhile looks so.
    pub(super) const fn is_unanswered(&self) -> bool {
        self.heard.is_empty() && self.head.is_none()
    }

    /// What came of it, once it is over.
    pub(super) fn reply(self) -> Result<Reply, TaskFailure> {
        let Some(Head { status, keeps, body, at }) = self.head else { return Err(refused("there was no answer")) };
        let body = match body {
            Body::Chunks(body) => body,
            Body::Length(length) => self.heard[at..at + length].to_vec(),
            Body::Rest => self.heard[at..].to_vec(),
        };
        Ok(Reply { status, body, keeps })
    }

    /// Reads the head once all of it is there, past any that only says "go on".
    fn read_head(&mut self) -> Result<(), TaskFailure> {
        while self.head.is_none() {
            let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
            let mut response = httparse::Response::new(&mut fields);
            let parsed = response.parse(&self.heard).map_err(|error| TaskFailure(format!("no HTTP: {error}")))?;
            match parsed {
                httparse::Status::Complete(at) if response.code.is_some_and(|code| (100..200).contains(&code)) => {
                    self.heard.drain(..at);
                }
                httparse::Status::Complete(at) => self.head = Some(Head::new(&response, at)?),
                httparse::Status::Partial if self.heard.len() > LONGEST_HEAD => {
                    return Err(refused("the head of the answer has more than 64 KiB"));
                }
                httparse::Status::Partial => break,
            }
        }
        Ok(())
    }

    /// Whether the body is complete.
    fn read_body(&mut self) -> Result<bool, TaskFailure> {
        let Some(Head { body, at, .. }) = &mut self.head else { return Ok(false) };
        match body {
            Body::Length(length) => Ok(self.heard.len() - *at >= *length),
            Body::Rest => Ok(false),
            Body::Chunks(taken) => take_chunks(&self.heard, at, taken),
        }
    }
}

impl Head {
    fn new(response: &httparse::Response<'_, '_>, at: usize) -> Result<Self, TaskFailure> {
        let field = |name: &str| {
            let found = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
            found.map(|field| String::from_utf8_lossy(field.value).trim().to_ascii_lowercase())
        };
        let status = response.code.unwrap_or(0);
        let body = if matches!(status, 204 | 304) {
            Body::Length(0)
        } else if field("transfer-encoding").is_some_and(|coding| coding.ends_with("chunked")) {
            Body::Chunks(Vec::new())
        } else if let Some(length) = field("content-length") {
            let length = length.parse().ok().filter(|length| *length <= LONGEST);
            Body::Length(length.ok_or_else(|| refused("the answer has more than 16 MiB"))?)
        } else {
            Body::Rest
        };
        let connection = field("connection").unwrap_or_default();
        let asks = if response.version == Some(1) { connection != "close" } else { connection == "keep-alive" };
        Ok(Self { status, keeps: asks && !matches!(body, Body::Rest), body, at })
    }
}

/// Takes whole chunks out of `heard` from `at` on; whether the last was among them. Fields after it are passed over.
fn take_chunks(heard: &[u8], at: &mut usize, taken: &mut Vec<u8>) -> Result<bool, TaskFailure> {
    loop {
        let size =
            httparse::parse_chunk_size(&heard[*at..]).map_err(|_| refused("a chunk of the answer has no size"))?;
        let httparse::Status::Complete((start, size)) = size else { return Ok(false) };
        let size = usize::try_from(size).ok().filter(|size| *size <= LONGEST);
        let size = size.ok_or_else(|| refused("the answer has more than 16 MiB"))?;
        let start = *at + start;
        if size == 0 {
            let trailer = &heard[start..];
            return Ok(trailer.starts_with(b"\r\n") || trailer.windows(4).any(|end| end == b"\r\n\r\n"));
        }
        if heard.len() < start + size + 2 {
            return Ok(false);
        }
        taken.extend_from_slice(&heard[start..start + size]);
        *at = start + size + 2;
    }
}

impl Conversation for Get<'_> {
    fn turn(&mut self) -> Result<Turn, TaskFailure> {
        if !std::mem::replace(&mut self.is_said, true) {
            let Url { site, target } = self.url;
            let version = env!("CARGO_PKG_VERSION");
            let request =
                format!("GET {target} HTTP/1.1\r\nHost: {site}\r\nUser-Agent: partui/{version}\r\nAccept: */*\r\n\r\n");
            return Ok(Turn::Say(request.into_bytes()));
        }
        Ok(if self.is_over { Turn::Over } else { Turn::Hear })
    }

    fn hear(&mut self, said: &[u8]) -> Result<(), TaskFailure> {
        if said.is_empty() {
            let is_whole = matches!(&self.head, Some(Head { body: Body::Rest, .. })) || self.is_over;
            self.is_over = true;
            return if is_whole {
                Ok(())
            } else {
                Err(refused("the connection was closed before the answer was whole"))
            };
        }
        self.heard.extend_from_slice(said);
        if self.heard.len() > LONGEST + LONGEST_HEAD {
            return Err(refused("the answer has more than 16 MiB"));
        }
        self.read_head()?;
        self.is_over = self.read_body()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of an answer that arrives in parts of that many bytes, and then the end of the connection.
    fn ask(answer: &str, part: usize) -> Result<Reply, TaskFailure> {
        Reply::read(&Url::parse("http://a.example/x").unwrap(), answer.as_bytes().chunks(part))
    }

    #[test]
    fn answers_are_whole_however_they_arrive() {
        let ok = |body: &str, keeps| Ok(Reply { status: 200, body: body.as_bytes().to_vec(), keeps });
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", ok("abc", true)),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", ok("a", true)),
            ("HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 0\r\n\r\n", ok("", false)),
            ("HTTP/1.0 200 OK\r\n\r\nall that comes", ok("all that comes", false)),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
                ok("abc", true),
            ),
            (
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                Ok(Reply { status: 404, body: Vec::new(), keeps: true }),
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", Err(())),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", Err(())),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", Err(())),
            ("SSH-2.0-nonsense\r\n", Err(())),
            ("", Err(())),
        ] {
            for part in [1, 7, 1_000] {
                assert_eq!(ask(answer, part).map_err(drop), expected, "{answer:?} by {part}");
            }
        }
    }
}
