//! Every way in which a path can be in the way, and what readers see meanwhile.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::PathBuf;
use std::sync::Barrier;

use rustix::fs::{CWD, Mode, OFlags, fcntl_setfl, mkfifoat};
use tempfile::TempDir;

use super::*;

/// A folder of its own for each test, with a look at everything in it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn with(self, name: &str, content: &str) -> Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    /// Names and contents, sorted; also hidden ones, so that a temporary file left behind shows.
    fn everything(&self) -> Vec<(String, String)> {
        let mut found: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let content = fs::read_to_string(entry.path()).unwrap_or_else(|error| error.kind().to_string());
                (entry.file_name().into_string().unwrap(), content)
            })
            .collect();
        found.sort();
        found
    }

    fn check(&self, expected: &[(&str, &str)]) {
        let expected: Vec<_> =
            expected.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect();
        assert_eq!(self.everything(), expected);
    }
}

fn refusal(path: impl AsRef<OsStr>, force: bool) -> PublishError {
    Target::probe(path, force).expect_err("must be refused")
}

#[test]
fn a_new_file_grows_with_every_result() {
    let folder = Folder::new();
    let mut target = Target::probe(folder.path("out.csv"), false).unwrap();
    folder.check(&[]);
    assert_eq!(target.publish(b"one").unwrap(), Delivery::Written);
    folder.check(&[("out.csv", "one")]);
    assert_eq!(target.publish(b"one, two").unwrap(), Delivery::Written);
    target.finish(b"one, two, three").unwrap();
    folder.check(&[("out.csv", "one, two, three")]);
    assert_eq!(target.path(), Some(folder.path("out.csv").as_path()));
}

#[test]
fn a_reader_of_the_old_file_keeps_the_old_file() {
    let folder = Folder::new();
    let mut target = Target::probe(folder.path("out"), false).unwrap();
    let _ = target.publish(b"old").unwrap();
    let mut reader = File::open(folder.path("out")).unwrap();
    let _ = target.publish(b"new and longer").unwrap();
    let mut seen = String::new();
    reader.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, "old");
}

#[test]
fn an_existing_file_is_kept_without_force() {
    let folder = Folder::new().with("out", "precious");
    assert!(matches!(refusal(folder.path("out"), false), PublishError::Exists { .. }));
    folder.check(&[("out", "precious")]);
}

