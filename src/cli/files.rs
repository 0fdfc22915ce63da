//! Reading and writing files, with the failures that people are told.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use super::Failure;

/// Reads a file of bounded length; `-` is standard input.
///
/// # Errors
/// [`Failure`] if it cannot be read or is too long.
pub fn read_bounded(path: &Path, most_bytes: u64) -> Result<Vec<u8>, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::file(
            path,
            error,
            "see to it that the file exists and can be read",
        )
    };
    let mut bytes = Vec::new();
    let limit = most_bytes.saturating_add(1);
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path)
            .map_err(cannot)?
            .take(limit)
            .read_to_end(&mut bytes)
    };
    read.map_err(cannot)?;
    if bytes.len() as u64 > most_bytes {
        return Err(Failure::file(
            path,
            format!("it has more than {most_bytes} bytes"),
            "is it the right file?",
        ));
    }
    Ok(bytes)
}

/// Writes a new file, synced to disk. Its folder is made if need be.
///
/// # Errors
/// [`Failure`] if there is one already, or the system refuses.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::file(
            path,
            "it exists already, and nothing is overwritten",
            "name another file or folder, or move the old one away",
        ),
        _ => Failure::file(
            path,
            error,
            "see to it that the folder exists and can be written",
        ),
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(cannot)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(cannot)
}

/// Writes a new file, as [`write_new`] does, into a folder that has to be there: where somebody names a file for one picture,
/// a folder that is missing is more likely a slip of the pen.
///
/// # Errors
/// [`Failure`] if there is no such folder, and as [`write_new`].
pub fn write_new_beside(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    if folder != Path::new("") && !folder.is_dir() {
        return Err(Failure::file(
            path,
            format!("there is no folder {}", folder.display()),
            format!("mkdir -p {}, and the same once more", shell_word(folder)),
        ));
    }
    write_new(path, bytes)
}

/// A path, an id or another text as an argument that a shell takes as one word.
pub fn shell_word(argument: impl AsRef<Path>) -> String {
    let text = argument.as_ref().display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        write_new(&path, b"one").unwrap();
        assert!(write_new(&path, b"two").unwrap_err().why.contains("exists"));
        assert_eq!(read_bounded(&path, 3).unwrap(), b"one");
        assert!(
            read_bounded(&path, 2)
                .unwrap_err()
                .why
                .contains("more than 2")
        );
    }

    #[test]
    fn a_picture_needs_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing folder");
        let failure = write_new_beside(&missing.join("x.svg"), b"x").unwrap_err();
        assert!(failure.why.contains("no folder"), "{failure}");
        let command = format!("mkdir -p {}", shell_word(&missing));
        assert!(failure.way_out.starts_with(&command), "{failure}");
        assert!(!missing.exists());
        write_new_beside(&folder.path().join("x.svg"), b"x").unwrap();
    }

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word(Path::new("/a/b-c_1.toml")), "/a/b-c_1.toml");
        assert_eq!(shell_word(Path::new("a b'c")), "'a b'\\''c'");
        assert_eq!(shell_word(Path::new("")), "''");
        assert_eq!(shell_word("urn:x:a"), "urn:x:a");
        assert_eq!(shell_word("urn:x:$(reboot);a"), "'urn:x:$(reboot);a'");
    }
}
