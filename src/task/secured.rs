//! A conversation under TLS, for whoever moves the bytes as if it were plain.

use std::io::{self, Read, Write};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::conversation::{Conversation, Turn};
use crate::workload::{Site, TaskFailure};

/// A conversation, and the connection that keeps it secret.
pub(super) struct Secured<'a, C> {
    pub(super) inner: &'a mut C,
    pub(super) tls: &'a mut ClientConnection,
}

/// The client's side of a new connection, for a site that is talked to under TLS.
pub(super) fn client(site: &Site) -> Result<Box<ClientConnection>, TaskFailure> {
    let name = ServerName::try_from(site.host.clone()).map_err(|error| failed(&error))?;
    let connection = ClientConnection::new(config()?, name).map_err(|error| failed(&error))?;
    Ok(Box::new(connection))
}

/// Trusts whom this system trusts.
fn config() -> Result<Arc<ClientConfig>, TaskFailure> {
    static CONFIG: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();
    let made = CONFIG.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| error.to_string())?;
        Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
    });
    made.clone().map_err(TaskFailure)
}

fn failed(error: &dyn std::error::Error) -> TaskFailure {
    TaskFailure(format!("TLS: {error}"))
}

impl<C: Conversation> Conversation for Secured<'_, C> {
    fn turn(&mut self) -> Result<Turn, TaskFailure> {
        loop {
            if self.tls.wants_write() {
                let mut records = Vec::new();
                while self.tls.wants_write() {
                    self.tls.write_tls(&mut records).map_err(|error| failed(&error))?;
                }
                return Ok(Turn::Say(records));
            }
            if self.tls.is_handshaking() {
                return Ok(Turn::Hear);
            }
            match self.inner.turn()? {
                Turn::Say(bytes) => self.tls.writer().write_all(&bytes).map_err(|error| failed(&error))?,
                other => return Ok(other),
            }
        }
    }

    fn hear(&mut self, said: &[u8]) -> Result<(), TaskFailure> {
        let mut rest = said;
        while !rest.is_empty() {
            self.tls.read_tls(&mut rest).map_err(|error| failed(&error))?;
            self.tls.process_new_packets().map_err(|error| failed(&error))?;
            self.pass_on()?;
        }
        // The end of the connection ends the conversation, also where the server did not say that it would.
        if said.is_empty() { self.inner.hear(&[]) } else { Ok(()) }
    }
}

impl<C: Conversation> Secured<'_, C> {
    fn pass_on(&mut self) -> Result<(), TaskFailure> {
        let mut plain = [0; 16 << 10];
        loop {
            match self.tls.reader().read(&mut plain) {
                Ok(0) => return self.inner.hear(&[]),
                Ok(length) => self.inner.hear(&plain[..length])?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(failed(&error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::{ServerConfig, ServerConnection};

    use super::super::http::Get;
    use super::*;
    use crate::workload::Url;

    /// Made for this test only, for `a.example`, valid until 2126.
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBkjCCATigAwIBAgIUMuEhqlcwjb0fccV0pR9ZrZ14fBUwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJYS5leGFtcGxlMCAXDTI2MTEyMjIyNDQxMFoYDzIxMjYxMDI5
MjI0NDEwWjAUMRIwEAYDVQQDDAlhLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATE5jqf/6EOQN+lquQHygrC3S9ZNmLAAY/I//i8F2mmkqxUmiTtAGBJ
YHT7bn1mjeSXIMoxRNUPBE1CcTKLQNiio2YwZDAdBgNVHQ4EFgQUSDD/moXjQp2g
n4OTNQd7Z5OiZwkwHwYDVR0jBBgwFoAUSDD/moXjQp2gn4OTNQd7Z5OiZwkwFAYD
VR0RBA0wC4IJYS5leGFtcGxlMAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0EAwIDSAAw
RQIgCwZ8bNFogZuH2lpcFmgzBvazwhRIk2Os+JghRawYBewCIQDfBqi0c0bKtjoD
d75opTfGPqSd9+VoDjC3SS2HzJbV7w==
-----END CERTIFICATE-----";

    const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/ZSFxEcXpmBfJaaC
9xiAhFIeFliCtpwUutPpPBy3my6hRANCAATE5jqf/6EOQN+lquQHygrC3S9ZNmLA
AY/I//i8F2mmkqxUmiTtAGBJYHT7bn1mjeSXIMoxRNUPBE1CcTKLQNii
-----END PRIVATE KEY-----";

    /// A client that trusts the certificate and takes it for that of `host`, and the server that has it.
    fn pair(host: &str) -> (ClientConnection, ServerConnection) {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let client = client.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        let server = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let server = server.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let client = ClientConnection::new(Arc::new(client.with_no_client_auth()), name).unwrap();
        (client, ServerConnection::new(Arc::new(server)).unwrap())
    }

    /// Carries a conversation with a server that gives one answer to whatever it hears.
    fn converse(host: &str, answer: &str) -> Result<Vec<u8>, TaskFailure> {
        let (mut tls, mut server) = pair(host);
        let url = Url::parse(&format!("https://{host}/x")).unwrap();
        let mut get = Get::new(&url);
        let mut secured = Secured { inner: &mut get, tls: &mut tls };
        let mut to_client = Vec::new();
        loop {
            match secured.turn()? {
                Turn::Say(records) => {
                    let mut rest = &records[..];
                    while !rest.is_empty() {
                        server.read_tls(&mut rest).unwrap();
                        // A client that refuses the certificate says so.
                        let _ = server.process_new_packets();
                    }
                    if server.reader().read(&mut [0; 1_000]).is_ok() {
                        server.writer().write_all(answer.as_bytes()).unwrap();
                    }
                    while server.wants_write() {
                        server.write_tls(&mut to_client).unwrap();
                    }
                }
                // As scattered as a network may deliver it.
                Turn::Hear => {
                    let part = to_client.len().min(100);
                    secured.hear(&to_client.drain(..part).collect::<Vec<u8>>())?;
                }
                Turn::Over => return Ok(get.reply()?.body),
            }
        }
    }

    #[test]
    fn a_page_comes_through_as_if_it_were_plain() {
        let page = converse("a.example", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(page, Ok(b"hello".to_vec()));
    }

    #[test]
    fn a_server_that_is_somebody_else_gets_no_request() {
        let refused = converse("b.example", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap_err();
        assert!(refused.0.starts_with("TLS: invalid peer certificate"), "{refused}");
    }
}