#[test]
fn force_replaces_a_file_and_keeps_its_permissions() {
    let folder = Folder::new().with("out", "old");
    fs::set_permissions(folder.path("out"), Permissions::from_mode(0o600)).unwrap();
    let mut target = Target::probe(folder.path("out"), true).unwrap();
    folder.check(&[("out", "old")]);
    target.finish(b"new").unwrap();
    target.finish(b"newer").unwrap();
    folder.check(&[("out", "newer")]);
    assert_eq!(fs::metadata(folder.path("out")).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_new_file_gets_the_mode_of_any_new_file() {
    let folder = Folder::new().with("ordinary", "");
    Target::probe(folder.path("out"), false).unwrap().finish(b"").unwrap();
    let mode = |name: &str| fs::metadata(folder.path(name)).unwrap().mode();
    assert_eq!(mode("out"), mode("ordinary"));
}

#[test]
fn links_are_never_followed() {
    for leads_to in ["elsewhere", "nowhere", "link"] {
        let folder = Folder::new().with("elsewhere", "precious");
        symlink(leads_to, folder.path("link")).unwrap();
        assert!(matches!(refusal(folder.path("link"), false), PublishError::SymbolicLink { .. }), "{leads_to}");

        Target::probe(folder.path("link"), true).unwrap().finish(b"new").unwrap();
        folder.check(&[("elsewhere", "precious"), ("link", "new")]);
        assert!(!fs::symlink_metadata(folder.path("link")).unwrap().is_symlink());
    }
}

#[test]
fn a_name_taken_after_the_probe_is_left_alone() {
    let folder = Folder::new();
    let mut target = Target::probe(folder.path("out"), false).unwrap();
    fs::write(folder.path("out"), "theirs").unwrap();
    assert!(matches!(target.publish(b"ours"), Err(PublishError::Exists { .. })));
    folder.check(&[("out", "theirs")]);

    fs::remove_file(folder.path("out")).unwrap();
    target.finish(b"ours").unwrap();
    folder.check(&[("out", "ours")]);
}

#[test]
fn only_our_own_file_is_overwritten_later() {
    for force in [false, true] {
        let folder = Folder::new();
        let mut target = Target::probe(folder.path("out"), force).unwrap();
        target.finish(b"ours").unwrap();
        fs::remove_file(folder.path("out")).unwrap();
        fs::write(folder.path("out"), "theirs").unwrap();
        assert!(matches!(target.publish(b"ours again"), Err(PublishError::NotOurs { .. })));
        folder.check(&[("out", "theirs")]);
    }
}

#[test]
fn a_file_removed_by_the_user_comes_back() {
    let folder = Folder::new();
    let mut target = Target::probe(folder.path("out"), false).unwrap();
    target.finish(b"ours").unwrap();
    fs::remove_file(folder.path("out")).unwrap();
    target.finish(b"ours again").unwrap();
    folder.check(&[("out", "ours again")]);
}

#[test]
fn of_two_publishers_exactly_one_wins() {
    for _ in 0..50 {
        let folder = Folder::new();
        let start = Barrier::new(2);
        let race = |content: &'static str| {
            let mut target = Target::probe(folder.path("out"), false).unwrap();
            start.wait();
            (content, target.publish(content.as_bytes()))
        };
        let ended = std::thread::scope(|scope| {
            [scope.spawn(|| race("first")), scope.spawn(|| race("second"))].map(|runner| runner.join().unwrap())
        });
        let winners: Vec<_> = ended.iter().filter(|(_, result)| result.is_ok()).map(|(name, _)| *name).collect();
        assert_eq!(winners.len(), 1, "{ended:?}");
        assert!(ended.iter().any(|(_, result)| matches!(result, Err(PublishError::Exists { .. }))), "{ended:?}");
        folder.check(&[("out", winners[0])]);
    }
}

#[test]
fn a_failed_write_can_be_repeated() {
    let folder = Folder::new();
    fs::create_dir(folder.path("sub")).unwrap();
    let mut target = Target::probe(folder.path("sub/out"), false).unwrap();
    fs::rename(folder.path("sub"), folder.path("away")).unwrap();
    assert!(matches!(target.publish(b"bytes"), Err(PublishError::Io { .. })));
    fs::rename(folder.path("away"), folder.path("sub")).unwrap();
    target.finish(b"bytes").unwrap();
    assert_eq!(fs::read(folder.path("sub/out")).unwrap(), b"bytes");
}

#[test]
fn a_full_device_is_an_error_at_the_end() {
    let mut target = Target::probe("/dev/full", false).unwrap();
    assert_eq!(target.publish(b"bytes").unwrap(), Delivery::Deferred);
    let error = target.finish(b"bytes").unwrap_err();
    assert!(error.to_string().starts_with("cannot write /dev/full: No space left"), "{error}");
    Target::probe("/dev/null", false).unwrap().finish(b"bytes").unwrap();
}

#[test]
fn a_pipe_without_a_reader_is_refused_and_does_not_block() {
    let folder = Folder::new();
    let pipe = folder.path("pipe");
    mkfifoat(CWD, &pipe, Mode::from_raw_mode(0o600)).unwrap();
    for force in [false, true] {
        assert!(matches!(refusal(&pipe, force), PublishError::NoReader { .. }));
    }
}

#[test]
fn a_pipe_is_sent_the_final_content_once() {
    let folder = Folder::new();
    let pipe = folder.path("pipe");
    mkfifoat(CWD, &pipe, Mode::from_raw_mode(0o600)).unwrap();
    let mut reader =
        OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(&pipe).unwrap();
    fcntl_setfl(&reader, OFlags::empty()).unwrap();
    let mut target = Target::probe(&pipe, false).unwrap();
    assert_eq!(target.publish(b"partial").unwrap(), Delivery::Deferred);

    let long = vec![b'x'; 1 << 20];
    let received = std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut received = Vec::new();
            reader.read_to_end(&mut received).unwrap();
            received
        });
        target.finish(&long).unwrap();
        target.finish(&long).unwrap();
        drop(target);
        reader.join().unwrap()
    });
    assert!(received == long, "{} bytes instead of {}", received.len(), long.len());
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn names_that_are_no_file() {
    let folder = Folder::new().with("file", "");
    fs::create_dir(folder.path("sub")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path("socket")).unwrap();
    let at = |name: &str| folder.path("").to_str().unwrap().to_owned() + name;
    let long = "n".repeat(256);
    for force in [false, true] {
        let check = |path: &str, expected: &str| {
            let message = refusal(path, force).to_string().replace(&at(""), "");
            assert!(message.starts_with(expected), "{path:?}: {message}");
        };
        check("", "the path is empty");
        for path in [".", "..", "/", &at("new/"), &at("file/"), &at("sub"), &at("sub/."), &at("sub/..")] {
            let message = refusal(path, force).to_string();
            assert!(message.ends_with("names a folder, not a file"), "{path:?}: {message}");
        }
        check(&at("missing/out"), "missing/out cannot be made, since");
        check(&at("file/out"), "file/out cannot be made, since file is no folder");
        check(&at("socket"), "socket is a socket, which is never written to");
        check(&at(&long), "cannot write");
        check("/dev/fd/987654", "cannot write /dev/fd/987654");
    }
    check_untouched(&folder);
}

