//! Sends back whatever a connection says.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How much is read at a time, in bytes: as much as one message of `echo` may hold.
const READ: usize = 64 << 10;

pub(super) async fn serve(listener: TcpListener) {
    loop {
        // An accept that fails is the connection's failure, which its client will notice.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(send_back(stream));
        }
    }
}

async fn send_back(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut buffer = vec![0; READ];
    // The end of a connection, however it comes, is its client's to judge.
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        if stream.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
