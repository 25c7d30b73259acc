//! Addresses of pages, as far as a GET needs them.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// A page: where it is, and what to ask for there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Url {
    /// Whom to ask.
    pub site: Site,
    /// The path and the query, as they are sent.
    pub target: String,
}

/// A server of pages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Site {
    /// Whether it is talked to under TLS.
    pub is_secure: bool,
    /// Its name, or its address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Url {
    /// Reads an address; `None` where it is none of `http` or `https`, or holds what a request line cannot.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 8_000 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let is_secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Some(Self { site: Site::parse(authority, is_secure)?, target })
    }
}

impl Site {
    /// `host`, `host:port` or `[address]:port`.
    fn parse(authority: &str, is_secure: bool) -> Option<Self> {
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => authority.find(':').map_or((authority, ""), |at| authority.split_at(at)),
        };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if host.is_empty() || !(host.bytes().all(is_name) || host.parse::<IpAddr>().is_ok()) {
            return None;
        }
        let port = match port.strip_prefix(':') {
            Some(number) => number.parse().ok()?,
            None if port.is_empty() => {
                if is_secure {
                    443
                } else {
                    80
                }
            }
            None => return None,
        };
        Some(Self { is_secure, host: host.to_ascii_lowercase(), port })
    }

    /// Whether it is this machine.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// As in the `Host` field of a request: without the port that is meant anyway.
impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]", self.host) } else { f.write_str(&self.host) }?;
        if self.port == if self.is_secure { 443 } else { 80 } { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.site.is_secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.site, self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_alike() {
        for (text, expected) in [
            ("http://a.example", Some("http://a.example/")),
            ("HTTPS://A.Example:443/x?y=1#part", Some("https://a.example/x?y=1")),
            ("https://a.example:80/", Some("https://a.example:80/")),
            ("http://[::1]:8080?q", Some("http://[::1]:8080/?q")),
            ("http://127.0.0.1:1/a b", None),
            ("http://user@host/", None),
            ("http://host:port/", None),
            ("http://host:/", None),
            ("http:///path", None),
            ("ftp://host/", None),
            ("host/path", None),
        ] {
            assert_eq!(Url::parse(text).map(|url| url.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn only_loopback_is_this_machine() {
        for (text, expected) in [
            ("http://localhost/", true),
            ("http://127.8.0.1/", true),
            ("http://[::1]/", true),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(Url::parse(text).unwrap().site.is_own(), expected, "{text}");
        }
    }
}
