//! Paths as serde sees them: any path survives the way to another process, also one that is not UTF-8, on which serde's
//! own form of a path fails.
//!
//! In JSON a path is a string, or a list of bytes where it is not UTF-8; in binary forms it is always bytes. Use
//! `#[serde(with = "…")]` with this module for one path and with [`list`] for several.

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a path.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    match path.to_str() {
        _ if !serializer.is_human_readable() => serializer.serialize_bytes(path.as_os_str().as_bytes()),
        Some(text) => serializer.serialize_str(text),
        None => serializer.collect_seq(path.as_os_str().as_bytes()),
    }
}

/// Reads a path.
///
/// # Errors
/// Those of the deserializer, and anything that is no path.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    if deserializer.is_human_readable() {
        deserializer.deserialize_any(PathVisitor)
    } else {
        deserializer.deserialize_byte_buf(PathVisitor)
    }
}

struct PathVisitor;

impl<'de> Visitor<'de> for PathVisitor {
    type Value = PathBuf;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path as a string or as a list of bytes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PathBuf, E> {
        Ok(PathBuf::from(text))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<PathBuf, E> {
        Ok(PathBuf::from(OsString::from_vec(bytes.to_vec())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<PathBuf, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = sequence.next_element()? {
            bytes.push(byte);
        }
        Ok(PathBuf::from(OsString::from_vec(bytes)))
    }
}

/// The same for several paths.
pub mod list {
    use super::{Deserialize, Deserializer, Path, PathBuf, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct One(#[serde(with = "super")] PathBuf);

    #[derive(Serialize)]
    #[serde(transparent)]
    struct OneOf<'a>(#[serde(serialize_with = "super::serialize")] &'a Path);

    /// Writes the paths.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(paths.iter().map(|path| OneOf(path)))
    }

    /// Reads the paths.
    ///
    /// # Errors
    /// Those of the deserializer, and an entry that is no path.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
        let paths = Vec::<One>::deserialize(deserializer)?;
        Ok(paths.into_iter().map(|One(path)| path).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Paths {
        #[serde(with = "super")]
        one: PathBuf,
        #[serde(with = "super::list")]
        all: Vec<PathBuf>,
    }

    fn paths() -> Paths {
        let odd = PathBuf::from(OsString::from_vec(b"caf\xe9/\n\x1b".to_vec()));
        Paths { one: odd.clone(), all: vec![PathBuf::from("plain/ü"), odd, PathBuf::new()] }
    }

    #[test]
    fn any_path_survives_json_and_frames() {
        let text = serde_json::to_string(&paths()).unwrap();
        assert_eq!(serde_json::from_str::<Paths>(&text).unwrap(), paths());
        let frame = postcard::to_allocvec(&paths()).unwrap();
        assert_eq!(postcard::from_bytes::<Paths>(&frame).unwrap(), paths());
    }

    #[test]
    fn an_ordinary_path_is_a_string_in_json() {
        let text = serde_json::to_string(&paths()).unwrap();
        assert!(text.contains(r#""plain/ü""#), "{text}");
        assert!(serde_json::from_str::<Paths>(r#"{"one": 7, "all": []}"#).is_err());
    }
}
