//! Pages over https from a server on a socket of this machine, whose certificate only these tests trust.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use crate::support::Program;

/// Made for these tests only, for `localhost` and `127.0.0.1`, valid until 2126; it is its own issuer.
const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/secured/certificate.pem");

const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/secured/key.pem");

const PAGE: &str = "<p><a href='/first'>one</a> <a href=\"https://a.example/second\">two</a>";

/// Starts a server that answers every request with [`PAGE`] until the tests end; returns its port.
fn serve() -> u16 {
    let certificate = CertificateDer::from_pem_file(CERTIFICATE).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(KEY).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(vec![certificate], key);
    let config = Arc::new(config.expect("the key is the certificate's"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || answer(config, stream));
        }
    });
    port
}

/// Answers the requests of a connection until its end. A client that refuses the certificate leaves before there is one.
fn answer(config: Arc<ServerConfig>, stream: TcpStream) -> std::io::Result<()> {
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    while read_request(&mut stream)? {
        write!(stream.get_mut(), "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PAGE}", PAGE.len())?;
        stream.get_mut().flush()?;
    }
    Ok(())
}

/// Reads a request up to the empty line at its end; `false` where there is none any more.
fn read_request(stream: &mut impl BufRead) -> std::io::Result<bool> {
    let mut line = String::new();
    while stream.by_ref().take(1 << 12).read_line(&mut line)? > 0 {
        if line == "\r\n" {
            return Ok(true);
        }
        line.clear();
    }
    Ok(false)
}

/// What a backend writes about these pages where the certificates in a file are trusted.
fn scraped(pages: &[String], backend: &str, trusted: &Path) -> String {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("list"), pages.join("\n")).expect("a list");
    Program::new()
        .args(["run", "-w", "scrape", "--input", "list", "--output", "found", "-b", backend, "-n", "2", "--quiet"])
        .args(["--runs", "1", "--warmup", "0", "--baseline", "none"])
        .env("SSL_CERT_FILE", trusted)
        .dir(folder.path())
        .ok();
    fs::read_to_string(folder.path().join("found")).expect("what was found")
}

#[test]
fn pages_are_fetched_and_their_links_extracted_over_tls() {
    let port = serve();
    let pages = ["localhost", "127.0.0.1", "localhost"].map(|host| format!("https://{host}:{port}/page"));
    for backend in ["threads", "processes", "async"] {
        let found = scraped(&pages, backend, Path::new(CERTIFICATE));
        let expected = pages.iter().map(|page| format!("200\t{page}\t2\n/first\nhttps://a.example/second\n"));
        assert_eq!(found, expected.collect::<String>(), "{backend}");
    }
}

#[test]
fn servers_that_nobody_vouches_for_are_told_by_name() {
    let port = serve();
    let folder = TempDir::new().expect("a folder");
    let nobody = folder.path().join("nobody.pem");
    fs::write(&nobody, "").expect("an empty file");
    let page = format!("https://localhost:{port}/page");
    for backend in ["threads", "processes", "async"] {
        let found = scraped(std::slice::from_ref(&page), backend, &nobody);
        // What is wrong with it is worded by what else the system trusts.
        let expected = format!("0\t{page}\tTLS: invalid peer certificate: ");
        assert!(found.starts_with(&expected) && found.lines().count() == 1, "{backend}: {found}");
    }
}
