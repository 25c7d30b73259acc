//! The embedded web site: pages that follow from their number, each after the latency that was asked for.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::machine::clock;
use crate::task::Timer;
use crate::units::Nanos;
use crate::workload::{page, page_number};

/// The most bytes of a request's head.
const LONGEST: usize = 16 << 10;

pub(super) async fn serve(listener: TcpListener, latency: Nanos) -> std::io::Result<()> {
    let timer = Timer::start()?;
    loop {
        // An accept that fails is the connection's failure, which its client will notice.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer_all(stream, Arc::clone(&timer), latency));
        }
    }
}

/// Answers one request after the other, until the client leaves or says what is no request.
async fn answer_all(mut stream: TcpStream, timer: Arc<Timer>, latency: Nanos) {
    let _ = stream.set_nodelay(true);
    let mut heard = Vec::new();
    loop {
        match head(&heard) {
            Some(Request { length, path }) => {
                let until = clock::now().plus(latency);
                let answer = answer(&path);
                timer.wait(until).await;
                heard.drain(..length);
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            None if heard.len() > LONGEST => return,
            None => match stream.read_buf(&mut heard).await {
                Ok(1..) => {}
                _ => return,
            },
        }
    }
}

struct Request {
    length: usize,
    path: String,
}

/// The first request, if all of it is there.
fn head(heard: &[u8]) -> Option<Request> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut fields);
    let length = request.parse(heard).ok().filter(httparse::Status::is_complete)?.unwrap();
    Some(Request { length, path: request.path?.to_owned() })
}

fn answer(path: &str) -> String {
    let (status, body) = match page_number(path) {
        Some(number) => ("200 OK", page(number)),
        None => ("404 Not Found", String::new()),
    };
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n\r\n{body}")
}