#[test]
fn a_folder_that_may_not_be_written_is_refused_at_once() {
    if rustix::process::geteuid().is_root() {
        return; // To whom nothing is forbidden.
    }
    let folder = Folder::new();
    fs::create_dir(folder.path("sub")).unwrap();
    fs::set_permissions(folder.path("sub"), Permissions::from_mode(0o500)).unwrap();
    let message = refusal(folder.path("sub/out"), false).to_string();
    assert!(message.starts_with("no permission to write"), "{message}");
}

fn check_untouched(folder: &Folder) {
    assert_eq!(fs::read(folder.path("file")).unwrap(), b"");
    assert_eq!(fs::read_dir(folder.path("sub")).unwrap().count(), 0);
    assert_eq!(folder.everything().len(), 3);
}

#[test]
fn long_and_strange_names_work_and_print_harmlessly() {
    let folder = Folder::new();
    let longest = "n".repeat(255);
    for name in [longest.as_bytes(), b"two\nlines \x1b[2J", b"\xff\xfe", b"-x", b"...", b" "] {
        let path = folder.0.path().join(OsStr::from_bytes(name));
        let mut target = Target::probe(&path, false).unwrap();
        target.finish(b"bytes").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"bytes");
        let message = refusal(&path, false).to_string();
        assert!(!message.chars().any(char::is_control), "{message:?}");
        assert!(!target.shown().chars().any(char::is_control));
    }
}

#[test]
fn descriptors_are_recognised_by_name() {
    for (path, expected) in [
        ("-", Naming::Descriptor(1)),
        ("/dev/stdout", Naming::Descriptor(1)),
        ("/dev/stderr", Naming::Descriptor(2)),
        ("/dev/fd/1", Naming::Descriptor(1)),
        ("/dev/fd/63", Naming::Descriptor(63)),
        ("/proc/self/fd/7", Naming::Descriptor(7)),
        ("/dev/fd/", Naming::Folder),
        ("/dev/fd/x", Naming::File),
        ("/dev/fd/99999999999", Naming::File),
        ("./-", Naming::File),
    ] {
        assert_eq!(Naming::of(OsStr::new(path)), expected, "{path}");
    }
    assert!(Target::probe("-", false).unwrap().is_stdout());
    assert!(!Target::probe("/dev/null", false).unwrap().is_stdout());
}

#[test]
fn an_open_descriptor_is_appended_to() {
    use std::os::fd::AsRawFd;
    let folder = Folder::new().with("log", "before, ");
    let held = OpenOptions::new().append(true).open(folder.path("log")).unwrap();
    let mut target = Target::probe(format!("/dev/fd/{}", held.as_raw_fd()), false).unwrap();
    target.finish(b"after").unwrap();
    folder.check(&[("log", "before, after")]);
}
