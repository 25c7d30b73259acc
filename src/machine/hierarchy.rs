//! Which control groups a process is in, and where in the file system they are seen (cgroups(7),
//! `proc_pid_mountinfo(5)`). It knows nothing of limits.

use std::path::{Component, Path, PathBuf};

/// The two generations of control groups; a system may run both at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// One line of `/proc/self/cgroup`: a hierarchy, and the group in it that the process belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Membership {
    pub(super) version: Version,
    controllers: String,
    pub(super) group: PathBuf,
}

/// A place where a hierarchy is mounted: the group `root` is seen as the directory `point`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) version: Version,
    options: String,
    root: PathBuf,
    pub(super) point: PathBuf,
}

impl Membership {
    /// Version 2 has one hierarchy for all controllers; those that are not enabled there just have no files.
    pub(super) fn has(&self, controller: &str) -> bool {
        self.version == Version::Two || self.controllers.split(',').any(|name| name == controller)
    }
}

impl Mount {
    /// Whether `controller` of the hierarchy that the membership is in can be seen here.
    pub(super) fn bears(&self, membership: &Membership, controller: &str) -> bool {
        let named = || self.options.split(',').any(|option| option == controller);
        self.version == membership.version && (self.version == Version::Two || named())
    }

    /// Where `group` is seen under this mount; `None` where it lies outside of what is mounted.
    pub(super) fn directory(&self, group: &Path) -> Option<PathBuf> {
        let below = group.strip_prefix(&self.root).ok()?;
        let plain = below.components().all(|part| matches!(part, Component::Normal(_)));
        plain.then(|| self.point.join(below))
    }
}

/// Reads `4:memory:/user.slice` or `0::/user.slice`.
pub(super) fn membership(line: &str) -> Option<Membership> {
    let mut fields = line.splitn(3, ':');
    let (id, controllers, group) = (fields.next()?, fields.next()?, fields.next()?);
    let version = if id == "0" && controllers.is_empty() { Version::Two } else { Version::One };
    Some(Membership { version, controllers: controllers.to_owned(), group: PathBuf::from(group) })
}

/// Reads a line of `mountinfo` if a cgroup hierarchy is mounted there.
pub(super) fn mount(line: &str) -> Option<Mount> {
    let (place, kind) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(3);
    let mut kind = kind.split(' ');
    let version = match kind.next()? {
        "cgroup" => Version::One,
        "cgroup2" => Version::Two,
        _ => return None,
    };
    let (root, point) = (unescaped(place.next()?), unescaped(place.next()?));
    Some(Mount { version, options: kind.nth(1).unwrap_or_default().to_owned(), root: root.into(), point: point.into() })
}

/// Undoes the octal escapes in which `mountinfo` writes blanks and backslashes.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(u8::is_ascii);
        match code {
            Some(byte) => plain.extend([char::from(byte)].into_iter().chain(part[3..].chars())),
            None => plain.extend(['\\'].into_iter().chain(part.chars())),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_mountinfo_are_undone() {
        for (text, expected) in
            [("a\\040b", "a b"), ("\\134", "\\"), ("a\\", "a\\"), ("\\9zé", "\\9zé"), ("\\377", "\\377"), ("é", "é")]
        {
            assert_eq!(unescaped(text), expected);
        }
    }

    #[test]
    fn memberships_tell_their_version_and_controllers() {
        let two = membership("0::/a:b").unwrap();
        assert_eq!((two.version, two.group.as_path(), two.has("cpu")), (Version::Two, Path::new("/a:b"), true));
        let one = membership("4:cpu,cpuacct:/").unwrap();
        assert_eq!((one.version, one.has("cpu"), one.has("cpuset")), (Version::One, true, false));
        assert_eq!(membership("4:cpu"), None);
    }

    #[test]
    fn only_cgroup_mounts_count_and_each_for_its_controllers() {
        let cpu = mount("32 31 0:29 / /cg rw master:1 - cgroup cgroup rw,cpu,cpuacct").unwrap();
        let member = membership("4:cpu,cpuacct:/a").unwrap();
        assert!(cpu.bears(&member, "cpu") && !cpu.bears(&member, "memory"));
        assert!(!cpu.bears(&membership("0::/a").unwrap(), "cpu"));
        for line in ["23 1 8:1 / / rw - ext4 /dev/sda1 rw", "32 31 0:29 / /cg rw", "1 2 3 - cgroup2", ""] {
            assert_eq!(mount(line), None, "{line}");
        }
    }

    #[track_caller]
    fn check_directory(root: &str, group: &str, expected: Option<&str>) {
        let mount = mount(&format!("30 23 0:26 {root} /cg rw - cgroup2 cgroup2 rw")).unwrap();
        assert_eq!(mount.directory(Path::new(group)).as_deref(), expected.map(Path::new));
    }

    #[test]
    fn a_group_is_seen_below_the_mount_that_holds_it() {
        check_directory("/", "/a/b", Some("/cg/a/b"));
        check_directory("/a", "/a/b", Some("/cg/b"));
        check_directory("/a", "/ab", None);
        check_directory("/", "/../a", None);
        check_directory("/..", "/a", None);
    }
}
