//! Files as a whole: read them up to a limit, replace them by a complete one or not at all.
//!
//! What the bytes mean is not its subject.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Reads a file of at most `limit` bytes; of a longer one, one byte more than that.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|source| Error::File {
            path: path.to_owned(),
            action: "read",
            source,
        })?;
    Ok(bytes)
}

/// Puts `bytes` in the place of a file, or makes it.
///
/// They are written under another name in the same folder, brought to the disk, and only then
/// given the file's name: whoever reads the file, even after a crash, finds the old bytes or the
/// new ones, all of them. A link is followed; a device or a pipe is written to, since it holds
/// nothing that could be lost.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let written = match fs::metadata(&target) {
        Ok(old) if old.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(old) if !old.is_file() => write_through(&target, bytes),
        Ok(old) => write_aside(&target, bytes, Some(old.permissions())),
        Err(_) => write_aside(&target, bytes, None),
    };
    written.map_err(|source| Error::Save {
        help: remedy(&folder_of(&target), &source),
        path: path.to_owned(),
        bytes: bytes.len(),
        source,
    })?;
    sync_folder(&folder_of(&target))
}

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    File::options().write(true).open(path)?.write_all(bytes)
}

fn write_aside(path: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".saving-");
    // Opened and written to as a plain file: errors of the crate `tempfile` name a file that the
    // user never asked for, and an own file is as public as the user's mask says.
    let open = |aside: &Path| File::options().write(true).create_new(true).open(aside);
    let mut aside = builder.make_in(folder_of(path), open)?;
    aside.as_file_mut().write_all(bytes)?;
    if let Some(permissions) = permissions {
        keep_permissions(aside.as_file(), permissions)?;
    }
    aside.as_file().sync_all()?;
    aside.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Gives a file the permissions of the one that it replaces, where the system has any: WASI has none.
fn keep_permissions(file: &File, permissions: fs::Permissions) -> io::Result<()> {
    match file.set_permissions(permissions) {
        Err(source) if source.kind() == io::ErrorKind::Unsupported => Ok(()),
        result => result,
    }
}

/// Brings a new name to the disk, where the system has a way to ask for it: elsewhere than on Unix
/// a folder cannot be opened as a file, and some file systems cannot sync one.
fn sync_folder(folder: &Path) -> Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(source) if !matches!(source.kind(), InvalidInput | PermissionDenied | Unsupported) => {
            let (path, action) = (folder.to_owned(), "sync");
            Err(Error::File {
                path,
                action,
                source,
            })
        }
        _ => Ok(()),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn remedy(folder: &Path, source: &io::Error) -> String {
    let shown = folder.display();
    match source.kind() {
        _ if !folder.exists() => format!("make the folder {shown} first"),
        io::ErrorKind::NotADirectory => format!("{shown} is no folder: choose another place"),
        io::ErrorKind::IsADirectory => "this is a folder: add a file name".to_owned(),
        io::ErrorKind::StorageFull => format!("make room on the disk of {shown}"),
        io::ErrorKind::PermissionDenied => format!("ask for the right to write into {shown}"),
        _ => "choose another place".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder can be made")
    }

    fn names(folder: &Path) -> Vec<std::ffi::OsString> {
        let entries = fs::read_dir(folder).expect("the folder is readable");
        entries
            .filter_map(|entry| Some(entry.ok()?.file_name()))
            .collect()
    }

    fn message(result: Result<()>) -> String {
        result.map_or_else(|error| format!("{error}"), |()| String::from("no error"))
    }

    #[test]
    fn a_file_is_made_and_replaced_and_nothing_else_is_left() -> Result<()> {
        let folder = folder();
        let path = folder.path().join("net");
        for bytes in [&b"first, and longer"[..], b"second"] {
            replace(&path, bytes)?;
            assert_eq!(read(&path, 100)?, bytes);
        }
        assert_eq!(names(folder.path()), ["net"]);
        Ok(())
    }

    #[test]
    fn a_longer_file_is_read_to_one_byte_over_the_limit() -> Result<()> {
        let folder = folder();
        let path = folder.path().join("net");
        replace(&path, b"123456")?;
        assert_eq!(read(&path, 3)?, b"1234");
        Ok(())
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = folder();
        let message = message(replace(&folder.path().join("runs/1/net"), b"bytes"));
        let help = format!(
            "help: make the folder {} first",
            folder.path().join("runs/1").display()
        );
        assert!(
            message.contains("cannot save 5 bytes: ") && message.contains(&help),
            "{message}"
        );
        assert!(!message.contains(".saving-"), "{message}");
    }

    #[test]
    fn a_folder_is_not_replaced() {
        let folder = folder();
        assert!(message(replace(folder.path(), b"bytes")).contains("add a file name"));
    }

    #[test]
    fn a_file_in_place_of_a_folder_is_an_error() {
        let folder = folder();
        fs::write(folder.path().join("file"), b"kept").expect("the folder is writable");
        assert!(replace(&folder.path().join("file/net"), b"bytes").is_err());
        assert_eq!(
            fs::read(folder.path().join("file")).ok(),
            Some(b"kept".to_vec())
        );
    }

    #[test]
    fn a_full_disk_is_an_error_and_a_device_stays_one() {
        let full = Path::new("/dev/full");
        if !full.exists() {
            return;
        }
        let message = message(replace(full, b"bytes"));
        assert!(
            message.contains("help: make room on the disk of /dev"),
            "{message}"
        );
        assert!(fs::metadata(full).is_ok_and(|full| !full.is_file()));
    }

    #[test]
    #[cfg(unix)]
    fn a_new_file_is_readable_by_others_and_an_old_one_keeps_its_rights() -> Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let path = folder.path().join("net");
        let mode = || fs::metadata(&path).map_or(0, |file| file.permissions().mode() & 0o777);
        replace(&path, b"new")?;
        fs::write(folder.path().join("usual"), b"").expect("the folder is writable");
        let usual = fs::metadata(folder.path().join("usual")).expect("it was just made");
        assert_eq!(mode(), usual.permissions().mode() & 0o777);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("it is ours");
        replace(&path, b"newer")?;
        assert_eq!(mode(), 0o640);
        Ok(())
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_a_link() -> Result<()> {
        let folder = folder();
        let (path, link) = (folder.path().join("net"), folder.path().join("latest"));
        replace(&path, b"old")?;
        std::os::unix::fs::symlink(&path, &link).expect("links are supported");
        replace(&link, b"new")?;
        assert!(fs::symlink_metadata(&link).is_ok_and(|link| link.is_symlink()));
        assert_eq!(read(&path, 100)?, b"new");
        Ok(())
    }
}
